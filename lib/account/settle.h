/*
 * Settle: the end of a temporary password's term and policy, where its owner has
 * chosen another one by the directory's own means (RFC 3062).
 *
 * Such a change leaves them standing, and the new password would die with the
 * temporary one.
 */
#ifndef GH_ACCOUNT_SETTLE_H
#define GH_ACCOUNT_SETTLE_H

/* Config. */
#include "config/config.h"

/* Account. */
#include "account/flow.h"

/* The attribute that gh_settle_is_due reads beside those of the state, for a search. */
#define GH_SETTLE_ATTRIBUTE "pwdPolicySubentry"

/* The gateway's assertion: nothing was issued anew, and nobody was shut out. */
#define GH_SETTLE_UNCHANGED "(&(!(pwdReset=TRUE))(!(gatehouseDisabled=TRUE)))"

/* Appends the DN of the policy for temporary passwords.  Returns 0 or GH_ERR_NOMEM. */
int gh_settle_policy(const gh_config_t *config, gh_buf_t *out);

/* Whether the entry has that policy, and a password of its owner's. */
bool gh_settle_is_due(const gh_config_t *config, const gh_entry_t *entry);

/* Adds the end of both to a modify; holds where there is nothing to end. */
void gh_settle_put(gh_request_t *modify);

/*
 * A flow that ends both on the account at `dn`, if `assertion` holds there.  NULL is
 * for who is bound as that person: the directory's rules assert it then.  NULL
 * when memory is out.
 */
gh_flow_t *gh_settle_new(const char *dn, const char *assertion);

/* The directory's code; stands when the flow is done. */
int gh_settle_result(const gh_flow_t *flow);

#endif
