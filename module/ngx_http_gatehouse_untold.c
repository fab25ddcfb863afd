/*
 * Untold: records of the zone whose key is the session's id.
 */

/* Module. */
#include "ngx_http_gatehouse_untold.h"
#include "ngx_http_gatehouse_zone.h"

typedef struct {
    ngx_http_gatehouse_record_t  record;        /* MUST BE FIRST */
    ngx_http_gatehouse_untold_t  untold;
} ngx_http_gatehouse_untold_record_t;

ngx_int_t
ngx_http_gatehouse_untold_set(ngx_http_gatehouse_untold_t *untold,
    const gh_session_t *session, gh_time_t end)
{
    ngx_memzero(untold, sizeof(ngx_http_gatehouse_untold_t));

    if (ngx_strlen(session->realm) >= sizeof(untold->realm)
        || ngx_strlen(session->uid) >= sizeof(untold->uid))
    {
        return NGX_ERROR;
    }

    ngx_memcpy(untold->realm, session->realm, ngx_strlen(session->realm));
    ngx_memcpy(untold->uid, session->uid, ngx_strlen(session->uid));
    ngx_memcpy(untold->id_text, session->id_text, GH_SESSION_ID_TEXT);
    ngx_memcpy(untold->id, session->id, GH_SESSION_ID_SIZE);
    untold->end = end;

    return NGX_OK;
}

ngx_int_t
ngx_http_gatehouse_untold_keep(ngx_shm_zone_t *zone,
    const ngx_http_gatehouse_untold_t *untold)
{
    time_t                               until = untold->end / GH_SECOND + 1;
    ngx_http_gatehouse_zone_t           *shared = zone->data;
    ngx_http_gatehouse_untold_record_t  *kept;

    ngx_http_gatehouse_zone_lock(zone);

    kept = (ngx_http_gatehouse_untold_record_t *) ngx_http_gatehouse_records_find(
        &shared->untold, untold->id);

    if (kept == NULL) {
        kept = (ngx_http_gatehouse_untold_record_t *) ngx_http_gatehouse_records_add(
            zone, &shared->untold, sizeof(ngx_http_gatehouse_untold_record_t), untold->id,
            until);
    }

    if (kept != NULL) {
        kept->untold = *untold;
    }

    ngx_http_gatehouse_zone_unlock(zone);

    return kept != NULL ? NGX_OK : NGX_DECLINED;
}

ngx_int_t
ngx_http_gatehouse_untold_take(ngx_shm_zone_t *zone, ngx_http_gatehouse_untold_t *untold)
{
    ngx_http_gatehouse_zone_t    *shared = zone->data;
    ngx_http_gatehouse_record_t  *first;

    if (shared->untold.count == 0) {
        return NGX_DECLINED;
    }

    ngx_http_gatehouse_zone_lock(zone);

    first = ngx_http_gatehouse_records_first(&shared->untold);

    if (first != NULL) {
        *untold = ((ngx_http_gatehouse_untold_record_t *) first)->untold;
        ngx_http_gatehouse_records_drop(zone, &shared->untold, first);
    }

    ngx_http_gatehouse_zone_unlock(zone);

    return first != NULL ? NGX_OK : NGX_DECLINED;
}
