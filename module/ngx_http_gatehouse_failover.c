/*
 * Failover: which server the pool leaves, which it comes back to, and what becomes of those
 * who were on the way.
 */

/* Module. */
#include "ngx_http_gatehouse_metrics.h"
#include "ngx_http_gatehouse_pool_int.h"

/* Calls `what` for every connection to the server; NULL: to all. */
static void
ngx_http_gatehouse_pool_each(ngx_http_gatehouse_pool_t *pool,
    ngx_http_gatehouse_server_t *server, void (*what)(ngx_http_gatehouse_connection_t *conn))
{
    ngx_uint_t                  i;
    ngx_http_gatehouse_lane_t  *lane;

    for (lane = pool->lanes; lane < pool->lanes + 3; lane++) {
        for (i = 0; i < lane->count; i++) {
            if (server == NULL || lane->places[i]->server == server) {
                what(lane->places[i]);
            }
        }
    }
}

static void
ngx_http_gatehouse_pool_retire(ngx_http_gatehouse_connection_t *conn)
{
    conn->retired = 1;
}

/* Counts it when another writer is in use than before; while none is, nothing has changed. */
static void
ngx_http_gatehouse_pool_settle(ngx_http_gatehouse_pool_t *pool)
{
    ngx_http_gatehouse_server_t  *writer = ngx_http_gatehouse_health_writer(pool->health);

    if (writer == NULL || writer == pool->writer) {
        return;
    }

    ngx_http_gatehouse_metrics_left(&pool->writer->name);
    pool->writer = writer;
}

/*
 * Another server is in use now: connections to the others go, as far as they rest, and
 * whoever waits is sent to it, or told that there is none.
 */
void
ngx_http_gatehouse_pool_sweep(ngx_event_t *ev)
{
    ngx_http_gatehouse_lane_t  *lane;
    ngx_http_gatehouse_pool_t  *pool = ev->data;

    ngx_http_gatehouse_pool_settle(pool);
    ngx_http_gatehouse_pool_each(pool, NULL, ngx_http_gatehouse_pool_rest);

    /* Who comes after those that are told now has a time of its own. */
    if (pool->hoping.timer_set) {
        ngx_del_timer(&pool->hoping);
    }

    for (lane = pool->lanes; lane < pool->lanes + 3; lane++) {
        if (ngx_http_gatehouse_pool_server(pool, lane) == NULL) {
            ngx_http_gatehouse_lane_give_up(lane);

        } else {
            ngx_http_gatehouse_pool_advance(pool, lane);
        }
    }
}

/* No connection to the server is used again; a probe sees to it, at once or soon. */
static void
ngx_http_gatehouse_pool_leave(ngx_http_gatehouse_pool_t *pool,
    ngx_http_gatehouse_server_t *server, ngx_uint_t at_once)
{
    ngx_http_gatehouse_server_t  *first = pool->conf->servers.elts;

    ngx_http_gatehouse_pool_each(pool, server, ngx_http_gatehouse_pool_retire);
    ngx_http_gatehouse_probe_start(pool->probes, server - first, at_once);
    ngx_post_event(&pool->sweeping, &ngx_posted_events);
}

void
ngx_http_gatehouse_pool_failed(ngx_http_gatehouse_pool_t *pool,
    ngx_http_gatehouse_server_t *server, const char *reason, ngx_msec_t rest)
{
    ngx_http_gatehouse_health_failed(pool->health, server, reason, rest);
    ngx_http_gatehouse_pool_leave(pool, server, 0);
}

/* The server may be of use on new connections: a probe says so, and whoever waits waits. */
static void
ngx_http_gatehouse_pool_doubt(ngx_http_gatehouse_pool_t *pool,
    ngx_http_gatehouse_server_t *server, const char *reason)
{
    ngx_http_gatehouse_health_doubted(pool->health, server, reason);
    ngx_http_gatehouse_pool_leave(pool, server, 1);
}

void
ngx_http_gatehouse_pool_lost(ngx_http_gatehouse_pool_t *pool,
    ngx_http_gatehouse_server_t *server, const char *reason)
{
    if (ngx_http_gatehouse_health_has_other(pool->health, server)) {
        ngx_http_gatehouse_pool_failed(pool, server, reason, NGX_HTTP_GATEHOUSE_REST);

    } else {
        ngx_http_gatehouse_pool_doubt(pool, server, reason);
    }
}

void
ngx_http_gatehouse_pool_moved(ngx_http_gatehouse_pool_t *pool,
    ngx_http_gatehouse_server_t *server)
{
    ngx_http_gatehouse_pool_each(pool, server, ngx_http_gatehouse_pool_retire);
    ngx_post_event(&pool->sweeping, &ngx_posted_events);
}

