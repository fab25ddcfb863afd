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
    ngx_msec_t                         pace;        /* what answers take, on average */
} ngx_http_gatehouse_lane_t;

/* A lane with `count` places, from `cycle->pool`.  NGX_OK, or NGX_ERROR: no memory. */
ngx_int_t ngx_http_gatehouse_lane_init(ngx_http_gatehouse_lane_t *lane, ngx_cycle_t *cycle,
    ngx_http_gatehouse_pool_t *pool, gh_lane_t kind, ngx_uint_t count);

/* How many connections are to be opened for what waits, beside those that are under way. */
ngx_uint_t ngx_http_gatehouse_lane_wanted(ngx_http_gatehouse_lane_t *lane);

/*
 * Whether the connection is free for one more operation; whether its server is fit is for the
 * caller to know.
 */
ngx_uint_t ngx_http_gatehouse_lane_is_free(ngx_http_gatehouse_connection_t *conn);

/* A place that is CLOSED; NULL: all are taken. */
ngx_http_gatehouse_connection_t *ngx_http_gatehouse_lane_place(
    ngx_http_gatehouse_lane_t *lane);

/*
 * Puts a connection that stands elsewhere, in `*conn`, into the lane, and gives `*conn` a
 * place that is CLOSED for it.  NGX_DECLINED: there is none.
 */
ngx_int_t ngx_http_gatehouse_lane_adopt(ngx_http_gatehouse_lane_t *lane,
    ngx_http_gatehouse_connection_t **conn);

/*
 * For how long, in ms, a connection of the lane may be silent while something is asked of it:
 * directory.patience, or where answers take long, four times as long as they take, but then
 * not more than half of directory.timeout.
 */
ngx_msec_t ngx_http_gatehouse_lane_patience(ngx_http_gatehouse_lane_t *lane,
    const gh_directory_settings_t *settings);

/* An answer has come after `took` ms. */
void ngx_http_gatehouse_lane_learn(ngx_http_gatehouse_lane_t *lane, ngx_msec_t took);

/* The connection that nothing was heard of for longest and nothing is on; NULL: none. */
ngx_http_gatehouse_connection_t *ngx_http_gatehouse_lane_sleeper(
    ngx_http_gatehouse_lane_t *lane);

/* No server can be had: says so to all that waits in the lane. */
void ngx_http_gatehouse_lane_give_up(ngx_http_gatehouse_lane_t *lane);

#endif
