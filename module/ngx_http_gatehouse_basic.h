/*
 * Basic: programs that send user name and password with each request (RFC 7617).
 *
 * They are checked by the same flow as the log-in form's.  What the directory has found
 * good is believed for a while (gatehouse_basic_cache), so that a program does not cost a
 * bind for each of its requests.
 */
#ifndef NGX_HTTP_GATEHOUSE_BASIC_H
#define NGX_HTTP_GATEHOUSE_BASIC_H

/* lib. */
#include "session/session.h"

/* Module. */
#include "ngx_http_gatehouse.h"

/*
 * Checks the request's credentials, in the ACCESS phase of a location with gatehouse_basic.
 * NGX_DECLINED: it has none.  NGX_OK: they are good, ngx_http_gatehouse_basic_identity
 * says whose.  NGX_AGAIN: the directory is asked; the phase runs again when it has
 * answered.  Otherwise the status to answer with; with 401 the caller adds the challenge.
 */
ngx_int_t ngx_http_gatehouse_basic(ngx_http_request_t *r);

/* Who the request's credentials are; NULL: none have been found good. */
const gh_session_t *ngx_http_gatehouse_basic_identity(ngx_http_request_t *r);

/* Says in the answer, which is 401, that credentials are taken.  NGX_OK or NGX_ERROR. */
ngx_int_t ngx_http_gatehouse_basic_challenge(ngx_http_request_t *r);

#endif
