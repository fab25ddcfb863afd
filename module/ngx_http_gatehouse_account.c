/*
 * The account of whoever is signed in.
 */

/* lib. */
#include "account/password.h"
#include "account/person.h"
#include "account/profile.h"

/* Module. */
#include "ngx_http_gatehouse_account.h"
#include "ngx_http_gatehouse_attempt.h"
#include "ngx_http_gatehouse_audit.h"
#include "ngx_http_gatehouse_claim.h"
#include "ngx_http_gatehouse_fields.h"
#include "ngx_http_gatehouse_notice.h"
#include "ngx_http_gatehouse_page.h"
#include "ngx_http_gatehouse_portal.h"
#include "ngx_http_gatehouse_run.h"
#include "ngx_http_gatehouse_session.h"

/* A profile's form; from the request's pool. */
typedef struct {
    const gh_realm_t  *realm;
    u_char            *shows;       /* by field of the realm: whether the form has it */
} ngx_http_gatehouse_profile_t;

static void ngx_http_gatehouse_password_done(ngx_http_request_t *r, gh_flow_t *flow);
static void ngx_http_gatehouse_profile_read(ngx_http_request_t *r, gh_flow_t *flow);
static void ngx_http_gatehouse_profile_looked(ngx_http_request_t *r, gh_flow_t *flow);
static void ngx_http_gatehouse_profile_done(ngx_http_request_t *r, gh_flow_t *flow);

static const gh_realm_t *
ngx_http_gatehouse_account_realm(ngx_http_request_t *r, const gh_session_t *session)
{
    return gh_config_realm(ngx_http_gatehouse_main_conf(r)->config, gh_text(session->realm));
}

/* Answers 303 to the log-in page, which leads on to the page `path`. */
static ngx_int_t
ngx_http_gatehouse_account_login(ngx_http_request_t *r, const char *path)
{
    return ngx_http_gatehouse_portal_go_by(
        r, "/login", ngx_http_gatehouse_text(ngx_http_gatehouse_portal_path(r, path)));
}

ngx_http_gatehouse_attempt_t *
ngx_http_gatehouse_account_attempt(ngx_http_request_t *r, gh_form_t *form,
    ngx_http_gatehouse_attempt_page_pt page)
{
    const gh_session_t            *session = ngx_http_gatehouse_session(r);
    ngx_http_gatehouse_attempt_t  *attempt;

    if (session == NULL) {
        ngx_http_finalize_request(r, ngx_http_gatehouse_portal_go(r, "/login"));
        return NULL;
    }

    attempt = ngx_http_gatehouse_attempt_create(r, form, "form", page);

    if (attempt == NULL) {
        ngx_http_finalize_request(r, NGX_HTTP_INTERNAL_SERVER_ERROR);
        return NULL;
    }

    attempt->realm = ngx_http_gatehouse_account_realm(r, session);

    if (ngx_http_gatehouse_attempt_throttle(attempt, gh_text(session->uid),
                                            NGX_HTTP_GATEHOUSE_OWNER) != NGX_OK) {
        return NULL;
    }

    return attempt;
}


/* The password. */

static json_t *
ngx_http_gatehouse_password_context(ngx_http_request_t *r,
    const ngx_http_gatehouse_attempt_t *attempt)
{
    json_t                    *rows = json_array();
    const gh_realm_t          *realm;
    const gh_session_t        *session = ngx_http_gatehouse_session(r);
    ngx_http_gatehouse_row_t   current = { "current_password", "Your password now", "password",
                                           "current-password", NULL, 1 };

    realm = ngx_http_gatehouse_account_realm(r, session);
    ngx_http_gatehouse_fields_username_row(rows, realm, session->uid);
    (void) ngx_http_gatehouse_fields_row(rows, &current, gh_text(NULL), attempt);
    ngx_http_gatehouse_fields_password_rows(rows, realm, attempt);

    return ngx_http_gatehouse_page_form(r, "Change password", "/password", "Save password",
                                        &rows);
}

ngx_int_t
ngx_http_gatehouse_password_form(ngx_http_request_t *r)
{
    json_t  *context;

    if (ngx_http_gatehouse_session(r) == NULL) {
        return ngx_http_gatehouse_account_login(r, "/password");
    }

    context = ngx_http_gatehouse_password_context(r, NULL);

    return ngx_http_gatehouse_page_send(r, NGX_HTTP_OK, "form", &context);
}

static json_t *
ngx_http_gatehouse_password_again(ngx_http_request_t *r, ngx_http_gatehouse_attempt_t *attempt)
{
    return ngx_http_gatehouse_password_context(r, attempt);
}

