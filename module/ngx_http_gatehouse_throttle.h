/*
 * The throttle: whoever was refused often waits before the next try.
 *
 * Refusals are counted per address and per account, over all workers.  Who has shown
 * something that only the owner has, such as a browser that signed the account in before
 * or a mailed link, is counted by itself, so that a stranger's guesses, from the same
 * address or not, don't slow the owner.  Neither do they slow the mail that lets the
 * owner back in.  Nobody is ever shut out for good; a directory that does not answer is
 * nobody's fault and is not counted.
 */
#ifndef NGX_HTTP_GATEHOUSE_THROTTLE_H
#define NGX_HTTP_GATEHOUSE_THROTTLE_H

/* lib. */
#include "base/text.h"

/* Module. */
#include "ngx_http_gatehouse.h"
#include "ngx_http_gatehouse_zone.h"

/* What speaks for whoever tries. */
typedef enum {
    NGX_HTTP_GATEHOUSE_STRANGER = 0,    /* nothing */
    NGX_HTTP_GATEHOUSE_OWNER,           /* a mark, a link, a ticket or a session of the account */
    NGX_HTTP_GATEHOUSE_MAIL,            /* nothing; what they ask for goes to the owner */
    NGX_HTTP_GATEHOUSE_NEWCOMER         /* nothing; counted are accounts that were set up */
} ngx_http_gatehouse_standing_t;

/* Who a try is counted for. */
typedef struct {
    u_char      keys[2][NGX_HTTP_GATEHOUSE_KEY_SIZE];   /* the address, the account */
    ngx_uint_t  count;                                  /* of them; 0: exempt */
    ngx_uint_t  free;                                   /* how many cost no time */
} ngx_http_gatehouse_try_t;

/* Parses throttle.exempt, in the configuration phase.  NGX_OK or NGX_ERROR, logged. */
ngx_int_t ngx_http_gatehouse_throttle_init(ngx_conf_t *cf,
    ngx_http_gatehouse_main_conf_t *gmcf);

/*
 * Says who the request's try counts for: the client's address (after nginx's realip) and
 * the account, in whichever spelling (gh_throttle_account()), or, for an owner, the
 * account's owners alone; `realm` may be NULL.  `account` empty, or a
 * newcomer: the address alone, for the latter apart from its refusals and with twice as many
 * that cost no time.
 */
void ngx_http_gatehouse_throttle_try(ngx_http_request_t *r, ngx_http_gatehouse_try_t *try,
    const gh_realm_t *realm, gh_text_t account, ngx_http_gatehouse_standing_t standing);

/* Seconds until the next try is taken; 0: now. */
ngx_uint_t ngx_http_gatehouse_throttle_wait(ngx_http_request_t *r,
    const ngx_http_gatehouse_try_t *try);

/*
 * A key for the client's address and `text`, such as an account, which may be empty.  Keys of
 * another `kind` differ.  NGX_OK or NGX_ERROR.
 */
ngx_int_t ngx_http_gatehouse_throttle_address_key(ngx_http_request_t *r,
    u_char key[NGX_HTTP_GATEHOUSE_KEY_SIZE], const char *kind, gh_text_t text);

/* Counts a refusal, or for a newcomer an account. */
void ngx_http_gatehouse_throttle_refused(ngx_http_request_t *r,
    const ngx_http_gatehouse_try_t *try);

/*
 * After how many ms a refusal may leave, and what else reads the same for everybody: all
 * together (gh_pace_leave()), so that what is left of the difference between an unknown name
 * and a known one does not show, and guessing is slow.
 */
ngx_msec_t ngx_http_gatehouse_throttle_pause(ngx_http_request_t *r);

#endif
