/*
 * `gatehousectl temp-password`: a way in for who rings and has none.
 */

/* System. */
#include <stdio.h>

/* Jansson. */
#include <jansson.h>

/* Ctl. */
#include "staff.h"

static const char usage[] =
    "usage: gatehousectl [-c FILE] [--json] temp-password USER [--days N]\n"
    "                    [--reason TEXT]\n"
    "\n"
    "Gives the account a random temporary password and prints it, once.  Whoever\n"
    "signs in with it has to choose a new one first.  A mailed link stops working\n"
    "and running sessions end.\n"
    "\n"
    "  --days N       how long it lasts: 1 to 14 days (3)\n"
    "  --reason TEXT  for the audit trail\n"
    "\n"
    "Exit: 0 done, 1 refused or nobody by that name, 2 usage, 3 the directory\n"
    "can't be reached.\n";

static int
report(const gh_ctl_staff_t *staff, const gh_staff_result_t *result)
{
    const gh_identity_card_t *who = &result->who;
    char                      until[GH_CTL_TIME];
    json_t                   *json;
    int                       rc;

    gh_ctl_time_write(staff->end, staff->ctl->is_json, until);

    if (!staff->ctl->is_json) {
        rc = printf("Temporary password of %s (%s), until %s:\n\n    %s\n\n"
                    "It is shown this once.  A new one has to be chosen with it.\n",
            who->uid, who->name, until, staff->password->data);
        return rc < 0 ? -1 : 0;
    }

    json = json_pack("{s:s, s:s, s:s, s:s}", "realm", who->realm->name, "uid", who->uid,
        "password", staff->password->data, "until", until);
    rc = json_dumpf(json, stdout, JSON_COMPACT);
    json_decref(json);

    return rc != 0 || putchar('\n') == EOF ? -1 : 0;
}

static const gh_ctl_staff_command_t command = {
    .name = "temp-password",
    .event = "temporary-password",
    .usage = usage,
    .action = GH_STAFF_TEMP_PASSWORD,
    .report = report,
};

int
gh_ctl_temp_password(gh_ctl_t *ctl, int argc, char **argv)
{
    return gh_ctl_staff(&command, ctl, argc, argv);
}
