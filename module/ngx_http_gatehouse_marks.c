/*
 * Marks.
 */

/* lib. */
#include "account/marks.h"

/* Module. */
#include "ngx_http_gatehouse_marks.h"
#include "ngx_http_gatehouse_revocation.h"
#include "ngx_http_gatehouse_run.h"
#include "ngx_http_gatehouse_session.h"

/* Between two sweeps of marks that are over; ms. */
#define NGX_HTTP_GATEHOUSE_SWEEP  3600000

typedef struct {
    ngx_http_gatehouse_main_conf_t  *conf;
    gh_time_t                        since;
    ngx_event_t                      look;
    ngx_event_t                      sweep;
} ngx_http_gatehouse_marks_t;

static void ngx_http_gatehouse_marks_look(ngx_event_t *ev);
static void ngx_http_gatehouse_marks_looked(void *data, gh_flow_t *flow);
static void ngx_http_gatehouse_marks_sweep(ngx_event_t *ev);
static void ngx_http_gatehouse_marks_swept(void *data, gh_flow_t *flow);
static void ngx_http_gatehouse_marks_told(void *data, gh_flow_t *flow);

/* A timer that lets an exiting worker go. */
static void
ngx_http_gatehouse_marks_timer(ngx_event_t *ev, ngx_event_handler_pt handler, void *data,
    ngx_cycle_t *cycle)
{
    ev->handler = handler;
    ev->data = data;
    ev->log = cycle->log;
    ev->cancelable = 1;
}

ngx_int_t
ngx_http_gatehouse_marks_start(ngx_cycle_t *cycle, ngx_http_gatehouse_main_conf_t *gmcf)
{
    ngx_http_gatehouse_marks_t  *marks;

    if (ngx_worker != 0) {
        return NGX_OK;
    }

    marks = ngx_pcalloc(cycle->pool, sizeof(ngx_http_gatehouse_marks_t));

    if (marks == NULL) {
        return NGX_ERROR;
    }

    /* A session that ended before this could not live any more by itself. */
    marks->conf = gmcf;
    marks->since = ngx_http_gatehouse_now() - gmcf->config->session.lifetime;
    ngx_http_gatehouse_marks_timer(&marks->look, ngx_http_gatehouse_marks_look, marks, cycle);
    ngx_http_gatehouse_marks_timer(&marks->sweep, ngx_http_gatehouse_marks_sweep, marks, cycle);
    ngx_add_timer(&marks->look, 1);
    ngx_add_timer(&marks->sweep, NGX_HTTP_GATEHOUSE_SWEEP);

    return NGX_OK;
}

/* Between two looks, ms. */
static ngx_msec_t
ngx_http_gatehouse_marks_pause(ngx_http_gatehouse_marks_t *marks)
{
    return marks->conf->config->session.marks_interval / (GH_SECOND / 1000);
}

static void
ngx_http_gatehouse_marks_again(ngx_event_t *ev, ngx_msec_t pause)
{
    if (!ngx_exiting) {
        ngx_add_timer(ev, pause);
    }
}


/* Learning. */

static void
ngx_http_gatehouse_marks_look(ngx_event_t *ev)
{
    gh_flow_t                   *flow;
    ngx_http_gatehouse_marks_t  *marks = ev->data;

    flow = gh_marks_new(marks->conf->config, marks->since, ngx_http_gatehouse_now());

    if (flow == NULL
        || ngx_http_gatehouse_run_alone(marks->conf, &flow, ngx_http_gatehouse_marks_looked,
                                        marks)
               != NGX_OK)
    {
        ngx_http_gatehouse_marks_again(ev, ngx_http_gatehouse_marks_pause(marks));
    }
}

