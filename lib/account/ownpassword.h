/*
 * Own password: changing one's own over a connection that is bound as oneself.
 *
 *     change it (RFC 3062), then end the temporary one's term and all sessions
 *
 * The directory holds it against its history and quality rules, as it does for
 * everybody who is no administrator.  It takes two steps: as long as a password
 * is temporary a connection may change it and nothing else.
 */
#ifndef GH_ACCOUNT_OWNPASSWORD_H
#define GH_ACCOUNT_OWNPASSWORD_H

/* Base. */
#include "base/clock.h"
#include "base/secret.h"

/* Account. */
#include "account/flow.h"
#include "account/outcome.h"

typedef struct {
    gh_outcome_report_t report;  /* of the change; once DONE it stands */
    int                 settled; /* the directory's code for the second step */
} gh_ownpassword_result_t;

/*
 * A flow for a client that is bound as `dn` (directory/client.h): sets `password`,
 * which stays the caller's.  Sessions that began until `now` end with it.  A second
 * step that fails is made up for at the next sign-in (account/settle.h).  NULL when
 * memory is out.
 */
gh_flow_t *gh_ownpassword_new(const char *dn, const gh_secret_t *password, gh_time_t now);

/* What it came to; stands when the flow is done, lives as long as the flow. */
const gh_ownpassword_result_t *gh_ownpassword_result(const gh_flow_t *flow);

#endif
