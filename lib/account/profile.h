/*
 * Profile: changing what one says of oneself.
 *
 *     find the entry, change what differs
 *
 * A new mail address makes a mailed password reset link void, since it went to
 * the old one.
 */
#ifndef GH_ACCOUNT_PROFILE_H
#define GH_ACCOUNT_PROFILE_H

/* Config. */
#include "config/realm.h"

/* Account. */
#include "account/card.h"
#include "account/flow.h"
#include "account/outcome.h"
#include "account/typed.h"

typedef struct {
    gh_outcome_report_t report;
    gh_identity_card_t  who;      /* with DONE as it is now; NULL strings: nobody found */
    char               *old_mail; /* the address that was replaced; NULL: none was */
} gh_profile_result_t;

/*
 * A flow that changes the account `uid` (entryUUID `uuid`) of `realm` to what
 * was typed: editable attributes and no others.  Copies its arguments; the realm
 * outlives the flow.
 *
 * Besides DONE (also when nothing differs), its outcomes are GONE, DISABLED,
 * MAIL_TAKEN, BAD_VALUE, READ_ONLY and UNAVAILABLE; then nothing was changed, but
 * for UNAVAILABLE, where nobody knows.  NULL when memory is out or a value
 * holds a NUL byte.
 */
gh_flow_t *gh_profile_new(const gh_realm_t *realm, gh_text_t uid, gh_text_t uuid,
    const gh_typed_t *typed, size_t count);

/* What it came to; stands when the flow is done, lives as long as the flow. */
const gh_profile_result_t *gh_profile_result(const gh_flow_t *flow);

#endif
