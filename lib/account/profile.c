/*
 * Profile: search, bind where the mail address changes, modify.
 *
 *     FIND (-> BIND) -> CHANGE -> done
 *              |-> LOOK, when the assertion failed
 *              |-> MAIL, when an address may be taken
 *
 * slapd's unique overlay holds the assertion of a modify that writes `mail`
 * against the realm's own entry, too; nobody disabled that one, so it passes.
 */

/* System. */
#include <stdlib.h>

/* Account. */
#include "account/lookup.h"
#include "account/password.h"
#include "account/profile.h"
#include "account/state.h"
#include "account/verdict.h"

typedef enum {
    STEP_DONE = 0, /* MUST BE ZERO: nothing is sent, the outcome stands */
    STEP_FIND,     /* the entry */
    STEP_BIND,     /* with the current password */
    STEP_CHANGE,   /* what differs */
    STEP_LOOK,     /* why the change was not for this entry */
    STEP_MAIL      /* whether the address is somebody's */
} step_t;

typedef struct {
    gh_flow_t           flow; /* MUST BE FIRST */
    const gh_config_t  *config;
    const gh_realm_t   *realm;
    gh_time_t           now;
    step_t              step;
    const gh_request_t *ready; /* to be handed out next */
    char               *uid;
    char               *uuid;
    gh_secret_t        *current; /* NULL: none was typed */
    gh_entry_t          typed;
    gh_lookup_t         find;
    gh_lookup_t         second; /* of LOOK or MAIL */
    gh_request_t       *bind;
    gh_request_t       *change;
    gh_profile_result_t result;
} profile_t;

/* Those of which names are made among them. */
static const char *const attributes[] = { GH_CARD_ATTRIBUTES, GH_STATE_ATTRIBUTES,
    "objectClass", "givenName", "sn", "o", NULL };

static void profile_looked(profile_t *profile);

static void
profile_end(profile_t *profile, gh_outcome_t outcome)
{
    profile->result.report.outcome = outcome;
    profile->step = STEP_DONE;
    profile->ready = NULL;

    if (profile->current != NULL) {
        gh_secret_reset(profile->current);
    }
}

static void
profile_end_nomem(profile_t *profile)
{
    profile->result.report.result = GH_RESULT_NOMEM;
    profile_end(profile, GH_OUTCOME_UNAVAILABLE);
}

/* Sends a lookup; one that could not be built is answered already. */
static void
profile_look(profile_t *profile, step_t step, gh_lookup_t *lookup)
{
    profile->step = step;
    profile->ready = gh_lookup_next(lookup);

    if (gh_lookup_is_done(lookup)) {
        profile_looked(profile);
    }
}

static void
profile_find(profile_t *profile, step_t step, gh_lookup_t *lookup)
{
    const char **attrs = gh_typed_attributes(attributes, &profile->typed);

    if (attrs == NULL) {
        profile_end_nomem(profile);
        return;
    }

    gh_lookup_add_account(
        lookup, profile->realm, gh_text(profile->uid), gh_text(profile->uuid), attrs);
    free(attrs);
    profile_look(profile, step, lookup);
}

/* Whether an address is replaced or taken away. */
static bool
changes_mail(const profile_t *profile)
{
    const gh_entry_t *typed = &profile->typed;

    return gh_entry_attribute(typed, "mail") != NULL
        && !gh_text_equal(
            gh_entry_value(typed, "mail"), gh_entry_value(&profile->find.entry, "mail"));
}

