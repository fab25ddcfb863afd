/*
 * `gatehousectl unlock`: forgets the wrong passwords that locked an account.
 */

/* Ctl. */
#include "staff.h"

static const char usage[] =
    "usage: gatehousectl [-c FILE] [--json] unlock USER [--reason TEXT]\n"
    "\n"
    "Lets an account in again that too many wrong passwords have locked.  The\n"
    "password stays what it is.\n"
    "\n"
    "  --reason TEXT  for the audit trail\n"
    "\n"
    "Exit: 0 done or not locked, 1 refused or nobody by that name, 2 usage, 3 the\n"
    "directory can't be reached.\n";

static int
report(const gh_ctl_staff_t *staff, const gh_staff_result_t *result)
{
    return gh_ctl_staff_say(staff, result, result->is_unchanged ? "not locked" : "unlocked");
}

static const gh_ctl_staff_command_t command = {
    .name = "unlock",
    .event = "unlock",
    .usage = usage,
    .action = GH_STAFF_UNLOCK,
    .report = report,
};

int
gh_ctl_unlock(gh_ctl_t *ctl, int argc, char **argv)
{
    return gh_ctl_staff(&command, ctl, argc, argv);
}
