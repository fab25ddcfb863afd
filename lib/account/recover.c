/*
 * Recover: lookup, question, answer, change; a look ends after the question.
 */

/* System. */
#include <stdlib.h>

/* Directory. */
#include "directory/filter.h"

/* Account. */
#include "account/lookup.h"
#include "account/password.h"
#include "account/recover.h"
#include "account/recovery.h"
#include "account/state.h"

typedef enum {
    STEP_DONE = 0, /* MUST BE ZERO: nothing is sent, the outcome stands */
    STEP_FIND,
    STEP_QUESTION,
    STEP_ANSWER,
    STEP_CHANGE
} step_t;

typedef struct {
    gh_flow_t           flow; /* MUST BE FIRST */
    const gh_config_t  *config;
    gh_time_t           now;
    bool                is_look;
    char               *digest;   /* of the link's token */
    gh_secret_t        *answer;   /* NULL: none was given */
    gh_secret_t        *password; /* NULL for a look */
    step_t              step;
    gh_lookup_t         lookup;
    gh_request_t       *search; /* of the question */
    gh_request_t       *bind;
    gh_request_t       *modify;
    gh_request_t       *ready; /* the one to send; NULL: under way */
    gh_recover_result_t result;
} recover_t;

static const char *const attributes[] = { GH_CARD_ATTRIBUTES, "gatehouseDisabled",
    "gatehouseResetDigest", "gatehouseResetUntil", NULL };

static const char *const question_attributes[] = { "gatehouseQuestion", GH_STATE_ATTRIBUTES,
    NULL };

static void
recover_end(recover_t *recover, gh_outcome_t outcome)
{
    recover->result.report.outcome = outcome;
    recover->step = STEP_DONE;
    recover->ready = NULL;
    gh_secret_free(recover->answer);
    gh_secret_free(recover->password);
    recover->answer = NULL;
    recover->password = NULL;
}

/* Puts a request in line; one that could not be built ends the flow. */
static void
recover_ready(recover_t *recover, step_t step, gh_request_t *request)
{
    if (!gh_request_is_ok(request)) {
        recover->result.report.result = GH_RESULT_NOMEM;
        recover_end(recover, GH_OUTCOME_UNAVAILABLE);
        return;
    }

    recover->step = step;
    recover->ready = request;
}

static void
recover_find(recover_t *recover)
{
    const gh_config_t *config = recover->config;

    recover->step = STEP_FIND;

    for (size_t i = 0; i < config->realm_count; i++) {
        gh_lookup_add_equal(&recover->lookup, &config->realms[i], "gatehouseResetDigest",
            gh_text(recover->digest), attributes);
    }
}

/* Whether the entry holds this link and its hour is not over. */
static bool
entry_has_link(const recover_t *recover, const gh_entry_t *entry)
{
    gh_time_t until;

    return gh_text_equal(
               gh_entry_value(entry, "gatehouseResetDigest"), gh_text(recover->digest))
        && gh_clock_parse(gh_entry_value(entry, "gatehouseResetUntil"), &until) == 0
        && until > recover->now;
}

static void
recover_ask(recover_t *recover)
{
    gh_buf_t dn;

    gh_buf_init(&dn);

    if (gh_recovery_dn(&dn, recover->result.who.dn) == 0) {
        recover->search = gh_request_search(gh_buf_string(&dn), GH_SCOPE_BASE,
            "(objectClass=gatehouseRecovery)", question_attributes, 1);
    }

    recover_ready(recover, STEP_QUESTION, recover->search);
    gh_buf_cleanup(&dn);
}

