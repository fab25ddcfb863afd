/*
 * Changes: the check by the sign-in flow, the change by a client of one's own.
 */

/* System. */
#include <security/pam_ext.h>
#include <string.h>
#include <syslog.h>

/* Account. */
#include "account/drive.h"
#include "account/ownpassword.h"
#include "account/person.h"
#include "account/settle.h"
#include "account/strength.h"

/* PAM. */
#include "attempt.h"
#include "change.h"
#include "conversation.h"

/* How often somebody may choose. */
#define TRIES 3

/* Verdict on the password in force to code, for the first phase of pam_sm_chauthtok. */
static int
check_code(gh_verdict_t verdict)
{
    switch (verdict) {

    case GH_VERDICT_SIGNED_IN:
    case GH_VERDICT_EXPIRING:
    case GH_VERDICT_GRACE:
    case GH_VERDICT_MUST_CHANGE:
        return PAM_SUCCESS;

    case GH_VERDICT_EXPIRED:
        return PAM_ACCT_EXPIRED;

    case GH_VERDICT_UNKNOWN:
        return PAM_USER_UNKNOWN;

    case GH_VERDICT_FORBIDDEN:
        return PAM_PERM_DENIED;

    case GH_VERDICT_UNAVAILABLE:
        return PAM_TRY_AGAIN;

    default:
        return PAM_AUTH_ERR;
    }
}

/* The flow as whom `dn` names.  Returns PAM_SUCCESS when it is done. */
static int
run_as(gh_call_t *call, const char *dn, const gh_secret_t *password, gh_flow_t *flow)
{
    gh_identity_t who = { .bind_dn = (char *) dn };
    gh_error_t    error = { "" };
    gh_client_t  *client = gh_client_new(&call->config->directory, &who, password, &error);
    int           rc = PAM_BUF_ERR;

    if (client != NULL && flow != NULL && gh_drive(client, flow, call->deadline) == 0) {
        rc = PAM_SUCCESS;
    }

    if (client == NULL || gh_client_trouble(client)[0] != '\0') {
        pam_syslog(call->pamh, LOG_ERR, "user %s: %s", gh_call_name(call),
            client == NULL ? error.text : gh_client_trouble(client));
    }

    gh_client_free(client);

    return rc;
}

void
gh_change_settle(gh_call_t *call, const char *dn, const gh_secret_t *password)
{
    gh_flow_t *flow = gh_settle_new(dn, NULL);

    if (run_as(call, dn, password, flow) == PAM_SUCCESS
        && gh_settle_result(flow) != GH_RESULT_SUCCESS)
    {
        pam_syslog(call->pamh, LOG_WARNING,
            "user %s: the temporary password's end could not be taken away (%d)",
            gh_call_name(call), gh_settle_result(flow));
    }

    gh_flow_free(flow);
}

/* Who it is, by the record; the flow is the caller's to free. */
static const gh_lookup_t *
find_person(gh_call_t *call, const gh_record_t *record, gh_flow_t **flow)
{
    const gh_realm_t *realm = gh_config_realm(call->config, gh_text(record->realm));

    *flow = realm != NULL
        ? gh_person_new(realm, gh_text(record->who.uid), gh_text(record->who.uuid))
        : NULL;

    return *flow != NULL && gh_call_run(call, *flow) == PAM_SUCCESS ? gh_person_result(*flow)
                                                                    : NULL;
}

/* The password is known from the sign-in: only whether the directory is there. */
static int
check_known(gh_call_t *call, const gh_record_t *record)
{
    gh_flow_t         *flow;
    const gh_lookup_t *person = find_person(call, record, &flow);
    int                code = PAM_TRY_AGAIN;

    if (person != NULL && person->outcome != GH_LOOKUP_UNAVAILABLE) {
        code = person->outcome == GH_LOOKUP_FOUND
            ? pam_set_item(call->pamh, PAM_OLDAUTHTOK, record->password->data)
            : PAM_USER_UNKNOWN;
    }

    gh_flow_free(flow);

    return code;
}

/* Asks for the password in force and signs in with it. */
static int
check_asking(gh_call_t *call)
{
    gh_record_t *record = gh_record_new();
    const char  *password = NULL;
    int          code = PAM_BUF_ERR;

    if (record != NULL) {
        code = gh_conversation_current(call->pamh, !call->options.use_first_pass, &password);
    }

    if (code == PAM_SUCCESS) {
        gh_call_wind(call);
        code = gh_attempt(call, password, true, record);
    }

    if (code != PAM_SUCCESS) {
        gh_record_free(record);
        return code;
    }

    code = check_code(record->verdict);

    if (record->verdict == GH_VERDICT_EXPIRED) {
        gh_conversation_tell(call->pamh, call->flags, record->verdict, 0, 0, record->portal);
    }

    /* The change goes on under the directory's spelling of the name. */
    if (code == PAM_SUCCESS) {
        code = gh_call_rename(call, record->user);
    }

    return gh_record_put(call->pamh, &record) == PAM_SUCCESS ? code : PAM_BUF_ERR;
}

int
gh_change_check(gh_call_t *call)
{
    const gh_record_t *record = gh_record_get(call->pamh);

    if (gh_call_is_system(call, call->user)) {
        return PAM_USER_UNKNOWN;
    }

    if (record != NULL && record->password != NULL
        && check_code(record->verdict) == PAM_SUCCESS) {
        return check_known(call, record);
    }

    return check_asking(call);
}

