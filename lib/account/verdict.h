/*
 * Verdicts: what a sign-in comes to.
 *
 * One table, in verdict.c, maps what the directory said to a verdict; each
 * shell maps verdicts to its own world in one function.
 */
#ifndef GH_ACCOUNT_VERDICT_H
#define GH_ACCOUNT_VERDICT_H

/* Directory. */
#include "directory/answer.h"

/* Account. */
#include "account/state.h"

typedef enum {
    GH_VERDICT_DENY = 0, /* undecided, or something that can't be */
    GH_VERDICT_SIGNED_IN,
    GH_VERDICT_EXPIRING,    /* in; the password ends in N seconds */
    GH_VERDICT_GRACE,       /* in; expired, N sign-ins left */
    GH_VERDICT_MUST_CHANGE, /* right password, but a temporary one */
    GH_VERDICT_EXPIRED,     /* right password, expired, no grace left */
    GH_VERDICT_WRONG_PASSWORD,
    GH_VERDICT_UNKNOWN,     /* nobody by that name */
    GH_VERDICT_NO_PASSWORD, /* on file, no password set yet */
    GH_VERDICT_ENDED,       /* a temporary password past its end */
    GH_VERDICT_LOCKED,      /* too many wrong guesses */
    GH_VERDICT_DISABLED,    /* by staff */
    GH_VERDICT_FORBIDDEN,   /* may sign in, but not here: the service's rule */
    GH_VERDICT_UNAVAILABLE, /* the directory could not say */
    GH_VERDICT_COUNT        /* how many there are */
} gh_verdict_t;

/*
 * The verdict on a bind's answer, given the state of the entry bound to.
 *
 * Nothing but result 0 ever leads to SIGNED_IN, EXPIRING, GRACE or
 * MUST_CHANGE.  What the table does not name is DENY.
 */
gh_verdict_t gh_verdict(const gh_answer_t *bind, gh_state_t state);

/* Whether the directory hashed the password to give this answer. */
bool gh_verdict_was_hashed(const gh_answer_t *bind, gh_state_t state);

/* Whether the person is in: SIGNED_IN, EXPIRING, GRACE. */
bool gh_verdict_is_in(gh_verdict_t verdict);

/* A word for logs: `signed-in`, `wrong-password`, ... */
const char *gh_verdict_name(gh_verdict_t verdict);

#endif
