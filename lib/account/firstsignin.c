/*
 * First sign-in: search, modify, then the question by modify or add.
 *
 *     FIND -> CHANGE -> REPLACE -> done
 *              |           |-> ADD -> done, when there was no question yet
 *              |-> LOOK, when somebody else may have been faster
 *              |-> MAIL, when an address may be taken
 *
 *     FIND -> ADD -> done, for the question alone
 */

/* System. */
#include <stdlib.h>

/* Account. */
#include "account/firstsignin.h"
#include "account/lookup.h"
#include "account/password.h"
#include "account/recovery.h"
#include "account/state.h"

typedef enum {
    STEP_DONE = 0, /* MUST BE ZERO: nothing is sent, the outcome stands */
    STEP_FIND,     /* the entry */
    STEP_CHANGE,   /* the password, and what the entry lacks */
    STEP_LOOK,     /* whether there is still something to change */
    STEP_MAIL,     /* whether the address is somebody's */
    STEP_REPLACE,  /* the security question that there may be */
    STEP_ADD       /* the security question when there is none */
} step_t;

typedef struct {
    gh_flow_t               flow; /* MUST BE FIRST */
    const gh_config_t      *config;
    const gh_realm_t       *realm;
    gh_time_t               now;
    step_t                  step;
    const gh_request_t     *ready; /* to be handed out next */
    char                   *uid;
    char                   *uuid;
    gh_entry_t              typed;
    char                   *question; /* "": none */
    gh_secret_t            *password; /* NULL: the question alone */
    gh_secret_t            *answer;
    bool                    is_changed; /* the password */
    gh_lookup_t             find;
    gh_lookup_t             second; /* of LOOK or MAIL */
    gh_request_t           *change;
    gh_request_t           *replace;
    gh_request_t           *add;
    gh_firstsignin_result_t result;
} firstsignin_t;

static const char *const attributes[] = { GH_CARD_ATTRIBUTES, GH_STATE_ATTRIBUTES, NULL };

static void firstsignin_looked(firstsignin_t *first);

static void
firstsignin_end(firstsignin_t *first, gh_outcome_t outcome)
{
    first->result.report.outcome = outcome;
    first->step = STEP_DONE;
    first->ready = NULL;
}

/*
 * Sends a request; one that could not be built ends the flow.  Once the password
 * is changed that stands, whatever becomes of the question.
 */
static void
firstsignin_send(firstsignin_t *first, step_t step, const gh_request_t *request)
{
    if (!gh_request_is_ok(request)) {
        first->result.report.result = GH_RESULT_NOMEM;
        firstsignin_end(first, first->is_changed ? GH_OUTCOME_DONE : GH_OUTCOME_UNAVAILABLE);
        return;
    }

    first->step = step;
    first->ready = request;
}

/* Sends a lookup; one that could not be built is answered already. */
static void
firstsignin_look(firstsignin_t *first, step_t step, gh_lookup_t *lookup)
{
    first->step = step;
    first->ready = gh_lookup_next(lookup);

    if (gh_lookup_is_done(lookup)) {
        firstsignin_looked(first);
    }
}

static void
firstsignin_find(firstsignin_t *first, step_t step, gh_lookup_t *lookup)
{
    const char **attrs = gh_typed_attributes(attributes, &first->typed);

    if (attrs == NULL) {
        first->result.report.result = GH_RESULT_NOMEM;
        firstsignin_end(first, GH_OUTCOME_UNAVAILABLE);
        return;
    }

    gh_lookup_add_account(
        lookup, first->realm, gh_text(first->uid), gh_text(first->uuid), attrs);
    free(attrs);
    firstsignin_look(first, step, lookup);
}

/*
 * `(&(pwdReset=TRUE)(!(gatehouseDisabled=TRUE))(!(pwdEndTime<=NOW)))`, so that
 * a ticket is no way around the end of the temporary password.
 *
 * slapd's unique overlay holds the assertion of a modify that writes `mail`
 * against the realm's own entry, too; that one has to pass.
 */
