/*
 * Outcomes: what a refused write comes to, and why.
 */

/* cmocka. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

/* Tests. */
#include "canned.h"

/* Account. */
#include "account/outcome.h"

typedef struct {
    int               result;
    gh_policy_error_t error;
    const char       *words;
    gh_outcome_t      outcome;
    gh_policy_error_t policy;
    const char       *attr;
    bool              may_be_mail;
} write_case_t;

#define NONE GH_POLICY_NONE

static const write_case_t write_cases[] = {
    { 0, NONE, NULL, GH_OUTCOME_DONE, NONE, NULL, false },
    { 68, NONE, NULL, GH_OUTCOME_TAKEN, NONE, NULL, false },
    { 32, NONE, NULL, GH_OUTCOME_GONE, NONE, NULL, false },
    { 122, NONE, NULL, GH_OUTCOME_USED, NONE, NULL, false },

    /* The password policy says why in its control; its words come second. */
    { 19, GH_POLICY_TOO_SHORT, "mail", GH_OUTCOME_BAD_PASSWORD, GH_POLICY_TOO_SHORT, NULL,
        false },
    { 19, GH_POLICY_IN_HISTORY, NULL, GH_OUTCOME_BAD_PASSWORD, GH_POLICY_IN_HISTORY, NULL,
        false },
    { 50, GH_POLICY_MUST_SUPPLY_OLD, NULL, GH_OUTCOME_BAD_PASSWORD, GH_POLICY_MUST_SUPPLY_OLD,
        NULL, false },
    { 0, GH_POLICY_CHANGE_AFTER_RESET, NULL, GH_OUTCOME_DONE, NONE, NULL, false },
    { 19, NONE, "add breaks constraint on userPassword", GH_OUTCOME_BAD_PASSWORD,
        GH_POLICY_QUALITY, NULL, false },

    /* Of the attributes sent, the one that is named first, as a word. */
    { 19, NONE, "add breaks constraint on mail", GH_OUTCOME_BAD_VALUE, NONE, "mail", true },
    { 19, NONE, "non-unique attributes found with (|(mail=sn@example.org))",
        GH_OUTCOME_BAD_VALUE, NONE, "mail", true },
    { 19, NONE, "some attributes not unique", GH_OUTCOME_BAD_VALUE, NONE, NULL, true },
    { 21, NONE, "MAIL: value #0 invalid per syntax", GH_OUTCOME_BAD_VALUE, NONE, "mail",
        false },
    { 21, NONE, "gatehouseClaimedCompExpiry: value #0 invalid per syntax", GH_OUTCOME_BAD_VALUE,
        NONE, "gatehouseClaimedCompExpiry", false },
    { 21, NONE, "mailbox: nobody asked", GH_OUTCOME_BAD_VALUE, NONE, NULL, false },
    { 65, NONE, "objectClass: value #0", GH_OUTCOME_BAD_VALUE, NONE, NULL, false },

    { 10, NONE, NULL, GH_OUTCOME_READ_ONLY, NONE, NULL, false },
    { 11, NONE, NULL, GH_OUTCOME_READ_ONLY, NONE, NULL, false },
    { 50, NONE, "no write access to parent", GH_OUTCOME_READ_ONLY, NONE, NULL, false },
    { 53, NONE, "operation restricted", GH_OUTCOME_READ_ONLY, NONE, NULL, false },
    { 80, NONE, NULL, GH_OUTCOME_READ_ONLY, NONE, NULL, false },

    { GH_RESULT_UNREACHABLE, NONE, NULL, GH_OUTCOME_UNAVAILABLE, NONE, NULL, false },
    { GH_RESULT_TIMEOUT, NONE, NULL, GH_OUTCOME_UNAVAILABLE, NONE, NULL, false },
    { GH_RESULT_NOMEM, NONE, NULL, GH_OUTCOME_UNAVAILABLE, NONE, NULL, false },
    { 51, NONE, NULL, GH_OUTCOME_UNAVAILABLE, NONE, NULL, false },
    { 52, NONE, NULL, GH_OUTCOME_UNAVAILABLE, NONE, NULL, false },
    { 4711, NONE, NULL, GH_OUTCOME_UNAVAILABLE, NONE, NULL, false },
    { 49, NONE, NULL, GH_OUTCOME_UNAVAILABLE, NONE, NULL, false },
};

