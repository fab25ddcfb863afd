/*
 * The log-in page: form, sign-in, verdict, answer.
 */

/* lib. */
#include "account/signin.h"
#include "session/session.h"
#include "web/next.h"

/* Module. */
#include "ngx_http_gatehouse_form.h"
#include "ngx_http_gatehouse_login.h"
#include "ngx_http_gatehouse_page.h"
#include "ngx_http_gatehouse_portal.h"
#include "ngx_http_gatehouse_run.h"
#include "ngx_http_gatehouse_session.h"

/*
 * Refusals leave at multiples of this after the request came, in ms: what is left of the
 * difference between an unknown name and a wrong password does not show, and guessing is
 * slow.
 */
#define NGX_HTTP_GATEHOUSE_REFUSAL_GRID  250

/* What is kept of the form until the answer, in the request's pool. */
typedef struct {
    ngx_http_request_t  *request;
    const gh_realm_t    *realm;
    gh_text_t            username;      /* points into the form */
    gh_text_t            next;          /* "" unless it is safe */
    ngx_event_t          refusal;       /* when the refusal may leave */
    const char          *message;
} ngx_http_gatehouse_attempt_t;

static void ngx_http_gatehouse_login_done(ngx_http_request_t *r, gh_flow_t *flow);
static void ngx_http_gatehouse_login_refuse(ngx_event_t *ev);


/* The form. */

static const char *
ngx_http_gatehouse_login_text(gh_text_t text, char *buffer, size_t size)
{
    /* What is not text is not shown again. */
    if (text.len >= size || !gh_text_is_clean(text)) {
        return "";
    }

    ngx_memcpy(buffer, text.data, text.len);
    buffer[text.len] = '\0';

    return buffer;
}

/* The drop-down; `selected` NULL: its first. */
static json_t *
ngx_http_gatehouse_login_realms(ngx_http_gatehouse_main_conf_t *gmcf,
    const gh_realm_t *selected)
{
    size_t             i;
    json_t            *realms = json_array();
    const gh_realm_t  *realm;

    for (i = 0; i < gmcf->config->realm_count; i++) {
        realm = &gmcf->config->realms[i];
        (void) json_array_append_new(
            realms, json_pack("{s:s, s:s, s:s, s:b}", "name", realm->name, "label",
                              realm->label, "username_label", realm->username_label,
                              "selected", realm == selected));
    }

    return realms;
}

/* `User name or state license number`: one label for a field that serves all realms. */
static void
ngx_http_gatehouse_login_labels(ngx_http_gatehouse_main_conf_t *gmcf, json_t *context)
{
    size_t       i;
    gh_buf_t     labels;
    const char  *label;

    gh_buf_init(&labels);

    for (i = 0; i < gmcf->config->realm_count; i++) {
        label = gmcf->config->realms[i].username_label;

        if (i == 0) {
            gh_buf_add_string(&labels, label);

        } else {
            gh_buf_add_format(&labels, " or %c%s", ngx_tolower(label[0]), label + 1);
        }
    }

    (void) json_object_set_new(context, "username_labels",
                               json_string(gh_buf_string(&labels)));
    gh_buf_cleanup(&labels);
}

/* The form as it was typed, but for the password.  NULL: no memory. */
static json_t *
ngx_http_gatehouse_login_context(ngx_http_request_t *r, const char *title,
    const gh_realm_t *realm, gh_text_t username, gh_text_t next)
{
    char                             typed[GH_NEXT_MAX + 1];
    json_t                          *context;
    ngx_http_gatehouse_main_conf_t  *gmcf = ngx_http_gatehouse_main_conf(r);

    context = ngx_http_gatehouse_page_context(r, title);

    if (context == NULL) {
        return NULL;
    }

    (void) json_object_set_new(context, "realms",
                               ngx_http_gatehouse_login_realms(gmcf, realm));
    (void) json_object_set_new(
        context, "username",
        json_string(ngx_http_gatehouse_login_text(username, typed, sizeof(typed))));
    (void) json_object_set_new(
        context, "next",
        json_string(ngx_http_gatehouse_login_text(next, typed, sizeof(typed))));
    ngx_http_gatehouse_login_labels(gmcf, context);

    return context;
}