static void
firstsignin_assert(const firstsignin_t *first, gh_request_t *modify)
{
    char     now[GH_CLOCK_TEXT];
    gh_buf_t filter;

    gh_buf_init(&filter);
    gh_clock_format(first->now, now);
    gh_buf_add_format(&filter,
        "(|(!(objectClass=gatehouseAccount))"
        "(&(pwdReset=TRUE)" GH_PASSWORD_NOT_DISABLED "(!(pwdEndTime<=%s))))",
        now);
    modify->failed |= !gh_buf_is_ok(&filter);
    gh_request_assert(modify, gh_buf_string(&filter));
    gh_buf_cleanup(&filter);
}

static void
firstsignin_change(firstsignin_t *first)
{
    gh_request_t *modify = gh_request_modify(first->result.who.dn);
    char          stamp[GH_CLOCK_TEXT];

    first->change = modify;

    if (modify != NULL) {
        gh_clock_format(first->now, stamp);
        gh_password_put(modify, first->password, first->now);
        gh_request_set(modify, GH_CHANGE_REPLACE, "gatehouseLastSignIn", gh_text(stamp));
        gh_typed_put_missing(modify, &first->typed, &first->find.entry);
        firstsignin_assert(first, modify);
    }

    firstsignin_send(first, STEP_CHANGE, modify);
}

static void
firstsignin_add(firstsignin_t *first)
{
    first->add = gh_recovery_add(first->config->directory.base, first->result.who.dn,
        gh_text(first->question), first->answer);
    firstsignin_send(first, STEP_ADD, first->add);
}

static void
firstsignin_question(firstsignin_t *first)
{
    if (first->question[0] == '\0') {
        firstsignin_end(first, GH_OUTCOME_DONE);
        return;
    }

    first->replace =
        gh_recovery_modify(first->result.who.dn, gh_text(first->question), first->answer);
    firstsignin_send(first, STEP_REPLACE, first->replace);
}

/* The address that was just written is the person's from now on. */
static void
firstsignin_take_mail(firstsignin_t *first)
{
    gh_text_t mail = gh_entry_value(&first->typed, "mail");
    char     *copy;

    if (first->result.who.mail[0] != '\0' || gh_text_is_empty(mail)) {
        return;
    }

    copy = gh_text_dup(mail);

    if (copy != NULL) {
        free(first->result.who.mail);
        first->result.who.mail = copy;
    }
}

static void
firstsignin_found(firstsignin_t *first)
{
    const gh_entry_t *entry = &first->find.entry;

    gh_outcome_of_lookup(&first->find, &first->result.report);

    if (first->result.report.outcome != GH_OUTCOME_DONE) {
        firstsignin_end(first, first->result.report.outcome);
        return;
    }

    first->result.who = first->find.who;
    first->find.who = (gh_identity_card_t){ 0 };

    if (gh_entry_has(entry, "gatehouseDisabled", GH_TEXT("TRUE"))) {
        firstsignin_end(first, GH_OUTCOME_DISABLED);

    } else if (first->password == NULL) {
        firstsignin_add(first);

    } else if (!gh_entry_has(entry, "pwdReset", GH_TEXT("TRUE"))
        || gh_state_of(entry, first->now, 0) == GH_STATE_ENDED)
    {
        firstsignin_end(first, GH_OUTCOME_USED);

    } else {
        firstsignin_change(first);
    }
}

/* What the change was refused for stands, unless the entry says something better. */
static gh_outcome_t
firstsignin_reason(firstsignin_t *first)
{
    const gh_entry_t   *entry = &first->second.entry;
    gh_outcome_report_t report;

    gh_outcome_of_lookup(&first->second, &report);

    if (report.outcome != GH_OUTCOME_DONE) {
        first->result.report = report;
        return report.outcome;
    }

    if (gh_entry_has(entry, "gatehouseDisabled", GH_TEXT("TRUE"))) {
        return GH_OUTCOME_DISABLED;
    }

    return gh_entry_has(entry, "pwdReset", GH_TEXT("TRUE")) ? first->result.report.outcome
                                                            : GH_OUTCOME_USED;
}