void
ngx_http_gatehouse_pool_recovered(ngx_http_gatehouse_pool_t *pool,
    ngx_http_gatehouse_server_t *server, ngx_http_gatehouse_connection_t **conn)
{
    ngx_http_gatehouse_health_well(pool->health, server);

    if (ngx_exiting || ngx_http_gatehouse_health_writer(pool->health) != server
        || ngx_http_gatehouse_lane_adopt(&pool->lanes[GH_LANE_SERVICE], conn) != NGX_OK)
    {
        ngx_http_gatehouse_pool_down(*conn, NULL);
    }

    ngx_post_event(&pool->sweeping, &ngx_posted_events);
}

/* Nobody waits for longer than this, unless a probe has begun only just. */
void
ngx_http_gatehouse_pool_hope(ngx_event_t *ev)
{
    ngx_http_gatehouse_pool_t  *pool = ev->data;

    if (ngx_http_gatehouse_probes_are_young(pool->probes, pool->conf->servers.nelts)) {
        ngx_add_timer(ev, NGX_HTTP_GATEHOUSE_HOPE);
        return;
    }

    ngx_post_event(&pool->sweeping, &ngx_posted_events);
}

/* Takes what need not wait for this connection's answer off it. */
static void
ngx_http_gatehouse_pool_take(ngx_http_gatehouse_connection_t *conn, ngx_queue_t *taken)
{
    ngx_queue_t                     *q, *next;
    ngx_http_gatehouse_operation_t  *op;

    for (q = ngx_queue_head(&conn->operations);
         q != ngx_queue_sentinel(&conn->operations);
         q = next)
    {
        next = ngx_queue_next(q);
        op = ngx_queue_data(q, ngx_http_gatehouse_operation_t, queue);

        if (op->pinned || op->request == NULL
            || (!op->repeated && gh_request_is_repeatable(op->request)))
        {
            ngx_http_gatehouse_connection_abandon(conn, op);
            ngx_queue_insert_tail(taken, &op->queue);
        }
    }
}

/*
 * The way to the server is cut, or the server hangs, or it has more to do than is good.  What
 * can be repeated is, on a new connection, once the server has let the probe bind.  A write
 * keeps waiting.
 */
void
ngx_http_gatehouse_pool_silent(ngx_http_gatehouse_connection_t *conn)
{
    ngx_queue_t                 taken;
    ngx_http_gatehouse_pool_t  *pool = conn->pool;
    ngx_http_gatehouse_lane_t  *lane = ngx_http_gatehouse_pool_lane(pool, conn->lane);

    ngx_queue_init(&taken);
    ngx_http_gatehouse_pool_take(conn, &taken);

    if (ngx_queue_empty(&taken)) {
        ngx_add_timer(conn->peer.connection->read, ngx_http_gatehouse_pool_patience(conn));
        return;
    }

    if (conn->probe == NULL && !conn->retired) {
        ngx_http_gatehouse_pool_doubt(pool, conn->server, NULL);
    }

    ngx_http_gatehouse_pool_orphans(lane, &taken);

    if (conn->in_flight == 0) {
        ngx_http_gatehouse_pool_down(conn, conn->probe != NULL ? "it does not answer" : NULL);
    }
}

/*
 * One at a time, so that whoever comes finds another.  A firewall that forgets what rests is
 * noticed before somebody signs in, and has less reason to.
 */
void
ngx_http_gatehouse_pool_round(ngx_event_t *ev)
{
    ngx_http_gatehouse_pool_t        *pool = ev->data;
    ngx_http_gatehouse_lane_t        *lane;
    ngx_http_gatehouse_connection_t  *conn, *sleeper = NULL;

    for (lane = pool->lanes; lane < pool->lanes + 3; lane++) {
        conn = ngx_http_gatehouse_lane_sleeper(lane);

        if (conn != NULL
            && (sleeper == NULL || (ngx_msec_int_t) (conn->heard - sleeper->heard) < 0))
        {
            sleeper = conn;
        }
    }

    if (ngx_exiting) {
        return;
    }

    if (sleeper != NULL
        && ngx_current_msec - sleeper->heard >= NGX_HTTP_GATEHOUSE_REPOSE)
    {
        (void) ngx_http_gatehouse_pool_ask(pool, sleeper, pool->knock, NULL, NULL);
    }

    ngx_add_timer(ev, NGX_HTTP_GATEHOUSE_ROUND);
}
