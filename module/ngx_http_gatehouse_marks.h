/*
 * Marks: ended sessions, told to the directory and learnt from it.
 *
 * What ends here ends at once, in shared memory.  The mark on the person's entry tells
 * the other gateways, and this one after a restart; one worker of each gateway asks for
 * new marks every session.marks_interval.
 */
#ifndef NGX_HTTP_GATEHOUSE_MARKS_H
#define NGX_HTTP_GATEHOUSE_MARKS_H

/* lib. */
#include "account/flow.h"
#include "session/session.h"

/* Module. */
#include "ngx_http_gatehouse.h"

/* Begins to ask for marks, in the worker that does.  NGX_OK or NGX_ERROR. */
ngx_int_t ngx_http_gatehouse_marks_start(ngx_cycle_t *cycle,
    ngx_http_gatehouse_main_conf_t *gmcf);

/* A flow that marks one session as ended; NULL: no memory. */
gh_flow_t *ngx_http_gatehouse_marks_flow(ngx_http_gatehouse_main_conf_t *gmcf,
    const gh_session_t *session);

/*
 * The same without making anybody wait.  What the directory does not take now is told later, as
 * long as the session could have lived.
 */
void ngx_http_gatehouse_marks_put(ngx_http_gatehouse_main_conf_t *gmcf,
    const gh_session_t *session);

#endif