static void
test_write(void **state)
{
    gh_secret_t  *password = canned_secret("a password of nobody");
    gh_request_t *add = gh_request_add("uid=maria,ou=public,dc=city,dc=example");

    (void) state;

    gh_request_set(add, GH_CHANGE_ADD, "objectClass", gh_text("person"));
    gh_request_set(add, GH_CHANGE_ADD, "sn", gh_text("Lopez"));
    gh_request_set(add, GH_CHANGE_ADD, "mail", gh_text("maria@example.org"));
    gh_request_set(add, GH_CHANGE_ADD, "gatehouseClaimedCompExpiry", gh_text("soon"));
    gh_request_set_secret(add, GH_CHANGE_ADD, "userPassword", password);

    for (size_t i = 0; i < COUNT(write_cases); i++) {
        const write_case_t *want = &write_cases[i];
        gh_outcome_report_t report;
        gh_answer_t         answer;

        gh_answer_init(&answer);
        answer.result = want->result;
        answer.policy.error = want->error;
        answer.diagnostic = (char *) want->words;
        gh_outcome_of_write(add, &answer, &report);

        assert_int_equal(report.outcome, want->outcome);
        assert_int_equal(report.policy, want->policy);
        assert_int_equal(report.result, want->result);
        assert_int_equal(gh_outcome_may_be_mail(add, &report), want->may_be_mail);

        if (want->attr != NULL) {
            assert_string_equal(report.attr, want->attr);
        } else {
            assert_null(report.attr);
        }
    }

    gh_request_free(add);
    gh_secret_free(password);
}

/* Without an address in it, no refusal is about one. */
static void
test_mail_is_not_written(void **state)
{
    gh_request_t       *modify = gh_request_modify("uid=maria,dc=city,dc=example");
    gh_outcome_report_t report;
    gh_answer_t         answer;

    (void) state;

    gh_request_change(modify, GH_CHANGE_REPLACE, "mail", NULL, 0);
    gh_answer_init(&answer);
    answer.result = GH_RESULT_CONSTRAINT;
    gh_outcome_of_write(modify, &answer, &report);
    assert_false(gh_outcome_may_be_mail(modify, &report));
    gh_request_free(modify);
}

static void
test_mail(void **state)
{
    char                uuid[] = "0A1b";
    gh_lookup_t         lookup;
    gh_outcome_report_t report;

    (void) state;

    gh_lookup_init(&lookup);
    lookup.who.uuid = uuid;

    lookup.outcome = GH_LOOKUP_FOUND;
    report = (gh_outcome_report_t){ .outcome = GH_OUTCOME_BAD_VALUE };
    gh_outcome_of_mail(&lookup, "0a1B", &report);
    assert_int_equal(report.outcome, GH_OUTCOME_BAD_VALUE);
    gh_outcome_of_mail(&lookup, "0a1c", &report);
    assert_int_equal(report.outcome, GH_OUTCOME_MAIL_TAKEN);
    report.outcome = GH_OUTCOME_BAD_VALUE;
    gh_outcome_of_mail(&lookup, NULL, &report);
    assert_int_equal(report.outcome, GH_OUTCOME_MAIL_TAKEN);

    lookup.outcome = GH_LOOKUP_NOBODY;
    report.outcome = GH_OUTCOME_BAD_VALUE;
    gh_outcome_of_mail(&lookup, NULL, &report);
    assert_int_equal(report.outcome, GH_OUTCOME_BAD_VALUE);

    lookup.outcome = GH_LOOKUP_AMBIGUOUS;
    gh_outcome_of_mail(&lookup, "0a1b", &report);
    assert_int_equal(report.outcome, GH_OUTCOME_MAIL_TAKEN);

    lookup.outcome = GH_LOOKUP_UNAVAILABLE;
    lookup.code = GH_RESULT_TIMEOUT;
    gh_outcome_of_mail(&lookup, NULL, &report);
    assert_int_equal(report.outcome, GH_OUTCOME_UNAVAILABLE);
    assert_int_equal(report.result, GH_RESULT_TIMEOUT);
}

static void
test_reasons(void **state)
{
    (void) state;

    assert_string_equal(gh_outcome_reason(GH_POLICY_IN_HISTORY),
        "You have used this password before. Please choose one that is new.");
    assert_string_equal(gh_outcome_reason(GH_POLICY_TOO_SHORT),
        "This password is too short. Please choose a longer one.");
    assert_string_equal(gh_outcome_reason(GH_POLICY_NONE),
        "This password can't be used. Please choose another one.");
    assert_string_equal(gh_outcome_reason(GH_POLICY_LOCKED),
        "This password can't be used. Please choose another one.");
}

static void
test_names(void **state)
{
    (void) state;

    assert_string_equal(gh_outcome_name(GH_OUTCOME_DONE), "done");
    assert_string_equal(gh_outcome_name(GH_OUTCOME_UNAVAILABLE), "unavailable");
    assert_string_equal(gh_outcome_name((gh_outcome_t) 99), "undecided");
    assert_string_equal(gh_outcome_name((gh_outcome_t) -1), "undecided");

    for (int i = 0; i < GH_OUTCOME_COUNT; i++) {
        assert_non_null(gh_outcome_name((gh_outcome_t) i));
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_write),
        cmocka_unit_test(test_mail_is_not_written),
        cmocka_unit_test(test_mail),
        cmocka_unit_test(test_reasons),
        cmocka_unit_test(test_names),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
