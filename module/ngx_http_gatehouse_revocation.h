/*
 * Revocations: sessions that ended before their time, in shared memory, for all workers.
 *
 * They may not be all: after a start those of before have to be read from the directory, and
 * a full zone takes no more.  Then a session is in doubt, until it was held against the
 * directory (ngx_http_gatehouse_hold.h) or a whole look at the marks has found room for all.
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
 * NGX_DECLINED when the zone is full of revocations that still count: none of those is ever
 * dropped.  Then sessions are in doubt, and the session is over as soon as the directory
 * knows.
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

/* Whether some revocation may be missing here. */
ngx_uint_t ngx_http_gatehouse_is_in_doubt(ngx_shm_zone_t *zone);

/*
 * How often one may have been missed: what is found out about a session in doubt counts as
 * long as this stays.
 */
ngx_atomic_uint_t ngx_http_gatehouse_missed(ngx_shm_zone_t *zone);

/*
 * All marks of the directory were read and remembered, by a look that began when
 * ngx_http_gatehouse_missed was `missed`.  Ends the doubt, unless one was missed since.
 */
void ngx_http_gatehouse_covered(ngx_shm_zone_t *zone, ngx_atomic_uint_t missed);

#endif
