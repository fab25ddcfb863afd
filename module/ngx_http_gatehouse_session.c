/*
 * Sessions of requests.
 *
 * Opening a cookie costs an AES-GCM and a JSON parse.  A worker remembers the cookies it
 * opened lately, by their full text, so that most requests cost a comparison; whether the
 * session is still good is asked each time.
 */

/* System. */
#include <stdlib.h>

/* lib. */
#include "base/secret.h"
#include "session/seal.h"

/* Module. */
#include "ngx_http_gatehouse_cookie.h"
#include "ngx_http_gatehouse_known.h"
#include "ngx_http_gatehouse_metrics.h"
#include "ngx_http_gatehouse_opened.h"
#include "ngx_http_gatehouse_revocation.h"
#include "ngx_http_gatehouse_session.h"

/* Cookies remembered per worker; each costs about 1 kB. */
#define NGX_HTTP_GATEHOUSE_SESSIONS  256

/* A tenth of the idle time may pass before the cookie is set anew. */
#define NGX_HTTP_GATEHOUSE_TOUCH  10

/* What was found out about a session in doubt holds for this long; ms. */
#define NGX_HTTP_GATEHOUSE_HELD  1000

typedef struct {
    gh_buf_t                          cookie;
    ngx_http_gatehouse_opened_t      *opened;       /* NULL: the slot is empty */
} ngx_http_gatehouse_slot_t;

struct ngx_http_gatehouse_sessions_s {
    ngx_http_gatehouse_slot_t         slots[NGX_HTTP_GATEHOUSE_SESSIONS];
};

typedef enum {
    NGX_HTTP_GATEHOUSE_DOUBTED = 0,     /* the directory is to be asked first */
    NGX_HTTP_GATEHOUSE_UNKNOWN,         /* it could not say */
    NGX_HTTP_GATEHOUSE_GOOD
} ngx_http_gatehouse_doubt_e;

/* What a request has found out, once. */
typedef struct {
    ngx_http_gatehouse_opened_t      *opened;       /* NULL: nobody is signed in */
    ngx_http_gatehouse_doubt_e        doubt;
    ngx_atomic_uint_t                 missed;       /* when it began */
} ngx_http_gatehouse_ctx_t;

gh_time_t
ngx_http_gatehouse_now(void)
{
    ngx_time_t  *tp = ngx_timeofday();

    return tp->sec * GH_SECOND + tp->msec * (GH_SECOND / 1000);
}


/* The cache. */

static void
ngx_http_gatehouse_slot_clear(ngx_http_gatehouse_slot_t *slot)
{
    ngx_http_gatehouse_opened_release(slot->opened);
    slot->opened = NULL;
    gh_secret_wipe(slot->cookie.data, slot->cookie.len);
    gh_buf_reset(&slot->cookie);
}

static void
ngx_http_gatehouse_sessions_cleanup(void *data)
{
    ngx_uint_t                      i;
    ngx_http_gatehouse_sessions_t  *sessions = data;

    for (i = 0; i < NGX_HTTP_GATEHOUSE_SESSIONS; i++) {
        ngx_http_gatehouse_slot_clear(&sessions->slots[i]);
        gh_buf_cleanup(&sessions->slots[i].cookie);
    }
}

ngx_http_gatehouse_sessions_t *
ngx_http_gatehouse_sessions_create(ngx_cycle_t *cycle)
{
    ngx_pool_cleanup_t  *cln;

    cln = ngx_pool_cleanup_add(cycle->pool, sizeof(ngx_http_gatehouse_sessions_t));

    if (cln == NULL) {
        return NULL;
    }

    ngx_memzero(cln->data, sizeof(ngx_http_gatehouse_sessions_t));
    cln->handler = ngx_http_gatehouse_sessions_cleanup;

    return cln->data;
}

