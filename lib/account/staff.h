/*
 * Staff: what people at the counter do with somebody's account.
 *
 *     find the account in its realm, change it; of a temporary password, look
 *     whether the directory marked it as one
 *
 * These flows run as the identity of staff, never as the gateway's: only a
 * password that is set with the right to manage becomes a temporary one.
 */
#ifndef GH_ACCOUNT_STAFF_H
#define GH_ACCOUNT_STAFF_H

/* Base. */
#include "base/clock.h"
#include "base/secret.h"

/* Config. */
#include "config/config.h"

/* Account. */
#include "account/card.h"
#include "account/flow.h"
#include "account/outcome.h"

#define GH_STAFF_DAYS_DEFAULT 3 /* of a temporary password */
#define GH_STAFF_DAYS_MAX     14

typedef enum {
    GH_STAFF_SHOW = 0,      /* look, and change nothing */
    GH_STAFF_TEMP_PASSWORD, /* ends links and sessions, too */
    GH_STAFF_UNLOCK,        /* forgets wrong passwords */
    GH_STAFF_DISABLE,       /* ends links and sessions, too */
    GH_STAFF_ENABLE,        /* a temporary password stays ended */
    GH_STAFF_REVOKE,        /* ends sessions, and nothing else */
    GH_STAFF_ACTIONS        /* how many there are */
} gh_staff_action_t;

typedef struct {
    /*
     * DONE.  GONE: nobody by that name.  TAKEN: several realms have it.
     * DISABLED: no temporary password for that one.  UNDECIDED: the directory
     * did not mark the password as temporary; `who` may not have it.  READ_ONLY:
     * not with these rights.  UNAVAILABLE.
     */
    gh_outcome_report_t report;
    gh_identity_card_t  who;          /* its strings are NULL before an entry was found */
    const gh_entry_t   *entry;        /* as it was before; NULL likewise */
    bool                is_unchanged; /* with DONE: it was so already */
} gh_staff_result_t;

/*
 * A flow that does `action` with `user`: a user name in any of its spellings, or
 * `realm:name`.  `password` is set by TEMP_PASSWORD, which takes it over (NULL
 * afterwards, also on failure) and lets it end at `end`; NULL with the others.
 * `config` outlives the flow.  NULL when memory is out.
 */
gh_flow_t *gh_staff_new(const gh_config_t *config, gh_text_t user, gh_staff_action_t action,
    gh_secret_t **password, gh_time_t end, gh_time_t now);

/* What it came to; stands when the flow is done, lives as long as the flow. */
const gh_staff_result_t *gh_staff_result(const gh_flow_t *flow);

#endif
