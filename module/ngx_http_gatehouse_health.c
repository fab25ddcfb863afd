/*
 * Health: one mark per server.
 */

/* Module. */
#include "ngx_http_gatehouse_health.h"
#include "ngx_http_gatehouse_metrics.h"

typedef struct {
    ngx_uint_t                         state;       /* ngx_http_gatehouse_state_e */
    ngx_msec_t                         rested;      /* when its rest is over */
    unsigned                           resting:1;   /* `rested` means something */
    unsigned                           told:1;      /* the log says that it is down */
    unsigned                           read_only:1;
} ngx_http_gatehouse_mark_t;

struct ngx_http_gatehouse_health_s {
    ngx_http_gatehouse_server_t       *servers;
    ngx_http_gatehouse_mark_t         *marks;       /* by server */
    ngx_uint_t                         count;
    ngx_uint_t                         turn;        /* of the readers */
};

ngx_http_gatehouse_health_t *
ngx_http_gatehouse_health_create(ngx_cycle_t *cycle, ngx_array_t *servers)
{
    ngx_uint_t                    i;
    ngx_http_gatehouse_health_t  *health;

    health = ngx_pcalloc(cycle->pool, sizeof(ngx_http_gatehouse_health_t));

    if (health == NULL) {
        return NULL;
    }

    health->servers = servers->elts;
    health->count = servers->nelts;
    health->marks = ngx_pcalloc(cycle->pool,
                                health->count * sizeof(ngx_http_gatehouse_mark_t));

    if (health->marks == NULL) {
        return NULL;
    }

    for (i = 0; i < health->count; i++) {
        health->marks[i].state = NGX_HTTP_GATEHOUSE_WELL;
    }

    return health;
}

static ngx_http_gatehouse_mark_t *
ngx_http_gatehouse_health_mark(ngx_http_gatehouse_health_t *health,
    ngx_http_gatehouse_server_t *server)
{
    return &health->marks[server - health->servers];
}

ngx_uint_t
ngx_http_gatehouse_health_state(ngx_http_gatehouse_health_t *health,
    ngx_http_gatehouse_server_t *server)
{
    return ngx_http_gatehouse_health_mark(health, server)->state;
}


/* Who is in use. */

/* How gladly a writer is used, among several the first that is used most gladly; 0: not. */
static ngx_uint_t
ngx_http_gatehouse_health_rank(ngx_http_gatehouse_health_t *health, ngx_uint_t i)
{
    ngx_http_gatehouse_mark_t  *mark = &health->marks[i];

    if (!health->servers[i].writer || mark->state == NGX_HTTP_GATEHOUSE_DOWN) {
        return 0;
    }

    if (mark->read_only) {
        return 1;
    }

    return mark->state == NGX_HTTP_GATEHOUSE_BEHIND ? 2 : 3;
}

static ngx_http_gatehouse_server_t *
ngx_http_gatehouse_health_writer_but(ngx_http_gatehouse_health_t *health,
    ngx_http_gatehouse_server_t *but)
{
    ngx_uint_t                    i, rank, best = 0;
    ngx_http_gatehouse_server_t  *found = NULL;

    for (i = 0; i < health->count; i++) {
        rank = ngx_http_gatehouse_health_rank(health, i);

        if (rank > best && &health->servers[i] != but) {
            best = rank;
            found = &health->servers[i];
        }
    }

    return found;
}

ngx_http_gatehouse_server_t *
ngx_http_gatehouse_health_writer(ngx_http_gatehouse_health_t *health)
{
    return ngx_http_gatehouse_health_writer_but(health, NULL);
}

ngx_uint_t
ngx_http_gatehouse_health_has_other(ngx_http_gatehouse_health_t *health,
    ngx_http_gatehouse_server_t *server)
{
    ngx_http_gatehouse_server_t  *other;

    other = ngx_http_gatehouse_health_writer_but(health, server);

    return other != NULL && !ngx_http_gatehouse_health_mark(health, other)->read_only;
}

ngx_http_gatehouse_server_t *
ngx_http_gatehouse_health_reader(ngx_http_gatehouse_health_t *health)
{
    ngx_uint_t                    i, n;
    ngx_http_gatehouse_server_t  *server, *found = NULL;

    /* From the one whose turn it is, once around. */
    for (n = 0; n < health->count; n++) {
        i = (health->turn + n) % health->count;
        server = &health->servers[i];

        if (server->group == NGX_HTTP_GATEHOUSE_READER
            && health->marks[i].state != NGX_HTTP_GATEHOUSE_DOWN)
        {
            health->turn = i + 1;
            return server;
        }
    }

    for (i = 0; i < health->count; i++) {
        server = &health->servers[i];

        if (health->marks[i].state != NGX_HTTP_GATEHOUSE_DOWN
            && (found == NULL || server->group < found->group))
        {
            found = server;
        }
    }

    return found;
}

