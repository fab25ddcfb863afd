/*
 * Health: how the servers are, as one worker has found them, and which is in use.
 *
 * One provider decides: the first writer that is well is in use for everything but the
 * public search, which may go anywhere.  A server goes down when a connection to it fails or
 * loses an operation; it is doubted while one is silent that should not be.  It is back when
 * it has let the gateway bind, and preferred to a later one again when it has caught up.
 */
#ifndef NGX_HTTP_GATEHOUSE_HEALTH_H
#define NGX_HTTP_GATEHOUSE_HEALTH_H

/* lib. */
#include "directory/way.h"

/* Module. */
#include "ngx_http_gatehouse.h"
#include "ngx_http_gatehouse_tls.h"

/* Which servers the public search prefers: a turn among the first, in order among others. */
typedef enum {
    NGX_HTTP_GATEHOUSE_READER = 0,      /* of read_uri */
    NGX_HTTP_GATEHOUSE_SPARE,           /* of uri */
    NGX_HTTP_GATEHOUSE_LAST             /* of write_uri */
} ngx_http_gatehouse_group_e;

struct ngx_http_gatehouse_server_s {
    ngx_str_t                  name;        /* as configured, for the log */
    gh_uri_scheme_t            scheme;
    gh_way_t                   way;
    ngx_http_gatehouse_tls_t   tls;
    ngx_addr_t                *addrs;       /* resolved when nginx started, or since */
    ngx_uint_t                 naddrs;
    ngx_str_t                  host;        /* to look up again; empty: an address or a socket */
    in_port_t                  port;
    ngx_uint_t                 group;       /* ngx_http_gatehouse_group_e */
    unsigned                   writer:1;    /* in order of preference */
};

typedef enum {
    NGX_HTTP_GATEHOUSE_DOWN = 0,        /* MUST BE ZERO */
    NGX_HTTP_GATEHOUSE_DOUBTED,         /* in use, but nothing is sent until a probe is over */
    NGX_HTTP_GATEHOUSE_BEHIND,          /* it works, and lacks what the one in use has */
    NGX_HTTP_GATEHOUSE_WELL
} ngx_http_gatehouse_state_e;

typedef struct ngx_http_gatehouse_health_s  ngx_http_gatehouse_health_t;

/* All are taken to be well; `servers` are the configuration's.  NULL: no memory. */
ngx_http_gatehouse_health_t *ngx_http_gatehouse_health_create(ngx_cycle_t *cycle,
    ngx_array_t *servers);

ngx_uint_t ngx_http_gatehouse_health_state(ngx_http_gatehouse_health_t *health,
    ngx_http_gatehouse_server_t *server);

/*
 * The writer in use, WELL or DOUBTED, or where none is, the first that is BEHIND.  One that
 * takes no writes is in use only where all are so.  NULL: all are down.
 */
ngx_http_gatehouse_server_t *ngx_http_gatehouse_health_writer(
    ngx_http_gatehouse_health_t *health);

/*
 * The server for the next public search, another one each time where several are equal.
 * NULL: all are down.
 */
ngx_http_gatehouse_server_t *ngx_http_gatehouse_health_reader(
    ngx_http_gatehouse_health_t *health);

/* Whether a server stands behind another of the same use that is preferred to it. */
ngx_uint_t ngx_http_gatehouse_health_is_preferred(ngx_http_gatehouse_health_t *health,
    ngx_http_gatehouse_server_t *server, ngx_http_gatehouse_server_t *other);

/* Whether a writer other than `server` could be in use in its place, now. */
ngx_uint_t ngx_http_gatehouse_health_has_other(ngx_http_gatehouse_health_t *health,
    ngx_http_gatehouse_server_t *server);

/*
 * Whether a server that is back is to be left alone for some time yet, since it failed at
 * its work and might do so again.
 */
ngx_uint_t ngx_http_gatehouse_health_is_resting(ngx_http_gatehouse_health_t *health,
    ngx_http_gatehouse_server_t *server);

/*
 * What changes the state; each logs what changes, and only that.  `rest` is for how long, in
 * ms, another that is well is used in its place in any case.  With `reason` NULL the server
 * is only silent, which may be nobody's fault.
 */
void ngx_http_gatehouse_health_failed(ngx_http_gatehouse_health_t *health,
    ngx_http_gatehouse_server_t *server, const char *reason, ngx_msec_t rest);
void ngx_http_gatehouse_health_doubted(ngx_http_gatehouse_health_t *health,
    ngx_http_gatehouse_server_t *server, const char *reason);
void ngx_http_gatehouse_health_behind(ngx_http_gatehouse_health_t *health,
    ngx_http_gatehouse_server_t *server);
void ngx_http_gatehouse_health_well(ngx_http_gatehouse_health_t *health,
    ngx_http_gatehouse_server_t *server);

/* The server has refused a write as one that takes none: another writer is in use. */
void ngx_http_gatehouse_health_read_only(ngx_http_gatehouse_health_t *health,
    ngx_http_gatehouse_server_t *server, int result);

/* It was the write that all refuse: no server is held to take none any more. */
void ngx_http_gatehouse_health_writable(ngx_http_gatehouse_health_t *health);

#endif
