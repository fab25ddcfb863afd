/*
 * The account of whoever is signed in: password and profile.
 */
#ifndef NGX_HTTP_GATEHOUSE_ACCOUNT_H
#define NGX_HTTP_GATEHOUSE_ACCOUNT_H

/* lib. */
#include "web/form.h"

/* Module. */
#include "ngx_http_gatehouse.h"
#include "ngx_http_gatehouse_attempt.h"

/* GET and POST /password. */
ngx_int_t ngx_http_gatehouse_password_form(ngx_http_request_t *r);
void ngx_http_gatehouse_password(ngx_http_request_t *r, gh_form_t *form);

/* GET and POST /profile. */
ngx_int_t ngx_http_gatehouse_profile_form(ngx_http_request_t *r);
void ngx_http_gatehouse_profile(ngx_http_request_t *r, gh_form_t *form);

/* An attempt of whoever is signed in; NULL: the request is finalized. */
ngx_http_gatehouse_attempt_t *ngx_http_gatehouse_account_attempt(ngx_http_request_t *r,
    gh_form_t *form, ngx_http_gatehouse_attempt_page_pt page);

#endif
