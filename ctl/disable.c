/*
 * `gatehousectl disable` and `enable`: an account shut by staff, and opened again.
 */

/* Ctl. */
#include "staff.h"

static const char disable_usage[] =
    "usage: gatehousectl [-c FILE] [--json] disable USER [--reason TEXT]\n"
    "\n"
    "Shuts an account until `enable`: no password opens it, no mailed link changes\n"
    "that, and running sessions end.  A temporary password ends for good.\n"
    "\n"
    "  --reason TEXT  for the audit trail\n"
    "\n"
    "Exit: 0 done, 1 refused or nobody by that name, 2 usage, 3 the directory\n"
    "can't be reached.\n";

static const char enable_usage[] =
    "usage: gatehousectl [-c FILE] [--json] enable USER [--reason TEXT]\n"
    "\n"
    "Opens an account that was disabled, with the password it had.  Where that was\n"
    "a temporary one, it stays ended, and a new one has to be issued.\n"
    "\n"
    "  --reason TEXT  for the audit trail\n"
    "\n"
    "Exit: 0 done or not disabled, 1 refused or nobody by that name, 2 usage, 3 the\n"
    "directory can't be reached.\n";

static int
disable_report(const gh_ctl_staff_t *staff, const gh_staff_result_t *result)
{
    return gh_ctl_staff_say(staff, result, "disabled");
}

static int
enable_report(const gh_ctl_staff_t *staff, const gh_staff_result_t *result)
{
    bool is_temporary = gh_entry_has(result->entry, "pwdReset", GH_TEXT("TRUE"));

    if (result->is_unchanged) {
        return gh_ctl_staff_say(staff, result, "not disabled");
    }

    return gh_ctl_staff_say(staff, result,
        is_temporary ? "enabled; the temporary password has ended, issue a new one"
                     : "enabled");
}

static const gh_ctl_staff_command_t disable_command = {
    .name = "disable",
    .event = "disable",
    .usage = disable_usage,
    .action = GH_STAFF_DISABLE,
    .report = disable_report,
};

static const gh_ctl_staff_command_t enable_command = {
    .name = "enable",
    .event = "enable",
    .usage = enable_usage,
    .action = GH_STAFF_ENABLE,
    .report = enable_report,
};

int
gh_ctl_disable(gh_ctl_t *ctl, int argc, char **argv)
{
    return gh_ctl_staff(&disable_command, ctl, argc, argv);
}

int
gh_ctl_enable(gh_ctl_t *ctl, int argc, char **argv)
{
    return gh_ctl_staff(&enable_command, ctl, argc, argv);
}
