/*
 * Changes: a password of one's own in place of the one that is in force.
 */
#ifndef GH_PAM_CHANGE_H
#define GH_PAM_CHANGE_H

/* PAM. */
#include "call.h"
#include "record.h"

/*
 * The first phase: whether the call's user may change the password, which changes
 * nothing.  Asks for the one in force, unless the handle's sign-in found that it has to
 * be changed and still knows it.  With PAM_SUCCESS the handle's record has it.
 * Returns a code to return; PAM_TRY_AGAIN when the directory is away.
 */
int gh_change_check(gh_call_t *call);

/*
 * The second phase: asks for a new password, up to three times where it can't be taken,
 * says why not, and changes it.  Returns a code to return.  The record keeps no password
 * afterwards.
 */
int gh_change_update(gh_call_t *call);

/*
 * Ends the temporary password's term and policy, which a change without us has left on
 * the account at `dn`, as its owner.  What fails is logged and left to the next sign-in.
 */
void gh_change_settle(gh_call_t *call, const char *dn, const gh_secret_t *password);

#endif