static void
profile_change(profile_t *profile)
{
    gh_entry_t *entry = &profile->find.entry;
    bool is_contractor = gh_entry_has(entry, "objectClass", GH_TEXT("gatehouseContractor"));
    gh_request_t *modify = gh_request_modify(profile->result.who.dn);

    profile->change = modify;

    if (modify == NULL || gh_typed_names(&profile->typed, entry, is_contractor) != 0) {
        profile_end_nomem(profile);
        return;
    }

    gh_typed_put_changed(modify, &profile->typed, entry);

    if (changes_mail(profile)) {
        gh_request_change(modify, GH_CHANGE_REPLACE, "gatehouseResetDigest", NULL, 0);
        gh_request_change(modify, GH_CHANGE_REPLACE, "gatehouseResetUntil", NULL, 0);
    }

    gh_request_assert(modify, GH_PASSWORD_NOT_DISABLED);

    if (!gh_request_is_ok(modify)) {
        profile_end_nomem(profile);

    } else if (modify->change_count == 0) {
        profile_end(profile, GH_OUTCOME_DONE);

    } else {
        profile->step = STEP_CHANGE;
        profile->ready = modify;
    }
}

/* Has the current password shown. */
static void
profile_bind(profile_t *profile)
{
    if (profile->current == NULL || profile->current->len == 0) {
        profile_end(profile, GH_OUTCOME_WRONG_PASSWORD);
        return;
    }

    profile->bind = gh_request_bind(profile->result.who.dn, profile->current);

    if (!gh_request_is_ok(profile->bind)) {
        profile_end_nomem(profile);
        return;
    }

    profile->step = STEP_BIND;
    profile->ready = profile->bind;
}

static void
profile_bound(profile_t *profile, const gh_answer_t *answer)
{
    gh_state_t state =
        gh_state_of(&profile->find.entry, profile->now, profile->config->directory.lockout);
    gh_verdict_t verdict = gh_verdict(answer, state);

    profile->result.report.result = answer->result;

    if (gh_verdict_is_in(verdict)) {
        profile_change(profile);

    } else if (verdict == GH_VERDICT_UNAVAILABLE) {
        profile_end(profile, GH_OUTCOME_UNAVAILABLE);

    } else {
        profile_end(profile, GH_OUTCOME_WRONG_PASSWORD);
    }
}

static void
profile_found(profile_t *profile)
{
    gh_outcome_of_lookup(&profile->find, &profile->result.report);

    if (profile->result.report.outcome != GH_OUTCOME_DONE) {
        profile_end(profile, profile->result.report.outcome);
        return;
    }

    profile->result.who = profile->find.who;
    profile->find.who = (gh_identity_card_t){ 0 };

    if (gh_entry_has(&profile->find.entry, "gatehouseDisabled", GH_TEXT("TRUE"))) {
        profile_end(profile, GH_OUTCOME_DISABLED);
    } else if (changes_mail(profile)) {
        profile_bind(profile);
    } else {
        profile_change(profile);
    }
}

/* The answer to a search is there, in whichever step. */
static void
profile_looked(profile_t *profile)
{
    gh_outcome_report_t *report = &profile->result.report;

    switch (profile->step) {

    case STEP_FIND:
        profile_found(profile);
        return;

    case STEP_MAIL:
        gh_outcome_of_mail(&profile->second, profile->result.who.uuid, report);
        break;

    default:
        /* Nothing but `disabled` is asserted. */
        gh_outcome_of_lookup(&profile->second, report);

        if (report->outcome == GH_OUTCOME_DONE) {
            report->outcome = GH_OUTCOME_DISABLED;
        }
        break;
    }

    profile_end(profile, report->outcome);
}

/* Puts a new value in place of one of the card's; the old one stays if memory is out. */
static void
card_set(char **slot, gh_text_t value)
{
    char *copy = gh_text_dup(value);

    if (copy != NULL) {
        free(*slot);
        *slot = copy;
    }
}

/* The card as the change made it, and the address that it replaced. */
static void
profile_update_card(profile_t *profile)
{
    gh_identity_card_t *who = &profile->result.who;
    gh_text_t           name = gh_entry_value(&profile->typed, "cn");

    if (!gh_text_is_empty(name)) {
        card_set(&who->name, name);
    }

    if (changes_mail(profile)) {
        gh_text_t old = gh_entry_value(&profile->find.entry, "mail");

        if (!gh_text_is_empty(old) && gh_text_is_clean(old)) {
            profile->result.old_mail = gh_text_dup(old);
        }
        card_set(&who->mail, gh_entry_value(&profile->typed, "mail"));
    }
}

