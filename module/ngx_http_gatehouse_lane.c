/*
 * Lanes: what can be said of one without knowing the servers.
 */

/* Module. */
#include "ngx_http_gatehouse_lane.h"

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
        ngx_http_gatehouse_connection_init(&conns[i], pool, kind);
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

    /* One connection is enough for all who may share it. */
    if (lane->places[0]->lane != GH_LANE_BIND) {
        return lane->line.length > 0 && opening == 0;
    }

    return lane->line.length > opening ? lane->line.length - opening : 0;
}

ngx_uint_t
ngx_http_gatehouse_lane_is_free(ngx_http_gatehouse_connection_t *conn)
{
    return conn->state == NGX_HTTP_GATEHOUSE_UP && !conn->broken && !conn->retired
           && (conn->lane != GH_LANE_BIND || conn->in_flight == 0);
}

ngx_http_gatehouse_connection_t *
ngx_http_gatehouse_lane_place(ngx_http_gatehouse_lane_t *lane)
{
    ngx_uint_t  i;

    for (i = 0; i < lane->count; i++) {
        if (lane->places[i]->state == NGX_HTTP_GATEHOUSE_CLOSED) {
            return lane->places[i];
        }
    }

    return NULL;
}

ngx_http_gatehouse_connection_t *
ngx_http_gatehouse_lane_sleeper(ngx_http_gatehouse_lane_t *lane)
{
    ngx_uint_t                        i;
    ngx_http_gatehouse_connection_t  *conn, *sleeper = NULL;

    for (i = 0; i < lane->count; i++) {
        conn = lane->places[i];

        if (ngx_http_gatehouse_lane_is_free(conn) && conn->in_flight == 0
            && (sleeper == NULL || (ngx_msec_int_t) (conn->heard - sleeper->heard) < 0))
        {
            sleeper = conn;
        }
    }

    return sleeper;
}

ngx_int_t
ngx_http_gatehouse_lane_adopt(ngx_http_gatehouse_lane_t *lane,
    ngx_http_gatehouse_connection_t **conn)
{
    ngx_uint_t                        i;
    ngx_http_gatehouse_connection_t  *place;

    for (i = 0; i < lane->count; i++) {
        place = lane->places[i];

        if (place->state == NGX_HTTP_GATEHOUSE_CLOSED) {
            place->probe = (*conn)->probe;
            (*conn)->probe = NULL;
            lane->places[i] = *conn;
            *conn = place;
            return NGX_OK;
        }
    }

    return NGX_DECLINED;
}

ngx_msec_t
ngx_http_gatehouse_lane_patience(ngx_http_gatehouse_lane_t *lane,
    const gh_directory_settings_t *settings)
{
    ngx_msec_t  slow = ngx_min(4 * lane->pace, (ngx_msec_t) settings->timeout / 2);

    return ngx_max((ngx_msec_t) settings->patience, slow);
}

void
ngx_http_gatehouse_lane_learn(ngx_http_gatehouse_lane_t *lane, ngx_msec_t took)
{
    lane->pace = took > lane->pace ? (lane->pace + took + 1) / 2
                                   : (7 * lane->pace + took) / 8;
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
