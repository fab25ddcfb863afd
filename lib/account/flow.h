/*
 * Flows: a piece of directory business as a state machine without I/O.
 *
 * A flow hands out requests and takes answers; nginx drives it from its event
 * loop, everybody else with a waiting client.  A request belongs to its flow
 * and lives as long as the flow does.
 *
 *     while ((request = gh_flow_next(flow)) != NULL) send it
 *     on each answer: gh_flow_take(flow, request, answer), then next again
 *     until gh_flow_is_done(flow)
 *
 * A flow that is not done and has no next request waits for an answer that is
 * under way: whoever drives it always gives one, if only to say that the
 * directory can't be reached.
 */
#ifndef GH_ACCOUNT_FLOW_H
#define GH_ACCOUNT_FLOW_H

/* Directory. */
#include "directory/answer.h"
#include "directory/request.h"

typedef struct gh_flow_s gh_flow_t;

/* What each kind of flow brings; its struct begins with a gh_flow_t. */
typedef struct {
    const gh_request_t *(*next)(gh_flow_t *flow);
    void (*take)(gh_flow_t *flow, const gh_request_t *request, const gh_answer_t *answer);
    bool (*is_done)(const gh_flow_t *flow);
    void (*free)(gh_flow_t *flow);
} gh_flow_kind_t;

struct gh_flow_s {
    const gh_flow_kind_t *kind;
};

/* The next request to send; NULL: none for now. */
const gh_request_t *gh_flow_next(gh_flow_t *flow);

/* Gives the flow the answer to `request`; keeps nothing of `answer`. */
void gh_flow_take(gh_flow_t *flow, const gh_request_t *request, const gh_answer_t *answer);

/* Whether the flow has come to its end. */
bool gh_flow_is_done(const gh_flow_t *flow);

/* Frees it and its requests, secrets wiped; also before it is done.  NULL is fine. */
void gh_flow_free(gh_flow_t *flow);

#endif
