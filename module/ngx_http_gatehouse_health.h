/*
 * Health: how the servers of the list are, as one worker has found them.
 *
 * One provider decides: the first of the list that is well is in use, for everything.  A
 * server goes down when a connection to it fails or loses an operation; it is back when
 * it has let the gateway bind.
 */
#ifndef NGX_HTTP_GATEHOUSE_HEALTH_H
#define NGX_HTTP_GATEHOUSE_HEALTH_H

/* lib. */
#include "directory/way.h"

/* Module. */
#include "ngx_http_gatehouse.h"
#include "ngx_http_gatehouse_tls.h"

/* A server that failed is left alone for this long, ms. */
#define NGX_HTTP_GATEHOUSE_REST  100

struct ngx_http_gatehouse_server_s {
    ngx_str_t                  name;        /* as configured, for the log */
    gh_uri_scheme_t            scheme;
    gh_way_t                   way;
    ngx_http_gatehouse_tls_t   tls;
    ngx_addr_t                *addrs;       /* resolved when nginx started */
    ngx_uint_t                 naddrs;
};

typedef struct ngx_http_gatehouse_health_s  ngx_http_gatehouse_health_t;

/* All are taken to be well; `servers` are the configuration's.  NULL: no memory. */
ngx_http_gatehouse_health_t *ngx_http_gatehouse_health_create(ngx_cycle_t *cycle,
    ngx_array_t *servers);

/*
 * The server to connect to: the first that is well, or when none is, the one that failed
 * longest ago.  NULL: all have failed only just.
 */
ngx_http_gatehouse_server_t *ngx_http_gatehouse_health_pick(
    ngx_http_gatehouse_health_t *health);

/*
 * A server that is down while a later one is in use: of several, the one that failed
 * longest ago.  NULL: there is none.
 */
ngx_http_gatehouse_server_t *ngx_http_gatehouse_health_missed(
    ngx_http_gatehouse_health_t *health);

ngx_uint_t ngx_http_gatehouse_health_is_down(ngx_http_gatehouse_health_t *health,
    ngx_http_gatehouse_server_t *server);

/*
 * Whether a connection to that server, opened at `opened` (ngx_current_msec), is of use:
 * its server is the one in use, or, while none is well, has not failed since.
 */
ngx_uint_t ngx_http_gatehouse_health_is_in_use(ngx_http_gatehouse_health_t *health,
    ngx_http_gatehouse_server_t *server, ngx_msec_t opened);

/* Both log what changes, and only that. */
void ngx_http_gatehouse_health_failed(ngx_http_gatehouse_health_t *health,
    ngx_http_gatehouse_server_t *server, const char *reason);
void ngx_http_gatehouse_health_well(ngx_http_gatehouse_health_t *health,
    ngx_http_gatehouse_server_t *server);

#endif
