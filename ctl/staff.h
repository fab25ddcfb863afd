/*
 * What the commands about one account share: their options, the flow, the words
 * for what went wrong, and the line in the audit trail.
 */
#ifndef GH_CTL_STAFF_H
#define GH_CTL_STAFF_H

/* Account. */
#include "account/staff.h"

/* Ctl. */
#include "ctl.h"

typedef struct gh_ctl_staff_s gh_ctl_staff_t;

/* One of the commands, as data. */
typedef struct {
    const char       *name;  /* as it is typed */
    const char       *event; /* as it stands in the audit trail; NULL: it doesn't */
    const char       *usage;
    gh_staff_action_t action;

    /* Says what was done.  Returns 0, or -1 when it could not be written. */
    int (*report)(const gh_ctl_staff_t *staff, const gh_staff_result_t *result);
} gh_ctl_staff_command_t;

/* One run of it. */
struct gh_ctl_staff_s {
    const gh_ctl_staff_command_t *command;
    gh_ctl_t                     *ctl;
    const char                   *user;   /* NULL: only help was asked for */
    const char                   *reason; /* NULL: none was given */
    long                          days;   /* of a temporary password */
    gh_time_t                     now;
    gh_time_t                     end;      /* of a temporary password */
    const gh_secret_t            *password; /* the temporary one; NULL: none */
};

/* Runs a command with its words.  Returns an exit code. */
int gh_ctl_staff(const gh_ctl_staff_command_t *command, gh_ctl_t *ctl, int argc, char **argv);

/*
 * A report in one line: whose account it is and `words`, or that it was so
 * already.  Returns what a command's report returns.
 */
int gh_ctl_staff_say(
    const gh_ctl_staff_t *staff, const gh_staff_result_t *result, const char *words);

#endif
