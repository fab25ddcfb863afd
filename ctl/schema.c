/*
 * `gatehousectl schema`: the LDIFs that make a slapd Gatehouse's, for one suffix, and those
 * that take it back.  Prints; changes nothing.
 */

/* System. */
#include <getopt.h>
#include <regex.h>
#include <stdio.h>
#include <stdlib.h>

/* Ctl. */
#include "ctl.h"
#include "schema_text.h"

/* Plain names only: they go into LDIF, DNs and regular expressions. */
#define BASE_PATTERN   "^dc=[A-Za-z0-9.-]+(,dc=[A-Za-z0-9.-]+)*$"
#define FOLDER_PATTERN "^/[A-Za-z0-9/._-]+$"

#define BASE_MAX     255 /* bytes */
#define FOLDER_MAX   255 /* bytes */
#define DATABASE_MAX 999 /* far more databases than any slapd has */
#define OVERLAY_MAX  16  /* more than schema/ has */

typedef struct {
    const char *base;
    const char *folder;   /* of the databases' files */
    const char *secrets;  /* folder of the passwords */
    long        database; /* number that the database gets; its log gets the next */
    bool        is_undo;
    bool        is_again; /* modules and schema are left from an earlier time */
    bool        is_help;
} schema_options_t;

/* What the options come to in the LDIFs. */
typedef struct {
    char base_regex[3 * BASE_MAX + 1];
    char dc[BASE_MAX + 1];
    char db[FOLDER_MAX + sizeof("/db")];
    char log[FOLDER_MAX + sizeof("/log")];
    char number[32];     /* `{2}` */
    char log_number[32]; /* `{3}` */
    char database[64];   /* the DN in cn=config */
} schema_words_t;

enum {
    OPTION_BASE = 256,
    OPTION_DATABASE,
    OPTION_FOLDER,
    OPTION_SECRETS,
    OPTION_UNDO,
    OPTION_AGAIN
};

static const char usage[] =
    "usage: gatehousectl schema --base DC=... [--database N] [--folder DIR]\n"
    "                    [--secrets DIR] [--again] [--undo]\n"
    "\n"
    "Prints the LDIF that adds Gatehouse's database to a stock Debian slapd, for\n"
    "`ldapmodify -a -Q -Y EXTERNAL -H ldapi:///`.  Changes nothing.\n"
    "\n"
    "  --base DC=...   the suffix, such as dc=city,dc=example\n"
    "  --database N    the number that the database gets in cn=config: one more than\n"
    "                  the highest that is there (2)\n"
    "  --folder DIR    has the folders db and log for its files\n"
    "                  (/var/lib/ldap/gatehouse)\n"
    "  --secrets DIR   has a password in each of the files gatehouse, pam, import and\n"
    "                  decoy, without a line end (/etc/gatehouse/secrets)\n"
    "  --again         leaves out modules and schema, which stay after an undo\n"
    "  --undo          prints what takes the databases away again, with the same\n"
    "                  --database\n";

/* In front of the LDIF, for whoever opens it; `#` begins a comment there, too. */
static const char preface[] =
    "# Gatehouse's directory for @BASE@.\n"
    "#\n"
    "# Before, as root on slapd's machine:\n"
    "#\n"
    "#     slapcat -n 0 -l /root/slapd-config-before.ldif\n"
    "#     install -d -o openldap -g openldap -m 700 @FOLDER@ @DBDIR@ @LOGDIR@\n"
    "#     install -d -m 700 @SECRETS@\n"
    "#     for name in gatehouse pam import decoy; do\n"
    "#         (umask 077; openssl rand -base64 32 | tr -d '\\n' > @SECRETS@/$name)\n"
    "#     done\n"
    "#     ldapadd -Q -Y EXTERNAL -H ldapi:/// -f /etc/ldap/schema/namedobject.ldif\n"
    "#\n"
    "# Then this, with ldapmodify -a -Q -Y EXTERNAL -H ldapi:///, and\n"
    "#\n"
    "#     rm @SECRETS@/decoy\n";

