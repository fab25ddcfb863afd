/*
 * The pool: who is sent where, and what becomes of it.
 */

/* Module. */
#include "ngx_http_gatehouse_lane.h"
#include "ngx_http_gatehouse_pool.h"

/* While a later server is in use, an earlier one is tried this often; ms. */
#define NGX_HTTP_GATEHOUSE_SCOUTING  1000

struct ngx_http_gatehouse_pool_s {
    ngx_http_gatehouse_main_conf_t   *conf;
    ngx_http_gatehouse_lane_t         lanes[2];     /* by gh_lane_t */
    ngx_http_gatehouse_health_t      *health;
    ngx_event_t                       probe;        /* opens again when all servers were down */
    ngx_http_gatehouse_connection_t   scout;        /* sees whether an earlier server is back */
    ngx_event_t                       scouting;
    ngx_event_t                       sweeping;     /* another server is in use */
};

static void ngx_http_gatehouse_pool_advance(ngx_http_gatehouse_pool_t *pool,
    ngx_http_gatehouse_lane_t *lane);
static void ngx_http_gatehouse_pool_rest(ngx_http_gatehouse_connection_t *conn);
static void ngx_http_gatehouse_pool_server_failed(ngx_http_gatehouse_pool_t *pool,
    ngx_http_gatehouse_server_t *server, const char *reason);
static void ngx_http_gatehouse_pool_timeout(ngx_event_t *ev);
static void ngx_http_gatehouse_pool_probe(ngx_event_t *ev);
static void ngx_http_gatehouse_pool_sweep(ngx_event_t *ev);
static void ngx_http_gatehouse_pool_scout(ngx_event_t *ev);

static ngx_inline ngx_http_gatehouse_lane_t *
ngx_http_gatehouse_pool_lane(ngx_http_gatehouse_pool_t *pool, gh_lane_t lane)
{
    return &pool->lanes[lane == GH_LANE_BIND];
}

const gh_directory_settings_t *
ngx_http_gatehouse_pool_settings(ngx_http_gatehouse_pool_t *pool)
{
    return &pool->conf->config->directory;
}

const gh_secret_t *
ngx_http_gatehouse_pool_password(ngx_http_gatehouse_pool_t *pool)
{
    return pool->conf->password;
}

ngx_uint_t
ngx_http_gatehouse_pool_is_down(ngx_http_gatehouse_pool_t *pool,
    ngx_http_gatehouse_server_t *server)
{
    return ngx_http_gatehouse_health_is_down(pool->health, server);
}

static void
ngx_http_gatehouse_pool_event_init(ngx_http_gatehouse_pool_t *pool, ngx_event_t *ev,
    ngx_event_handler_pt handler)
{
    ev->handler = handler;
    ev->data = pool;
    ev->log = ngx_cycle->log;
}

ngx_http_gatehouse_pool_t *
ngx_http_gatehouse_pool_create(ngx_cycle_t *cycle, ngx_http_gatehouse_main_conf_t *gmcf)
{
    ngx_http_gatehouse_pool_t  *pool;

    pool = ngx_pcalloc(cycle->pool, sizeof(ngx_http_gatehouse_pool_t));

    if (pool == NULL) {
        return NULL;
    }

    pool->conf = gmcf;
    pool->health = ngx_http_gatehouse_health_create(cycle, &gmcf->servers);

    if (pool->health == NULL
        || ngx_http_gatehouse_lane_init(&pool->lanes[0], cycle, pool, GH_LANE_SERVICE, 1)
           != NGX_OK
        || ngx_http_gatehouse_lane_init(&pool->lanes[1], cycle, pool, GH_LANE_BIND,
                                        gmcf->config->directory.bind_connections)
           != NGX_OK)
    {
        return NULL;
    }

    ngx_http_gatehouse_place_init(&pool->scout, pool, GH_LANE_SERVICE);
    ngx_http_gatehouse_pool_event_init(pool, &pool->probe, ngx_http_gatehouse_pool_probe);
    ngx_http_gatehouse_pool_event_init(pool, &pool->scouting, ngx_http_gatehouse_pool_scout);
    ngx_http_gatehouse_pool_event_init(pool, &pool->sweeping, ngx_http_gatehouse_pool_sweep);
    pool->scouting.cancelable = 1;

    return pool;
}


/* Operations. */

