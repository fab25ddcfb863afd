/*
 * Healthz: whether this gateway can sign people in, for load balancers and monitors.
 */
#ifndef NGX_HTTP_GATEHOUSE_HEALTHZ_H
#define NGX_HTTP_GATEHOUSE_HEALTHZ_H

/* Module. */
#include "ngx_http_gatehouse.h"

/* GET: asks the directory.  200 when it can be used, else 503; a JSON object says why. */
ngx_int_t ngx_http_gatehouse_healthz(ngx_http_request_t *r);

#endif
