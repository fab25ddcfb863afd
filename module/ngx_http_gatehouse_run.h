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

#endif