int
ngx_http_gatehouse_pool_submit(ngx_http_gatehouse_pool_t *pool, const gh_request_t *request,
    ngx_msec_t deadline, void (*handler)(ngx_http_gatehouse_operation_t *op), void *data,
    ngx_http_gatehouse_operation_t **op)
{
    ngx_http_gatehouse_lane_t  *lane = ngx_http_gatehouse_pool_lane(pool, request->lane);

    if (lane->line.length >= (ngx_uint_t) pool->conf->config->directory.queue) {
        return GH_RESULT_OVERLOADED;
    }

    *op = ngx_http_gatehouse_operation_create(pool, request, deadline);

    if (*op == NULL) {
        return GH_RESULT_NOMEM;
    }

    (*op)->handler = handler;
    (*op)->data = data;
    (*op)->timer.handler = ngx_http_gatehouse_pool_timeout;
    ngx_http_gatehouse_line_join(&lane->line, *op);
    ngx_http_gatehouse_pool_advance(pool, lane);

    return 0;
}

void
ngx_http_gatehouse_pool_detach(ngx_http_gatehouse_pool_t *pool,
    ngx_http_gatehouse_operation_t *op)
{
    op->handler = NULL;
    op->request = NULL;

    /* What is on its way comes back to nobody; its connection needs the answer. */
    if (op->connection == NULL) {
        ngx_http_gatehouse_line_leave(&ngx_http_gatehouse_pool_lane(pool, op->lane)->line, op);
        ngx_http_gatehouse_operation_finish(op);
    }
}

/* The deadline has come, or half of it to who still stands in line. */
static void
ngx_http_gatehouse_pool_timeout(ngx_event_t *ev)
{
    ngx_uint_t                        is_silent;
    ngx_http_gatehouse_operation_t   *op = ev->data;
    ngx_http_gatehouse_connection_t  *conn = op->connection;

    if (conn == NULL) {
        ngx_http_gatehouse_line_leave(&ngx_http_gatehouse_pool_lane(op->pool, op->lane)->line,
                                      op);

    } else {
        is_silent = ngx_http_gatehouse_connection_is_silent(conn);
        ngx_http_gatehouse_connection_abandon(conn, op);

        if (is_silent) {
            ngx_http_gatehouse_pool_server_failed(op->pool, conn->server, "it does not answer");
            ngx_http_gatehouse_pool_down(conn, NULL);

        } else if (op->lane == GH_LANE_BIND) {
            /*
             * A bind can't be abandoned (RFC 4511, section 4.11), so neither can its
             * place.
             */
            ngx_http_gatehouse_pool_down(conn, "no answer to a bind by its deadline");

        } else {
            ngx_http_gatehouse_pool_rest(conn);
        }
    }

    gh_answer_cleanup(&op->answer);
    op->answer.result = GH_RESULT_TIMEOUT;
    ngx_http_gatehouse_operation_finish(op);
}


/* Servers. */

/* Another server is in use now: connections to the others go, as far as they rest. */
static void
ngx_http_gatehouse_pool_sweep(ngx_event_t *ev)
{
    ngx_uint_t                  i;
    ngx_http_gatehouse_lane_t  *lane;
    ngx_http_gatehouse_pool_t  *pool = ev->data;

    for (lane = pool->lanes; lane < pool->lanes + 2; lane++) {
        for (i = 0; i < lane->count; i++) {
            ngx_http_gatehouse_pool_rest(lane->places[i]);
        }
    }
}

/* Somebody has to see when an earlier server than the one in use is back. */
static void
ngx_http_gatehouse_pool_send_scout(ngx_http_gatehouse_pool_t *pool)
{
    if (ngx_http_gatehouse_health_missed(pool->health) != NULL && !pool->scouting.timer_set) {
        ngx_add_timer(&pool->scouting, NGX_HTTP_GATEHOUSE_SCOUTING);
    }
}

static void
ngx_http_gatehouse_pool_server_failed(ngx_http_gatehouse_pool_t *pool,
    ngx_http_gatehouse_server_t *server, const char *reason)
{
    ngx_http_gatehouse_health_failed(pool->health, server, reason);
    ngx_http_gatehouse_pool_send_scout(pool);
    ngx_post_event(&pool->sweeping, &ngx_posted_events);
}

static void
ngx_http_gatehouse_pool_server_well(ngx_http_gatehouse_pool_t *pool,
    ngx_http_gatehouse_server_t *server)
{
    if (!ngx_http_gatehouse_health_is_down(pool->health, server)) {
        return;
    }

    ngx_http_gatehouse_health_well(pool->health, server);
    ngx_http_gatehouse_pool_send_scout(pool);
    ngx_post_event(&pool->sweeping, &ngx_posted_events);
}

