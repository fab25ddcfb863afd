/*
 * Marks.
 */

/* lib. */
#include "account/marks.h"

/* Module. */
#include "ngx_http_gatehouse_marks.h"
#include "ngx_http_gatehouse_metrics.h"
#include "ngx_http_gatehouse_revocation.h"
#include "ngx_http_gatehouse_run.h"
#include "ngx_http_gatehouse_session.h"
#include "ngx_http_gatehouse_untold.h"

/* Between two sweeps of marks that are over; ms. */
#define NGX_HTTP_GATEHOUSE_SWEEP  3600000

/* Between two looks while sessions are in doubt: the directory did not answer, or there are more
   than the zone has room for, and each look reads them all; ms. */
#define NGX_HTTP_GATEHOUSE_LOOK_AGAIN  2000
#define NGX_HTTP_GATEHOUSE_LOOK_FULL   10000

typedef struct {
    ngx_http_gatehouse_main_conf_t  *conf;
    gh_time_t                        since;
    ngx_atomic_uint_t                missed;    /* when the look began */
    ngx_event_t                      look;
    ngx_event_t                      sweep;
} ngx_http_gatehouse_marks_t;

/* A sign-out on its way to the directory; on the heap. */
typedef struct {
    ngx_http_gatehouse_main_conf_t  *conf;
    ngx_http_gatehouse_untold_t      untold;
} ngx_http_gatehouse_telling_t;

static void ngx_http_gatehouse_marks_look(ngx_event_t *ev);
static void ngx_http_gatehouse_marks_looked(void *data, gh_flow_t *flow);
static void ngx_http_gatehouse_marks_sweep(ngx_event_t *ev);
static void ngx_http_gatehouse_marks_swept(void *data, gh_flow_t *flow);
static void ngx_http_gatehouse_marks_told(void *data, gh_flow_t *flow);
static void ngx_http_gatehouse_marks_retell(ngx_http_gatehouse_main_conf_t *gmcf);

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

