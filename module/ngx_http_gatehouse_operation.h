/*
 * Operations: requests on their way, and the line in which they wait for a connection.
 */
#ifndef NGX_HTTP_GATEHOUSE_OPERATION_H
#define NGX_HTTP_GATEHOUSE_OPERATION_H

/* lib. */
#include "directory/answer.h"
#include "directory/request.h"

/* Module. */
#include "ngx_http_gatehouse.h"

typedef struct ngx_http_gatehouse_connection_s  ngx_http_gatehouse_connection_t;
typedef struct ngx_http_gatehouse_operation_s   ngx_http_gatehouse_operation_t;
typedef struct ngx_http_gatehouse_probe_s       ngx_http_gatehouse_probe_t;

/*
 * One request on its way.
 *
 * Lives from ngx_http_gatehouse_pool_submit until its handler has been called, or, when
 * whoever asked has left (`handler` NULL), until the pool has no more use for it.  It
 * stands in exactly one queue: a connection's operations or, with `connection` NULL, one
 * of its line's.
 */
struct ngx_http_gatehouse_operation_s {
    ngx_queue_t                        queue;
    const gh_request_t                *request;     /* NULL once detached */
    gh_operation_t                     kind;        /* these three outlive the request */
    gh_lane_t                          lane;
    size_t                             entry_max;
    gh_answer_t                        answer;
    ngx_http_gatehouse_pool_t         *pool;
    ngx_http_gatehouse_connection_t   *connection;
    int                                msgid;
    ngx_msec_t                         sent;        /* these by ngx_current_msec */
    ngx_msec_t                         deadline;
    uint64_t                           clocked;     /* when sent, by the clock of metrics */
    ngx_event_t                        timer;       /* holds an exiting worker */
    void                             (*handler)(ngx_http_gatehouse_operation_t *op);
    void                              *data;
    unsigned                           repeated:1;
    unsigned                           referred:1;  /* a write that a consumer refused */
    unsigned                           pinned:1;    /* to its connection */
    unsigned                           failed:1;    /* answered, not told yet */
};

typedef struct {
    ngx_queue_t                        waiting;
    ngx_uint_t                         length;
    ngx_queue_t                        failed;      /* what `settle` answers */
    ngx_event_t                        settle;
} ngx_http_gatehouse_line_t;

/* An operation in no queue, its timer without a handler.  NULL: no memory. */
ngx_http_gatehouse_operation_t *ngx_http_gatehouse_operation_create(
    ngx_http_gatehouse_pool_t *pool, const gh_request_t *request, ngx_msec_t deadline);

/* It is on a connection: from now on it has all the time until its deadline. */
void ngx_http_gatehouse_operation_sent(ngx_http_gatehouse_operation_t *op);

/* Gives its answer to whoever asked, and frees it; it is in no queue. */
void ngx_http_gatehouse_operation_finish(ngx_http_gatehouse_operation_t *op);

void ngx_http_gatehouse_line_init(ngx_http_gatehouse_line_t *line);

/*
 * The operation, in no queue, waits for a connection, for half of the time that it has:
 * its timer goes off then.
 */
void ngx_http_gatehouse_line_join(ngx_http_gatehouse_line_t *line,
    ngx_http_gatehouse_operation_t *op);

/* Takes the operation, which is on no connection, out of the line. */
void ngx_http_gatehouse_line_leave(ngx_http_gatehouse_line_t *line,
    ngx_http_gatehouse_operation_t *op);

/* Takes who has waited longest out of the line.  NULL: nobody waits. */
ngx_http_gatehouse_operation_t *ngx_http_gatehouse_line_next(ngx_http_gatehouse_line_t *line);

/* The operation, in no queue, will be answered `result`, but not from within this call. */
void ngx_http_gatehouse_line_fail(ngx_http_gatehouse_line_t *line,
    ngx_http_gatehouse_operation_t *op, int result);

#endif
