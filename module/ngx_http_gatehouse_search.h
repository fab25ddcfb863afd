/*
 * The search without log-in: contractors on file, and a page for each.
 */
#ifndef NGX_HTTP_GATEHOUSE_SEARCH_H
#define NGX_HTTP_GATEHOUSE_SEARCH_H

/* Module. */
#include "ngx_http_gatehouse.h"

/* GET /contractors, with `q` and `page`. */
ngx_int_t ngx_http_gatehouse_search(ngx_http_request_t *r);

/* GET /contractors/LICENSE. */
ngx_int_t ngx_http_gatehouse_search_one(ngx_http_request_t *r);

#endif
