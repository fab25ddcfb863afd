/*
 * The security question of whoever is signed in and has none: set-up and a first sign-in
 * can lose it to a directory that fails between two writes.
 */
#ifndef NGX_HTTP_GATEHOUSE_QUESTION_H
#define NGX_HTTP_GATEHOUSE_QUESTION_H

/* lib. */
#include "account/card.h"
#include "web/form.h"

/* Module. */
#include "ngx_http_gatehouse.h"

/*
 * Has the dashboard ask `who`, who is being signed in to this browser, when the question is
 * missing and their realm requires one.  NGX_OK or NGX_ERROR.
 */
ngx_int_t ngx_http_gatehouse_question_ask(ngx_http_request_t *r,
    const gh_identity_card_t *who, ngx_uint_t is_missing);

/* Whether whoever is signed in is to be asked. */
ngx_uint_t ngx_http_gatehouse_question_is_due(ngx_http_request_t *r);

/* GET and POST /first-login, for whoever is signed in. */
ngx_int_t ngx_http_gatehouse_question_form(ngx_http_request_t *r);
void ngx_http_gatehouse_question(ngx_http_request_t *r, gh_form_t *form);

#endif
