/*
 * `gatehousectl keys`: the key ring that seals cookies, begun, rotated, looked at.
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

/* A key's id as text: eight hex digits. */
#define KEY_ID 9

/* One of the things to do with a ring. */
typedef struct {
    const char *name;
    bool        needs_lifetime; /* of a session, from the configuration */
    int (*run)(gh_ctl_t *ctl, const char *path, gh_error_t *error);
} keys_action_t;

static const char usage[] =
    "usage: gatehousectl [-c FILE] [--json] keys new|rotate|list [FILE]\n"
    "\n"
    "The key ring that the configuration names (session, keys), or FILE.\n"
    "\n"
    "  new     writes it with one new key; a file that is there is never touched\n"
    "  rotate  adds a new key, which seals from the gateways' next reload on, and\n"
    "          drops those that no session needs any more\n"
    "  list    shows ids and ages, never the keys\n";

static int
usage_error(const char *message)
{
    fprintf(stderr, "gatehousectl keys: %s\n%s", message, usage);
    return GH_CTL_USAGE;
}

static void
key_id(const gh_key_t *key, char out[KEY_ID])
{
    snprintf(out, KEY_ID, "%08x", (unsigned) key->id);
}

static void
keys_say_json(json_t *object)
{
    json_dumpf(object, stdout, JSON_COMPACT);
    putchar('\n');
    json_decref(object);
}

/* Says which key was written: what a gateway will read, not what was meant. */
static int
keys_report(const gh_ctl_t *ctl, const char *path, const size_t *dropped, gh_error_t *error)
{
    gh_keyring_t *ring = gh_keyring_read(path, error);
    char          id[KEY_ID];

    if (ring == NULL) {
        return GH_ERR_IO;
    }

    key_id(gh_keyring_newest(ring), id);

    if (ctl->is_json && dropped != NULL) {
        keys_say_json(json_pack("{s:s, s:s, s:i, s:i}", "file", path, "id", id, "keys",
            (int) gh_keyring_count(ring), "dropped", (int) *dropped));

    } else if (ctl->is_json) {
        keys_say_json(json_pack("{s:s, s:s}", "file", path, "id", id));

    } else if (dropped != NULL) {
        printf("%s: key %s added, %zu dropped, %zu in all; now put the file on every "
               "gateway, then reload each\n",
            path, id, *dropped, gh_keyring_count(ring));

    } else {
        printf("%s: written, with key %s\n", path, id);
    }

    gh_keyring_free(ring);
    return 0;
}

static int
keys_new(gh_ctl_t *ctl, const char *path, gh_error_t *error)
{
    int rc = gh_keyring_create(path, error);

    return rc == 0 ? keys_report(ctl, path, NULL, error) : rc;
}

static int
keys_rotate(gh_ctl_t *ctl, const char *path, gh_error_t *error)
{
    size_t dropped;
    int    rc;

    rc =
        gh_keyring_rotate(path, ctl->config->session.lifetime, gh_clock_now(), &dropped, error);

    return rc == 0 ? keys_report(ctl, path, &dropped, error) : rc;
}

/* A key in a line: when it was made, how old it is, what it does. */
static void
keys_list_key(const gh_ctl_t *ctl, const gh_key_t *key, gh_time_t now, bool seals)
{
    long age = (long) ((now - key->created) / GH_SECOND);
    char id[KEY_ID], created[GH_CTL_TIME];

    key_id(key, id);
    gh_ctl_time_write(key->created, ctl->is_json, created);

    if (ctl->is_json) {
        keys_say_json(json_pack("{s:s, s:s, s:I, s:b}", "id", id, "created", created, "age",
            (json_int_t) age, "seals", seals));

    } else {
        printf("%s  %s  %ld days %02ld:%02ld  %s\n", id, created, age / 86400, age / 3600 % 24,
            age / 60 % 60, seals ? "seals" : "opens only");
    }
}

static int
keys_list(gh_ctl_t *ctl, const char *path, gh_error_t *error)
{
    gh_keyring_t *ring = gh_keyring_read(path, error);
    gh_time_t     now = gh_clock_now();
    size_t        count;

    if (ring == NULL) {
        return GH_ERR_IO;
    }

    count = gh_keyring_count(ring);
    for (size_t i = 0; i < count; i++) {
        keys_list_key(ctl, gh_keyring_at(ring, i), now, i + 1 == count);
    }

    gh_keyring_free(ring);
    return 0;
}

static const keys_action_t actions[] = {
    { "new", false, keys_new },
    { "rotate", true, keys_rotate },
    { "list", false, keys_list },
};

static const keys_action_t *
keys_find(const char *name)
{
    for (size_t i = 0; i < sizeof(actions) / sizeof(actions[0]); i++) {
        if (strcmp(actions[i].name, name) == 0) {
            return &actions[i];
        }
    }

    return NULL;
}

/* Does it on FILE, or on the configuration's file where `path` is NULL. */
static int
keys_run(const keys_action_t *action, gh_ctl_t *ctl, const char *path)
{
    gh_error_t error = { "" };

    if ((path == NULL || action->needs_lifetime) && gh_ctl_configure(ctl, &error) != 0) {
        return gh_ctl_fail(GH_CTL_REFUSED, &error);
    }

    if (path == NULL) {
        path = ctl->config->session.keys;
    }

    if (action->run(ctl, path, &error) != 0) {
        return gh_ctl_fail(GH_CTL_REFUSED, &error);
    }

    if (fflush(stdout) != 0) {
        gh_error_set(&error, GH_ERR_IO, "the report can't be written: %m");
        return gh_ctl_fail(GH_CTL_REFUSED, &error);
    }

    return GH_CTL_DONE;
}

int
gh_ctl_keys(gh_ctl_t *ctl, int argc, char **argv)
{
    static const struct option known[] = {
        { "help", no_argument, NULL, 'h' },
        { NULL, 0, NULL, 0 },
    };
    const keys_action_t *action;
    int                  option;

    while ((option = getopt_long(argc, argv, "h", known, NULL)) != -1) {
        if (option == 'h') {
            fputs(usage, stdout);
            return GH_CTL_DONE;
        }

        fputs(usage, stderr);
        return GH_CTL_USAGE;
    }

    action = optind < argc ? keys_find(argv[optind]) : NULL;

    if (action == NULL) {
        return usage_error("say `keys new`, `keys rotate` or `keys list`");
    }

    if (argc - optind > 2) {
        return usage_error("one file at most");
    }

    return keys_run(action, ctl, argv[optind + 1]);
}
