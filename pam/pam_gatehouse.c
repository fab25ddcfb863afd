/*
 * pam_gatehouse.so: signs people in with the flow that nginx uses, and maps
 * its verdict to PAM's codes.
 *
 * Between the calls stands nothing but the record of the sign-in, as data of
 * the PAM handle: threads with handles of their own never meet.
 */

/* System. */
#include <security/pam_ext.h>
#include <security/pam_modules.h>

/* Directory. */
#include "directory/client.h"

/* PAM. */
#include "attempt.h"
#include "call.h"
#include "change.h"
#include "conversation.h"
#include "record.h"

/*
 * Microseconds; libpam waits so long, give or take a half, before it returns
 * a refusal.  It slows guessing and covers what is left of a difference in time.
 */
#define FAIL_DELAY 1000000

/* The dynamic linker lets one thread at a time load the module. */
static void __attribute__((constructor)) prepare(void)
{
    gh_client_prepare();
}

/* Verdict to code, for pam_sm_authenticate. */
static int
auth_code(gh_verdict_t verdict)
{
    switch (verdict) {

    case GH_VERDICT_SIGNED_IN:
    case GH_VERDICT_EXPIRING:
    case GH_VERDICT_GRACE:
    case GH_VERDICT_MUST_CHANGE:
    case GH_VERDICT_EXPIRED:
        return PAM_SUCCESS;

    case GH_VERDICT_UNKNOWN:
        return PAM_USER_UNKNOWN;

    case GH_VERDICT_FORBIDDEN:
        return PAM_PERM_DENIED;

    case GH_VERDICT_UNAVAILABLE:
        return PAM_AUTHINFO_UNAVAIL;

    default:
        return PAM_AUTH_ERR;
    }
}

/* Verdict to code, for pam_sm_acct_mgmt. */
static int
account_code(gh_verdict_t verdict)
{
    switch (verdict) {

    case GH_VERDICT_SIGNED_IN:
    case GH_VERDICT_EXPIRING:
        return PAM_SUCCESS;

    case GH_VERDICT_GRACE:
    case GH_VERDICT_MUST_CHANGE:
        return PAM_NEW_AUTHTOK_REQD;

    case GH_VERDICT_EXPIRED:
    case GH_VERDICT_DISABLED:
        return PAM_ACCT_EXPIRED;

    case GH_VERDICT_UNKNOWN:
        return PAM_USER_UNKNOWN;

    case GH_VERDICT_FORBIDDEN:
        return PAM_PERM_DENIED;

    case GH_VERDICT_UNAVAILABLE:
        return PAM_AUTHINFO_UNAVAIL;

    default:
        return PAM_AUTH_ERR;
    }
}

/*
 * One attempt with what PAM holds or the person answers.  Whoever is let in goes on by
 * the directory's spelling of the name.  The record goes to PAM, its verdict's code to
 * `*verdict`.
 */
static int
try_once(gh_call_t *call, bool may_ask, bool *was_there, int *verdict)
{
    gh_record_t *record = gh_record_new();
    const char  *password = NULL;
    int          code = PAM_BUF_ERR;

    if (record != NULL) {
        code = gh_conversation_password(call->pamh, may_ask, &password, was_there);
    }

    if (code == PAM_SUCCESS) {
        code = gh_attempt(call, password, false, record);
    }

    if (code == PAM_SUCCESS) {
        *verdict = auth_code(record->verdict);
    }

    if (code == PAM_SUCCESS && *verdict == PAM_SUCCESS) {
        code = gh_call_rename(call, record->user);
    }

    if (code != PAM_SUCCESS) {
        gh_record_free(record);
        return code;
    }

    return gh_record_put(call->pamh, &record);
}

/* Everything between the configuration and the code. */
static int
authenticate(gh_call_t *call)
{
    const gh_options_t *options = &call->options;
    bool                may_ask = !options->use_first_pass && !options->use_authtok;
    bool                was_there = false;
    int                 verdict = PAM_AUTH_ERR;
    int                 code = gh_call_user(call);

    if (code == PAM_SUCCESS) {
        code = try_once(call, may_ask, &was_there, &verdict);
    }

    /* Also for a name that is unknown: a question must not tell who is known. */
    if (code == PAM_SUCCESS && verdict != PAM_SUCCESS && was_there && options->try_first_pass) {
        pam_set_item(call->pamh, PAM_AUTHTOK, NULL);
        gh_call_wind(call);
        code = try_once(call, may_ask, &was_there, &verdict);
    }

    if (code != PAM_SUCCESS) {
        return code;
    }

    if (verdict != PAM_SUCCESS && verdict != PAM_AUTHINFO_UNAVAIL) {
        pam_fail_delay(call->pamh, FAIL_DELAY);
    }

    return verdict;
}

