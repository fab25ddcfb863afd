/*
 * Stamp: one modify.
 */

/* System. */
#include <stdlib.h>

/* Account. */
#include "account/stamp.h"

typedef struct {
    gh_flow_t     flow; /* MUST BE FIRST */
    gh_request_t *modify;
    bool          is_given;
    bool          is_done;
    int           result;
} stamp_t;

static const gh_request_t *
stamp_next(gh_flow_t *flow)
{
    stamp_t *stamp = (stamp_t *) flow;

    if (stamp->is_given) {
        return NULL;
    }

    stamp->is_given = true;
    return stamp->modify;
}

static void
stamp_take(gh_flow_t *flow, const gh_request_t *request, const gh_answer_t *answer)
{
    stamp_t *stamp = (stamp_t *) flow;

    (void) request;
    stamp->result = answer->result;
    stamp->is_done = true;
}

static bool
stamp_is_done(const gh_flow_t *flow)
{
    return ((const stamp_t *) flow)->is_done;
}

static void
stamp_free(gh_flow_t *flow)
{
    gh_request_free(((stamp_t *) flow)->modify);
    free(flow);
}

static const gh_flow_kind_t stamp_kind = {
    .next = stamp_next,
    .take = stamp_take,
    .is_done = stamp_is_done,
    .free = stamp_free,
};

bool
gh_stamp_is_due(gh_time_t last, gh_time_t now)
{
    return now - last >= GH_STAMP_PAUSE;
}

gh_flow_t *
gh_stamp_new(const char *dn, gh_time_t now)
{
    char     when[GH_CLOCK_TEXT];
    stamp_t *stamp = calloc(1, sizeof(*stamp));

    if (stamp == NULL) {
        return NULL;
    }

    stamp->flow.kind = &stamp_kind;
    stamp->result = GH_RESULT_NOMEM;
    stamp->modify = gh_request_modify(dn);

    if (stamp->modify != NULL) {
        gh_clock_format(now - now % GH_SECOND, when);
        gh_request_set(stamp->modify, GH_CHANGE_REPLACE, GH_STAMP_ATTRIBUTE, gh_text(when));
    }

    if (!gh_request_is_ok(stamp->modify)) {
        stamp_free(&stamp->flow);
        return NULL;
    }

    return &stamp->flow;
}

int
gh_stamp_result(const gh_flow_t *flow)
{
    return ((const stamp_t *) flow)->result;
}