static void
ngx_http_gatehouse_pool_scout(ngx_event_t *ev)
{
    ngx_http_gatehouse_pool_t    *pool = ev->data;
    ngx_http_gatehouse_server_t  *server;

    server = ngx_http_gatehouse_health_missed(pool->health);

    if (server == NULL || ngx_exiting) {
        return;
    }

    ngx_http_gatehouse_pool_send_scout(pool);

    if (pool->scout.state == NGX_HTTP_GATEHOUSE_CLOSED
        && ngx_http_gatehouse_connection_open(&pool->scout, server) != NGX_OK)
    {
        ngx_http_gatehouse_pool_server_failed(pool, server, "it can't be connected to");
    }
}


/* Lines and connections. */

static ngx_uint_t
ngx_http_gatehouse_pool_is_in_use(ngx_http_gatehouse_connection_t *conn)
{
    return ngx_http_gatehouse_health_is_in_use(conn->pool->health, conn->server, conn->opened);
}

/* A connection that takes one more operation; NULL: none. */
static ngx_http_gatehouse_connection_t *
ngx_http_gatehouse_pool_ready(ngx_http_gatehouse_lane_t *lane)
{
    ngx_uint_t                        i;
    ngx_http_gatehouse_connection_t  *conn;

    for (i = 0; i < lane->count; i++) {
        conn = lane->places[i];

        if (conn->state == NGX_HTTP_GATEHOUSE_UP && !conn->broken
            && (conn->lane == GH_LANE_SERVICE || conn->in_flight == 0)
            && ngx_http_gatehouse_pool_is_in_use(conn))
        {
            return conn;
        }
    }

    return NULL;
}

/*
 * Opens the connection to the first server that takes it.  NGX_DECLINED: none does, each
 * that was due has been tried; NGX_AGAIN: none was due.
 */
static ngx_int_t
ngx_http_gatehouse_pool_connect(ngx_http_gatehouse_pool_t *pool,
    ngx_http_gatehouse_connection_t *conn)
{
    ngx_int_t                     rc = NGX_AGAIN;
    ngx_http_gatehouse_server_t  *server;

    for ( ;; ) {
        server = ngx_http_gatehouse_health_pick(pool->health);

        if (server == NULL) {
            return rc;
        }

        if (ngx_http_gatehouse_connection_open(conn, server) == NGX_OK) {
            return NGX_OK;
        }

        ngx_http_gatehouse_pool_server_failed(pool, server, "it can't be connected to");
        rc = NGX_DECLINED;
    }
}

static void
ngx_http_gatehouse_pool_open(ngx_http_gatehouse_pool_t *pool, ngx_http_gatehouse_lane_t *lane)
{
    ngx_uint_t  i, wanted = ngx_http_gatehouse_lane_wanted(lane);

    for (i = 0; i < lane->count && wanted > 0; i++) {

        if (lane->places[i]->state != NGX_HTTP_GATEHOUSE_CLOSED) {
            continue;
        }

        switch (ngx_http_gatehouse_pool_connect(pool, lane->places[i])) {

        case NGX_OK:
            wanted--;
            break;

        case NGX_DECLINED:
            ngx_http_gatehouse_lane_give_up(lane);
            return;

        default:
            if (!pool->probe.timer_set) {
                ngx_add_timer(&pool->probe, NGX_HTTP_GATEHOUSE_REST);
            }
            return;
        }
    }
}

/* Sends what waits on what is free, and opens connections for the rest. */
static void
ngx_http_gatehouse_pool_advance(ngx_http_gatehouse_pool_t *pool,
    ngx_http_gatehouse_lane_t *lane)
{
    int                               rc;
    ngx_http_gatehouse_operation_t   *op;
    ngx_http_gatehouse_connection_t  *conn;

    while (lane->line.length > 0) {
        conn = ngx_http_gatehouse_pool_ready(lane);

        if (conn == NULL) {
            ngx_http_gatehouse_pool_open(pool, lane);
            return;
        }

        op = ngx_http_gatehouse_line_next(&lane->line);
        rc = ngx_http_gatehouse_connection_send(conn, op);

        if (rc == 0) {
            ngx_http_gatehouse_operation_sent(op);

        } else if (rc == GH_RESULT_UNREACHABLE) {
            ngx_http_gatehouse_line_join(&lane->line, op);

        } else {
            ngx_http_gatehouse_line_fail(&lane->line, op, rc);
        }
    }
}