/* Opens the cookie or finds it opened; one user more.  NULL: not a session of ours. */
static ngx_http_gatehouse_opened_t *
ngx_http_gatehouse_sessions_open(ngx_http_gatehouse_main_conf_t *gmcf, gh_text_t cookie)
{
    uint32_t                      hash;
    gh_session_t                 *session;
    ngx_http_gatehouse_slot_t    *slot;
    ngx_http_gatehouse_opened_t  *opened;

    if (gh_text_is_empty(cookie) || cookie.len > GH_SEAL_TEXT_MAX) {
        return NULL;
    }

    hash = ngx_murmur_hash2((u_char *) cookie.data, cookie.len);
    slot = &gmcf->sessions->slots[hash % NGX_HTTP_GATEHOUSE_SESSIONS];

    if (slot->opened == NULL || !gh_text_equal(gh_buf_text(&slot->cookie), cookie)) {
        session = gh_session_open(cookie, gmcf->keyring);

        if (session == NULL) {
            return NULL;
        }

        opened = ngx_http_gatehouse_opened_create(&session);

        if (opened == NULL) {
            return NULL;
        }

        ngx_http_gatehouse_slot_clear(slot);

        if (gh_buf_add_text(&slot->cookie, cookie) != 0) {
            return opened;
        }

        slot->opened = opened;
    }

    return ngx_http_gatehouse_opened_use(slot->opened);
}


/* The session of a request. */

static void
ngx_http_gatehouse_ctx_cleanup(void *data)
{
    ngx_http_gatehouse_ctx_t  *ctx = data;

    ngx_http_gatehouse_opened_release(ctx->opened);
}

/*
 * The context of the request; NULL: there is none yet.  An internal redirect forgets r->ctx, a
 * subrequest begins without one, and meanwhile the cookie may have been cut: the cleanup that the
 * context hangs on is what stays.
 */
static ngx_http_gatehouse_ctx_t *
ngx_http_gatehouse_ctx_find(ngx_http_request_t *r)
{
    ngx_pool_cleanup_t        *cln;
    ngx_http_gatehouse_ctx_t  *ctx;

    ctx = ngx_http_get_module_ctx(r, ngx_http_gatehouse_module);

    for (cln = r->pool->cleanup; ctx == NULL && cln != NULL; cln = cln->next) {
        if (cln->handler == ngx_http_gatehouse_ctx_cleanup) {
            ctx = cln->data;
            ngx_http_set_ctx(r, ctx, ngx_http_gatehouse_module);
        }
    }

    return ctx;
}

static ngx_http_gatehouse_ctx_t *
ngx_http_gatehouse_ctx_create(ngx_http_request_t *r)
{
    ngx_pool_cleanup_t        *cln;
    ngx_http_gatehouse_ctx_t  *ctx;

    cln = ngx_pool_cleanup_add(r->pool, sizeof(ngx_http_gatehouse_ctx_t));

    if (cln == NULL) {
        return NULL;
    }

    ctx = cln->data;
    ngx_memzero(ctx, sizeof(ngx_http_gatehouse_ctx_t));
    cln->handler = ngx_http_gatehouse_ctx_cleanup;
    ngx_http_set_ctx(r, ctx, ngx_http_gatehouse_module);

    return ctx;
}

static ngx_uint_t
ngx_http_gatehouse_session_is_good(ngx_http_gatehouse_main_conf_t *gmcf,
    const gh_session_t *session)
{
    const gh_session_settings_t  *settings = &gmcf->config->session;

    return gh_session_is_alive(session, settings->lifetime, settings->idle,
                               ngx_http_gatehouse_now())
           && gh_config_realm(gmcf->config, gh_text(session->realm)) != NULL
           && !ngx_http_gatehouse_is_revoked(gmcf->zone, session);
}

/* Whether it need not be asked about: all that ended is known, or it was just held. */
static ngx_uint_t
ngx_http_gatehouse_session_is_beyond_doubt(ngx_shm_zone_t *zone,
    const ngx_http_gatehouse_opened_t *opened)
{
    return !ngx_http_gatehouse_is_in_doubt(zone)
           || (opened->was_held && opened->missed == ngx_http_gatehouse_missed(zone)
               && ngx_current_msec - opened->held_at < NGX_HTTP_GATEHOUSE_HELD);
}