/* `(&(gatehouseResetDigest=…)(gatehouseResetUntil>=…)(!(gatehouseDisabled=TRUE)))` */
static void
recover_change(recover_t *recover)
{
    gh_request_t *modify = gh_request_modify(recover->result.who.dn);
    gh_buf_t      assertion;
    char          now[GH_CLOCK_TEXT];

    gh_buf_init(&assertion);
    gh_clock_format(recover->now, now);
    recover->modify = modify;
    gh_buf_add_string(&assertion, "(&");
    gh_filter_equal(&assertion, "gatehouseResetDigest", gh_text(recover->digest));
    gh_buf_add_format(
        &assertion, "(gatehouseResetUntil>=%s)" GH_PASSWORD_NOT_DISABLED ")", now);

    if (modify != NULL && gh_buf_is_ok(&assertion)) {
        gh_password_put(modify, recover->password, recover->now);
        gh_request_assert(modify, gh_buf_string(&assertion));
        recover_ready(recover, STEP_CHANGE, modify);
    } else {
        recover_ready(recover, STEP_CHANGE, NULL);
    }

    gh_buf_cleanup(&assertion);
}

/* There is no question, or none that counts: the link alone will do. */
static void
recover_without_question(recover_t *recover)
{
    if (recover->is_look) {
        recover_end(recover, GH_OUTCOME_DONE);
    } else {
        recover_change(recover);
    }
}

/* The lookup is done: goes on with the one whose link it is. */
static void
recover_found(recover_t *recover)
{
    const gh_lookup_t *lookup = &recover->lookup;

    if (lookup->outcome == GH_LOOKUP_UNAVAILABLE) {
        recover->result.report.result = lookup->code;
        recover_end(recover, GH_OUTCOME_UNAVAILABLE);
        return;
    }

    /* Two entries with one digest are a copy that somebody made: nobody's link. */
    if (lookup->outcome != GH_LOOKUP_FOUND || !entry_has_link(recover, &lookup->entry)) {
        recover_end(recover, GH_OUTCOME_USED);
        return;
    }

    recover->result.who = lookup->who;

    if (gh_entry_has(&lookup->entry, "gatehouseDisabled", GH_TEXT("TRUE"))) {
        recover_end(recover, GH_OUTCOME_DISABLED);
        return;
    }

    if (recover->result.who.realm->question == GH_QUESTION_OFF) {
        recover_without_question(recover);
    } else {
        recover_ask(recover);
    }
}

/* Binds as the recovery entry; an empty answer would bind as nobody, and succeed. */
static void
recover_answer(recover_t *recover)
{
    if (recover->answer == NULL || recover->answer->len == 0) {
        recover_end(recover, GH_OUTCOME_WRONG_ANSWER);
        return;
    }

    recover->bind = gh_request_bind(recover->search->dn, recover->answer);
    recover_ready(recover, STEP_ANSWER, recover->bind);
}

/* Keeps the question, and goes on to the answer. */
static void
recover_question(recover_t *recover, const gh_entry_t *entry)
{
    gh_recover_result_t *result = &recover->result;
    gh_text_t            question = gh_entry_value(entry, "gatehouseQuestion");

    result->question = gh_text_dup(gh_text_is_clean(question) ? question : gh_text(NULL));

    if (result->question == NULL) {
        result->report.result = GH_RESULT_NOMEM;
        recover_end(recover, GH_OUTCOME_UNAVAILABLE);
        return;
    }

    result->is_locked =
        gh_state_of(entry, recover->now, recover->config->directory.lockout) == GH_STATE_LOCKED;

    if (recover->is_look) {
        recover_end(recover, GH_OUTCOME_DONE);
    } else {
        recover_answer(recover);
    }
}

static void
take_question(recover_t *recover, const gh_answer_t *answer)
{
    bool is_absent = answer->result == GH_RESULT_NO_SUCH_OBJECT
        || (answer->result == GH_RESULT_SUCCESS && answer->entry_count == 0);

    if (!is_absent && (answer->result != GH_RESULT_SUCCESS || answer->entry_count != 1)) {
        recover->result.report.result = answer->result;
        recover_end(recover, GH_OUTCOME_UNAVAILABLE);

    } else if (!is_absent) {
        recover_question(recover, &answer->entries[0]);

    } else {
        recover_without_question(recover);
    }
}

