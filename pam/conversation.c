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

int
gh_conversation_password(pam_handle_t *pamh, bool may_ask, const char **password)
{
    const void *earlier = NULL;
    int         rc = pam_get_item(pamh, PAM_AUTHTOK, &earlier);

    *password = earlier;

    if (earlier == NULL && may_ask) {
        rc = pam_get_authtok(pamh, PAM_AUTHTOK, password, NULL);
    }

    if (rc != PAM_SUCCESS || *password == NULL) {
        *password = NULL;
        return conversation_code(rc);
    }

    return PAM_SUCCESS;
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
gh_conversation_tell(pam_handle_t *pamh, gh_verdict_t verdict, long expires_in, long grace_left,
    const char *portal)
{
    switch (verdict) {

    case GH_VERDICT_EXPIRING:
        tell_expiring(pamh, expires_in);
        break;

    case GH_VERDICT_GRACE:
        pam_info(pamh,
            "Your password has expired; %ld more sign-in%s possible.  Change it at %s",
            grace_left, grace_left == 1 ? " is" : "s are", portal);
        break;

    case GH_VERDICT_MUST_CHANGE:
        pam_info(pamh, "Your password is temporary.  Choose your own at %s", portal);
        break;

    case GH_VERDICT_EXPIRED:
        pam_error(pamh, "Your password has expired.  Change it at %s", portal);
        break;

    default:
        break;
    }
}

void
gh_conversation_refer(pam_handle_t *pamh, const char *portal)
{
    pam_error(pamh, "Passwords are changed at %s", portal);
}
