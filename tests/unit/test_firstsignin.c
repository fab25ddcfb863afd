/*
 * First sign-in: fed with canned answers, what the flow sends and what it comes
 * to.
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
#include "account/firstsignin.h"

#define BASE     "dc=city,dc=example"
#define DN       "uid=765432,ou=contractors," BASE
#define UUID     "5f1e8a52-0b51-4a0c-a8a1-2f6f0d1c9b11"
#define OTHER    "5f1e8a52-0b51-4a0c-a8a1-2f6f0d1c9b12"
#define PASSWORD "level plumb and square"
#define NOW      ((gh_time_t) 1795417500 * GH_SECOND) /* 2026-11-23T07:05:00Z */

static gh_config_t config = { .directory = { .base = BASE } };

static gh_realm_t realm = { .name = "contractor", .base = "ou=contractors," BASE };

static const gh_typed_t typed[] = {
    { "o", { "ANOTHER NAME", 12 } },
    { "mail", { "office@example.org", 18 } },
};

static const canned_value_t temporary[] = {
    { "uid", "765432" },
    { "entryUUID", UUID },
    { "cn", "RETURNING BUILDERS" },
    { "o", "RETURNING BUILDERS" },
    { "pwdReset", "TRUE" },
    { "pwdEndTime", "20261124000000Z" },
};

static const canned_value_t ended[] = {
    { "uid", "765432" },
    { "entryUUID", UUID },
    { "pwdReset", "TRUE" },
    { "pwdEndTime", "20261123070500Z" },
};

static const canned_value_t disabled[] = {
    { "uid", "765432" },
    { "entryUUID", UUID },
    { "pwdReset", "TRUE" },
    { "gatehouseDisabled", "TRUE" },
};

static const canned_value_t own[] = {
    { "uid", "765432" },
    { "entryUUID", UUID },
    { "gatehousePasswordSet", "20261123070400Z" },
};

static const canned_value_t neighbor[] = {
    { "uid", "765433" },
    { "entryUUID", OTHER },
};

static gh_firstsignin_form_t
form_of(const char *question)
{
    return (gh_firstsignin_form_t){ gh_text("765432"), gh_text(UUID), typed, COUNT(typed),
        gh_text(question) };
}

static gh_flow_t *
flow_new(const char *words, const char *question)
{
    gh_firstsignin_form_t form = form_of(question);
    gh_secret_t          *password = canned_secret(words);
    gh_secret_t          *answer = canned_secret("rex");
    gh_flow_t *flow = gh_firstsignin_new(&config, &realm, &form, &password, &answer, NOW);

    assert_non_null(flow);
    assert_null(password);
    assert_null(answer);

    return flow;
}

static gh_flow_t *
question_new(const char *question)
{
    gh_firstsignin_form_t form = form_of(question);
    gh_secret_t          *answer = canned_secret("rex");
    gh_flow_t            *flow = gh_firstsignin_question_new(&config, &realm, &form, &answer);

    assert_non_null(flow);
    assert_null(answer);

    return flow;
}

/* A flow that waits for the answer to its change. */
static gh_flow_t *
changing_new(void)
{
    gh_flow_t *flow = flow_new(PASSWORD, "First pet?");

    canned_show(flow, DN, temporary, COUNT(temporary));

    return flow;
}

static void
assert_outcome(gh_flow_t *flow, gh_outcome_t outcome, bool has_question)
{
    assert_true(gh_flow_is_done(flow));
    assert_null(gh_flow_next(flow));
    assert_int_equal(gh_firstsignin_result(flow)->report.outcome, outcome);
    assert_int_equal(gh_firstsignin_result(flow)->has_question, has_question);
    gh_flow_free(flow);
}

static void
test_ends_a_temporary_password(void **state)
{
    gh_flow_t          *flow = changing_new();
    const gh_request_t *request = canned_next(flow, GH_OPERATION_MODIFY);
    gh_answer_t         answer;

    (void) state;

    assert_string_equal(request->dn, DN);
    assert_string_equal(request->assertion,
        "(|(!(objectClass=gatehouseAccount))(&(pwdReset=TRUE)(!(gatehouseDisabled=TRUE))"
        "(!(pwdEndTime<=20261123070500Z))))");
    assert_int_equal(request->change_count, 10);
    assert_sets(request, GH_CHANGE_REPLACE, "userPassword", PASSWORD);
    assert_true(canned_change(request, GH_CHANGE_REPLACE, "userPassword")->is_secret);
    assert_sets(request, GH_CHANGE_REPLACE, "gatehousePasswordSet", "20261123070500Z");
    assert_sets(request, GH_CHANGE_REPLACE, "pwdEndTime", NULL);
    assert_sets(request, GH_CHANGE_REPLACE, "pwdPolicySubentry", NULL);
    assert_sets(request, GH_CHANGE_REPLACE, "gatehouseResetDigest", NULL);
    assert_sets(request, GH_CHANGE_REPLACE, "gatehouseResetUntil", NULL);
    assert_sets(request, GH_CHANGE_REPLACE, "gatehouseSessionsNotBefore", "20261123070500Z");
    assert_sets(request, GH_CHANGE_REPLACE, "gatehouseMarked", "20261123070500Z");
    assert_sets(request, GH_CHANGE_REPLACE, "gatehouseLastSignIn", "20261123070500Z");
    assert_sets(request, GH_CHANGE_REPLACE, "mail", "office@example.org");
    assert_leaves(request, "o");

    gh_answer_init(&answer);
    answer.result = GH_RESULT_SUCCESS;
    gh_flow_take(flow, request, &answer);

    request = canned_next(flow, GH_OPERATION_MODIFY);
    assert_string_equal(request->dn, "cn=recovery," DN);
    gh_flow_take(flow, request, &answer);

    assert_string_equal(gh_firstsignin_result(flow)->who.name, "RETURNING BUILDERS");
    assert_string_equal(gh_firstsignin_result(flow)->who.mail, "office@example.org");
    assert_outcome(flow, GH_OUTCOME_DONE, true);
}

