/*
 * The log-in page.
 */
#ifndef NGX_HTTP_GATEHOUSE_LOGIN_H
#define NGX_HTTP_GATEHOUSE_LOGIN_H

/* System. */
#include <jansson.h>

/* lib. */
#include "web/form.h"

/* lib. */
#include "account/signin.h"

/* Module. */
#include "ngx_http_gatehouse.h"

/* GET: the form, or where to go for whoever is signed in already. */
ngx_int_t ngx_http_gatehouse_login_form(ngx_http_request_t *r);

/* POST: signs in. */
void ngx_http_gatehouse_login(ngx_http_request_t *r, gh_form_t *form);

/* The safe `next` of the request's address, decoded; empty: there is none. */
gh_text_t ngx_http_gatehouse_login_next(ngx_http_request_t *r);

/* Answers 303 to `next`, or to the dashboard where that is empty. */
ngx_int_t ngx_http_gatehouse_login_go_on(ngx_http_request_t *r, gh_text_t next);

/* `User name or state license number`: one label for a field that serves all realms. */
void ngx_http_gatehouse_login_label(ngx_http_gatehouse_main_conf_t *gmcf, char *out,
    size_t size);

/* Appends the row that asks for the kind of account; `selected` may be NULL. */
void ngx_http_gatehouse_login_realm_row(ngx_http_gatehouse_main_conf_t *gmcf, json_t *rows,
    const gh_realm_t *selected);

/*
 * Puts what the sign-in warned of, and the address carries on, into the dashboard's
 * context.
 */
void ngx_http_gatehouse_login_notice(ngx_http_request_t *r, json_t *context);

/* Notes in the directory that somebody signed in, once a day, without making them wait. */
void ngx_http_gatehouse_login_stamp(ngx_http_request_t *r, const gh_signin_result_t *result);

#endif