PAM_EXTERN int
pam_sm_authenticate(pam_handle_t *pamh, int flags, int argc, const char **argv)
{
    gh_record_t *denied = gh_record_new();
    gh_call_t    call;
    int          code = gh_call_begin(&call, pamh, flags, argc, argv);

    /* Whatever comes of it, an earlier sign-in of this handle is over. */
    if (gh_record_put(pamh, &denied) != PAM_SUCCESS) {
        code = PAM_BUF_ERR;
    }

    if (code == PAM_SUCCESS) {
        code = gh_call_configure(&call);
    }

    if (code == PAM_SUCCESS) {
        code = authenticate(&call);
    }

    gh_call_end(&call);

    return gh_call_code(&call, code);
}

/*
 * There are no credentials to set.  sshd signs in on one handle and comes here
 * with another, which holds no record: that is no failure.  A refusal is.
 */
PAM_EXTERN int
pam_sm_setcred(pam_handle_t *pamh, int flags, int argc, const char **argv)
{
    const gh_record_t *record = gh_record_get(pamh);

    (void) flags;
    (void) argc;
    (void) argv;

    return record == NULL || auth_code(record->verdict) == PAM_SUCCESS ? PAM_SUCCESS
                                                                       : PAM_IGNORE;
}

/* Decides about somebody whom another module or program has signed in. */
static int
admit(gh_call_t *call)
{
    gh_record_t *record = gh_record_new();
    int          code = record != NULL ? gh_call_configure(call) : PAM_BUF_ERR;

    if (code == PAM_SUCCESS) {
        code = gh_call_user(call);
    }

    if (code == PAM_SUCCESS) {
        code = gh_attempt_admit(call, record);
    }

    if (code != PAM_SUCCESS) {
        gh_record_free(record);
        return code;
    }

    return gh_record_put(call->pamh, &record);
}

static int
account(gh_call_t *call)
{
    const gh_record_t *record = gh_record_get(call->pamh);
    int                code = record != NULL ? PAM_SUCCESS : admit(call);

    if (code != PAM_SUCCESS) {
        return code;
    }

    record = gh_record_get(call->pamh);

    if (record == NULL) {
        return PAM_AUTH_ERR;
    }

    /* An expired password is more than a warning. */
    if (!call->options.no_warn || record->verdict == GH_VERDICT_EXPIRED) {
        gh_conversation_tell(call->pamh, call->flags, record->verdict, record->expires_in,
            record->grace_left, record->portal);
    }

    return account_code(record->verdict);
}

PAM_EXTERN int
pam_sm_acct_mgmt(pam_handle_t *pamh, int flags, int argc, const char **argv)
{
    gh_call_t call;
    int       code = gh_call_begin(&call, pamh, flags, argc, argv);

    if (code == PAM_SUCCESS) {
        code = account(&call);
    }

    gh_call_end(&call);

    return gh_call_code(&call, code);
}

PAM_EXTERN int
pam_sm_open_session(pam_handle_t *pamh, int flags, int argc, const char **argv)
{
    (void) pamh;
    (void) flags;
    (void) argc;
    (void) argv;

    return PAM_IGNORE;
}

PAM_EXTERN int
pam_sm_close_session(pam_handle_t *pamh, int flags, int argc, const char **argv)
{
    return pam_sm_open_session(pamh, flags, argc, argv);
}

/* Whether only what has to be changed is to be changed, and this does not have to. */
static bool
is_needless(const gh_call_t *call)
{
    const gh_record_t *record = gh_record_get(call->pamh);

    return (call->flags & PAM_CHANGE_EXPIRED_AUTHTOK) != 0 && record != NULL
        && (record->verdict == GH_VERDICT_SIGNED_IN || record->verdict == GH_VERDICT_EXPIRING);
}

PAM_EXTERN int
pam_sm_chauthtok(pam_handle_t *pamh, int flags, int argc, const char **argv)
{
    gh_call_t call;
    int       code = gh_call_begin(&call, pamh, flags, argc, argv);

    if (code == PAM_SUCCESS) {
        code = gh_call_configure(&call);
    }

    if (code == PAM_SUCCESS) {
        code = gh_call_user(&call);
    }

    if (code == PAM_SUCCESS && !is_needless(&call)) {
        code =
            (flags & PAM_PRELIM_CHECK) != 0 ? gh_change_check(&call) : gh_change_update(&call);
    }

    gh_call_end(&call);

    return gh_call_code(&call, code);
}
