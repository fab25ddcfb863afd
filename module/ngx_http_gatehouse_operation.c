/*
 * Operations: made, given time, answered.
 */

/* Module. */
#include "ngx_http_gatehouse_metrics.h"
#include "ngx_http_gatehouse_operation.h"

static void ngx_http_gatehouse_line_settle(ngx_event_t *ev);

ngx_http_gatehouse_operation_t *
ngx_http_gatehouse_operation_create(ngx_http_gatehouse_pool_t *pool,
    const gh_request_t *request, ngx_msec_t deadline)
{
    ngx_http_gatehouse_operation_t  *op;

    op = ngx_calloc(sizeof(ngx_http_gatehouse_operation_t), ngx_cycle->log);

    if (op == NULL) {
        return NULL;
    }

    gh_answer_init(&op->answer);
    op->pool = pool;
    op->request = request;
    op->kind = request->operation;
    op->lane = request->lane;
    op->entry_max = request->size_limit;
    op->deadline = ngx_current_msec + deadline;
    op->timer.data = op;
    op->timer.log = ngx_cycle->log;
    ngx_http_gatehouse_metrics_made();

    return op;
}

/* The timer goes off when one `share`th of the time that is left has passed. */
static void
ngx_http_gatehouse_operation_allow(ngx_http_gatehouse_operation_t *op, ngx_uint_t share)
{
    ngx_msec_int_t  left = op->deadline - ngx_current_msec;

    /* nginx leaves a timer as it is that is set anew to nearly the same time. */
    if (op->timer.timer_set) {
        ngx_del_timer(&op->timer);
    }

    ngx_add_timer(&op->timer, ngx_max(left, 1) / share);
}

void
ngx_http_gatehouse_operation_sent(ngx_http_gatehouse_operation_t *op)
{
    ngx_http_gatehouse_operation_allow(op, 1);
    ngx_http_gatehouse_metrics_sent(op);
}

void
ngx_http_gatehouse_operation_finish(ngx_http_gatehouse_operation_t *op)
{
    if (op->timer.timer_set) {
        ngx_del_timer(&op->timer);
    }

    ngx_http_gatehouse_metrics_ended(op);

    if (op->handler != NULL) {
        op->handler(op);
    }

    gh_answer_cleanup(&op->answer);
    ngx_free(op);
}


/* The line. */

void
ngx_http_gatehouse_line_init(ngx_http_gatehouse_line_t *line)
{
    ngx_queue_init(&line->waiting);
    ngx_queue_init(&line->failed);
    line->settle.handler = ngx_http_gatehouse_line_settle;
    line->settle.data = line;
    line->settle.log = ngx_cycle->log;
}

void
ngx_http_gatehouse_line_join(ngx_http_gatehouse_line_t *line,
    ngx_http_gatehouse_operation_t *op)
{
    ngx_queue_insert_tail(&line->waiting, &op->queue);
    line->length++;
    ngx_http_gatehouse_metrics_queue(op->lane, 1);

    /*
     * Whoever has waited for half of the time is turned away.  Sent with hardly any left,
     * it would keep the directory busy for nobody, and so would all behind it: under too
     * much load nobody would get in any more.
     */
    ngx_http_gatehouse_operation_allow(op, 2);
}

void
ngx_http_gatehouse_line_leave(ngx_http_gatehouse_line_t *line,
    ngx_http_gatehouse_operation_t *op)
{
    ngx_queue_remove(&op->queue);

    if (!op->failed) {
        line->length--;
        ngx_http_gatehouse_metrics_queue(op->lane, -1);
    }
}

ngx_http_gatehouse_operation_t *
ngx_http_gatehouse_line_next(ngx_http_gatehouse_line_t *line)
{
    ngx_queue_t                     *q;
    ngx_http_gatehouse_operation_t  *op;

    if (ngx_queue_empty(&line->waiting)) {
        return NULL;
    }

    q = ngx_queue_head(&line->waiting);
    op = ngx_queue_data(q, ngx_http_gatehouse_operation_t, queue);
    ngx_http_gatehouse_line_leave(line, op);

    return op;
}

void
ngx_http_gatehouse_line_fail(ngx_http_gatehouse_line_t *line,
    ngx_http_gatehouse_operation_t *op, int result)
{
    gh_answer_cleanup(&op->answer);
    op->answer.result = result;
    op->failed = 1;
    ngx_queue_insert_tail(&line->failed, &op->queue);
    ngx_post_event(&line->settle, &ngx_posted_events);
}

static void
ngx_http_gatehouse_line_settle(ngx_event_t *ev)
{
    ngx_queue_t                     *q;
    ngx_http_gatehouse_line_t       *line = ev->data;
    ngx_http_gatehouse_operation_t  *op;

    while (!ngx_queue_empty(&line->failed)) {
        q = ngx_queue_head(&line->failed);
        op = ngx_queue_data(q, ngx_http_gatehouse_operation_t, queue);
        ngx_http_gatehouse_line_leave(line, op);
        ngx_http_gatehouse_operation_finish(op);
    }
}
