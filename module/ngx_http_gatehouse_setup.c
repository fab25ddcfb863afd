/*
 * Setting up an account.
 */

/* lib. */
#include "account/register.h"
#include "base/fold.h"

/* Module. */
#include "ngx_http_gatehouse_attempt.h"
#include "ngx_http_gatehouse_audit.h"
#include "ngx_http_gatehouse_claim.h"
#include "ngx_http_gatehouse_fields.h"
#include "ngx_http_gatehouse_page.h"
#include "ngx_http_gatehouse_portal.h"
#include "ngx_http_gatehouse_session.h"
#include "ngx_http_gatehouse_setup.h"

static void ngx_http_gatehouse_setup_done(ngx_http_request_t *r, gh_flow_t *flow);

/* What a realm's page is called, as the guide calls it: the label's words with capitals. */
static void
ngx_http_gatehouse_setup_title(const gh_realm_t *realm, char *out, size_t size)
{
    char  *p;

    if (ngx_http_gatehouse_is_contractor(realm)) {
        (void) snprintf(out, size, "Create New Contractor Account");
        return;
    }

    (void) snprintf(out, size, "Create a New %s Account", realm->label);

    for (p = out + sizeof("Create a"); *p != '\0'; p++) {
        if (p[-1] == ' ') {
            *p = ngx_toupper(*p);
        }
    }
}

ngx_uint_t
ngx_http_gatehouse_setup_is_open(ngx_http_gatehouse_main_conf_t *gmcf)
{
    size_t  i;

    for (i = 0; i < gmcf->config->realm_count; i++) {
        if (gmcf->config->realms[i].has_registration) {
            return 1;
        }
    }

    return 0;
}

/* What whoever chooses a kind should have at hand. */
static const char *
ngx_http_gatehouse_setup_text(const gh_realm_t *realm)
{
    if (ngx_http_gatehouse_is_contractor(realm)) {
        return "For licensed contractors. Have your license and your workers' compensation "
               "insurance at hand. Your license number will be your user name.";
    }

    return "For residents, owners and everybody else.";
}

