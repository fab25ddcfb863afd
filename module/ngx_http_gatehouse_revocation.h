/*
 * Revocations: sessions that ended before their time, in shared memory, for all workers.
 */
#ifndef NGX_HTTP_GATEHOUSE_REVOCATION_H
#define NGX_HTTP_GATEHOUSE_REVOCATION_H

/* lib. */
#include "session/session.h"

/* Module. */
#include "ngx_http_gatehouse.h"

/*
 * Ends the session for all workers, at once; it is remembered until `until` (seconds of
 * ngx_time(), when the session would have ended by itself).  Returns NGX_OK, or
 * NGX_ERROR, logged, when the zone is full of revocations that still count: none of those
 * is ever dropped.
 */
ngx_int_t ngx_http_gatehouse_revoke(ngx_shm_zone_t *zone,
    const u_char id[GH_SESSION_ID_SIZE], time_t until);

/*
 * Ends all sessions of the account with that entryUUID that did not begin later than
 * `not_before`, as above.
 */
ngx_int_t ngx_http_gatehouse_revoke_account(ngx_shm_zone_t *zone, const char *uuid,
    gh_time_t not_before, time_t until);

/* Whether the session was ended, by itself or with all of its account. */
ngx_uint_t ngx_http_gatehouse_is_revoked(ngx_shm_zone_t *zone, const gh_session_t *session);

#endif