static void
take_answer(recover_t *recover, const gh_answer_t *answer)
{
    if (answer->result == GH_RESULT_SUCCESS && answer->policy.error == GH_POLICY_NONE) {
        recover_change(recover);
        return;
    }

    recover->result.report.result = answer->result;

    switch (answer->result) {

    case GH_RESULT_SUCCESS:
    case GH_RESULT_INVALID_CREDENTIALS:
    case GH_RESULT_NO_SUCH_OBJECT:
    case GH_RESULT_INAPPROPRIATE_AUTH:
        recover->result.is_locked |= answer->policy.error == GH_POLICY_LOCKED;
        recover_end(recover, GH_OUTCOME_WRONG_ANSWER);
        return;

    default:
        recover_end(recover, GH_OUTCOME_UNAVAILABLE);
        return;
    }
}

static void
take_change(recover_t *recover, const gh_request_t *request, const gh_answer_t *answer)
{
    gh_outcome_report_t *report = &recover->result.report;

    gh_outcome_of_write(request, answer, report);
    recover_end(recover, report->outcome);
}

static const gh_request_t *
recover_next(gh_flow_t *flow)
{
    recover_t          *recover = (recover_t *) flow;
    const gh_request_t *ready = recover->ready;

    if (recover->step == STEP_FIND) {
        return gh_lookup_next(&recover->lookup);
    }

    recover->ready = NULL;
    return ready;
}

static void
recover_take(gh_flow_t *flow, const gh_request_t *request, const gh_answer_t *answer)
{
    recover_t *recover = (recover_t *) flow;

    switch (recover->step) {

    case STEP_FIND:
        gh_lookup_take(&recover->lookup, request, answer);

        if (gh_lookup_is_done(&recover->lookup)) {
            recover_found(recover);
        }
        break;

    case STEP_QUESTION:
        take_question(recover, answer);
        break;

    case STEP_ANSWER:
        take_answer(recover, answer);
        break;

    case STEP_CHANGE:
        take_change(recover, request, answer);
        break;

    case STEP_DONE:
        break;
    }
}

static bool
recover_is_done(const gh_flow_t *flow)
{
    return ((const recover_t *) flow)->step == STEP_DONE;
}

static void
recover_free(gh_flow_t *flow)
{
    recover_t *recover = (recover_t *) flow;

    gh_lookup_cleanup(&recover->lookup);
    gh_request_free(recover->search);
    gh_request_free(recover->bind);
    gh_request_free(recover->modify);
    gh_secret_free(recover->answer);
    gh_secret_free(recover->password);
    free(recover->result.question);
    free(recover->digest);
    free(recover);
}

static const gh_flow_kind_t recover_kind = {
    .next = recover_next,
    .take = recover_take,
    .is_done = recover_is_done,
    .free = recover_free,
};

/* A flow at its first step; what it can't find is decided at once. */
static recover_t *
recover_new(const gh_config_t *config, const char *digest, gh_time_t now)
{
    recover_t *recover = calloc(1, sizeof(*recover));

    if (recover == NULL) {
        return NULL;
    }

    recover->flow.kind = &recover_kind;
    recover->config = config;
    recover->now = now;
    recover->digest = strdup(digest);
    gh_outcome_init(&recover->result.report);
    gh_lookup_init(&recover->lookup);

    if (recover->digest == NULL) {
        recover_free(&recover->flow);
        return NULL;
    }

    recover_find(recover);

    if (gh_lookup_is_done(&recover->lookup)) {
        recover_found(recover);
    }

    return recover;
}

gh_flow_t *
gh_recover_look_new(const gh_config_t *config, const char *digest, gh_time_t now)
{
    recover_t *recover = recover_new(config, digest, now);

    if (recover == NULL) {
        return NULL;
    }

    recover->is_look = true;
    return &recover->flow;
}

gh_flow_t *
gh_recover_new(const gh_config_t *config, const char *digest, gh_secret_t **answer,
    gh_secret_t **password, gh_time_t now)
{
    recover_t *recover = recover_new(config, digest, now);

    if (recover == NULL || recover->step == STEP_DONE) {
        gh_secret_free(*answer);
        gh_secret_free(*password);

    } else {
        recover->answer = *answer;
        recover->password = *password;
    }

    *answer = NULL;
    *password = NULL;

    return recover != NULL ? &recover->flow : NULL;
}

const gh_recover_result_t *
gh_recover_result(const gh_flow_t *flow)
{
    return &((const recover_t *) flow)->result;
}
