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
#include <stdlib.h>
#include <string.h>
#include <syslog.h>

/* PAM. */
#include "attempt.h"
#include "conversation.h"
#include "options.h"

/* The name of our data in the PAM handle. */
#define RECORD "pam_gatehouse"

/*
 * Microseconds; libpam waits so long, give or take a half, before it returns
 * a refusal.  It slows guessing and covers what is left of a difference in time.
 */
#define FAIL_DELAY 1000000

static void
record_cleanup(pam_handle_t *pamh, void *data, int status)
{
    (void) pamh;
    (void) status;
    gh_record_free(data);
}

/* The record of this handle's last sign-in; NULL: there was none. */
static const gh_record_t *
record_get(pam_handle_t *pamh)
{
    const void *data = NULL;

    return pam_get_data(pamh, RECORD, &data) == PAM_SUCCESS ? data : NULL;
}

/* Whether the record is about the user whom PAM has now. */
static bool
record_is_current(pam_handle_t *pamh, const gh_record_t *record)
{
    const void *user = NULL;

    return pam_get_item(pamh, PAM_USER, &user) == PAM_SUCCESS && user != NULL
        && strcmp(record->user, user) == 0;
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

    case GH_VERDICT_UNAVAILABLE:
        return PAM_AUTHINFO_UNAVAIL;

    default:
        return PAM_AUTH_ERR;
    }
}

/*
 * Ends an attempt: a code for PAM, and whom it lets in by the directory's
 * spelling of the name.
 */
static int
finish(pam_handle_t *pamh, const gh_record_t *record)
{
    int code = auth_code(record->verdict);

    if (code == PAM_SUCCESS && pam_set_item(pamh, PAM_USER, record->user) != PAM_SUCCESS) {
        code = PAM_AUTH_ERR;
    }

    if (code != PAM_SUCCESS && code != PAM_AUTHINFO_UNAVAIL) {
        pam_fail_delay(pamh, FAIL_DELAY);
    }

    return code;
}

/* Everything between the options and the code; the record goes to PAM. */
static int
authenticate(pam_handle_t *pamh, const gh_options_t *options)
{
    gh_config_t *config = gh_attempt_config(pamh, options);
    gh_record_t *record = calloc(1, sizeof(*record));
    int          code = PAM_SERVICE_ERR;

    if (config != NULL && record != NULL) {
        code = gh_attempt(pamh, options, config, record);
    }

    gh_config_free(config);

    if (code != PAM_SUCCESS) {
        gh_record_free(record);
        return code;
    }

    if (pam_set_data(pamh, RECORD, record, record_cleanup) != PAM_SUCCESS) {
        gh_record_free(record);
        return PAM_BUF_ERR;
    }

    return finish(pamh, record);
}

PAM_EXTERN int
pam_sm_authenticate(pam_handle_t *pamh, int flags, int argc, const char **argv)
{
    gh_options_t options;

    (void) flags;

    /* Whatever comes of it, an earlier sign-in of this handle is over. */
    if (pam_set_data(pamh, RECORD, NULL, NULL) != PAM_SUCCESS
        || !gh_options_parse(pamh, argc, argv, &options))
    {
        return PAM_SERVICE_ERR;
    }

    return gh_options_code(&options, authenticate(pamh, &options));
}

/*
 * There are no credentials to set.  sshd signs in on one handle and comes here
 * with another, which holds no record: that is no failure.  A refusal is.
 */
PAM_EXTERN int
pam_sm_setcred(pam_handle_t *pamh, int flags, int argc, const char **argv)
{
    const gh_record_t *record = record_get(pamh);

    (void) flags;
    (void) argc;
    (void) argv;

    return record == NULL || auth_code(record->verdict) == PAM_SUCCESS ? PAM_SUCCESS
                                                                       : PAM_IGNORE;
}

/* Tells what is to be told; an expired password is more than a warning. */
static int
account(pam_handle_t *pamh, int flags, const gh_options_t *options)
{
    const gh_record_t *record = record_get(pamh);

    if (record == NULL || !record_is_current(pamh, record)) {
        pam_syslog(pamh, LOG_NOTICE, "account: this user did not sign in here, refused");
        return PAM_AUTH_ERR;
    }

    if ((flags & PAM_SILENT) == 0
        && (record->verdict == GH_VERDICT_EXPIRED || !options->no_warn)) {
        gh_conversation_tell(
            pamh, record->verdict, record->expires_in, record->grace_left, record->portal);
    }

    return account_code(record->verdict);
}

PAM_EXTERN int
pam_sm_acct_mgmt(pam_handle_t *pamh, int flags, int argc, const char **argv)
{
    gh_options_t options;

    if (!gh_options_parse(pamh, argc, argv, &options)) {
        return PAM_SERVICE_ERR;
    }

    return gh_options_code(&options, account(pamh, flags, &options));
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

/* Passwords are changed on the portal: says so, and refuses. */
static int
refer(pam_handle_t *pamh, int flags, const gh_options_t *options)
{
    gh_config_t *config = gh_attempt_config(pamh, options);
    const char  *user = NULL;
    int          code = PAM_SERVICE_ERR;

    if (config != NULL) {
        code = gh_conversation_user(pamh, &user);
    }

    if (code == PAM_SUCCESS && gh_attempt_is_system(pamh, user)) {
        code = PAM_USER_UNKNOWN;

    } else if (code == PAM_SUCCESS) {
        code = PAM_AUTHTOK_ERR;

        if ((flags & PAM_SILENT) == 0) {
            gh_conversation_refer(pamh, config->portal.url);
        }
    }

    gh_config_free(config);

    return code;
}

PAM_EXTERN int
pam_sm_chauthtok(pam_handle_t *pamh, int flags, int argc, const char **argv)
{
    gh_options_t options;

    if (!gh_options_parse(pamh, argc, argv, &options)) {
        return PAM_SERVICE_ERR;
    }

    return gh_options_code(&options, refer(pamh, flags, &options));
}
