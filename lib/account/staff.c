/*
 * Staff: a lookup, and the modify of a table of actions.
 */

/* System. */
#include <stdlib.h>

/* Account. */
#include "account/lookup.h"
#include "account/marks.h"
#include "account/password.h"
#include "account/settle.h"
#include "account/staff.h"
#include "account/state.h"

typedef enum {
    STEP_DONE = 0, /* MUST BE ZERO: nothing is sent, the outcome stands */
    STEP_FIND,
    STEP_CHANGE,
    STEP_VERIFY /* a temporary password has to be one */
} step_t;

typedef struct {
    gh_flow_t          flow; /* MUST BE FIRST */
    const gh_config_t *config;
    gh_staff_action_t  action;
    gh_secret_t       *password; /* NULL for most actions */
    gh_time_t          end;
    gh_time_t          now;
    step_t             step;
    gh_lookup_t        lookup;
    gh_request_t      *modify;
    gh_request_t      *verify;
    gh_request_t      *ready; /* the one to send; NULL: under way */
    gh_staff_result_t  result;
} staff_t;

static const char *const attributes[] = { GH_CARD_ATTRIBUTES, GH_STATE_ATTRIBUTES,
    "objectClass", "pwdChangedTime", "pwdFailureTime", "gatehouseLicenseStatus",
    "gatehouseLicenseExpiry", "gatehouseLastSignIn", NULL };

static void
staff_end(staff_t *staff, gh_outcome_t outcome)
{
    staff->result.report.outcome = outcome;
    staff->step = STEP_DONE;
    staff->ready = NULL;
}

/* Puts a request in line; one that could not be built ends the flow. */
static void
staff_ready(staff_t *staff, step_t step, gh_request_t *request)
{
    if (!gh_request_is_ok(request)) {
        staff->result.report.result = GH_RESULT_NOMEM;
        staff_end(staff, GH_OUTCOME_UNAVAILABLE);
        return;
    }

    staff->step = step;
    staff->ready = request;
}

static bool
staff_sees(const staff_t *staff, const char *attr)
{
    return gh_entry_has(&staff->lookup.entry, attr, GH_TEXT("TRUE"));
}

static void
modify_empty(gh_request_t *modify, const char *attr)
{
    gh_request_change(modify, GH_CHANGE_REPLACE, attr, NULL, 0);
}

static void
modify_time(gh_request_t *modify, const char *attr, gh_time_t when)
{
    char text[GH_CLOCK_TEXT];

    gh_clock_format(when, text);
    gh_request_set(modify, GH_CHANGE_REPLACE, attr, gh_text(text));
}

/* Links and sessions that began before now end. */
static void
modify_shut(gh_request_t *modify, gh_time_t now)
{
    modify_empty(modify, "gatehouseResetDigest");
    modify_empty(modify, "gatehouseResetUntil");
    gh_marks_put_all(modify, now);
}

/* Whole seconds, which is how slapd counts this one. */
static gh_time_t
whole_seconds(gh_time_t when)
{
    return when - when % GH_SECOND;
}

static void
build_temp_password(staff_t *staff, gh_request_t *modify)
{
    gh_buf_t policy;

    gh_buf_init(&policy);
    gh_settle_policy(staff->config, &policy);

    gh_request_set_secret(modify, GH_CHANGE_REPLACE, "userPassword", staff->password);
    gh_request_set(modify, GH_CHANGE_REPLACE, "pwdPolicySubentry", gh_buf_text(&policy));
    modify_time(modify, "pwdEndTime", whole_seconds(staff->end));
    modify_time(modify, "gatehousePasswordSet", whole_seconds(staff->now));
    modify_shut(modify, staff->now);
    gh_request_assert(modify, GH_PASSWORD_NOT_DISABLED);

    modify->failed |= !gh_buf_is_ok(&policy);
    gh_buf_cleanup(&policy);
}

/* By deleting it: a replace with no value would keep the wrong guesses. */
static void
build_unlock(staff_t *staff, gh_request_t *modify)
{
    (void) staff;

    gh_request_change(modify, GH_CHANGE_DELETE, "pwdAccountLockedTime", NULL, 0);
}

static void
build_disable(staff_t *staff, gh_request_t *modify)
{
    gh_request_set(modify, GH_CHANGE_REPLACE, "gatehouseDisabled", GH_TEXT("TRUE"));
    modify_time(modify, "pwdEndTime", whole_seconds(staff->now - GH_SECOND));
    modify_shut(modify, staff->now);
}

