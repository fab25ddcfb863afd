/*
 * Own password: a change of password, then a modify.
 *
 *     CHANGE -> SETTLE -> done
 */

/* System. */
#include <stdlib.h>

/* Account. */
#include "account/marks.h"
#include "account/ownpassword.h"
#include "account/settle.h"

typedef enum {
    STEP_DONE = 0, /* MUST BE ZERO: nothing is sent, the outcome stands */
    STEP_CHANGE,   /* the password */
    STEP_SETTLE    /* what the temporary one left behind, and the sessions */
} step_t;

typedef struct {
    gh_flow_t               flow; /* MUST BE FIRST */
    step_t                  step;
    const gh_request_t     *ready; /* to be handed out next */
    gh_request_t           *change;
    gh_request_t           *settle;
    gh_ownpassword_result_t result;
} ownpassword_t;

static void
ownpassword_send(ownpassword_t *own, step_t step, const gh_request_t *request)
{
    own->step = step;
    own->ready = request;
}

static const gh_request_t *
ownpassword_next(gh_flow_t *flow)
{
    ownpassword_t      *own = (ownpassword_t *) flow;
    const gh_request_t *ready = own->ready;

    own->ready = NULL;

    return ready;
}

static void
ownpassword_changed(ownpassword_t *own, const gh_answer_t *answer)
{
    gh_outcome_report_t *report = &own->result.report;

    gh_outcome_of_write(own->change, answer, report);

    if (report->outcome == GH_OUTCOME_DONE) {
        ownpassword_send(own, STEP_SETTLE, own->settle);
        return;
    }

    /* The constraint on what may be stored, behind the policy: there is no other value. */
    if (report->outcome == GH_OUTCOME_BAD_VALUE) {
        report->outcome = GH_OUTCOME_BAD_PASSWORD;
        report->policy = GH_POLICY_QUALITY;
    }

    own->step = STEP_DONE;
}

static void
ownpassword_take(gh_flow_t *flow, const gh_request_t *request, const gh_answer_t *answer)
{
    ownpassword_t *own = (ownpassword_t *) flow;

    (void) request;

    switch (own->step) {

    case STEP_CHANGE:
        ownpassword_changed(own, answer);
        break;

    case STEP_SETTLE:
        own->result.settled = answer->result;
        own->step = STEP_DONE;
        break;

    case STEP_DONE:
        break;
    }
}

static bool
ownpassword_is_done(const gh_flow_t *flow)
{
    return ((const ownpassword_t *) flow)->step == STEP_DONE;
}

static void
ownpassword_free(gh_flow_t *flow)
{
    ownpassword_t *own = (ownpassword_t *) flow;

    gh_request_free(own->change);
    gh_request_free(own->settle);
    free(own);
}

static const gh_flow_kind_t ownpassword_kind = {
    .next = ownpassword_next,
    .take = ownpassword_take,
    .is_done = ownpassword_is_done,
    .free = ownpassword_free,
};

gh_flow_t *
gh_ownpassword_new(const char *dn, const gh_secret_t *password, gh_time_t now)
{
    ownpassword_t *own = calloc(1, sizeof(*own));

    if (own == NULL) {
        return NULL;
    }

    own->flow.kind = &ownpassword_kind;
    own->result.settled = GH_RESULT_UNREACHABLE;
    own->change = gh_request_password(dn, password);
    own->settle = gh_request_modify(dn);
    gh_outcome_init(&own->result.report);

    if (own->settle != NULL) {
        gh_settle_put(own->settle);
        gh_marks_put_all(own->settle, now);
    }

    if (!gh_request_is_ok(own->change) || !gh_request_is_ok(own->settle)) {
        ownpassword_free(&own->flow);
        return NULL;
    }

    if (password->len == 0) {
        own->result.report.outcome = GH_OUTCOME_BAD_PASSWORD;
        own->result.report.policy = GH_POLICY_TOO_SHORT;
    } else {
        ownpassword_send(own, STEP_CHANGE, own->change);
    }

    return &own->flow;
}

const gh_ownpassword_result_t *
gh_ownpassword_result(const gh_flow_t *flow)
{
    return &((const ownpassword_t *) flow)->result;
}