/* The bytes of a session id as a mark writes it.  NGX_ERROR: it is none. */
static ngx_int_t
ngx_http_gatehouse_marks_id(const char *text, u_char id[GH_SESSION_ID_SIZE])
{
    ngx_int_t   byte;
    ngx_uint_t  i;

    if (ngx_strlen(text) != GH_SESSION_ID_TEXT) {
        return NGX_ERROR;
    }

    for (i = 0; i < GH_SESSION_ID_SIZE; i++) {
        byte = ngx_hextoi((u_char *) text + 2 * i, 2);

        if (byte == NGX_ERROR) {
            return NGX_ERROR;
        }

        id[i] = (u_char) byte;
    }

    return NGX_OK;
}

static void
ngx_http_gatehouse_marks_apply(ngx_http_gatehouse_main_conf_t *gmcf, const gh_mark_t *mark)
{
    size_t  i;
    u_char  id[GH_SESSION_ID_SIZE];

    if (mark->not_before > 0) {
        ngx_http_gatehouse_end_all(gmcf, mark->uuid, mark->not_before);
    }

    for (i = 0; i < mark->ended_count; i++) {
        if (ngx_http_gatehouse_marks_id(mark->ended[i].id, id) == NGX_OK) {
            (void) ngx_http_gatehouse_revoke(gmcf->zone, id,
                                             mark->ended[i].end / GH_SECOND + 1);
        }
    }
}

static void
ngx_http_gatehouse_marks_looked(void *data, gh_flow_t *flow)
{
    size_t                       i;
    const gh_marks_result_t     *result = gh_marks_result(flow);
    ngx_http_gatehouse_marks_t  *marks = data;

    for (i = 0; i < result->count; i++) {
        ngx_http_gatehouse_marks_apply(marks->conf, &result->marks[i]);
    }

    if (result->is_complete) {
        marks->since = result->newest;
    }

    ngx_http_gatehouse_marks_again(&marks->look, ngx_http_gatehouse_marks_pause(marks));
}

static void
ngx_http_gatehouse_marks_sweep(ngx_event_t *ev)
{
    gh_flow_t                   *flow;
    ngx_http_gatehouse_marks_t  *marks = ev->data;

    flow = gh_marks_sweep_new(marks->conf->config, ngx_http_gatehouse_now());

    if (flow == NULL
        || ngx_http_gatehouse_run_alone(marks->conf, &flow, ngx_http_gatehouse_marks_swept,
                                        marks)
               != NGX_OK)
    {
        ngx_http_gatehouse_marks_again(ev, NGX_HTTP_GATEHOUSE_SWEEP);
    }
}

/* One sweep does a bounded number: a full one is followed by another soon. */
static void
ngx_http_gatehouse_marks_swept(void *data, gh_flow_t *flow)
{
    ngx_http_gatehouse_marks_t  *marks = data;

    ngx_http_gatehouse_marks_again(&marks->sweep, gh_marks_swept(flow) < GH_MARKS_SWEPT
                                                      ? NGX_HTTP_GATEHOUSE_SWEEP
                                                      : ngx_http_gatehouse_marks_pause(marks));
}


/* Telling. */

void
ngx_http_gatehouse_marks_put(ngx_http_gatehouse_main_conf_t *gmcf,
    const gh_session_t *session)
{
    gh_time_t          end = session->signed_in + gmcf->config->session.lifetime;
    gh_flow_t         *flow;
    const gh_realm_t  *realm = gh_config_realm(gmcf->config, gh_text(session->realm));

    flow = gh_marks_put_new(realm, gh_text(session->uid), session->id_text, end,
                            ngx_http_gatehouse_now());

    if (flow != NULL) {
        (void) ngx_http_gatehouse_run_alone(gmcf, &flow, ngx_http_gatehouse_marks_told, gmcf);
    }
}

static void
ngx_http_gatehouse_marks_told(void *data, gh_flow_t *flow)
{
    const gh_outcome_report_t  *report = gh_marks_put_result(flow);

    if (report->outcome != GH_OUTCOME_DONE && report->outcome != GH_OUTCOME_GONE) {
        ngx_log_error(NGX_LOG_WARN, ngx_cycle->log, 0,
                      "gatehouse: a sign-out could not be marked in the directory: %s, result %d",
                      gh_outcome_name(report->outcome), report->result);
    }
}
