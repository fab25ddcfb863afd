/*
 * Runs: hands the flow's requests to the pool and the pool's answers to the flow.
 */

/* Module. */
#include "ngx_http_gatehouse_pool.h"
#include "ngx_http_gatehouse_run.h"

/* A flow has fewer requests than this under way at once. */
#define NGX_HTTP_GATEHOUSE_RUN_OPERATIONS  4

typedef struct {
    ngx_http_gatehouse_main_conf_t  *conf;
    ngx_http_request_t              *request;       /* NULL: a run of no request's */
    gh_flow_t                       *flow;
    void                           (*done)(ngx_http_request_t *r, gh_flow_t *flow);
    void                           (*done_alone)(void *data, gh_flow_t *flow);
    void                            *data;
    ngx_msec_t                       deadline;      /* by ngx_current_msec */
    ngx_http_gatehouse_operation_t  *operations[NGX_HTTP_GATEHOUSE_RUN_OPERATIONS];
    ngx_event_t                      finish;        /* calls `done` */
    unsigned                         ended:1;       /* nothing of it is used any more */
} ngx_http_gatehouse_run_t;

static void ngx_http_gatehouse_run_advance(ngx_http_gatehouse_run_t *run);
static void ngx_http_gatehouse_run_answered(ngx_http_gatehouse_operation_t *op);
static void ngx_http_gatehouse_run_finish(ngx_event_t *ev);
static void ngx_http_gatehouse_run_cleanup(void *data);

/* Takes the flow over. */
static void
ngx_http_gatehouse_run_init(ngx_http_gatehouse_run_t *run,
    ngx_http_gatehouse_main_conf_t *gmcf, gh_flow_t **flow)
{
    ngx_memzero(run, sizeof(ngx_http_gatehouse_run_t));

    run->conf = gmcf;
    run->flow = *flow;
    run->deadline = ngx_current_msec + gmcf->config->directory.timeout;
    run->finish.handler = ngx_http_gatehouse_run_finish;
    run->finish.data = run;
    run->finish.log = ngx_cycle->log;
    *flow = NULL;
}

ngx_int_t
ngx_http_gatehouse_run(ngx_http_request_t *r, gh_flow_t **flow,
    void (*done)(ngx_http_request_t *r, gh_flow_t *flow))
{
    ngx_pool_cleanup_t              *cln;
    ngx_http_gatehouse_run_t        *run = NULL;
    ngx_http_gatehouse_main_conf_t  *gmcf = ngx_http_gatehouse_main_conf(r);

    cln = ngx_pool_cleanup_add(r->pool, sizeof(ngx_http_gatehouse_run_t));

    if (cln == NULL) {
        gh_flow_free(*flow);
        *flow = NULL;
        return NGX_ERROR;
    }

    run = cln->data;
    cln->handler = ngx_http_gatehouse_run_cleanup;
    ngx_http_gatehouse_run_init(run, gmcf, flow);
    run->request = r;
    run->done = done;
    ngx_http_gatehouse_run_advance(run);

    return NGX_OK;
}

