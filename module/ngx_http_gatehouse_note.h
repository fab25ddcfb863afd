/*
 * Notes: refusals in the audit trail that anybody can bring about as often as they like.
 *
 * An address gets one line a minute of a kind and account, which says how many it stands for, and
 * the gateway a bounded number, so that nobody fills a disk with them.
 */
#ifndef NGX_HTTP_GATEHOUSE_NOTE_H
#define NGX_HTTP_GATEHOUSE_NOTE_H

/* Module. */
#include "ngx_http_gatehouse.h"

/*
 * Writes an event of a request, unless it is one too many.  `realm` and `uid` may be NULL, and
 * are known to be somebody's; never what a stranger typed.
 */
void ngx_http_gatehouse_note(ngx_http_request_t *r, const char *event, const char *realm,
    const char *uid, const char *outcome);

#endif
