/*
 * Credentials: records of the zone whose key is their tag, and a table of one worker.
 *
 * A record outlives the time for which it is believed: who presents what was good before
 * is the owner for the throttle, as a browser is that has signed in before.
 */

/* OpenSSL. */
#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/params.h>

/* Module. */
#include "ngx_http_gatehouse_credentials.h"
#include "ngx_http_gatehouse_revocation.h"
#include "ngx_http_gatehouse_session.h"

/* At hand per worker; each costs about 500 bytes. */
#define NGX_HTTP_GATEHOUSE_CREDENTIALS       256

/* What was good is known for this long, s. */
#define NGX_HTTP_GATEHOUSE_CREDENTIALS_KNOWN  (24 * 3600)

/* Texts of a record, and bytes of all of them: more than a session's take. */
#define NGX_HTTP_GATEHOUSE_CREDENTIAL_TEXTS  5
#define NGX_HTTP_GATEHOUSE_CREDENTIAL_SIZE   1024

typedef struct {
    ngx_http_gatehouse_tag_t         tag;
    ngx_http_gatehouse_opened_t     *opened;        /* NULL: the place is empty */
} ngx_http_gatehouse_at_hand_t;

struct ngx_http_gatehouse_credentials_s {
    EVP_MAC_CTX                     *mac;           /* has the key; used by one at a time */
    ngx_http_gatehouse_at_hand_t     at_hand[NGX_HTTP_GATEHOUSE_CREDENTIALS];
};

typedef struct {
    ngx_http_gatehouse_record_t      record;        /* MUST BE FIRST */
    gh_time_t                        asked;         /* when the directory was */
    size_t                           len;           /* of all texts, bytes */
    char                             texts[];       /* realm, uid, uuid, name, mail; each ends
                                                       with a NUL */
} ngx_http_gatehouse_credential_t;


/* Tags. */

static void
ngx_http_gatehouse_credentials_cleanup(void *data)
{
    ngx_uint_t                         i;
    ngx_http_gatehouse_credentials_t  *credentials = data;

    for (i = 0; i < NGX_HTTP_GATEHOUSE_CREDENTIALS; i++) {
        ngx_http_gatehouse_opened_release(credentials->at_hand[i].opened);
    }

    EVP_MAC_CTX_free(credentials->mac);
}

/* A MAC that has the zone's key.  NULL: it can't be made. */
static EVP_MAC_CTX *
ngx_http_gatehouse_credentials_mac(ngx_http_gatehouse_zone_t *shared)
{
    EVP_MAC      *hmac = EVP_MAC_fetch(NULL, "HMAC", NULL);
    EVP_MAC_CTX  *mac = EVP_MAC_CTX_new(hmac);
    OSSL_PARAM    params[] = {
        OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, (char *) "SHA256", 0),
        OSSL_PARAM_construct_end()
    };

    /* The context holds on to it. */
    EVP_MAC_free(hmac);

    if (mac != NULL
        && EVP_MAC_init(mac, shared->mac_key, NGX_HTTP_GATEHOUSE_MAC_SIZE, params) != 1)
    {
        EVP_MAC_CTX_free(mac);
        mac = NULL;
    }

    return mac;
}

ngx_http_gatehouse_credentials_t *
ngx_http_gatehouse_credentials_create(ngx_cycle_t *cycle, ngx_http_gatehouse_main_conf_t *gmcf)
{
    ngx_pool_cleanup_t                *cln;
    ngx_http_gatehouse_credentials_t  *credentials;

    cln = ngx_pool_cleanup_add(cycle->pool, sizeof(ngx_http_gatehouse_credentials_t));

    if (cln == NULL) {
        return NULL;
    }

    credentials = cln->data;
    ngx_memzero(credentials, sizeof(ngx_http_gatehouse_credentials_t));
    cln->handler = ngx_http_gatehouse_credentials_cleanup;
    credentials->mac = ngx_http_gatehouse_credentials_mac(gmcf->zone->data);

    if (credentials->mac == NULL) {
        ngx_log_error(NGX_LOG_ALERT, cycle->log, 0,
                      "gatehouse: OpenSSL gives no HMAC with SHA-256");
        return NULL;
    }

    return credentials;
}

