/*
 * The pool: one worker's connections to the directory, and what waits for them.
 *
 * One service connection pipelines searches and writes; a bounded set of bind connections
 * is bound again and again for whoever signs in; the public search has connections of its
 * own where it has servers of its own.  What finds no connection waits in a bounded line,
 * for half of the time that it has.  What is safe to repeat is sent once more when its
 * connection dies, or is silent for longer than answers take.  Which server is in use is for
 * health to say; a probe notices when one is back.
 */
#ifndef NGX_HTTP_GATEHOUSE_POOL_H
#define NGX_HTTP_GATEHOUSE_POOL_H

/* Module. */
#include "ngx_http_gatehouse_connection.h"
#include "ngx_http_gatehouse_health.h"

/* A server that failed at its work is given another try after this, ms. */
#define NGX_HTTP_GATEHOUSE_REST  1000

/*
 * A pool for this worker, from `cycle->pool`; connects when first needed.  NULL: no
 * memory.
 */
ngx_http_gatehouse_pool_t *ngx_http_gatehouse_pool_create(ngx_cycle_t *cycle,
    ngx_http_gatehouse_main_conf_t *gmcf);

const gh_directory_settings_t *ngx_http_gatehouse_pool_settings(
    ngx_http_gatehouse_pool_t *pool);

/* The gateway's password; NULL: SASL EXTERNAL. */
const gh_secret_t *ngx_http_gatehouse_pool_password(ngx_http_gatehouse_pool_t *pool);

/* Whether the last that was seen of the server is that it failed. */
ngx_uint_t ngx_http_gatehouse_pool_is_down(ngx_http_gatehouse_pool_t *pool,
    ngx_http_gatehouse_server_t *server);

/*
 * Sends `request`, now or when there is a connection.  It belongs to the caller and stays until
 * `handler` was called, once, with the answer in op->answer and op->data as given, from the event
 * loop, never from within this call; `op` is the pool's and is gone when the handler returns.
 * `deadline` is in ms from now.  Returns 0 with `*op` set, or the GH_RESULT_ that stands for the
 * answer: GH_RESULT_OVERLOADED when the line is full, GH_RESULT_NOMEM.
 */
int ngx_http_gatehouse_pool_submit(ngx_http_gatehouse_pool_t *pool,
    const gh_request_t *request, ngx_msec_t deadline,
    void (*handler)(ngx_http_gatehouse_operation_t *op), void *data,
    ngx_http_gatehouse_operation_t **op);

/*
 * Whoever asked has left: the handler is not called, the request is not looked at any
 * more.
 */
void ngx_http_gatehouse_pool_detach(ngx_http_gatehouse_pool_t *pool,
    ngx_http_gatehouse_operation_t *op);

/*
 * Sends `request`, a search, on this connection, which is UP, and nowhere else.  As with
 * ngx_http_gatehouse_pool_submit, `handler` is called once; an answer that does not come is
 * GH_RESULT_UNREACHABLE or GH_RESULT_TIMEOUT.  Returns NGX_OK, or NGX_ERROR with nothing sent.
 */
ngx_int_t ngx_http_gatehouse_pool_ask(ngx_http_gatehouse_pool_t *pool,
    ngx_http_gatehouse_connection_t *conn, const gh_request_t *request,
    void (*handler)(ngx_http_gatehouse_operation_t *op), void *data);

/* What probes report. */

ngx_http_gatehouse_health_t *ngx_http_gatehouse_pool_health(ngx_http_gatehouse_pool_t *pool);

/*
 * The server is of no use now.  For `rest` ms another that is well is used in its place, even
 * if it is back sooner.
 */
void ngx_http_gatehouse_pool_failed(ngx_http_gatehouse_pool_t *pool,
    ngx_http_gatehouse_server_t *server, const char *reason, ngx_msec_t rest);

/*
 * The server is well, as `*conn`, which is UP, has found.  The pool takes that connection or
 * closes it; `*conn` is a place that is CLOSED afterwards.
 */
void ngx_http_gatehouse_pool_recovered(ngx_http_gatehouse_pool_t *pool,
    ngx_http_gatehouse_server_t *server, ngx_http_gatehouse_connection_t **conn);

/* The server listens elsewhere from now on. */
void ngx_http_gatehouse_pool_moved(ngx_http_gatehouse_pool_t *pool,
    ngx_http_gatehouse_server_t *server);

/* What connections report. */

/* For how long the connection may be silent while something is asked of it, ms. */
ngx_msec_t ngx_http_gatehouse_pool_patience(ngx_http_gatehouse_connection_t *conn);

/* It has been silent for longer. */
void ngx_http_gatehouse_pool_silent(ngx_http_gatehouse_connection_t *conn);

/* The connection is UP. */
void ngx_http_gatehouse_pool_up(ngx_http_gatehouse_connection_t *conn);

/* The operation is answered and in no queue. */
void ngx_http_gatehouse_pool_answered(ngx_http_gatehouse_connection_t *conn,
    ngx_http_gatehouse_operation_t *op);

/*
 * The connection is of no more use; `reason` NULL: nothing is wrong.  It is CLOSED
 * afterwards.
 */
void ngx_http_gatehouse_pool_down(ngx_http_gatehouse_connection_t *conn, const char *reason);

#endif
