/*
 * The pool: who is sent where, and what becomes of it.
 */

/* Module. */
#include "ngx_http_gatehouse_pool.h"

/* A server that failed is asked again after this, or sooner when all failed; ms. */
#define NGX_HTTP_GATEHOUSE_SERVER_REST  1000
#define NGX_HTTP_GATEHOUSE_PROBE        100

typedef struct {
    ngx_msec_t                        failed;       /* when, with `down` */
    unsigned                          down:1;
} ngx_http_gatehouse_health_t;

/* One kind of connection and the line in front of it. */
typedef struct {
    ngx_http_gatehouse_connection_t  *connections;
    ngx_uint_t                        count;
    ngx_queue_t                       waiting;      /* operations */
    ngx_uint_t                        length;       /* of the line */
    ngx_queue_t                       failed;       /* operations that `settle` answers */
    ngx_event_t                       settle;
} ngx_http_gatehouse_lane_t;

struct ngx_http_gatehouse_pool_s {
    ngx_http_gatehouse_main_conf_t   *conf;
    ngx_http_gatehouse_lane_t         lanes[2];     /* by gh_lane_t */
    ngx_http_gatehouse_health_t      *health;       /* by server */
    ngx_event_t                       probe;        /* opens again when all servers were down */
};

static void ngx_http_gatehouse_pool_advance(ngx_http_gatehouse_pool_t *pool,
    ngx_http_gatehouse_lane_t *lane);
static void ngx_http_gatehouse_pool_settle(ngx_event_t *ev);
static void ngx_http_gatehouse_pool_probe(ngx_event_t *ev);
static void ngx_http_gatehouse_pool_timeout(ngx_event_t *ev);

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

static ngx_int_t
ngx_http_gatehouse_pool_lane_init(ngx_cycle_t *cycle, ngx_http_gatehouse_pool_t *pool,
    gh_lane_t kind, ngx_uint_t count)
{
    ngx_uint_t                  i;
    ngx_http_gatehouse_lane_t  *lane = ngx_http_gatehouse_pool_lane(pool, kind);

    ngx_queue_init(&lane->waiting);
    ngx_queue_init(&lane->failed);
    lane->settle.handler = ngx_http_gatehouse_pool_settle;
    lane->settle.data = lane;
    lane->settle.log = cycle->log;
    lane->count = count;
    lane->connections = ngx_pcalloc(cycle->pool,
                                    count * sizeof(ngx_http_gatehouse_connection_t));

    if (lane->connections == NULL) {
        return NGX_ERROR;
    }

    for (i = 0; i < count; i++) {
        lane->connections[i].lane = kind;
        lane->connections[i].pool = pool;
        ngx_queue_init(&lane->connections[i].operations);
    }

    return NGX_OK;
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
    pool->health = ngx_pcalloc(cycle->pool,
                               gmcf->servers.nelts * sizeof(ngx_http_gatehouse_health_t));

    if (pool->health == NULL
        || ngx_http_gatehouse_pool_lane_init(cycle, pool, GH_LANE_SERVICE, 1) != NGX_OK
        || ngx_http_gatehouse_pool_lane_init(cycle, pool, GH_LANE_BIND,
                                             gmcf->config->directory.bind_connections)
           != NGX_OK)
    {
        return NULL;
    }

    pool->probe.handler = ngx_http_gatehouse_pool_probe;
    pool->probe.data = pool;
    pool->probe.log = cycle->log;

    return pool;
}


/* Operations. */

/* Gives the operation's answer to whoever asked, and frees the operation. */
static void
ngx_http_gatehouse_operation_finish(ngx_http_gatehouse_operation_t *op)
{
    if (op->timer.timer_set) {
        ngx_del_timer(&op->timer);
    }

    if (op->handler != NULL) {
        op->handler(op);
    }

    gh_answer_cleanup(&op->answer);
    ngx_free(op);
}

static ngx_http_gatehouse_operation_t *
ngx_http_gatehouse_operation_create(const gh_request_t *request, ngx_msec_t deadline,
    void (*handler)(ngx_http_gatehouse_operation_t *op), void *data)
{
    ngx_http_gatehouse_operation_t  *op;

    op = ngx_calloc(sizeof(ngx_http_gatehouse_operation_t), ngx_cycle->log);

    if (op == NULL) {
        return NULL;
    }

    gh_answer_init(&op->answer);
    op->request = request;
    op->kind = request->operation;
    op->lane = request->lane;
    op->entry_max = request->size_limit;
    op->handler = handler;
    op->data = data;
    op->timer.handler = ngx_http_gatehouse_pool_timeout;
    op->timer.data = op;
    op->timer.log = ngx_cycle->log;
    ngx_add_timer(&op->timer, deadline);

    return op;
}

