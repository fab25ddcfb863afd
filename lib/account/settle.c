/*
 * Settle: one modify.
 */

/* System. */
#include <stdlib.h>

/* Directory. */
#include "directory/dn.h"

/* Account. */
#include "account/settle.h"

typedef struct {
    gh_flow_t     flow; /* MUST BE FIRST */
    gh_request_t *modify;
    bool          is_given;
    bool          is_done;
    int           result;
} settle_t;

static const gh_request_t *
settle_next(gh_flow_t *flow)
{
    settle_t *settle = (settle_t *) flow;

    if (settle->is_given) {
        return NULL;
    }

    settle->is_given = true;
    return settle->modify;
}

static void
settle_take(gh_flow_t *flow, const gh_request_t *request, const gh_answer_t *answer)
{
    settle_t *settle = (settle_t *) flow;

    (void) request;
    settle->result = answer->result;
    settle->is_done = true;
}

static bool
settle_is_done(const gh_flow_t *flow)
{
    return ((const settle_t *) flow)->is_done;
}

static void
settle_free(gh_flow_t *flow)
{
    gh_request_free(((settle_t *) flow)->modify);
    free(flow);
}

static const gh_flow_kind_t settle_kind = {
    .next = settle_next,
    .take = settle_take,
    .is_done = settle_is_done,
    .free = settle_free,
};

int
gh_settle_policy(const gh_config_t *config, gh_buf_t *out)
{
    return gh_buf_add_format(out, "cn=temporary,ou=policies,%s", config->directory.base);
}

bool
gh_settle_is_due(const gh_config_t *config, const gh_entry_t *entry)
{
    gh_text_t policy = gh_entry_value(entry, GH_SETTLE_ATTRIBUTE);
    gh_buf_t  temporary;
    bool      is_due;

    if (gh_text_is_empty(policy) || gh_entry_has(entry, "pwdReset", GH_TEXT("TRUE"))) {
        return false;
    }

    gh_buf_init(&temporary);
    is_due = gh_settle_policy(config, &temporary) == 0
        && gh_dn_equal(policy.data, gh_buf_string(&temporary));
    gh_buf_cleanup(&temporary);

    return is_due;
}

/* Replaces with no value, which also holds where there is none: a delete would fail. */
void
gh_settle_put(gh_request_t *modify)
{
    gh_request_change(modify, GH_CHANGE_REPLACE, "pwdEndTime", NULL, 0);
    gh_request_change(modify, GH_CHANGE_REPLACE, "pwdPolicySubentry", NULL, 0);
}

gh_flow_t *
gh_settle_new(const char *dn, const char *assertion)
{
    settle_t *settle = calloc(1, sizeof(*settle));

    if (settle == NULL) {
        return NULL;
    }

    settle->flow.kind = &settle_kind;
    settle->result = GH_RESULT_NOMEM;
    settle->modify = gh_request_modify(dn);

    if (settle->modify != NULL) {
        gh_settle_put(settle->modify);

        if (assertion != NULL) {
            gh_request_assert(settle->modify, assertion);
        }
    }

    if (!gh_request_is_ok(settle->modify)) {
        settle_free(&settle->flow);
        return NULL;
    }

    return &settle->flow;
}

int
gh_settle_result(const gh_flow_t *flow)
{
    return ((const settle_t *) flow)->result;
}
