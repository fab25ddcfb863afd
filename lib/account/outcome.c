/*
 * Outcomes: the directory's codes and the password policy's errors in one table
 * each.
 */

/* System. */
#include <strings.h>

/* Account. */
#include "account/outcome.h"

typedef struct {
    int          result;
    gh_outcome_t outcome;
} result_rule_t;

/* RFC 4511, appendix A.  What is not here is UNAVAILABLE: nobody knows. */
static const result_rule_t result_rules[] = {
    { GH_RESULT_SUCCESS, GH_OUTCOME_DONE },

    { 17 /* undefinedAttributeType */, GH_OUTCOME_BAD_VALUE },
    { 18 /* inappropriateMatching */, GH_OUTCOME_BAD_VALUE },
    { GH_RESULT_CONSTRAINT, GH_OUTCOME_BAD_VALUE },
    { GH_RESULT_VALUE_EXISTS, GH_OUTCOME_BAD_VALUE },
    { 21 /* invalidAttributeSyntax */, GH_OUTCOME_BAD_VALUE },
    { 34 /* invalidDNSyntax */, GH_OUTCOME_BAD_VALUE },
    { 64 /* namingViolation */, GH_OUTCOME_BAD_VALUE },
    { 65 /* objectClassViolation */, GH_OUTCOME_BAD_VALUE },

    { GH_RESULT_ALREADY_EXISTS, GH_OUTCOME_TAKEN },
    { GH_RESULT_NO_SUCH_OBJECT, GH_OUTCOME_GONE },
    { GH_RESULT_ASSERTION_FAILED, GH_OUTCOME_USED },

    { GH_RESULT_REFERRAL, GH_OUTCOME_READ_ONLY },    /* a consumer */
    { GH_RESULT_ADMIN_LIMIT, GH_OUTCOME_READ_ONLY }, /* a quota */
    { GH_RESULT_INSUFFICIENT_ACCESS, GH_OUTCOME_READ_ONLY },
    { GH_RESULT_UNWILLING, GH_OUTCOME_READ_ONLY },
    { 80 /* other: slapd's word for a full database */, GH_OUTCOME_READ_ONLY },
};

typedef struct {
    gh_policy_error_t error;
    const char       *reason;
} reason_t;

/* What the password policy says of a new password, in plain words. */
static const reason_t reasons[] = {
    { GH_POLICY_MODIFICATION_NOT_ALLOWED,
        "This password can't be changed here. Please call us for help." },
    { GH_POLICY_MUST_SUPPLY_OLD, "Please give your current password, too." },
    { GH_POLICY_QUALITY, "This password is too easy to guess. Please choose another one." },
    { GH_POLICY_TOO_SHORT, "This password is too short. Please choose a longer one." },
    { GH_POLICY_TOO_YOUNG,
        "Your password was changed only a short while ago. Please try again later." },
    { GH_POLICY_IN_HISTORY,
        "You have used this password before. Please choose one that is new." },
};

static const char *const names[GH_OUTCOME_COUNT] = {
    [GH_OUTCOME_UNDECIDED] = "undecided",
    [GH_OUTCOME_DONE] = "done",
    [GH_OUTCOME_TAKEN] = "taken",
    [GH_OUTCOME_ON_FILE] = "on-file",
    [GH_OUTCOME_MAIL_TAKEN] = "mail-taken",
    [GH_OUTCOME_BAD_PASSWORD] = "bad-password",
    [GH_OUTCOME_BAD_VALUE] = "bad-value",
    [GH_OUTCOME_WRONG_PASSWORD] = "wrong-password",
    [GH_OUTCOME_WRONG_ANSWER] = "wrong-answer",
    [GH_OUTCOME_USED] = "used",
    [GH_OUTCOME_GONE] = "gone",
    [GH_OUTCOME_DISABLED] = "disabled",
    [GH_OUTCOME_READ_ONLY] = "read-only",
    [GH_OUTCOME_UNAVAILABLE] = "unavailable",
};

void
gh_outcome_init(gh_outcome_report_t *report)
{
    *report = (gh_outcome_report_t){ .policy = GH_POLICY_NONE };
}

static gh_outcome_t
outcome_of(int result)
{
    for (size_t i = 0; i < sizeof(result_rules) / sizeof(result_rules[0]); i++) {
        if (result_rules[i].result == result) {
            return result_rules[i].outcome;
        }
    }

    return GH_OUTCOME_UNAVAILABLE;
}

static bool
is_name_byte(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9')
        || c == '-';
}