/* A session that ended before this could not live any more by itself. */
static gh_time_t
ngx_http_gatehouse_marks_oldest(ngx_http_gatehouse_main_conf_t *gmcf)
{
    return ngx_http_gatehouse_now() - gmcf->config->session.lifetime;
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

    marks->conf = gmcf;
    marks->since = ngx_http_gatehouse_marks_oldest(gmcf);
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

    marks->missed = ngx_http_gatehouse_missed(marks->conf->zone);

    if (ngx_http_gatehouse_is_in_doubt(marks->conf->zone)) {
        marks->since = ngx_http_gatehouse_marks_oldest(marks->conf);
    }

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

/* Until the next look, ms. */
static ngx_msec_t
ngx_http_gatehouse_marks_patience(ngx_http_gatehouse_marks_t *marks,
    const gh_marks_result_t *result)
{
    ngx_msec_t  pause = ngx_http_gatehouse_marks_pause(marks);

    if (!ngx_http_gatehouse_is_in_doubt(marks->conf->zone)) {
        return pause;
    }

    return result->is_complete ? NGX_HTTP_GATEHOUSE_LOOK_FULL
                               : ngx_min(pause, NGX_HTTP_GATEHOUSE_LOOK_AGAIN);
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
        ngx_http_gatehouse_covered(marks->conf->zone, marks->missed);
        ngx_http_gatehouse_marks_retell(marks->conf);
        ngx_http_gatehouse_metrics_marks_looked();
    }

    ngx_http_gatehouse_marks_again(&marks->look,
                                   ngx_http_gatehouse_marks_patience(marks, result));
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

static gh_time_t
ngx_http_gatehouse_marks_end(ngx_http_gatehouse_main_conf_t *gmcf, const gh_session_t *session)
{
    return session->signed_in + gmcf->config->session.lifetime;
}

gh_flow_t *
ngx_http_gatehouse_marks_flow(ngx_http_gatehouse_main_conf_t *gmcf, const gh_session_t *session)
{
    return gh_marks_put_new(gh_config_realm(gmcf->config, gh_text(session->realm)),
                            gh_text(session->uid), session->id_text,
                            ngx_http_gatehouse_marks_end(gmcf, session),
                            ngx_http_gatehouse_now());
}

/* Tells the directory.  NGX_OK: `told` takes the telling over. */
static ngx_int_t
ngx_http_gatehouse_marks_tell(ngx_http_gatehouse_main_conf_t *gmcf,
    const ngx_http_gatehouse_untold_t *untold)
{
    gh_flow_t                     *flow;
    const gh_realm_t              *realm = gh_config_realm(gmcf->config, gh_text(untold->realm));
    ngx_http_gatehouse_telling_t  *telling;

    /* A realm that is no more has no sessions. */
    if (realm == NULL) {
        return NGX_DECLINED;
    }

    telling = ngx_alloc(sizeof(ngx_http_gatehouse_telling_t), ngx_cycle->log);
    flow = gh_marks_put_new(realm, gh_text(untold->uid), untold->id_text, untold->end,
                            ngx_http_gatehouse_now());

    if (telling == NULL || flow == NULL) {
        ngx_free(telling);
        gh_flow_free(flow);
        return NGX_ERROR;
    }

    telling->conf = gmcf;
    telling->untold = *untold;

    if (ngx_http_gatehouse_run_alone(gmcf, &flow, ngx_http_gatehouse_marks_told, telling)
        != NGX_OK)
    {
        ngx_free(telling);
        return NGX_ERROR;
    }

    return NGX_OK;
}

static void
ngx_http_gatehouse_marks_keep(ngx_http_gatehouse_main_conf_t *gmcf,
    const ngx_http_gatehouse_untold_t *untold)
{
    if (ngx_http_gatehouse_untold_keep(gmcf->zone, untold) != NGX_OK) {
        ngx_log_error(NGX_LOG_WARN, ngx_cycle->log, 0,
                      "gatehouse: no room to remember a sign-out that the directory did not take: "
                      "the other gateways don't know of it");
    }
}

void
ngx_http_gatehouse_marks_put(ngx_http_gatehouse_main_conf_t *gmcf,
    const gh_session_t *session)
{
    ngx_http_gatehouse_untold_t  untold;

    if (ngx_http_gatehouse_untold_set(&untold, session,
                                      ngx_http_gatehouse_marks_end(gmcf, session))
        == NGX_OK
        && ngx_http_gatehouse_marks_tell(gmcf, &untold) == NGX_ERROR)
    {
        ngx_http_gatehouse_marks_keep(gmcf, &untold);
    }
}

static void
ngx_http_gatehouse_marks_told(void *data, gh_flow_t *flow)
{
    const gh_outcome_report_t     *report = gh_marks_put_result(flow);
    ngx_http_gatehouse_telling_t  *telling = data;

    if (report->outcome == GH_OUTCOME_DONE || report->outcome == GH_OUTCOME_GONE) {
        ngx_http_gatehouse_marks_retell(telling->conf);

    } else {
        ngx_log_error(NGX_LOG_WARN, ngx_cycle->log, 0,
                      "gatehouse: a sign-out could not be marked in the directory yet: %s, "
                      "result %d",
                      gh_outcome_name(report->outcome), report->result);
        ngx_http_gatehouse_marks_keep(telling->conf, &telling->untold);
    }

    ngx_free(telling);
}

/* Tells of the sign-out that waits longest and could still live. */
static void
ngx_http_gatehouse_marks_retell(ngx_http_gatehouse_main_conf_t *gmcf)
{
    ngx_http_gatehouse_untold_t  untold;

    while (ngx_http_gatehouse_untold_take(gmcf->zone, &untold) == NGX_OK) {

        if (untold.end <= ngx_http_gatehouse_now()) {
            continue;
        }

        if (ngx_http_gatehouse_marks_tell(gmcf, &untold) == NGX_ERROR) {
            ngx_http_gatehouse_marks_keep(gmcf, &untold);
        }

        return;
    }
}
