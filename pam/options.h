/*
 * Options: the words after `pam_gatehouse.so` in a line of PAM's configuration.
 */
#ifndef GH_PAM_OPTIONS_H
#define GH_PAM_OPTIONS_H

/* System. */
#include <security/pam_modules.h>
#include <stdbool.h>

typedef struct {
    const char *config;                  /* path of gatehouse.conf */
    const char *realms;                  /* names, by commas; NULL: all that fit */
    bool        use_first_pass;          /* never ask for the password that is in force */
    bool        try_first_pass;          /* ask once more when an earlier module's is refused */
    bool        use_authtok;             /* never ask for a new password */
    bool        ignore_unknown_user;     /* PAM_USER_UNKNOWN becomes PAM_IGNORE */
    bool        ignore_authinfo_unavail; /* PAM_AUTHINFO_UNAVAIL too */
    bool        no_warn;
    bool        debug;
} gh_options_t;

/*
 * Reads the options; their texts stay in `argv`.  False on one that is unknown
 * or empty, which is logged: a misspelt option must not go unnoticed.
 */
bool gh_options_parse(pam_handle_t *pamh, int argc, const char **argv, gh_options_t *options);

/* What is returned to PAM in place of `code`. */
int gh_options_code(const gh_options_t *options, int code);

#endif
