/*
 * The log-in page: form, sign-in, verdict, answer.
 */

/* lib. */
#include "account/signin.h"
#include "account/settle.h"
#include "account/stamp.h"
#include "web/next.h"

/* Module. */
#include "ngx_http_gatehouse_attempt.h"
#include "ngx_http_gatehouse_audit.h"
#include "ngx_http_gatehouse_first.h"
#include "ngx_http_gatehouse_known.h"
#include "ngx_http_gatehouse_login.h"
#include "ngx_http_gatehouse_metrics.h"
#include "ngx_http_gatehouse_page.h"
#include "ngx_http_gatehouse_portal.h"
#include "ngx_http_gatehouse_question.h"
#include "ngx_http_gatehouse_run.h"
#include "ngx_http_gatehouse_session.h"

static void ngx_http_gatehouse_login_done(ngx_http_request_t *r, gh_flow_t *flow);


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

void
ngx_http_gatehouse_login_label(ngx_http_gatehouse_main_conf_t *gmcf, char *out, size_t size)
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

    (void) snprintf(out, size, "%s", gh_buf_string(&labels));
    gh_buf_cleanup(&labels);
}

void
ngx_http_gatehouse_login_realm_row(ngx_http_gatehouse_main_conf_t *gmcf, json_t *rows,
    const gh_realm_t *selected)
{
    size_t             i;
    json_t            *choices = json_array();
    const gh_realm_t  *realm;

    for (i = 0; i < gmcf->config->realm_count; i++) {
        realm = &gmcf->config->realms[i];
        (void) json_array_append_new(
            choices, json_pack("{s:s, s:s, s:b}", "value", realm->name, "text", realm->label,
                               "selected", realm == selected));
    }

    (void) json_array_append_new(
        rows, json_pack("{s:s, s:s, s:s, s:b, s:b, s:b, s:o}", "name", "realm", "label",
                        "Kind of account", "type", "text", "required", 1, "is_password", 0,
                        "is_choice", 1, "choices", choices));
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
    ngx_http_gatehouse_login_label(gmcf, typed, sizeof(typed));
    (void) json_object_set_new(context, "username_labels", json_string(typed));

    return context;
}

gh_text_t
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

ngx_int_t
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

static gh_text_t
ngx_http_gatehouse_login_safe_next(const ngx_http_gatehouse_attempt_t *attempt)
{
    gh_text_t  next = ngx_http_gatehouse_attempt_value(attempt, "next");

    return gh_next_is_safe(next) ? next : gh_text(NULL);
}

/* The form again, with what is wrong beside the fields. */
static json_t *
ngx_http_gatehouse_login_again(ngx_http_request_t *r, ngx_http_gatehouse_attempt_t *attempt)
{
    json_t      *context, *wrong;
    ngx_uint_t   i;
    static const char *const  fields[][2] = { { "username", "username_error" },
                                              { "password", "password_error" } };

    context = ngx_http_gatehouse_login_context(
        r, "Error: Log in", attempt->realm, ngx_http_gatehouse_attempt_value(attempt, "username"),
        ngx_http_gatehouse_login_safe_next(attempt));

    for (i = 0; context != NULL && i < 2; i++) {
        wrong = json_object_get(attempt->errors, fields[i][0]);

        if (wrong != NULL) {
            (void) json_object_set_new(context, fields[i][1], json_pack("{s:O}", "text", wrong));
        }
    }

    return context;
}

static ngx_int_t
ngx_http_gatehouse_login_throttle(ngx_http_gatehouse_attempt_t *attempt)
{
    gh_text_t  account = ngx_http_gatehouse_attempt_value(attempt, "username");

    return ngx_http_gatehouse_attempt_throttle(
        attempt, account,
        ngx_http_gatehouse_known_by(attempt->request, attempt->realm, account)
            ? NGX_HTTP_GATEHOUSE_OWNER
            : NGX_HTTP_GATEHOUSE_STRANGER);
}

