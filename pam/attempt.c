/*
 * Attempts: the sign-in flow, or the one without a password, for one realm after the
 * other; then the service's rule.
 */

/* System. */
#include <security/pam_ext.h>
#include <stdlib.h>
#include <string.h>
#include <syslog.h>

/* Account. */
#include "account/admit.h"
#include "account/rule.h"
#include "account/signin.h"

/* PAM. */
#include "attempt.h"
#include "change.h"
#include "conversation.h"
#include "throttle.h"

/* What one realm said. */
typedef struct {
    gh_verdict_t              verdict;
    const gh_identity_card_t *who;    /* the flow's */
    int                       result; /* the directory's code, for the log */
} answer_t;

static void
attempt_log(const gh_call_t *call, const gh_realm_t *realm, gh_verdict_t verdict, int result)
{
    const char *user = gh_call_name(call);

    switch (verdict) {

    case GH_VERDICT_UNAVAILABLE:
        pam_syslog(call->pamh, LOG_ERR, "user %s, realm %s: the directory can't say (%d): %s",
            user, realm->name, result, gh_client_trouble(call->client));
        break;

    case GH_VERDICT_SIGNED_IN:
    case GH_VERDICT_EXPIRING:
    case GH_VERDICT_GRACE:
    case GH_VERDICT_MUST_CHANGE:
        if (call->options.debug) {
            pam_syslog(call->pamh, LOG_DEBUG, "user %s, realm %s: %s", user, realm->name,
                gh_verdict_name(verdict));
        }
        break;

    default:
        pam_syslog(call->pamh, LOG_NOTICE, "user %s, realm %s: refused, %s", user, realm->name,
            gh_verdict_name(verdict));
    }
}

/* Whether the directory's spelling of a name can be passed on to PAM. */
static bool
is_good_name(const gh_call_t *call, const char *uid)
{
    return uid != NULL && uid[0] != '\0' && gh_text_is_clean(gh_text(uid))
        && !gh_call_is_system(call, uid);
}

/* Whether somebody is known to be who they say: by a password, or by another's word. */
static bool
is_proven(gh_verdict_t verdict)
{
    return gh_verdict_is_in(verdict) || verdict == GH_VERDICT_MUST_CHANGE
        || verdict == GH_VERDICT_EXPIRED;
}

/* Notes who it is.  Returns PAM_SUCCESS, with the verdict DENY where the name is no good. */
static int
record_take(const gh_call_t *call, gh_record_t *record, const gh_identity_card_t *who)
{
    char *user;

    if (!is_good_name(call, who->uid)) {
        pam_syslog(call->pamh, LOG_NOTICE, "user %s: the name in the directory can't be used",
            gh_call_name(call));
        record->verdict = GH_VERDICT_DENY;
        return PAM_SUCCESS;
    }

    user = strdup(who->uid);
    record->realm = strdup(who->realm->name);

    if (user == NULL || record->realm == NULL || gh_card_copy(&record->who, who) != 0) {
        free(user);
        return PAM_BUF_ERR;
    }

    /* The configuration goes with the call. */
    record->who.realm = NULL;
    free(record->user);
    record->user = user;

    return PAM_SUCCESS;
}

/* Holds somebody who would be let in against the service's rule. */
static int
attempt_rule(gh_call_t *call, answer_t *answer)
{
    gh_flow_t   *flow;
    gh_verdict_t verdict;
    int          rc;

    if (call->service == NULL || call->service->filter == NULL || !is_proven(answer->verdict)) {
        return PAM_SUCCESS;
    }

    flow = gh_rule_new(answer->who->dn, call->service->filter, gh_clock_now());
    rc = flow != NULL ? gh_call_run(call, flow) : PAM_BUF_ERR;

    if (rc == PAM_SUCCESS) {
        verdict = gh_rule_verdict(flow);

        if (verdict != GH_VERDICT_SIGNED_IN) {
            answer->verdict = verdict;
            answer->result = gh_rule_result(flow);
        }
    }

    gh_flow_free(flow);

    return rc;
}

/* Takes what a realm said into the record. */
static int
attempt_take(gh_call_t *call, const gh_realm_t *realm, answer_t *answer, gh_record_t *record)
{
    int rc = attempt_rule(call, answer);

    if (rc != PAM_SUCCESS) {
        return rc;
    }

    record->verdict = answer->verdict;
    attempt_log(call, realm, answer->verdict, answer->result);

    if (record->verdict == GH_VERDICT_FORBIDDEN) {
        gh_conversation_forbid(call->pamh, call->flags);
    }

    return is_proven(record->verdict) ? record_take(call, record, answer->who) : PAM_SUCCESS;
}

/* A secret of PAM's text; NULL: it is longer than any, or memory is out. */
static gh_secret_t *
secret_of(const gh_call_t *call, const char *password)
{
    gh_secret_t *secret = gh_secret_new();

    if (secret != NULL && gh_secret_set(secret, gh_text(password)) == 0) {
        return secret;
    }

    pam_syslog(call->pamh, LOG_NOTICE, "user %s: the password is too long", gh_call_name(call));
    gh_secret_free(secret);

    return NULL;
}

