/*
 * Sign in: a user name and a password become a verdict and an identity.
 *
 * Where the DN follows from the user name, search and bind go out side by
 * side.  Every refusal costs the directory two binds and one hash: after one
 * that it gave without hashing comes a bind as the decoy, after a hashed one
 * a bind as nobody.
 */
#ifndef GH_ACCOUNT_SIGNIN_H
#define GH_ACCOUNT_SIGNIN_H

/* Base. */
#include "base/clock.h"
#include "base/secret.h"

/* Config. */
#include "config/config.h"

/* Account. */
#include "account/card.h"
#include "account/flow.h"
#include "account/verdict.h"

typedef struct {
    gh_verdict_t       verdict;
    gh_identity_card_t who;        /* its strings are NULL before an entry was found */
    long               expires_in; /* s, with GH_VERDICT_EXPIRING */
    long               grace_left; /* sign-ins, with GH_VERDICT_GRACE */
    gh_time_t          last;       /* when they were stamped last (account/stamp.h); 0: never */
    bool               lacks_question; /* the directory says that none is stored */
    bool               is_unsettled;   /* a temporary password's policy outlived it */
    int result; /* the directory's code, for the log, with UNAVAILABLE and DENY */
} gh_signin_result_t;

/*
 * A flow that signs `typed` in to `realm`.  Takes the secret over (`*password`
 * is NULL afterwards, also on failure).  `config` and `realm` outlive the flow.
 * An empty or overlong password is refused before anything is sent.  `now` is
 * what the entry's times are held against.  NULL when memory is out.
 */
gh_flow_t *gh_signin_new(const gh_config_t *config, const gh_realm_t *realm, gh_text_t typed,
    gh_secret_t **password, gh_time_t now);

/* What it came to; stands when the flow is done, lives as long as the flow. */
const gh_signin_result_t *gh_signin_result(const gh_flow_t *flow);

#endif
