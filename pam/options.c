/*
 * Options: flags and texts, each in a table.
 */

/* System. */
#include <security/pam_ext.h>
#include <stddef.h>
#include <string.h>
#include <syslog.h>

/* PAM. */
#include "options.h"

typedef struct {
    const char *name;
    size_t      offset; /* in gh_options_t */
} option_t;

static const option_t flags[] = {
    { "use_first_pass", offsetof(gh_options_t, use_first_pass) },
    { "try_first_pass", offsetof(gh_options_t, try_first_pass) },
    { "use_authtok", offsetof(gh_options_t, use_authtok) },
    { "ignore_unknown_user", offsetof(gh_options_t, ignore_unknown_user) },
    { "ignore_authinfo_unavail", offsetof(gh_options_t, ignore_authinfo_unavail) },
    { "no_warn", offsetof(gh_options_t, no_warn) },
    { "debug", offsetof(gh_options_t, debug) },
};

static const option_t texts[] = {
    { "config=", offsetof(gh_options_t, config) },
    { "realm=", offsetof(gh_options_t, realms) },
};

static bool
option_take(gh_options_t *options, const char *word)
{
    char *base = (char *) options;

    for (size_t i = 0; i < sizeof(flags) / sizeof(flags[0]); i++) {
        if (strcmp(word, flags[i].name) == 0) {
            *(bool *) (void *) (base + flags[i].offset) = true;
            return true;
        }
    }

    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        size_t len = strlen(texts[i].name);

        if (strncmp(word, texts[i].name, len) == 0 && word[len] != '\0') {
            *(const char **) (void *) (base + texts[i].offset) = word + len;
            return true;
        }
    }

    return false;
}

bool
gh_options_parse(pam_handle_t *pamh, int argc, const char **argv, gh_options_t *options)
{
    bool is_good = true;

    *options = (gh_options_t){ .config = GATEHOUSE_SYSCONFDIR "/gatehouse.conf" };

    for (int i = 0; i < argc; i++) {
        if (!option_take(options, argv[i])) {
            pam_syslog(pamh, LOG_ERR, "option \"%s\" is unknown or empty", argv[i]);
            is_good = false;
        }
    }

    return is_good;
}

int
gh_options_code(const gh_options_t *options, int code)
{
    if ((code == PAM_USER_UNKNOWN && options->ignore_unknown_user)
        || (code == PAM_AUTHINFO_UNAVAIL && options->ignore_authinfo_unavail))
    {
        return PAM_IGNORE;
    }

    return code;
}