static void
test_looks_for_the_very_entry(void **state)
{
    gh_flow_t          *flow = flow_new(PASSWORD, "First pet?");
    const gh_request_t *search = canned_next(flow, GH_OPERATION_SEARCH);
    gh_answer_t         answer;

    (void) state;

    assert_string_equal(search->dn, "ou=contractors," BASE);
    assert_string_equal(
        search->filter, "(&(objectClass=gatehouseAccount)(uid=765432)(entryUUID=" UUID "))");
    gh_answer_init(&answer);
    answer.result = GH_RESULT_SUCCESS;
    gh_flow_take(flow, search, &answer);
    assert_outcome(flow, GH_OUTCOME_GONE, false);
}

static void
test_adds_the_question_when_there_is_none(void **state)
{
    gh_flow_t *flow = changing_new();

    (void) state;

    canned_give(flow, GH_OPERATION_MODIFY, GH_RESULT_SUCCESS);
    canned_give(flow, GH_OPERATION_MODIFY, GH_RESULT_NO_SUCH_OBJECT);
    canned_give(flow, GH_OPERATION_ADD, GH_RESULT_SUCCESS);
    assert_outcome(flow, GH_OUTCOME_DONE, true);
}

/* The password is changed; the question is asked for another time. */
static void
test_password_stands_without_the_question(void **state)
{
    gh_flow_t *flow = changing_new();

    (void) state;

    canned_give(flow, GH_OPERATION_MODIFY, GH_RESULT_SUCCESS);
    canned_give(flow, GH_OPERATION_MODIFY, GH_RESULT_UNREACHABLE);
    assert_outcome(flow, GH_OUTCOME_DONE, false);

    flow = changing_new();
    canned_give(flow, GH_OPERATION_MODIFY, GH_RESULT_SUCCESS);
    canned_give(flow, GH_OPERATION_MODIFY, GH_RESULT_NO_SUCH_OBJECT);
    canned_give(flow, GH_OPERATION_ADD, GH_RESULT_UNREACHABLE);
    assert_outcome(flow, GH_OUTCOME_DONE, false);

    flow = flow_new(PASSWORD, NULL);
    canned_show(flow, DN, temporary, COUNT(temporary));
    canned_give(flow, GH_OPERATION_MODIFY, GH_RESULT_SUCCESS);
    assert_outcome(flow, GH_OUTCOME_DONE, false);
}

static void
test_no_temporary_password_in_force(void **state)
{
    gh_flow_t *flow = flow_new(PASSWORD, "First pet?");

    (void) state;

    canned_show(flow, DN, own, COUNT(own));
    assert_outcome(flow, GH_OUTCOME_USED, false);

    flow = flow_new(PASSWORD, "First pet?");
    canned_show(flow, DN, ended, COUNT(ended));
    assert_outcome(flow, GH_OUTCOME_USED, false);

    flow = flow_new(PASSWORD, "First pet?");
    canned_show(flow, DN, disabled, COUNT(disabled));
    assert_outcome(flow, GH_OUTCOME_DISABLED, false);
}

/* A failed assertion is looked into. */
static void
test_somebody_was_faster(void **state)
{
    gh_flow_t *flow = changing_new();

    (void) state;

    canned_give(flow, GH_OPERATION_MODIFY, GH_RESULT_ASSERTION_FAILED);
    canned_show(flow, DN, own, COUNT(own));
    assert_outcome(flow, GH_OUTCOME_USED, false);

    flow = changing_new();
    canned_give(flow, GH_OPERATION_MODIFY, GH_RESULT_ASSERTION_FAILED);
    canned_show(flow, DN, disabled, COUNT(disabled));
    assert_outcome(flow, GH_OUTCOME_DISABLED, false);

    flow = changing_new();
    canned_give(flow, GH_OPERATION_MODIFY, GH_RESULT_ASSERTION_FAILED);
    canned_show(flow, DN, ended, COUNT(ended));
    assert_outcome(flow, GH_OUTCOME_USED, false);

    flow = changing_new();
    canned_give(flow, GH_OPERATION_MODIFY, GH_RESULT_ASSERTION_FAILED);
    canned_give(flow, GH_OPERATION_SEARCH, GH_RESULT_NO_SUCH_OBJECT);
    assert_outcome(flow, GH_OUTCOME_GONE, false);

    flow = changing_new();
    canned_give(flow, GH_OPERATION_MODIFY, GH_RESULT_ASSERTION_FAILED);
    canned_give(flow, GH_OPERATION_SEARCH, GH_RESULT_TIMEOUT);
    assert_outcome(flow, GH_OUTCOME_UNAVAILABLE, false);
}

