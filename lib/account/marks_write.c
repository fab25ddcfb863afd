/*
 * Marks, written and cleared.
 *
 *     put:    find the entry, change it; once more without sweeping when
 *             somebody else has swept in the meantime
 *     sweep:  find old marks, clear one entry after the other
 */

/* System. */
#include <stdio.h>
#include <stdlib.h>

/* Account. */
#include "account/lookup.h"
#include "account/marks_int.h"

#define NOT_BEFORE "gatehouseSessionsNotBefore"
#define ENDED      "gatehouseEndedSession"
#define MARKED     "gatehouseMarked"

typedef struct {
    gh_flow_t           flow; /* MUST BE FIRST */
    gh_lookup_t         lookup;
    char               *session; /* NULL: all of them */
    gh_time_t           end;
    gh_time_t           now;
    gh_request_t       *modify;
    gh_request_t       *again; /* the modify without the sweep */
    gh_request_t       *ready; /* the one to send; NULL: under way */
    bool                is_done;
    gh_outcome_report_t report;
} put_t;

typedef struct {
    gh_flow_t     flow; /* MUST BE FIRST */
    char          before[GH_CLOCK_TEXT];
    gh_request_t *requests[1 + GH_MARKS_SWEPT]; /* the search, then the modifies */
    size_t        count;
    size_t        given;
    size_t        answered;
    size_t        swept;
    bool          is_done;
} sweep_t;

static const char *const put_attributes[] = { GH_CARD_ATTRIBUTES, ENDED, NULL };

void
gh_marks_put_all(gh_request_t *modify, gh_time_t now)
{
    char when[GH_CLOCK_TEXT];

    gh_clock_format(now, when);
    gh_request_set(modify, GH_CHANGE_REPLACE, NOT_BEFORE, gh_text(when));
    gh_request_set(modify, GH_CHANGE_REPLACE, MARKED, gh_text(when));
}

static void
put_end(put_t *put, gh_outcome_t outcome, int result)
{
    put->report.outcome = outcome;
    put->report.result = result;
    put->is_done = true;
}

/* Marks one session.  False, with the request unchanged, when it has no such id. */
static bool
put_session(put_t *put, gh_request_t *modify)
{
    char     when[GH_CLOCK_TEXT];
    gh_buf_t value;
    bool     is_ok;

    gh_buf_init(&value);
    is_ok = gh_marks_session_write(&value, put->session, put->end) == 0;

    if (is_ok) {
        gh_clock_format(put->now, when);
        gh_request_set(modify, GH_CHANGE_ADD, ENDED, gh_buf_text(&value));
        gh_request_set(modify, GH_CHANGE_REPLACE, MARKED, gh_text(when));
    }

    gh_buf_cleanup(&value);
    return is_ok;
}

/* Deletes what has ended by itself, or can't be read.  Returns how many stay. */
static size_t
put_sweep(put_t *put, gh_request_t *modify)
{
    const gh_attribute_t *ended = gh_entry_attribute(&put->lookup.entry, ENDED);
    gh_marks_session_t    session;
    size_t                kept = 0;

    for (size_t i = 0; ended != NULL && i < ended->count; i++) {
        if (gh_marks_session_read(ended->values[i], &session) && session.end > put->now) {
            kept++;
        } else if (modify != NULL) {
            gh_request_set(modify, GH_CHANGE_DELETE, ENDED, ended->values[i]);
        }
    }

    return kept;
}

/* Builds the modify, with or without a sweep, and puts it in line. */
static void
put_write(put_t *put, gh_request_t **slot, bool is_sweeping)
{
    size_t kept;

    *slot = gh_request_modify(put->lookup.who.dn);

    if (*slot != NULL) {
        kept = put_sweep(put, is_sweeping ? *slot : NULL);

        if (put->session == NULL || kept >= GH_MARKS_KEPT || !put_session(put, *slot)) {
            gh_marks_put_all(*slot, put->now);
        }
    }

    if (gh_request_is_ok(*slot)) {
        put->ready = *slot;
    } else {
        put_end(put, GH_OUTCOME_UNAVAILABLE, GH_RESULT_NOMEM);
    }
}

static void
put_found(put_t *put)
{
    switch (put->lookup.outcome) {

    case GH_LOOKUP_FOUND:
        put_write(put, &put->modify, true);
        return;

    case GH_LOOKUP_NOBODY:
    case GH_LOOKUP_AMBIGUOUS:
        put_end(put, GH_OUTCOME_GONE, GH_RESULT_SUCCESS);
        return;

    default:
        put_end(put, GH_OUTCOME_UNAVAILABLE, put->lookup.code);
        return;
    }
}

static void
put_written(put_t *put, const gh_request_t *request, const gh_answer_t *answer)
{
    /* The session is marked already. */
    if (answer->result == GH_RESULT_VALUE_EXISTS) {
        put_end(put, GH_OUTCOME_DONE, answer->result);
        return;
    }

    if (answer->result == GH_RESULT_NO_SUCH_ATTRIBUTE && put->again == NULL) {
        put_write(put, &put->again, false);
        return;
    }

    gh_outcome_of_write(request, answer, &put->report);
    put_end(put, put->report.outcome, put->report.result);
}

static const gh_request_t *
put_next(gh_flow_t *flow)
{
    put_t              *put = (put_t *) flow;
    const gh_request_t *ready = put->ready;

    if (!gh_lookup_is_done(&put->lookup)) {
        return gh_lookup_next(&put->lookup);
    }

    put->ready = NULL;
    return ready;
}

