/*
 * Hold: a session in doubt is held against the directory before it counts.
 *
 * In doubt it is from the start of nginx until the first look at the marks has succeeded, and
 * while more sessions have ended than the zone has room for.
 */
#ifndef NGX_HTTP_GATEHOUSE_HOLD_H
#define NGX_HTTP_GATEHOUSE_HOLD_H

/* Module. */
#include "ngx_http_gatehouse.h"

/*
 * The PREACCESS phase, which subrequests and internal redirects go through as well: asks the
 * directory wherever a session counts.  Where it can't say, nobody is signed in, and
 * ngx_http_gatehouse_session_is_unknown tells so.
 */
ngx_int_t ngx_http_gatehouse_hold(ngx_http_request_t *r);

#endif
