/*
 * Hold.
 */

/* lib. */
#include "account/hold.h"

/* Module. */
#include "ngx_http_gatehouse_hold.h"
#include "ngx_http_gatehouse_run.h"
#include "ngx_http_gatehouse_session.h"

static void ngx_http_gatehouse_hold_done(ngx_http_request_t *r, gh_flow_t *flow);

ngx_int_t
ngx_http_gatehouse_hold(ngx_http_request_t *r)
{
    gh_flow_t                       *flow;
    const gh_session_t              *session;
    ngx_http_gatehouse_loc_conf_t   *glcf;
    ngx_http_gatehouse_main_conf_t  *gmcf = ngx_http_gatehouse_main_conf(r);

    glcf = ngx_http_get_module_loc_conf(r, ngx_http_gatehouse_module);

    if (glcf->mode == NGX_HTTP_GATEHOUSE_OFF && !glcf->portal) {
        return NGX_DECLINED;
    }

    session = ngx_http_gatehouse_session_doubted(r);

    if (session == NULL) {
        return NGX_DECLINED;
    }

    flow = gh_hold_new(gh_config_realm(gmcf->config, gh_text(session->realm)),
                       gh_text(session->uid), gh_text(session->uuid), session->id_text,
                       session->signed_in);

    if (flow == NULL
        || ngx_http_gatehouse_run(r, &flow, ngx_http_gatehouse_hold_done) != NGX_OK)
    {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    /* A client that leaves is noticed; nothing else goes on until the answer is there. */
    r->write_event_handler = ngx_http_request_empty_handler;

    if (r == r->main) {
        r->read_event_handler = ngx_http_test_reading;
    }

    return NGX_AGAIN;
}

static void
ngx_http_gatehouse_hold_done(ngx_http_request_t *r, gh_flow_t *flow)
{
    ngx_http_gatehouse_session_held(r, gh_hold_result(flow));

    r->write_event_handler = ngx_http_core_run_phases;

    if (r == r->main) {
        r->read_event_handler = ngx_http_block_reading;
    }

    ngx_http_core_run_phases(r);
}
