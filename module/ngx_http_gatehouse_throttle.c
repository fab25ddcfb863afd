/*
 * The throttle: records of the zone whose key is a digest of who tries.
 */

/* OpenSSL. */
#include <openssl/evp.h>

/* lib. */
#include "account/pace.h"
#include "account/throttle.h"
#include "base/buf.h"

/* Module. */
#include "ngx_http_gatehouse_throttle.h"

/* So many times free_attempts accounts an address sets up without a delay. */
#define NGX_HTTP_GATEHOUSE_FAMILY  2

typedef struct {
    ngx_http_gatehouse_record_t  record;        /* MUST BE FIRST */
    ngx_uint_t                   refusals;
    ngx_msec_t                   free_at;       /* by the monotonic clock that workers share */
} ngx_http_gatehouse_refusal_t;

/* Of this worker. */
static gh_pace_t  ngx_http_gatehouse_pace;

ngx_int_t
ngx_http_gatehouse_throttle_init(ngx_conf_t *cf, ngx_http_gatehouse_main_conf_t *gmcf)
{
    char        **exempt = gmcf->config->throttle.exempt;
    ngx_int_t     rc;
    ngx_str_t     text;
    ngx_cidr_t   *cidr;

    if (ngx_array_init(&gmcf->exempt, cf->pool, 4, sizeof(ngx_cidr_t)) != NGX_OK) {
        return NGX_ERROR;
    }

    for ( /* void */ ; exempt != NULL && *exempt != NULL; exempt++) {
        cidr = ngx_array_push(&gmcf->exempt);

        if (cidr == NULL) {
            return NGX_ERROR;
        }

        text = ngx_http_gatehouse_str(gh_text(*exempt));
        rc = ngx_ptocidr(&text, cidr);

        if (rc != NGX_OK && rc != NGX_DONE) {
            ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                               "gatehouse: throttle: exempt: \"%V\" is no address or network",
                               &text);
            return NGX_ERROR;
        }
    }

    return NGX_OK;
}

/* A key that says `kind`, `realm` and `text` and nothing else does. */
static ngx_int_t
ngx_http_gatehouse_throttle_key(u_char key[NGX_HTTP_GATEHOUSE_KEY_SIZE], const char *kind,
    const char *realm, gh_text_t text)
{
    u_char       digest[EVP_MAX_MD_SIZE];
    ngx_int_t    rc = NGX_ERROR;
    EVP_MD_CTX  *md = EVP_MD_CTX_new();

    if (md != NULL && EVP_DigestInit_ex(md, EVP_sha256(), NULL) == 1
        && EVP_DigestUpdate(md, kind, ngx_strlen(kind) + 1) == 1
        && EVP_DigestUpdate(md, realm, ngx_strlen(realm) + 1) == 1
        && EVP_DigestUpdate(md, text.data, text.len) == 1
        && EVP_DigestFinal_ex(md, digest, NULL) == 1)
    {
        ngx_memcpy(key, digest, NGX_HTTP_GATEHOUSE_KEY_SIZE);
        rc = NGX_OK;
    }

    EVP_MD_CTX_free(md);

    return rc;
}

/* The client's address, IPv6 ones by their network of 64 bits: a host has all of that. */
static gh_text_t
ngx_http_gatehouse_throttle_address(ngx_connection_t *c)
{
    switch (c->sockaddr->sa_family) {

#if (NGX_HAVE_INET6)
    case AF_INET6:
        return (gh_text_t) { (char *) &((struct sockaddr_in6 *) c->sockaddr)->sin6_addr, 8 };
#endif

    case AF_INET:
        return (gh_text_t) { (char *) &((struct sockaddr_in *) c->sockaddr)->sin_addr, 4 };

    default:
        return ngx_http_gatehouse_text(c->addr_text);
    }
}

ngx_int_t
ngx_http_gatehouse_throttle_address_key(ngx_http_request_t *r,
    u_char key[NGX_HTTP_GATEHOUSE_KEY_SIZE], const char *kind, gh_text_t text)
{
    gh_buf_t   whole;
    ngx_int_t  rc = NGX_ERROR;

    gh_buf_init(&whole);
    gh_buf_add_text(&whole, ngx_http_gatehouse_throttle_address(r->connection));
    gh_buf_add_string(&whole, ":");
    gh_buf_add_text(&whole, text);

    if (gh_buf_is_ok(&whole)) {
        rc = ngx_http_gatehouse_throttle_key(key, kind, "", gh_buf_text(&whole));
    }

    gh_buf_cleanup(&whole);

    return rc;
}

/* One more that the try counts for. */
static void
ngx_http_gatehouse_throttle_add(ngx_http_gatehouse_try_t *try, const char *kind,
    const char *realm, gh_text_t text)
{
    if (ngx_http_gatehouse_throttle_key(try->keys[try->count], kind, realm, text) == NGX_OK) {
        try->count++;
    }
}

/* The same for an account, however its name is spelled. */
static void
ngx_http_gatehouse_throttle_add_account(ngx_http_gatehouse_try_t *try, const char *kind,
    const gh_realm_t *realm, gh_text_t account)
{
    gh_buf_t  name;

    gh_buf_init(&name);

    if (gh_throttle_account(realm, account, &name) == 0) {
        ngx_http_gatehouse_throttle_add(try, kind, realm != NULL ? realm->name : "",
                                        gh_buf_text(&name));
    }

    gh_buf_cleanup(&name);
}

