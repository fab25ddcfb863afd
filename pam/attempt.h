/*
 * Attempts: whether the call's user may in, with a password or without one.
 */
#ifndef GH_PAM_ATTEMPT_H
#define GH_PAM_ATTEMPT_H

/* PAM. */
#include "call.h"
#include "record.h"

/*
 * Signs the call's user in with `password`, which is not empty, in one realm after the
 * other and by the service's rule; logs what came of it and fills `record`, which is
 * empty before.  Whoever was refused often waits: then the directory is not asked
 * and the verdict is DENY.  Returns PAM_SUCCESS when the verdict stands, or a code
 * to return.
 *
 * The record keeps the password if it is right and `keeps`, or if it has to be
 * changed.
 */
int gh_attempt(gh_call_t *call, const char *password, bool keeps, gh_record_t *record);

/*
 * The same for a user whom another module or program has signed in, without a
 * password (account/admit.h).
 */
int gh_attempt_admit(gh_call_t *call, gh_record_t *record);

#endif
