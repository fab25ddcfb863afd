/*
 * Using a link.
 *
 * The token leaves the address at once for a sealed cookie, and the request line and
 * arguments that nginx logs no longer hold it.
 */

/* lib. */
#include "account/recover.h"
#include "base/fold.h"
#include "session/seal.h"
#include "session/token.h"

/* Module. */
#include "ngx_http_gatehouse_attempt.h"
#include "ngx_http_gatehouse_audit.h"
#include "ngx_http_gatehouse_cookie.h"
#include "ngx_http_gatehouse_fields.h"
#include "ngx_http_gatehouse_forgot.h"
#include "ngx_http_gatehouse_known.h"
#include "ngx_http_gatehouse_notice.h"
#include "ngx_http_gatehouse_page.h"
#include "ngx_http_gatehouse_portal.h"
#include "ngx_http_gatehouse_revocation.h"
#include "ngx_http_gatehouse_run.h"
#include "ngx_http_gatehouse_session.h"

static void ngx_http_gatehouse_reset_looked(ngx_http_request_t *r, gh_flow_t *flow);
static void ngx_http_gatehouse_reset_ready(ngx_http_request_t *r, gh_flow_t *flow);
static void ngx_http_gatehouse_reset_done(ngx_http_request_t *r, gh_flow_t *flow);


/* The token. */

/* Overwrites what nginx would log of the address: all behind the question mark. */
static void
ngx_http_gatehouse_reset_mask(ngx_http_request_t *r)
{
    u_char     *mark;
    ngx_str_t  *texts[] = { &r->request_line, &r->unparsed_uri };
    ngx_uint_t  i;

    if (r->args.len > 0) {
        ngx_memset(r->args.data, '*', r->args.len);
    }

    for (i = 0; i < 2; i++) {
        mark = ngx_strlchr(texts[i]->data, texts[i]->data + texts[i]->len, '?');

        for ( /* void */ ; mark != NULL && mark < texts[i]->data + texts[i]->len; mark++) {
            if (*mark == ' ') {
                break;
            }

            *mark = *mark == '?' ? '?' : '*';
        }
    }
}

