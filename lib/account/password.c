/*
 * Password: search, bind, modify.
 *
 *     FIND -> BIND -> CHANGE -> done
 *                      |-> LOOK, when the assertion failed
 *
 * The change asserts the time of the last one as the search saw it: what was
 * shown is still the password that is replaced.
 */

/* System. */
#include <stdlib.h>

/* Directory. */
#include "directory/filter.h"

/* Account. */
#include "account/lookup.h"
#include "account/marks.h"
#include "account/password.h"
#include "account/settle.h"

typedef enum {
    STEP_DONE = 0, /* MUST BE ZERO: nothing is sent, the outcome stands */
    STEP_FIND,     /* the entry */
    STEP_BIND,     /* with the current password */
    STEP_CHANGE,   /* to the new one */
    STEP_LOOK      /* why the change was not for this entry */
} step_t;

typedef struct {
    gh_flow_t            flow; /* MUST BE FIRST */
    const gh_config_t   *config;
    const gh_realm_t    *realm;
    gh_time_t            now;
    step_t               step;
    const gh_request_t  *ready; /* to be handed out next */
    char                *uid;
    char                *uuid;
    gh_secret_t         *current;
    gh_secret_t         *password;
    gh_lookup_t          find;
    gh_lookup_t          again;
    gh_request_t        *bind;
    gh_request_t        *change;
    gh_password_result_t result;
} password_t;

static const char *const attributes[] = { GH_CARD_ATTRIBUTES, GH_STATE_ATTRIBUTES,
    "pwdChangedTime", NULL };

static void password_looked(password_t *change);

/* Replaces with no value, which also holds where there is none: a delete would fail. */
static void
put_nothing(gh_request_t *modify, const char *attr)
{
    gh_request_change(modify, GH_CHANGE_REPLACE, attr, NULL, 0);
}

void
gh_password_put(gh_request_t *modify, const gh_secret_t *password, gh_time_t now)
{
    char stamp[GH_CLOCK_TEXT];

    gh_clock_format(now, stamp);
    gh_request_set_secret(modify, GH_CHANGE_REPLACE, "userPassword", password);
    gh_request_set(modify, GH_CHANGE_REPLACE, "gatehousePasswordSet", gh_text(stamp));
    gh_settle_put(modify);
    put_nothing(modify, "gatehouseResetDigest");
    put_nothing(modify, "gatehouseResetUntil");
    gh_marks_put_all(modify, now);
}

static void
password_end(password_t *change, gh_outcome_t outcome)
{
    change->result.report.outcome = outcome;
    change->step = STEP_DONE;
    change->ready = NULL;
    gh_secret_reset(change->current);
    gh_secret_reset(change->password);
}

/* Sends a request; one that could not be built ends the flow. */
static void
password_send(password_t *change, step_t step, const gh_request_t *request)
{
    if (!gh_request_is_ok(request)) {
        change->result.report.result = GH_RESULT_NOMEM;
        password_end(change, GH_OUTCOME_UNAVAILABLE);
        return;
    }

    change->step = step;
    change->ready = request;
}

/* Sends a search for the entry; one that could not be built is answered already. */
static void
password_look(password_t *change, step_t step, gh_lookup_t *lookup)
{
    gh_lookup_add_account(
        lookup, change->realm, gh_text(change->uid), gh_text(change->uuid), attributes);
    change->step = step;
    change->ready = gh_lookup_next(lookup);

    if (gh_lookup_is_done(lookup)) {
        password_looked(change);
    }
}

/* Not disabled, and the password still the one that was shown. */
static void
password_assert(const password_t *change, gh_request_t *modify)
{
    gh_text_t changed = gh_entry_value(&change->find.entry, "pwdChangedTime");
    gh_buf_t  filter;

    gh_buf_init(&filter);
    gh_buf_add_string(&filter, "(&" GH_PASSWORD_NOT_DISABLED);

    if (gh_text_is_empty(changed)) {
        gh_buf_add_string(&filter, "(!(pwdChangedTime=*))");
    } else {
        gh_filter_equal(&filter, "pwdChangedTime", changed);
    }

    gh_buf_add_string(&filter, ")");
    modify->failed |= !gh_buf_is_ok(&filter);
    gh_request_assert(modify, gh_buf_string(&filter));
    gh_buf_cleanup(&filter);
}

static void
password_change(password_t *change)
{
    gh_request_t *modify = gh_request_modify(change->result.who.dn);

    change->change = modify;

    if (modify != NULL) {
        gh_password_put(modify, change->password, change->now);
        password_assert(change, modify);
    }

    password_send(change, STEP_CHANGE, modify);
}

static void
password_found(password_t *change)
{
    gh_outcome_of_lookup(&change->find, &change->result.report);

    if (change->result.report.outcome != GH_OUTCOME_DONE) {
        password_end(change, change->result.report.outcome);
        return;
    }

    change->result.who = change->find.who;
    change->find.who = (gh_identity_card_t){ 0 };
    change->bind = gh_request_bind(change->result.who.dn, change->current);
    password_send(change, STEP_BIND, change->bind);
}

