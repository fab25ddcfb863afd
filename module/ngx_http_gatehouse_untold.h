/*
 * Untold: sign-outs that could not be marked in the directory yet.
 *
 * They are over here, and the other gateways don't know.  They wait in the zone, over a reload
 * and whatever becomes of a worker, until the directory has taken them or they would have ended
 * by themselves.
 */
#ifndef NGX_HTTP_GATEHOUSE_UNTOLD_H
#define NGX_HTTP_GATEHOUSE_UNTOLD_H

/* lib. */
#include "session/session.h"

/* Module. */
#include "ngx_http_gatehouse.h"

/* One of them, on its own. */
typedef struct {
    char       realm[64];
    char       uid[256];
    char       id_text[GH_SESSION_ID_TEXT + 1];
    u_char     id[GH_SESSION_ID_SIZE];
    gh_time_t  end;         /* when it would have ended by itself */
} ngx_http_gatehouse_untold_t;

/* NGX_OK, or NGX_ERROR for names that are too long for any account's. */
ngx_int_t ngx_http_gatehouse_untold_set(ngx_http_gatehouse_untold_t *untold,
    const gh_session_t *session, gh_time_t end);

/* Keeps it, last in the line.  NGX_OK, or NGX_DECLINED: there is no room. */
ngx_int_t ngx_http_gatehouse_untold_keep(ngx_shm_zone_t *zone,
    const ngx_http_gatehouse_untold_t *untold);

/* Takes out the first.  NGX_OK, or NGX_DECLINED: there is none. */
ngx_int_t ngx_http_gatehouse_untold_take(ngx_shm_zone_t *zone,
    ngx_http_gatehouse_untold_t *untold);

#endif