/* From the address to the cookie; consumes nothing. */
static ngx_int_t
ngx_http_gatehouse_reset_take(ngx_http_request_t *r, ngx_str_t *token)
{
    int                              rc = GH_ERR_INVALID;
    gh_buf_t                         sealed;
    ngx_int_t                        set = NGX_ERROR;
    ngx_http_gatehouse_main_conf_t  *gmcf = ngx_http_gatehouse_main_conf(r);

    gh_buf_init(&sealed);

    if (gh_token_is_valid(ngx_http_gatehouse_text(*token))) {
        rc = gh_seal(gmcf->keyring, GH_PURPOSE_RESET, ngx_http_gatehouse_text(*token), &sealed);
    }

    ngx_http_gatehouse_reset_mask(r);

    if (rc == 0) {
        set = ngx_http_gatehouse_cookie_set(r, &gmcf->reset_cookie, gh_buf_text(&sealed));
    }

    gh_buf_cleanup(&sealed);

    if (rc == 0 && set != NGX_OK) {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    return ngx_http_gatehouse_portal_go(r, "/reset");
}

/* The digest of the request's token; GH_ERR_INVALID when it has none. */
static int
ngx_http_gatehouse_reset_digest(ngx_http_request_t *r, char digest[GH_TOKEN_DIGEST + 1])
{
    int                              rc;
    gh_buf_t                         token;
    gh_text_t                        sealed;
    ngx_http_gatehouse_main_conf_t  *gmcf = ngx_http_gatehouse_main_conf(r);

    gh_buf_init(&token);
    sealed = ngx_http_gatehouse_cookie_get(r, &gmcf->reset_cookie);
    rc = gh_unseal(gmcf->keyring, GH_PURPOSE_RESET, sealed, &token);

    if (rc == 0) {
        rc = gh_token_digest(gh_buf_text(&token), digest);
        gh_secret_wipe(token.data, token.len);
    }

    gh_buf_cleanup(&token);

    return rc;
}


/* The page. */

static ngx_int_t
ngx_http_gatehouse_reset_over(ngx_http_request_t *r)
{
    return ngx_http_gatehouse_page_done(
        r, "This link no longer works",
        "Links work once and for one hour, and only the newest one does. Ask for another.",
        "/forgot", "Forgot password");
}

/* `question` NULL: the account has none. */
static json_t *
ngx_http_gatehouse_reset_context(ngx_http_request_t *r, const gh_realm_t *realm,
    const char *question, const ngx_http_gatehouse_attempt_t *attempt)
{
    json_t                    *rows = json_array();
    ngx_http_gatehouse_row_t   answer = { "answer", "Your security answer", "text", "off", NULL,
                                          1 };

    if (question != NULL) {
        answer.label = question[0] != '\0' ? question : answer.label;
        (void) ngx_http_gatehouse_fields_row(rows, &answer, gh_text(NULL), attempt);
    }

    ngx_http_gatehouse_fields_password_rows(rows, realm, attempt);

    return ngx_http_gatehouse_page_form(r, "Choose a new password", "/reset", "Save password",
                                        &rows);
}

ngx_int_t
ngx_http_gatehouse_reset_form(ngx_http_request_t *r)
{
    char                             digest[GH_TOKEN_DIGEST + 1];
    gh_flow_t                       *flow;
    ngx_str_t                        token;
    ngx_http_gatehouse_main_conf_t  *gmcf = ngx_http_gatehouse_main_conf(r);

    if (ngx_http_arg(r, (u_char *) "token", sizeof("token") - 1, &token) == NGX_OK) {
        return ngx_http_gatehouse_reset_take(r, &token);
    }

    if (ngx_http_gatehouse_reset_digest(r, digest) != 0) {
        return ngx_http_gatehouse_reset_over(r);
    }

    flow = gh_recover_look_new(gmcf->config, digest, ngx_http_gatehouse_now());

    return ngx_http_gatehouse_run_content(r, &flow, ngx_http_gatehouse_reset_looked);
}

static void
ngx_http_gatehouse_reset_looked(ngx_http_request_t *r, gh_flow_t *flow)
{
    json_t                     *context;
    const gh_recover_result_t  *result = gh_recover_result(flow);

    switch (result->report.outcome) {

    case GH_OUTCOME_DONE:
        context = ngx_http_gatehouse_reset_context(r, result->who.realm, result->question,
                                                   NULL);
        ngx_http_finalize_request(
            r, ngx_http_gatehouse_page_send(r, NGX_HTTP_OK, "form", &context));
        return;

    case GH_OUTCOME_UNAVAILABLE:
    case GH_OUTCOME_UNDECIDED:
        ngx_http_finalize_request(
            r, ngx_http_gatehouse_page_problem(r, NGX_HTTP_SERVICE_UNAVAILABLE));
        return;

    default:
        ngx_http_finalize_request(r, ngx_http_gatehouse_reset_over(r));
    }
}


/* The form. */

/* attempt->data is the question, NULL where there is none. */
static json_t *
ngx_http_gatehouse_reset_again(ngx_http_request_t *r, ngx_http_gatehouse_attempt_t *attempt)
{
    return ngx_http_gatehouse_reset_context(r, attempt->realm, attempt->data, attempt);
}

void
ngx_http_gatehouse_reset(ngx_http_request_t *r, gh_form_t *form)
{
    char                             digest[GH_TOKEN_DIGEST + 1];
    gh_flow_t                       *flow;
    ngx_http_gatehouse_attempt_t    *attempt;
    ngx_http_gatehouse_main_conf_t  *gmcf = ngx_http_gatehouse_main_conf(r);

    attempt = ngx_http_gatehouse_attempt_create(r, form, "form",
                                                ngx_http_gatehouse_reset_again);

    if (attempt == NULL) {
        ngx_http_finalize_request(r, NGX_HTTP_INTERNAL_SERVER_ERROR);
        return;
    }

    if (ngx_http_gatehouse_reset_digest(r, digest) != 0) {
        ngx_http_finalize_request(r, ngx_http_gatehouse_reset_over(r));
        return;
    }

    /*
     * Who it is, and which question they are asked, comes first: the rules are the
     * realm's.
     */
    flow = gh_recover_look_new(gmcf->config, digest, ngx_http_gatehouse_now());
    ngx_http_gatehouse_attempt_run(attempt, &flow, ngx_http_gatehouse_reset_ready);
}

/* Keeps of the look what the form's page needs.  NGX_OK or NGX_ERROR. */
static ngx_int_t
ngx_http_gatehouse_reset_keep(ngx_http_gatehouse_attempt_t *attempt,
    const gh_recover_result_t *result)
{
    size_t  size;

    attempt->realm = result->who.realm;

    if (result->question == NULL) {
        return NGX_OK;
    }

    size = ngx_strlen(result->question) + 1;
    attempt->data = ngx_pnalloc(attempt->request->pool, size);

    if (attempt->data == NULL) {
        return NGX_ERROR;
    }

    ngx_memcpy(attempt->data, result->question, size);

    return NGX_OK;
}

/* Reads the answer, where there is a question; NULL: none, or wrong. */
static gh_secret_t *
ngx_http_gatehouse_reset_answer(ngx_http_gatehouse_attempt_t *attempt)
{
    gh_secret_t  *answer;

    if (attempt->data == NULL) {
        return NULL;
    }

    answer = gh_secret_new();

    if (answer == NULL
        || gh_fold_answer(ngx_http_gatehouse_attempt_value(attempt, "answer"), answer) != 0)
    {
        ngx_http_gatehouse_attempt_wrong(attempt, "answer", "Answer the question.");
        gh_secret_free(answer);
        return NULL;
    }

    return answer;
}

static void
ngx_http_gatehouse_reset_submit(ngx_http_gatehouse_attempt_t *attempt,
    const gh_recover_result_t *result)
{
    char                             digest[GH_TOKEN_DIGEST + 1];
    gh_text_t                        words[2];
    gh_flow_t                       *flow;
    gh_secret_t                     *answer, *password;
    ngx_http_request_t              *r = attempt->request;
    ngx_http_gatehouse_main_conf_t  *gmcf = ngx_http_gatehouse_main_conf(r);

    words[0] = gh_text(result->who.name);
    words[1] = gh_text(result->who.mail);
    password = ngx_http_gatehouse_fields_password(attempt, gh_text(result->who.uid), NULL, words,
                                                  2);
    answer = ngx_http_gatehouse_reset_answer(attempt);

    if (ngx_http_gatehouse_attempt_has_errors(attempt) || password == NULL
        || ngx_http_gatehouse_reset_digest(r, digest) != 0)
    {
        gh_secret_free(password);
        gh_secret_free(answer);
        ngx_http_gatehouse_attempt_again(attempt);
        return;
    }

    flow = gh_recover_new(gmcf->config, digest, &answer, &password, ngx_http_gatehouse_now());
    ngx_http_gatehouse_attempt_run(attempt, &flow, ngx_http_gatehouse_reset_done);
}

static void
ngx_http_gatehouse_reset_ready(ngx_http_request_t *r, gh_flow_t *flow)
{
    const gh_recover_result_t     *result = gh_recover_result(flow);
    ngx_http_gatehouse_attempt_t  *attempt = ngx_http_gatehouse_attempt_find(r);

    if (result->report.outcome == GH_OUTCOME_UNAVAILABLE) {
        ngx_http_gatehouse_attempt_unavailable(attempt, result->report.result);
        return;
    }

    if (result->report.outcome != GH_OUTCOME_DONE) {
        ngx_http_finalize_request(r, ngx_http_gatehouse_reset_over(r));
        return;
    }

    if (ngx_http_gatehouse_reset_keep(attempt, result) != NGX_OK) {
        ngx_http_finalize_request(r, NGX_HTTP_INTERNAL_SERVER_ERROR);
        return;
    }

    if (ngx_http_gatehouse_attempt_throttle(attempt, gh_text(result->who.uid),
                                            NGX_HTTP_GATEHOUSE_OWNER)
        == NGX_OK)
    {
        ngx_http_gatehouse_reset_submit(attempt, result);
    }
}

/*
 * All sessions end here, the owner is told, and the person signs in with the new
 * password, without waiting for what strangers have guessed.
 */
static ngx_int_t
ngx_http_gatehouse_reset_succeed(ngx_http_request_t *r, const gh_recover_result_t *result)
{
    ngx_http_gatehouse_main_conf_t  *gmcf = ngx_http_gatehouse_main_conf(r);

    ngx_http_gatehouse_end_all(gmcf, result->who.uuid, ngx_http_gatehouse_now());
    ngx_http_gatehouse_notice(r, &result->who, result->who.mail, "mail_password");

    if (ngx_http_gatehouse_cookie_set(r, &gmcf->reset_cookie, gh_text(NULL)) != NGX_OK
        || ngx_http_gatehouse_known_mark(r, &result->who) != NGX_OK)
    {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    return ngx_http_gatehouse_page_done(
        r, "Your password is changed",
        "You are logged out everywhere. Log in with your new password.", "/login", "Log in");
}

static void
ngx_http_gatehouse_reset_done(ngx_http_request_t *r, gh_flow_t *flow)
{
    const gh_recover_result_t     *result = gh_recover_result(flow);
    ngx_http_gatehouse_attempt_t  *attempt = ngx_http_gatehouse_attempt_find(r);

    ngx_http_gatehouse_audit(r, "reset-used", attempt->realm->name, result->who.uid,
                             gh_outcome_name(result->report.outcome));

    switch (result->report.outcome) {

    case GH_OUTCOME_DONE:
        ngx_http_finalize_request(r, ngx_http_gatehouse_reset_succeed(r, result));
        return;

    case GH_OUTCOME_USED:
    case GH_OUTCOME_GONE:
    case GH_OUTCOME_DISABLED:
        ngx_http_finalize_request(r, ngx_http_gatehouse_reset_over(r));
        return;

    case GH_OUTCOME_UNDECIDED:
    case GH_OUTCOME_UNAVAILABLE:
        ngx_http_gatehouse_attempt_unavailable(attempt, result->report.result);
        return;

    case GH_OUTCOME_WRONG_ANSWER:
        ngx_http_gatehouse_attempt_wrong(attempt, "answer", "That is not the answer on file.");
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
