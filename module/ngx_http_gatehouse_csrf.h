/*
 * CSRF: forms that only the browser they were made for can send.
 *
 * A browser gets a random token in a cookie; each form carries a ticket sealed for that
 * token, and, where somebody is signed in, for that session too.  What the browser itself
 * says about where a form comes from is held against portal.url before the form is read.
 */
#ifndef NGX_HTTP_GATEHOUSE_CSRF_H
#define NGX_HTTP_GATEHOUSE_CSRF_H

/* System. */
#include <jansson.h>

/* lib. */
#include "web/form.h"

/* Module. */
#include "ngx_http_gatehouse.h"

/*
 * Puts `csrf`, the ticket for this page's forms, into the context, and sets the browser's
 * cookie where it has none.  NGX_OK or NGX_ERROR.
 */
ngx_int_t ngx_http_gatehouse_csrf_issue(ngx_http_request_t *r, json_t *context);

/*
 * Whether the browser says nothing else than that the request comes from a page of the
 * portal's own origin: Sec-Fetch-Site (Fetch Metadata Request Headers, section 2.3) and
 * Origin (RFC 6454, section 7).  Older browsers send neither.
 */
ngx_uint_t ngx_http_gatehouse_csrf_is_own_site(ngx_http_request_t *r);

/* Whether the form's `csrf` was made for this browser and, when signed in, this session. */
ngx_uint_t ngx_http_gatehouse_csrf_is_good(ngx_http_request_t *r, const gh_form_t *form);

#endif
