/*
 * The portal: the pages below its prefix.
 */
#ifndef NGX_HTTP_GATEHOUSE_PORTAL_H
#define NGX_HTTP_GATEHOUSE_PORTAL_H

/* lib. */
#include "base/text.h"

/* Module. */
#include "ngx_http_gatehouse.h"

/* The content handler of `gatehouse_portal`. */
ngx_int_t ngx_http_gatehouse_portal(ngx_http_request_t *r);

/* A path below the prefix, from the request's pool; empty: no memory. */
ngx_str_t ngx_http_gatehouse_portal_path(ngx_http_request_t *r, const char *path);

/* Answers 303 to a path below the prefix. */
ngx_int_t ngx_http_gatehouse_portal_go(ngx_http_request_t *r, const char *path);

/* The same with `?next=` behind it, unless `next` is empty. */
ngx_int_t ngx_http_gatehouse_portal_go_by(ngx_http_request_t *r, const char *path,
    gh_text_t next);

/* The last step of the request's path: `1012345` of `/account/contractors/1012345`. */
gh_text_t ngx_http_gatehouse_portal_tail(ngx_http_request_t *r);

#endif
