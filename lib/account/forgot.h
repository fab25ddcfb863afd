/*
 * Forgot: somebody asks for a link to set a new password.
 *
 * Two flows.  The first is one search and says to whom a link may be mailed; the
 * person gets the same sentence whatever it found.  The second writes the
 * token's digest and runs without the request that caused it, so that time
 * tells nothing either.
 */
#ifndef GH_ACCOUNT_FORGOT_H
#define GH_ACCOUNT_FORGOT_H

/* Base. */
#include "base/clock.h"

/* Account. */
#include "account/card.h"
#include "account/flow.h"
#include "account/outcome.h"

/* How long a mailed link works, µs. */
#define GH_FORGOT_LIFETIME (3600 * GH_SECOND)

typedef struct {
    /*
     * DONE: a link may go to who.mail.  GONE: nobody, or several accounts have
     * that address.  DISABLED.  BAD_VALUE: no mail address on file.
     * UNAVAILABLE.
     */
    gh_outcome_report_t report;
    gh_identity_card_t  who; /* its strings are NULL unless one entry was found */
} gh_forgot_result_t;

/*
 * A flow that finds the account of what was typed: a user name of the realm in
 * any of its spellings, or else a mail address.  An address that several
 * accounts share names none of them.  The realm outlives the flow.  NULL when
 * memory is out.
 */
gh_flow_t *gh_forgot_new(const gh_realm_t *realm, gh_text_t typed);

/* What it came to; stands when the flow is done, lives as long as the flow. */
const gh_forgot_result_t *gh_forgot_result(const gh_flow_t *flow);

/*
 * A flow that makes the link with this digest the one outstanding link of the
 * account at `dn`, for an hour from `now`.  A disabled account gets none (USED).
 * NULL when memory is out.
 */
gh_flow_t *gh_forgot_link_new(const char *dn, const char *digest, gh_time_t now);

/* What it came to: DONE, or why there is no link.  Lives as long as the flow. */
const gh_outcome_report_t *gh_forgot_link_result(const gh_flow_t *flow);

#endif