/* The answer to a search is there, in whichever step. */
static void
password_looked(password_t *change)
{
    gh_outcome_report_t *report = &change->result.report;

    if (change->step == STEP_FIND) {
        password_found(change);
        return;
    }

    gh_outcome_of_lookup(&change->again, report);

    if (report->outcome == GH_OUTCOME_DONE) {
        report->outcome =
            gh_entry_has(&change->again.entry, "gatehouseDisabled", GH_TEXT("TRUE"))
            ? GH_OUTCOME_DISABLED
            : GH_OUTCOME_USED;
    }

    password_end(change, report->outcome);
}

/* What the current password was worth. */
static void
password_bound(password_t *change, const gh_answer_t *answer)
{
    gh_state_t state =
        gh_state_of(&change->find.entry, change->now, change->config->directory.lockout);
    gh_verdict_t verdict = gh_verdict(answer, state);

    change->result.verdict = verdict;
    change->result.report.result = answer->result;

    if (gh_verdict_is_in(verdict) || verdict == GH_VERDICT_EXPIRED) {
        password_change(change);

    } else if (verdict == GH_VERDICT_UNAVAILABLE) {
        password_end(change, GH_OUTCOME_UNAVAILABLE);

    } else if (verdict == GH_VERDICT_DISABLED) {
        password_end(change, GH_OUTCOME_DISABLED);

    } else {
        password_end(change, GH_OUTCOME_WRONG_PASSWORD);
    }
}

static void
password_changed(password_t *change, const gh_answer_t *answer)
{
    gh_outcome_report_t *report = &change->result.report;

    gh_outcome_of_write(change->change, answer, report);

    if (report->outcome == GH_OUTCOME_USED) {
        password_look(change, STEP_LOOK, &change->again);
    } else {
        password_end(change, report->outcome);
    }
}

static const gh_request_t *
password_next(gh_flow_t *flow)
{
    password_t         *change = (password_t *) flow;
    const gh_request_t *ready = change->ready;

    change->ready = NULL;

    return ready;
}

static void
password_take(gh_flow_t *flow, const gh_request_t *request, const gh_answer_t *answer)
{
    password_t *change = (password_t *) flow;

    switch (change->step) {

    case STEP_FIND:
        gh_lookup_take(&change->find, request, answer);
        password_looked(change);
        break;

    case STEP_BIND:
        password_bound(change, answer);
        break;

    case STEP_CHANGE:
        password_changed(change, answer);
        break;

    case STEP_LOOK:
        gh_lookup_take(&change->again, request, answer);
        password_looked(change);
        break;

    case STEP_DONE:
        break;
    }
}

static bool
password_is_done(const gh_flow_t *flow)
{
    return ((const password_t *) flow)->step == STEP_DONE;
}

static void
password_free(gh_flow_t *flow)
{
    password_t *change = (password_t *) flow;

    gh_lookup_cleanup(&change->find);
    gh_lookup_cleanup(&change->again);
    gh_request_free(change->bind);
    gh_request_free(change->change);
    gh_secret_free(change->current);
    gh_secret_free(change->password);
    gh_card_cleanup(&change->result.who);
    free(change->uid);
    free(change->uuid);
    free(change);
}

static const gh_flow_kind_t password_kind = {
    .next = password_next,
    .take = password_take,
    .is_done = password_is_done,
    .free = password_free,
};

/* Refuses what the directory need not be asked, or begins. */
static void
password_start(password_t *change)
{
    if (change->current->len == 0) {
        change->result.verdict = GH_VERDICT_WRONG_PASSWORD;
        password_end(change, GH_OUTCOME_WRONG_PASSWORD);

    } else if (change->password->len == 0) {
        change->result.report.policy = GH_POLICY_TOO_SHORT;
        password_end(change, GH_OUTCOME_BAD_PASSWORD);

    } else {
        password_look(change, STEP_FIND, &change->find);
    }
}

gh_flow_t *
gh_password_new(const gh_config_t *config, const gh_realm_t *realm, gh_text_t uid,
    gh_text_t uuid, gh_secret_t **current, gh_secret_t **password, gh_time_t now)
{
    password_t *change = calloc(1, sizeof(*change));

    if (change == NULL) {
        gh_secret_free(*current);
        gh_secret_free(*password);
        *current = NULL;
        *password = NULL;
        return NULL;
    }

    change->flow.kind = &password_kind;
    change->config = config;
    change->realm = realm;
    change->now = now;
    change->uid = gh_text_dup(uid);
    change->uuid = gh_text_dup(uuid);
    change->current = *current;
    change->password = *password;
    gh_lookup_init(&change->find);
    gh_lookup_init(&change->again);
    gh_outcome_init(&change->result.report);
    *current = NULL;
    *password = NULL;

    if (change->uid == NULL || change->uuid == NULL) {
        password_free(&change->flow);
        return NULL;
    }

    password_start(change);

    return &change->flow;
}

const gh_password_result_t *
gh_password_result(const gh_flow_t *flow)
{
    return &((const password_t *) flow)->result;
}