static void
profile_changed(profile_t *profile, const gh_answer_t *answer)
{
    gh_outcome_report_t *report = &profile->result.report;

    gh_outcome_of_write(profile->change, answer, report);

    if (report->outcome == GH_OUTCOME_DONE) {
        profile_update_card(profile);
        profile_end(profile, GH_OUTCOME_DONE);

    } else if (report->outcome == GH_OUTCOME_USED) {
        profile_find(profile, STEP_LOOK, &profile->second);

    } else if (gh_outcome_may_be_mail(profile->change, report)) {
        gh_lookup_add_equal(&profile->second, profile->realm, "mail",
            gh_entry_value(&profile->typed, "mail"), attributes);
        profile_look(profile, STEP_MAIL, &profile->second);

    } else {
        profile_end(profile, report->outcome);
    }
}

static const gh_request_t *
profile_next(gh_flow_t *flow)
{
    profile_t          *profile = (profile_t *) flow;
    const gh_request_t *ready = profile->ready;

    profile->ready = NULL;

    return ready;
}

static void
profile_take(gh_flow_t *flow, const gh_request_t *request, const gh_answer_t *answer)
{
    profile_t *profile = (profile_t *) flow;

    switch (profile->step) {

    case STEP_FIND:
        gh_lookup_take(&profile->find, request, answer);
        profile_looked(profile);
        break;

    case STEP_BIND:
        profile_bound(profile, answer);
        break;

    case STEP_CHANGE:
        profile_changed(profile, answer);
        break;

    case STEP_LOOK:
    case STEP_MAIL:
        gh_lookup_take(&profile->second, request, answer);
        profile_looked(profile);
        break;

    case STEP_DONE:
        break;
    }
}

static bool
profile_is_done(const gh_flow_t *flow)
{
    return ((const profile_t *) flow)->step == STEP_DONE;
}

static void
profile_free(gh_flow_t *flow)
{
    profile_t *profile = (profile_t *) flow;

    gh_lookup_cleanup(&profile->find);
    gh_lookup_cleanup(&profile->second);
    gh_request_free(profile->bind);
    gh_request_free(profile->change);
    gh_secret_free(profile->current);
    gh_entry_cleanup(&profile->typed);
    gh_card_cleanup(&profile->result.who);
    free(profile->result.old_mail);
    free(profile->uid);
    free(profile->uuid);
    free(profile);
}

static const gh_flow_kind_t profile_kind = {
    .next = profile_next,
    .take = profile_take,
    .is_done = profile_is_done,
    .free = profile_free,
};

gh_flow_t *
gh_profile_new(const gh_config_t *config, const gh_realm_t *realm, gh_text_t uid,
    gh_text_t uuid, const gh_typed_t *typed, size_t count, gh_secret_t **current, gh_time_t now)
{
    profile_t *profile = calloc(1, sizeof(*profile));

    if (profile == NULL) {
        gh_secret_free(*current);
        *current = NULL;
        return NULL;
    }

    profile->flow.kind = &profile_kind;
    profile->config = config;
    profile->realm = realm;
    profile->now = now;
    profile->current = *current;
    *current = NULL;
    profile->uid = gh_text_dup(uid);
    profile->uuid = gh_text_dup(uuid);
    gh_lookup_init(&profile->find);
    gh_lookup_init(&profile->second);
    gh_outcome_init(&profile->result.report);

    if (profile->uid == NULL || profile->uuid == NULL
        || gh_typed_copy(&profile->typed, typed, count) != 0)
    {
        profile_free(&profile->flow);
        return NULL;
    }

    profile_find(profile, STEP_FIND, &profile->find);

    return &profile->flow;
}

const gh_profile_result_t *
gh_profile_result(const gh_flow_t *flow)
{
    return &((const profile_t *) flow)->result;
}
