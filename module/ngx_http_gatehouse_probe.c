/*
 * Probes: connect, bind, and for a writer that is preferred to the one in use, compare how
 * far both have come.
 */

/* lib. */
#include "directory/csn.h"

/* Module. */
#include "ngx_http_gatehouse_health.h"
#include "ngx_http_gatehouse_pool.h"
#include "ngx_http_gatehouse_probe.h"

/* Between the end of one probe and the next, ms. */
#define NGX_HTTP_GATEHOUSE_PROBING   50

/* The same where the server refuses the gateway, which costs it a hash; ms. */
#define NGX_HTTP_GATEHOUSE_REFUSED   1000

/* A probe that began less than this ago is worth waiting for, ms. */
#define NGX_HTTP_GATEHOUSE_YOUTH     300

/* Between two looks at how far a server has come that is behind, ms. */
#define NGX_HTTP_GATEHOUSE_CATCHING  250

struct ngx_http_gatehouse_probe_s {
    ngx_http_gatehouse_pool_t        *pool;
    ngx_http_gatehouse_server_t      *server;
    ngx_http_gatehouse_connection_t  *conn;         /* its `probe` is this one */
    ngx_event_t                       timer;
    ngx_msec_t                        began;
    gh_request_t                     *request;      /* for contextCSN of the base */
    gh_entry_t                        goal;         /* what the writer in use answered to it */
    unsigned                          comparing:1;
};

static void ngx_http_gatehouse_probe_timer(ngx_event_t *ev);
static void ngx_http_gatehouse_probe_look(ngx_http_gatehouse_probe_t *probe);
static void ngx_http_gatehouse_probe_goal(ngx_http_gatehouse_operation_t *op);
static void ngx_http_gatehouse_probe_compare(ngx_http_gatehouse_operation_t *op);

static void
ngx_http_gatehouse_probe_cleanup(void *data)
{
    gh_request_free(data);
}

static gh_request_t *
ngx_http_gatehouse_probe_request(ngx_cycle_t *cycle, ngx_http_gatehouse_pool_t *pool)
{
    static const char *const   attrs[] = { GH_CSN_ATTRIBUTE, NULL };
    const gh_directory_settings_t  *settings = ngx_http_gatehouse_pool_settings(pool);
    ngx_pool_cleanup_t             *cln = ngx_pool_cleanup_add(cycle->pool, 0);

    if (cln == NULL) {
        return NULL;
    }

    cln->handler = ngx_http_gatehouse_probe_cleanup;
    cln->data = gh_request_search(settings->base, GH_SCOPE_BASE, "(objectClass=*)", attrs, 1);

    return cln->data;
}

ngx_http_gatehouse_probe_t *
ngx_http_gatehouse_probes_create(ngx_cycle_t *cycle, ngx_http_gatehouse_pool_t *pool,
    ngx_array_t *servers)
{
    ngx_uint_t                        i;
    gh_request_t                     *request;
    ngx_http_gatehouse_probe_t       *probes;
    ngx_http_gatehouse_server_t      *server = servers->elts;
    ngx_http_gatehouse_connection_t  *conns;

    request = ngx_http_gatehouse_probe_request(cycle, pool);
    probes = ngx_pcalloc(cycle->pool, servers->nelts * sizeof(ngx_http_gatehouse_probe_t));
    conns = ngx_pcalloc(cycle->pool,
                        servers->nelts * sizeof(ngx_http_gatehouse_connection_t));

    if (request == NULL || probes == NULL || conns == NULL) {
        return NULL;
    }

    for (i = 0; i < servers->nelts; i++) {
        probes[i].pool = pool;
        probes[i].server = &server[i];
        probes[i].conn = &conns[i];
        probes[i].request = request;
        probes[i].timer.handler = ngx_http_gatehouse_probe_timer;
        probes[i].timer.data = &probes[i];
        probes[i].timer.log = cycle->log;
        probes[i].timer.cancelable = 1;
        ngx_http_gatehouse_connection_init(&conns[i], pool, GH_LANE_SERVICE);
        conns[i].probe = &probes[i];
    }

    return probes;
}

static void
ngx_http_gatehouse_probe_again(ngx_http_gatehouse_probe_t *probe, ngx_msec_t delay)
{
    if (!probe->timer.timer_set && !ngx_exiting) {
        ngx_add_timer(&probe->timer, delay);
    }
}

void
ngx_http_gatehouse_probe_start(ngx_http_gatehouse_probe_t *probes, ngx_uint_t i,
    ngx_uint_t at_once)
{
    ngx_http_gatehouse_probe_t  *probe = &probes[i];

    if (probe->conn->state != NGX_HTTP_GATEHOUSE_CLOSED) {
        return;
    }

    ngx_http_gatehouse_probe_again(probe, at_once ? 1 : NGX_HTTP_GATEHOUSE_PROBING);
}

ngx_uint_t
ngx_http_gatehouse_probes_are_young(ngx_http_gatehouse_probe_t *probes, ngx_uint_t count)
{
    ngx_uint_t  i;

    for (i = 0; i < count; i++) {
        if (probes[i].conn->state != NGX_HTTP_GATEHOUSE_CLOSED
            && ngx_current_msec - probes[i].began < NGX_HTTP_GATEHOUSE_YOUTH)
        {
            return 1;
        }
    }

    return 0;
}

