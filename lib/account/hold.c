/*
 * Hold: a lookup, and what the marks on the entry say.
 */

/* System. */
#include <stdlib.h>

/* Account. */
#include "account/hold.h"
#include "account/lookup.h"
#include "account/marks_int.h"

#define DISABLED   "gatehouseDisabled"
#define NOT_BEFORE "gatehouseSessionsNotBefore"
#define ENDED      "gatehouseEndedSession"

typedef struct {
    gh_flow_t   flow; /* MUST BE FIRST */
    gh_lookup_t lookup;
    char        session[GH_MARKS_ID_MAX + 1];
    gh_time_t   begun;
} hold_t;

static const char *const attributes[] = { GH_CARD_ATTRIBUTES, DISABLED, NOT_BEFORE, ENDED,
    NULL };

/* Whether all sessions that began with this one have ended. */
static bool
has_ended_with_all(const hold_t *hold)
{
    gh_text_t text = gh_entry_value(&hold->lookup.entry, NOT_BEFORE);
    gh_time_t not_before;

    if (gh_text_is_empty(text)) {
        return false;
    }

    return gh_clock_parse(text, &not_before) != 0 || hold->begun <= not_before;
}

/* Whether this one has, by itself. */
static bool
has_ended_alone(const hold_t *hold)
{
    const gh_attribute_t *ended = gh_entry_attribute(&hold->lookup.entry, ENDED);
    gh_marks_session_t    session;

    for (size_t i = 0; ended != NULL && i < ended->count; i++) {
        if (gh_marks_session_read(ended->values[i], &session)
            && strcmp(session.id, hold->session) == 0) {
            return true;
        }
    }

    return false;
}

static const gh_request_t *
hold_next(gh_flow_t *flow)
{
    return gh_lookup_next(&((hold_t *) flow)->lookup);
}

static void
hold_take(gh_flow_t *flow, const gh_request_t *request, const gh_answer_t *answer)
{
    gh_lookup_take(&((hold_t *) flow)->lookup, request, answer);
}

static bool
hold_is_done(const gh_flow_t *flow)
{
    return gh_lookup_is_done(&((const hold_t *) flow)->lookup);
}

static void
hold_free(gh_flow_t *flow)
{
    gh_lookup_cleanup(&((hold_t *) flow)->lookup);
    free(flow);
}

static const gh_flow_kind_t hold_kind = {
    .next = hold_next,
    .take = hold_take,
    .is_done = hold_is_done,
    .free = hold_free,
};

gh_flow_t *
gh_hold_new(const gh_realm_t *realm, gh_text_t uid, gh_text_t uuid, const char *session,
    gh_time_t begun)
{
    hold_t *hold = calloc(1, sizeof(*hold));
    size_t  len = strlen(session);

    if (hold == NULL || len > GH_MARKS_ID_MAX) {
        free(hold);
        return NULL;
    }

    hold->flow.kind = &hold_kind;
    hold->begun = begun;
    memcpy(hold->session, session, len);
    gh_lookup_init(&hold->lookup);
    gh_lookup_add_account(&hold->lookup, realm, uid, uuid, attributes);

    return &hold->flow;
}

gh_hold_t
gh_hold_result(const gh_flow_t *flow)
{
    const hold_t *hold = (const hold_t *) flow;

    switch (hold->lookup.outcome) {

    case GH_LOOKUP_FOUND:
        break;

    case GH_LOOKUP_NOBODY:
    case GH_LOOKUP_AMBIGUOUS:
        return GH_HOLD_ENDED;

    default:
        return GH_HOLD_UNKNOWN;
    }

    if (gh_entry_has(&hold->lookup.entry, DISABLED, GH_TEXT("TRUE")) || has_ended_with_all(hold)
        || has_ended_alone(hold))
    {
        return GH_HOLD_ENDED;
    }

    return GH_HOLD_ALIVE;
}
