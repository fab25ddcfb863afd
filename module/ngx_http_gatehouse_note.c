/*
 * Notes: records of the zone, the first to go when it is full.
 */

/* Module. */
#include "ngx_http_gatehouse_audit.h"
#include "ngx_http_gatehouse_note.h"
#include "ngx_http_gatehouse_throttle.h"
#include "ngx_http_gatehouse_zone.h"

/* One line of a kind for an address and an account in that time; s. */
#define NGX_HTTP_GATEHOUSE_NOTE_PAUSE  60

/* Lines of a gateway in that time. */
#define NGX_HTTP_GATEHOUSE_NOTES       600

typedef struct {
    ngx_http_gatehouse_record_t  record;        /* MUST BE FIRST */
    time_t                       written;       /* of ngx_time() */
    ngx_uint_t                   left_out;      /* since then */
} ngx_http_gatehouse_note_t;

/* Whether the gateway may write one more in this minute. */
static ngx_uint_t
ngx_http_gatehouse_note_is_free(ngx_http_gatehouse_zone_t *shared)
{
    if (ngx_time() - shared->notes_since >= NGX_HTTP_GATEHOUSE_NOTE_PAUSE) {
        shared->notes_since = ngx_time();
        shared->notes_written = 0;
    }

    return shared->notes_written++ < NGX_HTTP_GATEHOUSE_NOTES;
}

/*
 * Counts one.  Whether it is to be written; then `*left_out` is how many were not since the
 * last.
 */
static ngx_uint_t
ngx_http_gatehouse_note_count(ngx_shm_zone_t *zone,
    const u_char key[NGX_HTTP_GATEHOUSE_KEY_SIZE], ngx_uint_t *left_out)
{
    time_t                      until = ngx_time() + 2 * NGX_HTTP_GATEHOUSE_NOTE_PAUSE;
    ngx_http_gatehouse_note_t  *note;
    ngx_http_gatehouse_zone_t  *shared = zone->data;

    *left_out = 0;
    note = (ngx_http_gatehouse_note_t *) ngx_http_gatehouse_records_find(&shared->notes, key);

    if (note == NULL) {
        note = (ngx_http_gatehouse_note_t *) ngx_http_gatehouse_records_add(
            zone, &shared->notes, sizeof(ngx_http_gatehouse_note_t), key, until);

        /* Without room it is not known whether it is one too many. */
        if (note == NULL) {
            return 0;
        }

    } else if (ngx_time() - note->written < NGX_HTTP_GATEHOUSE_NOTE_PAUSE) {
        note->left_out++;
        return 0;
    }

    if (!ngx_http_gatehouse_note_is_free(shared)) {
        note->left_out++;
        return 0;
    }

    ngx_http_gatehouse_records_renew(&shared->notes, &note->record, until);
    *left_out = note->left_out;
    note->left_out = 0;
    note->written = ngx_time();

    return 1;
}

void
ngx_http_gatehouse_note(ngx_http_request_t *r, const char *event, const char *realm,
    const char *uid, const char *outcome)
{
    char                             reason[64] = "";
    u_char                           key[NGX_HTTP_GATEHOUSE_KEY_SIZE];
    ngx_uint_t                       is_written, left_out;
    ngx_http_gatehouse_origin_t      origin;
    ngx_http_gatehouse_main_conf_t  *gmcf = ngx_http_gatehouse_main_conf(r);

    if (gmcf->trail == NULL
        || ngx_http_gatehouse_throttle_address_key(r, key, event, gh_text(uid)) != NGX_OK)
    {
        return;
    }

    ngx_http_gatehouse_zone_lock(gmcf->zone);
    is_written = ngx_http_gatehouse_note_count(gmcf->zone, key, &left_out);
    ngx_http_gatehouse_zone_unlock(gmcf->zone);

    if (!is_written) {
        return;
    }

    if (left_out > 0) {
        (void) snprintf(reason, sizeof(reason), "%lu more since the last one",
                        (unsigned long) left_out);
    }

    ngx_http_gatehouse_origin_set(&origin, r);
    ngx_http_gatehouse_audit_origin(gmcf, &origin, event, realm, uid, outcome, reason);
}