static void
ngx_http_gatehouse_login_try(ngx_http_gatehouse_attempt_t *attempt)
{
    gh_flow_t                       *flow;
    gh_secret_t                     *password = gh_secret_new();
    ngx_http_gatehouse_main_conf_t  *gmcf = ngx_http_gatehouse_main_conf(attempt->request);

    if (password == NULL) {
        ngx_http_finalize_request(attempt->request, NGX_HTTP_INTERNAL_SERVER_ERROR);
        return;
    }

    /* An overlong password leaves it empty, and an empty one is refused by the flow. */
    (void) gh_secret_set(password, ngx_http_gatehouse_attempt_value(attempt, "password"));
    flow = gh_signin_new(gmcf->config, attempt->realm,
                         ngx_http_gatehouse_attempt_value(attempt, "username"), &password,
                         ngx_http_gatehouse_now());
    ngx_http_gatehouse_attempt_run(attempt, &flow, ngx_http_gatehouse_login_done);
}

void
ngx_http_gatehouse_login(ngx_http_request_t *r, gh_form_t *form)
{
    ngx_http_gatehouse_attempt_t    *attempt;
    ngx_http_gatehouse_main_conf_t  *gmcf = ngx_http_gatehouse_main_conf(r);

    attempt = ngx_http_gatehouse_attempt_create(r, form, "login",
                                                ngx_http_gatehouse_login_again);

    if (attempt == NULL) {
        ngx_http_finalize_request(r, NGX_HTTP_INTERNAL_SERVER_ERROR);
        return;
    }

    attempt->realm = gh_config_realm(gmcf->config, gh_form_value(form, "realm"));

    if (attempt->realm == NULL) {
        attempt->message = "Choose who you are and log in again.";

    } else if (gh_text_is_empty(gh_text_trim(gh_form_value(form, "username")))) {
        ngx_http_gatehouse_attempt_wrong(attempt, "username", "Enter your user name.");

    } else if (gh_text_is_empty(gh_form_value(form, "password"))) {
        ngx_http_gatehouse_attempt_wrong(attempt, "password", "Enter your password.");
    }

    if (attempt->message != NULL || ngx_http_gatehouse_attempt_has_errors(attempt)) {
        ngx_http_gatehouse_attempt_again(attempt);
        return;
    }

    if (ngx_http_gatehouse_login_throttle(attempt) == NGX_OK) {
        ngx_http_gatehouse_login_try(attempt);
    }
}

static void
ngx_http_gatehouse_login_stamped(void *data, gh_flow_t *flow)
{
    int  result = gh_stamp_result(flow);

    if (result != GH_RESULT_SUCCESS) {
        ngx_log_error(NGX_LOG_INFO, ngx_cycle->log, 0,
                      "gatehouse: a last sign-in could not be stamped: directory result %d",
                      result);
    }
}

void
ngx_http_gatehouse_login_stamp(ngx_http_request_t *r, const gh_signin_result_t *result)
{
    gh_time_t   now = ngx_http_gatehouse_now();
    gh_flow_t  *flow;

    if (!gh_stamp_is_due(result->last, now)) {
        return;
    }

    flow = gh_stamp_new(result->who.dn, now);

    if (flow != NULL) {
        (void) ngx_http_gatehouse_run_alone(ngx_http_gatehouse_main_conf(r), &flow,
                                            ngx_http_gatehouse_login_stamped, NULL);
    }
}

/* Where a sign-in leads: to what its password has to be told, else to where it came from. */
static gh_text_t
ngx_http_gatehouse_login_leads_to(ngx_http_request_t *r,
    const ngx_http_gatehouse_attempt_t *attempt, gh_verdict_t verdict)
{
    switch (verdict) {

    case GH_VERDICT_EXPIRING:
        return ngx_http_gatehouse_text(
            ngx_http_gatehouse_portal_path(r, "/dashboard?notice=expiring"));

    case GH_VERDICT_GRACE:
        return ngx_http_gatehouse_text(
            ngx_http_gatehouse_portal_path(r, "/dashboard?notice=expired"));

    default:
        return ngx_http_gatehouse_login_safe_next(attempt);
    }
}