/* The answer to a search is there, in whichever step. */
static void
firstsignin_looked(firstsignin_t *first)
{
    gh_outcome_report_t *report = &first->result.report;

    switch (first->step) {

    case STEP_FIND:
        firstsignin_found(first);
        break;

    case STEP_MAIL:
        gh_outcome_of_mail(&first->second, first->result.who.uuid, report);
        firstsignin_end(first, report->outcome);
        break;

    default:
        firstsignin_end(first, firstsignin_reason(first));
        break;
    }
}

/*
 * Whether the entry may have changed since it was found: the assertion failed,
 * or, which slapd says before that, the same form has come twice and the new
 * password is the one before.
 */
static bool
is_late(const gh_outcome_report_t *report)
{
    return report->outcome == GH_OUTCOME_USED
        || (report->outcome == GH_OUTCOME_BAD_PASSWORD
            && report->policy == GH_POLICY_IN_HISTORY);
}

static void
firstsignin_changed(firstsignin_t *first, const gh_answer_t *answer)
{
    gh_outcome_report_t *report = &first->result.report;

    gh_outcome_of_write(first->change, answer, report);

    if (report->outcome == GH_OUTCOME_DONE) {
        first->is_changed = true;
        firstsignin_take_mail(first);
        firstsignin_question(first);

    } else if (is_late(report)) {
        firstsignin_find(first, STEP_LOOK, &first->second);

    } else if (gh_outcome_may_be_mail(first->change, report)) {
        gh_lookup_add_equal(&first->second, first->realm, "mail",
            gh_entry_value(&first->typed, "mail"), attributes);
        firstsignin_look(first, STEP_MAIL, &first->second);

    } else {
        firstsignin_end(first, report->outcome);
    }
}

static void
firstsignin_added(firstsignin_t *first, const gh_answer_t *answer)
{
    gh_outcome_report_t *report = &first->result.report;

    first->result.has_question = answer->result == GH_RESULT_SUCCESS;

    if (first->is_changed) {
        firstsignin_end(first, GH_OUTCOME_DONE);
        return;
    }

    gh_outcome_of_write(first->add, answer, report);
    firstsignin_end(
        first, report->outcome == GH_OUTCOME_TAKEN ? GH_OUTCOME_USED : report->outcome);
}

static const gh_request_t *
firstsignin_next(gh_flow_t *flow)
{
    firstsignin_t      *first = (firstsignin_t *) flow;
    const gh_request_t *ready = first->ready;

    first->ready = NULL;

    return ready;
}

static void
firstsignin_take(gh_flow_t *flow, const gh_request_t *request, const gh_answer_t *answer)
{
    firstsignin_t *first = (firstsignin_t *) flow;

    switch (first->step) {

    case STEP_FIND:
        gh_lookup_take(&first->find, request, answer);
        firstsignin_looked(first);
        break;

    case STEP_LOOK:
    case STEP_MAIL:
        gh_lookup_take(&first->second, request, answer);
        firstsignin_looked(first);
        break;

    case STEP_CHANGE:
        firstsignin_changed(first, answer);
        break;

    case STEP_REPLACE:
        if (answer->result == GH_RESULT_NO_SUCH_OBJECT) {
            firstsignin_add(first);
        } else {
            first->result.has_question = answer->result == GH_RESULT_SUCCESS;
            firstsignin_end(first, GH_OUTCOME_DONE);
        }
        break;

    case STEP_ADD:
        firstsignin_added(first, answer);
        break;

    case STEP_DONE:
        break;
    }
}

static bool
firstsignin_is_done(const gh_flow_t *flow)
{
    return ((const firstsignin_t *) flow)->step == STEP_DONE;
}

