/*
 * The pool: who is sent where, and what becomes of it.
 */

/* Module. */
#include "ngx_http_gatehouse_metrics.h"
#include "ngx_http_gatehouse_names.h"
#include "ngx_http_gatehouse_pool_int.h"
#include "ngx_http_gatehouse_redirect.h"

/*
 * Places for shared connections.  One is used; others finish what they have when another
 * server is in use, or wait for a write that takes long.
 */
#define NGX_HTTP_GATEHOUSE_SHARED    3

static void ngx_http_gatehouse_pool_timeout(ngx_event_t *ev);

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

ngx_http_gatehouse_health_t *
ngx_http_gatehouse_pool_health(ngx_http_gatehouse_pool_t *pool)
{
    return pool->health;
}

ngx_uint_t
ngx_http_gatehouse_pool_is_down(ngx_http_gatehouse_pool_t *pool,
    ngx_http_gatehouse_server_t *server)
{
    return ngx_http_gatehouse_health_state(pool->health, server) == NGX_HTTP_GATEHOUSE_DOWN;
}

static void
ngx_http_gatehouse_pool_event_init(ngx_http_gatehouse_pool_t *pool, ngx_event_t *ev,
    ngx_event_handler_pt handler)
{
    ev->handler = handler;
    ev->data = pool;
    ev->log = ngx_cycle->log;
}

static void
ngx_http_gatehouse_pool_cleanup(void *data)
{
    ngx_http_gatehouse_pool_t  *pool = data;

    gh_request_free(pool->knock);
}

static ngx_int_t
ngx_http_gatehouse_pool_lanes(ngx_cycle_t *cycle, ngx_http_gatehouse_pool_t *pool)
{
    static const char *const        attrs[] = { "1.1", NULL };
    const gh_directory_settings_t  *settings = &pool->conf->config->directory;
    ngx_uint_t                      count[3];
    gh_lane_t                       kind;

    count[GH_LANE_SERVICE] = NGX_HTTP_GATEHOUSE_SHARED;
    count[GH_LANE_BIND] = settings->bind_connections;
    count[GH_LANE_READ] = 0;

    if (settings->read_uris[0] != NULL || settings->write_uris[0] != NULL) {
        count[GH_LANE_READ] = pool->conf->servers.nelts * NGX_HTTP_GATEHOUSE_SHARED;
    }

    for (kind = GH_LANE_SERVICE; kind <= GH_LANE_READ; kind++) {
        if (ngx_http_gatehouse_lane_init(&pool->lanes[kind], cycle, pool, kind, count[kind])
            != NGX_OK)
        {
            return NGX_ERROR;
        }
    }

    /* The root DSE, and nothing of it (RFC 4511, section 4.5.1.8). */
    pool->knock = gh_request_search("", GH_SCOPE_BASE, "(objectClass=*)", attrs, 1);

    return pool->knock != NULL ? NGX_OK : NGX_ERROR;
}

