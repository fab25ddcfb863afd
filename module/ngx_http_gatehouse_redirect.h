/*
 * Redirects: answers that lead to another server.
 */
#ifndef NGX_HTTP_GATEHOUSE_REDIRECT_H
#define NGX_HTTP_GATEHOUSE_REDIRECT_H

/* Module. */
#include "ngx_http_gatehouse_connection.h"

/*
 * Whether another server is to answer in place of the one at the other end of `conn`, which
 * says that it can't just now, or that it takes no writes.  Health knows afterwards.
 */
ngx_uint_t ngx_http_gatehouse_is_redirected(ngx_http_gatehouse_connection_t *conn,
    ngx_http_gatehouse_operation_t *op);

#endif