/* The temporary password again, or the same form twice. */
static void
test_password_of_the_history(void **state)
{
    gh_flow_t *flow = changing_new();

    (void) state;

    canned_refuse(flow, GH_OPERATION_MODIFY, GH_RESULT_CONSTRAINT, GH_POLICY_IN_HISTORY, NULL);
    canned_show(flow, DN, temporary, COUNT(temporary));
    assert_int_equal(gh_firstsignin_result(flow)->report.policy, GH_POLICY_IN_HISTORY);
    assert_outcome(flow, GH_OUTCOME_BAD_PASSWORD, false);

    flow = changing_new();
    canned_refuse(flow, GH_OPERATION_MODIFY, GH_RESULT_CONSTRAINT, GH_POLICY_IN_HISTORY, NULL);
    canned_show(flow, DN, own, COUNT(own));
    assert_outcome(flow, GH_OUTCOME_USED, false);
}

static void
test_change_is_refused(void **state)
{
    gh_flow_t *flow = changing_new();

    (void) state;

    canned_refuse(flow, GH_OPERATION_MODIFY, GH_RESULT_CONSTRAINT, GH_POLICY_TOO_SHORT, NULL);
    assert_int_equal(gh_firstsignin_result(flow)->report.policy, GH_POLICY_TOO_SHORT);
    assert_outcome(flow, GH_OUTCOME_BAD_PASSWORD, false);

    flow = changing_new();
    canned_give(flow, GH_OPERATION_MODIFY, GH_RESULT_CONSTRAINT);
    canned_show(flow, "uid=765433,ou=contractors," BASE, neighbor, COUNT(neighbor));
    assert_outcome(flow, GH_OUTCOME_MAIL_TAKEN, false);

    flow = changing_new();
    canned_give(flow, GH_OPERATION_MODIFY, GH_RESULT_UNREACHABLE);
    assert_outcome(flow, GH_OUTCOME_UNAVAILABLE, false);

    flow = changing_new();
    canned_give(flow, GH_OPERATION_MODIFY, GH_RESULT_REFERRAL);
    assert_outcome(flow, GH_OUTCOME_READ_ONLY, false);

    /* An empty password never leaves. */
    assert_outcome(flow_new("", "First pet?"), GH_OUTCOME_BAD_PASSWORD, false);
}

static void
test_question_alone(void **state)
{
    gh_flow_t          *flow = question_new("First pet?");
    const gh_request_t *add;
    gh_answer_t         answer;

    (void) state;

    canned_show(flow, DN, own, COUNT(own));
    add = canned_next(flow, GH_OPERATION_ADD);
    assert_string_equal(add->dn, "cn=recovery," DN);
    assert_sets(add, GH_CHANGE_ADD, "gatehouseQuestion", "First pet?");
    gh_answer_init(&answer);
    answer.result = GH_RESULT_SUCCESS;
    gh_flow_take(flow, add, &answer);
    assert_outcome(flow, GH_OUTCOME_DONE, true);

    flow = question_new("First pet?");
    canned_show(flow, DN, own, COUNT(own));
    canned_give(flow, GH_OPERATION_ADD, GH_RESULT_ALREADY_EXISTS);
    assert_outcome(flow, GH_OUTCOME_USED, false);

    flow = question_new("First pet?");
    canned_show(flow, DN, disabled, COUNT(disabled));
    assert_outcome(flow, GH_OUTCOME_DISABLED, false);

    flow = question_new("First pet?");
    canned_show(flow, DN, own, COUNT(own));
    canned_give(flow, GH_OPERATION_ADD, GH_RESULT_UNREACHABLE);
    assert_outcome(flow, GH_OUTCOME_UNAVAILABLE, false);

    flow = question_new("");
    assert_string_equal(gh_firstsignin_result(flow)->report.attr, "gatehouseQuestion");
    assert_outcome(flow, GH_OUTCOME_BAD_VALUE, false);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_ends_a_temporary_password),
        cmocka_unit_test(test_looks_for_the_very_entry),
        cmocka_unit_test(test_adds_the_question_when_there_is_none),
        cmocka_unit_test(test_password_stands_without_the_question),
        cmocka_unit_test(test_no_temporary_password_in_force),
        cmocka_unit_test(test_somebody_was_faster),
        cmocka_unit_test(test_password_of_the_history),
        cmocka_unit_test(test_change_is_refused),
        cmocka_unit_test(test_question_alone),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