/* Holds a new password against the rules of the web; tells what is wrong with it. */
static bool
is_strong(
    gh_call_t *call, const gh_record_t *record, const gh_lookup_t *person, gh_text_t password)
{
    const gh_realm_t *realm = gh_config_realm(call->config, gh_text(record->realm));
    gh_text_t         words[GH_PERSON_WORDS];
    size_t            count = gh_person_words(person, &call->config->portal, words);
    gh_error_t        reason = { "" };
    gh_strength_t     strength = gh_strength_check(
            password, gh_text(record->who.uid), words, count, realm->password_min_length);

    if (strength == GH_STRENGTH_GOOD) {
        return true;
    }

    gh_strength_explain(strength, realm->password_min_length, &reason);
    gh_conversation_refuse(call->pamh, call->flags, reason.text);

    return false;
}

/* What the change came to; PAM_TRY_AGAIN: another password may do. */
static int
update_code(gh_call_t *call, const gh_record_t *record, const gh_ownpassword_result_t *result)
{
    const gh_outcome_report_t *report = &result->report;

    switch (report->outcome) {

    case GH_OUTCOME_DONE:
        if (result->settled != GH_RESULT_SUCCESS) {
            pam_syslog(call->pamh, LOG_WARNING,
                "user %s: the password is changed, sessions could not be ended (%d)",
                gh_call_name(call), result->settled);
        }
        return PAM_SUCCESS;

    case GH_OUTCOME_BAD_PASSWORD:
        gh_conversation_refuse(call->pamh, call->flags, gh_outcome_reason(report->policy));
        return PAM_TRY_AGAIN;

    case GH_OUTCOME_UNAVAILABLE:
        pam_syslog(call->pamh, LOG_ERR,
            "user %s: unknown whether the password is changed: the directory can't say (%d)",
            gh_call_name(call), report->result);
        gh_conversation_unsure(call->pamh, call->flags, record->portal);
        return PAM_AUTHTOK_ERR;

    default:
        pam_syslog(call->pamh, LOG_NOTICE, "user %s: the password can't be changed, %s (%d)",
            gh_call_name(call), gh_outcome_name(report->outcome), report->result);
        gh_conversation_refer(call->pamh, call->flags, record->portal);
        return PAM_PERM_DENIED;
    }
}

/* Changes the password, as its owner. */
static int
update_to(gh_call_t *call, const gh_record_t *record, const gh_secret_t *password)
{
    gh_flow_t *flow = gh_ownpassword_new(record->who.dn, password, gh_clock_now());
    int        code;

    gh_call_wind(call);
    code = run_as(call, record->who.dn, record->password, flow);

    if (code == PAM_SUCCESS) {
        code = update_code(call, record, gh_ownpassword_result(flow));
    }

    gh_flow_free(flow);

    return code;
}

/* One turn of asking and changing; PAM_TRY_AGAIN: not this password. */
static int
update_once(gh_call_t *call, const gh_record_t *record, const gh_lookup_t *person)
{
    gh_secret_t *secret = gh_secret_new();
    const char  *password = NULL;
    int          code = PAM_BUF_ERR;

    if (secret != NULL) {
        code = gh_conversation_new(call->pamh, !call->options.use_authtok, &password);
    }

    if (code == PAM_SUCCESS) {
        code = is_strong(call, record, person, gh_text(password)) ? PAM_SUCCESS : PAM_TRY_AGAIN;
    }

    if (code == PAM_SUCCESS && gh_secret_set(secret, gh_text(password)) == 0) {
        code = update_to(call, record, secret);
    }

    gh_secret_free(secret);

    return code;
}

/* Asks until a password is taken, but not for ever. */
static int
update_asking(gh_call_t *call, const gh_record_t *record, const gh_lookup_t *person)
{
    int code = PAM_TRY_AGAIN;

    for (int i = 0; i < TRIES && code == PAM_TRY_AGAIN; i++) {
        code = update_once(call, record, person);

        /* What was refused is nobody's password, and would not be asked for again. */
        if (code != PAM_SUCCESS) {
            pam_set_item(call->pamh, PAM_AUTHTOK, NULL);
        }

        if (call->options.use_authtok) {
            break;
        }
    }

    return code == PAM_TRY_AGAIN ? PAM_AUTHTOK_ERR : code;
}

int
gh_change_update(gh_call_t *call)
{
    gh_record_t       *record = gh_record_get(call->pamh);
    const gh_lookup_t *person;
    gh_flow_t         *flow;
    int                code = PAM_AUTHTOK_ERR;

    if (record == NULL || record->password == NULL
        || check_code(record->verdict) != PAM_SUCCESS) {
        pam_syslog(call->pamh, LOG_NOTICE, "password: nobody showed the one in force, refused");
        return PAM_AUTHTOK_RECOVERY_ERR;
    }

    person = find_person(call, record, &flow);

    if (person != NULL && person->outcome == GH_LOOKUP_FOUND) {
        code = update_asking(call, record, person);
    }

    gh_flow_free(flow);
    gh_secret_free(record->password);
    record->password = NULL;

    if (code == PAM_SUCCESS) {
        pam_syslog(call->pamh, LOG_INFO, "user %s, realm %s: password changed",
            gh_call_name(call), record->realm);
        record->verdict = GH_VERDICT_SIGNED_IN;
    }

    return code;
}