/* The safe `next` of the address; "" when there is none. */
static gh_text_t
ngx_http_gatehouse_login_next(ngx_http_request_t *r)
{
    u_char     *from, *to;
    ngx_str_t   raw;
    gh_text_t   next;

    if (ngx_http_arg(r, (u_char *) "next", sizeof("next") - 1, &raw) != NGX_OK) {
        return gh_text(NULL);
    }

    next.data = ngx_pnalloc(r->pool, raw.len);

    if (next.data == NULL) {
        return gh_text(NULL);
    }

    from = raw.data;
    to = (u_char *) next.data;
    ngx_unescape_uri(&to, &from, raw.len, 0);
    next.len = to - (u_char *) next.data;

    return gh_next_is_safe(next) ? next : gh_text(NULL);
}

/* Where a sign-in leads. */
static ngx_int_t
ngx_http_gatehouse_login_go_on(ngx_http_request_t *r, gh_text_t next)
{
    ngx_str_t  location = ngx_http_gatehouse_str(next);

    if (gh_text_is_empty(next)) {
        location = ngx_http_gatehouse_portal_path(r, "/dashboard");
    }

    return ngx_http_gatehouse_page_redirect(r, &location);
}

ngx_int_t
ngx_http_gatehouse_login_form(ngx_http_request_t *r)
{
    json_t     *context;
    gh_text_t   next = ngx_http_gatehouse_login_next(r);

    if (ngx_http_gatehouse_session(r) != NULL) {
        return ngx_http_gatehouse_login_go_on(r, next);
    }

    context = ngx_http_gatehouse_login_context(r, "Log in", NULL, gh_text(NULL), next);

    return ngx_http_gatehouse_page_send(r, NGX_HTTP_OK, "login", &context);
}


/* The sign-in. */

static void
ngx_http_gatehouse_attempt_cleanup(void *data)
{
    ngx_http_gatehouse_attempt_t  *attempt = data;

    if (attempt->refusal.timer_set) {
        ngx_del_timer(&attempt->refusal);
    }
}

static ngx_http_gatehouse_attempt_t *
ngx_http_gatehouse_attempt_find(ngx_http_request_t *r)
{
    ngx_pool_cleanup_t  *cln;

    for (cln = r->pool->cleanup; cln != NULL; cln = cln->next) {
        if (cln->handler == ngx_http_gatehouse_attempt_cleanup) {
            return cln->data;
        }
    }

    return NULL;
}

static ngx_http_gatehouse_attempt_t *
ngx_http_gatehouse_attempt_create(ngx_http_request_t *r, const gh_form_t *form)
{
    ngx_pool_cleanup_t              *cln;
    ngx_http_gatehouse_attempt_t    *attempt;
    ngx_http_gatehouse_main_conf_t  *gmcf = ngx_http_gatehouse_main_conf(r);

    cln = ngx_pool_cleanup_add(r->pool, sizeof(ngx_http_gatehouse_attempt_t));

    if (cln == NULL) {
        return NULL;
    }

    attempt = cln->data;
    ngx_memzero(attempt, sizeof(ngx_http_gatehouse_attempt_t));
    cln->handler = ngx_http_gatehouse_attempt_cleanup;

    attempt->request = r;
    attempt->realm = gh_config_realm(gmcf->config, gh_form_value(form, "realm"));
    attempt->username = gh_form_value(form, "username");
    attempt->next = gh_form_value(form, "next");
    attempt->refusal.handler = ngx_http_gatehouse_login_refuse;
    attempt->refusal.data = attempt;
    attempt->refusal.log = r->connection->log;

    if (!gh_next_is_safe(attempt->next)) {
        attempt->next = gh_text(NULL);
    }

    return attempt;
}

