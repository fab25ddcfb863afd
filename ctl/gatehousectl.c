/*
 * gatehousectl: what staff and administrators do with Gatehouse.
 *
 *     gatehousectl [-c FILE] [--json] [--bind-dn DN [--password-file FILE]] COMMAND ...
 *
 * The options that all commands share may stand anywhere; the others are the
 * command's own.
 */

/* System. */
#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>

/* Directory. */
#include "directory/dn.h"

/* Ctl. */
#include "ctl.h"

#ifndef GATEHOUSE_SYSCONFDIR
#define GATEHOUSE_SYSCONFDIR "/etc/gatehouse"
#endif

#ifndef GATEHOUSE_VERSION
#define GATEHOUSE_VERSION "0.1"
#endif

#define CONFIG_FILE GATEHOUSE_SYSCONFDIR "/gatehouse.conf"

typedef struct {
    const char *name;
    const char *synopsis;
    const char *summary;
    int (*handler)(gh_ctl_t *ctl, int argc, char **argv);
} command_t;

/* The words of the command line that belong to the command. */
typedef struct {
    char **words;
    int    count;
} args_t;

enum { OPTION_JSON = 256, OPTION_BIND_DN, OPTION_PASSWORD_FILE, OPTION_VERSION };

static const struct option shared_options[] = {
    { "config", required_argument, NULL, 'c' },
    { "json", no_argument, NULL, OPTION_JSON },
    { "bind-dn", required_argument, NULL, OPTION_BIND_DN },
    { "password-file", required_argument, NULL, OPTION_PASSWORD_FILE },
    { "help", no_argument, NULL, 'h' },
    { "version", no_argument, NULL, OPTION_VERSION },
    { NULL, 0, NULL, 0 },
};

static const command_t commands[] = {
    { "check", "check", "look whether everything is as it has to be", gh_ctl_check },
    { "import", "import contractors FILE.csv [--dry-run] [--update-only]",
        "put a license master file into the directory", gh_ctl_import },
    { "show", "show USER", "say why somebody can't get in", gh_ctl_show },
    { "temp-password", "temp-password USER [--days N] [--reason TEXT]",
        "issue a temporary password and print it, once", gh_ctl_temp_password },
    { "unlock", "unlock USER [--reason TEXT]", "forget wrong passwords", gh_ctl_unlock },
    { "disable", "disable USER [--reason TEXT]", "shut an account and end its sessions",
        gh_ctl_disable },
    { "enable", "enable USER [--reason TEXT]", "open a disabled account again", gh_ctl_enable },
    { "sessions", "sessions revoke USER [--reason TEXT]", "sign somebody out everywhere",
        gh_ctl_sessions },
    { "keys", "keys new|rotate|list [FILE]", "begin, rotate or show the keys that seal cookies",
        gh_ctl_keys },
    { "schema", "schema --base DC=... [--undo]", "print the LDIF that sets up the directory",
        gh_ctl_schema },
};

#define COMMAND_COUNT (sizeof(commands) / sizeof(commands[0]))

static void
usage(FILE *out)
{
    fputs("usage: gatehousectl [-c FILE] [--json] [--bind-dn DN [--password-file FILE]]\n"
          "                    COMMAND ...\n"
          "\n"
          "Commands:\n",
        out);

    for (size_t i = 0; i < COMMAND_COUNT; i++) {
        fprintf(out, "  %s\n      %s\n", commands[i].synopsis, commands[i].summary);
    }

    fputs("\n"
          "  -c, --config FILE     the configuration (" CONFIG_FILE ")\n"
          "  --json                results as JSON\n"
          "  --bind-dn DN          act as DN; without it, as the local user over ldapi\n"
          "  --password-file FILE  its password is the first line of FILE; without it,\n"
          "                        the terminal is asked\n"
          "  --help, --version\n",
        out);
}

/* Says what is wrong with the command line. */
static int
usage_error(const char *message, const char *word)
{
    fprintf(stderr, "gatehousectl: %s%s\nTry `gatehousectl --help`.\n", message, word);
    return GH_CTL_USAGE;
}

static void
args_add(args_t *args, char *word)
{
    args->words[args->count++] = word;
}