ngx_uint_t
ngx_http_gatehouse_health_is_preferred(ngx_http_gatehouse_health_t *health,
    ngx_http_gatehouse_server_t *server, ngx_http_gatehouse_server_t *other)
{
    return server->writer && server < other
           && !ngx_http_gatehouse_health_mark(health, server)->read_only;
}

ngx_uint_t
ngx_http_gatehouse_health_is_resting(ngx_http_gatehouse_health_t *health,
    ngx_http_gatehouse_server_t *server)
{
    ngx_http_gatehouse_mark_t  *mark = ngx_http_gatehouse_health_mark(health, server);

    return mark->resting && (ngx_msec_int_t) (mark->rested - ngx_current_msec) > 0
           && ngx_http_gatehouse_health_has_other(health, server);
}


/* What changes. */

static void
ngx_http_gatehouse_health_tell(ngx_http_gatehouse_mark_t *mark,
    ngx_http_gatehouse_server_t *server, const char *reason)
{
    if (!mark->told) {
        ngx_log_error(NGX_LOG_ERR, ngx_cycle->log, 0, "gatehouse: directory %V is down: %s",
                      &server->name, reason);
        ngx_http_gatehouse_metrics_down(&server->name);
    }

    mark->told = 1;
}

void
ngx_http_gatehouse_health_failed(ngx_http_gatehouse_health_t *health,
    ngx_http_gatehouse_server_t *server, const char *reason, ngx_msec_t rest)
{
    ngx_http_gatehouse_mark_t  *mark = ngx_http_gatehouse_health_mark(health, server);

    ngx_http_gatehouse_health_tell(mark, server, reason);
    mark->state = NGX_HTTP_GATEHOUSE_DOWN;
    mark->read_only = 0;

    if (rest > 0) {
        mark->resting = 1;
        mark->rested = ngx_current_msec + rest;
    }
}

void
ngx_http_gatehouse_health_doubted(ngx_http_gatehouse_health_t *health,
    ngx_http_gatehouse_server_t *server, const char *reason)
{
    ngx_http_gatehouse_mark_t  *mark = ngx_http_gatehouse_health_mark(health, server);

    if (reason != NULL) {
        ngx_http_gatehouse_health_tell(mark, server, reason);

    } else {
        ngx_log_error(NGX_LOG_INFO, ngx_cycle->log, 0,
                      "gatehouse: directory %V is silent: new connections in place of the old",
                      &server->name);
    }

    mark->state = NGX_HTTP_GATEHOUSE_DOUBTED;
}

void
ngx_http_gatehouse_health_behind(ngx_http_gatehouse_health_t *health,
    ngx_http_gatehouse_server_t *server)
{
    ngx_http_gatehouse_mark_t  *mark = ngx_http_gatehouse_health_mark(health, server);

    if (mark->state != NGX_HTTP_GATEHOUSE_BEHIND) {
        ngx_log_error(NGX_LOG_NOTICE, ngx_cycle->log, 0,
                      "gatehouse: directory %V answers again, and has to catch up first",
                      &server->name);
    }

    mark->state = NGX_HTTP_GATEHOUSE_BEHIND;
}

void
ngx_http_gatehouse_health_well(ngx_http_gatehouse_health_t *health,
    ngx_http_gatehouse_server_t *server)
{
    ngx_http_gatehouse_mark_t  *mark = ngx_http_gatehouse_health_mark(health, server);

    if (mark->told) {
        ngx_log_error(NGX_LOG_NOTICE, ngx_cycle->log, 0, "gatehouse: directory %V is back",
                      &server->name);
        ngx_http_gatehouse_metrics_well(&server->name);
    }

    mark->told = 0;
    mark->resting = 0;
    mark->state = NGX_HTTP_GATEHOUSE_WELL;
}

void
ngx_http_gatehouse_health_read_only(ngx_http_gatehouse_health_t *health,
    ngx_http_gatehouse_server_t *server, int result)
{
    ngx_http_gatehouse_mark_t  *mark = ngx_http_gatehouse_health_mark(health, server);

    if (!mark->read_only) {
        ngx_log_error(NGX_LOG_WARN, ngx_cycle->log, 0,
                      "gatehouse: directory %V takes no writes: result %d; another one is in "
                      "use, name the providers in directory.write_uri",
                      &server->name, result);
    }

    mark->read_only = 1;
}

void
ngx_http_gatehouse_health_writable(ngx_http_gatehouse_health_t *health)
{
    ngx_uint_t  i;

    for (i = 0; i < health->count; i++) {
        health->marks[i].read_only = 0;
    }
}
