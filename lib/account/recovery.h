/*
 * Recovery: the entry of the security question, `cn=recovery` below a person.
 *
 * The answer is that entry's password, so that giving it is a bind: slapd
 * hashes it, counts wrong ones and locks.  An answer is given here as it is
 * bound with, folded.
 */
#ifndef GH_ACCOUNT_RECOVERY_H
#define GH_ACCOUNT_RECOVERY_H

/* Base. */
#include "base/buf.h"
#include "base/secret.h"

/* Directory. */
#include "directory/request.h"

/*
 * Appends the DN of the recovery entry of the person at `dn`.  Returns 0 or
 * what gh_dn_child returned.
 */
int gh_recovery_dn(gh_buf_t *out, const char *dn);

/*
 * Each builds a request that the caller frees, for the person at `dn`.  The
 * add names its own password policy, cn=recovery,ou=policies below `base` (the
 * tree's, from the settings): without it a short answer is refused.  NULL when
 * memory is out; gh_request_is_ok() tells whether it is whole.
 */
gh_request_t *gh_recovery_add(
    const char *base, const char *dn, gh_text_t question, const gh_secret_t *answer);
gh_request_t *gh_recovery_modify(const char *dn, gh_text_t question, const gh_secret_t *answer);

#endif
