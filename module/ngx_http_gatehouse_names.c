/*
 * Names: nginx's resolver asks, the server's addresses change.
 */

/* Module. */
#include "ngx_http_gatehouse_names.h"
#include "ngx_http_gatehouse_pool.h"

/* Between two tries when a name can't be looked up, ms. */
#define NGX_HTTP_GATEHOUSE_NAMES_RETRY    5000

/* What nginx has where resolver_timeout is not set, ms. */
#define NGX_HTTP_GATEHOUSE_NAMES_TIMEOUT  30000

typedef struct {
    ngx_http_gatehouse_pool_t    *pool;
    ngx_http_gatehouse_server_t  *server;
    ngx_resolver_t               *resolver;
    ngx_msec_t                    timeout;
    ngx_addr_t                   *addrs;        /* on the heap; NULL: those of the start */
    ngx_addr_t                   *before;       /* connections may still point there */
    ngx_event_t                   timer;
} ngx_http_gatehouse_name_t;

static void ngx_http_gatehouse_name_look_up(ngx_event_t *ev);
static void ngx_http_gatehouse_name_found(ngx_resolver_ctx_t *ctx);

/* The http block's resolver; NULL: there is none. */
static ngx_resolver_t *
ngx_http_gatehouse_names_resolver(ngx_cycle_t *cycle, ngx_msec_t *timeout)
{
    ngx_http_conf_ctx_t       *ctx;
    ngx_http_core_loc_conf_t  *clcf;

    ctx = (ngx_http_conf_ctx_t *) cycle->conf_ctx[ngx_http_module.index];
    clcf = ctx->loc_conf[ngx_http_core_module.ctx_index];

    if (clcf->resolver == NULL || clcf->resolver->connections.nelts == 0) {
        return NULL;
    }

    *timeout = clcf->resolver_timeout != NGX_CONF_UNSET_MSEC
                   ? clcf->resolver_timeout
                   : NGX_HTTP_GATEHOUSE_NAMES_TIMEOUT;

    return clcf->resolver;
}

ngx_int_t
ngx_http_gatehouse_names_start(ngx_cycle_t *cycle, ngx_http_gatehouse_pool_t *pool,
    ngx_array_t *servers)
{
    ngx_uint_t                    i;
    ngx_msec_t                    timeout;
    ngx_resolver_t               *resolver;
    ngx_http_gatehouse_name_t    *name;
    ngx_http_gatehouse_server_t  *server = servers->elts;

    resolver = ngx_http_gatehouse_names_resolver(cycle, &timeout);

    for (i = 0; resolver != NULL && i < servers->nelts; i++) {
        if (server[i].host.len == 0) {
            continue;
        }

        name = ngx_pcalloc(cycle->pool, sizeof(ngx_http_gatehouse_name_t));

        if (name == NULL) {
            return NGX_ERROR;
        }

        name->pool = pool;
        name->server = &server[i];
        name->resolver = resolver;
        name->timeout = timeout;
        name->timer.handler = ngx_http_gatehouse_name_look_up;
        name->timer.data = name;
        name->timer.log = cycle->log;
        name->timer.cancelable = 1;
        ngx_add_timer(&name->timer, 1);
    }

    return NGX_OK;
}

static void
ngx_http_gatehouse_name_look_up(ngx_event_t *ev)
{
    ngx_resolver_ctx_t         *ctx;
    ngx_http_gatehouse_name_t  *name = ev->data;

    if (ngx_exiting) {
        return;
    }

    ctx = ngx_resolve_start(name->resolver, NULL);

    if (ctx == NULL || ctx == NGX_NO_RESOLVER) {
        ngx_add_timer(ev, NGX_HTTP_GATEHOUSE_NAMES_RETRY);
        return;
    }

    ctx->name = name->server->host;
    ctx->handler = ngx_http_gatehouse_name_found;
    ctx->data = name;
    ctx->timeout = name->timeout;

    if (ngx_resolve_name(ctx) != NGX_OK) {
        ngx_add_timer(ev, NGX_HTTP_GATEHOUSE_NAMES_RETRY);
    }
}