ngx_int_t
ngx_http_gatehouse_credentials_tag(ngx_http_gatehouse_main_conf_t *gmcf,
    const gh_text_t *texts, ngx_uint_t count, ngx_http_gatehouse_tag_t tag)
{
    u_char        mac[EVP_MAX_MD_SIZE];
    size_t        len;
    ngx_uint_t    i;
    EVP_MAC_CTX  *ctx = gmcf->credentials->mac;

    /* Begins anew with the key that it has. */
    if (EVP_MAC_init(ctx, NULL, 0, NULL) != 1) {
        return NGX_ERROR;
    }

    for (i = 0; i < count; i++) {
        if (EVP_MAC_update(ctx, (u_char *) &texts[i].len, sizeof(texts[i].len)) != 1
            || EVP_MAC_update(ctx, (u_char *) texts[i].data, texts[i].len) != 1)
        {
            return NGX_ERROR;
        }
    }

    if (EVP_MAC_final(ctx, mac, &len, sizeof(mac)) != 1 || len < NGX_HTTP_GATEHOUSE_KEY_SIZE) {
        return NGX_ERROR;
    }

    ngx_memcpy(tag, mac, NGX_HTTP_GATEHOUSE_KEY_SIZE);

    return NGX_OK;
}


/* Belief. */

/*
 * Whether what was asked then need not be asked again; workers' clocks differ by little.  While
 * what ended may have been missed here, everything is asked again, as sessions are.
 */
static ngx_uint_t
ngx_http_gatehouse_credentials_is_fresh(ngx_http_gatehouse_main_conf_t *gmcf, gh_time_t asked)
{
    gh_time_t  age = ngx_http_gatehouse_now() - asked;

    return age > -GH_SECOND && age < gmcf->basic_cache * GH_SECOND
           && !ngx_http_gatehouse_is_in_doubt(gmcf->zone);
}

/* Whether the person may still be in: not by the directory, but by what was heard of since. */
static ngx_uint_t
ngx_http_gatehouse_credentials_is_good(ngx_http_gatehouse_main_conf_t *gmcf,
    const gh_session_t *session)
{
    return gh_config_realm(gmcf->config, gh_text(session->realm)) != NULL
           && !ngx_http_gatehouse_is_revoked(gmcf->zone, session);
}


/* At hand. */

static ngx_http_gatehouse_at_hand_t *
ngx_http_gatehouse_credentials_place(ngx_http_gatehouse_main_conf_t *gmcf,
    const ngx_http_gatehouse_tag_t tag)
{
    return &gmcf->credentials->at_hand[tag[0] % NGX_HTTP_GATEHOUSE_CREDENTIALS];
}

ngx_http_gatehouse_opened_t *
ngx_http_gatehouse_credentials_recall(ngx_http_gatehouse_main_conf_t *gmcf,
    const ngx_http_gatehouse_tag_t tag)
{
    ngx_http_gatehouse_at_hand_t  *place = ngx_http_gatehouse_credentials_place(gmcf, tag);

    if (place->opened == NULL
        || CRYPTO_memcmp(place->tag, tag, NGX_HTTP_GATEHOUSE_KEY_SIZE) != 0
        || !ngx_http_gatehouse_credentials_is_fresh(gmcf, place->opened->session->signed_in)
        || !ngx_http_gatehouse_credentials_is_good(gmcf, place->opened->session))
    {
        return NULL;
    }

    return ngx_http_gatehouse_opened_use(place->opened);
}

void
ngx_http_gatehouse_credentials_keep(ngx_http_gatehouse_main_conf_t *gmcf,
    const ngx_http_gatehouse_tag_t tag, ngx_http_gatehouse_opened_t *opened)
{
    ngx_http_gatehouse_at_hand_t  *place = ngx_http_gatehouse_credentials_place(gmcf, tag);

    ngx_http_gatehouse_opened_release(place->opened);
    ngx_memcpy(place->tag, tag, NGX_HTTP_GATEHOUSE_KEY_SIZE);
    place->opened = ngx_http_gatehouse_opened_use(opened);
}


/* Shared. */

gh_session_t *
ngx_http_gatehouse_credentials_person(const char *const texts[], gh_time_t asked)
{
    gh_session_t  *session;

    session = gh_session_new(texts[0], texts[1], texts[2], texts[3], texts[4], asked);

    if (session != NULL) {
        session->id_text[0] = '\0';
    }

    return session;
}

/* Who the texts of a record say it is.  NULL: no memory. */
static gh_session_t *
ngx_http_gatehouse_credentials_read(const char *text, gh_time_t asked)
{
    ngx_uint_t   i;
    const char  *texts[NGX_HTTP_GATEHOUSE_CREDENTIAL_TEXTS];

    for (i = 0; i < NGX_HTTP_GATEHOUSE_CREDENTIAL_TEXTS; i++) {
        texts[i] = text;
        text += ngx_strlen(text) + 1;
    }

    return ngx_http_gatehouse_credentials_person(texts, asked);
}

