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
 * Leads `who`, who is being signed in to this browser, to the page that asks for the question and
 * from there on to `next`, which may be empty; until there is one the dashboard asks as well.
 * Returns what ngx_http_gatehouse_page_redirect returns.
 */
ngx_int_t ngx_http_gatehouse_question_ask(ngx_http_request_t *r,
    const gh_identity_card_t *who, gh_text_t next);

/* Whether whoever is signed in is to be asked. */
ngx_uint_t ngx_http_gatehouse_question_is_due(ngx_http_request_t *r);

/* GET and POST /first-login, for whoever is signed in. */
ngx_int_t ngx_http_gatehouse_question_form(ngx_http_request_t *r);
void ngx_http_gatehouse_question(ngx_http_request_t *r, gh_form_t *form);

#endif
