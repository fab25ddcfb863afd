/*
 * First sign-in: a password of one's own in place of a temporary one, with the
 * security question and whatever the entry lacks.
 *
 *     find the entry, change it, store the question
 *
 * The change holds only while the temporary password is in force, so a ticket
 * for it works once.
 */
#ifndef GH_ACCOUNT_FIRSTSIGNIN_H
#define GH_ACCOUNT_FIRSTSIGNIN_H

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
    gh_text_t         uid;
    gh_text_t         uuid;  /* entryUUID */
    const gh_typed_t *typed; /* what the entry has already stays as it is */
    size_t            typed_count;
    gh_text_t         question; /* the security question; empty: none */
} gh_firstsignin_form_t;

typedef struct {
    gh_outcome_report_t report;
    gh_identity_card_t  who;          /* its strings are NULL before an entry was found */
    bool                has_question; /* with DONE: the question was stored */
} gh_firstsignin_result_t;

/*
 * A flow that ends the temporary password of an account of `realm`.  Takes both
 * secrets over (NULL afterwards, also on failure); `*answer`, folded, may be
 * NULL where there is no question.  Copies the form; `config` and `realm` outlive the
 * flow.  Sessions that began until `now` end with it.
 *
 * Besides DONE, its outcomes are USED (no temporary password is in force), GONE,
 * DISABLED, BAD_PASSWORD (GH_POLICY_IN_HISTORY for the temporary one again),
 * MAIL_TAKEN, BAD_VALUE, READ_ONLY and UNAVAILABLE.  NULL when memory is out or
 * a value holds a NUL byte.
 */
gh_flow_t *gh_firstsignin_new(const gh_config_t *config, const gh_realm_t *realm,
    const gh_firstsignin_form_t *form, gh_secret_t **password, gh_secret_t **answer,
    gh_time_t now);

/*
 * A flow for somebody signed in who has no security question: stores it and
 * nothing else.  USED when there is one already, which stays.  Otherwise as
 * above.
 */
gh_flow_t *gh_firstsignin_question_new(const gh_config_t *config, const gh_realm_t *realm,
    const gh_firstsignin_form_t *form, gh_secret_t **answer);

/* What it came to; stands when the flow is done, lives as long as the flow. */
const gh_firstsignin_result_t *gh_firstsignin_result(const gh_flow_t *flow);

#endif
