/*
 * Lanes: what can be said of one without knowing the servers.
 */

/* Module. */
#include "ngx_http_gatehouse_lane.h"

void
ngx_http_gatehouse_place_init(ngx_http_gatehouse_connection_t *conn,
    ngx_http_gatehouse_pool_t *pool, gh_lane_t kind)
{
    conn->lane = kind;
    conn->pool = pool;
    ngx_queue_init(&conn->operations);
}

ngx_int_t
ngx_http_gatehouse_lane_init(ngx_http_gatehouse_lane_t *lane, ngx_cycle_t *cycle,
    ngx_http_gatehouse_pool_t *pool, gh_lane_t kind, ngx_uint_t count)
{
    ngx_uint_t                        i;
    ngx_http_gatehouse_connection_t  *conns;

    ngx_http_gatehouse_line_init(&lane->line);
    lane->count = count;
    lane->places = ngx_palloc(cycle->pool, count * sizeof(ngx_http_gatehouse_connection_t *));
    conns = ngx_pcalloc(cycle->pool, count * sizeof(ngx_http_gatehouse_connection_t));

    if (lane->places == NULL || conns == NULL) {
        return NGX_ERROR;
    }

    for (i = 0; i < count; i++) {
        lane->places[i] = &conns[i];
        ngx_http_gatehouse_place_init(&conns[i], pool, kind);
    }

    return NGX_OK;
}

ngx_uint_t
ngx_http_gatehouse_lane_wanted(ngx_http_gatehouse_lane_t *lane)
{
    ngx_uint_t  i, opening = 0;

    for (i = 0; i < lane->count; i++) {
        if (lane->places[i]->state != NGX_HTTP_GATEHOUSE_CLOSED
            && lane->places[i]->state != NGX_HTTP_GATEHOUSE_UP)
        {
            opening++;
        }
    }

    return lane->line.length > opening ? lane->line.length - opening : 0;
}

void
ngx_http_gatehouse_lane_give_up(ngx_http_gatehouse_lane_t *lane)
{
    ngx_http_gatehouse_operation_t  *op;

    for (op = ngx_http_gatehouse_line_next(&lane->line);
         op != NULL;
         op = ngx_http_gatehouse_line_next(&lane->line))
    {
        ngx_http_gatehouse_line_fail(&lane->line, op, GH_RESULT_UNREACHABLE);
    }
}
