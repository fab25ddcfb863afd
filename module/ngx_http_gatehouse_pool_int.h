/*
 * The pool's insides, for the files that make it up: ngx_http_gatehouse_pool.c, where
 * operations find connections, and ngx_http_gatehouse_failover.c, where servers come and go.
 */
#ifndef NGX_HTTP_GATEHOUSE_POOL_INT_H
#define NGX_HTTP_GATEHOUSE_POOL_INT_H

/* Module. */
#include "ngx_http_gatehouse_lane.h"
#include "ngx_http_gatehouse_pool.h"
#include "ngx_http_gatehouse_probe.h"

/* While all are down, whoever comes waits this long for a probe to succeed, ms. */
#define NGX_HTTP_GATEHOUSE_HOPE      100

/* How often to look for a connection that has rested for too long, and what is too long; ms. */
#define NGX_HTTP_GATEHOUSE_ROUND     1000
#define NGX_HTTP_GATEHOUSE_REPOSE    5000

struct ngx_http_gatehouse_pool_s {
    ngx_http_gatehouse_main_conf_t   *conf;
    ngx_http_gatehouse_lane_t         lanes[3];     /* by gh_lane_t */
    ngx_http_gatehouse_health_t      *health;
    ngx_http_gatehouse_server_t      *writer;       /* the one last in use */
    ngx_http_gatehouse_probe_t       *probes;       /* by server */
    gh_request_t                     *knock;        /* what is asked of one that rests */
    ngx_event_t                       hoping;       /* nobody is to wait longer */
    ngx_event_t                       sweeping;     /* another server is in use */
    ngx_event_t                       round;
};

/* The lane for requests of that kind. */
static ngx_inline ngx_http_gatehouse_lane_t *
ngx_http_gatehouse_pool_lane(ngx_http_gatehouse_pool_t *pool, gh_lane_t lane)
{
    /* The public search goes with everything else where it has no servers of its own. */
    return pool->lanes[lane].count > 0 ? &pool->lanes[lane] : &pool->lanes[GH_LANE_SERVICE];
}

/* The server for the next operation of the lane; NULL: all are down. */
ngx_http_gatehouse_server_t *ngx_http_gatehouse_pool_server(ngx_http_gatehouse_pool_t *pool,
    ngx_http_gatehouse_lane_t *lane);

/* Sends what waits on what is free, and opens connections for the rest. */
void ngx_http_gatehouse_pool_advance(ngx_http_gatehouse_pool_t *pool,
    ngx_http_gatehouse_lane_t *lane);

/* Closes a connection that nothing is on, if worker or server have had their time. */
void ngx_http_gatehouse_pool_rest(ngx_http_gatehouse_connection_t *conn);

/* What a dead connection left: once more where that is safe, an answer otherwise. */
void ngx_http_gatehouse_pool_orphans(ngx_http_gatehouse_lane_t *lane, ngx_queue_t *orphans);

/* A connection was lost that was needed. */
void ngx_http_gatehouse_pool_lost(ngx_http_gatehouse_pool_t *pool,
    ngx_http_gatehouse_server_t *server, const char *reason);

/* Handlers of the pool's own events. */
void ngx_http_gatehouse_pool_hope(ngx_event_t *ev);
void ngx_http_gatehouse_pool_sweep(ngx_event_t *ev);
void ngx_http_gatehouse_pool_round(ngx_event_t *ev);

#endif