static void
ngx_http_gatehouse_pool_wait(ngx_http_gatehouse_lane_t *lane,
    ngx_http_gatehouse_operation_t *op)
{
    ngx_queue_insert_tail(&lane->waiting, &op->queue);
    lane->length++;
}

/* Takes an operation that is on no connection out of the queue it is in. */
static void
ngx_http_gatehouse_pool_unwait(ngx_http_gatehouse_lane_t *lane,
    ngx_http_gatehouse_operation_t *op)
{
    ngx_queue_remove(&op->queue);

    if (!op->failed) {
        lane->length--;
    }
}

/* The operation, in no queue, will be answered `result`, but not from within this call. */
static void
ngx_http_gatehouse_pool_fail(ngx_http_gatehouse_lane_t *lane,
    ngx_http_gatehouse_operation_t *op, int result)
{
    gh_answer_cleanup(&op->answer);
    op->answer.result = result;
    op->failed = 1;
    ngx_queue_insert_tail(&lane->failed, &op->queue);
    ngx_post_event(&lane->settle, &ngx_posted_events);
}

static void
ngx_http_gatehouse_pool_settle(ngx_event_t *ev)
{
    ngx_queue_t                     *q;
    ngx_http_gatehouse_lane_t       *lane = ev->data;
    ngx_http_gatehouse_operation_t  *op;

    while (!ngx_queue_empty(&lane->failed)) {
        q = ngx_queue_head(&lane->failed);
        op = ngx_queue_data(q, ngx_http_gatehouse_operation_t, queue);
        ngx_http_gatehouse_pool_unwait(lane, op);
        ngx_http_gatehouse_operation_finish(op);
    }
}

/*
 * The pool an operation is in: its connection's, or, while it waits, the worker's only
 * one.
 */
static ngx_http_gatehouse_pool_t *
ngx_http_gatehouse_operation_pool(ngx_http_gatehouse_operation_t *op)
{
    ngx_http_gatehouse_main_conf_t  *gmcf;

    if (op->connection != NULL) {
        return op->connection->pool;
    }

    gmcf = ngx_http_cycle_get_module_main_conf(ngx_cycle, ngx_http_gatehouse_module);

    return gmcf->pool;
}

int
ngx_http_gatehouse_pool_submit(ngx_http_gatehouse_pool_t *pool, const gh_request_t *request,
    ngx_msec_t deadline, void (*handler)(ngx_http_gatehouse_operation_t *op), void *data,
    ngx_http_gatehouse_operation_t **op)
{
    ngx_http_gatehouse_lane_t  *lane = ngx_http_gatehouse_pool_lane(pool, request->lane);

    if (lane->length >= (ngx_uint_t) pool->conf->config->directory.queue) {
        return GH_RESULT_OVERLOADED;
    }

    *op = ngx_http_gatehouse_operation_create(request, deadline, handler, data);

    if (*op == NULL) {
        return GH_RESULT_NOMEM;
    }

    ngx_http_gatehouse_pool_wait(lane, *op);
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
        ngx_http_gatehouse_pool_unwait(ngx_http_gatehouse_pool_lane(pool, op->lane), op);
        ngx_http_gatehouse_operation_finish(op);
    }
}

/* The deadline has come. */
static void
ngx_http_gatehouse_pool_timeout(ngx_event_t *ev)
{
    ngx_http_gatehouse_operation_t   *op = ev->data;
    ngx_http_gatehouse_connection_t  *conn = op->connection;
    ngx_http_gatehouse_pool_t        *pool = ngx_http_gatehouse_operation_pool(op);
    ngx_http_gatehouse_lane_t        *lane = ngx_http_gatehouse_pool_lane(pool, op->lane);

    if (conn == NULL) {
        ngx_http_gatehouse_pool_unwait(lane, op);

    } else {
        ngx_http_gatehouse_connection_abandon(conn, op);

        /* A bind can't be abandoned (RFC 4511, section 4.11), so neither can its place. */
        if (op->lane == GH_LANE_BIND) {
            ngx_http_gatehouse_pool_down(conn, "no answer to a bind by its deadline");
        }
    }

    gh_answer_cleanup(&op->answer);
    op->answer.result = GH_RESULT_TIMEOUT;
    ngx_http_gatehouse_operation_finish(op);
}


