/*
 * Attempts.
 */

/* lib. */
#include "base/buf.h"

/* Module. */
#include "ngx_http_gatehouse_attempt.h"
#include "ngx_http_gatehouse_metrics.h"
#include "ngx_http_gatehouse_note.h"
#include "ngx_http_gatehouse_page.h"
#include "ngx_http_gatehouse_run.h"

static void ngx_http_gatehouse_attempt_held(ngx_event_t *ev);

static void
ngx_http_gatehouse_attempt_cleanup(void *data)
{
    ngx_http_gatehouse_attempt_t  *attempt = data;

    json_decref(attempt->errors);

    if (attempt->hold.timer_set) {
        ngx_del_timer(&attempt->hold);
    }
}

ngx_http_gatehouse_attempt_t *
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

ngx_http_gatehouse_attempt_t *
ngx_http_gatehouse_attempt_create(ngx_http_request_t *r, gh_form_t *form,
    const char *template_name, ngx_http_gatehouse_attempt_page_pt page)
{
    ngx_pool_cleanup_t            *cln;
    ngx_http_gatehouse_attempt_t  *attempt;

    cln = ngx_pool_cleanup_add(r->pool, sizeof(ngx_http_gatehouse_attempt_t));

    if (cln == NULL) {
        return NULL;
    }

    attempt = cln->data;
    ngx_memzero(attempt, sizeof(ngx_http_gatehouse_attempt_t));
    cln->handler = ngx_http_gatehouse_attempt_cleanup;

    attempt->request = r;
    attempt->form = form;
    attempt->template_name = template_name;
    attempt->page = page;
    attempt->errors = json_object();
    attempt->hold.handler = ngx_http_gatehouse_attempt_held;
    attempt->hold.data = attempt;
    attempt->hold.log = r->connection->log;

    return attempt->errors != NULL ? attempt : NULL;
}

gh_text_t
ngx_http_gatehouse_attempt_value(const ngx_http_gatehouse_attempt_t *attempt,
    const char *field)
{
    return gh_form_value(attempt->form, field);
}

void
ngx_http_gatehouse_attempt_wrong(ngx_http_gatehouse_attempt_t *attempt, const char *field,
    const char *sentence)
{
    if (json_object_get(attempt->errors, field) == NULL) {
        (void) json_object_set_new(attempt->errors, field, json_string(sentence));
    }
}

ngx_uint_t
ngx_http_gatehouse_attempt_has_errors(const ngx_http_gatehouse_attempt_t *attempt)
{
    return json_object_size(attempt->errors) > 0;
}

/* Notes that somebody has to wait. */
static void
ngx_http_gatehouse_attempt_note(ngx_http_gatehouse_attempt_t *attempt, gh_text_t account,
    ngx_http_gatehouse_standing_t standing)
{
    gh_buf_t     uid;
    const char  *realm = attempt->realm != NULL ? attempt->realm->name : NULL;

    /* What a stranger typed may be nobody's name, and a password for all that is known. */
    if (standing != NGX_HTTP_GATEHOUSE_OWNER) {
        ngx_http_gatehouse_note(attempt->request, "throttled", realm, NULL, "stranger");
        return;
    }

    gh_buf_init(&uid);
    gh_buf_add_text(&uid, account);
    ngx_http_gatehouse_note(attempt->request, "throttled", realm, gh_buf_string(&uid), "owner");
    gh_buf_cleanup(&uid);
}

ngx_int_t
ngx_http_gatehouse_attempt_throttle(ngx_http_gatehouse_attempt_t *attempt, gh_text_t account,
    ngx_http_gatehouse_standing_t standing)
{
    ngx_uint_t           wait;
    ngx_http_request_t  *r = attempt->request;

    ngx_http_gatehouse_throttle_try(r, &attempt->try, attempt->realm, account, standing);
    wait = ngx_http_gatehouse_throttle_wait(r, &attempt->try);

    if (wait == 0) {
        return NGX_OK;
    }

    ngx_http_gatehouse_metrics_throttled(NGX_HTTP_GATEHOUSE_VIA_FORM);
    ngx_http_gatehouse_attempt_note(attempt, account, standing);
    ngx_http_finalize_request(
        r, ngx_http_gatehouse_page_wait(r, wait, standing == NGX_HTTP_GATEHOUSE_NEWCOMER
                                                     ? "Many accounts were set up from here just "
                                                       "now. You can set up yours in a moment."
                                                     : NULL));

    return NGX_DONE;
}

void
ngx_http_gatehouse_attempt_run(ngx_http_gatehouse_attempt_t *attempt, gh_flow_t **flow,
    void (*done)(ngx_http_request_t *r, gh_flow_t *flow))
{
    ngx_http_request_t  *r = attempt->request;

    if (*flow == NULL || ngx_http_gatehouse_run(r, flow, done) != NGX_OK) {
        ngx_http_finalize_request(r, NGX_HTTP_INTERNAL_SERVER_ERROR);
        return;
    }

    /* A client that leaves is noticed, and its run ends. */
    r->read_event_handler = ngx_http_test_reading;
}

static ngx_int_t
ngx_http_gatehouse_attempt_send(ngx_http_gatehouse_attempt_t *attempt)
{
    json_t              *context;
    ngx_http_request_t  *r = attempt->request;

    context = attempt->page(r, attempt);

    if (attempt->message == NULL && ngx_strcmp(attempt->template_name, "form") == 0) {
        attempt->message = "Some fields need another look.";
    }

    if (context != NULL && attempt->message != NULL) {
        ngx_http_gatehouse_page_message(context, "error", attempt->message);
    }

    return ngx_http_gatehouse_page_send(r, 422, attempt->template_name, &context);
}

void
ngx_http_gatehouse_attempt_again(ngx_http_gatehouse_attempt_t *attempt)
{
    ngx_http_finalize_request(attempt->request, ngx_http_gatehouse_attempt_send(attempt));
}

void
ngx_http_gatehouse_attempt_hold(ngx_http_gatehouse_attempt_t *attempt,
    void (*answer)(ngx_http_gatehouse_attempt_t *attempt))
{
    attempt->answer = answer;
    ngx_add_timer(&attempt->hold, ngx_http_gatehouse_throttle_pause(attempt->request));
}

static void
ngx_http_gatehouse_attempt_held(ngx_event_t *ev)
{
    ngx_http_gatehouse_attempt_t  *attempt = ev->data;
    ngx_connection_t              *c = attempt->request->connection;

    attempt->answer(attempt);
    ngx_http_run_posted_requests(c);
}

void
ngx_http_gatehouse_attempt_refuse(ngx_http_gatehouse_attempt_t *attempt)
{
    ngx_http_gatehouse_throttle_refused(attempt->request, &attempt->try);
    ngx_http_gatehouse_attempt_hold(attempt, ngx_http_gatehouse_attempt_again);
}

void
ngx_http_gatehouse_attempt_unavailable(ngx_http_gatehouse_attempt_t *attempt, int result)
{
    ngx_uint_t           level = result < 0 ? NGX_LOG_INFO : NGX_LOG_ERR;
    ngx_http_request_t  *r = attempt->request;

    /* That a directory is down is said once, by the pool, and not for each who waits. */
    ngx_log_error(level, r->connection->log, 0,
                  "gatehouse: %V could not be done: directory result %d", &r->uri, result);
    ngx_http_finalize_request(
        r, ngx_http_gatehouse_page_problem(r, NGX_HTTP_SERVICE_UNAVAILABLE));
}