static void
ngx_http_gatehouse_probe_timer(ngx_event_t *ev)
{
    ngx_http_gatehouse_probe_t   *probe = ev->data;
    ngx_http_gatehouse_health_t  *health = ngx_http_gatehouse_pool_health(probe->pool);
    ngx_uint_t                    state;

    state = ngx_http_gatehouse_health_state(health, probe->server);

    if (ngx_exiting || state == NGX_HTTP_GATEHOUSE_WELL) {
        ngx_http_gatehouse_pool_down(probe->conn, NULL);
        return;
    }

    if (state == NGX_HTTP_GATEHOUSE_DOWN
        && ngx_http_gatehouse_health_is_resting(health, probe->server))
    {
        ngx_http_gatehouse_probe_again(probe, NGX_HTTP_GATEHOUSE_PROBING);
        return;
    }

    if (probe->conn->state == NGX_HTTP_GATEHOUSE_UP) {
        ngx_http_gatehouse_probe_look(probe);
        return;
    }

    probe->began = ngx_current_msec;

    if (probe->conn->state == NGX_HTTP_GATEHOUSE_CLOSED
        && ngx_http_gatehouse_connection_open(probe->conn, probe->server) != NGX_OK)
    {
        ngx_http_gatehouse_probe_down(probe, "it can't be connected to");
    }
}

void
ngx_http_gatehouse_probe_up(ngx_http_gatehouse_probe_t *probe)
{
    ngx_http_gatehouse_probe_look(probe);
}

void
ngx_http_gatehouse_probe_down(ngx_http_gatehouse_probe_t *probe, const char *reason)
{
    ngx_http_gatehouse_health_t  *health = ngx_http_gatehouse_pool_health(probe->pool);

    if (ngx_http_gatehouse_health_state(health, probe->server) == NGX_HTTP_GATEHOUSE_WELL) {
        return;
    }

    ngx_http_gatehouse_probe_again(probe, probe->conn->refused ? NGX_HTTP_GATEHOUSE_REFUSED
                                                               : NGX_HTTP_GATEHOUSE_PROBING);

    if (reason != NULL) {
        ngx_http_gatehouse_pool_failed(probe->pool, probe->server, reason, 0);
    }
}

/*
 * The server lets the gateway bind.  A server that hangs accepts connections too: this is
 * what counts.
 */
static void
ngx_http_gatehouse_probe_look(ngx_http_gatehouse_probe_t *probe)
{
    ngx_http_gatehouse_health_t     *health = ngx_http_gatehouse_pool_health(probe->pool);
    ngx_http_gatehouse_server_t     *writer = ngx_http_gatehouse_health_writer(health);
    ngx_http_gatehouse_operation_t  *op;

    if (probe->comparing) {
        return;
    }

    if (writer == NULL || writer == probe->server
        || !ngx_http_gatehouse_health_is_preferred(health, probe->server, writer))
    {
        ngx_http_gatehouse_pool_recovered(probe->pool, probe->server, &probe->conn);
        return;
    }

    ngx_http_gatehouse_health_behind(health, probe->server);

    if (ngx_http_gatehouse_health_state(health, writer) == NGX_HTTP_GATEHOUSE_DOUBTED
        || ngx_http_gatehouse_pool_submit(
               probe->pool, probe->request,
               ngx_http_gatehouse_pool_settings(probe->pool)->timeout,
               ngx_http_gatehouse_probe_goal, probe, &op)
           != 0)
    {
        ngx_http_gatehouse_probe_again(probe, NGX_HTTP_GATEHOUSE_CATCHING);
        return;
    }

    probe->comparing = 1;
}

/* How far the writer in use has come. */
static void
ngx_http_gatehouse_probe_goal(ngx_http_gatehouse_operation_t *op)
{
    ngx_http_gatehouse_probe_t  *probe = op->data;

    if (op->answer.result == GH_RESULT_SUCCESS && op->answer.entry_count == 1
        && probe->conn->state == NGX_HTTP_GATEHOUSE_UP
        && gh_entry_copy(&probe->goal, &op->answer.entries[0]) == 0
        && ngx_http_gatehouse_pool_ask(probe->pool, probe->conn, probe->request,
                                       ngx_http_gatehouse_probe_compare, probe)
           == NGX_OK)
    {
        return;
    }

    gh_entry_cleanup(&probe->goal);
    probe->comparing = 0;
    ngx_http_gatehouse_probe_again(probe, NGX_HTTP_GATEHOUSE_CATCHING);
}

/* How far the probe's own server has come. */
static void
ngx_http_gatehouse_probe_compare(ngx_http_gatehouse_operation_t *op)
{
    ngx_uint_t                   has_caught_up = 0;
    const gh_attribute_t        *goal, *reached;
    ngx_http_gatehouse_probe_t  *probe = op->data;

    if (op->answer.result == GH_RESULT_SUCCESS && op->answer.entry_count == 1
        && probe->conn->state == NGX_HTTP_GATEHOUSE_UP)
    {
        goal = gh_entry_attribute(&probe->goal, GH_CSN_ATTRIBUTE);
        reached = gh_entry_attribute(&op->answer.entries[0], GH_CSN_ATTRIBUTE);

        has_caught_up = gh_csn_has_caught_up(reached, goal);
    }

    gh_entry_cleanup(&probe->goal);
    probe->comparing = 0;

    if (has_caught_up) {
        ngx_http_gatehouse_pool_recovered(probe->pool, probe->server, &probe->conn);

    } else {
        ngx_http_gatehouse_probe_again(probe, NGX_HTTP_GATEHOUSE_CATCHING);
    }
}
