/*
 * Pages: responses of the portal's own.
 */
#ifndef NGX_HTTP_GATEHOUSE_PAGE_H
#define NGX_HTTP_GATEHOUSE_PAGE_H

/* System. */
#include <jansson.h>

/* Module. */
#include "ngx_http_gatehouse.h"

/* When what failed for no fault of the client's may be tried again, s. */
#define NGX_HTTP_GATEHOUSE_RETRY  5

/* Response headers.  `value` has to live as long as the request.  NGX_OK or NGX_ERROR. */
ngx_int_t ngx_http_gatehouse_header_add(ngx_http_request_t *r, const char *name,
    ngx_str_t *value);

/* A Location that nginx does not complete from the request's Host. */
ngx_int_t ngx_http_gatehouse_header_set_location(ngx_http_request_t *r, ngx_str_t *location);

/* Says when to try again. */
ngx_int_t ngx_http_gatehouse_header_retry_after(ngx_http_request_t *r, ngx_uint_t seconds);

/* Keeps the response out of every cache. */
ngx_int_t ngx_http_gatehouse_header_no_store(ngx_http_request_t *r);

/*
 * What every page of the portal is filled with: site, prefix, language, help phone, who
 * is signed in.  The caller adds its own and hands it to ngx_http_gatehouse_page_send.
 * NULL: no memory.
 */
json_t *ngx_http_gatehouse_page_context(ngx_http_request_t *r, const char *title);

/* Puts a message on top of the page; `kind` is `error` or `info`. */
void ngx_http_gatehouse_page_message(json_t *context, const char *kind, const char *text);

/*
 * Sends the page `name` filled with `context`, which it takes over.  Returns what a
 * content handler returns.
 */
ngx_int_t ngx_http_gatehouse_page_send(ngx_http_request_t *r, ngx_uint_t status,
    const char *name, json_t **context);

/* Sends the page that says what went wrong, by its status. */
ngx_int_t ngx_http_gatehouse_page_problem(ngx_http_request_t *r, ngx_uint_t status);

/*
 * Sends 403 to somebody who is signed in, but to none of the `realms` (names, ngx_str_t) that
 * the address is for.
 */
ngx_int_t ngx_http_gatehouse_page_wrong_realm(ngx_http_request_t *r,
    const ngx_array_t *realms);

/* Sends 429: the next try is taken in `seconds`; `text` says why, NULL: many failed. */
ngx_int_t ngx_http_gatehouse_page_wait(ngx_http_request_t *r, ngx_uint_t seconds,
    const char *text);

/*
 * The context of a page with a form that is posted to `path` below the prefix.  Takes
 * `rows` over (NULL afterwards).  NULL: no memory.
 */
json_t *ngx_http_gatehouse_page_form(ngx_http_request_t *r, const char *heading,
    const char *path, const char *submit, json_t **rows);

/* Sends the page that says that something is done, and where to go from there. */
ngx_int_t ngx_http_gatehouse_page_done(ngx_http_request_t *r, const char *heading,
    const char *text, const char *path, const char *label);

/* Answers 303 to `location`, which has to live as long as the request. */
ngx_int_t ngx_http_gatehouse_page_redirect(ngx_http_request_t *r, ngx_str_t *location);

/* Answers with `body`, which has to live as long as the request. */
ngx_int_t ngx_http_gatehouse_page_body(ngx_http_request_t *r, ngx_uint_t status,
    ngx_str_t *type, ngx_str_t *body);

#endif
