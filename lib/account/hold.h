/*
 * Hold: one session held against the entry of the person whose it is.
 *
 * A gateway that can't know by itself which sessions have ended asks so for each.
 */
#ifndef GH_ACCOUNT_HOLD_H
#define GH_ACCOUNT_HOLD_H

/* Base. */
#include "base/clock.h"

/* Config. */
#include "config/realm.h"

/* Account. */
#include "account/flow.h"

typedef enum {
    GH_HOLD_UNKNOWN = 0, /* the directory could not say */
    GH_HOLD_ENDED,       /* by a mark, with the account, or by whoever disabled it */
    GH_HOLD_ALIVE
} gh_hold_t;

/*
 * A flow that looks whether a session of the account `uid` (entryUUID `uuid`) of
 * `realm` has ended: the one that began at `begun` (µs) with the id `session`
 * (hex digits).  A time on the entry that can't be read ends it.  Copies the texts;
 * the realm outlives the flow.  NULL when memory is out.
 */
gh_flow_t *gh_hold_new(const gh_realm_t *realm, gh_text_t uid, gh_text_t uuid,
    const char *session, gh_time_t begun);

/* What it came to; stands when the flow is done. */
gh_hold_t gh_hold_result(const gh_flow_t *flow);

#endif
