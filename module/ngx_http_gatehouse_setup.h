/*
 * Setting up an account: which kind, the form, the confirmation.
 */
#ifndef NGX_HTTP_GATEHOUSE_SETUP_H
#define NGX_HTTP_GATEHOUSE_SETUP_H

/* lib. */
#include "web/form.h"

/* Module. */
#include "ngx_http_gatehouse.h"

/* GET /setup: the kinds of account that people may set up. */
ngx_int_t ngx_http_gatehouse_setup_kinds(ngx_http_request_t *r);

/* GET and POST /setup/REALM. */
ngx_int_t ngx_http_gatehouse_setup_form(ngx_http_request_t *r);
void ngx_http_gatehouse_setup(ngx_http_request_t *r, gh_form_t *form);

/* GET /welcome: the confirmation. */
ngx_int_t ngx_http_gatehouse_welcome(ngx_http_request_t *r);

/* Whether some realm takes registrations. */
ngx_uint_t ngx_http_gatehouse_setup_is_open(ngx_http_gatehouse_main_conf_t *gmcf);

#endif
