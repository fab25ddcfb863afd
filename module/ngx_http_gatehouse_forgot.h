/*
 * Forgotten passwords: asking for a link, and using it.
 */
#ifndef NGX_HTTP_GATEHOUSE_FORGOT_H
#define NGX_HTTP_GATEHOUSE_FORGOT_H

/* lib. */
#include "web/form.h"

/* Module. */
#include "ngx_http_gatehouse.h"

/* GET and POST /forgot. */
ngx_int_t ngx_http_gatehouse_forgot_form(ngx_http_request_t *r);
void ngx_http_gatehouse_forgot(ngx_http_request_t *r, gh_form_t *form);

/* GET /reset, with the token in the address or in a cookie, and POST. */
ngx_int_t ngx_http_gatehouse_reset_form(ngx_http_request_t *r);
void ngx_http_gatehouse_reset(ngx_http_request_t *r, gh_form_t *form);

#endif