/* Sends the form again with a message on top, or beside a field. */
static ngx_int_t
ngx_http_gatehouse_login_again(ngx_http_request_t *r,
    const ngx_http_gatehouse_attempt_t *attempt, const char *field, const char *message)
{
    json_t  *context;

    context = ngx_http_gatehouse_login_context(r, "Error: Log in", attempt->realm,
                                               attempt->username, attempt->next);

    if (context != NULL && field != NULL) {
        (void) json_object_set_new(context, field, json_pack("{s:s}", "text", message));

    } else if (context != NULL) {
        ngx_http_gatehouse_page_message(context, "error", message);
    }

    return ngx_http_gatehouse_page_send(r, 422, "login", &context);
}

void
ngx_http_gatehouse_login(ngx_http_request_t *r, gh_form_t *form)
{
    gh_flow_t                       *flow;
    gh_text_t                        typed = gh_form_value(form, "password");
    gh_secret_t                     *password;
    ngx_http_gatehouse_attempt_t    *attempt = ngx_http_gatehouse_attempt_create(r, form);
    ngx_http_gatehouse_main_conf_t  *gmcf = ngx_http_gatehouse_main_conf(r);

    if (attempt == NULL) {
        ngx_http_finalize_request(r, NGX_HTTP_INTERNAL_SERVER_ERROR);
        return;
    }

    if (attempt->realm == NULL) {
        ngx_http_finalize_request(
            r, ngx_http_gatehouse_login_again(r, attempt, NULL,
                                              "Choose who you are and log in again."));
        return;
    }

    if (gh_text_is_empty(gh_text_trim(attempt->username))) {
        ngx_http_finalize_request(
            r, ngx_http_gatehouse_login_again(r, attempt, "username_error",
                                              "Enter your user name."));
        return;
    }

    if (gh_text_is_empty(typed)) {
        ngx_http_finalize_request(
            r, ngx_http_gatehouse_login_again(r, attempt, "password_error",
                                              "Enter your password."));
        return;
    }

    password = gh_secret_new();

    if (password == NULL) {
        ngx_http_finalize_request(r, NGX_HTTP_INTERNAL_SERVER_ERROR);
        return;
    }

    /* An overlong password leaves it empty, and an empty one is refused by the flow. */
    (void) gh_secret_set(password, typed);
    flow = gh_signin_new(gmcf->config, attempt->realm, attempt->username, &password,
                         ngx_http_gatehouse_now());

    if (flow == NULL
        || ngx_http_gatehouse_run(r, &flow, ngx_http_gatehouse_login_done) != NGX_OK)
    {
        ngx_http_finalize_request(r, NGX_HTTP_INTERNAL_SERVER_ERROR);
        return;
    }

    /* A client that leaves is noticed, and its run ends. */
    r->read_event_handler = ngx_http_test_reading;
}

