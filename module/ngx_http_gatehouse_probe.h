/*
 * Probes: whether a server that is not well works again.
 *
 * Each server has a probe.  While its server is down or doubted, the probe connects and binds
 * as the gateway, again and again.  A writer that would be preferred to the one in use has to
 * have caught up with it, too.
 */
#ifndef NGX_HTTP_GATEHOUSE_PROBE_H
#define NGX_HTTP_GATEHOUSE_PROBE_H

/* Module. */
#include "ngx_http_gatehouse_connection.h"

/* One probe for each of `servers`, at rest, from `cycle->pool`.  NULL: no memory. */
ngx_http_gatehouse_probe_t *ngx_http_gatehouse_probes_create(ngx_cycle_t *cycle,
    ngx_http_gatehouse_pool_t *pool, ngx_array_t *servers);

/* Sees to the `i`th server until it is well, at once or after a short while. */
void ngx_http_gatehouse_probe_start(ngx_http_gatehouse_probe_t *probes, ngx_uint_t i,
    ngx_uint_t at_once);

/* Whether one of `count` probes has begun only just, and may succeed. */
ngx_uint_t ngx_http_gatehouse_probes_are_young(ngx_http_gatehouse_probe_t *probes,
    ngx_uint_t count);

/* What the pool hands on: the probe's connection is UP, or CLOSED again. */
void ngx_http_gatehouse_probe_up(ngx_http_gatehouse_probe_t *probe);
void ngx_http_gatehouse_probe_down(ngx_http_gatehouse_probe_t *probe, const char *reason);

#endif
