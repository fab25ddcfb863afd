/*
 * Lanes: places for connections of one kind, and the line in front of them.
 *
 * A lane points to its places, so that a connection that something else has opened can be
 * put in.
 */
#ifndef NGX_HTTP_GATEHOUSE_LANE_H
#define NGX_HTTP_GATEHOUSE_LANE_H

/* Module. */
#include "ngx_http_gatehouse_connection.h"

typedef struct {
    ngx_http_gatehouse_connection_t  **places;
    ngx_uint_t                         count;
    ngx_http_gatehouse_line_t          line;
} ngx_http_gatehouse_lane_t;

/* A place for a connection of that kind, CLOSED. */
void ngx_http_gatehouse_place_init(ngx_http_gatehouse_connection_t *conn,
    ngx_http_gatehouse_pool_t *pool, gh_lane_t kind);

/* A lane with `count` places, from `cycle->pool`.  NGX_OK, or NGX_ERROR: no memory. */
ngx_int_t ngx_http_gatehouse_lane_init(ngx_http_gatehouse_lane_t *lane, ngx_cycle_t *cycle,
    ngx_http_gatehouse_pool_t *pool, gh_lane_t kind, ngx_uint_t count);

/* How many connections are to be opened for what waits, beside those that are under way. */
ngx_uint_t ngx_http_gatehouse_lane_wanted(ngx_http_gatehouse_lane_t *lane);

/* No server can be had: says so to all that waits in the lane. */
void ngx_http_gatehouse_lane_give_up(ngx_http_gatehouse_lane_t *lane);

#endif
