/*
 * Outcomes: what setting up or changing an account comes to.
 *
 * All flows that write share them, so that a shell maps them to pages, codes
 * and words for the audit trail in one function.
 */
#ifndef GH_ACCOUNT_OUTCOME_H
#define GH_ACCOUNT_OUTCOME_H

/* Directory. */
#include "directory/answer.h"
#include "directory/request.h"

/* Account. */
#include "account/lookup.h"

typedef enum {
    GH_OUTCOME_UNDECIDED = 0, /* not done yet, or something that can't be */
    GH_OUTCOME_DONE,
    GH_OUTCOME_TAKEN,          /* somebody has that user name */
    GH_OUTCOME_ON_FILE,        /* that license is on file: never taken over */
    GH_OUTCOME_MAIL_TAKEN,     /* somebody else has that mail address */
    GH_OUTCOME_BAD_PASSWORD,   /* the new one; `policy` says why */
    GH_OUTCOME_BAD_VALUE,      /* something else; `attr` says what */
    GH_OUTCOME_WRONG_PASSWORD, /* the current one */
    GH_OUTCOME_WRONG_ANSWER,   /* to the security question */
    GH_OUTCOME_USED,           /* ticket or link: used already, replaced or ended */
    GH_OUTCOME_GONE,           /* no such account any more */
    GH_OUTCOME_DISABLED,       /* by staff */
    GH_OUTCOME_READ_ONLY,      /* the directory takes no writes: full, or not allowed */
    GH_OUTCOME_UNAVAILABLE,    /* no answer; unknown whether a write was done */
    GH_OUTCOME_COUNT           /* how many there are */
} gh_outcome_t;

typedef struct {
    gh_outcome_t      outcome;
    gh_policy_error_t policy; /* with BAD_PASSWORD; else GH_POLICY_NONE */
    const char       *attr;   /* with BAD_VALUE, the request's; NULL: not said */
    int               result; /* the directory's code, for the log */
} gh_outcome_report_t;

/* A report to fill: nothing is decided. */
void gh_outcome_init(gh_outcome_report_t *report);

/*
 * What the answer to an add or a modify comes to.
 *
 * 68 is TAKEN, 32 GONE and a failed assertion (122) USED: who knows better looks
 * at the entry and says so.  BAD_VALUE may be a mail address that is taken
 * (gh_outcome_may_be_mail).  `attr` points into `request`.
 */
void gh_outcome_of_write(
    const gh_request_t *request, const gh_answer_t *answer, gh_outcome_report_t *report);

/* What a lookup that is done comes to: DONE when it found one, else GONE or
 * UNAVAILABLE. */
void gh_outcome_of_lookup(const gh_lookup_t *lookup, gh_outcome_report_t *report);

/*
 * Whether the refusal may be that of an overlay for unique addresses: `request`
 * writes `mail` and the directory found fault with that or with nothing it named.
 */
bool gh_outcome_may_be_mail(const gh_request_t *request, const gh_outcome_report_t *report);

/*
 * What such a refusal comes to after a lookup for accounts with that address:
 * MAIL_TAKEN when somebody has it other than the entry of entryUUID `own` (NULL:
 * there is none), UNAVAILABLE when that can't be said; otherwise `report` stays.
 */
void gh_outcome_of_mail(
    const gh_lookup_t *lookup, const char *own, gh_outcome_report_t *report);

/*
 * Why the directory refused a new password, as a sentence for the person;
 * a general one for GH_POLICY_NONE and what is not about new passwords.
 */
const char *gh_outcome_reason(gh_policy_error_t error);

/* A word for logs: `done`, `mail-taken`, ... */
const char *gh_outcome_name(gh_outcome_t outcome);

#endif
