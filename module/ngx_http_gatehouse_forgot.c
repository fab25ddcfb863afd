/*
 * Asking for a link.
 *
 * The answer is the same sentence for everybody and waits for the search alone, and then
 * for the next quarter of a second; the write and the mail go on without the request.
 */

/* System. */
#include <stdlib.h>

/* lib. */
#include "account/forgot.h"
#include "session/token.h"

/* Module. */
#include "ngx_http_gatehouse_attempt.h"
#include "ngx_http_gatehouse_audit.h"
#include "ngx_http_gatehouse_fields.h"
#include "ngx_http_gatehouse_forgot.h"
#include "ngx_http_gatehouse_login.h"
#include "ngx_http_gatehouse_mail.h"
#include "ngx_http_gatehouse_page.h"
#include "ngx_http_gatehouse_portal.h"
#include "ngx_http_gatehouse_run.h"
#include "ngx_http_gatehouse_session.h"

/* What goes on when the request is answered. */
typedef struct {
    ngx_http_gatehouse_main_conf_t  *conf;
    ngx_http_gatehouse_origin_t      origin;
    gh_identity_card_t               who;       /* ours: copies */
    gh_secret_t                      token;
} ngx_http_gatehouse_link_t;

static void ngx_http_gatehouse_forgot_found(ngx_http_request_t *r, gh_flow_t *flow);
static void ngx_http_gatehouse_link_stored(void *data, gh_flow_t *flow);

static json_t *
ngx_http_gatehouse_forgot_context(ngx_http_request_t *r,
    const ngx_http_gatehouse_attempt_t *attempt)
{
    json_t                          *rows = json_array();
    gh_text_t                        typed = gh_text(NULL);
    ngx_http_gatehouse_row_t         name = { "username", NULL, "text", "username",
                                              "Public users can give their e-mail address, too.",
                                              1 };
    char                             label[256];
    ngx_http_gatehouse_main_conf_t  *gmcf = ngx_http_gatehouse_main_conf(r);

    if (attempt != NULL) {
        typed = ngx_http_gatehouse_attempt_value(attempt, "username");
    }

    ngx_http_gatehouse_login_label(gmcf, label, sizeof(label));
    name.label = label;
    ngx_http_gatehouse_login_realm_row(gmcf, rows, attempt != NULL ? attempt->realm : NULL);
    (void) ngx_http_gatehouse_fields_row(rows, &name, typed, attempt);

    return ngx_http_gatehouse_page_form(r, "Forgot password", "/forgot", "Send me a link", &rows);
}

ngx_int_t
ngx_http_gatehouse_forgot_form(ngx_http_request_t *r)
{
    json_t  *context = ngx_http_gatehouse_forgot_context(r, NULL);

    return ngx_http_gatehouse_page_send(r, NGX_HTTP_OK, "form", &context);
}

static json_t *
ngx_http_gatehouse_forgot_again(ngx_http_request_t *r, ngx_http_gatehouse_attempt_t *attempt)
{
    return ngx_http_gatehouse_forgot_context(r, attempt);
}

void
ngx_http_gatehouse_forgot(ngx_http_request_t *r, gh_form_t *form)
{
    gh_flow_t                       *flow;
    gh_text_t                        typed;
    ngx_http_gatehouse_attempt_t    *attempt;
    ngx_http_gatehouse_main_conf_t  *gmcf = ngx_http_gatehouse_main_conf(r);

    attempt = ngx_http_gatehouse_attempt_create(r, form, "form",
                                                ngx_http_gatehouse_forgot_again);

    if (attempt == NULL) {
        ngx_http_finalize_request(r, NGX_HTTP_INTERNAL_SERVER_ERROR);
        return;
    }

    attempt->realm = gh_config_realm(gmcf->config, gh_form_value(form, "realm"));
    typed = gh_text_trim(gh_form_value(form, "username"));

    if (attempt->realm == NULL || gh_text_is_empty(typed)) {
        ngx_http_gatehouse_attempt_wrong(attempt, "username", "Enter your user name.");
        ngx_http_gatehouse_attempt_again(attempt);
        return;
    }

    if (ngx_http_gatehouse_attempt_throttle(attempt, typed, NGX_HTTP_GATEHOUSE_MAIL) != NGX_OK) {
        return;
    }

    /* Each mail counts, whoever asked for it and whether there will be one. */
    ngx_http_gatehouse_throttle_refused(r, &attempt->try);
    flow = gh_forgot_new(attempt->realm, typed);
    ngx_http_gatehouse_attempt_run(attempt, &flow, ngx_http_gatehouse_forgot_found);
}


/* The link. */

