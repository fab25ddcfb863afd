/*
 * Exposition: the metrics as Prometheus reads them (text format 0.0.4).
 */
#ifndef NGX_HTTP_GATEHOUSE_EXPOSITION_H
#define NGX_HTTP_GATEHOUSE_EXPOSITION_H

/* Module. */
#include "ngx_http_gatehouse.h"

/* The content of a location with gatehouse_metrics, by GET. */
ngx_int_t ngx_http_gatehouse_exposition(ngx_http_request_t *r);

#endif