void
ngx_http_gatehouse_password(ngx_http_request_t *r, gh_form_t *form)
{
    gh_text_t                        words[2], typed = gh_form_value(form, "current_password");
    gh_flow_t                       *flow;
    gh_secret_t                     *current, *password;
    const gh_session_t              *session = ngx_http_gatehouse_session(r);
    ngx_http_gatehouse_attempt_t    *attempt;
    ngx_http_gatehouse_main_conf_t  *gmcf = ngx_http_gatehouse_main_conf(r);

    attempt = ngx_http_gatehouse_account_attempt(r, form, ngx_http_gatehouse_password_again);

    if (attempt == NULL) {
        return;
    }

    words[0] = gh_text(session->name);
    words[1] = gh_text(session->mail);
    password = ngx_http_gatehouse_fields_password(attempt, gh_text(session->uid), NULL, words, 2);
    current = gh_secret_new();

    if (current == NULL || gh_secret_set(current, typed) != 0 || current->len == 0) {
        ngx_http_gatehouse_attempt_wrong(attempt, "current_password",
                                         "Enter the password you log in with.");
    }

    if (ngx_http_gatehouse_attempt_has_errors(attempt) || password == NULL) {
        gh_secret_free(current);
        gh_secret_free(password);
        ngx_http_gatehouse_attempt_again(attempt);
        return;
    }

    flow = gh_password_new(gmcf->config, attempt->realm, gh_text(session->uid),
                           gh_text(session->uuid), &current, &password,
                           ngx_http_gatehouse_now());
    ngx_http_gatehouse_attempt_run(attempt, &flow, ngx_http_gatehouse_password_done);
}

