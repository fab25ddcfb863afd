/*
 * Rules: whether somebody's entry is as a service asks for.
 *
 *     search the entry with the rule's filter
 */
#ifndef GH_ACCOUNT_RULE_H
#define GH_ACCOUNT_RULE_H

/* Base. */
#include "base/clock.h"

/* Account. */
#include "account/flow.h"
#include "account/verdict.h"

/*
 * A flow that holds the entry at `dn` against `filter` (RFC 4515).  In it `%{now}`
 * stands for the time `now` and `%{today}` for 00:00 UTC of that day, both as
 * generalized time.  NULL when memory is out.
 */
gh_flow_t *gh_rule_new(const char *dn, const char *filter, gh_time_t now);

/*
 * SIGNED_IN when it holds, FORBIDDEN when it does not or can't be decided from what
 * the identity may read, UNAVAILABLE; stands when the flow is done.
 */
gh_verdict_t gh_rule_verdict(const gh_flow_t *flow);

/* The directory's code, for the log, with UNAVAILABLE. */
int gh_rule_result(const gh_flow_t *flow);

#endif
