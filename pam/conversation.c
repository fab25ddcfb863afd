/*
 * Conversation: Linux-PAM's own prompts, and our sentences.
 */

/* System. */
#include <security/pam_ext.h>

/* PAM. */
#include "conversation.h"

#define HOUR 3600L
#define DAY  (24 * HOUR)

/* An application that answers later gets asked again; no answer is a refusal. */
static int
conversation_code(int code)
{
    return code == PAM_CONV_AGAIN ? PAM_INCOMPLETE : PAM_AUTH_ERR;
}

int
gh_conversation_user(pam_handle_t *pamh, const char **user)
{
    int rc = pam_get_user(pamh, user, NULL);

    if (rc != PAM_SUCCESS || *user == NULL) {
        *user = NULL;
        return conversation_code(rc);
    }

    if ((*user)[0] == '\0') {
        *user = NULL;
        return PAM_USER_UNKNOWN;
    }

    return PAM_SUCCESS;
}

/* What an item holds, or else what the person answers; as gh_conversation_password. */
static int
conversation_token(
    pam_handle_t *pamh, int item, bool may_ask, const char **password, bool *was_there)
{
    const void *earlier = NULL;
    int         rc = pam_get_item(pamh, item, &earlier);

    *password = earlier;
    *was_there = earlier != NULL;

    if (earlier == NULL && may_ask) {
        rc = pam_get_authtok(pamh, item, password, NULL);
    }

    if (rc != PAM_SUCCESS || *password == NULL) {
        *password = NULL;
        return rc == PAM_TRY_AGAIN ? rc : conversation_code(rc);
    }

    return PAM_SUCCESS;
}

int
gh_conversation_password(
    pam_handle_t *pamh, bool may_ask, const char **password, bool *was_there)
{
    return conversation_token(pamh, PAM_AUTHTOK, may_ask, password, was_there);
}

int
gh_conversation_current(pam_handle_t *pamh, bool may_ask, const char **password)
{
    bool was_there;

    return conversation_token(pamh, PAM_OLDAUTHTOK, may_ask, password, &was_there);
}

int
gh_conversation_new(pam_handle_t *pamh, bool may_ask, const char **password)
{
    bool was_there;
    int  rc = conversation_token(pamh, PAM_AUTHTOK, may_ask, password, &was_there);

    return rc == PAM_AUTH_ERR ? PAM_AUTHTOK_ERR : rc;
}

static void
tell_expiring(pam_handle_t *pamh, long seconds)
{
    if (seconds < HOUR) {
        pam_info(pamh, "Your password expires in less than an hour.");
    } else if (seconds < 2 * DAY) {
        pam_info(pamh, "Your password expires in %ld hours.", seconds / HOUR);
    } else {
        pam_info(pamh, "Your password expires in %ld days.", seconds / DAY);
    }
}

void
gh_conversation_tell(pam_handle_t *pamh, int flags, gh_verdict_t verdict, long expires_in,
    long grace_left, const char *portal)
{
    if ((flags & PAM_SILENT) != 0) {
        return;
    }

    switch (verdict) {

    case GH_VERDICT_EXPIRING:
        tell_expiring(pamh, expires_in);
        break;

    case GH_VERDICT_GRACE:
        pam_info(pamh,
            "Your password has expired; %ld more sign-in%s possible.  Change it now, or at %s",
            grace_left, grace_left == 1 ? " is" : "s are", portal);
        break;

    case GH_VERDICT_MUST_CHANGE:
        pam_info(pamh, "Your password is temporary.  Choose your own now, or at %s", portal);
        break;

    case GH_VERDICT_EXPIRED:
        pam_error(pamh, "Your password has expired.  Change it at %s", portal);
        break;

    default:
        break;
    }
}

void
gh_conversation_forbid(pam_handle_t *pamh, int flags)
{
    if ((flags & PAM_SILENT) == 0) {
        pam_error(pamh, "Your account is not for this service.");
    }
}

void
gh_conversation_refuse(pam_handle_t *pamh, int flags, const char *reason)
{
    if ((flags & PAM_SILENT) == 0) {
        pam_error(pamh, "%s", reason);
    }
}

void
gh_conversation_wait(pam_handle_t *pamh, int flags, long seconds)
{
    if ((flags & PAM_SILENT) == 0) {
        pam_error(pamh, "Too many attempts.  Please try again in %ld second%s.", seconds,
            seconds == 1 ? "" : "s");
    }
}

void
gh_conversation_refer(pam_handle_t *pamh, int flags, const char *portal)
{
    if ((flags & PAM_SILENT) == 0) {
        pam_error(pamh, "Your password can't be changed here.  Change it at %s", portal);
    }
}

void
gh_conversation_unsure(pam_handle_t *pamh, int flags, const char *portal)
{
    if ((flags & PAM_SILENT) == 0) {
        pam_error(pamh,
            "The directory gave no answer: your password may have changed or not.  "
            "Try both, or go to %s",
            portal);
    }
}
