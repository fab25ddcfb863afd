/*
 * Runs: a flow of lib/account driven for a request, from nginx's event loop.
 */
#ifndef NGX_HTTP_GATEHOUSE_RUN_H
#define NGX_HTTP_GATEHOUSE_RUN_H

/* lib. */
#include "account/flow.h"

/* Module. */
#include "ngx_http_gatehouse.h"

/*
 * Drives `flow`, which it takes over (`*flow` is NULL afterwards), and calls `done` once,
 * from the event loop, never from within this call; the flow is freed when `done`
 * returns.  A client that leaves ends the run: `done` is not called, what is on its way
 * to the directory is let go.  All that the flow asks shares directory.timeout.  Returns
 * NGX_OK, or NGX_ERROR with the flow freed.
 */
ngx_int_t ngx_http_gatehouse_run(ngx_http_request_t *r, gh_flow_t **flow,
    void (*done)(ngx_http_request_t *r, gh_flow_t *flow));

/*
 * The same for a content handler, which returns what this returns; `*flow` may be NULL
 * for want of memory.
 */
ngx_int_t ngx_http_gatehouse_run_content(ngx_http_request_t *r, gh_flow_t **flow,
    void (*done)(ngx_http_request_t *r, gh_flow_t *flow));

/*
 * Drives `flow`, which it takes over, for no request: `done` is called once with `data`,
 * from the event loop, and the flow is freed when it returns.  Returns NGX_OK, or
 * NGX_ERROR with the flow freed.
 */
ngx_int_t ngx_http_gatehouse_run_alone(ngx_http_gatehouse_main_conf_t *gmcf, gh_flow_t **flow,
    void (*done)(void *data, gh_flow_t *flow), void *data);

#endif
