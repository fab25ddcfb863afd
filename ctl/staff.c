/*
 * The commands about one account: options, flow, audit trail.
 *
 * The audit file is opened before anything is changed: a change that can't be
 * recorded is not made.
 */

/* System. */
#include <getopt.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

/* Jansson. */
#include <jansson.h>

/* Account. */
#include "account/audit.h"
#include "account/drive.h"

/* Ctl. */
#include "proquint.h"
#include "staff.h"

#define PATIENCE 30000 /* ms */
#define DAY      (86400 * GH_SECOND)

int
gh_ctl_staff_say(
    const gh_ctl_staff_t *staff, const gh_staff_result_t *result, const char *words)
{
    const gh_identity_card_t *who = &result->who;
    json_t                   *json;
    int                       rc;

    if (!staff->ctl->is_json) {
        rc = printf("%s (%s): %s%s\n", who->uid, who->name,
            result->is_unchanged ? "nothing to do, " : "", words);
        return rc < 0 ? -1 : 0;
    }

    json = json_pack("{s:s, s:s, s:b}", "realm", who->realm->name, "uid", who->uid, "changed",
        !result->is_unchanged);
    rc = json_dumpf(json, stdout, JSON_COMPACT);
    json_decref(json);

    return rc != 0 || putchar('\n') == EOF ? -1 : 0;
}

static int
usage_error(const gh_ctl_staff_command_t *command, const char *message)
{
    fprintf(stderr, "gatehousectl %s: %s\n%s", command->name, message, command->usage);
    return GH_CTL_USAGE;
}

/* Reads --days; false when it is not a number of days that is allowed. */
static bool
parse_days(const char *text, long *days)
{
    char *end;

    *days = strtol(text, &end, 10);
    return end != text && *end == '\0' && *days >= 1 && *days <= GH_STAFF_DAYS_MAX;
}

/* Reads the words of the command.  Returns GH_CTL_DONE or GH_CTL_USAGE. */
static int
staff_parse(gh_ctl_staff_t *staff, int argc, char **argv)
{
    static const struct option known[] = {
        { "help", no_argument, NULL, 'h' },
        { "reason", required_argument, NULL, 'r' },
        { "days", required_argument, NULL, 'd' },
        { NULL, 0, NULL, 0 },
    };
    const gh_ctl_staff_command_t *command = staff->command;
    int                           option;

    while ((option = getopt_long(argc, argv, "h", known, NULL)) != -1) {
        if (option == 'h') {
            fputs(command->usage, stdout);
            return GH_CTL_DONE;
        }

        if (option == 'r' && command->event != NULL) {
            staff->reason = optarg;

        } else if (option == 'd' && command->action == GH_STAFF_TEMP_PASSWORD) {
            if (!parse_days(optarg, &staff->days)) {
                return usage_error(command, "--days takes a number from 1 to 14");
            }

        } else if (option == '?') {
            fputs(command->usage, stderr);
            return GH_CTL_USAGE;

        } else {
            return usage_error(command, "it has no such option");
        }
    }

    if (argc - optind != 1) {
        return usage_error(command, "say whose account");
    }

    if (staff->reason != NULL && !gh_text_is_clean(gh_text(staff->reason))) {
        return usage_error(command, "the reason is no clean text");
    }

    staff->user = argv[optind];
    return GH_CTL_DONE;
}

/* Who runs this: the identity that acts, or the local user. */
static void
staff_by(const gh_ctl_t *ctl, char *out, size_t size)
{
    const struct passwd *user = getpwuid(getuid());

    if (ctl->bind_dn != NULL) {
        snprintf(out, size, "%s", ctl->bind_dn);
    } else if (user != NULL) {
        snprintf(out, size, "local user %s", user->pw_name);
    } else {
        snprintf(out, size, "local user %lu", (unsigned long) getuid());
    }
}

/* Opens the audit file, `*fd` -1 where none is kept.  Returns 0 or an error. */
static int
staff_open_audit(const gh_ctl_staff_t *staff, int *fd, gh_error_t *error)
{
    const char *path = staff->ctl->config->audit.file;

    *fd = -1;

    if (path == NULL || staff->command->event == NULL) {
        return 0;
    }

    *fd = gh_audit_open(path, error);
    return *fd < 0 ? *fd : 0;
}

/* Writes what was done, or tried, to whose account. */
static int
staff_audit(const gh_ctl_staff_t *staff, const gh_staff_result_t *result, int fd)
{
    gh_audit_event_t event = { .time = staff->now,
        .event = staff->command->event,
        .outcome = gh_outcome_name(result->report.outcome),
        .reason = gh_text(staff->reason) };
    char             by[300];

    if (fd < 0 || result->who.uid == NULL) {
        return 0;
    }

    staff_by(staff->ctl, by, sizeof(by));
    event.by = gh_text(by);
    event.realm = gh_text(result->who.realm->name);
    event.uid = gh_text(result->who.uid);

    return gh_audit_append(fd, &event);
}

