/*
 * Conversation: what is asked of the person, and what they are told.
 */
#ifndef GH_PAM_CONVERSATION_H
#define GH_PAM_CONVERSATION_H

/* System. */
#include <security/pam_modules.h>
#include <stdbool.h>

/* Account. */
#include "account/verdict.h"

/*
 * The user name, PAM's own copy; never empty.  Returns PAM_SUCCESS, or a code to
 * return with `*user` NULL.
 */
int gh_conversation_user(pam_handle_t *pamh, const char **user);

/*
 * The password, PAM's own copy: what an earlier module asked for, or else, if
 * `may_ask`, what the person answers now.  Returns as above.
 */
int gh_conversation_password(pam_handle_t *pamh, bool may_ask, const char **password);

/*
 * Tells the person what the verdict means for their password; says nothing for
 * verdicts that have nothing to tell.  `expires_in` is in seconds, `grace_left`
 * counts sign-ins, `portal` is its address.
 */
void gh_conversation_tell(pam_handle_t *pamh, gh_verdict_t verdict, long expires_in,
    long grace_left, const char *portal);

/* Says that passwords are changed on the portal. */
void gh_conversation_refer(pam_handle_t *pamh, const char *portal);

#endif