ngx_int_t
ngx_http_gatehouse_setup_kinds(ngx_http_request_t *r)
{
    char                             title[128], url[512];
    size_t                           i;
    json_t                          *context, *kinds = json_array();
    const gh_realm_t                *realm;
    ngx_http_gatehouse_main_conf_t  *gmcf = ngx_http_gatehouse_main_conf(r);

    for (i = 0; i < gmcf->config->realm_count; i++) {
        realm = &gmcf->config->realms[i];

        if (!realm->has_registration) {
            continue;
        }

        ngx_http_gatehouse_setup_title(realm, title, sizeof(title));
        (void) snprintf(url, sizeof(url), "%s/setup/%s", gmcf->config->portal.prefix,
                        realm->name);
        (void) json_array_append_new(
            kinds, json_pack("{s:s, s:s, s:s}", "title", title, "url", url, "text",
                             ngx_http_gatehouse_setup_text(realm)));
    }

    context = ngx_http_gatehouse_page_context(r, "Set up an account");

    if (context == NULL) {
        json_decref(kinds);
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    (void) json_object_set_new(context, "kinds", kinds);

    return ngx_http_gatehouse_page_send(r, NGX_HTTP_OK, "setup", &context);
}

/* The realm that the address names, when people may register there; NULL: none. */
static const gh_realm_t *
ngx_http_gatehouse_setup_realm(ngx_http_request_t *r)
{
    const gh_realm_t  *realm;

    realm = gh_config_realm(ngx_http_gatehouse_main_conf(r)->config,
                            ngx_http_gatehouse_portal_tail(r));

    return realm != NULL && realm->has_registration ? realm : NULL;
}

/* What registrants fill in: not what a license board says, not what is their user name. */
static ngx_uint_t
ngx_http_gatehouse_setup_shows(const gh_field_t *field, void *data)
{
    return !field->is_official && ngx_strcmp(field->attribute, "uid") != 0;
}

static void
ngx_http_gatehouse_setup_rows(ngx_http_request_t *r, json_t *rows, const gh_realm_t *realm,
    const ngx_http_gatehouse_attempt_t *attempt)
{
    ngx_http_gatehouse_row_t  name = { "username", realm->username_label, "text", "username",
                                       NULL, 1 };

    if (ngx_http_gatehouse_is_contractor(realm)) {
        name.hint = "Your license number is your user name.";
    }

    (void) ngx_http_gatehouse_fields_row(
        rows, &name,
        attempt != NULL ? ngx_http_gatehouse_attempt_value(attempt, "username") : gh_text(NULL),
        attempt);
    ngx_http_gatehouse_fields_rows(rows, realm, ngx_http_gatehouse_setup_shows, NULL, attempt,
                                   NULL);
    ngx_http_gatehouse_fields_password_rows(rows, realm, attempt);
    ngx_http_gatehouse_fields_question_rows(r, rows, realm, attempt);
}

static json_t *
ngx_http_gatehouse_setup_context(ngx_http_request_t *r, const gh_realm_t *realm,
    const ngx_http_gatehouse_attempt_t *attempt)
{
    char     title[128], path[128];
    json_t  *rows = json_array();

    ngx_http_gatehouse_setup_title(realm, title, sizeof(title));
    (void) snprintf(path, sizeof(path), "/setup/%s", realm->name);
    ngx_http_gatehouse_setup_rows(r, rows, realm, attempt);

    return ngx_http_gatehouse_page_form(r, title, path, "Create account", &rows);
}

ngx_int_t
ngx_http_gatehouse_setup_form(ngx_http_request_t *r)
{
    json_t            *context;
    const gh_realm_t  *realm = ngx_http_gatehouse_setup_realm(r);

    if (realm == NULL) {
        return ngx_http_gatehouse_page_problem(r, NGX_HTTP_NOT_FOUND);
    }

    context = ngx_http_gatehouse_setup_context(r, realm, NULL);

    return ngx_http_gatehouse_page_send(r, NGX_HTTP_OK, "form", &context);
}

static json_t *
ngx_http_gatehouse_setup_again(ngx_http_request_t *r, ngx_http_gatehouse_attempt_t *attempt)
{
    return ngx_http_gatehouse_setup_context(r, attempt->realm, attempt);
}

/*
 * A public user name that reads as somebody's license number would be taken for that
 * contractor's, and pass wherever names are told apart by their look.
 */
static void
ngx_http_gatehouse_setup_check_name(ngx_http_gatehouse_attempt_t *attempt, gh_text_t username)
{
    size_t              i;
    gh_buf_t            name;
    const gh_realm_t   *realm;
    const gh_config_t  *config = ngx_http_gatehouse_main_conf(attempt->request)->config;

    if (gh_text_is_empty(gh_text_trim(username))) {
        ngx_http_gatehouse_attempt_wrong(attempt, "username", "Please fill this in.");
        return;
    }

    for (i = 0; i < config->realm_count; i++) {
        realm = &config->realms[i];

        if (realm == attempt->realm || !ngx_http_gatehouse_is_contractor(realm)) {
            continue;
        }

        gh_buf_init(&name);

        if (gh_realm_canonical(realm, username, &name) == 0) {
            ngx_http_gatehouse_attempt_wrong(attempt, "username",
                                             "That looks like a license number. Choose another "
                                             "name, or set up a contractor account.");
        }

        gh_buf_cleanup(&name);
    }
}

/* The search key of a business, one value for each of its words. */
static ngx_int_t
ngx_http_gatehouse_setup_key(ngx_http_gatehouse_attempt_t *attempt, ngx_array_t *typed)
{
    size_t            i;
    gh_typed_t       *one;
    gh_fold_words_t  *words;

    words = ngx_palloc(attempt->request->pool, sizeof(gh_fold_words_t));

    if (words == NULL) {
        return NGX_ERROR;
    }

    if (gh_fold_words(ngx_http_gatehouse_attempt_value(attempt, "o"), words) != 0) {
        return NGX_OK;
    }

    for (i = 0; i < words->count; i++) {
        one = ngx_array_push(typed);

        if (one == NULL) {
            return NGX_ERROR;
        }

        one->attr = "gatehouseSearchKey";
        one->value = gh_text(words->values[i]);
    }

    return NGX_OK;
}

/* Checks all of the form and hands it to the directory. */
static void
ngx_http_gatehouse_setup_register(ngx_http_gatehouse_attempt_t *attempt)
{
    gh_flow_t                       *flow;
    ngx_array_t                      typed;
    gh_secret_t                     *password, *answer;
    gh_register_form_t               form = { 0 };
    ngx_http_gatehouse_main_conf_t  *gmcf = ngx_http_gatehouse_main_conf(attempt->request);

    form.username = ngx_http_gatehouse_attempt_value(attempt, "username");
    form.is_contractor = ngx_http_gatehouse_is_contractor(attempt->realm);

    ngx_http_gatehouse_setup_check_name(attempt, form.username);

    if (ngx_http_gatehouse_fields_read(attempt, ngx_http_gatehouse_setup_shows, NULL, &typed)
        != NGX_OK)
    {
        ngx_http_finalize_request(attempt->request, NGX_HTTP_INTERNAL_SERVER_ERROR);
        return;
    }

    ngx_http_gatehouse_claim_check(attempt, ngx_http_gatehouse_setup_shows, NULL);
    password = ngx_http_gatehouse_fields_password(attempt, form.username, &typed, NULL, 0);
    ngx_http_gatehouse_fields_question(attempt, &form.question, &answer);

    if (ngx_http_gatehouse_attempt_has_errors(attempt) || password == NULL) {
        gh_secret_free(password);
        gh_secret_free(answer);
        ngx_http_gatehouse_attempt_again(attempt);
        return;
    }

    if (form.is_contractor && ngx_http_gatehouse_setup_key(attempt, &typed) != NGX_OK) {
        gh_secret_free(password);
        gh_secret_free(answer);
        ngx_http_finalize_request(attempt->request, NGX_HTTP_INTERNAL_SERVER_ERROR);
        return;
    }

    form.typed = typed.elts;
    form.typed_count = typed.nelts;
    flow = gh_register_new(gmcf->config, attempt->realm, &form, &password, &answer,
                           ngx_http_gatehouse_now());
    ngx_http_gatehouse_attempt_run(attempt, &flow, ngx_http_gatehouse_setup_done);
}

void
ngx_http_gatehouse_setup(ngx_http_request_t *r, gh_form_t *form)
{
    const gh_realm_t              *realm = ngx_http_gatehouse_setup_realm(r);
    ngx_http_gatehouse_attempt_t  *attempt;

    if (realm == NULL) {
        ngx_http_finalize_request(r, ngx_http_gatehouse_page_problem(r, NGX_HTTP_NOT_FOUND));
        return;
    }

    attempt = ngx_http_gatehouse_attempt_create(r, form, "form",
                                                ngx_http_gatehouse_setup_again);

    if (attempt == NULL) {
        ngx_http_finalize_request(r, NGX_HTTP_INTERNAL_SERVER_ERROR);
        return;
    }

    attempt->realm = realm;

    /* This page names what is taken, so it counts for the address; and so do accounts. */
    if (ngx_http_gatehouse_attempt_throttle(attempt, gh_text(NULL),
                                            NGX_HTTP_GATEHOUSE_NEWCOMER) == NGX_OK
        && ngx_http_gatehouse_attempt_throttle(attempt, gh_text(NULL),
                                               NGX_HTTP_GATEHOUSE_STRANGER) == NGX_OK)
    {
        ngx_http_gatehouse_setup_register(attempt);
    }
}

/* Each outcome's words. */
static void
ngx_http_gatehouse_setup_refuse(ngx_http_gatehouse_attempt_t *attempt,
    const gh_outcome_report_t *report)
{
    switch (report->outcome) {

    case GH_OUTCOME_TAKEN:
        ngx_http_gatehouse_attempt_wrong(attempt, "username",
                                         "Somebody has that user name already. Choose another.");
        break;

    case GH_OUTCOME_ON_FILE:
        ngx_http_gatehouse_attempt_wrong(
            attempt, "username",
            "That license is on file already. Use Forgot password, or call us for a "
            "temporary password.");
        break;

    case GH_OUTCOME_MAIL_TAKEN:
        ngx_http_gatehouse_attempt_wrong(
            attempt, "mail", "An account with that address exists. Use Forgot password.");
        break;

    case GH_OUTCOME_BAD_PASSWORD:
        ngx_http_gatehouse_attempt_wrong(attempt, "password",
                                         gh_outcome_reason(report->policy));
        break;

    case GH_OUTCOME_BAD_VALUE:
        if (report->attr != NULL && ngx_strcmp(report->attr, "uid") == 0) {
            ngx_http_gatehouse_attempt_wrong(attempt, "username", "That can't be a user name.");

        } else if (report->attr != NULL) {
            ngx_http_gatehouse_attempt_wrong(attempt, report->attr,
                                             "The directory does not take this value.");
        } else {
            attempt->message = "The directory does not take one of these values. Please check "
                               "them.";
        }
        break;

    default:
        attempt->message = "Accounts can't be set up right now. Nothing was stored. Please try "
                           "again later or call us.";
    }
}

/*
 * Signs the new account in; a directory that went away after the add leaves that to its
 * owner.
 */
static ngx_int_t
ngx_http_gatehouse_setup_succeed(ngx_http_request_t *r, const gh_identity_card_t *who)
{
    ngx_int_t  rc;

    if (who->uid == NULL) {
        return ngx_http_gatehouse_page_done(r, "Your account is set up",
                                            "Log in with your user name and your password.",
                                            "/login", "Log in");
    }

    rc = ngx_http_gatehouse_session_begin_for(r, who);

    return rc == NGX_OK ? ngx_http_gatehouse_portal_go(r, "/welcome") : rc;
}

static void
ngx_http_gatehouse_setup_done(ngx_http_request_t *r, gh_flow_t *flow)
{
    ngx_http_gatehouse_try_t       made;
    const gh_register_result_t    *result = gh_register_result(flow);
    ngx_http_gatehouse_attempt_t  *attempt = ngx_http_gatehouse_attempt_find(r);

    ngx_http_gatehouse_audit(r, "set-up", attempt->realm->name, result->who.uid,
                             gh_outcome_name(result->report.outcome));

    switch (result->report.outcome) {

    case GH_OUTCOME_DONE:
        ngx_http_gatehouse_throttle_try(r, &made, attempt->realm, gh_text(NULL),
                                        NGX_HTTP_GATEHOUSE_NEWCOMER);
        ngx_http_gatehouse_throttle_refused(r, &made);
        ngx_http_finalize_request(r, ngx_http_gatehouse_setup_succeed(r, &result->who));
        return;

    case GH_OUTCOME_UNDECIDED:
    case GH_OUTCOME_UNAVAILABLE:
        ngx_http_gatehouse_attempt_unavailable(attempt, result->report.result);
        return;

    default:
        ngx_http_gatehouse_setup_refuse(attempt, &result->report);
        ngx_http_gatehouse_attempt_refuse(attempt);
    }
}

ngx_int_t
ngx_http_gatehouse_welcome(ngx_http_request_t *r)
{
    json_t                          *context;
    ngx_str_t                        url;
    const gh_realm_t                *realm;
    const gh_session_t              *session = ngx_http_gatehouse_session(r);
    ngx_http_gatehouse_main_conf_t  *gmcf = ngx_http_gatehouse_main_conf(r);

    if (session == NULL) {
        return ngx_http_gatehouse_portal_go(r, "/login");
    }

    context = ngx_http_gatehouse_page_context(r, "Your account is set up");
    url = ngx_http_gatehouse_portal_path(r, "/dashboard");

    if (context == NULL || url.len == 0) {
        json_decref(context);
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    realm = gh_config_realm(gmcf->config, gh_text(session->realm));

    (void) json_object_update_new(
        context,
        json_pack("{s:s, s:s, s:s, s:b, s:b, s:s#}", "name", session->name, "uid", session->uid,
                  "username_label", realm->username_label, "is_contractor",
                  ngx_http_gatehouse_is_contractor(realm) != 0, "is_unverified",
                  ngx_http_gatehouse_is_contractor(realm) != 0, "continue_url",
                  (char *) url.data, (int) url.len));

    return ngx_http_gatehouse_page_send(r, NGX_HTTP_OK, "welcome", &context);
}