static const char undo_preface[] =
    "# Takes Gatehouse's database for @BASE@ away, with\n"
    "#\n"
    "#     ldapmodify -Q -Y EXTERNAL -H ldapi:///\n"
    "#\n"
    "# slapd lets no module and no schema go while it runs; they do no harm, and\n"
    "# `gatehousectl schema --again` goes on from there.  The files stay in @FOLDER@.\n"
    "\n"
    "dn: olcDatabase={-1}frontend,cn=config\n"
    "changetype: modify\n"
    "delete: olcPasswordHash\n"
    "olcPasswordHash: {ARGON2}\n";

/* A file that is passed over with --again. */
static bool
schema_stays(const char *name)
{
    return strcmp(name, "10-modules.ldif") == 0 || strcmp(name, "20-schema.ldif") == 0;
}

static int
usage_error(const char *message)
{
    fprintf(stderr, "gatehousectl schema: %s\n%s", message, usage);
    return GH_CTL_USAGE;
}

static bool
schema_matches(const char *pattern, const char *text)
{
    regex_t regex;
    bool    matches;

    if (regcomp(&regex, pattern, REG_EXTENDED | REG_NOSUB) != 0) {
        return false;
    }

    matches = regexec(&regex, text, 0, NULL, 0) == 0;
    regfree(&regex);
    return matches;
}

/* The overlays' deletions, from the last to the first: none renumbers another. */
static int
undo_overlays(gh_buf_t *out, const schema_words_t *words)
{
    static const char *const files[] = { "40-overlays.ldif", "41-accesslog.ldif" };

    gh_text_t names[OVERLAY_MAX];
    size_t    count = 0;

    for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
        const char *text = gh_schema_find(files[i]);

        while (count < OVERLAY_MAX && gh_schema_next(&text, "olcOverlay", &names[count])) {
            count++;
        }
    }

    while (count-- > 0) {
        gh_buf_add_format(out,
            "\ndn: olcOverlay={%zu}%.*s,olcDatabase=%smdb,cn=config\n"
            "changetype: delete\n",
            count, (int) names[count].len, names[count].data, words->number);
    }

    return gh_buf_is_ok(out) ? 0 : GH_ERR_NOMEM;
}

/* The log's database goes first: what goes renumbers those behind it. */
static int
schema_undo(gh_buf_t *out, const schema_words_t *words, const gh_schema_value_t *values)
{
    if (gh_schema_fill(out, undo_preface, values) != 0 || undo_overlays(out, words) != 0) {
        return GH_ERR_NOMEM;
    }

    return gh_buf_add_format(out,
        "\ndn: olcDatabase=%smdb,cn=config\nchangetype: delete\n"
        "\ndn: olcDatabase=%smdb,cn=config\nchangetype: delete\n",
        words->log_number, words->number);
}

static int
schema_do(gh_buf_t *out, const schema_options_t *options, const gh_schema_value_t *values)
{
    int rc = gh_schema_fill(out, preface, values);

    for (const gh_schema_text_t *file = gh_schema_texts; rc == 0 && file->name != NULL; file++)
    {
        if (options->is_again && schema_stays(file->name)) {
            continue;
        }

        gh_buf_add_format(out, "\n#\n# %s\n#\n", file->name);
        rc = gh_schema_fill(out, file->text, values);
    }

    return rc;
}

/* The words that follow from the options. */
static void
schema_words(schema_words_t *words, const schema_options_t *options)
{
    const char *name = options->base + strlen("dc=");
    size_t      len = 0;

    /* A dot of a name is itself; nothing else in one is special. */
    for (const char *from = options->base; *from != '\0'; from++) {
        len += (size_t) snprintf(words->base_regex + len, sizeof(words->base_regex) - len,
            *from == '.' ? "[%c]" : "%c", *from);
    }

    snprintf(words->dc, sizeof(words->dc), "%.*s", (int) strcspn(name, ","), name);
    snprintf(words->db, sizeof(words->db), "%s/db", options->folder);
    snprintf(words->log, sizeof(words->log), "%s/log", options->folder);
    snprintf(words->number, sizeof(words->number), "{%ld}", options->database);
    snprintf(words->log_number, sizeof(words->log_number), "{%ld}", options->database + 1);
    snprintf(words->database, sizeof(words->database), "olcDatabase={%ld}mdb,cn=config",
        options->database);
}

