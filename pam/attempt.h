/*
 * Attempts: one sign-in with PAM's user name and password.
 */
#ifndef GH_PAM_ATTEMPT_H
#define GH_PAM_ATTEMPT_H

/* System. */
#include <security/pam_modules.h>

/* Config. */
#include "config/config.h"

/* Account. */
#include "account/verdict.h"

/* PAM. */
#include "options.h"

/* What came of it; one of all zeros denies. */
typedef struct {
    gh_verdict_t verdict;
    long         expires_in; /* seconds, with GH_VERDICT_EXPIRING */
    long         grace_left; /* sign-ins, with GH_VERDICT_GRACE */
    char        *user;       /* as the directory spells it when it let somebody in,
                                   else as typed; NULL: nobody was named */
    char        *portal;     /* where passwords are changed */
} gh_record_t;

/* NULL is fine. */
void gh_record_free(gh_record_t *record);

/*
 * The configuration, checked for all that this module needs of it.  NULL when
 * something is wrong, which is logged; the caller frees it.
 */
gh_config_t *gh_attempt_config(pam_handle_t *pamh, const gh_options_t *options);

/*
 * Whether the name is an account of the system's: whoever registers as `root`
 * on the portal must not become root here.
 */
bool gh_attempt_is_system(pam_handle_t *pamh, const char *name);

/*
 * Asks for what PAM does not have yet, then the directory, within the
 * configuration's timeout; logs what came of it and fills `record`, which is
 * all zeros before.  Returns PAM_SUCCESS when the verdict stands, or a code to
 * return.
 */
int gh_attempt(pam_handle_t *pamh, const gh_options_t *options, const gh_config_t *config,
    gh_record_t *record);

#endif