/* Servers. */

/*
 * The server to open a connection to: the first of the list that is well, or when none
 * is, the one that failed longest ago, unless that was only just.
 */
static ngx_http_gatehouse_server_t *
ngx_http_gatehouse_pool_server(ngx_http_gatehouse_pool_t *pool)
{
    ngx_uint_t                    i, oldest = 0;
    ngx_msec_t                    rest, longest = 0;
    ngx_http_gatehouse_server_t  *servers = pool->conf->servers.elts;

    for (i = 0; i < pool->conf->servers.nelts; i++) {
        rest = ngx_current_msec - pool->health[i].failed;

        if (!pool->health[i].down || rest >= NGX_HTTP_GATEHOUSE_SERVER_REST) {
            return &servers[i];
        }

        if (rest > longest) {
            longest = rest;
            oldest = i;
        }
    }

    return longest >= NGX_HTTP_GATEHOUSE_PROBE ? &servers[oldest] : NULL;
}

static ngx_http_gatehouse_health_t *
ngx_http_gatehouse_pool_health(ngx_http_gatehouse_pool_t *pool,
    ngx_http_gatehouse_server_t *server)
{
    ngx_http_gatehouse_server_t  *servers = pool->conf->servers.elts;

    return &pool->health[server - servers];
}

static ngx_uint_t
ngx_http_gatehouse_pool_all_down(ngx_http_gatehouse_pool_t *pool)
{
    ngx_uint_t  i;

    for (i = 0; i < pool->conf->servers.nelts; i++) {
        if (!pool->health[i].down) {
            return 0;
        }
    }

    return 1;
}

static void
ngx_http_gatehouse_pool_server_failed(ngx_http_gatehouse_pool_t *pool,
    ngx_http_gatehouse_server_t *server, const char *reason)
{
    ngx_http_gatehouse_health_t  *health;

    health = ngx_http_gatehouse_pool_health(pool, server);

    if (!health->down) {
        ngx_log_error(NGX_LOG_ERR, ngx_cycle->log, 0, "gatehouse: directory %V is down: %s",
                      &server->name, reason);
    }

    health->down = 1;
    health->failed = ngx_current_msec;
}

static void
ngx_http_gatehouse_pool_server_well(ngx_http_gatehouse_pool_t *pool,
    ngx_http_gatehouse_server_t *server)
{
    ngx_http_gatehouse_health_t  *health;

    health = ngx_http_gatehouse_pool_health(pool, server);

    if (health->down) {
        ngx_log_error(NGX_LOG_NOTICE, ngx_cycle->log, 0, "gatehouse: directory %V is back",
                      &server->name);
    }

    health->down = 0;
}


/* Lines and connections. */

/* No server can be had: says so to all that waits in the lane. */
static void
ngx_http_gatehouse_pool_give_up(ngx_http_gatehouse_lane_t *lane)
{
    ngx_queue_t                     *q;
    ngx_http_gatehouse_operation_t  *op;

    while (!ngx_queue_empty(&lane->waiting)) {
        q = ngx_queue_head(&lane->waiting);
        op = ngx_queue_data(q, ngx_http_gatehouse_operation_t, queue);
        ngx_http_gatehouse_pool_unwait(lane, op);
        ngx_http_gatehouse_pool_fail(lane, op, GH_RESULT_UNREACHABLE);
    }
}

