/*
 * Redirects: what is sent once more, and where it may have been done already.
 */

/* Module. */
#include "ngx_http_gatehouse_pool.h"
#include "ngx_http_gatehouse_redirect.h"

/* The server says that it can't just now. */
static ngx_uint_t
ngx_http_gatehouse_redirect_unwell(ngx_http_gatehouse_connection_t *conn,
    ngx_http_gatehouse_operation_t *op)
{
    int                           result = op->answer.result;
    ngx_http_gatehouse_pool_t    *pool = conn->pool;
    ngx_http_gatehouse_health_t  *health = ngx_http_gatehouse_pool_health(pool);

    /* Where there is no other, its own answer is as good as any. */
    if (!ngx_http_gatehouse_health_has_other(health, conn->server)) {
        return 0;
    }

    if (!conn->retired) {
        ngx_http_gatehouse_pool_failed(pool, conn->server,
                                       result == GH_RESULT_BUSY ? "it says that it is busy"
                                                                : "it says that it is unavailable",
                                       NGX_HTTP_GATEHOUSE_REST);
    }

    /* Who is busy has not begun; who is unavailable may have handed a write on. */
    if (op->repeated
        || (gh_request_is_write(op->request) && result == GH_RESULT_UNAVAILABLE))
    {
        return 0;
    }

    op->repeated = 1;

    return 1;
}

/* A write has come to a server that takes none. */
static ngx_uint_t
ngx_http_gatehouse_redirect_write(ngx_http_gatehouse_connection_t *conn,
    ngx_http_gatehouse_operation_t *op)
{
    int                           result = op->answer.result;
    ngx_http_gatehouse_health_t  *health = ngx_http_gatehouse_pool_health(conn->pool);

    if (op->referred) {
        if (result == GH_RESULT_UNWILLING) {
            ngx_http_gatehouse_health_writable(health);
        }
        return 0;
    }

    if (!ngx_http_gatehouse_health_has_other(health, conn->server)) {
        return 0;
    }

    ngx_http_gatehouse_health_read_only(health, conn->server, result);
    op->referred = 1;

    return 1;
}

ngx_uint_t
ngx_http_gatehouse_is_redirected(ngx_http_gatehouse_connection_t *conn,
    ngx_http_gatehouse_operation_t *op)
{
    if (op->request == NULL || op->pinned) {
        return 0;
    }

    if (gh_answer_is_unwell(&op->answer)) {
        return ngx_http_gatehouse_redirect_unwell(conn, op);
    }

    return gh_request_is_write(op->request) && gh_answer_is_read_only(&op->answer)
           && ngx_http_gatehouse_redirect_write(conn, op);
}
