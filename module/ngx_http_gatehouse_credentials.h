/*
 * Credentials: user names with passwords that the directory has found good lately.
 *
 * What is kept is a MAC of them under a key that lives as long as the zone, and who it is;
 * no password, and nothing that a password could be tried against without the key.  All
 * workers share them; each has the ones it uses at hand.
 */
#ifndef NGX_HTTP_GATEHOUSE_CREDENTIALS_H
#define NGX_HTTP_GATEHOUSE_CREDENTIALS_H

/* Module. */
#include "ngx_http_gatehouse.h"
#include "ngx_http_gatehouse_opened.h"
#include "ngx_http_gatehouse_zone.h"

/* What stands for something secret: HMAC-SHA-256, cut to 128 bits (RFC 2104, section 5). */
typedef u_char  ngx_http_gatehouse_tag_t[NGX_HTTP_GATEHOUSE_KEY_SIZE];

/* This worker's, from `cycle->pool`; the zone is there.  NULL: logged. */
ngx_http_gatehouse_credentials_t *ngx_http_gatehouse_credentials_create(ngx_cycle_t *cycle,
    ngx_http_gatehouse_main_conf_t *gmcf);

/* The tag of `count` texts, each for itself.  NGX_OK or NGX_ERROR. */
ngx_int_t ngx_http_gatehouse_credentials_tag(ngx_http_gatehouse_main_conf_t *gmcf,
    const gh_text_t *texts, ngx_uint_t count, ngx_http_gatehouse_tag_t tag);

/*
 * Who somebody with credentials is: a session without an id, since there is none that
 * could be ended, begun when the directory was asked.  `texts` are realm, uid, entryUUID,
 * name and mail.  The caller frees it.  NULL: as gh_session_new.
 */
gh_session_t *ngx_http_gatehouse_credentials_person(const char *const texts[],
    gh_time_t asked);

/*
 * Who this worker has at hand under that tag, one user more.  NULL: nobody, or they have
 * to be asked for again.
 */
ngx_http_gatehouse_opened_t *ngx_http_gatehouse_credentials_recall(
    ngx_http_gatehouse_main_conf_t *gmcf, const ngx_http_gatehouse_tag_t tag);

/* Has them at hand under that tag from now on. */
void ngx_http_gatehouse_credentials_keep(ngx_http_gatehouse_main_conf_t *gmcf,
    const ngx_http_gatehouse_tag_t tag, ngx_http_gatehouse_opened_t *opened);

/*
 * Who any worker has found under that tag; the caller is its one user.  NULL: nobody, or
 * it has to be asked for again; `*is_known` then says whether it was good once and nothing
 * has been heard against it since.
 */
ngx_http_gatehouse_opened_t *ngx_http_gatehouse_credentials_find(
    ngx_http_gatehouse_main_conf_t *gmcf, const ngx_http_gatehouse_tag_t tag,
    ngx_uint_t *is_known);

/* The directory has found them good: tells all workers, as far as there is room. */
void ngx_http_gatehouse_credentials_add(ngx_http_gatehouse_main_conf_t *gmcf,
    const ngx_http_gatehouse_tag_t tag, const gh_session_t *session);

/* They are not good, or not any more. */
void ngx_http_gatehouse_credentials_forget(ngx_http_gatehouse_main_conf_t *gmcf,
    const ngx_http_gatehouse_tag_t tag);

#endif
