/*
 * The verdict table: result code, then password policy error, then state of the
 * entry.
 */

/* Account. */
#include "account/verdict.h"

/* What a result code says about the password that was presented. */
typedef enum {
    PASSWORD_UNDECIDED = 0,
    PASSWORD_RIGHT,
    PASSWORD_WRONG,    /* or not looked at */
    PASSWORD_NOT_ASKED /* the directory could not say */
} password_t;

typedef struct {
    int        result;
    password_t password;
} result_rule_t;

/* RFC 4511, appendix A.  What is not here leaves the password undecided. */
static const result_rule_t result_rules[] = {
    { GH_RESULT_SUCCESS, PASSWORD_RIGHT },

    { GH_RESULT_INVALID_CREDENTIALS, PASSWORD_WRONG },
    { GH_RESULT_NO_SUCH_OBJECT, PASSWORD_WRONG },     /* some servers say so */
    { GH_RESULT_INAPPROPRIATE_AUTH, PASSWORD_WRONG }, /* no password to compare */
    { GH_RESULT_CONSTRAINT, PASSWORD_WRONG },         /* 389: retry limit reached */

    { GH_RESULT_UNREACHABLE, PASSWORD_NOT_ASKED },
    { GH_RESULT_TIMEOUT, PASSWORD_NOT_ASKED },
    { GH_RESULT_MALFORMED, PASSWORD_NOT_ASKED },
    { GH_RESULT_OVERLOADED, PASSWORD_NOT_ASKED },
    { GH_RESULT_NOMEM, PASSWORD_NOT_ASKED },
    { 1 /* operationsError */, PASSWORD_NOT_ASKED },
    { 3 /* timeLimitExceeded */, PASSWORD_NOT_ASKED },
    { 8 /* strongerAuthRequired */, PASSWORD_NOT_ASKED },
    { GH_RESULT_REFERRAL, PASSWORD_NOT_ASKED },
    { GH_RESULT_ADMIN_LIMIT, PASSWORD_NOT_ASKED },
    { 13 /* confidentialityRequired */, PASSWORD_NOT_ASKED },
    { GH_RESULT_BUSY, PASSWORD_NOT_ASKED },
    { GH_RESULT_UNAVAILABLE, PASSWORD_NOT_ASKED },
    { GH_RESULT_UNWILLING, PASSWORD_NOT_ASKED },
    { 80 /* other */, PASSWORD_NOT_ASKED },
};

/* The right password and no policy error. */
static const gh_verdict_t on_right[GH_STATE_COUNT] = {
    [GH_STATE_UNKNOWN] = GH_VERDICT_UNKNOWN, /* no account of ours */
    [GH_STATE_OPEN] = GH_VERDICT_SIGNED_IN,
    [GH_STATE_TEMPORARY] = GH_VERDICT_MUST_CHANGE,
    [GH_STATE_NO_PASSWORD] = GH_VERDICT_SIGNED_IN, /* set by other means than ours */
    [GH_STATE_LOCKED] = GH_VERDICT_SIGNED_IN,      /* slapd says the lock is over */
    [GH_STATE_ENDED] = GH_VERDICT_ENDED,
    [GH_STATE_DISABLED] = GH_VERDICT_DISABLED,
};

/* A refused password and no policy error. */
static const gh_verdict_t on_wrong[GH_STATE_COUNT] = {
    [GH_STATE_UNKNOWN] = GH_VERDICT_UNKNOWN,
    [GH_STATE_OPEN] = GH_VERDICT_WRONG_PASSWORD,
    [GH_STATE_TEMPORARY] = GH_VERDICT_WRONG_PASSWORD,
    [GH_STATE_NO_PASSWORD] = GH_VERDICT_NO_PASSWORD,
    [GH_STATE_LOCKED] = GH_VERDICT_LOCKED,
    [GH_STATE_ENDED] = GH_VERDICT_ENDED,
    [GH_STATE_DISABLED] = GH_VERDICT_DISABLED,
};