static void
ngx_http_gatehouse_ctx_forget(ngx_http_gatehouse_ctx_t *ctx)
{
    ngx_http_gatehouse_opened_release(ctx->opened);
    ctx->opened = NULL;
}

/* The context of the request, its cookie opened.  NULL: no memory. */
static ngx_http_gatehouse_ctx_t *
ngx_http_gatehouse_ctx(ngx_http_request_t *r)
{
    gh_text_t                        cookie;
    ngx_http_gatehouse_ctx_t        *ctx = ngx_http_gatehouse_ctx_find(r);
    ngx_http_gatehouse_main_conf_t  *gmcf = ngx_http_gatehouse_main_conf(r);

    if (ctx != NULL) {
        return ctx;
    }

    ctx = ngx_http_gatehouse_ctx_create(r);

    if (ctx == NULL) {
        return NULL;
    }

    ctx->missed = ngx_http_gatehouse_missed(gmcf->zone);
    cookie = ngx_http_gatehouse_cookie_get(r, &gmcf->cookie);

    if (gh_text_is_empty(cookie)) {
        return ctx;
    }

    ctx->opened = ngx_http_gatehouse_sessions_open(gmcf, cookie);

    if (ctx->opened == NULL
        || !ngx_http_gatehouse_session_is_good(gmcf, ctx->opened->session))
    {
        ngx_http_gatehouse_metrics_checked(NGX_HTTP_GATEHOUSE_SESSION_REFUSED);
        ngx_http_gatehouse_ctx_forget(ctx);
        return ctx;
    }

    ngx_http_gatehouse_metrics_checked(NGX_HTTP_GATEHOUSE_SESSION_GOOD);

    if (ngx_http_gatehouse_session_is_beyond_doubt(gmcf->zone, ctx->opened)) {
        ctx->doubt = NGX_HTTP_GATEHOUSE_GOOD;
    }

    return ctx;
}

const gh_session_t *
ngx_http_gatehouse_session(ngx_http_request_t *r)
{
    ngx_http_gatehouse_ctx_t  *ctx = ngx_http_gatehouse_ctx(r);

    if (ctx == NULL || ctx->opened == NULL || ctx->doubt != NGX_HTTP_GATEHOUSE_GOOD) {
        return NULL;
    }

    return ctx->opened->session;
}

const gh_session_t *
ngx_http_gatehouse_session_doubted(ngx_http_request_t *r)
{
    ngx_http_gatehouse_ctx_t  *ctx = ngx_http_gatehouse_ctx(r);

    if (ctx == NULL || ctx->opened == NULL || ctx->doubt != NGX_HTTP_GATEHOUSE_DOUBTED) {
        return NULL;
    }

    return ctx->opened->session;
}

ngx_uint_t
ngx_http_gatehouse_session_is_unknown(ngx_http_request_t *r)
{
    ngx_http_gatehouse_ctx_t  *ctx = ngx_http_gatehouse_ctx(r);

    return ctx != NULL && ctx->opened != NULL && ctx->doubt == NGX_HTTP_GATEHOUSE_UNKNOWN;
}

void
ngx_http_gatehouse_session_held(ngx_http_request_t *r, gh_hold_t hold)
{
    ngx_http_gatehouse_ctx_t        *ctx = ngx_http_gatehouse_ctx(r);
    ngx_http_gatehouse_main_conf_t  *gmcf = ngx_http_gatehouse_main_conf(r);

    if (ctx == NULL || ctx->opened == NULL) {
        return;
    }

    /* It may have ended here while the directory was asked. */
    if (hold == GH_HOLD_ENDED
        || !ngx_http_gatehouse_session_is_good(gmcf, ctx->opened->session))
    {
        ngx_http_gatehouse_ctx_forget(ctx);
        return;
    }

    if (hold != GH_HOLD_ALIVE) {
        ctx->doubt = NGX_HTTP_GATEHOUSE_UNKNOWN;
        return;
    }

    ctx->doubt = NGX_HTTP_GATEHOUSE_GOOD;
    ctx->opened->was_held = 1;
    ctx->opened->held_at = ngx_current_msec;
    ctx->opened->missed = ctx->missed;
}