ngx_http_gatehouse_opened_t *
ngx_http_gatehouse_credentials_find(ngx_http_gatehouse_main_conf_t *gmcf,
    const ngx_http_gatehouse_tag_t tag, ngx_uint_t *is_known)
{
    char                              texts[NGX_HTTP_GATEHOUSE_CREDENTIAL_SIZE];
    gh_time_t                         asked = 0;
    gh_session_t                     *session;
    ngx_http_gatehouse_zone_t        *shared = gmcf->zone->data;
    ngx_http_gatehouse_credential_t  *credential;

    *is_known = 0;

    if (shared->credentials.count == 0) {
        return NULL;
    }

    ngx_http_gatehouse_zone_lock(gmcf->zone);

    credential = (ngx_http_gatehouse_credential_t *) ngx_http_gatehouse_records_find(
        &shared->credentials, tag);

    if (credential != NULL && credential->record.until > ngx_time()) {
        ngx_memcpy(texts, credential->texts, credential->len);
        asked = credential->asked;
    }

    ngx_http_gatehouse_zone_unlock(gmcf->zone);

    if (asked == 0) {
        return NULL;
    }

    session = ngx_http_gatehouse_credentials_read(texts, asked);

    if (session == NULL) {
        return NULL;
    }

    *is_known = ngx_http_gatehouse_credentials_is_good(gmcf, session);

    if (!*is_known || !ngx_http_gatehouse_credentials_is_fresh(gmcf, session->signed_in)) {
        gh_session_free(session);
        return NULL;
    }

    return ngx_http_gatehouse_opened_create(&session);
}

/* Writes what a record says of them.  Returns how many bytes it took; 0: too many. */
static size_t
ngx_http_gatehouse_credentials_write(const gh_session_t *session,
    char out[NGX_HTTP_GATEHOUSE_CREDENTIAL_SIZE])
{
    size_t       len, size = 0;
    ngx_uint_t   i;
    const char  *texts[] = { session->realm, session->uid, session->uuid, session->name,
                             session->mail };

    for (i = 0; i < NGX_HTTP_GATEHOUSE_CREDENTIAL_TEXTS; i++) {
        len = ngx_strlen(texts[i]) + 1;

        if (len > NGX_HTTP_GATEHOUSE_CREDENTIAL_SIZE - size) {
            return 0;
        }

        ngx_memcpy(out + size, texts[i], len);
        size += len;
    }

    return size;
}

void
ngx_http_gatehouse_credentials_add(ngx_http_gatehouse_main_conf_t *gmcf,
    const ngx_http_gatehouse_tag_t tag, const gh_session_t *session)
{
    char                              texts[NGX_HTTP_GATEHOUSE_CREDENTIAL_SIZE];
    size_t                            len;
    time_t                            until;
    ngx_http_gatehouse_zone_t        *shared = gmcf->zone->data;
    ngx_http_gatehouse_credential_t  *credential;

    len = ngx_http_gatehouse_credentials_write(session, texts);

    if (len == 0 || gmcf->basic_cache == 0) {
        return;
    }

    /* Name and address may have changed since. */
    ngx_http_gatehouse_credentials_forget(gmcf, tag);

    until = ngx_time() + NGX_HTTP_GATEHOUSE_CREDENTIALS_KNOWN;
    ngx_http_gatehouse_zone_lock(gmcf->zone);

    /* Two workers may have asked for the same. */
    if (ngx_http_gatehouse_records_find(&shared->credentials, tag) == NULL) {

        credential = (ngx_http_gatehouse_credential_t *) ngx_http_gatehouse_records_add(
            gmcf->zone, &shared->credentials, sizeof(ngx_http_gatehouse_credential_t) + len,
            tag, until);

        if (credential != NULL) {
            credential->asked = session->signed_in;
            credential->len = len;
            ngx_memcpy(credential->texts, texts, len);
        }
    }

    ngx_http_gatehouse_zone_unlock(gmcf->zone);
}

void
ngx_http_gatehouse_credentials_forget(ngx_http_gatehouse_main_conf_t *gmcf,
    const ngx_http_gatehouse_tag_t tag)
{
    ngx_http_gatehouse_zone_t    *shared = gmcf->zone->data;
    ngx_http_gatehouse_record_t  *record;

    if (shared->credentials.count == 0) {
        return;
    }

    ngx_http_gatehouse_zone_lock(gmcf->zone);
    record = ngx_http_gatehouse_records_find(&shared->credentials, tag);

    if (record != NULL) {
        ngx_http_gatehouse_records_drop(gmcf->zone, &shared->credentials, record);
    }

    ngx_http_gatehouse_zone_unlock(gmcf->zone);
}