static const char *const names[GH_VERDICT_COUNT] = {
    [GH_VERDICT_DENY] = "denied",
    [GH_VERDICT_SIGNED_IN] = "signed-in",
    [GH_VERDICT_EXPIRING] = "expiring",
    [GH_VERDICT_GRACE] = "grace",
    [GH_VERDICT_MUST_CHANGE] = "must-change",
    [GH_VERDICT_EXPIRED] = "expired",
    [GH_VERDICT_WRONG_PASSWORD] = "wrong-password",
    [GH_VERDICT_UNKNOWN] = "unknown",
    [GH_VERDICT_NO_PASSWORD] = "no-password",
    [GH_VERDICT_ENDED] = "ended",
    [GH_VERDICT_LOCKED] = "locked",
    [GH_VERDICT_DISABLED] = "disabled",
    [GH_VERDICT_FORBIDDEN] = "forbidden",
    [GH_VERDICT_UNAVAILABLE] = "unavailable",
};

static password_t
password_of(int result)
{
    for (size_t i = 0; i < sizeof(result_rules) / sizeof(result_rules[0]); i++) {
        if (result_rules[i].result == result) {
            return result_rules[i].password;
        }
    }

    return PASSWORD_UNDECIDED;
}

static gh_verdict_t
verdict_right(const gh_policy_t *policy, gh_state_t state)
{
    gh_verdict_t verdict = on_right[state];

    /* What the entry forbids, no word of the policy control allows. */
    if (verdict != GH_VERDICT_SIGNED_IN && verdict != GH_VERDICT_MUST_CHANGE) {
        return verdict;
    }

    if (policy->error == GH_POLICY_CHANGE_AFTER_RESET) {
        return GH_VERDICT_MUST_CHANGE;
    }

    /* Success with any other error contradicts itself. */
    if (policy->error != GH_POLICY_NONE) {
        return GH_VERDICT_DENY;
    }

    if (verdict == GH_VERDICT_SIGNED_IN && policy->grace_left >= 0) {
        return GH_VERDICT_GRACE;
    }

    if (verdict == GH_VERDICT_SIGNED_IN && policy->expires_in >= 0) {
        return GH_VERDICT_EXPIRING;
    }

    return verdict;
}

static gh_verdict_t
verdict_wrong(const gh_policy_t *policy, gh_state_t state)
{
    /* What staff decided comes before what the policy noticed. */
    if (state == GH_STATE_DISABLED || state == GH_STATE_ENDED || state == GH_STATE_UNKNOWN) {
        return on_wrong[state];
    }

    switch (policy->error) {

    case GH_POLICY_NONE:
        return on_wrong[state];

    case GH_POLICY_EXPIRED:
        return GH_VERDICT_EXPIRED;

    case GH_POLICY_LOCKED:
        return GH_VERDICT_LOCKED;

    default:
        return GH_VERDICT_DENY;
    }
}

gh_verdict_t
gh_verdict(const gh_answer_t *bind, gh_state_t state)
{
    if (state < GH_STATE_UNKNOWN || state >= GH_STATE_COUNT) {
        return GH_VERDICT_DENY;
    }

    switch (password_of(bind->result)) {

    case PASSWORD_RIGHT:
        return verdict_right(&bind->policy, state);

    case PASSWORD_WRONG:
        return verdict_wrong(&bind->policy, state);

    case PASSWORD_NOT_ASKED:
        return GH_VERDICT_UNAVAILABLE;

    case PASSWORD_UNDECIDED:
        break;
    }

    return GH_VERDICT_DENY;
}

bool
gh_verdict_was_hashed(const gh_answer_t *bind, gh_state_t state)
{
    if (bind->result == GH_RESULT_SUCCESS || bind->policy.error == GH_POLICY_EXPIRED) {
        return true;
    }

    return bind->result == GH_RESULT_INVALID_CREDENTIALS
        && bind->policy.error != GH_POLICY_LOCKED
        && (state == GH_STATE_OPEN || state == GH_STATE_TEMPORARY);
}

bool
gh_verdict_is_in(gh_verdict_t verdict)
{
    return verdict == GH_VERDICT_SIGNED_IN || verdict == GH_VERDICT_EXPIRING
        || verdict == GH_VERDICT_GRACE;
}

const char *
gh_verdict_name(gh_verdict_t verdict)
{
    if (verdict < GH_VERDICT_DENY || verdict >= GH_VERDICT_COUNT) {
        verdict = GH_VERDICT_DENY;
    }

    return names[verdict];
}