/* Beginning, going on, ending. */

static ngx_int_t
ngx_http_gatehouse_session_cookie(ngx_http_request_t *r, const gh_session_t *session)
{
    gh_buf_t                         sealed;
    ngx_int_t                        rc = NGX_ERROR;
    ngx_http_gatehouse_main_conf_t  *gmcf = ngx_http_gatehouse_main_conf(r);

    gh_buf_init(&sealed);

    if (gh_session_seal(session, gmcf->keyring, &sealed) == 0) {
        rc = ngx_http_gatehouse_cookie_set(r, &gmcf->cookie, gh_buf_text(&sealed));
    }

    gh_buf_cleanup(&sealed);

    return rc;
}

ngx_int_t
ngx_http_gatehouse_session_begin_for(ngx_http_request_t *r, const gh_identity_card_t *who)
{
    ngx_int_t      rc;
    gh_session_t  *session;

    /* Strictly later than a mark that this very request has set. */
    session = gh_session_new(who->realm->name, who->uid, who->uuid, who->name, who->mail,
                             ngx_http_gatehouse_now() + 1);

    if (session == NULL) {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    rc = ngx_http_gatehouse_session_cookie(r, session);
    gh_session_free(session);

    if (rc != NGX_OK || ngx_http_gatehouse_known_mark(r, who) != NGX_OK) {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    return NGX_OK;
}

ngx_int_t
ngx_http_gatehouse_session_rename(ngx_http_request_t *r, const gh_identity_card_t *who)
{
    gh_session_t        renamed;
    const gh_session_t *session = ngx_http_gatehouse_session(r);

    if (session == NULL) {
        return NGX_OK;
    }

    /* Borrows all texts for the length of this call. */
    renamed = *session;
    renamed.name = who->name;
    renamed.mail = who->mail;

    return ngx_http_gatehouse_session_cookie(r, &renamed);
}

void
ngx_http_gatehouse_end_all(ngx_http_gatehouse_main_conf_t *gmcf, const char *uuid,
    gh_time_t now)
{
    time_t  until = (now + gmcf->config->session.lifetime) / GH_SECOND + 1;

    (void) ngx_http_gatehouse_revoke_account(gmcf->zone, uuid, now, until);
}

ngx_int_t
ngx_http_gatehouse_session_touch(ngx_http_request_t *r)
{
    gh_time_t                        now = ngx_http_gatehouse_now();
    gh_session_t                     seen;
    const gh_session_t              *session = ngx_http_gatehouse_session(r);
    ngx_http_gatehouse_main_conf_t  *gmcf = ngx_http_gatehouse_main_conf(r);

    if (session == NULL
        || now - session->seen < gmcf->config->session.idle / NGX_HTTP_GATEHOUSE_TOUCH)
    {
        return NGX_OK;
    }

    /* Borrows all texts for the length of this call. */
    seen = *session;
    seen.seen = now;

    return ngx_http_gatehouse_session_cookie(r, &seen);
}

ngx_int_t
ngx_http_gatehouse_session_end(ngx_http_request_t *r)
{
    time_t                           until;
    const gh_session_t              *session = ngx_http_gatehouse_session(r);
    ngx_http_gatehouse_main_conf_t  *gmcf = ngx_http_gatehouse_main_conf(r);

    if (session != NULL) {
        until = (session->signed_in + gmcf->config->session.lifetime) / GH_SECOND + 1;

        (void) ngx_http_gatehouse_revoke(gmcf->zone, session->id, until);
    }

    return ngx_http_gatehouse_cookie_set(r, &gmcf->cookie, gh_text(NULL));
}
