/*
 * Basic.
 */

/* lib. */
#include "account/signin.h"
#include "web/basic.h"

/* Module. */
#include "ngx_http_gatehouse_audit.h"
#include "ngx_http_gatehouse_basic.h"
#include "ngx_http_gatehouse_credentials.h"
#include "ngx_http_gatehouse_login.h"
#include "ngx_http_gatehouse_metrics.h"
#include "ngx_http_gatehouse_page.h"
#include "ngx_http_gatehouse_run.h"
#include "ngx_http_gatehouse_session.h"
#include "ngx_http_gatehouse_throttle.h"

/* Between a realm and a user name, which can't be a colon: that ends the user name. */
#define NGX_HTTP_GATEHOUSE_BASIC_SLASH  '/'

/*
 * The credentials of a request.
 *
 * Lives as long as the request.  `status` MUST NOT BE NGX_AGAIN unless a run or the timer
 * is under way, which runs the phases again.
 */
typedef struct {
    ngx_http_request_t           *request;
    ngx_int_t                     status;       /* of ngx_http_gatehouse_basic */
    ngx_str_t                     header;       /* wiped at the end */
    ngx_http_gatehouse_tag_t      header_tag;   /* at hand under this */
    ngx_http_gatehouse_tag_t      tag;          /* shared under this */
    const gh_realm_t             *realm;
    gh_time_t                     asked;        /* when the directory was */
    ngx_http_gatehouse_try_t      try;
    ngx_http_gatehouse_opened_t  *opened;       /* NULL: not found good */
    ngx_event_t                   hold;         /* ends when a refusal may leave */
} ngx_http_gatehouse_basic_t;

static ngx_int_t ngx_http_gatehouse_basic_begin(ngx_http_gatehouse_basic_t *basic);
static void ngx_http_gatehouse_basic_done(ngx_http_request_t *r, gh_flow_t *flow);
static void ngx_http_gatehouse_basic_held(ngx_event_t *ev);


/* The credentials of a request. */

static void
ngx_http_gatehouse_basic_cleanup(void *data)
{
    ngx_http_gatehouse_basic_t  *basic = data;

    if (basic->hold.timer_set) {
        ngx_del_timer(&basic->hold);
    }

    ngx_http_gatehouse_opened_release(basic->opened);

    /* nginx has logged the request, and gives the buffer to the next one as it is. */
    gh_secret_wipe(basic->header.data, basic->header.len);
}

static ngx_http_gatehouse_basic_t *
ngx_http_gatehouse_basic_find(ngx_http_request_t *r)
{
    ngx_pool_cleanup_t  *cln;

    for (cln = r->pool->cleanup; cln != NULL; cln = cln->next) {
        if (cln->handler == ngx_http_gatehouse_basic_cleanup) {
            return cln->data;
        }
    }

    return NULL;
}

static ngx_http_gatehouse_basic_t *
ngx_http_gatehouse_basic_create(ngx_http_request_t *r)
{
    ngx_pool_cleanup_t          *cln;
    ngx_http_gatehouse_basic_t  *basic;

    cln = ngx_pool_cleanup_add(r->pool, sizeof(ngx_http_gatehouse_basic_t));

    if (cln == NULL) {
        return NULL;
    }

    basic = cln->data;
    ngx_memzero(basic, sizeof(ngx_http_gatehouse_basic_t));
    cln->handler = ngx_http_gatehouse_basic_cleanup;

    basic->request = r;
    basic->status = NGX_HTTP_INTERNAL_SERVER_ERROR;
    basic->header = r->headers_in.authorization->value;
    basic->hold.handler = ngx_http_gatehouse_basic_held;
    basic->hold.data = basic;
    basic->hold.log = r->connection->log;

    return basic;
}