/* The servers have had their rest: whoever waited since gets a try. */
static void
ngx_http_gatehouse_pool_probe(ngx_event_t *ev)
{
    ngx_http_gatehouse_pool_t  *pool = ev->data;

    ngx_http_gatehouse_pool_advance(pool, &pool->lanes[0]);
    ngx_http_gatehouse_pool_advance(pool, &pool->lanes[1]);
}

/*
 * A connection that nothing is on its way on goes when worker or server have had their
 * time.
 */
static void
ngx_http_gatehouse_pool_rest(ngx_http_gatehouse_connection_t *conn)
{
    if (conn->state == NGX_HTTP_GATEHOUSE_UP && conn->in_flight == 0
        && (ngx_exiting || !ngx_http_gatehouse_pool_is_in_use(conn)))
    {
        ngx_http_gatehouse_pool_down(conn, NULL);
    }
}

void
ngx_http_gatehouse_pool_up(ngx_http_gatehouse_connection_t *conn)
{
    ngx_http_gatehouse_pool_t  *pool = conn->pool;

    /*
     * A server that hangs accepts connections too: what counts is the gateway's own bind.
     */
    if (conn->lane == GH_LANE_SERVICE) {
        ngx_http_gatehouse_pool_server_well(pool, conn->server);
    }

    if (conn == &pool->scout) {
        ngx_http_gatehouse_pool_down(conn, NULL);
        return;
    }

    ngx_http_gatehouse_pool_advance(pool, ngx_http_gatehouse_pool_lane(pool, conn->lane));
    ngx_http_gatehouse_pool_rest(conn);
}

void
ngx_http_gatehouse_pool_answered(ngx_http_gatehouse_connection_t *conn,
    ngx_http_gatehouse_operation_t *op)
{
    ngx_http_gatehouse_pool_t  *pool = conn->pool;

    ngx_http_gatehouse_operation_finish(op);
    ngx_http_gatehouse_pool_advance(pool, ngx_http_gatehouse_pool_lane(pool, conn->lane));
    ngx_http_gatehouse_pool_rest(conn);
}

/* What a dead connection left: once more where that is safe, an answer otherwise. */
static void
ngx_http_gatehouse_pool_orphans(ngx_http_gatehouse_lane_t *lane, ngx_queue_t *orphans)
{
    ngx_queue_t                     *q;
    ngx_http_gatehouse_operation_t  *op;

    while (!ngx_queue_empty(orphans)) {
        q = ngx_queue_head(orphans);
        op = ngx_queue_data(q, ngx_http_gatehouse_operation_t, queue);
        ngx_queue_remove(q);

        if (op->request != NULL && !op->repeated && gh_request_is_repeatable(op->request)) {
            gh_answer_cleanup(&op->answer);
            op->repeated = 1;
            ngx_http_gatehouse_line_join(&lane->line, op);

        } else {
            ngx_http_gatehouse_line_fail(&lane->line, op, GH_RESULT_UNREACHABLE);
        }
    }
}

void
ngx_http_gatehouse_pool_down(ngx_http_gatehouse_connection_t *conn, const char *reason)
{
    ngx_uint_t                  was_up = conn->state == NGX_HTTP_GATEHOUSE_UP;
    ngx_queue_t                 orphans;
    ngx_http_gatehouse_pool_t  *pool = conn->pool;
    ngx_http_gatehouse_lane_t  *lane = ngx_http_gatehouse_pool_lane(pool, conn->lane);

    ngx_queue_init(&orphans);
    ngx_http_gatehouse_connection_close(conn, &orphans);

    /* A server may end a connection that it has nothing to do on. */
    if (reason != NULL && was_up && ngx_queue_empty(&orphans)) {
        ngx_log_error(NGX_LOG_INFO, ngx_cycle->log, 0,
                      "gatehouse: a connection to directory %V ended: %s",
                      &conn->server->name, reason);

    } else if (reason != NULL) {
        ngx_http_gatehouse_pool_server_failed(pool, conn->server, reason);
    }

    ngx_http_gatehouse_pool_orphans(lane, &orphans);

    if (!was_up && ngx_http_gatehouse_health_pick(pool->health) == NULL) {
        ngx_http_gatehouse_lane_give_up(lane);
        return;
    }

    ngx_http_gatehouse_pool_advance(pool, lane);
}
