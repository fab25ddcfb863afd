/*
 * State: what the entry of an account says about getting in with it.
 */
#ifndef GH_ACCOUNT_STATE_H
#define GH_ACCOUNT_STATE_H

/* Base. */
#include "base/clock.h"

/* Directory. */
#include "directory/answer.h"

typedef enum {
    GH_STATE_UNKNOWN = 0, /* no entry */
    GH_STATE_OPEN,
    GH_STATE_TEMPORARY,   /* pwdReset: to be changed first */
    GH_STATE_NO_PASSWORD, /* no gatehousePasswordSet */
    GH_STATE_LOCKED,      /* pwdAccountLockedTime, by wrong guesses */
    GH_STATE_ENDED,       /* pwdEndTime has come */
    GH_STATE_DISABLED,    /* gatehouseDisabled, by staff */
    GH_STATE_COUNT        /* how many there are */
} gh_state_t;

/* The attributes that gh_state_of reads, for a search; NULL-ended. */
#define GH_STATE_ATTRIBUTES                                                \
    "gatehouseDisabled", "gatehousePasswordSet", "pwdEndTime", "pwdReset", \
        "pwdAccountLockedTime"

/* For who comes without a password: locks from wrong guesses don't count. */
#define GH_STATE_NO_LOCKS (-1)

/*
 * The state of the account at `now`; where several hold, the one that stands
 * last in gh_state_t.  A lock ends `lockout` seconds after it began (0: never),
 * which is the policies' pwdLockoutDuration.  A time that can't be read counts
 * against the account.
 */
gh_state_t gh_state_of(const gh_entry_t *entry, gh_time_t now, long lockout);

#endif
