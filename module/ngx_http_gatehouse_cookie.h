/*
 * Cookies of ours: read from a request, set on a response.
 */
#ifndef NGX_HTTP_GATEHOUSE_COOKIE_H
#define NGX_HTTP_GATEHOUSE_COOKIE_H

/* lib. */
#include "base/text.h"

/* Module. */
#include "ngx_http_gatehouse.h"

/* What the cookies of this configuration are called, from `pool`.  NGX_ERROR: no memory. */
ngx_int_t ngx_http_gatehouse_cookie_names(ngx_conf_t *cf,
    ngx_http_gatehouse_main_conf_t *gmcf);

/*
 * The value of the cookie `name` in the request as it came; empty when it is not there,
 * or there more than once: then somebody else set one of them.
 */
gh_text_t ngx_http_gatehouse_cookie_get(ngx_http_request_t *r, ngx_str_t *name);

/* Sets the cookie for as long as the browser runs; an empty value takes it back. */
ngx_int_t ngx_http_gatehouse_cookie_set(ngx_http_request_t *r, ngx_str_t *name,
    gh_text_t value);

/* The same for `seconds`, also when the browser ends before; below zero: as above. */
ngx_int_t ngx_http_gatehouse_cookie_keep(ngx_http_request_t *r, ngx_str_t *name,
    gh_text_t value, time_t seconds);

#endif
