/*
 * Check: what the password policies say, as the gateway reads them.
 */

/* System. */
#include <stdio.h>
#include <stdlib.h>

/* Ctl. */
#include "check.h"

/* What a value of a policy has to be. */
typedef enum {
    RULE_TRUE = 1,
    RULE_NOT_TRUE, /* FALSE or absent */
    RULE_ABSENT,   /* or 0 */
    RULE_POSITIVE, /* above 0 */
    RULE_AT_LEAST, /* `number` */
    RULE_AT_MOST,  /* `number`, or absent */
    RULE_LOCKOUT   /* what `lockout` of the configuration says */
} rule_kind_t;

typedef struct {
    const char *attr;
    rule_kind_t kind;
    long        number;
    const char *why;
} rule_t;

/* A policy and its rules, which end with a NULL attribute. */
typedef struct {
    const char   *name;
    const rule_t *rules;
} policy_t;

#define CRASHES "leave it out: slapd 2.5 crashes over it at the first wrong password"
#define REFUSES "set it to FALSE: it makes slapd refuse every reset by the gateway"

static const rule_t for_people[] = {
    { "pwdMinDelay", RULE_ABSENT, 0, CRASHES },
    { "pwdSafeModify", RULE_NOT_TRUE, 0, REFUSES },
    { "pwdMustChange", RULE_TRUE, 0,
        "set it to TRUE, or a password that staff set is no temporary one" },
    { "pwdCheckQuality", RULE_AT_LEAST, 1, "set it to 2, or slapd takes any password" },
    { "pwdMinLength", RULE_POSITIVE, 0, "set it to 15" },
    { "pwdInHistory", RULE_POSITIVE, 0,
        "set it to 1 or more, or a temporary password may be chosen again" },
    { "pwdLockout", RULE_TRUE, 0, "set it to TRUE, or guessing has no end" },
    { "pwdLockoutDuration", RULE_LOCKOUT, 0,
        "make it and lockout in section directory the same" },
    { "pwdMaxFailure", RULE_AT_LEAST, 20,
        "set it to about 100: license numbers are public, and a low limit shuts people out" },
    { NULL, 0, 0, NULL },
};

static const rule_t for_answers[] = {
    { "pwdMinDelay", RULE_ABSENT, 0, CRASHES },
    { "pwdSafeModify", RULE_NOT_TRUE, 0, REFUSES },
    { "pwdMustChange", RULE_NOT_TRUE, 0,
        "set it to FALSE: an answer is never a temporary one" },
    { "pwdMinLength", RULE_AT_MOST, 1, "set it to 1: answers are short" },
    { "pwdLockout", RULE_TRUE, 0, "set it to TRUE, or guessing answers has no end" },
    { NULL, 0, 0, NULL },
};

static const rule_t for_services[] = {
    { "pwdMinDelay", RULE_ABSENT, 0, CRASHES },
    { "pwdLockout", RULE_NOT_TRUE, 0,
        "set it to FALSE, or anybody can shut the gateway out by guessing" },
    { "pwdMustChange", RULE_NOT_TRUE, 0, "set it to FALSE: a program can't choose a password" },
    { NULL, 0, 0, NULL },
};

static const policy_t policies[] = {
    { "default", for_people },
    { "temporary", for_people },
    { "recovery", for_answers },
    { "service", for_services },
};

static bool
rule_holds(const rule_t *rule, gh_text_t value, long lockout)
{
    bool is_true = gh_text_equal_nocase(value, GH_TEXT("TRUE"));
    long number = strtol(value.data, NULL, 10);

    switch (rule->kind) {

    case RULE_TRUE:
        return is_true;

    case RULE_NOT_TRUE:
        return !is_true;

    case RULE_ABSENT:
        return number == 0;

    case RULE_POSITIVE:
        return number > 0;

    case RULE_AT_LEAST:
        return number >= rule->number;

    case RULE_AT_MOST:
        return number <= rule->number;

    case RULE_LOCKOUT:
        return number == lockout;
    }

    return false;
}

/* Holds an entry against the rules; how many do not hold. */
static size_t
policy_rules(gh_check_t *check, const gh_check_server_t *server, const policy_t *policy,
    const gh_entry_t *entry)
{
    size_t faults = 0;

    for (const rule_t *rule = policy->rules; rule->attr != NULL; rule++) {
        gh_text_t value = gh_entry_value(entry, rule->attr);

        if (!rule_holds(rule, value, server->settings.lockout)) {
            gh_finding_fault(&check->findings, server->uris[0], rule->why, "cn=%s: %s is %s",
                policy->name, rule->attr,
                gh_text_is_empty(value)       ? "absent"
                    : gh_text_is_clean(value) ? value.data
                                              : "no text");
            faults++;
        }
    }

    return faults;
}

static void
policy_check(gh_check_t *check, const gh_check_server_t *server, const policy_t *policy)
{
    static const char *const attrs[] = { "*", NULL };

    gh_buf_t    dn;
    gh_answer_t answer;

    gh_buf_init(&dn);
    gh_buf_add_format(&dn, "cn=%s,ou=policies,%s", policy->name, server->settings.base);
    gh_check_search(server, server->gateway, gh_buf_string(&dn), GH_SCOPE_BASE,
        "(objectClass=pwdPolicy)", attrs, 1, &answer);

    if (answer.result != GH_RESULT_SUCCESS || answer.entry_count == 0) {
        gh_finding_fault(&check->findings, server->uris[0],
            "add it as 50-tree.ldif has it, for the gateway to read",
            "cn=%s: there is none to see: %s", policy->name,
            answer.result == GH_RESULT_SUCCESS ? "no pwdPolicy" : gh_check_words(&answer));

    } else if (policy_rules(check, server, policy, answer.entries) == 0) {
        gh_finding_good(&check->findings, server->uris[0], "cn=%s is sound", policy->name);
    }

    gh_answer_cleanup(&answer);
    gh_buf_cleanup(&dn);
}

void
gh_check_policies(gh_check_t *check, gh_check_server_t *server)
{
    for (size_t i = 0; server->gateway != NULL && i < sizeof(policies) / sizeof(policies[0]);
         i++) {
        policy_check(check, server, &policies[i]);
    }
}