/* A temporary password keeps its end, which disabling has set to the past. */
static void
build_enable(staff_t *staff, gh_request_t *modify)
{
    modify_empty(modify, "gatehouseDisabled");

    if (!staff_sees(staff, "pwdReset")) {
        modify_empty(modify, "pwdEndTime");
        gh_request_assert(modify, "(!(pwdReset=TRUE))");
    }
}

static void
build_revoke(staff_t *staff, gh_request_t *modify)
{
    gh_marks_put_all(modify, staff->now);
}

static bool
is_unlocked(const staff_t *staff)
{
    return gh_entry_attribute(&staff->lookup.entry, "pwdAccountLockedTime") == NULL;
}

static bool
is_enabled(const staff_t *staff)
{
    return !staff_sees(staff, "gatehouseDisabled");
}

/* What an action does, and when there is nothing to do. */
static const struct {
    void (*build)(staff_t *staff, gh_request_t *modify);
    bool (*is_so)(const staff_t *staff); /* NULL: never */
} actions[GH_STAFF_ACTIONS] = {
    [GH_STAFF_SHOW] = { NULL, NULL },
    [GH_STAFF_TEMP_PASSWORD] = { build_temp_password, NULL },
    [GH_STAFF_UNLOCK] = { build_unlock, is_unlocked },
    [GH_STAFF_DISABLE] = { build_disable, NULL },
    [GH_STAFF_ENABLE] = { build_enable, is_enabled },
    [GH_STAFF_REVOKE] = { build_revoke, NULL },
};

static void
staff_change(staff_t *staff)
{
    if (staff->action == GH_STAFF_TEMP_PASSWORD && staff_sees(staff, "gatehouseDisabled")) {
        staff_end(staff, GH_OUTCOME_DISABLED);
        return;
    }

    if (actions[staff->action].build == NULL) {
        staff_end(staff, GH_OUTCOME_DONE);
        return;
    }

    if (actions[staff->action].is_so != NULL && actions[staff->action].is_so(staff)) {
        staff->result.is_unchanged = true;
        staff_end(staff, GH_OUTCOME_DONE);
        return;
    }

    staff->modify = gh_request_modify(staff->result.who.dn);

    if (staff->modify != NULL) {
        actions[staff->action].build(staff, staff->modify);
    }

    staff_ready(staff, STEP_CHANGE, staff->modify);
}

static void
staff_found(staff_t *staff)
{
    const gh_lookup_t *lookup = &staff->lookup;

    switch (lookup->outcome) {

    case GH_LOOKUP_FOUND:
        staff->result.who = lookup->who;
        staff->result.entry = &lookup->entry;
        staff_change(staff);
        return;

    case GH_LOOKUP_NOBODY:
        staff_end(staff, GH_OUTCOME_GONE);
        return;

    case GH_LOOKUP_AMBIGUOUS:
        staff_end(staff, GH_OUTCOME_TAKEN);
        return;

    default:
        staff->result.report.result = lookup->code;
        staff_end(staff, GH_OUTCOME_UNAVAILABLE);
        return;
    }
}

/* Asks for the mark of slapd's that a temporary password can't be without. */
static void
staff_verify(staff_t *staff)
{
    static const char *const marks[] = { "pwdReset", NULL };

    staff->verify = gh_request_search(
        staff->result.who.dn, GH_SCOPE_BASE, "(objectClass=gatehouseAccount)", marks, 1);
    staff_ready(staff, STEP_VERIFY, staff->verify);
}

static void
take_change(staff_t *staff, const gh_request_t *request, const gh_answer_t *answer)
{
    gh_outcome_report_t *report = &staff->result.report;

    gh_outcome_of_write(request, answer, report);

    if (report->outcome == GH_OUTCOME_DONE && staff->action == GH_STAFF_TEMP_PASSWORD) {
        staff_verify(staff);
        return;
    }

    /* Its lock went in the meantime. */
    if (answer->result == GH_RESULT_NO_SUCH_ATTRIBUTE && staff->action == GH_STAFF_UNLOCK) {
        staff->result.is_unchanged = true;
        report->outcome = GH_OUTCOME_DONE;
    }

    if (report->outcome == GH_OUTCOME_USED && staff->action == GH_STAFF_TEMP_PASSWORD) {
        report->outcome = GH_OUTCOME_DISABLED;
    }

    staff_end(staff, report->outcome);
}

