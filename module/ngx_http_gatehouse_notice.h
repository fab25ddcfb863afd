/*
 * Notices: letters that tell owners what happened to their account.
 */
#ifndef NGX_HTTP_GATEHOUSE_NOTICE_H
#define NGX_HTTP_GATEHOUSE_NOTICE_H

/* lib. */
#include "account/card.h"

/* Module. */
#include "ngx_http_gatehouse.h"

/*
 * Sends the template `letter` about `who` to `to`; nothing when there is no address or no
 * mail is configured.  A failure is in the audit trail and stops nothing.
 */
void ngx_http_gatehouse_notice(ngx_http_request_t *r, const gh_identity_card_t *who,
    const char *to, const char *letter);

#endif
