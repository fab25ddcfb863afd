/*
 * Sessions of requests: who a request's cookie says is signed in.
 */
#ifndef NGX_HTTP_GATEHOUSE_SESSION_H
#define NGX_HTTP_GATEHOUSE_SESSION_H

/* lib. */
#include "account/card.h"
#include "account/hold.h"
#include "session/session.h"

/* Module. */
#include "ngx_http_gatehouse.h"

/*
 * The clock of sessions: the event loop's, so that a session never begins after a
 * request.
 */
gh_time_t ngx_http_gatehouse_now(void);

/* This worker's cache of opened cookies, from `cycle->pool`.  NULL: no memory. */
ngx_http_gatehouse_sessions_t *ngx_http_gatehouse_sessions_create(ngx_cycle_t *cycle);

/*
 * The session of the request's cookie; NULL: nobody is signed in, as far as is known.  It
 * lives as long as the request and stays the same through its internal redirects and
 * subrequests.  Touches no directory.
 */
const gh_session_t *ngx_http_gatehouse_session(ngx_http_request_t *r);

/*
 * The session of a request that has to be held against the directory before it counts;
 * NULL: there is none, or that was done.
 */
const gh_session_t *ngx_http_gatehouse_session_doubted(ngx_http_request_t *r);

/* Says what came of it. */
void ngx_http_gatehouse_session_held(ngx_http_request_t *r, gh_hold_t hold);

/* Whether there is a session of which the directory could not say whether it has ended. */
ngx_uint_t ngx_http_gatehouse_session_is_unknown(ngx_http_request_t *r);

/*
 * Signs `who` in: sets the cookie of a new session, and marks the browser as known.  NGX_OK
 * or NGX_HTTP_INTERNAL_SERVER_ERROR.
 */
ngx_int_t ngx_http_gatehouse_session_begin_for(ngx_http_request_t *r,
    const gh_identity_card_t *who);

/* The session goes on under another name and mail address.  NGX_OK or NGX_ERROR. */
ngx_int_t ngx_http_gatehouse_session_rename(ngx_http_request_t *r,
    const gh_identity_card_t *who);

/*
 * Ends all sessions of the account with that entryUUID that began until `now`, for all
 * workers of this gateway.  Belongs behind the mark that says so in the directory: where the
 * zone has no room, sessions are held against that from here on.
 */
void ngx_http_gatehouse_end_all(ngx_http_gatehouse_main_conf_t *gmcf, const char *uuid,
    gh_time_t now);

/*
 * Signs out: the session ends for all workers, the cookie goes; where the zone has no room, as
 * above.  NGX_OK or NGX_ERROR.
 */
ngx_int_t ngx_http_gatehouse_session_end(ngx_http_request_t *r);

/* Sets the cookie anew when a tenth of the idle time has passed since it was last set. */
ngx_int_t ngx_http_gatehouse_session_touch(ngx_http_request_t *r);

#endif
