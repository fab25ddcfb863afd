/*
 * What the commands of gatehousectl share: the invocation, the configuration,
 * the way to the directory, and the exit codes.
 */
#ifndef GH_CTL_CTL_H
#define GH_CTL_CTL_H

/* Base. */
#include "base/error.h"
#include "base/secret.h"

/* Config. */
#include "config/config.h"

/* Directory. */
#include "directory/client.h"

/* Exit codes, which scripts rely on. */
enum {
    GH_CTL_DONE = 0,
    GH_CTL_REFUSED = 1, /* refused or not found */
    GH_CTL_USAGE = 2,
    GH_CTL_UNREACHABLE = 3 /* the directory can't be reached */
};

/*
 * One invocation.  What gh_ctl_connect hands to the client lives here, so the
 * client has to be freed before the invocation is cleaned up.
 */
typedef struct {
    const char             *config_path;
    gh_config_t            *config;        /* NULL until it was read */
    bool                    is_json;       /* --json: results as JSON */
    char                   *bind_dn;       /* --bind-dn; NULL: the local user */
    const char             *password_file; /* --password-file; NULL: ask */
    gh_secret_t            *password;      /* of bind_dn; NULL until connected */
    gh_directory_settings_t directory;     /* of the configuration, with the URIs in use */
    gh_identity_t           identity;
} gh_ctl_t;

/*
 * Reads the configuration into `ctl->config`, once.  Returns 0, or an error
 * with `error` set.
 */
int gh_ctl_configure(gh_ctl_t *ctl, gh_error_t *error);

/*
 * Reads the configuration, and gets who acts ready: the local user, or --bind-dn with
 * its password.  Call it once.  Returns 0, or an error with `error` set.
 */
int gh_ctl_identify(gh_ctl_t *ctl, gh_error_t *error);

/*
 * A client of the directory, which the caller frees.  Without --bind-dn it is
 * the local user (SASL EXTERNAL) on the ldapi:// servers of the configuration
 * alone; with it, that DN and its password on all of them.  Call it once.  NULL
 * on a fault, with `error` set.
 */
gh_client_t *gh_ctl_connect(gh_ctl_t *ctl, gh_error_t *error);

/* Says `error` on stderr, and returns `code`. */
int gh_ctl_fail(int code, const gh_error_t *error);

/* Releases what `ctl` holds, secrets wiped. */
void gh_ctl_cleanup(gh_ctl_t *ctl);

/* The longest text of gh_ctl_time_write, NUL included. */
#define GH_CTL_TIME 32

/* Writes a time in UTC: `2026-11-26 08:35 UTC`, or for JSON `2026-11-26T08:35:00Z`. */
void gh_ctl_time_write(gh_time_t when, bool is_json, char out[GH_CTL_TIME]);

/*
 * Reads a line from the terminal into `secret`, without echo.  Returns 0, or an
 * error with the secret empty: no terminal, nothing typed, too long.
 */
int gh_ctl_prompt(const char *question, gh_secret_t *secret, gh_error_t *error);

/*
 * The commands.  `argv[0]` is the command's own name; the options that all
 * commands share are taken out, and `optind` is 0 for a getopt_long of the
 * command's own.  Each returns an exit code.
 */
int gh_ctl_check(gh_ctl_t *ctl, int argc, char **argv);
int gh_ctl_disable(gh_ctl_t *ctl, int argc, char **argv);
int gh_ctl_enable(gh_ctl_t *ctl, int argc, char **argv);
int gh_ctl_import(gh_ctl_t *ctl, int argc, char **argv);
int gh_ctl_keys(gh_ctl_t *ctl, int argc, char **argv);
int gh_ctl_schema(gh_ctl_t *ctl, int argc, char **argv);
int gh_ctl_sessions(gh_ctl_t *ctl, int argc, char **argv);
int gh_ctl_show(gh_ctl_t *ctl, int argc, char **argv);
int gh_ctl_temp_password(gh_ctl_t *ctl, int argc, char **argv);
int gh_ctl_unlock(gh_ctl_t *ctl, int argc, char **argv);

#endif