static void
ngx_http_gatehouse_link_free(ngx_http_gatehouse_link_t *link)
{
    gh_card_cleanup(&link->who);
    gh_secret_reset(&link->token);
    ngx_free(link);
}

/*
 * A link for whom the search found, from the heap: it outlives the request.  NULL: no
 * memory.
 */
static ngx_http_gatehouse_link_t *
ngx_http_gatehouse_link_create(ngx_http_request_t *r, const gh_identity_card_t *who)
{
    ngx_http_gatehouse_link_t  *link;

    link = ngx_calloc(sizeof(ngx_http_gatehouse_link_t), r->connection->log);

    if (link == NULL) {
        return NULL;
    }

    link->conf = ngx_http_gatehouse_main_conf(r);
    ngx_http_gatehouse_origin_set(&link->origin, r);

    if (gh_card_copy(&link->who, who) != 0 || gh_token_new(&link->token) != 0) {
        ngx_http_gatehouse_link_free(link);
        return NULL;
    }

    return link;
}

/* Stores the token's digest, and then mails the token. */
static void
ngx_http_gatehouse_link_start(ngx_http_gatehouse_link_t *link)
{
    char        digest[GH_TOKEN_DIGEST + 1];
    gh_flow_t  *flow;

    if (gh_token_digest(gh_secret_text(&link->token), digest) != 0) {
        ngx_http_gatehouse_link_free(link);
        return;
    }

    flow = gh_forgot_link_new(link->who.dn, digest, ngx_http_gatehouse_now());

    if (flow == NULL
        || ngx_http_gatehouse_run_alone(link->conf, &flow, ngx_http_gatehouse_link_stored, link)
               != NGX_OK)
    {
        ngx_http_gatehouse_link_free(link);
    }
}

static void
ngx_http_gatehouse_link_mail(ngx_http_gatehouse_link_t *link)
{
    gh_buf_t                         url;
    json_t                          *context;
    const char                      *base = link->conf->config->portal.url;
    ngx_http_gatehouse_mail_about_t  about = { link->who.realm->name, link->who.uid,
                                               &link->origin };

    gh_buf_init(&url);
    gh_buf_add_format(&url, "%s/reset?token=%s", base, link->token.data);
    context = json_pack("{s:s, s:s, s:s}", "link", gh_buf_string(&url), "realm_label",
                        link->who.realm->label, "uid", link->who.uid);
    (void) ngx_http_gatehouse_mail_send(link->conf, link->who.mail, "mail_reset", context,
                                        &about);
    json_decref(context);
    gh_secret_wipe(url.data, url.len);
    gh_buf_cleanup(&url);
}

static void
ngx_http_gatehouse_link_stored(void *data, gh_flow_t *flow)
{
    ngx_http_gatehouse_link_t  *link = data;
    const gh_outcome_report_t  *report = gh_forgot_link_result(flow);

    ngx_http_gatehouse_audit_origin(link->conf, &link->origin, "reset-asked",
                                    link->who.realm->name, link->who.uid,
                                    gh_outcome_name(report->outcome), NULL);

    if (report->outcome == GH_OUTCOME_DONE) {
        ngx_http_gatehouse_link_mail(link);
    }

    ngx_http_gatehouse_link_free(link);
}

static void
ngx_http_gatehouse_forgot_answer(ngx_http_gatehouse_attempt_t *attempt)
{
    ngx_http_request_t  *r = attempt->request;
    json_t              *context = ngx_http_gatehouse_page_context(r, "Forgot password");

    ngx_http_finalize_request(r,
                              ngx_http_gatehouse_page_send(r, NGX_HTTP_OK, "sent", &context));
}

static void
ngx_http_gatehouse_forgot_found(ngx_http_request_t *r, gh_flow_t *flow)
{
    const gh_forgot_result_t      *result = gh_forgot_result(flow);
    ngx_http_gatehouse_link_t     *link;
    ngx_http_gatehouse_attempt_t  *attempt = ngx_http_gatehouse_attempt_find(r);

    if (result->report.outcome == GH_OUTCOME_UNAVAILABLE) {
        ngx_http_gatehouse_attempt_unavailable(attempt, result->report.result);
        return;
    }

    if (result->report.outcome == GH_OUTCOME_DONE) {
        link = ngx_http_gatehouse_link_create(r, &result->who);

        if (link != NULL) {
            ngx_http_gatehouse_link_start(link);
        }

    } else {
        ngx_http_gatehouse_audit(r, "reset-asked", attempt->realm->name, result->who.uid,
                                 gh_outcome_name(result->report.outcome));
    }

    /* A search that finds somebody takes longer, and so does what follows it. */
    ngx_http_gatehouse_attempt_hold(attempt, ngx_http_gatehouse_forgot_answer);
}
