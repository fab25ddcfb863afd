/*
 * Signing out, here and everywhere.
 */
#ifndef NGX_HTTP_GATEHOUSE_SIGNOUT_H
#define NGX_HTTP_GATEHOUSE_SIGNOUT_H

/* lib. */
#include "web/form.h"

/* Module. */
#include "ngx_http_gatehouse.h"

/* POST /logout. */
void ngx_http_gatehouse_signout(ngx_http_request_t *r, gh_form_t *form);

/* POST /sessions, `all=1`. */
void ngx_http_gatehouse_signout_everywhere(ngx_http_request_t *r, gh_form_t *form);

#endif