/* Keeps the password for a change of it, and mends what an earlier one left undone. */
static void
attempt_after(
    gh_call_t *call, const char *password, bool keeps, bool is_unsettled, gh_record_t *record)
{
    gh_secret_t *secret;

    keeps = keeps || record->verdict == GH_VERDICT_MUST_CHANGE
        || record->verdict == GH_VERDICT_GRACE;

    if (!is_proven(record->verdict) || (!keeps && !is_unsettled)) {
        return;
    }

    secret = secret_of(call, password);

    if (secret != NULL && is_unsettled && record->verdict != GH_VERDICT_GRACE) {
        gh_change_settle(call, record->who.dn, secret);
    }

    if (keeps) {
        record->password = secret;
    } else {
        gh_secret_free(secret);
    }
}

/* Signs in to one realm. */
static int
attempt_realm(gh_call_t *call, const gh_realm_t *realm, const char *password, bool keeps,
    gh_record_t *record)
{
    const gh_signin_result_t *result;
    gh_secret_t              *secret = secret_of(call, password);
    gh_flow_t                *flow;
    answer_t                  answer;
    int                       rc;

    record->verdict = GH_VERDICT_DENY;

    if (secret == NULL) {
        return PAM_SUCCESS;
    }

    flow = gh_signin_new(call->config, realm, gh_text(call->user), &secret, gh_clock_now());
    rc = flow != NULL ? gh_call_run(call, flow) : PAM_BUF_ERR;

    if (rc == PAM_SUCCESS) {
        result = gh_signin_result(flow);
        answer = (answer_t){ result->verdict, &result->who, result->result };
        record->expires_in = result->expires_in;
        record->grace_left = result->grace_left;
        rc = attempt_take(call, realm, &answer, record);

        if (rc == PAM_SUCCESS) {
            attempt_after(call, password, keeps, result->is_unsettled, record);
        }
    }

    gh_flow_free(flow);

    return rc;
}

static int
admit_realm(gh_call_t *call, const gh_realm_t *realm, gh_record_t *record)
{
    const gh_admit_result_t *result;
    gh_flow_t               *flow;
    answer_t                 answer;
    int                      rc;

    record->verdict = GH_VERDICT_DENY;
    flow = gh_admit_new(realm, gh_text(call->user), gh_clock_now());
    rc = flow != NULL ? gh_call_run(call, flow) : PAM_BUF_ERR;

    if (rc == PAM_SUCCESS) {
        result = gh_admit_result(flow);
        answer = (answer_t){ result->verdict, &result->who, result->result };
        rc = attempt_take(call, realm, &answer, record);
    }

    gh_flow_free(flow);

    return rc;
}

/* What is known before the directory is asked. */
static int
record_begin(const gh_call_t *call, gh_record_t *record)
{
    record->user = strdup(call->user);
    record->portal = strdup(call->config->portal.url);

    return record->user != NULL && record->portal != NULL ? PAM_SUCCESS : PAM_BUF_ERR;
}

/* An account of the system's is unknown here, and counts for nobody. */
static int
attempt_system(gh_call_t *call, gh_record_t *record)
{
    pam_syslog(call->pamh, LOG_NOTICE, "user %s: an account of this system, not ours",
        gh_call_name(call));
    record->verdict = GH_VERDICT_UNKNOWN;

    return record_begin(call, record);
}

/*
 * Tries the realms in their order; `password` NULL: without one.  Whoever is unknown in one
 * may be known in the next; anything else decides.
 */
static int
attempt_realms(gh_call_t *call, const char *password, bool keeps, gh_record_t *record)
{
    const gh_realm_t *realm;
    size_t            next = 0;
    bool              looked = false;
    int               rc = record_begin(call, record);

    record->verdict = GH_VERDICT_UNKNOWN;

    while (rc == PAM_SUCCESS && record->verdict == GH_VERDICT_UNKNOWN
        && (realm = gh_call_realm(call, &next)) != NULL)
    {
        looked = true;
        rc = password != NULL ? attempt_realm(call, realm, password, keeps, record)
                              : admit_realm(call, realm, record);
    }

    if (rc == PAM_SUCCESS && !looked) {
        pam_syslog(call->pamh, LOG_NOTICE, "user %s: refused, no realm has such names",
            gh_call_name(call));
    }

    return rc;
}

/* Refuses without asking the directory. */
static int
attempt_wait(gh_call_t *call, long wait, gh_record_t *record)
{
    if (wait > 0) {
        pam_syslog(call->pamh, LOG_NOTICE, "user %s: refused, was refused often: %ld s to wait",
            gh_call_name(call), wait);
        gh_conversation_wait(call->pamh, call->flags, wait);
    }

    return record_begin(call, record);
}

int
gh_attempt(gh_call_t *call, const char *password, bool keeps, gh_record_t *record)
{
    gh_throttle_t throttle;
    long          wait;
    int           rc;

    if (gh_call_is_system(call, call->user)) {
        return attempt_system(call, record);
    }

    gh_throttle_begin(&throttle, call);
    wait = gh_throttle_wait(&throttle);
    rc = wait == 0 ? attempt_realms(call, password, keeps, record)
                   : attempt_wait(call, wait, record);

    if (rc == PAM_SUCCESS && wait == 0 && !is_proven(record->verdict)
        && record->verdict != GH_VERDICT_UNAVAILABLE && record->verdict != GH_VERDICT_FORBIDDEN)
    {
        gh_throttle_refused(&throttle);
    }

    return rc;
}

int
gh_attempt_admit(gh_call_t *call, gh_record_t *record)
{
    return gh_call_is_system(call, call->user) ? attempt_system(call, record)
                                               : attempt_realms(call, NULL, false, record);
}