/* Whether the server listens where it did; the resolver gives addresses in any order. */
static ngx_uint_t
ngx_http_gatehouse_name_is_same(ngx_http_gatehouse_server_t *server, ngx_resolver_ctx_t *ctx)
{
    ngx_uint_t  i, k;

    for (i = 0; i < ctx->naddrs; i++) {
        for (k = 0; k < server->naddrs; k++) {
            if (ngx_cmp_sockaddr(ctx->addrs[i].sockaddr, ctx->addrs[i].socklen,
                                 server->addrs[k].sockaddr, server->addrs[k].socklen, 0)
                == NGX_OK)
            {
                break;
            }
        }

        if (k == server->naddrs) {
            return 0;
        }
    }

    return ctx->naddrs == server->naddrs;
}

/* A copy of what was found, in one block on the heap; NULL: no memory. */
static ngx_addr_t *
ngx_http_gatehouse_name_copy(ngx_http_gatehouse_server_t *server, ngx_resolver_ctx_t *ctx)
{
    ngx_uint_t       i;
    ngx_addr_t      *addrs;
    ngx_sockaddr_t  *sockaddrs;

    addrs = ngx_calloc(ctx->naddrs * (sizeof(ngx_addr_t) + sizeof(ngx_sockaddr_t)),
                       ngx_cycle->log);

    if (addrs == NULL) {
        return NULL;
    }

    sockaddrs = (ngx_sockaddr_t *) (addrs + ctx->naddrs);

    for (i = 0; i < ctx->naddrs; i++) {
        ngx_memcpy(&sockaddrs[i], ctx->addrs[i].sockaddr, ctx->addrs[i].socklen);
        ngx_inet_set_port(&sockaddrs[i].sockaddr, server->port);
        addrs[i].sockaddr = &sockaddrs[i].sockaddr;
        addrs[i].socklen = ctx->addrs[i].socklen;
        addrs[i].name = server->name;
    }

    return addrs;
}

/* Whether passwords may go to what was found: in clear only within this machine. */
static ngx_uint_t
ngx_http_gatehouse_name_is_fit(ngx_http_gatehouse_server_t *server, ngx_resolver_ctx_t *ctx)
{
    ngx_uint_t  i;

    for (i = 0; i < ctx->naddrs; i++) {
        if (!gh_way_admits(server->way, ctx->addrs[i].sockaddr)) {
            return 0;
        }
    }

    return 1;
}

static void
ngx_http_gatehouse_name_found(ngx_resolver_ctx_t *ctx)
{
    time_t                       left = ctx->valid - ngx_time();
    ngx_addr_t                  *addrs;
    ngx_msec_t                   delay = NGX_HTTP_GATEHOUSE_NAMES_RETRY;
    ngx_http_gatehouse_name_t   *name = ctx->data;
    ngx_http_gatehouse_server_t *server = name->server;

    if (ctx->state != NGX_OK || ctx->naddrs == 0) {
        ngx_log_error(NGX_LOG_INFO, ngx_cycle->log, 0,
                      "gatehouse: directory %V: the name can't be looked up: %s",
                      &server->name, ngx_resolver_strerror(ctx->state));

    } else if (!ngx_http_gatehouse_name_is_fit(server, ctx)) {
        ngx_log_error(NGX_LOG_ERR, ngx_cycle->log, 0,
                      "gatehouse: directory %V: the name leads to another machine now, and "
                      "passwords would cross the network in clear",
                      &server->name);

    } else {
        delay = ngx_max(left, 1) * 1000;

        if (!ngx_http_gatehouse_name_is_same(server, ctx)
            && (addrs = ngx_http_gatehouse_name_copy(server, ctx)) != NULL)
        {
            server->addrs = addrs;
            server->naddrs = ctx->naddrs;
            ngx_free(name->before);
            name->before = name->addrs;
            name->addrs = addrs;
            ngx_log_error(NGX_LOG_NOTICE, ngx_cycle->log, 0,
                          "gatehouse: directory %V has another address", &server->name);
            ngx_http_gatehouse_pool_moved(name->pool, server);
        }
    }

    ngx_resolve_name_done(ctx);
    ngx_add_timer(&name->timer, delay);
}
