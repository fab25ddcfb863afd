/*
 * Access: who may see a location, and what the others are told.
 */
#ifndef NGX_HTTP_GATEHOUSE_ACCESS_H
#define NGX_HTTP_GATEHOUSE_ACCESS_H

/* lib. */
#include "session/session.h"

/* Module. */
#include "ngx_http_gatehouse.h"

/* The ACCESS phase. */
ngx_int_t ngx_http_gatehouse_access(ngx_http_request_t *r);

#endif
