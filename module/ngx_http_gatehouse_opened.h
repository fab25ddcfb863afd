/*
 * Opened sessions: who somebody is, found out once and used by many.
 *
 * A worker's caches and the requests of the person share one; it goes with its last user.
 */
#ifndef NGX_HTTP_GATEHOUSE_OPENED_H
#define NGX_HTTP_GATEHOUSE_OPENED_H

/* lib. */
#include "session/session.h"

/* Module. */
#include "ngx_http_gatehouse.h"

typedef struct {
    gh_session_t       *session;
    ngx_uint_t          users;

    /* When the directory last said that it is alive, and how much had been missed by then. */
    ngx_uint_t          was_held;
    ngx_msec_t          held_at;
    ngx_atomic_uint_t   missed;
} ngx_http_gatehouse_opened_t;

/*
 * Takes the session over (`*session` is NULL afterwards, also on failure); the caller is
 * its one user.  NULL: no memory.
 */
ngx_http_gatehouse_opened_t *ngx_http_gatehouse_opened_create(gh_session_t **session);

/* One user more, who gets what was given. */
ngx_http_gatehouse_opened_t *ngx_http_gatehouse_opened_use(ngx_http_gatehouse_opened_t *opened);

/* One user less.  NULL is fine. */
void ngx_http_gatehouse_opened_release(ngx_http_gatehouse_opened_t *opened);

#endif