static void
ngx_http_gatehouse_login_settled(void *data, gh_flow_t *flow)
{
    int  result = gh_settle_result(flow);

    if (result != GH_RESULT_SUCCESS && result != GH_RESULT_ASSERTION_FAILED) {
        ngx_log_error(NGX_LOG_WARN, ngx_cycle->log, 0,
                      "gatehouse: a temporary password's end could not be taken from an account "
                      "that has another: directory result %d", result);
    }
}

/* A password that was changed elsewhere must not end with the temporary one. */
static void
ngx_http_gatehouse_login_settle(ngx_http_request_t *r, const gh_signin_result_t *result)
{
    gh_flow_t  *flow;

    if (!result->is_unsettled) {
        return;
    }

    flow = gh_settle_new(result->who.dn, GH_SETTLE_UNCHANGED);

    if (flow != NULL) {
        (void) ngx_http_gatehouse_run_alone(ngx_http_gatehouse_main_conf(r), &flow,
                                            ngx_http_gatehouse_login_settled, NULL);
    }
}

static ngx_int_t
ngx_http_gatehouse_login_succeed(ngx_http_request_t *r,
    const ngx_http_gatehouse_attempt_t *attempt, const gh_signin_result_t *result)
{
    gh_text_t  next = ngx_http_gatehouse_login_leads_to(r, attempt, result->verdict);

    if (ngx_http_gatehouse_session_begin_for(r, &result->who) != NGX_OK) {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    ngx_http_gatehouse_login_stamp(r, result);
    ngx_http_gatehouse_login_settle(r, result);

    if (result->lacks_question && result->who.realm->question == GH_QUESTION_REQUIRED) {
        return ngx_http_gatehouse_question_ask(r, &result->who, next);
    }

    return ngx_http_gatehouse_login_go_on(r, next);
}

void
ngx_http_gatehouse_login_notice(ngx_http_request_t *r, json_t *context)
{
    ngx_str_t   notice;
    ngx_uint_t  i;
    static const struct {
        const char  *notice, *place, *text;
    } notices[] = {
        { "expiring", "warning",
          "Your password will stop working soon. Choose a new one in time." },
        { "expired", "warning",
          "Your password has expired and works only a few times more. Choose a new one now." },
        { "password", "message", "Your password is changed." },
        { "profile", "message", "Your profile is saved." },
    };

    if (ngx_http_arg(r, (u_char *) "notice", sizeof("notice") - 1, &notice) != NGX_OK) {
        return;
    }

    for (i = 0; i < sizeof(notices) / sizeof(notices[0]); i++) {
        if (gh_text_equal(ngx_http_gatehouse_text(notice), gh_text(notices[i].notice))) {
            (void) json_object_set_new(context, notices[i].place,
                                       json_pack("{s:s, s:s}", "kind", "info", "text",
                                                 notices[i].text));
        }
    }
}

/* Each verdict's page: the one place that knows. */
static void
ngx_http_gatehouse_login_done(ngx_http_request_t *r, gh_flow_t *flow)
{
    const gh_signin_result_t      *result = gh_signin_result(flow);
    ngx_http_gatehouse_attempt_t  *attempt = ngx_http_gatehouse_attempt_find(r);

    ngx_http_gatehouse_audit(r, "sign-in", attempt->realm->name, result->who.uid,
                             gh_verdict_name(result->verdict));
    ngx_http_gatehouse_metrics_signin(NGX_HTTP_GATEHOUSE_VIA_FORM, result->verdict);

    switch (result->verdict) {

    case GH_VERDICT_SIGNED_IN:
    case GH_VERDICT_EXPIRING:
    case GH_VERDICT_GRACE:
        ngx_http_finalize_request(r, ngx_http_gatehouse_login_succeed(r, attempt, result));
        return;

    case GH_VERDICT_MUST_CHANGE:
        ngx_http_finalize_request(r, ngx_http_gatehouse_first_go(r, &result->who));
        return;

    case GH_VERDICT_DENY:
    case GH_VERDICT_UNAVAILABLE:
        ngx_http_gatehouse_attempt_unavailable(attempt, result->result);
        return;

    case GH_VERDICT_EXPIRED:
        attempt->message = "Your password has expired. Use Forgot password, or call us.";
        break;

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

    ngx_http_gatehouse_attempt_refuse(attempt);
}