ngx_int_t
ngx_http_gatehouse_basic(ngx_http_request_t *r)
{
    ngx_table_elt_t             *header = r->headers_in.authorization;
    ngx_http_gatehouse_basic_t  *basic = ngx_http_gatehouse_basic_find(r);

    if (basic != NULL) {
        return basic->status;
    }

    if (header == NULL || !gh_basic_is_used(ngx_http_gatehouse_text(header->value))) {
        return NGX_DECLINED;
    }

    basic = ngx_http_gatehouse_basic_create(r);

    if (basic == NULL) {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    basic->status = ngx_http_gatehouse_basic_begin(basic);

    return basic->status;
}

const gh_session_t *
ngx_http_gatehouse_basic_identity(ngx_http_request_t *r)
{
    ngx_http_gatehouse_basic_t  *basic = ngx_http_gatehouse_basic_find(r);

    return basic != NULL && basic->opened != NULL ? basic->opened->session : NULL;
}


/* Whose they are. */

/* The location's realm of that place, in the order of their names; NULL: no more. */
static const gh_realm_t *
ngx_http_gatehouse_basic_realm_at(ngx_http_request_t *r, ngx_uint_t i)
{
    ngx_str_t                       *names;
    const gh_config_t               *config = ngx_http_gatehouse_main_conf(r)->config;
    ngx_http_gatehouse_loc_conf_t   *glcf;

    glcf = ngx_http_get_module_loc_conf(r, ngx_http_gatehouse_module);

    if (glcf->mode != NGX_HTTP_GATEHOUSE_REALMS) {
        return i < config->realm_count ? &config->realms[i] : NULL;
    }

    names = glcf->realms->elts;

    return i < glcf->realms->nelts
               ? gh_config_realm(config, ngx_http_gatehouse_text(names[i]))
               : NULL;
}

/* Whether `user` names the realm in front of a slash; the rest is its name there. */
static ngx_uint_t
ngx_http_gatehouse_basic_names(gh_text_t user, const gh_realm_t *realm, gh_text_t *name)
{
    size_t  len = ngx_strlen(realm->name);

    if (user.len <= len || user.data[len] != NGX_HTTP_GATEHOUSE_BASIC_SLASH
        || ngx_strncmp(user.data, realm->name, len) != 0)
    {
        return 0;
    }

    name->data = user.data + len + 1;
    name->len = user.len - len - 1;

    return 1;
}

/*
 * Says in which realm of the location `user` is whom: the one that it names, or else the
 * first that has such user names, or else the first.  `canonical` takes the canonical form
 * of the name there, or stays empty if there is none.
 */
static const gh_realm_t *
ngx_http_gatehouse_basic_realm(ngx_http_request_t *r, gh_text_t user, gh_text_t *name,
    gh_buf_t *canonical)
{
    ngx_uint_t         i;
    const gh_realm_t  *realm;

    for (i = 0; (realm = ngx_http_gatehouse_basic_realm_at(r, i)) != NULL; i++) {
        if (ngx_http_gatehouse_basic_names(user, realm, name)) {
            (void) gh_realm_canonical(realm, *name, canonical);
            return realm;
        }
    }

    *name = user;

    for (i = 0; (realm = ngx_http_gatehouse_basic_realm_at(r, i)) != NULL; i++) {
        if (gh_realm_canonical(realm, user, canonical) == 0) {
            return realm;
        }
    }

    return ngx_http_gatehouse_basic_realm_at(r, 0);
}

/* The tag of the header, which means the same wherever the same realms are let in. */
static ngx_int_t
ngx_http_gatehouse_basic_tag_header(ngx_http_gatehouse_basic_t *basic)
{
    gh_text_t                       texts[2];
    ngx_http_request_t             *r = basic->request;
    ngx_http_gatehouse_loc_conf_t  *glcf;

    glcf = ngx_http_get_module_loc_conf(r, ngx_http_gatehouse_module);

    texts[0] = (gh_text_t) { (const char *) &glcf->realms, sizeof(glcf->realms) };
    texts[1] = ngx_http_gatehouse_text(basic->header);

    return ngx_http_gatehouse_credentials_tag(ngx_http_gatehouse_main_conf(r), texts, 2,
                                              basic->header_tag);
}


/* The check. */

/* Asks the directory, or says who has to wait.  Takes the password over. */
static ngx_int_t
ngx_http_gatehouse_basic_ask(ngx_http_gatehouse_basic_t *basic, gh_text_t name,
    gh_secret_t **password)
{
    gh_flow_t                       *flow;
    ngx_uint_t                       wait;
    ngx_http_request_t              *r = basic->request;
    ngx_http_gatehouse_main_conf_t  *gmcf = ngx_http_gatehouse_main_conf(r);

    wait = ngx_http_gatehouse_throttle_wait(r, &basic->try);

    if (wait > 0) {
        ngx_http_gatehouse_metrics_throttled(NGX_HTTP_GATEHOUSE_VIA_BASIC);
        return ngx_http_gatehouse_header_retry_after(r, wait) == NGX_OK
                   ? NGX_HTTP_TOO_MANY_REQUESTS
                   : NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    basic->asked = ngx_http_gatehouse_now();
    flow = gh_signin_new(gmcf->config, basic->realm, name, password, basic->asked);

    if (flow == NULL || ngx_http_gatehouse_run(r, &flow, ngx_http_gatehouse_basic_done) != NGX_OK)
    {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    /* A client that leaves is noticed, and its run ends. */
    r->read_event_handler = ngx_http_test_reading;
    ngx_http_gatehouse_metrics_checked(NGX_HTTP_GATEHOUSE_CREDENTIALS_ASKED);

    return NGX_AGAIN;
}

/* Somebody says who they are: believes it, when it was found good lately, or asks. */
static ngx_int_t
ngx_http_gatehouse_basic_check(ngx_http_gatehouse_basic_t *basic, gh_text_t user,
    gh_secret_t **password)
{
    gh_buf_t                         canonical;
    gh_text_t                        name, account, texts[3];
    ngx_int_t                        rc;
    ngx_uint_t                       is_known;
    ngx_http_request_t              *r = basic->request;
    ngx_http_gatehouse_main_conf_t  *gmcf = ngx_http_gatehouse_main_conf(r);

    gh_buf_init(&canonical);
    basic->realm = ngx_http_gatehouse_basic_realm(r, user, &name, &canonical);
    account = canonical.len > 0 ? gh_buf_text(&canonical) : name;
    texts[0] = gh_text(basic->realm->name);
    texts[1] = account;
    texts[2] = gh_secret_text(*password);
    rc = ngx_http_gatehouse_credentials_tag(gmcf, texts, 3, basic->tag);

    if (rc == NGX_OK) {
        basic->opened = ngx_http_gatehouse_credentials_find(gmcf, basic->tag, &is_known);
        ngx_http_gatehouse_throttle_try(r, &basic->try, basic->realm, account,
                                        is_known ? NGX_HTTP_GATEHOUSE_OWNER
                                                 : NGX_HTTP_GATEHOUSE_STRANGER);
    }

    gh_buf_cleanup(&canonical);

    if (rc != NGX_OK) {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    if (basic->opened != NULL) {
        ngx_http_gatehouse_metrics_checked(NGX_HTTP_GATEHOUSE_CREDENTIALS_FOUND);
        ngx_http_gatehouse_credentials_keep(gmcf, basic->header_tag, basic->opened);
        return NGX_OK;
    }

    return ngx_http_gatehouse_basic_ask(basic, name, password);
}

static ngx_int_t
ngx_http_gatehouse_basic_begin(ngx_http_gatehouse_basic_t *basic)
{
    gh_buf_t                         user;
    ngx_int_t                        rc = NGX_HTTP_UNAUTHORIZED;
    gh_secret_t                     *password;
    ngx_http_gatehouse_main_conf_t  *gmcf = ngx_http_gatehouse_main_conf(basic->request);

    if (ngx_http_gatehouse_basic_tag_header(basic) != NGX_OK) {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    basic->opened = ngx_http_gatehouse_credentials_recall(gmcf, basic->header_tag);

    if (basic->opened != NULL) {
        ngx_http_gatehouse_metrics_checked(NGX_HTTP_GATEHOUSE_CREDENTIALS_AT_HAND);
        return NGX_OK;
    }

    password = gh_secret_new();

    if (password == NULL) {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    gh_buf_init(&user);

    /* What nobody can have chosen is nothing to ask about, nor is it a guess. */
    if (gh_basic_parse(ngx_http_gatehouse_text(basic->header), &user, password) == 0
        && password->len > 0)
    {
        rc = ngx_http_gatehouse_basic_check(basic, gh_buf_text(&user), &password);
    }

    gh_buf_cleanup(&user);
    gh_secret_free(password);

    return rc;
}


/* The answer. */

/* The phases run again, and find the status. */
static void
ngx_http_gatehouse_basic_resume(ngx_http_gatehouse_basic_t *basic, ngx_int_t status)
{
    ngx_http_request_t  *r = basic->request;

    basic->status = status;
    r->read_event_handler = ngx_http_block_reading;

    if (ngx_handle_read_event(r->connection->read, 0) != NGX_OK) {
        ngx_http_finalize_request(r, NGX_HTTP_INTERNAL_SERVER_ERROR);
        return;
    }

    ngx_http_core_run_phases(r);
}

static void
ngx_http_gatehouse_basic_held(ngx_event_t *ev)
{
    ngx_http_gatehouse_basic_t  *basic = ev->data;
    ngx_connection_t            *c = basic->request->connection;

    ngx_http_gatehouse_basic_resume(basic, NGX_HTTP_UNAUTHORIZED);
    ngx_http_run_posted_requests(c);
}

/* Counted, and told when all refusals leave. */
static void
ngx_http_gatehouse_basic_refuse(ngx_http_gatehouse_basic_t *basic)
{
    ngx_http_request_t  *r = basic->request;

    ngx_http_gatehouse_credentials_forget(ngx_http_gatehouse_main_conf(r), basic->tag);
    ngx_http_gatehouse_throttle_refused(r, &basic->try);
    ngx_add_timer(&basic->hold, ngx_http_gatehouse_throttle_pause(r));
}

/* The directory has found them good: the status. */
static ngx_int_t
ngx_http_gatehouse_basic_succeed(ngx_http_gatehouse_basic_t *basic,
    const gh_signin_result_t *result)
{
    gh_session_t                    *person;
    ngx_http_request_t              *r = basic->request;
    const gh_identity_card_t        *who = &result->who;
    ngx_http_gatehouse_main_conf_t  *gmcf = ngx_http_gatehouse_main_conf(r);
    const char                      *texts[] = { who->realm->name, who->uid, who->uuid,
                                                 who->name, who->mail };

    person = ngx_http_gatehouse_credentials_person(texts, basic->asked);

    if (person == NULL) {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    basic->opened = ngx_http_gatehouse_opened_create(&person);

    if (basic->opened == NULL) {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    ngx_http_gatehouse_credentials_add(gmcf, basic->tag, basic->opened->session);
    ngx_http_gatehouse_credentials_keep(gmcf, basic->header_tag, basic->opened);
    ngx_http_gatehouse_login_stamp(r, result);

    return NGX_OK;
}

static ngx_int_t
ngx_http_gatehouse_basic_unavailable(ngx_http_request_t *r, int result)
{
    ngx_uint_t  level = result < 0 ? NGX_LOG_INFO : NGX_LOG_ERR;

    /* That a directory is down is said once, by the pool, and not for each who waits. */
    ngx_log_error(level, r->connection->log, 0,
                  "gatehouse: credentials could not be checked: directory result %d", result);

    return ngx_http_gatehouse_header_retry_after(r, NGX_HTTP_GATEHOUSE_RETRY) == NGX_OK
               ? NGX_HTTP_SERVICE_UNAVAILABLE
               : NGX_HTTP_INTERNAL_SERVER_ERROR;
}

/* Each verdict's answer: the one place that knows. */
static void
ngx_http_gatehouse_basic_done(ngx_http_request_t *r, gh_flow_t *flow)
{
    const gh_signin_result_t    *result = gh_signin_result(flow);
    ngx_http_gatehouse_basic_t  *basic = ngx_http_gatehouse_basic_find(r);

    ngx_http_gatehouse_audit(r, "basic", basic->realm->name, result->who.uid,
                             gh_verdict_name(result->verdict));
    ngx_http_gatehouse_metrics_signin(NGX_HTTP_GATEHOUSE_VIA_BASIC, result->verdict);

    switch (result->verdict) {

    case GH_VERDICT_SIGNED_IN:
    case GH_VERDICT_EXPIRING:
    case GH_VERDICT_GRACE:
        ngx_http_gatehouse_basic_resume(basic,
                                        ngx_http_gatehouse_basic_succeed(basic, result));
        return;

    case GH_VERDICT_DENY:
    case GH_VERDICT_UNAVAILABLE:
        ngx_http_gatehouse_basic_resume(
            basic, ngx_http_gatehouse_basic_unavailable(r, result->result));
        return;

    /* A program can't choose another password, and to a stranger the rest reads the same. */
    case GH_VERDICT_MUST_CHANGE:
    case GH_VERDICT_EXPIRED:
    case GH_VERDICT_WRONG_PASSWORD:
    case GH_VERDICT_UNKNOWN:
    case GH_VERDICT_NO_PASSWORD:
    case GH_VERDICT_ENDED:
    case GH_VERDICT_LOCKED:
    case GH_VERDICT_DISABLED:
    default:
        ngx_http_gatehouse_basic_refuse(basic);
    }
}


/* The challenge. */

/* Appends the text as it stands between quotation marks (RFC 9110, section 5.6.4). */
static u_char *
ngx_http_gatehouse_basic_quote(u_char *p, const char *text)
{
    for ( /* void */ ; *text != '\0'; text++) {
        if (*text == '"' || *text == '\\') {
            *p++ = '\\';
        }

        *p++ = (u_char) *text;
    }

    return p;
}

ngx_int_t
ngx_http_gatehouse_basic_challenge(ngx_http_request_t *r)
{
    u_char                          *p;
    ngx_str_t                        value;
    ngx_table_elt_t                 *header;
    ngx_http_gatehouse_main_conf_t  *gmcf = ngx_http_gatehouse_main_conf(r);
    const char                      *title = gmcf->config->portal.title;

    value.data = ngx_pnalloc(r->pool, sizeof("Basic realm=\"\", charset=\"UTF-8\"")
                                          + 2 * ngx_strlen(title));

    if (value.data == NULL) {
        return NGX_ERROR;
    }

    p = ngx_cpymem(value.data, "Basic realm=\"", sizeof("Basic realm=\"") - 1);
    p = ngx_http_gatehouse_basic_quote(p, title);
    p = ngx_cpymem(p, "\", charset=\"UTF-8\"", sizeof("\", charset=\"UTF-8\"") - 1);
    value.len = p - value.data;

    header = ngx_list_push(&r->headers_out.headers);

    if (header == NULL) {
        return NGX_ERROR;
    }

    header->hash = 1;
    ngx_str_set(&header->key, "WWW-Authenticate");
    header->value = value;

    /* nginx takes it back where `satisfy any` lets the request in all the same. */
    r->headers_out.www_authenticate = header;

    return NGX_OK;
}
