/*
 * `gatehousectl sessions revoke`: signs somebody out everywhere.
 */

/* System. */
#include <stdio.h>
#include <string.h>

/* Ctl. */
#include "staff.h"

static const char usage[] =
    "usage: gatehousectl [-c FILE] [--json] sessions revoke USER [--reason TEXT]\n"
    "\n"
    "Ends all sessions of an account that have begun, on every gateway, within\n"
    "seconds.  The password stays as it is, and so do mailed links.\n"
    "\n"
    "  --reason TEXT  for the audit trail\n"
    "\n"
    "Exit: 0 done, 1 refused or nobody by that name, 2 usage, 3 the directory\n"
    "can't be reached.\n";

static int
report(const gh_ctl_staff_t *staff, const gh_staff_result_t *result)
{
    return gh_ctl_staff_say(staff, result, "all sessions have ended");
}

static const gh_ctl_staff_command_t revoke_command = {
    .name = "sessions revoke",
    .event = "sessions-revoked",
    .usage = usage,
    .action = GH_STAFF_REVOKE,
    .report = report,
};

int
gh_ctl_sessions(gh_ctl_t *ctl, int argc, char **argv)
{
    if (argc > 1 && strcmp(argv[1], "revoke") == 0) {
        return gh_ctl_staff(&revoke_command, ctl, argc - 1, argv + 1);
    }

    if (argc > 1 && (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0)) {
        fputs(usage, stdout);
        return GH_CTL_DONE;
    }

    fprintf(stderr, "gatehousectl sessions: say what to do with them: revoke\n%s", usage);
    return GH_CTL_USAGE;
}
