/*
 * The first sign-in.
 *
 * The ticket is a session sealed for another purpose: it opens this page and nothing
 * else, and the directory takes it once.  Without one the page is that of the security
 * question.
 */

/* lib. */
#include "account/firstsignin.h"
#include "account/person.h"
#include "account/typed.h"

/* Module. */
#include "ngx_http_gatehouse_attempt.h"
#include "ngx_http_gatehouse_audit.h"
#include "ngx_http_gatehouse_claim.h"
#include "ngx_http_gatehouse_cookie.h"
#include "ngx_http_gatehouse_fields.h"
#include "ngx_http_gatehouse_first.h"
#include "ngx_http_gatehouse_notice.h"
#include "ngx_http_gatehouse_page.h"
#include "ngx_http_gatehouse_portal.h"
#include "ngx_http_gatehouse_question.h"
#include "ngx_http_gatehouse_run.h"
#include "ngx_http_gatehouse_session.h"

/* How long a ticket lasts, µs. */
#define NGX_HTTP_GATEHOUSE_TICKET_LIFETIME  (15 * 60 * GH_SECOND)

/* What is kept while the page is made or its form is handled; goes with the request. */
typedef struct {
    gh_session_t      *ticket;
    const gh_realm_t  *realm;
    u_char            *lacks;       /* for each field of the realm: 1, it is asked for */
} ngx_http_gatehouse_first_t;

static void ngx_http_gatehouse_first_read(ngx_http_request_t *r, gh_flow_t *flow);
static void ngx_http_gatehouse_first_looked(ngx_http_request_t *r, gh_flow_t *flow);
static void ngx_http_gatehouse_first_done(ngx_http_request_t *r, gh_flow_t *flow);


/* The ticket. */

