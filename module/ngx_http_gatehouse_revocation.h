/*
 * Revocations: sessions that ended before their time, in shared memory, for all workers.
 */
#ifndef NGX_HTTP_GATEHOUSE_REVOCATION_H
#define NGX_HTTP_GATEHOUSE_REVOCATION_H

/* lib. */
#include "session/session.h"

/* Module. */
#include "ngx_http_gatehouse.h"

/* Declares the zone, in the configuration phase.  NULL: logged. */
ngx_shm_zone_t *ngx_http_gatehouse_revocation_zone(ngx_conf_t *cf, size_t size);

/*
 * Ends the session for all workers, at once; it is remembered until `until` (seconds of
 * ngx_time(), when the session would have ended by itself).  Returns NGX_OK, or NGX_ERROR
 * when the zone is full of revocations that still count: none of those is ever dropped.
 */
ngx_int_t ngx_http_gatehouse_revoke(ngx_shm_zone_t *zone,
    const u_char id[GH_SESSION_ID_SIZE], time_t until);

/* Whether the session was ended. */
ngx_uint_t ngx_http_gatehouse_is_revoked(ngx_shm_zone_t *zone,
    const u_char id[GH_SESSION_ID_SIZE]);

#endif
