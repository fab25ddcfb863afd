/*
 * Admit: a lookup, and the state of what it found.
 */

/* System. */
#include <stdlib.h>

/* Directory. */
#include "directory/filter.h"

/* Account. */
#include "account/admit.h"
#include "account/lookup.h"

typedef struct {
    gh_flow_t         flow; /* MUST BE FIRST */
    gh_time_t         now;
    gh_lookup_t       lookup;
    gh_admit_result_t result;
} admit_t;

static const char *const attributes[] = { GH_CARD_ATTRIBUTES, GH_STATE_ATTRIBUTES, NULL };

/* What a state is worth without a password; LOCKED does not come up. */
static const gh_verdict_t verdicts[GH_STATE_COUNT] = {
    [GH_STATE_UNKNOWN] = GH_VERDICT_UNKNOWN,
    [GH_STATE_OPEN] = GH_VERDICT_SIGNED_IN,
    [GH_STATE_TEMPORARY] = GH_VERDICT_MUST_CHANGE,
    [GH_STATE_NO_PASSWORD] = GH_VERDICT_NO_PASSWORD,
    [GH_STATE_LOCKED] = GH_VERDICT_DENY,
    [GH_STATE_ENDED] = GH_VERDICT_ENDED,
    [GH_STATE_DISABLED] = GH_VERDICT_DISABLED,
};

/* All answers are there. */
static void
admit_decide(admit_t *admit)
{
    switch (admit->lookup.outcome) {

    case GH_LOOKUP_FOUND:
        admit->result.who = admit->lookup.who;
        admit->lookup.who = (gh_identity_card_t){ 0 };
        admit->result.verdict =
            verdicts[gh_state_of(&admit->lookup.entry, admit->now, GH_STATE_NO_LOCKS)];
        break;

    case GH_LOOKUP_NOBODY:
        admit->result.verdict = GH_VERDICT_UNKNOWN;
        break;

    case GH_LOOKUP_AMBIGUOUS:
        admit->result.verdict = GH_VERDICT_DENY;
        break;

    case GH_LOOKUP_UNAVAILABLE:
        admit->result.verdict = GH_VERDICT_UNAVAILABLE;
        admit->result.result = admit->lookup.code;
        break;
    }
}

static const gh_request_t *
admit_next(gh_flow_t *flow)
{
    return gh_lookup_next(&((admit_t *) flow)->lookup);
}

static void
admit_take(gh_flow_t *flow, const gh_request_t *request, const gh_answer_t *answer)
{
    admit_t *admit = (admit_t *) flow;

    gh_lookup_take(&admit->lookup, request, answer);

    if (gh_lookup_is_done(&admit->lookup)) {
        admit_decide(admit);
    }
}

static bool
admit_is_done(const gh_flow_t *flow)
{
    return gh_lookup_is_done(&((const admit_t *) flow)->lookup);
}

static void
admit_free(gh_flow_t *flow)
{
    admit_t *admit = (admit_t *) flow;

    gh_lookup_cleanup(&admit->lookup);
    gh_card_cleanup(&admit->result.who);
    free(admit);
}

static const gh_flow_kind_t admit_kind = {
    .next = admit_next,
    .take = admit_take,
    .is_done = admit_is_done,
    .free = admit_free,
};

/* `(uid=NAME)`, or `(|(uid=NAME)(mail=NAME))` where people sign in by several. */
static void
admit_search(admit_t *admit, const gh_realm_t *realm, gh_text_t name)
{
    gh_buf_t filter;

    if (realm->find == GH_FIND_BY_NAME) {
        gh_lookup_add_equal(&admit->lookup, realm, "uid", name, attributes);
        return;
    }

    gh_buf_init(&filter);
    gh_buf_add_string(&filter, "(|");

    for (char **attr = realm->login_attributes; *attr != NULL; attr++) {
        gh_filter_equal(&filter, *attr, name);
    }

    gh_buf_add_string(&filter, ")");

    if (gh_buf_is_ok(&filter)) {
        gh_lookup_add(&admit->lookup, realm, gh_buf_string(&filter), attributes);
    } else {
        admit->lookup.outcome = GH_LOOKUP_UNAVAILABLE;
        admit->lookup.code = GH_RESULT_NOMEM;
    }

    gh_buf_cleanup(&filter);
}

gh_flow_t *
gh_admit_new(const gh_realm_t *realm, gh_text_t typed, gh_time_t now)
{
    admit_t *admit = calloc(1, sizeof(*admit));
    gh_buf_t name;

    if (admit == NULL) {
        return NULL;
    }

    admit->flow.kind = &admit_kind;
    admit->now = now;
    gh_lookup_init(&admit->lookup);
    gh_buf_init(&name);

    /* Without a search nobody is found: nobody can have that name. */
    if (gh_realm_canonical(realm, typed, &name) == 0) {
        admit_search(admit, realm, gh_buf_text(&name));
    }

    if (gh_lookup_is_done(&admit->lookup)) {
        admit_decide(admit);
    }

    gh_buf_cleanup(&name);

    return &admit->flow;
}

const gh_admit_result_t *
gh_admit_result(const gh_flow_t *flow)
{
    return &((const admit_t *) flow)->result;
}
