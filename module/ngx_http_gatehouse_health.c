/*
 * Health: one mark per server.
 */

/* Module. */
#include "ngx_http_gatehouse_health.h"

typedef struct {
    ngx_msec_t                         failed;      /* when, with `down` */
    unsigned                           down:1;
} ngx_http_gatehouse_mark_t;

struct ngx_http_gatehouse_health_s {
    ngx_http_gatehouse_server_t       *servers;
    ngx_http_gatehouse_mark_t         *marks;       /* by server */
    ngx_uint_t                         count;
};

ngx_http_gatehouse_health_t *
ngx_http_gatehouse_health_create(ngx_cycle_t *cycle, ngx_array_t *servers)
{
    ngx_http_gatehouse_health_t  *health;

    health = ngx_palloc(cycle->pool, sizeof(ngx_http_gatehouse_health_t));

    if (health == NULL) {
        return NULL;
    }

    health->servers = servers->elts;
    health->count = servers->nelts;
    health->marks = ngx_pcalloc(cycle->pool,
                                health->count * sizeof(ngx_http_gatehouse_mark_t));

    return health->marks != NULL ? health : NULL;
}

static ngx_http_gatehouse_mark_t *
ngx_http_gatehouse_health_mark(ngx_http_gatehouse_health_t *health,
    ngx_http_gatehouse_server_t *server)
{
    return &health->marks[server - health->servers];
}

/* The place of the first server that is well; `count` when none is. */
static ngx_uint_t
ngx_http_gatehouse_health_first(ngx_http_gatehouse_health_t *health)
{
    ngx_uint_t  i;

    for (i = 0; i < health->count && health->marks[i].down; i++) { /* void */ }

    return i;
}

/* Of the first `count` servers, all down, the place of the one that failed longest ago. */
static ngx_uint_t
ngx_http_gatehouse_health_oldest(ngx_http_gatehouse_health_t *health, ngx_uint_t count)
{
    ngx_uint_t  i, oldest = 0;

    for (i = 1; i < count; i++) {
        if ((ngx_msec_int_t) (health->marks[i].failed - health->marks[oldest].failed) < 0) {
            oldest = i;
        }
    }

    return oldest;
}

ngx_http_gatehouse_server_t *
ngx_http_gatehouse_health_pick(ngx_http_gatehouse_health_t *health)
{
    ngx_uint_t  i = ngx_http_gatehouse_health_first(health);

    if (i == health->count) {
        i = ngx_http_gatehouse_health_oldest(health, health->count);

        if (ngx_current_msec - health->marks[i].failed < NGX_HTTP_GATEHOUSE_REST) {
            return NULL;
        }
    }

    return &health->servers[i];
}

ngx_http_gatehouse_server_t *
ngx_http_gatehouse_health_missed(ngx_http_gatehouse_health_t *health)
{
    ngx_uint_t  first = ngx_http_gatehouse_health_first(health);

    if (first == 0 || first == health->count) {
        return NULL;
    }

    return &health->servers[ngx_http_gatehouse_health_oldest(health, first)];
}

ngx_uint_t
ngx_http_gatehouse_health_is_down(ngx_http_gatehouse_health_t *health,
    ngx_http_gatehouse_server_t *server)
{
    return ngx_http_gatehouse_health_mark(health, server)->down;
}

ngx_uint_t
ngx_http_gatehouse_health_is_in_use(ngx_http_gatehouse_health_t *health,
    ngx_http_gatehouse_server_t *server, ngx_msec_t opened)
{
    ngx_uint_t  first = ngx_http_gatehouse_health_first(health);

    if (first < health->count) {
        return server == &health->servers[first];
    }

    return (ngx_msec_int_t) (opened - ngx_http_gatehouse_health_mark(health, server)->failed)
           > 0;
}

void
ngx_http_gatehouse_health_failed(ngx_http_gatehouse_health_t *health,
    ngx_http_gatehouse_server_t *server, const char *reason)
{
    ngx_http_gatehouse_mark_t  *mark = ngx_http_gatehouse_health_mark(health, server);

    if (!mark->down) {
        ngx_log_error(NGX_LOG_ERR, ngx_cycle->log, 0, "gatehouse: directory %V is down: %s",
                      &server->name, reason);
    }

    mark->down = 1;
    mark->failed = ngx_current_msec;
}

void
ngx_http_gatehouse_health_well(ngx_http_gatehouse_health_t *health,
    ngx_http_gatehouse_server_t *server)
{
    ngx_http_gatehouse_mark_t  *mark = ngx_http_gatehouse_health_mark(health, server);

    if (mark->down) {
        ngx_log_error(NGX_LOG_NOTICE, ngx_cycle->log, 0, "gatehouse: directory %V is back",
                      &server->name);
    }

    mark->down = 0;
}
