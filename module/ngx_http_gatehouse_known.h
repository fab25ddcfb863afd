/*
 * Known browsers: a sealed mark says whose account was signed in there, or given a new
 * password through a mailed link.  It opens nothing; whoever has it is throttled apart from
 * strangers.
 */
#ifndef NGX_HTTP_GATEHOUSE_KNOWN_H
#define NGX_HTTP_GATEHOUSE_KNOWN_H

/* lib. */
#include "account/card.h"
#include "config/realm.h"

/* Module. */
#include "ngx_http_gatehouse.h"

/* Whether the browser has the mark of that account, whose name may be spelled in any way. */
ngx_uint_t ngx_http_gatehouse_known_by(ngx_http_request_t *r, const gh_realm_t *realm,
    gh_text_t account);

/* Gives the browser the mark of `who`, in place of another's.  NGX_OK or NGX_ERROR. */
ngx_int_t ngx_http_gatehouse_known_mark(ngx_http_request_t *r, const gh_identity_card_t *who);

#endif
