/*
 * Attempts: a form on its way to an answer.
 *
 * Whoever handles a form keeps here what it needs until the directory has answered, says
 * what is wrong field by field, and refuses in one place: counted, at the next multiple
 * of a quarter of a second, with the form again.  What else must not tell by its time
 * waits there, too.
 */
#ifndef NGX_HTTP_GATEHOUSE_ATTEMPT_H
#define NGX_HTTP_GATEHOUSE_ATTEMPT_H

/* System. */
#include <jansson.h>

/* lib. */
#include "account/flow.h"
#include "config/config.h"
#include "web/form.h"

/* Module. */
#include "ngx_http_gatehouse.h"
#include "ngx_http_gatehouse_throttle.h"

typedef struct ngx_http_gatehouse_attempt_s  ngx_http_gatehouse_attempt_t;

/* Makes the context of the page that shows the form again.  NULL: no memory. */
typedef json_t *(*ngx_http_gatehouse_attempt_page_pt)(ngx_http_request_t *r,
    ngx_http_gatehouse_attempt_t *attempt);

/* Lives as long as its request. */
struct ngx_http_gatehouse_attempt_s {
    ngx_http_request_t                  *request;
    gh_form_t                           *form;
    const gh_realm_t                    *realm;         /* NULL: not chosen */
    const char                          *template_name;
    ngx_http_gatehouse_attempt_page_pt   page;
    ngx_http_gatehouse_try_t             try;
    json_t                              *errors;        /* field -> sentence */
    const char                          *message;       /* on top of the page; NULL: none */
    void                                *data;          /* of whoever handles the form */
    ngx_event_t                          hold;          /* ends when the answer may leave */
    void                               (*answer)(ngx_http_gatehouse_attempt_t *attempt);
};

/* The attempt of the request's form.  NULL: no memory. */
ngx_http_gatehouse_attempt_t *ngx_http_gatehouse_attempt_create(ngx_http_request_t *r,
    gh_form_t *form, const char *template_name, ngx_http_gatehouse_attempt_page_pt page);

/* The attempt that ngx_http_gatehouse_attempt_create made; NULL: none. */
ngx_http_gatehouse_attempt_t *ngx_http_gatehouse_attempt_find(ngx_http_request_t *r);

/* What the form says in that field; empty when it is not there. */
gh_text_t ngx_http_gatehouse_attempt_value(const ngx_http_gatehouse_attempt_t *attempt,
    const char *field);

/* Says what is wrong with a field; the first word on it stands. */
void ngx_http_gatehouse_attempt_wrong(ngx_http_gatehouse_attempt_t *attempt,
    const char *field, const char *sentence);

ngx_uint_t ngx_http_gatehouse_attempt_has_errors(
    const ngx_http_gatehouse_attempt_t *attempt);

/*
 * Says who the attempt counts for.  Returns NGX_OK, or NGX_DONE when they have to wait:
 * the request is finalized with 429.
 */
ngx_int_t ngx_http_gatehouse_attempt_throttle(ngx_http_gatehouse_attempt_t *attempt,
    gh_text_t account, ngx_http_gatehouse_standing_t standing);

/* Runs the flow, which it takes over; a failure finalizes the request. */
void ngx_http_gatehouse_attempt_run(ngx_http_gatehouse_attempt_t *attempt, gh_flow_t **flow,
    void (*done)(ngx_http_request_t *r, gh_flow_t *flow));

/* Finalizes the request with the form again, at once: nothing was tried. */
void ngx_http_gatehouse_attempt_again(ngx_http_gatehouse_attempt_t *attempt);

/*
 * Calls `answer`, which finalizes the request, at the next multiple of a quarter of a
 * second since the request came; not at all if the client leaves before.
 */
void ngx_http_gatehouse_attempt_hold(ngx_http_gatehouse_attempt_t *attempt,
    void (*answer)(ngx_http_gatehouse_attempt_t *attempt));

/*
 * Counts a refusal and finalizes the request with the form again, at the next multiple of a
 * quarter of a second since the request came.
 */
void ngx_http_gatehouse_attempt_refuse(ngx_http_gatehouse_attempt_t *attempt);

/* Finalizes the request with 503: the directory could not say, by its code. */
void ngx_http_gatehouse_attempt_unavailable(ngx_http_gatehouse_attempt_t *attempt, int result);

#endif
