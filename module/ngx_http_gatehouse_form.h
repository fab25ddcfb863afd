/*
 * Forms of the portal: the body of a POST read, decoded and checked.
 */
#ifndef NGX_HTTP_GATEHOUSE_FORM_H
#define NGX_HTTP_GATEHOUSE_FORM_H

/* lib. */
#include "web/form.h"

/* Module. */
#include "ngx_http_gatehouse.h"

#define NGX_HTTP_GATEHOUSE_BODY_MAX  65536      /* bytes of a form */

/*
 * Goes on with a form that was read and whose `csrf` is good; ends the request by
 * finalizing it.
 */
typedef void (*ngx_http_gatehouse_form_pt)(ngx_http_request_t *r, gh_form_t *form);

/*
 * Reads the request's form and calls `handler`; what is not a form, or not from one of
 * our pages, is answered here.  The form goes, wiped, with the request.  Returns what a
 * content handler returns.
 */
ngx_int_t ngx_http_gatehouse_form_read(ngx_http_request_t *r,
    ngx_http_gatehouse_form_pt handler);

#endif