/* Where `name` stands in `words` as a word of its own, first; NULL: nowhere. */
static const char *
words_find(const char *words, const char *name)
{
    size_t len = strlen(name);

    for (const char *at = words; *at != '\0'; at++) {
        if ((at == words || !is_name_byte(at[-1])) && strncasecmp(at, name, len) == 0
            && !is_name_byte(at[len]))
        {
            return at;
        }
    }

    return NULL;
}

/*
 * The change that the directory's own words are about: the one they name first,
 * since a value may stand behind it.  They are only held against names
 * that we sent and never shown.  The class of an entry is nothing anybody typed.
 */
static const gh_change_t *
change_named(const gh_request_t *request, const char *words)
{
    const gh_change_t *named = NULL;
    const char        *first = NULL;

    for (size_t i = 0; words != NULL && i < request->change_count; i++) {
        const gh_change_t *change = &request->changes[i];
        const char        *at = words_find(words, change->attr);

        if (at != NULL && (first == NULL || at < first)
            && strcasecmp(change->attr, "objectClass") != 0) {
            first = at;
            named = change;
        }
    }

    return named;
}

static bool
request_writes(const gh_request_t *request, const char *attr)
{
    for (size_t i = 0; i < request->change_count; i++) {
        if (strcasecmp(request->changes[i].attr, attr) == 0 && request->changes[i].count > 0) {
            return true;
        }
    }

    return false;
}

/* Whether the policy error is one about a new password. */
static bool
is_about_password(gh_policy_error_t error)
{
    return error >= GH_POLICY_MODIFICATION_NOT_ALLOWED;
}

void
gh_outcome_of_write(
    const gh_request_t *request, const gh_answer_t *answer, gh_outcome_report_t *report)
{
    const gh_change_t *change;

    gh_outcome_init(report);
    report->result = answer->result;
    report->outcome = outcome_of(answer->result);

    if (answer->result > 0 && is_about_password(answer->policy.error)) {
        report->outcome = GH_OUTCOME_BAD_PASSWORD;
        report->policy = answer->policy.error;
        return;
    }

    if (report->outcome != GH_OUTCOME_BAD_VALUE) {
        return;
    }

    change = change_named(request, answer->diagnostic);

    if (change == NULL) {
        return;
    }

    /* The constraint on what may be stored as a password, behind the policy. */
    if (change->is_secret) {
        report->outcome = GH_OUTCOME_BAD_PASSWORD;
        report->policy = GH_POLICY_QUALITY;
        return;
    }

    report->attr = change->attr;
}

void
gh_outcome_of_lookup(const gh_lookup_t *lookup, gh_outcome_report_t *report)
{
    gh_outcome_init(report);

    switch (lookup->outcome) {

    case GH_LOOKUP_FOUND:
        report->outcome = GH_OUTCOME_DONE;
        break;

    case GH_LOOKUP_NOBODY:
    case GH_LOOKUP_AMBIGUOUS:
        report->outcome = GH_OUTCOME_GONE;
        break;

    case GH_LOOKUP_UNAVAILABLE:
        report->outcome = GH_OUTCOME_UNAVAILABLE;
        report->result = lookup->code;
        break;
    }
}

bool
gh_outcome_may_be_mail(const gh_request_t *request, const gh_outcome_report_t *report)
{
    return report->outcome == GH_OUTCOME_BAD_VALUE && report->result == GH_RESULT_CONSTRAINT
        && (report->attr == NULL || strcasecmp(report->attr, "mail") == 0)
        && request_writes(request, "mail");
}

void
gh_outcome_of_mail(const gh_lookup_t *lookup, const char *own, gh_outcome_report_t *report)
{
    switch (lookup->outcome) {

    case GH_LOOKUP_FOUND:
        if (own == NULL || strcasecmp(lookup->who.uuid, own) != 0) {
            report->outcome = GH_OUTCOME_MAIL_TAKEN;
        }
        break;

    case GH_LOOKUP_AMBIGUOUS:
        report->outcome = GH_OUTCOME_MAIL_TAKEN;
        break;

    case GH_LOOKUP_NOBODY:
        break;

    case GH_LOOKUP_UNAVAILABLE:
        report->outcome = GH_OUTCOME_UNAVAILABLE;
        report->result = lookup->code;
        break;
    }
}

const char *
gh_outcome_reason(gh_policy_error_t error)
{
    for (size_t i = 0; i < sizeof(reasons) / sizeof(reasons[0]); i++) {
        if (reasons[i].error == error) {
            return reasons[i].reason;
        }
    }

    return "This password can't be used. Please choose another one.";
}

const char *
gh_outcome_name(gh_outcome_t outcome)
{
    if (outcome < GH_OUTCOME_UNDECIDED || outcome >= GH_OUTCOME_COUNT) {
        outcome = GH_OUTCOME_UNDECIDED;
    }

    return names[outcome];
}
