/*
 * The first sign-in: a temporary password becomes one's own, and whoever has no security
 * question chooses one.
 */
#ifndef NGX_HTTP_GATEHOUSE_FIRST_H
#define NGX_HTTP_GATEHOUSE_FIRST_H

/* lib. */
#include "account/card.h"
#include "web/form.h"

/* Module. */
#include "ngx_http_gatehouse.h"

/*
 * Sends whoever showed a temporary password to the page, with a ticket for it: they are
 * signed in nowhere yet.  Returns what a content handler returns.
 */
ngx_int_t ngx_http_gatehouse_first_go(ngx_http_request_t *r, const gh_identity_card_t *who);

/* GET and POST /first-login. */
ngx_int_t ngx_http_gatehouse_first_form(ngx_http_request_t *r);
void ngx_http_gatehouse_first(ngx_http_request_t *r, gh_form_t *form);

#endif
