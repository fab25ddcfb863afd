/*
 * Profile: changing what one says of oneself.
 *
 *     find the entry, with a new mail address bind with the current
 *     password, change what differs
 *
 * Whoever has the mail address has the account, by a mailed link: so a session
 * alone does not change it.  A new one makes a link void that went to the old.
 */
#ifndef GH_ACCOUNT_PROFILE_H
#define GH_ACCOUNT_PROFILE_H

/* Base. */
#include "base/clock.h"
#include "base/secret.h"

/* Config. */
#include "config/config.h"

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
 * was typed: editable attributes and no others.  Takes the secret over (NULL
 * afterwards, also on failure), the current password, which may be empty where
 * the mail address stays.  Copies the rest; `config` and the realm outlive the flow.
 *
 * Besides DONE (also when nothing differs), its outcomes are WRONG_PASSWORD (also
 * for an empty one, without a bind), GONE, DISABLED, MAIL_TAKEN, BAD_VALUE,
 * READ_ONLY and UNAVAILABLE; then nothing was changed, but for UNAVAILABLE, where
 * nobody knows.  NULL when memory is out or a value holds a NUL byte.
 */
gh_flow_t *gh_profile_new(const gh_config_t *config, const gh_realm_t *realm, gh_text_t uid,
    gh_text_t uuid, const gh_typed_t *typed, size_t count, gh_secret_t **current,
    gh_time_t now);

/* What it came to; stands when the flow is done, lives as long as the flow. */
const gh_profile_result_t *gh_profile_result(const gh_flow_t *flow);

#endif
