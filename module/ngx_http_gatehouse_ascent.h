/*
 * Ascents: how a connection comes up, from CONNECTING to UP.
 *
 * The way to the server says whether there is ASKING and SECURING.  A bind connection skips
 * BINDING: whoever signs in binds it.  Each step begins in a function of its own; each fault
 * ends in ngx_http_gatehouse_pool_down, which closes.
 */
#ifndef NGX_HTTP_GATEHOUSE_ASCENT_H
#define NGX_HTTP_GATEHOUSE_ASCENT_H

/* Module. */
#include "ngx_http_gatehouse_connection.h"

/*
 * The descriptor of a connection that is CONNECTING can be written for the first time.  The
 * connection may be closed when this returns.
 */
void ngx_http_gatehouse_ascent_begin(ngx_http_gatehouse_connection_t *conn);

/*
 * The answer that a connection which is ASKING or BINDING waits for.  NGX_ERROR: it can't be
 * used.  The connection may be closed when this returns NGX_OK.
 */
ngx_int_t ngx_http_gatehouse_ascent_answered(ngx_http_gatehouse_connection_t *conn,
    LDAPMessage *message);

#endif
