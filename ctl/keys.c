/*
 * `gatehousectl keys new`: the key ring of a new installation.
 */

/* System. */
#include <getopt.h>
#include <stdio.h>

/* Jansson. */
#include <jansson.h>

/* Session. */
#include "session/keyring.h"

/* Ctl. */
#include "ctl.h"

static const char usage[] =
    "usage: gatehousectl [-c FILE] [--json] keys new [FILE]\n"
    "\n"
    "Writes a key ring with one new key, to the file that the configuration names\n"
    "(session, keys) or to FILE.  A file that is there already is never touched.\n";

static int
usage_error(const char *message)
{
    fprintf(stderr, "gatehousectl keys: %s\n%s", message, usage);
    return GH_CTL_USAGE;
}

/* Says which key was written: what a gateway will read, not what was meant. */
static int
keys_report(const gh_ctl_t *ctl, const char *path)
{
    gh_error_t    error = { "" };
    gh_keyring_t *ring = gh_keyring_read(path, &error);
    char          id[9];

    if (ring == NULL) {
        return gh_ctl_fail(GH_CTL_REFUSED, &error);
    }

    snprintf(id, sizeof(id), "%08x", (unsigned) gh_keyring_newest(ring)->id);
    gh_keyring_free(ring);

    if (ctl->is_json) {
        json_t *report = json_pack("{s:s, s:s}", "file", path, "id", id);

        json_dumpf(report, stdout, JSON_COMPACT);
        putchar('\n');
        json_decref(report);

    } else {
        printf("%s: written, with key %s\n", path, id);
    }

    if (fflush(stdout) != 0) {
        gh_error_set(&error, GH_ERR_IO, "the report can't be written: %m");
        return gh_ctl_fail(GH_CTL_REFUSED, &error);
    }

    return GH_CTL_DONE;
}

static int
keys_new(gh_ctl_t *ctl, const char *path)
{
    gh_error_t error = { "" };

    if (path == NULL) {
        if (gh_ctl_configure(ctl, &error) != 0) {
            return gh_ctl_fail(GH_CTL_REFUSED, &error);
        }

        path = ctl->config->session.keys;
    }

    if (gh_keyring_create(path, &error) != 0) {
        return gh_ctl_fail(GH_CTL_REFUSED, &error);
    }

    return keys_report(ctl, path);
}

int
gh_ctl_keys(gh_ctl_t *ctl, int argc, char **argv)
{
    static const struct option known[] = {
        { "help", no_argument, NULL, 'h' },
        { NULL, 0, NULL, 0 },
    };
    int option;

    while ((option = getopt_long(argc, argv, "h", known, NULL)) != -1) {
        if (option == 'h') {
            fputs(usage, stdout);
            return GH_CTL_DONE;
        }

        fputs(usage, stderr);
        return GH_CTL_USAGE;
    }

    if (optind == argc || strcmp(argv[optind], "new") != 0) {
        return usage_error("say `keys new`");
    }

    if (argc - optind > 2) {
        return usage_error("one file at most");
    }

    return keys_new(ctl, argv[optind + 1]);
}
