/*
 * Signing out.
 *
 * What ends is over here at once, for all workers; the mark tells the other gateways, and this
 * one after a restart.  Where the zone has no room for one more, the mark is all there is, and
 * the answer waits for it.
 */

/* lib. */
#include "account/marks.h"

/* Module. */
#include "ngx_http_gatehouse_account.h"
#include "ngx_http_gatehouse_attempt.h"
#include "ngx_http_gatehouse_audit.h"
#include "ngx_http_gatehouse_marks.h"
#include "ngx_http_gatehouse_page.h"
#include "ngx_http_gatehouse_portal.h"
#include "ngx_http_gatehouse_revocation.h"
#include "ngx_http_gatehouse_run.h"
#include "ngx_http_gatehouse_session.h"
#include "ngx_http_gatehouse_signout.h"

static void ngx_http_gatehouse_signout_told(ngx_http_request_t *r, gh_flow_t *flow);
static void ngx_http_gatehouse_signout_everywhere_told(ngx_http_request_t *r,
    gh_flow_t *flow);

/* Ends the request: the cookie goes, and what the browser kept of pages. */
static void
ngx_http_gatehouse_signout_leave(ngx_http_request_t *r)
{
    ngx_int_t         rc = NGX_HTTP_INTERNAL_SERVER_ERROR;
    static ngx_str_t  cache = ngx_string("\"cache\"");

    if (ngx_http_gatehouse_session_end(r) == NGX_OK
        && ngx_http_gatehouse_header_add(r, "Clear-Site-Data", &cache) == NGX_OK)
    {
        rc = ngx_http_gatehouse_portal_go(r, "/login");
    }

    ngx_http_finalize_request(r, rc);
}

/* Signing out twice is signing out. */
void
ngx_http_gatehouse_signout(ngx_http_request_t *r, gh_form_t *form)
{
    time_t                           until;
    gh_flow_t                       *flow;
    const gh_session_t              *session = ngx_http_gatehouse_session(r);
    ngx_http_gatehouse_main_conf_t  *gmcf = ngx_http_gatehouse_main_conf(r);

    if (session == NULL) {
        ngx_http_gatehouse_signout_leave(r);
        return;
    }

    until = (session->signed_in + gmcf->config->session.lifetime) / GH_SECOND + 1;

    if (ngx_http_gatehouse_revoke(gmcf->zone, session->id, until) == NGX_OK) {
        ngx_http_gatehouse_audit(r, "sign-out", session->realm, session->uid, "done");
        ngx_http_gatehouse_marks_put(gmcf, session);
        ngx_http_gatehouse_signout_leave(r);
        return;
    }

    flow = ngx_http_gatehouse_marks_flow(gmcf, session);

    if (flow == NULL || ngx_http_gatehouse_run(r, &flow, ngx_http_gatehouse_signout_told) != NGX_OK)
    {
        ngx_http_finalize_request(r, NGX_HTTP_INTERNAL_SERVER_ERROR);
    }
}

static void
ngx_http_gatehouse_signout_told(ngx_http_request_t *r, gh_flow_t *flow)
{
    const gh_session_t         *session = ngx_http_gatehouse_session(r);
    const gh_outcome_report_t  *report = gh_marks_put_result(flow);

    ngx_http_gatehouse_audit(r, "sign-out", session->realm, session->uid,
                             gh_outcome_name(report->outcome));

    if (report->outcome == GH_OUTCOME_DONE || report->outcome == GH_OUTCOME_GONE) {
        ngx_http_gatehouse_signout_leave(r);
        return;
    }

    /* Neither here nor there: who asked is told so, and may ask again. */
    ngx_http_finalize_request(
        r, ngx_http_gatehouse_page_problem(r, NGX_HTTP_SERVICE_UNAVAILABLE));
}

/* Everywhere. */

void
ngx_http_gatehouse_signout_everywhere(ngx_http_request_t *r, gh_form_t *form)
{
    gh_time_t                     *now = ngx_palloc(r->pool, sizeof(gh_time_t));
    gh_flow_t                     *flow;
    const gh_session_t            *session = ngx_http_gatehouse_session(r);
    ngx_http_gatehouse_attempt_t  *attempt;

    attempt = ngx_http_gatehouse_account_attempt(r, form, NULL);

    if (attempt == NULL) {
        return;
    }

    if (now == NULL) {
        ngx_http_finalize_request(r, NGX_HTTP_INTERNAL_SERVER_ERROR);
        return;
    }

    if (!gh_text_equal(gh_form_value(form, "all"), gh_text("1"))) {
        ngx_http_finalize_request(r,
                                  ngx_http_gatehouse_page_problem(r, NGX_HTTP_BAD_REQUEST));
        return;
    }

    /* At once; and again behind the mark, in case there is no room here. */
    *now = ngx_http_gatehouse_now();
    attempt->data = now;
    ngx_http_gatehouse_end_all(ngx_http_gatehouse_main_conf(r), session->uuid, *now);
    flow = gh_marks_put_new(attempt->realm, gh_text(session->uid), NULL, 0, *now);
    ngx_http_gatehouse_attempt_run(attempt, &flow, ngx_http_gatehouse_signout_everywhere_told);
}

static void
ngx_http_gatehouse_signout_everywhere_told(ngx_http_request_t *r, gh_flow_t *flow)
{
    const gh_session_t            *session = ngx_http_gatehouse_session(r);
    const gh_outcome_report_t     *report = gh_marks_put_result(flow);
    ngx_http_gatehouse_attempt_t  *attempt = ngx_http_gatehouse_attempt_find(r);

    ngx_http_gatehouse_audit(r, "sign-out-everywhere", session->realm, session->uid,
                             gh_outcome_name(report->outcome));

    if (report->outcome != GH_OUTCOME_DONE) {
        ngx_http_gatehouse_attempt_unavailable(attempt, report->result);
        return;
    }

    ngx_http_gatehouse_end_all(ngx_http_gatehouse_main_conf(r), session->uuid,
                               *(gh_time_t *) attempt->data);
    ngx_http_gatehouse_signout_leave(r);
}