ngx_http_gatehouse_pool_t *
ngx_http_gatehouse_pool_create(ngx_cycle_t *cycle, ngx_http_gatehouse_main_conf_t *gmcf)
{
    ngx_pool_cleanup_t         *cln;
    ngx_http_gatehouse_pool_t  *pool;

    cln = ngx_pool_cleanup_add(cycle->pool, sizeof(ngx_http_gatehouse_pool_t));

    if (cln == NULL) {
        return NULL;
    }

    pool = cln->data;
    ngx_memzero(pool, sizeof(ngx_http_gatehouse_pool_t));
    cln->handler = ngx_http_gatehouse_pool_cleanup;

    pool->conf = gmcf;
    pool->health = ngx_http_gatehouse_health_create(cycle, &gmcf->servers);
    pool->probes = ngx_http_gatehouse_probes_create(cycle, pool, &gmcf->servers);

    if (pool->health == NULL || pool->probes == NULL
        || ngx_http_gatehouse_names_start(cycle, pool, &gmcf->servers) != NGX_OK
        || ngx_http_gatehouse_pool_lanes(cycle, pool) != NGX_OK)
    {
        return NULL;
    }

    pool->writer = ngx_http_gatehouse_health_writer(pool->health);
    ngx_http_gatehouse_pool_event_init(pool, &pool->hoping, ngx_http_gatehouse_pool_hope);
    ngx_http_gatehouse_pool_event_init(pool, &pool->sweeping, ngx_http_gatehouse_pool_sweep);
    ngx_http_gatehouse_pool_event_init(pool, &pool->round, ngx_http_gatehouse_pool_round);
    pool->round.cancelable = 1;

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
        ngx_http_gatehouse_metrics_turned_away(request->operation);
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

ngx_int_t
ngx_http_gatehouse_pool_ask(ngx_http_gatehouse_pool_t *pool,
    ngx_http_gatehouse_connection_t *conn, const gh_request_t *request,
    void (*handler)(ngx_http_gatehouse_operation_t *op), void *data)
{
    ngx_http_gatehouse_operation_t  *op;

    op = ngx_http_gatehouse_operation_create(pool, request,
                                             pool->conf->config->directory.timeout);

    if (op == NULL) {
        return NGX_ERROR;
    }

    op->pinned = 1;
    op->data = data;
    op->timer.handler = ngx_http_gatehouse_pool_timeout;

    if (ngx_http_gatehouse_connection_send(conn, op) != 0) {
        ngx_http_gatehouse_operation_finish(op);
        return NGX_ERROR;
    }

    op->handler = handler;
    ngx_http_gatehouse_operation_sent(op);

    return NGX_OK;
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
        is_silent = ngx_http_gatehouse_connection_is_silent(conn) && !conn->retired;
        ngx_http_gatehouse_connection_abandon(conn, op);

        if (is_silent) {
            ngx_http_gatehouse_pool_failed(op->pool, conn->server, "it does not answer",
                                           NGX_HTTP_GATEHOUSE_REST);
            ngx_http_gatehouse_pool_down(conn, NULL);

        } else if (op->kind == GH_OPERATION_BIND) {
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


/* Lines and connections. */

ngx_http_gatehouse_server_t *
ngx_http_gatehouse_pool_server(ngx_http_gatehouse_pool_t *pool,
    ngx_http_gatehouse_lane_t *lane)
{
    return lane == &pool->lanes[GH_LANE_READ]
               ? ngx_http_gatehouse_health_reader(pool->health)
               : ngx_http_gatehouse_health_writer(pool->health);
}

static ngx_uint_t
ngx_http_gatehouse_pool_is_in_use(ngx_http_gatehouse_connection_t *conn)
{
    ngx_http_gatehouse_health_t  *health = conn->pool->health;

    if (conn->retired) {
        return 0;
    }

    return conn->lane == GH_LANE_READ
               ? ngx_http_gatehouse_health_state(health, conn->server)
                     != NGX_HTTP_GATEHOUSE_DOWN
               : ngx_http_gatehouse_health_writer(health) == conn->server;
}

/* A connection to the server that takes one more operation; NULL: none. */
static ngx_http_gatehouse_connection_t *
ngx_http_gatehouse_pool_find(ngx_http_gatehouse_lane_t *lane,
    ngx_http_gatehouse_server_t *server)
{
    ngx_uint_t  i;

    for (i = 0; i < lane->count; i++) {
        if (lane->places[i]->server == server
            && ngx_http_gatehouse_lane_is_free(lane->places[i]))
        {
            return lane->places[i];
        }
    }

    return NULL;
}

/*
 * Opens connections to the server, as many as are wanted and there is room for.  NGX_ERROR:
 * it can't be connected to.
 */
static ngx_int_t
ngx_http_gatehouse_pool_open(ngx_http_gatehouse_pool_t *pool, ngx_http_gatehouse_lane_t *lane,
    ngx_http_gatehouse_server_t *server)
{
    ngx_uint_t                        wanted = ngx_http_gatehouse_lane_wanted(lane);
    ngx_http_gatehouse_connection_t  *conn;

    for ( /* void */ ; wanted > 0; wanted--) {
        conn = ngx_http_gatehouse_lane_place(lane);

        if (conn == NULL) {
            break;
        }

        if (ngx_http_gatehouse_connection_open(conn, server) != NGX_OK) {
            ngx_http_gatehouse_pool_failed(pool, server, "it can't be connected to", 0);
            return NGX_ERROR;
        }
    }

    return NGX_OK;
}

/*
 * A connection that takes the next of the line.  NULL: none does yet; what can be opened is
 * being opened.
 */
static ngx_http_gatehouse_connection_t *
ngx_http_gatehouse_pool_ready(ngx_http_gatehouse_pool_t *pool,
    ngx_http_gatehouse_lane_t *lane)
{
    ngx_uint_t                        n;
    ngx_http_gatehouse_server_t      *server;
    ngx_http_gatehouse_connection_t  *conn;

    for (n = 0; n < 2 * pool->conf->servers.nelts; n++) {
        server = ngx_http_gatehouse_pool_server(pool, lane);

        if (server == NULL) {
            if (!pool->hoping.timer_set) {
                ngx_add_timer(&pool->hoping, NGX_HTTP_GATEHOUSE_HOPE);
            }
            return NULL;
        }

        if (ngx_http_gatehouse_health_state(pool->health, server)
            == NGX_HTTP_GATEHOUSE_DOUBTED)
        {
            continue;
        }

        conn = ngx_http_gatehouse_pool_find(lane, server);

        if (conn != NULL) {
            return conn;
        }

        (void) ngx_http_gatehouse_pool_open(pool, lane, server);
    }

    return NULL;
}

void
ngx_http_gatehouse_pool_advance(ngx_http_gatehouse_pool_t *pool,
    ngx_http_gatehouse_lane_t *lane)
{
    int                               rc;
    ngx_http_gatehouse_operation_t   *op;
    ngx_http_gatehouse_connection_t  *conn;

    while (lane->line.length > 0) {
        conn = ngx_http_gatehouse_pool_ready(pool, lane);

        if (conn == NULL) {
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

void
ngx_http_gatehouse_pool_rest(ngx_http_gatehouse_connection_t *conn)
{
    if (conn->state == NGX_HTTP_GATEHOUSE_UP && conn->in_flight == 0
        && (ngx_exiting || (conn->probe == NULL && !ngx_http_gatehouse_pool_is_in_use(conn))))
    {
        ngx_http_gatehouse_pool_down(conn, NULL);
    }
}


/* What connections report. */

ngx_msec_t
ngx_http_gatehouse_pool_patience(ngx_http_gatehouse_connection_t *conn)
{
    return ngx_http_gatehouse_lane_patience(
        ngx_http_gatehouse_pool_lane(conn->pool, conn->lane),
        &conn->pool->conf->config->directory);
}

void
ngx_http_gatehouse_pool_up(ngx_http_gatehouse_connection_t *conn)
{
    ngx_http_gatehouse_pool_t  *pool = conn->pool;

    conn->heard = ngx_current_msec;

    if (conn->probe != NULL) {
        ngx_http_gatehouse_probe_up(conn->probe);
        return;
    }

    if (!pool->round.timer_set && !ngx_exiting) {
        ngx_add_timer(&pool->round, NGX_HTTP_GATEHOUSE_ROUND);
    }

    ngx_http_gatehouse_pool_advance(pool, ngx_http_gatehouse_pool_lane(pool, conn->lane));
    ngx_http_gatehouse_pool_rest(conn);
}

void
ngx_http_gatehouse_pool_answered(ngx_http_gatehouse_connection_t *conn,
    ngx_http_gatehouse_operation_t *op)
{
    ngx_http_gatehouse_pool_t  *pool = conn->pool;
    ngx_http_gatehouse_lane_t  *lane = ngx_http_gatehouse_pool_lane(pool, conn->lane);

    ngx_http_gatehouse_metrics_answered(&conn->server->name, op);

    if (!op->pinned) {
        ngx_http_gatehouse_lane_learn(lane, ngx_current_msec - op->sent);
    }

    if (ngx_http_gatehouse_is_redirected(conn, op)) {
        gh_answer_cleanup(&op->answer);
        ngx_http_gatehouse_line_join(&ngx_http_gatehouse_pool_lane(pool, op->lane)->line, op);
        ngx_post_event(&pool->sweeping, &ngx_posted_events);

    } else {
        ngx_http_gatehouse_operation_finish(op);
    }

    ngx_http_gatehouse_pool_advance(pool, lane);
    ngx_http_gatehouse_pool_rest(conn);
}

void
ngx_http_gatehouse_pool_orphans(ngx_http_gatehouse_lane_t *lane, ngx_queue_t *orphans)
{
    ngx_queue_t                     *q;
    ngx_http_gatehouse_operation_t  *op;

    while (!ngx_queue_empty(orphans)) {
        q = ngx_queue_head(orphans);
        op = ngx_queue_data(q, ngx_http_gatehouse_operation_t, queue);
        ngx_queue_remove(q);

        if (op->request != NULL && !op->repeated && !op->pinned
            && gh_request_is_repeatable(op->request))
        {
            gh_answer_cleanup(&op->answer);
            op->repeated = 1;
            ngx_http_gatehouse_metrics_repeated();
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

    if (reason != NULL) {
        ngx_http_gatehouse_metrics_lost(&conn->server->name);
    }

    ngx_queue_init(&orphans);
    ngx_http_gatehouse_connection_close(conn, &orphans);

    if (conn->probe != NULL) {
        ngx_http_gatehouse_probe_down(conn->probe, reason);

    /* A server may end a connection that it has nothing to do on. */
    } else if (reason != NULL && was_up && (ngx_queue_empty(&orphans) || conn->retired)) {
        ngx_log_error(NGX_LOG_INFO, ngx_cycle->log, 0,
                      "gatehouse: a connection to directory %V ended: %s",
                      &conn->server->name, reason);

    } else if (reason != NULL && was_up) {
        ngx_http_gatehouse_pool_lost(pool, conn->server, reason);

    } else if (reason != NULL) {
        ngx_http_gatehouse_pool_failed(pool, conn->server, reason, 0);
    }

    ngx_http_gatehouse_pool_orphans(lane, &orphans);

    /* Where the server has failed, the sweep that follows says what becomes of the rest. */
    if (conn->probe == NULL && !pool->sweeping.posted) {
        ngx_http_gatehouse_pool_advance(pool, lane);
    }
}