ngx_int_t
ngx_http_gatehouse_run_content(ngx_http_request_t *r, gh_flow_t **flow,
    void (*done)(ngx_http_request_t *r, gh_flow_t *flow))
{
    if (*flow == NULL || ngx_http_gatehouse_run(r, flow, done) != NGX_OK) {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    /* A client that leaves is noticed, and its run ends. */
    r->read_event_handler = ngx_http_test_reading;
    r->main->count++;

    return NGX_DONE;
}

ngx_int_t
ngx_http_gatehouse_run_alone(ngx_http_gatehouse_main_conf_t *gmcf, gh_flow_t **flow,
    void (*done)(void *data, gh_flow_t *flow), void *data)
{
    ngx_http_gatehouse_run_t  *run;

    run = ngx_alloc(sizeof(ngx_http_gatehouse_run_t), ngx_cycle->log);

    if (run == NULL) {
        gh_flow_free(*flow);
        *flow = NULL;
        return NGX_ERROR;
    }

    ngx_http_gatehouse_run_init(run, gmcf, flow);
    run->done_alone = done;
    run->data = data;
    ngx_http_gatehouse_run_advance(run);

    return NGX_OK;
}

/* Remembers the operation, to let it go when the client leaves. */
static ngx_http_gatehouse_operation_t **
ngx_http_gatehouse_run_slot(ngx_http_gatehouse_run_t *run, ngx_http_gatehouse_operation_t *op)
{
    ngx_uint_t  i;

    for (i = 0; i < NGX_HTTP_GATEHOUSE_RUN_OPERATIONS; i++) {
        if (run->operations[i] == op) {
            return &run->operations[i];
        }
    }

    return NULL;
}

/* Sends one request; one that can't be is answered on the spot. */
static void
ngx_http_gatehouse_run_send(ngx_http_gatehouse_run_t *run, const gh_request_t *request)
{
    int                               rc = GH_RESULT_OVERLOADED;
    ngx_msec_int_t                    left = run->deadline - ngx_current_msec;
    gh_answer_t                       answer;
    ngx_http_gatehouse_operation_t  **slot = ngx_http_gatehouse_run_slot(run, NULL);

    if (slot != NULL) {
        rc = ngx_http_gatehouse_pool_submit(run->conf->pool, request, ngx_max(left, 1),
                                            ngx_http_gatehouse_run_answered, run, slot);
    }

    if (rc != 0) {
        gh_answer_init(&answer);
        answer.result = rc;
        gh_flow_take(run->flow, request, &answer);
    }
}

static void
ngx_http_gatehouse_run_advance(ngx_http_gatehouse_run_t *run)
{
    const gh_request_t  *request;

    for (request = gh_flow_next(run->flow);
         request != NULL;
         request = gh_flow_next(run->flow))
    {
        ngx_http_gatehouse_run_send(run, request);
    }

    if (gh_flow_is_done(run->flow)) {
        ngx_post_event(&run->finish, &ngx_posted_events);
    }
}

static void
ngx_http_gatehouse_run_answered(ngx_http_gatehouse_operation_t *op)
{
    ngx_http_gatehouse_run_t  *run = op->data;

    *ngx_http_gatehouse_run_slot(run, op) = NULL;
    gh_flow_take(run->flow, op->request, &op->answer);
    ngx_http_gatehouse_run_advance(run);
}

/* Nobody waits any more for what is on its way. */
static void
ngx_http_gatehouse_run_let_go(ngx_http_gatehouse_run_t *run)
{
    ngx_uint_t  i;

    for (i = 0; i < NGX_HTTP_GATEHOUSE_RUN_OPERATIONS; i++) {
        if (run->operations[i] != NULL) {
            ngx_http_gatehouse_pool_detach(run->conf->pool, run->operations[i]);
            run->operations[i] = NULL;
        }
    }
}

static void
ngx_http_gatehouse_run_finish(ngx_event_t *ev)
{
    ngx_http_gatehouse_run_t  *run = ev->data;
    ngx_http_request_t        *r = run->request;
    ngx_connection_t          *c;
    gh_flow_t                 *flow = run->flow;

    if (r == NULL) {
        run->done_alone(run->data, flow);
        gh_flow_free(flow);
        ngx_free(run);
        return;
    }

    c = r->connection;

    /*
     * What a flow no longer waits for must not outlive it; nor this run, which `done` may
     * end.
     */
    ngx_http_gatehouse_run_let_go(run);
    run->flow = NULL;
    run->ended = 1;

    run->done(r, flow);
    gh_flow_free(flow);
    ngx_http_run_posted_requests(c);
}

/* The request goes, before or after its run has ended. */
static void
ngx_http_gatehouse_run_cleanup(void *data)
{
    ngx_http_gatehouse_run_t  *run = data;

    if (run->ended) {
        return;
    }

    ngx_http_gatehouse_run_let_go(run);

    if (run->finish.posted) {
        ngx_delete_posted_event(&run->finish);
    }

    gh_flow_free(run->flow);
}
