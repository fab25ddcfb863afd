/*
 * Register: setting up an account.
 *
 *     look whether the name is free, add the account, add its security
 *     question, read who it is
 *
 * The one add decides: two who ask for the same name at the same time get one
 * account.  A question that could not be stored leaves the account whole; it
 * is asked for at the next sign-in.
 */
#ifndef GH_ACCOUNT_REGISTER_H
#define GH_ACCOUNT_REGISTER_H

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
    gh_text_t         username; /* as it was typed */
    const gh_typed_t *typed;    /* cn and sn follow from it where they are not among it */
    size_t            typed_count;
    bool              is_contractor; /* the user name is a license number */
    gh_text_t         question;      /* the security question; empty: none */
} gh_register_form_t;

typedef struct {
    gh_outcome_report_t report;
    gh_identity_card_t  who;          /* with DONE; strings NULL when it could not be read */
    bool                has_question; /* with DONE: the question was stored */
} gh_register_result_t;

/*
 * A flow that sets up an account in `realm`.  Takes both secrets over (NULL
 * afterwards, also on failure); `*answer`, folded, may be NULL where there is no
 * question.  Copies the form; `config` and `realm` outlive the flow.
 *
 * Besides DONE, TAKEN, ON_FILE, MAIL_TAKEN and BAD_PASSWORD, its outcomes are
 * BAD_VALUE (with `uid` for a user name that can't be one of this realm),
 * READ_ONLY and UNAVAILABLE.  NULL when memory is out or a value holds a NUL byte.
 */
gh_flow_t *gh_register_new(const gh_config_t *config, const gh_realm_t *realm,
    const gh_register_form_t *form, gh_secret_t **password, gh_secret_t **answer,
    gh_time_t now);

/* What it came to; stands when the flow is done, lives as long as the flow. */
const gh_register_result_t *gh_register_result(const gh_flow_t *flow);

#endif