static ngx_int_t
ngx_http_gatehouse_login_succeed(ngx_http_request_t *r,
    const ngx_http_gatehouse_attempt_t *attempt, const gh_signin_result_t *result)
{
    ngx_str_t      location;
    gh_session_t  *session;

    session = gh_session_new(result->who.realm->name, result->who.uid, result->who.uuid,
                             result->who.name, result->who.mail, ngx_http_gatehouse_now());

    if (session == NULL || ngx_http_gatehouse_session_begin(r, &session) != NGX_OK) {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    switch (result->verdict) {

    case GH_VERDICT_EXPIRING:
        location = ngx_http_gatehouse_portal_path(r, "/dashboard?notice=expiring");
        return ngx_http_gatehouse_page_redirect(r, &location);

    case GH_VERDICT_GRACE:
        location = ngx_http_gatehouse_portal_path(r, "/dashboard?notice=expired");
        return ngx_http_gatehouse_page_redirect(r, &location);

    default:
        return ngx_http_gatehouse_login_go_on(r, attempt->next);
    }
}

void
ngx_http_gatehouse_login_notice(ngx_http_request_t *r, json_t *context)
{
    ngx_str_t    notice;
    const char  *text;

    if (ngx_http_arg(r, (u_char *) "notice", sizeof("notice") - 1, &notice) != NGX_OK) {
        return;
    }

    if (gh_text_equal(ngx_http_gatehouse_text(notice), gh_text("expiring"))) {
        text = "Your password will stop working soon. Choose a new one in time.";

    } else if (gh_text_equal(ngx_http_gatehouse_text(notice), gh_text("expired"))) {
        text = "Your password has expired and works only a few times more. "
               "Choose a new one now.";

    } else {
        return;
    }

    (void) json_object_set_new(context, "warning", json_pack("{s:s}", "text", text));
}

/* The refusal may leave at the next multiple of the grid after the request came. */
static void
ngx_http_gatehouse_login_delay(ngx_http_request_t *r, ngx_http_gatehouse_attempt_t *attempt)
{
    ngx_time_t  *tp = ngx_timeofday();
    ngx_msec_t   passed;

    passed = (tp->sec - r->start_sec) * 1000 + tp->msec - r->start_msec;
    ngx_add_timer(&attempt->refusal,
                  NGX_HTTP_GATEHOUSE_REFUSAL_GRID
                      - passed % NGX_HTTP_GATEHOUSE_REFUSAL_GRID);
}

static void
ngx_http_gatehouse_login_refuse(ngx_event_t *ev)
{
    ngx_http_gatehouse_attempt_t  *attempt = ev->data;
    ngx_http_request_t            *r = attempt->request;
    ngx_connection_t              *c = r->connection;

    ngx_http_finalize_request(
        r, ngx_http_gatehouse_login_again(r, attempt, NULL, attempt->message));
    ngx_http_run_posted_requests(c);
}

/* Each verdict's page: the one place that knows. */
static void
ngx_http_gatehouse_login_done(ngx_http_request_t *r, gh_flow_t *flow)
{
    ngx_uint_t                     level;
    const gh_signin_result_t      *result = gh_signin_result(flow);
    ngx_http_gatehouse_attempt_t  *attempt = ngx_http_gatehouse_attempt_find(r);

    switch (result->verdict) {

    case GH_VERDICT_SIGNED_IN:
    case GH_VERDICT_EXPIRING:
    case GH_VERDICT_GRACE:
        ngx_http_finalize_request(r, ngx_http_gatehouse_login_succeed(r, attempt, result));
        return;

    case GH_VERDICT_MUST_CHANGE:
        attempt->message = "That is a temporary password, and this page can't replace it. "
                           "Please call us.";
        break;

    case GH_VERDICT_EXPIRED:
        attempt->message = "Your password has expired. Please call us.";
        break;

    case GH_VERDICT_DENY:
    case GH_VERDICT_UNAVAILABLE:
        /* That a directory is down is said once, by the pool, and not for each who waits. */
        level = result->result < 0 ? NGX_LOG_INFO : NGX_LOG_ERR;
        ngx_log_error(level, r->connection->log, 0,
                      "gatehouse: nobody could be signed in: directory result %d",
                      result->result);
        ngx_http_finalize_request(
            r, ngx_http_gatehouse_page_problem(r, NGX_HTTP_SERVICE_UNAVAILABLE));
        return;

    /* These read the same to a stranger. */
    case GH_VERDICT_WRONG_PASSWORD:
    case GH_VERDICT_UNKNOWN:
    case GH_VERDICT_NO_PASSWORD:
    case GH_VERDICT_ENDED:
    case GH_VERDICT_LOCKED:
    case GH_VERDICT_DISABLED:
    default:
        attempt->message = "The user name or the password is not right. Check who you are in "
                           "the list, and whether Caps Lock is on.";
    }

    ngx_http_gatehouse_login_delay(r, attempt);
}
