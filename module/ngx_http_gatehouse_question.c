/*
 * The security question.
 *
 * A cookie with the account's entryUUID remembers from the sign-in on whom to ask.  It is
 * no secret and opens nothing: the directory keeps a question that is there.
 */

/* lib. */
#include "account/firstsignin.h"
#include "web/next.h"

/* Module. */
#include "ngx_http_gatehouse_attempt.h"
#include "ngx_http_gatehouse_audit.h"
#include "ngx_http_gatehouse_cookie.h"
#include "ngx_http_gatehouse_fields.h"
#include "ngx_http_gatehouse_login.h"
#include "ngx_http_gatehouse_page.h"
#include "ngx_http_gatehouse_portal.h"
#include "ngx_http_gatehouse_question.h"
#include "ngx_http_gatehouse_session.h"

static void ngx_http_gatehouse_question_done(ngx_http_request_t *r, gh_flow_t *flow);

ngx_int_t
ngx_http_gatehouse_question_ask(ngx_http_request_t *r, const gh_identity_card_t *who,
    gh_text_t next)
{
    ngx_http_gatehouse_main_conf_t  *gmcf = ngx_http_gatehouse_main_conf(r);

    if (ngx_http_gatehouse_cookie_set(r, &gmcf->ask_cookie, gh_text(who->uuid)) != NGX_OK) {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    return ngx_http_gatehouse_portal_go_by(r, "/first-login", next);
}

ngx_uint_t
ngx_http_gatehouse_question_is_due(ngx_http_request_t *r)
{
    gh_text_t                        asked;
    const gh_session_t              *session = ngx_http_gatehouse_session(r);
    ngx_http_gatehouse_main_conf_t  *gmcf = ngx_http_gatehouse_main_conf(r);

    asked = ngx_http_gatehouse_cookie_get(r, &gmcf->ask_cookie);

    return session != NULL && gh_text_equal(asked, gh_text(session->uuid));
}

/*
 * The realm of whoever is signed in, when it has security questions; NULL: nobody, or
 * none.
 */
static const gh_realm_t *
ngx_http_gatehouse_question_realm(ngx_http_request_t *r)
{
    const gh_realm_t    *realm;
    const gh_session_t  *session = ngx_http_gatehouse_session(r);

    if (session == NULL) {
        return NULL;
    }

    realm = gh_config_realm(ngx_http_gatehouse_main_conf(r)->config, gh_text(session->realm));

    return realm != NULL && realm->question != GH_QUESTION_OFF ? realm : NULL;
}

/* Where the page leads: what its address says, or its form when that is shown again. */
static gh_text_t
ngx_http_gatehouse_question_next(ngx_http_request_t *r,
    const ngx_http_gatehouse_attempt_t *attempt)
{
    gh_text_t  next;

    if (attempt == NULL) {
        return ngx_http_gatehouse_login_next(r);
    }

    next = ngx_http_gatehouse_attempt_value(attempt, "next");

    return gh_next_is_safe(next) ? next : gh_text(NULL);
}

static json_t *
ngx_http_gatehouse_question_context(ngx_http_request_t *r, const gh_realm_t *realm,
    const ngx_http_gatehouse_attempt_t *attempt)
{
    json_t     *context, *rows = json_array();
    gh_text_t   next = ngx_http_gatehouse_question_next(r, attempt);

    ngx_http_gatehouse_fields_question_rows(r, rows, realm, attempt);
    context = ngx_http_gatehouse_page_form(r, "Choose a security question", "/first-login",
                                           "Save and continue", &rows);

    if (context != NULL) {
        (void) json_object_set_new(
            context, "intro",
            json_pack("{s:s}", "text",
                      "Your account has none yet. It is asked for when you forget your "
                      "password."));
        (void) json_object_set_new(context, "hidden",
                                   json_pack("[{s:s, s:s%}]", "name", "next", "value",
                                             next.data != NULL ? next.data : "", next.len));
    }

    return context;
}

ngx_int_t
ngx_http_gatehouse_question_form(ngx_http_request_t *r)
{
    json_t            *context;
    const gh_realm_t  *realm = ngx_http_gatehouse_question_realm(r);

    if (realm == NULL) {
        return ngx_http_gatehouse_portal_go(r, "/login");
    }

    context = ngx_http_gatehouse_question_context(r, realm, NULL);

    return ngx_http_gatehouse_page_send(r, NGX_HTTP_OK, "form", &context);
}

static json_t *
ngx_http_gatehouse_question_again(ngx_http_request_t *r, ngx_http_gatehouse_attempt_t *attempt)
{
    return ngx_http_gatehouse_question_context(r, attempt->realm, attempt);
}

static void
ngx_http_gatehouse_question_submit(ngx_http_gatehouse_attempt_t *attempt)
{
    gh_flow_t                       *flow;
    gh_secret_t                     *answer;
    const gh_session_t              *session = ngx_http_gatehouse_session(attempt->request);
    gh_firstsignin_form_t            form = { 0 };
    ngx_http_gatehouse_main_conf_t  *gmcf = ngx_http_gatehouse_main_conf(attempt->request);

    ngx_http_gatehouse_fields_question(attempt, &form.question, &answer);

    /* Where it is optional, whoever came here wants one all the same. */
    if (answer == NULL) {
        ngx_http_gatehouse_attempt_wrong(attempt, "question", "Choose a security question.");
    }

    if (ngx_http_gatehouse_attempt_has_errors(attempt)) {
        gh_secret_free(answer);
        ngx_http_gatehouse_attempt_again(attempt);
        return;
    }

    form.uid = gh_text(session->uid);
    form.uuid = gh_text(session->uuid);
    flow = gh_firstsignin_question_new(gmcf->config, attempt->realm, &form, &answer);
    ngx_http_gatehouse_attempt_run(attempt, &flow, ngx_http_gatehouse_question_done);
}

void
ngx_http_gatehouse_question(ngx_http_request_t *r, gh_form_t *form)
{
    const gh_realm_t              *realm = ngx_http_gatehouse_question_realm(r);
    ngx_http_gatehouse_attempt_t  *attempt;

    if (realm == NULL) {
        ngx_http_finalize_request(r, ngx_http_gatehouse_portal_go(r, "/login"));
        return;
    }

    attempt = ngx_http_gatehouse_attempt_create(r, form, "form",
                                                ngx_http_gatehouse_question_again);

    if (attempt == NULL) {
        ngx_http_finalize_request(r, NGX_HTTP_INTERNAL_SERVER_ERROR);
        return;
    }

    attempt->realm = realm;

    if (ngx_http_gatehouse_attempt_throttle(
            attempt, gh_text(ngx_http_gatehouse_session(r)->uid), 1)
        == NGX_OK)
    {
        ngx_http_gatehouse_question_submit(attempt);
    }
}

static void
ngx_http_gatehouse_question_done(ngx_http_request_t *r, gh_flow_t *flow)
{
    ngx_int_t                        rc;
    const gh_session_t              *session = ngx_http_gatehouse_session(r);
    ngx_http_gatehouse_attempt_t    *attempt = ngx_http_gatehouse_attempt_find(r);
    const gh_firstsignin_result_t   *result = gh_firstsignin_result(flow);
    ngx_http_gatehouse_main_conf_t  *gmcf = ngx_http_gatehouse_main_conf(r);

    ngx_http_gatehouse_audit(r, "security-question", session->realm, session->uid,
                             gh_outcome_name(result->report.outcome));

    switch (result->report.outcome) {

    case GH_OUTCOME_DONE:
    /* There is one already, which stays. */
    case GH_OUTCOME_USED:
        rc = ngx_http_gatehouse_cookie_set(r, &gmcf->ask_cookie, gh_text(NULL));
        ngx_http_finalize_request(
            r, rc == NGX_OK ? ngx_http_gatehouse_login_go_on(
                                  r, ngx_http_gatehouse_question_next(r, attempt))
                            : NGX_HTTP_INTERNAL_SERVER_ERROR);
        return;

    case GH_OUTCOME_UNDECIDED:
    case GH_OUTCOME_UNAVAILABLE:
        ngx_http_gatehouse_attempt_unavailable(attempt, result->report.result);
        return;

    default:
        attempt->message = "Your security question could not be stored right now. Please try "
                           "again or call us.";
    }

    ngx_http_gatehouse_attempt_refuse(attempt);
}