static void
put_take(gh_flow_t *flow, const gh_request_t *request, const gh_answer_t *answer)
{
    put_t *put = (put_t *) flow;

    if (gh_lookup_is_done(&put->lookup)) {
        put_written(put, request, answer);
        return;
    }

    gh_lookup_take(&put->lookup, request, answer);

    if (gh_lookup_is_done(&put->lookup)) {
        put_found(put);
    }
}

static bool
put_is_done(const gh_flow_t *flow)
{
    return ((const put_t *) flow)->is_done;
}

static void
put_free(gh_flow_t *flow)
{
    put_t *put = (put_t *) flow;

    gh_lookup_cleanup(&put->lookup);
    gh_request_free(put->modify);
    gh_request_free(put->again);
    free(put->session);
    free(put);
}

static const gh_flow_kind_t put_kind = {
    .next = put_next,
    .take = put_take,
    .is_done = put_is_done,
    .free = put_free,
};

gh_flow_t *
gh_marks_put_new(
    const gh_realm_t *realm, gh_text_t uid, const char *session, gh_time_t end, gh_time_t now)
{
    put_t *put = calloc(1, sizeof(*put));

    if (put == NULL) {
        return NULL;
    }

    put->flow.kind = &put_kind;
    put->end = end;
    put->now = now;
    put->session = session != NULL ? strdup(session) : NULL;
    gh_outcome_init(&put->report);
    gh_lookup_init(&put->lookup);

    if (session != NULL && put->session == NULL) {
        put_free(&put->flow);
        return NULL;
    }

    gh_lookup_add_equal(&put->lookup, realm, "uid", uid, put_attributes);

    if (gh_lookup_is_done(&put->lookup)) {
        put_found(put);
    }

    return &put->flow;
}

const gh_outcome_report_t *
gh_marks_put_result(const gh_flow_t *flow)
{
    return &((const put_t *) flow)->report;
}

/* Puts a request in line; one that could not be built ends the flow. */
static void
sweep_ready(sweep_t *sweep, gh_request_t *request)
{
    if (!gh_request_is_ok(request)) {
        gh_request_free(request);
        sweep->is_done = true;
        return;
    }

    sweep->requests[sweep->count++] = request;
}

/* Old marks only: one that somebody sets in the meantime stays. */
static void
sweep_clear(sweep_t *sweep, const char *dn)
{
    gh_request_t *modify = gh_request_modify(dn);
    char          filter[64];

    snprintf(filter, sizeof(filter), "(" MARKED "<=%s)", sweep->before);

    if (modify != NULL) {
        gh_request_change(modify, GH_CHANGE_REPLACE, NOT_BEFORE, NULL, 0);
        gh_request_change(modify, GH_CHANGE_REPLACE, ENDED, NULL, 0);
        gh_request_change(modify, GH_CHANGE_REPLACE, MARKED, NULL, 0);
        gh_request_assert(modify, filter);
    }

    sweep_ready(sweep, modify);
}

static void
sweep_found(sweep_t *sweep, const gh_answer_t *answer)
{
    if (answer->result != GH_RESULT_SUCCESS && answer->result != GH_RESULT_SIZE_LIMIT) {
        sweep->is_done = true;
        return;
    }

    for (size_t i = 0; i < answer->entry_count && i < GH_MARKS_SWEPT && !sweep->is_done; i++) {
        sweep_clear(sweep, answer->entries[i].dn);
    }
}

/* One at a time: nobody waits for a sweep. */
static const gh_request_t *
sweep_next(gh_flow_t *flow)
{
    sweep_t *sweep = (sweep_t *) flow;

    if (sweep->given == sweep->count || sweep->given > sweep->answered) {
        return NULL;
    }

    return sweep->requests[sweep->given++];
}

static void
sweep_take(gh_flow_t *flow, const gh_request_t *request, const gh_answer_t *answer)
{
    sweep_t *sweep = (sweep_t *) flow;

    sweep->answered++;

    if (request == sweep->requests[0]) {
        sweep_found(sweep, answer);
    } else if (answer->result == GH_RESULT_SUCCESS) {
        sweep->swept++;
    } else if (answer->result < 0) {
        sweep->is_done = true;
    }

    sweep->is_done |= sweep->answered == sweep->count;
}

static bool
sweep_is_done(const gh_flow_t *flow)
{
    return ((const sweep_t *) flow)->is_done;
}

static void
sweep_free(gh_flow_t *flow)
{
    sweep_t *sweep = (sweep_t *) flow;

    for (size_t i = 0; i < sweep->count; i++) {
        gh_request_free(sweep->requests[i]);
    }

    free(sweep);
}

static const gh_flow_kind_t sweep_kind = {
    .next = sweep_next,
    .take = sweep_take,
    .is_done = sweep_is_done,
    .free = sweep_free,
};

gh_flow_t *
gh_marks_sweep_new(const gh_config_t *config, gh_time_t now)
{
    static const char *const none[] = { "1.1", NULL };
    sweep_t                 *sweep = calloc(1, sizeof(*sweep));
    char                     filter[64];

    if (sweep == NULL) {
        return NULL;
    }

    sweep->flow.kind = &sweep_kind;
    gh_clock_format(now - config->session.lifetime - GH_MARKS_OVERLAP, sweep->before);
    snprintf(filter, sizeof(filter), "(" MARKED "<=%s)", sweep->before);
    sweep_ready(sweep,
        gh_request_search(
            config->directory.base, GH_SCOPE_SUBTREE, filter, none, GH_MARKS_SWEPT));

    return &sweep->flow;
}

size_t
gh_marks_swept(const gh_flow_t *flow)
{
    return ((const sweep_t *) flow)->swept;
}
