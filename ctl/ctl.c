/*
 * The invocation: its configuration, its identity, its way to the directory.
 */

/* System. */
#include <stdio.h>
#include <stdlib.h>
#include <strings.h>
#include <time.h>

/* Directory. */
#include "directory/way.h"

/* Ctl. */
#include "ctl.h"

#define LDAPI "ldapi://"

int
gh_ctl_configure(gh_ctl_t *ctl, gh_error_t *error)
{
    if (ctl->config == NULL) {
        ctl->config = gh_config_read(ctl->config_path, error);
    }

    return ctl->config != NULL ? 0 : GH_ERR_INVALID;
}

/* The servers to use: all of them, or for the local user those on a unix socket. */
static int
ctl_choose_servers(gh_ctl_t *ctl, gh_error_t *error)
{
    char **all = gh_directory_writers(&ctl->config->directory);
    char **chosen;
    size_t count = 0;

    while (all[count] != NULL) {
        count++;
    }

    chosen = calloc(count + 1, sizeof(*chosen));
    if (chosen == NULL) {
        return gh_error_set(error, GH_ERR_NOMEM, "memory is out");
    }

    ctl->directory = ctl->config->directory;
    ctl->directory.uris = chosen;
    ctl->directory.write_uris = NULL;

    for (size_t i = 0; i < count; i++) {
        if (ctl->bind_dn != NULL || strncasecmp(all[i], LDAPI, strlen(LDAPI)) == 0) {
            *chosen++ = all[i];
        }
    }

    if (ctl->directory.uris[0] == NULL) {
        return gh_error_set(error, GH_ERR_INVALID,
            "%s names no " LDAPI " server, the only kind that knows the local user; "
            "say --bind-dn DN, or run this on the directory's own host",
            ctl->config->path);
    }

    return 0;
}

/* The password of --bind-dn, from its file or the terminal. */
static int
ctl_get_password(gh_ctl_t *ctl, gh_error_t *error)
{
    char question[256];

    if (ctl->bind_dn == NULL) {
        return 0;
    }

    ctl->password = gh_secret_new();
    if (ctl->password == NULL) {
        return gh_error_set(error, GH_ERR_NOMEM, "memory is out");
    }

    if (ctl->password_file != NULL) {
        return gh_secret_read_file(ctl->password, ctl->password_file, error);
    }

    snprintf(question, sizeof(question), "Password of %s: ", ctl->bind_dn);
    return gh_ctl_prompt(question, ctl->password, error);
}

/* What the settings allow that only a test should; a unix socket knows none of it. */
static void
ctl_warn(const gh_ctl_t *ctl)
{
    const char *danger;

    if (ctl->bind_dn == NULL) {
        return;
    }

    for (size_t i = 0; (danger = gh_way_danger(&ctl->directory, i)) != NULL; i++) {
        fprintf(stderr, "gatehousectl: warning: %s\n", danger);
    }
}

int
gh_ctl_identify(gh_ctl_t *ctl, gh_error_t *error)
{
    int rc = gh_ctl_configure(ctl, error);

    ctl->identity = (gh_identity_t){ .bind_dn = ctl->bind_dn };
    return rc == 0 ? ctl_get_password(ctl, error) : rc;
}

gh_client_t *
gh_ctl_connect(gh_ctl_t *ctl, gh_error_t *error)
{
    /* The password last: nobody is asked for one in vain. */
    if (gh_ctl_configure(ctl, error) != 0 || ctl_choose_servers(ctl, error) != 0
        || gh_ctl_identify(ctl, error) != 0)
    {
        return NULL;
    }

    ctl_warn(ctl);
    return gh_client_new(&ctl->directory, &ctl->identity, ctl->password, error);
}

int
gh_ctl_fail(int code, const gh_error_t *error)
{
    fprintf(stderr, "gatehousectl: %s\n", error->text);
    return code;
}

void
gh_ctl_time_write(gh_time_t when, bool is_json, char out[GH_CTL_TIME])
{
    time_t    seconds = when / GH_SECOND;
    struct tm tm;

    gmtime_r(&seconds, &tm);
    strftime(out, GH_CTL_TIME, is_json ? "%Y-%m-%dT%H:%M:%SZ" : "%Y-%m-%d %H:%M UTC", &tm);
}

void
gh_ctl_cleanup(gh_ctl_t *ctl)
{
    gh_secret_free(ctl->password);
    free(ctl->directory.uris);
    gh_config_free(ctl->config);
    *ctl = (gh_ctl_t){ 0 };
}