ngx_int_t
ngx_http_gatehouse_first_go(ngx_http_request_t *r, const gh_identity_card_t *who)
{
    int                              rc;
    gh_buf_t                         sealed;
    gh_session_t                    *ticket;
    ngx_http_gatehouse_main_conf_t  *gmcf = ngx_http_gatehouse_main_conf(r);

    ticket = gh_session_new(who->realm->name, who->uid, who->uuid, who->name, who->mail,
                            ngx_http_gatehouse_now());

    if (ticket == NULL) {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    gh_buf_init(&sealed);
    rc = gh_session_seal_for(ticket, GH_PURPOSE_FIRST, gmcf->keyring, &sealed);
    gh_session_free(ticket);

    if (rc != 0
        || ngx_http_gatehouse_cookie_set(r, &gmcf->first_cookie, gh_buf_text(&sealed))
               != NGX_OK)
    {
        gh_buf_cleanup(&sealed);
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    gh_buf_cleanup(&sealed);

    return ngx_http_gatehouse_portal_go(r, "/first-login");
}

static void
ngx_http_gatehouse_first_cleanup(void *data)
{
    ngx_http_gatehouse_first_t  *first = data;

    gh_session_free(first->ticket);
}

/* Opens the request's ticket; NULL: there is no good one. */
static ngx_http_gatehouse_first_t *
ngx_http_gatehouse_first_open(ngx_http_request_t *r)
{
    gh_time_t                        now = ngx_http_gatehouse_now();
    gh_text_t                        sealed;
    ngx_pool_cleanup_t              *cln;
    ngx_http_gatehouse_first_t      *first;
    ngx_http_gatehouse_main_conf_t  *gmcf = ngx_http_gatehouse_main_conf(r);

    cln = ngx_pool_cleanup_add(r->pool, sizeof(ngx_http_gatehouse_first_t));

    if (cln == NULL) {
        return NULL;
    }

    first = cln->data;
    ngx_memzero(first, sizeof(ngx_http_gatehouse_first_t));
    cln->handler = ngx_http_gatehouse_first_cleanup;
    sealed = ngx_http_gatehouse_cookie_get(r, &gmcf->first_cookie);
    first->ticket = gh_session_open_for(sealed, GH_PURPOSE_FIRST, gmcf->keyring);

    if (first->ticket == NULL
        || !gh_session_is_alive(first->ticket, NGX_HTTP_GATEHOUSE_TICKET_LIFETIME,
                                NGX_HTTP_GATEHOUSE_TICKET_LIFETIME, now))
    {
        return NULL;
    }

    first->realm = gh_config_realm(gmcf->config, gh_text(first->ticket->realm));

    return first->realm != NULL ? first : NULL;
}

static ngx_http_gatehouse_first_t *
ngx_http_gatehouse_first_find(ngx_http_request_t *r)
{
    ngx_pool_cleanup_t  *cln;

    for (cln = r->pool->cleanup; cln != NULL; cln = cln->next) {
        if (cln->handler == ngx_http_gatehouse_first_cleanup) {
            return cln->data;
        }
    }

    return NULL;
}


/* The page. */

/* A required field without a value.  What the license board says need not be claimed. */
static ngx_uint_t
ngx_http_gatehouse_first_is_lacking(const gh_field_t *field, const gh_entry_t *entry)
{
    return field->is_required && !field->is_official
           && !ngx_http_gatehouse_claim_is_moot(field, entry)
           && ngx_strcmp(field->attribute, "uid") != 0
           && gh_typed_is_missing(entry, field->attribute);
}

/* Notes what the entry lacks.  NGX_OK or NGX_ERROR. */
static ngx_int_t
ngx_http_gatehouse_first_note(ngx_http_request_t *r, ngx_http_gatehouse_first_t *first,
    const gh_entry_t *entry)
{
    size_t  i;

    first->lacks = ngx_pnalloc(r->pool, first->realm->field_count + 1);

    if (first->lacks == NULL) {
        return NGX_ERROR;
    }

    for (i = 0; i < first->realm->field_count; i++) {
        first->lacks[i] = ngx_http_gatehouse_first_is_lacking(&first->realm->fields[i], entry);
    }

    return NGX_OK;
}

static ngx_uint_t
ngx_http_gatehouse_first_shows(const gh_field_t *field, void *data)
{
    const ngx_http_gatehouse_first_t  *first = data;

    return first->lacks[field - first->realm->fields];
}

static json_t *
ngx_http_gatehouse_first_context(ngx_http_request_t *r, ngx_http_gatehouse_first_t *first,
    const ngx_http_gatehouse_attempt_t *attempt)
{
    json_t  *context, *rows = json_array();

    ngx_http_gatehouse_fields_username_row(rows, first->realm, first->ticket->uid);
    ngx_http_gatehouse_fields_password_rows(rows, first->realm, attempt);
    ngx_http_gatehouse_fields_question_rows(r, rows, first->realm, attempt);
    ngx_http_gatehouse_fields_rows(rows, first->realm, ngx_http_gatehouse_first_shows, first,
                                   attempt, NULL);

    context = ngx_http_gatehouse_page_form(r, "Choose your password", "/first-login",
                                           "Save and continue", &rows);

    if (context != NULL) {
        (void) json_object_set_new(
            context, "intro",
            json_pack("{s:s}", "text",
                      "You logged in with a temporary password. Choose one that only you know."));
    }

    return context;
}

ngx_int_t
ngx_http_gatehouse_first_form(ngx_http_request_t *r)
{
    gh_flow_t                   *flow;
    ngx_http_gatehouse_first_t  *first = ngx_http_gatehouse_first_open(r);

    if (first == NULL) {
        return ngx_http_gatehouse_question_form(r);
    }

    flow = gh_person_new(first->realm, gh_text(first->ticket->uid),
                         gh_text(first->ticket->uuid));

    return ngx_http_gatehouse_run_content(r, &flow, ngx_http_gatehouse_first_read);
}

static void
ngx_http_gatehouse_first_read(ngx_http_request_t *r, gh_flow_t *flow)
{
    json_t                      *context;
    const gh_lookup_t           *person = gh_person_result(flow);
    ngx_http_gatehouse_first_t  *first = ngx_http_gatehouse_first_find(r);

    if (person->outcome != GH_LOOKUP_FOUND) {
        ngx_http_finalize_request(
            r, ngx_http_gatehouse_page_problem(r, NGX_HTTP_SERVICE_UNAVAILABLE));
        return;
    }

    if (ngx_http_gatehouse_first_note(r, first, &person->entry) != NGX_OK) {
        ngx_http_finalize_request(r, NGX_HTTP_INTERNAL_SERVER_ERROR);
        return;
    }

    context = ngx_http_gatehouse_first_context(r, first, NULL);
    ngx_http_finalize_request(r,
                              ngx_http_gatehouse_page_send(r, NGX_HTTP_OK, "form", &context));
}


/* The form. */

static json_t *
ngx_http_gatehouse_first_again(ngx_http_request_t *r, ngx_http_gatehouse_attempt_t *attempt)
{
    return ngx_http_gatehouse_first_context(r, ngx_http_gatehouse_first_find(r), attempt);
}

static void
ngx_http_gatehouse_first_submit(ngx_http_gatehouse_attempt_t *attempt,
    ngx_http_gatehouse_first_t *first)
{
    gh_session_t                    *ticket = first->ticket;
    gh_text_t                        words[] = { gh_text(ticket->name), gh_text(ticket->mail) };
    gh_flow_t                       *flow;
    ngx_array_t                      typed;
    gh_secret_t                     *password, *answer;
    gh_firstsignin_form_t            form = { 0 };
    ngx_http_gatehouse_main_conf_t  *gmcf = ngx_http_gatehouse_main_conf(attempt->request);

    if (ngx_http_gatehouse_fields_read(attempt, ngx_http_gatehouse_first_shows, first, &typed)
        != NGX_OK)
    {
        ngx_http_finalize_request(attempt->request, NGX_HTTP_INTERNAL_SERVER_ERROR);
        return;
    }

    ngx_http_gatehouse_claim_check(attempt, ngx_http_gatehouse_first_shows, first);
    password = ngx_http_gatehouse_fields_password(attempt, gh_text(ticket->uid), &typed, words,
                                                  2);
    ngx_http_gatehouse_fields_question(attempt, &form.question, &answer);

    if (ngx_http_gatehouse_attempt_has_errors(attempt) || password == NULL) {
        gh_secret_free(password);
        gh_secret_free(answer);
        ngx_http_gatehouse_attempt_again(attempt);
        return;
    }

    form.uid = gh_text(ticket->uid);
    form.uuid = gh_text(ticket->uuid);
    form.typed = typed.elts;
    form.typed_count = typed.nelts;
    flow = gh_firstsignin_new(gmcf->config, attempt->realm, &form, &password, &answer,
                              ngx_http_gatehouse_now());
    ngx_http_gatehouse_attempt_run(attempt, &flow, ngx_http_gatehouse_first_done);
}

void
ngx_http_gatehouse_first(ngx_http_request_t *r, gh_form_t *form)
{
    gh_flow_t                     *flow;
    ngx_http_gatehouse_first_t    *first = ngx_http_gatehouse_first_open(r);
    ngx_http_gatehouse_attempt_t  *attempt;

    if (first == NULL) {
        ngx_http_gatehouse_question(r, form);
        return;
    }

    attempt = ngx_http_gatehouse_attempt_create(r, form, "form",
                                                ngx_http_gatehouse_first_again);

    if (attempt == NULL) {
        ngx_http_finalize_request(r, NGX_HTTP_INTERNAL_SERVER_ERROR);
        return;
    }

    attempt->realm = first->realm;

    if (ngx_http_gatehouse_attempt_throttle(attempt, gh_text(first->ticket->uid),
                                            NGX_HTTP_GATEHOUSE_OWNER)
        == NGX_OK)
    {
        flow = gh_person_new(first->realm, gh_text(first->ticket->uid),
                             gh_text(first->ticket->uuid));
        ngx_http_gatehouse_attempt_run(attempt, &flow, ngx_http_gatehouse_first_looked);
    }
}

/* What is required is what the entry lacks, whatever the form came with. */
static void
ngx_http_gatehouse_first_looked(ngx_http_request_t *r, gh_flow_t *flow)
{
    const gh_lookup_t             *person = gh_person_result(flow);
    ngx_http_gatehouse_first_t    *first = ngx_http_gatehouse_first_find(r);
    ngx_http_gatehouse_attempt_t  *attempt = ngx_http_gatehouse_attempt_find(r);

    if (person->outcome != GH_LOOKUP_FOUND) {
        ngx_http_gatehouse_attempt_unavailable(attempt, person->code);

    } else if (ngx_http_gatehouse_first_note(r, first, &person->entry) != NGX_OK) {
        ngx_http_finalize_request(r, NGX_HTTP_INTERNAL_SERVER_ERROR);

    } else {
        ngx_http_gatehouse_first_submit(attempt, first);
    }
}

static void
ngx_http_gatehouse_first_done(ngx_http_request_t *r, gh_flow_t *flow)
{
    ngx_int_t                         rc;
    ngx_http_gatehouse_first_t       *first = ngx_http_gatehouse_first_find(r);
    ngx_http_gatehouse_attempt_t     *attempt = ngx_http_gatehouse_attempt_find(r);
    const gh_firstsignin_result_t    *result = gh_firstsignin_result(flow);
    ngx_http_gatehouse_main_conf_t   *gmcf = ngx_http_gatehouse_main_conf(r);

    ngx_http_gatehouse_audit(r, "first-sign-in", attempt->realm->name, first->ticket->uid,
                             gh_outcome_name(result->report.outcome));

    switch (result->report.outcome) {

    case GH_OUTCOME_DONE:
        ngx_http_gatehouse_notice(r, &result->who, result->who.mail, "mail_password");
        rc = ngx_http_gatehouse_cookie_set(r, &gmcf->first_cookie, gh_text(NULL));

        if (rc == NGX_OK) {
            rc = ngx_http_gatehouse_session_begin_for(r, &result->who);
        }

        ngx_http_finalize_request(
            r, rc == NGX_OK ? ngx_http_gatehouse_portal_go(r, "/dashboard") : rc);
        return;

    case GH_OUTCOME_UNDECIDED:
    case GH_OUTCOME_UNAVAILABLE:
        ngx_http_gatehouse_attempt_unavailable(attempt, result->report.result);
        return;

    case GH_OUTCOME_BAD_PASSWORD:
        ngx_http_gatehouse_attempt_wrong(attempt, "password",
                                         gh_outcome_reason(result->report.policy));
        break;

    case GH_OUTCOME_MAIL_TAKEN:
        ngx_http_gatehouse_attempt_wrong(attempt, "mail",
                                         "Another account has that address.");
        break;

    case GH_OUTCOME_USED:
    case GH_OUTCOME_GONE:
    case GH_OUTCOME_DISABLED:
        attempt->message = "This temporary password is used or has ended. Log in with your own "
                           "password, or call us for another.";
        break;

    default:
        attempt->message = "Your password could not be changed right now. Please try again or "
                           "call us.";
    }

    ngx_http_gatehouse_attempt_refuse(attempt);
}
