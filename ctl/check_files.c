/*
 * Check: the files that the configuration names, each with its owner and mode.
 */

/* System. */
#include <sys/stat.h>
#include <unistd.h>

/* Base. */
#include "base/file.h"

/* Session. */
#include "session/keyring.h"

/* Ctl. */
#include "check.h"

/* Seals every session: its mode, and every line of it. */
static void
file_keys(gh_check_t *check, const char *path)
{
    gh_error_t    error = { "" };
    gh_keyring_t *ring = gh_keyring_read(path, &error);

    if (ring == NULL) {
        gh_finding_error(&check->findings, path, "give it to root alone", &error);
    } else {
        gh_finding_good(&check->findings, path, "a key ring of %zu, for its owner alone",
            gh_keyring_count(ring));
    }

    gh_keyring_free(ring);
}

static void
file_password(gh_check_t *check, const char *path)
{
    gh_error_t   error = { "" };
    gh_secret_t *secret = path != NULL ? gh_secret_new() : NULL;

    if (secret == NULL) {
        return;
    }

    if (gh_secret_read_file(secret, path, &error) != 0) {
        gh_finding_error(
            &check->findings, path, "write the password into it, mode 0600", &error);

    } else if (secret->len == 0) {
        gh_finding_fault(
            &check->findings, path, "write the password into its first line", "is empty");

    } else {
        gh_finding_good(&check->findings, path, "a password, not for others");
    }

    gh_secret_free(secret);
}

/* What everybody may read and nobody else write. */
static void
file_public(gh_check_t *check, const char *path)
{
    gh_error_t error = { "" };
    int        fd = path != NULL ? gh_file_open(path, GH_FILE_PUBLIC, &error) : -1;

    if (fd >= 0) {
        gh_finding_good(&check->findings, path, "can be read, and changed by its owner alone");
        close(fd);

    } else if (path != NULL) {
        gh_finding_error(
            &check->findings, path, "put the authorities' certificates there", &error);
    }
}

/* Templates and audit trail: what others could change, or see. */
static void
file_mode(gh_check_t *check, const char *path, mode_t refused, const char *remedy)
{
    struct stat info;

    if (stat(path, &info) != 0) {
        gh_finding_fault(&check->findings, path, remedy, "is not there");

    } else if (info.st_mode & refused) {
        gh_finding_fault(&check->findings, path, remedy,
            "has mode %04o, which lets others %s it", (unsigned) (info.st_mode & 07777),
            info.st_mode & S_IWOTH ? "change" : "read");

    } else {
        gh_finding_good(&check->findings, path, "is there, with a fit mode");
    }
}

void
gh_check_files(gh_check_t *check)
{
    const gh_config_t *config = check->ctl->config;

    file_keys(check, config->session.keys);
    file_password(check, config->directory.gateway.bind_password_file);
    file_password(check, config->mail.password_file);
    file_public(check, config->directory.tls_ca);
    file_public(check, config->mail.tls_ca);
    file_mode(check, config->portal.pages, S_IWOTH,
        "put the templates there, for nobody but root to change");

    /* nginx begins it when it starts. */
    if (config->audit.file != NULL && access(config->audit.file, F_OK) == 0) {
        file_mode(check, config->audit.file, S_IRWXO, "chmod it to 0640");
    }

    /* A gateway's host need not have the PAM hosts' password. */
    if (config->pam.identity.bind_password_file != NULL
        && access(config->pam.identity.bind_password_file, F_OK) == 0)
    {
        file_password(check, config->pam.identity.bind_password_file);
    }
}
