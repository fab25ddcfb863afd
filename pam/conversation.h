/*
 * Conversation: what is asked of the person, and what they are told.
 *
 * Nothing is told where `flags` has PAM_SILENT.
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
 * `may_ask`, what the person answers now.  `*was_there` says which.  Returns as above.
 */
int gh_conversation_password(
    pam_handle_t *pamh, bool may_ask, const char **password, bool *was_there);

/* The same for the password in force, when it is to be changed. */
int gh_conversation_current(pam_handle_t *pamh, bool may_ask, const char **password);

/*
 * The same for a new one, asked for twice.  PAM_TRY_AGAIN: they were not the same.
 * Without `may_ask` the one that an earlier module has set.
 */
int gh_conversation_new(pam_handle_t *pamh, bool may_ask, const char **password);

/*
 * Tells the person what the verdict means for their password; says nothing for
 * verdicts that have nothing to tell.  `expires_in` is in seconds, `grace_left`
 * counts sign-ins, `portal` is its address.
 */
void gh_conversation_tell(pam_handle_t *pamh, int flags, gh_verdict_t verdict, long expires_in,
    long grace_left, const char *portal);

/* Says that the account may not use this service. */
void gh_conversation_forbid(pam_handle_t *pamh, int flags);

/* Says why a new password can't be taken. */
void gh_conversation_refuse(pam_handle_t *pamh, int flags, const char *reason);

/* Says that whoever was refused often has to wait so many seconds. */
void gh_conversation_wait(pam_handle_t *pamh, int flags, long seconds);

/* Says that the password can't be changed here, but on the portal. */
void gh_conversation_refer(pam_handle_t *pamh, int flags, const char *portal);

/* Says that nobody knows whether the password was changed. */
void gh_conversation_unsure(pam_handle_t *pamh, int flags, const char *portal);

#endif
