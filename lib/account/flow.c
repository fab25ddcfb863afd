/*
 * Flows: the calls that every kind of flow answers.
 */

/* Account. */
#include "account/flow.h"

const gh_request_t *
gh_flow_next(gh_flow_t *flow)
{
    return flow->kind->is_done(flow) ? NULL : flow->kind->next(flow);
}

void
gh_flow_take(gh_flow_t *flow, const gh_request_t *request, const gh_answer_t *answer)
{
    if (!flow->kind->is_done(flow)) {
        flow->kind->take(flow, request, answer);
    }
}

bool
gh_flow_is_done(const gh_flow_t *flow)
{
    return flow->kind->is_done(flow);
}

void
gh_flow_free(gh_flow_t *flow)
{
    if (flow != NULL) {
        flow->kind->free(flow);
    }
}