/* A short option, which is nobody's, or a value for one that takes none. */
static int
option_refuse(char **argv)
{
    char word[] = { '-', (char) optopt, '\0' };

    return usage_error("not an option: ", optopt < 256 ? word : argv[optind - 1]);
}

/*
 * Takes one option, or leaves it to the command.  Returns GH_CTL_DONE, or
 * GH_CTL_USAGE after it said why.
 */
static int
option_take(gh_ctl_t *ctl, int option, char **argv, args_t *args)
{
    switch (option) {

    case 'c':
        ctl->config_path = optarg;
        return GH_CTL_DONE;

    case OPTION_JSON:
        ctl->is_json = true;
        return GH_CTL_DONE;

    case OPTION_BIND_DN:
        ctl->bind_dn = optarg;
        return GH_CTL_DONE;

    case OPTION_PASSWORD_FILE:
        ctl->password_file = optarg;
        return GH_CTL_DONE;

    case 1:
        args_add(args, optarg);
        return GH_CTL_DONE;

    case ':':
        return usage_error("a value is missing behind ", argv[optind - 1]);

    default:
        if (option == '?' && optopt != 0) {
            return option_refuse(argv);
        }

        /* A long one that is not ours, or --help: the command's, if there is one. */
        if (args->count == 0) {
            return usage_error("not an option: ", argv[optind - 1]);
        }

        args_add(args, argv[optind - 1]);
        return GH_CTL_DONE;
    }
}

/*
 * Takes the shared options out of the command line, wherever they stand.
 * Returns true to go on, or false with `*code` set.
 */
static bool
args_parse(gh_ctl_t *ctl, int argc, char **argv, args_t *args, int *code)
{
    int option;

    /* `-`: in the order of the line; `:`: what is not known is not ours to name. */
    while ((option = getopt_long(argc, argv, "-:c:h", shared_options, NULL)) != -1) {
        if (args->count == 0 && option == 'h') {
            usage(stdout);
            *code = GH_CTL_DONE;
            return false;
        }

        if (args->count == 0 && option == OPTION_VERSION) {
            puts("gatehousectl " GATEHOUSE_VERSION);
            *code = GH_CTL_DONE;
            return false;
        }

        *code = option_take(ctl, option, argv, args);
        if (*code != GH_CTL_DONE) {
            return false;
        }
    }

    /* What follows `--` is the command's, which has to see the `--` as well. */
    if (optind < argc && args->count > 0) {
        args_add(args, argv[optind - 1]);
    }

    while (optind < argc) {
        args_add(args, argv[optind++]);
    }

    return true;
}

static int
check(const gh_ctl_t *ctl, const args_t *args)
{
    if (args->count == 0) {
        usage(stderr);
        return GH_CTL_USAGE;
    }

    if (ctl->bind_dn != NULL && !gh_dn_is_valid(ctl->bind_dn)) {
        return usage_error("not a distinguished name: ", ctl->bind_dn);
    }

    if (ctl->bind_dn == NULL && ctl->password_file != NULL) {
        return usage_error("--password-file goes with --bind-dn", "");
    }

    return GH_CTL_DONE;
}

static int
run(gh_ctl_t *ctl, const args_t *args)
{
    int code = check(ctl, args);

    if (code != GH_CTL_DONE) {
        return code;
    }

    for (size_t i = 0; i < COMMAND_COUNT; i++) {
        if (strcmp(commands[i].name, args->words[0]) == 0) {
            /* Zero makes getopt start anew, on the words of the command. */
            optind = 0;
            return commands[i].handler(ctl, args->count, args->words);
        }
    }

    return usage_error("not a command: ", args->words[0]);
}

int
main(int argc, char **argv)
{
    gh_ctl_t ctl = { .config_path = CONFIG_FILE };
    args_t   args = { 0 };
    int      code;

    /* A directory that goes away is an answer, not the end. */
    signal(SIGPIPE, SIG_IGN);

    /* The words, a `--`, and the NULL behind them. */
    args.words = calloc((size_t) argc + 2, sizeof(*args.words));
    if (args.words == NULL) {
        fputs("gatehousectl: memory is out\n", stderr);
        return GH_CTL_REFUSED;
    }

    if (args_parse(&ctl, argc, argv, &args, &code)) {
        code = run(&ctl, &args);
    }

    gh_ctl_cleanup(&ctl);
    free(args.words);
    return code;
}
