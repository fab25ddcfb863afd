/*
 * The account of whoever is signed in: password, profile, sessions.
 */
#ifndef NGX_HTTP_GATEHOUSE_ACCOUNT_H
#define NGX_HTTP_GATEHOUSE_ACCOUNT_H

/* lib. */
#include "web/form.h"

/* Module. */
#include "ngx_http_gatehouse.h"

/* GET and POST /password. */
ngx_int_t ngx_http_gatehouse_password_form(ngx_http_request_t *r);
void ngx_http_gatehouse_password(ngx_http_request_t *r, gh_form_t *form);

/* GET and POST /profile. */
ngx_int_t ngx_http_gatehouse_profile_form(ngx_http_request_t *r);
void ngx_http_gatehouse_profile(ngx_http_request_t *r, gh_form_t *form);

/* POST /sessions, `all=1`: signs out everywhere. */
void ngx_http_gatehouse_sessions_end(ngx_http_request_t *r, gh_form_t *form);

#endif
