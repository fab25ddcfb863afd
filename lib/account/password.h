/*
 * Password: changing one's own, with the current one shown first.
 *
 *     find the entry, bind with the current password, change it
 *
 * An expired password without grace is as good as any to change it with: the
 * directory tells of its expiry only to who knows it.
 */
#ifndef GH_ACCOUNT_PASSWORD_H
#define GH_ACCOUNT_PASSWORD_H

/* Base. */
#include "base/clock.h"
#include "base/secret.h"

/* Config. */
#include "config/config.h"

/* Account. */
#include "account/card.h"
#include "account/flow.h"
#include "account/outcome.h"
#include "account/verdict.h"

/* Part of every assertion under which the gateway sets a password. */
#define GH_PASSWORD_NOT_DISABLED "(!(gatehouseDisabled=TRUE))"

/*
 * Adds to a modify what every new password of the gateway's brings with it: the
 * password, its stamp, the end of a temporary one's term and policy, of a
 * mailed link, and of all sessions that began until `now`.  The caller asserts.
 */
void gh_password_put(gh_request_t *modify, const gh_secret_t *password, gh_time_t now);

typedef struct {
    gh_outcome_report_t report;
    gh_verdict_t        verdict; /* on the current password, once it was shown */
    gh_identity_card_t  who;     /* its strings are NULL before an entry was found */
} gh_password_result_t;

/*
 * A flow that changes the password of `uid` (entryUUID `uuid`) of the realm.
 * Takes both secrets over (NULL afterwards, also on failure).  `config`
 * and `realm` outlive the flow.  Sessions that began until `now` end with it.
 * NULL when memory is out.
 */
gh_flow_t *gh_password_new(const gh_config_t *config, const gh_realm_t *realm, gh_text_t uid,
    gh_text_t uuid, gh_secret_t **current, gh_secret_t **password, gh_time_t now);

/* What it came to; stands when the flow is done, lives as long as the flow. */
const gh_password_result_t *gh_password_result(const gh_flow_t *flow);

#endif