/* The other sessions end; this browser goes on in a new one. */
static ngx_int_t
ngx_http_gatehouse_password_succeed(ngx_http_request_t *r, const gh_password_result_t *result)
{
    ngx_http_gatehouse_end_all(ngx_http_gatehouse_main_conf(r), result->who.uuid,
                               ngx_http_gatehouse_now());
    ngx_http_gatehouse_notice(r, &result->who, result->who.mail, "mail_password");

    if (ngx_http_gatehouse_session_begin_for(r, &result->who) != NGX_OK) {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    return ngx_http_gatehouse_portal_go(r, "/dashboard?notice=password");
}

static void
ngx_http_gatehouse_password_done(ngx_http_request_t *r, gh_flow_t *flow)
{
    const gh_session_t            *session = ngx_http_gatehouse_session(r);
    const gh_password_result_t    *result = gh_password_result(flow);
    ngx_http_gatehouse_attempt_t  *attempt = ngx_http_gatehouse_attempt_find(r);

    ngx_http_gatehouse_audit(r, "password-change", session->realm, session->uid,
                             gh_outcome_name(result->report.outcome));

    switch (result->report.outcome) {

    case GH_OUTCOME_DONE:
        ngx_http_finalize_request(r, ngx_http_gatehouse_password_succeed(r, result));
        return;

    case GH_OUTCOME_UNDECIDED:
    case GH_OUTCOME_UNAVAILABLE:
        ngx_http_gatehouse_attempt_unavailable(attempt, result->report.result);
        return;

    case GH_OUTCOME_WRONG_PASSWORD:
        ngx_http_gatehouse_attempt_wrong(attempt, "current_password",
                                         "That is not your password.");
        break;

    case GH_OUTCOME_BAD_PASSWORD:
        ngx_http_gatehouse_attempt_wrong(attempt, "password",
                                         gh_outcome_reason(result->report.policy));
        break;

    default:
        attempt->message = "Your password could not be changed right now. Please try again or "
                           "call us.";
    }

    ngx_http_gatehouse_attempt_refuse(attempt);
}


/* The profile. */

/* The form for that entry: what the license board has said is not asked for.  NULL: no memory. */
static ngx_http_gatehouse_profile_t *
ngx_http_gatehouse_profile_create(ngx_http_request_t *r, const gh_realm_t *realm,
    const gh_entry_t *entry)
{
    size_t                         i;
    const gh_field_t              *field;
    ngx_http_gatehouse_profile_t  *profile;

    profile = ngx_palloc(r->pool, sizeof(ngx_http_gatehouse_profile_t));

    if (profile == NULL) {
        return NULL;
    }

    profile->realm = realm;
    profile->shows = ngx_pnalloc(r->pool, realm->field_count + 1);

    if (profile->shows == NULL) {
        return NULL;
    }

    for (i = 0; i < realm->field_count; i++) {
        field = &realm->fields[i];
        profile->shows[i] = field->is_editable && !field->is_official
                            && !ngx_http_gatehouse_claim_is_moot(field, entry);
    }

    return profile;
}

static ngx_uint_t
ngx_http_gatehouse_profile_shows(const gh_field_t *field, void *data)
{
    const ngx_http_gatehouse_profile_t  *profile = data;

    return profile->shows[field - profile->realm->fields];
}

static json_t *
ngx_http_gatehouse_profile_context(ngx_http_request_t *r, ngx_http_gatehouse_profile_t *profile,
    const ngx_http_gatehouse_attempt_t *attempt, const gh_entry_t *entry)
{
    json_t                    *rows = json_array();
    const gh_field_t          *mail = gh_realm_field(profile->realm, gh_text("mail"));
    ngx_http_gatehouse_row_t   current = { "current_password", "Your password", "password",
                                           "current-password",
                                           "Only to change your e-mail address: links to choose "
                                           "a new password go there.",
                                           0 };

    ngx_http_gatehouse_fields_rows(rows, profile->realm, ngx_http_gatehouse_profile_shows,
                                   profile, attempt, entry);

    if (mail != NULL && ngx_http_gatehouse_profile_shows(mail, profile)) {
        (void) ngx_http_gatehouse_fields_row(rows, &current, gh_text(NULL), attempt);
    }

    return ngx_http_gatehouse_page_form(r, "Your profile", "/profile", "Save", &rows);
}

ngx_int_t
ngx_http_gatehouse_profile_form(ngx_http_request_t *r)
{
    gh_flow_t           *flow;
    const gh_session_t  *session = ngx_http_gatehouse_session(r);

    if (session == NULL) {
        return ngx_http_gatehouse_account_login(r, "/profile");
    }

    flow = gh_person_new(ngx_http_gatehouse_account_realm(r, session), gh_text(session->uid),
                         gh_text(session->uuid));

    return ngx_http_gatehouse_run_content(r, &flow, ngx_http_gatehouse_profile_read);
}

static void
ngx_http_gatehouse_profile_read(ngx_http_request_t *r, gh_flow_t *flow)
{
    json_t                        *context;
    const gh_lookup_t             *person = gh_person_result(flow);
    ngx_http_gatehouse_profile_t  *profile;

    if (person->outcome != GH_LOOKUP_FOUND) {
        ngx_http_finalize_request(
            r, ngx_http_gatehouse_page_problem(r, NGX_HTTP_SERVICE_UNAVAILABLE));
        return;
    }

    profile = ngx_http_gatehouse_profile_create(r, person->who.realm, &person->entry);

    if (profile == NULL) {
        ngx_http_finalize_request(r, NGX_HTTP_INTERNAL_SERVER_ERROR);
        return;
    }

    context = ngx_http_gatehouse_profile_context(r, profile, NULL, &person->entry);
    ngx_http_finalize_request(r,
                              ngx_http_gatehouse_page_send(r, NGX_HTTP_OK, "form", &context));
}

static json_t *
ngx_http_gatehouse_profile_again(ngx_http_request_t *r, ngx_http_gatehouse_attempt_t *attempt)
{
    return ngx_http_gatehouse_profile_context(r, attempt->data, attempt, NULL);
}

static void
ngx_http_gatehouse_profile_submit(ngx_http_gatehouse_attempt_t *attempt)
{
    gh_flow_t                       *flow;
    ngx_array_t                      typed;
    gh_secret_t                     *current;
    ngx_http_request_t              *r = attempt->request;
    const gh_session_t              *session = ngx_http_gatehouse_session(r);
    ngx_http_gatehouse_main_conf_t  *gmcf = ngx_http_gatehouse_main_conf(r);

    if (ngx_http_gatehouse_fields_read(attempt, ngx_http_gatehouse_profile_shows, attempt->data,
                                       &typed)
        != NGX_OK)
    {
        ngx_http_finalize_request(r, NGX_HTTP_INTERNAL_SERVER_ERROR);
        return;
    }

    ngx_http_gatehouse_claim_check(attempt, ngx_http_gatehouse_profile_shows, attempt->data);

    if (ngx_http_gatehouse_attempt_has_errors(attempt)) {
        ngx_http_gatehouse_attempt_again(attempt);
        return;
    }

    current = gh_secret_new();

    if (current == NULL) {
        ngx_http_finalize_request(r, NGX_HTTP_INTERNAL_SERVER_ERROR);
        return;
    }

    /* An overlong password leaves it empty, and an empty one is refused by the flow. */
    (void) gh_secret_set(current, ngx_http_gatehouse_attempt_value(attempt, "current_password"));
    flow = gh_profile_new(gmcf->config, attempt->realm, gh_text(session->uid),
                          gh_text(session->uuid), typed.elts, typed.nelts, &current,
                          ngx_http_gatehouse_now());
    ngx_http_gatehouse_attempt_run(attempt, &flow, ngx_http_gatehouse_profile_done);
}

void
ngx_http_gatehouse_profile(ngx_http_request_t *r, gh_form_t *form)
{
    gh_flow_t                     *flow;
    const gh_session_t            *session = ngx_http_gatehouse_session(r);
    ngx_http_gatehouse_attempt_t  *attempt;

    attempt = ngx_http_gatehouse_account_attempt(r, form, ngx_http_gatehouse_profile_again);

    if (attempt != NULL) {
        flow = gh_person_new(attempt->realm, gh_text(session->uid), gh_text(session->uuid));
        ngx_http_gatehouse_attempt_run(attempt, &flow, ngx_http_gatehouse_profile_looked);
    }
}

/* What the form has follows from the entry, whatever came with it. */
static void
ngx_http_gatehouse_profile_looked(ngx_http_request_t *r, gh_flow_t *flow)
{
    const gh_lookup_t             *person = gh_person_result(flow);
    ngx_http_gatehouse_attempt_t  *attempt = ngx_http_gatehouse_attempt_find(r);

    if (person->outcome != GH_LOOKUP_FOUND) {
        ngx_http_gatehouse_attempt_unavailable(attempt, person->code);
        return;
    }

    attempt->data = ngx_http_gatehouse_profile_create(r, attempt->realm, &person->entry);

    if (attempt->data == NULL) {
        ngx_http_finalize_request(r, NGX_HTTP_INTERNAL_SERVER_ERROR);
        return;
    }

    ngx_http_gatehouse_profile_submit(attempt);
}

/* The session goes on under the new name and address; the old address is told. */
static ngx_int_t
ngx_http_gatehouse_profile_succeed(ngx_http_request_t *r, const gh_profile_result_t *result)
{
    if (result->old_mail != NULL && result->old_mail[0] != '\0') {
        ngx_http_gatehouse_notice(r, &result->who, result->old_mail,
                                             "mail_address");
    }

    if (ngx_http_gatehouse_session_rename(r, &result->who) != NGX_OK) {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    return ngx_http_gatehouse_portal_go(r, "/dashboard?notice=profile");
}

static void
ngx_http_gatehouse_profile_done(ngx_http_request_t *r, gh_flow_t *flow)
{
    const gh_session_t            *session = ngx_http_gatehouse_session(r);
    const gh_profile_result_t     *result = gh_profile_result(flow);
    ngx_http_gatehouse_attempt_t  *attempt = ngx_http_gatehouse_attempt_find(r);

    ngx_http_gatehouse_audit(r, "profile-change", session->realm, session->uid,
                             gh_outcome_name(result->report.outcome));

    switch (result->report.outcome) {

    case GH_OUTCOME_DONE:
        ngx_http_finalize_request(r, ngx_http_gatehouse_profile_succeed(r, result));
        return;

    case GH_OUTCOME_UNDECIDED:
    case GH_OUTCOME_UNAVAILABLE:
        ngx_http_gatehouse_attempt_unavailable(attempt, result->report.result);
        return;

    case GH_OUTCOME_WRONG_PASSWORD:
        if (gh_text_is_empty(ngx_http_gatehouse_attempt_value(attempt, "current_password"))) {
            ngx_http_gatehouse_attempt_wrong(attempt, "current_password",
                                             "Enter your password to change your e-mail address.");
            ngx_http_gatehouse_attempt_again(attempt);
            return;
        }

        ngx_http_gatehouse_attempt_wrong(attempt, "current_password",
                                         "That is not your password.");
        break;

    case GH_OUTCOME_MAIL_TAKEN:
        ngx_http_gatehouse_attempt_wrong(attempt, "mail",
                                         "Another account has that address.");
        break;

    case GH_OUTCOME_BAD_VALUE:
        if (result->report.attr != NULL) {
            ngx_http_gatehouse_attempt_wrong(attempt, result->report.attr,
                                             "The directory does not take this value.");
            break;
        }
        /* fall through */

    default:
        attempt->message = "Your profile could not be changed right now. Nothing was stored.";
    }

    ngx_http_gatehouse_attempt_refuse(attempt);
}