static void
take_verify(staff_t *staff, const gh_answer_t *answer)
{
    bool is_temporary = answer->result == GH_RESULT_SUCCESS && answer->entry_count == 1
        && gh_entry_has(&answer->entries[0], "pwdReset", GH_TEXT("TRUE"));

    staff->result.report.result = answer->result;

    if (is_temporary) {
        staff_end(staff, GH_OUTCOME_DONE);
    } else {
        staff_end(staff, answer->result < 0 ? GH_OUTCOME_UNAVAILABLE : GH_OUTCOME_UNDECIDED);
    }
}

static const gh_request_t *
staff_next(gh_flow_t *flow)
{
    staff_t            *staff = (staff_t *) flow;
    const gh_request_t *ready = staff->ready;

    if (staff->step == STEP_FIND) {
        return gh_lookup_next(&staff->lookup);
    }

    staff->ready = NULL;
    return ready;
}

static void
staff_take(gh_flow_t *flow, const gh_request_t *request, const gh_answer_t *answer)
{
    staff_t *staff = (staff_t *) flow;

    switch (staff->step) {

    case STEP_FIND:
        gh_lookup_take(&staff->lookup, request, answer);

        if (gh_lookup_is_done(&staff->lookup)) {
            staff_found(staff);
        }
        break;

    case STEP_CHANGE:
        take_change(staff, request, answer);
        break;

    case STEP_VERIFY:
        take_verify(staff, answer);
        break;

    case STEP_DONE:
        break;
    }
}

static bool
staff_is_done(const gh_flow_t *flow)
{
    return ((const staff_t *) flow)->step == STEP_DONE;
}

static void
staff_free(gh_flow_t *flow)
{
    staff_t *staff = (staff_t *) flow;

    gh_lookup_cleanup(&staff->lookup);
    gh_request_free(staff->modify);
    gh_request_free(staff->verify);
    gh_secret_free(staff->password);
    free(staff);
}

static const gh_flow_kind_t staff_kind = {
    .next = staff_next,
    .take = staff_take,
    .is_done = staff_is_done,
    .free = staff_free,
};

/* The realm that `realm:name` begins with, which goes from `*user`; NULL: none. */
static const gh_realm_t *
take_realm(const gh_config_t *config, gh_text_t *user)
{
    const char       *colon = memchr(user->data, ':', user->len);
    size_t            len = colon != NULL ? (size_t) (colon - user->data) : 0;
    const gh_realm_t *realm = NULL;

    if (colon != NULL) {
        realm = gh_config_realm(config, (gh_text_t){ user->data, len });
    }

    if (realm != NULL) {
        *user = (gh_text_t){ colon + 1, user->len - len - 1 };
    }

    return realm;
}

/* A search in each realm in which that can be a user name. */
static void
staff_find(staff_t *staff, gh_text_t user)
{
    const gh_config_t *config = staff->config;
    const gh_realm_t  *only = take_realm(config, &user);
    gh_buf_t           name;

    staff->step = STEP_FIND;
    gh_buf_init(&name);

    for (size_t i = 0; i < config->realm_count; i++) {
        const gh_realm_t *realm = &config->realms[i];

        gh_buf_reset(&name);

        if ((only == NULL || only == realm) && gh_realm_canonical(realm, user, &name) == 0) {
            gh_lookup_add_equal(&staff->lookup, realm, "uid", gh_buf_text(&name), attributes);
        }
    }

    gh_buf_cleanup(&name);

    if (gh_lookup_is_done(&staff->lookup)) {
        staff_found(staff);
    }
}

gh_flow_t *
gh_staff_new(const gh_config_t *config, gh_text_t user, gh_staff_action_t action,
    gh_secret_t **password, gh_time_t end, gh_time_t now)
{
    staff_t     *staff = calloc(1, sizeof(*staff));
    gh_secret_t *taken = NULL;

    if (password != NULL) {
        taken = *password;
        *password = NULL;
    }

    if (staff == NULL) {
        gh_secret_free(taken);
        return NULL;
    }

    staff->flow.kind = &staff_kind;
    staff->config = config;
    staff->action = action;
    staff->password = taken;
    staff->end = end;
    staff->now = now;
    gh_outcome_init(&staff->result.report);
    gh_lookup_init(&staff->lookup);
    staff_find(staff, user);

    return &staff->flow;
}

const gh_staff_result_t *
gh_staff_result(const gh_flow_t *flow)
{
    return &((const staff_t *) flow)->result;
}
