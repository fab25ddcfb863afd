/*
 * Recover: a mailed link becomes a new password.
 *
 *     find the token's entry, ask for its question, bind with the answer,
 *     change the password
 *
 * The change asserts the token's digest and removes it, so that a link works
 * once, on however many gateways of one provider.  Nothing before it spends the
 * link: neither a look nor a wrong answer nor a password that is refused.
 */
#ifndef GH_ACCOUNT_RECOVER_H
#define GH_ACCOUNT_RECOVER_H

/* Base. */
#include "base/clock.h"
#include "base/secret.h"

/* Config. */
#include "config/config.h"

/* Account. */
#include "account/card.h"
#include "account/flow.h"
#include "account/outcome.h"

typedef struct {
    /*
     * DONE: the link is good (a look), the password is changed.  USED: no such
     * link, or its hour is over.  DISABLED.  WRONG_ANSWER.  BAD_PASSWORD.
     * READ_ONLY.  UNAVAILABLE.
     */
    gh_outcome_report_t report;
    bool                is_locked; /* with WRONG_ANSWER: no answer is right for a while */
    gh_identity_card_t  who;       /* its strings are NULL before an entry was found */
    char               *question;  /* "" when it can't be shown; NULL: none is asked */
} gh_recover_result_t;

/*
 * A flow that looks whose link it is and what it asks for.  `digest` is that of
 * the link's token (session/token.h); `config` outlives the flow.  NULL when memory
 * is out.
 */
gh_flow_t *gh_recover_look_new(const gh_config_t *config, const char *digest, gh_time_t now);

/*
 * A flow that uses the link.  `answer` is folded (base/fold.h) and may be NULL
 * or empty, which is right only for an account without a question.  `password`
 * has passed the gateway's own rules.  Takes both secrets over (NULL
 * afterwards, also on failure).  Sessions that began until `now` end with it.  NULL when
 * memory is out.
 */
gh_flow_t *gh_recover_new(const gh_config_t *config, const char *digest, gh_secret_t **answer,
    gh_secret_t **password, gh_time_t now);

/* What either came to; stands when the flow is done, lives as long as the flow. */
const gh_recover_result_t *gh_recover_result(const gh_flow_t *flow);

#endif
