/*
 * Healthz.
 */

/* lib. */
#include "account/alive.h"

/* Module. */
#include "ngx_http_gatehouse_healthz.h"
#include "ngx_http_gatehouse_page.h"
#include "ngx_http_gatehouse_run.h"

typedef struct {
    int         result;
    ngx_str_t   body;
} ngx_http_gatehouse_state_t;

static ngx_http_gatehouse_state_t  ngx_http_gatehouse_healthz_states[] = {

    { GH_RESULT_SUCCESS,
      ngx_string("{\"status\":\"ok\",\"directory\":\"ok\"}\n") },

    { GH_RESULT_TIMEOUT,
      ngx_string("{\"status\":\"unavailable\",\"directory\":\"does not answer in time\"}\n") },

    { GH_RESULT_OVERLOADED,
      ngx_string("{\"status\":\"unavailable\",\"directory\":\"has too many in line\"}\n") },

    { GH_RESULT_UNREACHABLE,
      ngx_string("{\"status\":\"unavailable\",\"directory\":\"can not be reached\"}\n") },
};

/* What the directory answered is not what it has to. */
static ngx_str_t  ngx_http_gatehouse_healthz_other =
    ngx_string("{\"status\":\"unavailable\",\"directory\":\"can not be used\"}\n");

static ngx_str_t *
ngx_http_gatehouse_healthz_body(int result)
{
    ngx_uint_t  i;

    for (i = 0; i < sizeof(ngx_http_gatehouse_healthz_states)
                        / sizeof(ngx_http_gatehouse_healthz_states[0]); i++)
    {
        if (ngx_http_gatehouse_healthz_states[i].result == result) {
            return &ngx_http_gatehouse_healthz_states[i].body;
        }
    }

    return &ngx_http_gatehouse_healthz_other;
}

static ngx_int_t
ngx_http_gatehouse_healthz_answer(ngx_http_request_t *r, int result)
{
    ngx_uint_t        status = NGX_HTTP_OK;
    static ngx_str_t  type = ngx_string("application/json");

    if (ngx_http_gatehouse_header_no_store(r) != NGX_OK) {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    if (result != GH_RESULT_SUCCESS) {
        status = NGX_HTTP_SERVICE_UNAVAILABLE;

        if (ngx_http_gatehouse_header_retry_after(r, NGX_HTTP_GATEHOUSE_RETRY) != NGX_OK) {
            return NGX_HTTP_INTERNAL_SERVER_ERROR;
        }
    }

    return ngx_http_gatehouse_page_body(r, status, &type,
                                        ngx_http_gatehouse_healthz_body(result));
}

static void
ngx_http_gatehouse_healthz_done(ngx_http_request_t *r, gh_flow_t *flow)
{
    int  result = gh_alive_result(flow);

    if (result > 0) {
        ngx_log_error(NGX_LOG_ERR, r->connection->log, 0,
                      "gatehouse: the directory can't be used: result %d for the entry above the "
                      "people of the first realm", result);
    }

    ngx_http_finalize_request(r, ngx_http_gatehouse_healthz_answer(r, result));
}

ngx_int_t
ngx_http_gatehouse_healthz(ngx_http_request_t *r)
{
    gh_flow_t  *flow = gh_alive_new(ngx_http_gatehouse_main_conf(r)->config);

    return ngx_http_gatehouse_run_content(r, &flow, ngx_http_gatehouse_healthz_done);
}
