/*
 * Stamp: when somebody signed in last, for staff who are asked.
 */
#ifndef GH_ACCOUNT_STAMP_H
#define GH_ACCOUNT_STAMP_H

/* Base. */
#include "base/clock.h"

/* Account. */
#include "account/flow.h"

/* An account is stamped at most this often: a write a sign-in would be dear. */
#define GH_STAMP_PAUSE (24 * 3600 * GH_SECOND)

/* The attribute that holds the stamp. */
#define GH_STAMP_ATTRIBUTE "gatehouseLastSignIn"

/* Whether an entry that was stamped `last` (0: never) is due at `now`. */
bool gh_stamp_is_due(gh_time_t last, gh_time_t now);

/* A flow that stamps the account at `dn`.  NULL when memory is out. */
gh_flow_t *gh_stamp_new(const char *dn, gh_time_t now);

/* The directory's code; stands when the flow is done. */
int gh_stamp_result(const gh_flow_t *flow);

#endif