/* Fills in what the options say, and prints it. */
static int
schema_print(const schema_options_t *options)
{
    schema_words_t          words;
    const gh_schema_value_t values[] = {
        { "@BASE@", options->base },
        { "@BASE_REGEX@", words.base_regex },
        { "@DC@", words.dc },
        { "@NUMBER@", words.number },
        { "@LOG_NUMBER@", words.log_number },
        { "@DATABASE@", words.database },
        { "@FOLDER@", options->folder },
        { "@DBDIR@", words.db },
        { "@LOGDIR@", words.log },
        { "@SECRETS@", options->secrets },
        { NULL, NULL },
    };
    gh_buf_t out;
    int      rc;

    schema_words(&words, options);
    gh_buf_init(&out);

    rc =
        options->is_undo ? schema_undo(&out, &words, values) : schema_do(&out, options, values);
    if (rc == 0 && (fputs(gh_buf_string(&out), stdout) == EOF || fflush(stdout) != 0)) {
        rc = GH_ERR_IO;
    }

    gh_buf_cleanup(&out);
    return rc;
}

/* What is wrong with the options; NULL: nothing. */
static const char *
options_check(const schema_options_t *options)
{
    if (options->base == NULL) {
        return "say --base DC=...";
    }

    if (strlen(options->base) > BASE_MAX || !schema_matches(BASE_PATTERN, options->base)) {
        return "--base has to look like dc=city,dc=example, without blanks";
    }

    if (strlen(options->folder) > FOLDER_MAX || !schema_matches(FOLDER_PATTERN, options->folder)
        || strlen(options->secrets) > FOLDER_MAX
        || !schema_matches(FOLDER_PATTERN, options->secrets))
    {
        return "a folder has to be absolute, of letters, digits and . _ - only";
    }

    if (options->database < 1 || options->database > DATABASE_MAX) {
        return "--database is the number of a database, from 1";
    }

    return NULL;
}

static bool
option_take(schema_options_t *options, int option)
{
    char *end;

    switch (option) {

    case OPTION_BASE:
        options->base = optarg;
        return true;

    case OPTION_DATABASE:
        options->database = strtol(optarg, &end, 10);
        options->database = *end == '\0' ? options->database : 0;
        return true;

    case OPTION_FOLDER:
        options->folder = optarg;
        return true;

    case OPTION_SECRETS:
        options->secrets = optarg;
        return true;

    case OPTION_UNDO:
        options->is_undo = true;
        return true;

    case OPTION_AGAIN:
        options->is_again = true;
        return true;

    case 'h':
        options->is_help = true;
        return true;

    default:
        return false;
    }
}

int
gh_ctl_schema(gh_ctl_t *ctl, int argc, char **argv)
{
    static const struct option known[] = {
        { "base", required_argument, NULL, OPTION_BASE },
        { "database", required_argument, NULL, OPTION_DATABASE },
        { "folder", required_argument, NULL, OPTION_FOLDER },
        { "secrets", required_argument, NULL, OPTION_SECRETS },
        { "undo", no_argument, NULL, OPTION_UNDO },
        { "again", no_argument, NULL, OPTION_AGAIN },
        { "help", no_argument, NULL, 'h' },
        { NULL, 0, NULL, 0 },
    };
    schema_options_t options = {
        .folder = "/var/lib/ldap/gatehouse", .secrets = "/etc/gatehouse/secrets", .database = 2
    };
    const char *fault;
    int         option;

    (void) ctl;

    while ((option = getopt_long(argc, argv, "h", known, NULL)) != -1) {
        if (!option_take(&options, option)) {
            fputs(usage, stderr);
            return GH_CTL_USAGE;
        }
    }

    if (options.is_help) {
        fputs(usage, stdout);
        return GH_CTL_DONE;
    }

    fault = optind < argc ? "no other words" : options_check(&options);
    if (fault != NULL) {
        return usage_error(fault);
    }

    if (schema_print(&options) != 0) {
        fputs("gatehousectl: the LDIF can't be written\n", stderr);
        return GH_CTL_REFUSED;
    }

    return GH_CTL_DONE;
}
