/*
 * Calls: what every entry point of the module begins with and ends with.
 */
#ifndef GH_PAM_CALL_H
#define GH_PAM_CALL_H

/* System. */
#include <security/pam_modules.h>

/* Config. */
#include "config/config.h"

/* Directory. */
#include "directory/client.h"

/* Account. */
#include "account/flow.h"

/* PAM. */
#include "options.h"

/* One call of PAM's; nothing of it outlives gh_call_end. */
typedef struct {
    pam_handle_t       *pamh;
    int                 flags; /* PAM_SILENT and others */
    gh_options_t        options;
    gh_config_t        *config;
    const gh_service_t *service; /* the rule for this PAM service; NULL: there is none */
    const char         *user;    /* PAM's own copy; NULL before gh_call_user */
    gh_client_t        *client;  /* as the identity of section pam; NULL before its first use */
    int64_t             deadline; /* of what the directory is asked, monotonic ms */
} gh_call_t;

/*
 * Reads the options.  Returns PAM_SUCCESS or a code to return, with the fault logged;
 * gh_call_end follows in any case.
 */
int gh_call_begin(gh_call_t *call, pam_handle_t *pamh, int flags, int argc, const char **argv);

/*
 * Reads the configuration and checks it for all that this module needs.  Returns as
 * above.  What is declared below needs it.
 */
int gh_call_configure(gh_call_t *call);

/* Frees what the call holds and closes its connections. */
void gh_call_end(gh_call_t *call);

/* Finds out the user.  Returns PAM_SUCCESS or a code to return. */
int gh_call_user(gh_call_t *call);

/*
 * Has PAM go on under another spelling of the user's name, which is copied.  Returns as
 * above.
 */
int gh_call_rename(gh_call_t *call, const char *name);

/*
 * Whether the name is an account of the system's: whoever registers as `root` on the
 * portal must not become root here.
 */
bool gh_call_is_system(const gh_call_t *call, const char *name);

/*
 * The realms to look in, in their order, one a turn with `*next` 0 at first; NULL
 * at the end.  They are those of the option, or of the service's rule, or of the
 * configuration, as far as the others allow them; without an option those that the name
 * can't belong to are passed over.
 */
const gh_realm_t *gh_call_realm(const gh_call_t *call, size_t *next);

/* Gives what the directory is asked from now on a deadline of its own. */
void gh_call_wind(gh_call_t *call);

/*
 * Runs a flow as the identity of section pam, until the deadline.  Returns
 * PAM_SUCCESS when it is done, or a code to return, which is logged.
 */
int gh_call_run(gh_call_t *call, gh_flow_t *flow);

/* The user's name for the log: what somebody typed may hold anything. */
const char *gh_call_name(const gh_call_t *call);

/* What is returned to PAM in place of `code`, as the options say. */
int gh_call_code(const gh_call_t *call, int code);

#endif
