/*
 * Throttle: refusals, counted in a file of root's.
 *
 * Whoever calls from elsewhere counts by their address, so that nobody else's account
 * can be shut that way; a call without an address counts for the name.  A caller
 * that is not root can't keep such a file from its own user, and has slapd's lockout
 * alone.  A file that can't be used is logged, and nobody waits; but a
 * program that somebody else started and that became root, such as su, refuses then.
 */
#ifndef GH_PAM_THROTTLE_H
#define GH_PAM_THROTTLE_H

/* System. */
#include <stdint.h>

/* PAM. */
#include "call.h"

/* Bytes of a digest (SHA-256, FIPS 180-4). */
#define GH_THROTTLE_DIGEST 32

/* Whom one try counts for. */
typedef struct {
    const gh_call_t *call;
    bool             counts;    /* false: nobody is counted here */
    bool             is_strict; /* what can't be counted is refused */
    unsigned char    who[GH_THROTTLE_DIGEST];
} gh_throttle_t;

/* Finds out for whom tries of the call's user count.  The call outlives it. */
void gh_throttle_begin(gh_throttle_t *throttle, const gh_call_t *call);

/* No try may be made, since its refusal could not be counted. */
#define GH_THROTTLE_NEVER (-1L)

/* Seconds to wait before the next try; 0: none; or GH_THROTTLE_NEVER. */
long gh_throttle_wait(const gh_throttle_t *throttle);

/* Counts a refusal. */
void gh_throttle_refused(const gh_throttle_t *throttle);

#endif