/* A connection that takes one more operation; NULL: none. */
static ngx_http_gatehouse_connection_t *
ngx_http_gatehouse_pool_ready(ngx_http_gatehouse_lane_t *lane)
{
    ngx_uint_t                        i;
    ngx_http_gatehouse_connection_t  *conn;

    for (i = 0; i < lane->count; i++) {
        conn = &lane->connections[i];

        if (conn->state == NGX_HTTP_GATEHOUSE_UP && !conn->broken
            && (conn->lane == GH_LANE_SERVICE || conn->in_flight == 0))
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
        server = ngx_http_gatehouse_pool_server(pool);

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

/* How many connections are to be opened for what waits, beside those that are under way. */
static ngx_uint_t
ngx_http_gatehouse_pool_wanted(ngx_http_gatehouse_lane_t *lane)
{
    ngx_uint_t  i, opening = 0;

    for (i = 0; i < lane->count; i++) {
        if (lane->connections[i].state != NGX_HTTP_GATEHOUSE_CLOSED
            && lane->connections[i].state != NGX_HTTP_GATEHOUSE_UP)
        {
            opening++;
        }
    }

    return lane->length > opening ? lane->length - opening : 0;
}

static void
ngx_http_gatehouse_pool_open(ngx_http_gatehouse_pool_t *pool, ngx_http_gatehouse_lane_t *lane)
{
    ngx_uint_t  i, wanted = ngx_http_gatehouse_pool_wanted(lane);

    for (i = 0; i < lane->count && wanted > 0; i++) {

        if (lane->connections[i].state != NGX_HTTP_GATEHOUSE_CLOSED) {
            continue;
        }

        switch (ngx_http_gatehouse_pool_connect(pool, &lane->connections[i])) {

        case NGX_OK:
            wanted--;
            break;

        case NGX_DECLINED:
            ngx_http_gatehouse_pool_give_up(lane);
            return;

        default:
            if (!pool->probe.timer_set) {
                ngx_add_timer(&pool->probe, NGX_HTTP_GATEHOUSE_PROBE);
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
    ngx_queue_t                      *q;
    ngx_http_gatehouse_operation_t   *op;
    ngx_http_gatehouse_connection_t  *conn;

    while (!ngx_queue_empty(&lane->waiting)) {
        conn = ngx_http_gatehouse_pool_ready(lane);

        if (conn == NULL) {
            ngx_http_gatehouse_pool_open(pool, lane);
            return;
        }

        q = ngx_queue_head(&lane->waiting);
        op = ngx_queue_data(q, ngx_http_gatehouse_operation_t, queue);
        ngx_http_gatehouse_pool_unwait(lane, op);
        rc = ngx_http_gatehouse_connection_send(conn, op);

        if (rc == GH_RESULT_UNREACHABLE) {
            ngx_http_gatehouse_pool_wait(lane, op);

        } else if (rc != 0) {
            ngx_http_gatehouse_pool_fail(lane, op, rc);
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

void
ngx_http_gatehouse_pool_up(ngx_http_gatehouse_connection_t *conn)
{
    ngx_http_gatehouse_pool_t  *pool = conn->pool;

    ngx_http_gatehouse_pool_server_well(pool, conn->server);
    ngx_http_gatehouse_pool_advance(pool, ngx_http_gatehouse_pool_lane(pool, conn->lane));

    if (ngx_exiting && conn->state == NGX_HTTP_GATEHOUSE_UP && conn->in_flight == 0) {
        ngx_http_gatehouse_pool_down(conn, NULL);
    }
}

void
ngx_http_gatehouse_pool_answered(ngx_http_gatehouse_connection_t *conn,
    ngx_http_gatehouse_operation_t *op)
{
    ngx_http_gatehouse_pool_t  *pool = conn->pool;

    ngx_http_gatehouse_operation_finish(op);
    ngx_http_gatehouse_pool_advance(pool, ngx_http_gatehouse_pool_lane(pool, conn->lane));

    if (ngx_exiting && conn->state == NGX_HTTP_GATEHOUSE_UP && conn->in_flight == 0) {
        ngx_http_gatehouse_pool_down(conn, NULL);
    }
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
            ngx_http_gatehouse_pool_wait(lane, op);

        } else {
            ngx_http_gatehouse_pool_fail(lane, op, GH_RESULT_UNREACHABLE);
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

    if (reason != NULL && was_up) {
        ngx_log_error(NGX_LOG_INFO, ngx_cycle->log, 0,
                      "gatehouse: a connection to directory %V ended: %s",
                      &conn->server->name, reason);

    } else if (reason != NULL) {
        ngx_http_gatehouse_pool_server_failed(pool, conn->server, reason);
    }

    ngx_http_gatehouse_pool_orphans(lane, &orphans);

    if (!was_up && ngx_http_gatehouse_pool_all_down(pool)) {
        ngx_http_gatehouse_pool_give_up(lane);
        return;
    }

    ngx_http_gatehouse_pool_advance(pool, lane);
}
