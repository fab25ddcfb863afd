/*
 * Revocations: records of the zone whose key is the session's id, or the account's
 * entryUUID.
 */

/* Module. */
#include "ngx_http_gatehouse_revocation.h"
#include "ngx_http_gatehouse_zone.h"

_Static_assert(GH_SESSION_ID_SIZE == NGX_HTTP_GATEHOUSE_KEY_SIZE, "a session id is a key");

/* A full zone is complained of this often, in seconds. */
#define NGX_HTTP_GATEHOUSE_REVOCATION_PATIENCE  60

typedef struct {
    ngx_http_gatehouse_record_t  record;        /* MUST BE FIRST */
    gh_time_t                    not_before;    /* sessions up to this one are over; 0: one's own */
} ngx_http_gatehouse_revocation_t;

/*
 * The bytes of a UUID (RFC 4122, section 3); what is none gives a key as well, if a worse
 * one.
 */
static void
ngx_http_gatehouse_revocation_account(const char *uuid,
    u_char key[NGX_HTTP_GATEHOUSE_KEY_SIZE])
{
    ngx_int_t   digit;
    ngx_uint_t  n = 0;

    ngx_memzero(key, NGX_HTTP_GATEHOUSE_KEY_SIZE);

    for ( /* void */ ; *uuid != '\0' && n < 2 * NGX_HTTP_GATEHOUSE_KEY_SIZE; uuid++) {
        digit = ngx_hextoi((u_char *) uuid, 1);

        if (digit != NGX_ERROR) {
            key[n / 2] |= digit << (n % 2 == 0 ? 4 : 0);
            n++;
        }
    }
}

static ngx_int_t
ngx_http_gatehouse_revocation_put(ngx_shm_zone_t *zone,
    const u_char key[NGX_HTTP_GATEHOUSE_KEY_SIZE], gh_time_t not_before, time_t until)
{
    ngx_uint_t                        is_news;
    ngx_http_gatehouse_zone_t        *shared = zone->data;
    ngx_http_gatehouse_revocation_t  *revocation;

    ngx_http_gatehouse_zone_lock(zone);

    revocation = (ngx_http_gatehouse_revocation_t *) ngx_http_gatehouse_records_find(
        &shared->revocations, key);

    if (revocation == NULL) {
        revocation = (ngx_http_gatehouse_revocation_t *) ngx_http_gatehouse_records_add(
            zone, &shared->revocations, sizeof(ngx_http_gatehouse_revocation_t), key, until);

    } else {
        ngx_http_gatehouse_records_renew(&shared->revocations, &revocation->record,
                                         ngx_max(until, revocation->record.until));
    }

    if (revocation != NULL) {
        revocation->not_before = ngx_max(not_before, revocation->not_before);
        ngx_http_gatehouse_zone_unlock(zone);
        return NGX_OK;
    }

    shared->missed++;
    is_news = ngx_time() - shared->complained >= NGX_HTTP_GATEHOUSE_REVOCATION_PATIENCE;

    if (is_news) {
        shared->complained = ngx_time();
    }

    ngx_http_gatehouse_zone_unlock(zone);

    if (is_news) {
        ngx_log_error(NGX_LOG_CRIT, ngx_cycle->log, 0,
                      "gatehouse: no room to remember an ended session: each is held against "
                      "the directory until there is; give gatehouse_zone more than %uz bytes",
                      zone->shm.size);
    }

    return NGX_DECLINED;
}

ngx_int_t
ngx_http_gatehouse_revoke(ngx_shm_zone_t *zone, const u_char id[GH_SESSION_ID_SIZE],
    time_t until)
{
    return ngx_http_gatehouse_revocation_put(zone, id, 0, until);
}

ngx_int_t
ngx_http_gatehouse_revoke_account(ngx_shm_zone_t *zone, const char *uuid,
    gh_time_t not_before, time_t until)
{
    u_char  key[NGX_HTTP_GATEHOUSE_KEY_SIZE];

    ngx_http_gatehouse_revocation_account(uuid, key);

    return ngx_http_gatehouse_revocation_put(zone, key, not_before, until);
}

ngx_uint_t
ngx_http_gatehouse_is_revoked(ngx_shm_zone_t *zone, const gh_session_t *session)
{
    u_char                            key[NGX_HTTP_GATEHOUSE_KEY_SIZE];
    ngx_uint_t                        revoked;
    ngx_http_gatehouse_zone_t        *shared = zone->data;
    ngx_http_gatehouse_revocation_t  *account;

    if (shared->revocations.count == 0) {
        return 0;
    }

    ngx_http_gatehouse_revocation_account(session->uuid, key);

    ngx_http_gatehouse_zone_lock(zone);

    account = (ngx_http_gatehouse_revocation_t *) ngx_http_gatehouse_records_find(
        &shared->revocations, key);
    revoked = (account != NULL && session->signed_in <= account->not_before)
              || ngx_http_gatehouse_records_find(&shared->revocations, session->id) != NULL;

    ngx_http_gatehouse_zone_unlock(zone);

    return revoked;
}

ngx_uint_t
ngx_http_gatehouse_is_in_doubt(ngx_shm_zone_t *zone)
{
    ngx_http_gatehouse_zone_t  *shared = zone->data;

    return shared->missed != shared->covered;
}

ngx_atomic_uint_t
ngx_http_gatehouse_missed(ngx_shm_zone_t *zone)
{
    return ((ngx_http_gatehouse_zone_t *) zone->data)->missed;
}

void
ngx_http_gatehouse_covered(ngx_shm_zone_t *zone, ngx_atomic_uint_t missed)
{
    ngx_uint_t                  is_over, level;
    ngx_http_gatehouse_zone_t  *shared = zone->data;

    ngx_http_gatehouse_zone_lock(zone);

    is_over = shared->missed == missed && shared->covered != missed;
    level = shared->covered == 0 ? NGX_LOG_INFO : NGX_LOG_NOTICE;
    shared->covered = missed;

    ngx_http_gatehouse_zone_unlock(zone);

    if (is_over) {
        ngx_log_error(level, ngx_cycle->log, 0,
                      "gatehouse: all sessions that have ended are known here");
    }
}