void
ngx_http_gatehouse_throttle_try(ngx_http_request_t *r, ngx_http_gatehouse_try_t *try,
    const gh_realm_t *realm, gh_text_t account, ngx_http_gatehouse_standing_t standing)
{
    ngx_connection_t                *c = r->connection;
    ngx_http_gatehouse_main_conf_t  *gmcf = ngx_http_gatehouse_main_conf(r);

    try->count = 0;
    try->free = gmcf->config->throttle.free_attempts;

    if (ngx_cidr_match(c->sockaddr, &gmcf->exempt) == NGX_OK) {
        return;
    }

    if (standing == NGX_HTTP_GATEHOUSE_OWNER) {
        ngx_http_gatehouse_throttle_add_account(try, "owner", realm, account);
        return;
    }

    if (standing == NGX_HTTP_GATEHOUSE_NEWCOMER) {
        try->free *= NGX_HTTP_GATEHOUSE_FAMILY;
        ngx_http_gatehouse_throttle_add(try, "newcomer", "",
                                        ngx_http_gatehouse_throttle_address(c));
        return;
    }

    ngx_http_gatehouse_throttle_add(try, "address", "", ngx_http_gatehouse_throttle_address(c));

    if (!gh_text_is_empty(account)) {
        ngx_http_gatehouse_throttle_add_account(
            try, standing == NGX_HTTP_GATEHOUSE_MAIL ? "mail" : "account", realm, account);
    }
}

static ngx_http_gatehouse_refusal_t *
ngx_http_gatehouse_throttle_find(ngx_http_gatehouse_zone_t *shared,
    const u_char key[NGX_HTTP_GATEHOUSE_KEY_SIZE])
{
    return (ngx_http_gatehouse_refusal_t *) ngx_http_gatehouse_records_find(&shared->refusals,
                                                                            key);
}

ngx_uint_t
ngx_http_gatehouse_throttle_wait(ngx_http_request_t *r, const ngx_http_gatehouse_try_t *try)
{
    ngx_uint_t                       i;
    ngx_msec_int_t                   left, longest = 0;
    ngx_shm_zone_t                  *zone = ngx_http_gatehouse_main_conf(r)->zone;
    ngx_http_gatehouse_zone_t       *shared = zone->data;
    ngx_http_gatehouse_refusal_t    *refusal;

    if (shared->refusals.count == 0) {
        return 0;
    }

    ngx_http_gatehouse_zone_lock(zone);

    for (i = 0; i < try->count; i++) {
        refusal = ngx_http_gatehouse_throttle_find(shared, try->keys[i]);

        if (refusal != NULL && refusal->record.until > ngx_time()) {
            left = (ngx_msec_int_t) (refusal->free_at - ngx_current_msec);
            longest = ngx_max(longest, left);
        }
    }

    ngx_http_gatehouse_zone_unlock(zone);

    return (longest + 999) / 1000;
}

static void
ngx_http_gatehouse_throttle_count(ngx_shm_zone_t *zone, const gh_throttle_settings_t *settings,
    ngx_uint_t free, const u_char key[NGX_HTTP_GATEHOUSE_KEY_SIZE])
{
    time_t                         until = ngx_time() + settings->window / GH_SECOND;
    ngx_http_gatehouse_zone_t     *shared = zone->data;
    ngx_http_gatehouse_refusal_t  *refusal;

    refusal = ngx_http_gatehouse_throttle_find(shared, key);

    if (refusal == NULL) {
        refusal = (ngx_http_gatehouse_refusal_t *) ngx_http_gatehouse_records_add(
            zone, &shared->refusals, sizeof(ngx_http_gatehouse_refusal_t), key, until);

        if (refusal == NULL) {
            return;
        }
    }

    if (refusal->record.until <= ngx_time()) {
        refusal->refusals = 0;
    }

    refusal->refusals++;
    refusal->free_at = ngx_current_msec
                       + gh_throttle_delay(settings, free, refusal->refusals) / (GH_SECOND / 1000);
    ngx_http_gatehouse_records_renew(&shared->refusals, &refusal->record, until);
}

void
ngx_http_gatehouse_throttle_refused(ngx_http_request_t *r, const ngx_http_gatehouse_try_t *try)
{
    ngx_uint_t                       i;
    ngx_http_gatehouse_main_conf_t  *gmcf = ngx_http_gatehouse_main_conf(r);

    ngx_http_gatehouse_zone_lock(gmcf->zone);

    for (i = 0; i < try->count; i++) {
        ngx_http_gatehouse_throttle_count(gmcf->zone, &gmcf->config->throttle, try->free,
                                          try->keys[i]);
    }

    ngx_http_gatehouse_zone_unlock(gmcf->zone);
}

ngx_msec_t
ngx_http_gatehouse_throttle_pause(ngx_http_request_t *r)
{
    ngx_time_t      *tp = ngx_timeofday();
    ngx_msec_int_t   passed;

    passed = (tp->sec - r->start_sec) * 1000
             + (ngx_msec_int_t) tp->msec - (ngx_msec_int_t) r->start_msec;
    /* The clock may have been set. */
    passed = ngx_max(passed, 0);

    return gh_pace_leave(&ngx_http_gatehouse_pace, passed, ngx_current_msec) - passed;
}