static void
firstsignin_free(gh_flow_t *flow)
{
    firstsignin_t *first = (firstsignin_t *) flow;

    gh_lookup_cleanup(&first->find);
    gh_lookup_cleanup(&first->second);
    gh_request_free(first->change);
    gh_request_free(first->replace);
    gh_request_free(first->add);
    gh_entry_cleanup(&first->typed);
    gh_card_cleanup(&first->result.who);
    gh_secret_free(first->password);
    gh_secret_free(first->answer);
    free(first->uid);
    free(first->uuid);
    free(first->question);
    free(first);
}

static const gh_flow_kind_t firstsignin_kind = {
    .next = firstsignin_next,
    .take = firstsignin_take,
    .is_done = firstsignin_is_done,
    .free = firstsignin_free,
};

static void
take_secret(gh_secret_t **slot, gh_secret_t **secret)
{
    *slot = *secret;
    *secret = NULL;
}

/* Copies the form; false when memory is out or it can't be used. */
static bool
take_form(firstsignin_t *first, const gh_firstsignin_form_t *form)
{
    bool has_answer = first->answer != NULL && first->answer->len > 0;

    first->uid = gh_text_dup(form->uid);
    first->uuid = gh_text_dup(form->uuid);
    first->question = gh_text_dup(has_answer ? form->question : gh_text(NULL));

    return first->uid != NULL && first->uuid != NULL && first->question != NULL
        && gh_typed_copy(&first->typed, form->typed, form->typed_count) == 0;
}

/* A flow that holds both secrets; NULL when memory is out. */
static firstsignin_t *
firstsignin_new(const gh_config_t *config, const gh_realm_t *realm, gh_secret_t **password,
    gh_secret_t **answer, gh_time_t now)
{
    firstsignin_t *first = calloc(1, sizeof(*first));

    if (first == NULL) {
        gh_secret_free(*password);
        gh_secret_free(*answer);
        *password = NULL;
        *answer = NULL;
        return NULL;
    }

    first->flow.kind = &firstsignin_kind;
    first->config = config;
    first->realm = realm;
    first->now = now;
    gh_lookup_init(&first->find);
    gh_lookup_init(&first->second);
    gh_outcome_init(&first->result.report);
    take_secret(&first->password, password);
    take_secret(&first->answer, answer);

    return first;
}

gh_flow_t *
gh_firstsignin_new(const gh_config_t *config, const gh_realm_t *realm,
    const gh_firstsignin_form_t *form, gh_secret_t **password, gh_secret_t **answer,
    gh_time_t now)
{
    firstsignin_t *first = firstsignin_new(config, realm, password, answer, now);

    if (first == NULL) {
        return NULL;
    }

    if (first->password == NULL || !take_form(first, form)) {
        firstsignin_free(&first->flow);
        return NULL;
    }

    if (first->password->len == 0) {
        first->result.report.policy = GH_POLICY_TOO_SHORT;
        firstsignin_end(first, GH_OUTCOME_BAD_PASSWORD);
    } else {
        firstsignin_find(first, STEP_FIND, &first->find);
    }

    return &first->flow;
}

gh_flow_t *
gh_firstsignin_question_new(const gh_config_t *config, const gh_realm_t *realm,
    const gh_firstsignin_form_t *form, gh_secret_t **answer)
{
    gh_secret_t   *none = NULL;
    firstsignin_t *first = firstsignin_new(config, realm, &none, answer, 0);

    if (first == NULL) {
        return NULL;
    }

    if (!take_form(first, form)) {
        firstsignin_free(&first->flow);
        return NULL;
    }

    if (first->question[0] == '\0') {
        first->result.report.attr = "gatehouseQuestion";
        firstsignin_end(first, GH_OUTCOME_BAD_VALUE);
    } else {
        firstsignin_find(first, STEP_FIND, &first->find);
    }

    return &first->flow;
}

const gh_firstsignin_result_t *
gh_firstsignin_result(const gh_flow_t *flow)
{
    return &((const firstsignin_t *) flow)->result;
}