/* Says why nothing was done.  Returns an exit code. */
static int
staff_explain(
    const gh_ctl_staff_t *staff, const gh_staff_result_t *result, const gh_client_t *client)
{
    const char *user = staff->user;
    int         code = result->report.result;
    gh_error_t  error = { "" };

    switch (result->report.outcome) {

    case GH_OUTCOME_GONE:
        gh_error_set(&error, 0, "%s: nobody by that name", user);
        break;

    case GH_OUTCOME_TAKEN:
        gh_error_set(&error, 0, "%s: in more than one realm; say REALM:%s", user, user);
        break;

    case GH_OUTCOME_DISABLED:
        gh_error_set(&error, 0, "%s is disabled; `gatehousectl enable` comes first", user);
        break;

    case GH_OUTCOME_UNAVAILABLE:
        if (code < 0) {
            gh_error_set(
                &error, 0, "the directory can't be reached: %s", gh_client_trouble(client));
            return gh_ctl_fail(GH_CTL_UNREACHABLE, &error);
        }
        gh_error_set(&error, 0, "%s: the directory could not do it (%d)", user, code);
        break;

    case GH_OUTCOME_UNDECIDED:
        gh_error_set(&error, 0,
            "%s: the directory did not mark the password as temporary, so it is not shown; "
            "the identity needs the right to manage userPassword, and the policies "
            "pwdMustChange",
            user);
        break;

    default:
        gh_error_set(&error, 0, "%s: the directory refused it: %s (%d)", user,
            gh_outcome_name(result->report.outcome), code);
        break;
    }

    return gh_ctl_fail(GH_CTL_REFUSED, &error);
}

/* Says what was done, and records it.  Returns an exit code. */
static int
staff_finish(const gh_ctl_staff_t *staff, const gh_staff_result_t *result,
    const gh_client_t *client, int audit)
{
    int        rc = staff_audit(staff, result, audit);
    gh_error_t error;

    if (result->report.outcome != GH_OUTCOME_DONE) {
        return staff_explain(staff, result, client);
    }

    if (staff->command->report(staff, result) != 0 || fflush(stdout) != 0 || ferror(stdout)) {
        gh_error_set(&error, GH_ERR_IO, "it was done, but can't be shown: %m");
        return gh_ctl_fail(GH_CTL_REFUSED, &error);
    }

    if (rc != 0) {
        gh_error_set(&error, rc, "it was done, but is not in the audit file %s",
            staff->ctl->config->audit.file);
        return gh_ctl_fail(GH_CTL_REFUSED, &error);
    }

    return GH_CTL_DONE;
}

/* The temporary password: one copy to set, one to show. */
static int
staff_make_password(
    gh_ctl_staff_t *staff, gh_secret_t **shown, gh_secret_t **set, gh_error_t *error)
{
    if (staff->command->action != GH_STAFF_TEMP_PASSWORD) {
        return 0;
    }

    *shown = gh_secret_new();
    *set = gh_secret_new();

    if (*shown == NULL || *set == NULL) {
        return gh_error_set(error, GH_ERR_NOMEM, "memory is out");
    }

    if (gh_proquint_new(*shown) != 0) {
        return gh_error_set(error, GH_ERR_IO, "there is no randomness for a password");
    }

    staff->password = *shown;
    return gh_secret_set(*set, gh_secret_text(*shown));
}

static int
staff_run(gh_ctl_staff_t *staff)
{
    gh_client_t *client = NULL;
    gh_flow_t   *flow = NULL;
    gh_secret_t *shown = NULL, *set = NULL;
    gh_error_t   error = { "" };
    int          audit = -1;
    int          code = GH_CTL_REFUSED;

    if (gh_ctl_configure(staff->ctl, &error) != 0
        || staff_open_audit(staff, &audit, &error) != 0
        || staff_make_password(staff, &shown, &set, &error) != 0)
    {
        gh_ctl_fail(code, &error);
        goto out;
    }

    client = gh_ctl_connect(staff->ctl, &error);

    if (client == NULL) {
        gh_ctl_fail(code, &error);
        goto out;
    }

    flow = gh_staff_new(staff->ctl->config, gh_text(staff->user), staff->command->action, &set,
        staff->end, staff->now);

    if (flow == NULL || gh_drive(client, flow, gh_clock_monotonic() + PATIENCE) != 0) {
        gh_error_set(&error, GH_ERR_NOMEM, "memory is out");
        gh_ctl_fail(code, &error);
        goto out;
    }

    code = staff_finish(staff, gh_staff_result(flow), client, audit);

out:
    gh_flow_free(flow);
    gh_client_free(client);
    gh_secret_free(shown);
    gh_secret_free(set);

    if (audit >= 0) {
        close(audit);
    }

    return code;
}

int
gh_ctl_staff(const gh_ctl_staff_command_t *command, gh_ctl_t *ctl, int argc, char **argv)
{
    gh_ctl_staff_t staff = {
        .command = command, .ctl = ctl, .days = GH_STAFF_DAYS_DEFAULT, .now = gh_clock_now()
    };
    int code = staff_parse(&staff, argc, argv);

    if (staff.user == NULL) {
        return code;
    }

    staff.end = staff.now + staff.days * DAY;

    return staff_run(&staff);
}
