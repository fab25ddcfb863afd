/*
 * Password: fed with canned answers, what the flow sends and what it comes to.
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
#include "account/password.h"

#define BASE    "dc=city,dc=example"
#define DN      "uid=maria,ou=public," BASE
#define UUID    "5f1e8a52-0b51-4a0c-a8a1-2f6f0d1c9b11"
#define CURRENT "blue heron over the pier"
#define NEW     "seven pelicans at low tide"
#define NOW     ((gh_time_t) 1795417500 * GH_SECOND) /* 2026-11-23T07:05:00Z */

static gh_config_t config = { .directory = { .base = BASE, .lockout = 60 } };

static gh_realm_t realm = { .name = "public", .base = "ou=public," BASE };

static const canned_value_t account[] = {
    { "uid", "maria" },
    { "entryUUID", UUID },
    { "cn", "Maria Lopez" },
    { "mail", "maria@example.org" },
    { "gatehousePasswordSet", "20261101000000Z" },
    { "pwdChangedTime", "20261101000001Z" },
};

static const canned_value_t disabled[] = {
    { "uid", "maria" },
    { "entryUUID", UUID },
    { "gatehousePasswordSet", "20261101000000Z" },
    { "gatehouseDisabled", "TRUE" },
};

static const canned_value_t fresh[] = {
    { "uid", "maria" },
    { "entryUUID", UUID },
    { "gatehousePasswordSet", "20261101000000Z" },
};

static gh_flow_t *
flow_new(const char *current_words, const char *words)
{
    gh_secret_t *current = canned_secret(current_words);
    gh_secret_t *password = canned_secret(words);
    gh_flow_t   *flow = gh_password_new(
          &config, &realm, gh_text("maria"), gh_text(UUID), &current, &password, NOW);

    assert_non_null(flow);
    assert_null(current);
    assert_null(password);

    return flow;
}

/* A flow that has found the entry. */
static gh_flow_t *
found_new(void)
{
    gh_flow_t *flow = flow_new(CURRENT, NEW);

    canned_show(flow, DN, account, COUNT(account));

    return flow;
}

static void
assert_outcome(gh_flow_t *flow, gh_outcome_t outcome, gh_verdict_t verdict)
{
    assert_true(gh_flow_is_done(flow));
    assert_null(gh_flow_next(flow));
    assert_int_equal(gh_password_result(flow)->report.outcome, outcome);
    assert_int_equal(gh_password_result(flow)->verdict, verdict);
    gh_flow_free(flow);
}

static void
test_changes_the_password(void **state)
{
    gh_flow_t          *flow = found_new();
    const gh_request_t *request = canned_next(flow, GH_OPERATION_BIND);
    gh_answer_t         answer;

    (void) state;

    assert_string_equal(request->dn, DN);
    assert_string_equal(request->secret->data, CURRENT);
    gh_answer_init(&answer);
    answer.result = GH_RESULT_SUCCESS;
    gh_flow_take(flow, request, &answer);

    request = canned_next(flow, GH_OPERATION_MODIFY);
    assert_string_equal(request->dn, DN);
    assert_string_equal(
        request->assertion, "(&(!(gatehouseDisabled=TRUE))(pwdChangedTime=20261101000001Z))");
    assert_int_equal(request->change_count, 8);
    assert_sets(request, GH_CHANGE_REPLACE, "userPassword", NEW);
    assert_sets(request, GH_CHANGE_REPLACE, "gatehousePasswordSet", "20261123070500Z");
    assert_sets(request, GH_CHANGE_REPLACE, "pwdEndTime", NULL);
    assert_sets(request, GH_CHANGE_REPLACE, "pwdPolicySubentry", NULL);
    assert_sets(request, GH_CHANGE_REPLACE, "gatehouseResetDigest", NULL);
    assert_sets(request, GH_CHANGE_REPLACE, "gatehouseResetUntil", NULL);
    assert_sets(request, GH_CHANGE_REPLACE, "gatehouseSessionsNotBefore", "20261123070500Z");
    assert_sets(request, GH_CHANGE_REPLACE, "gatehouseMarked", "20261123070500Z");
    gh_flow_take(flow, request, &answer);

    assert_string_equal(gh_password_result(flow)->who.mail, "maria@example.org");
    assert_outcome(flow, GH_OUTCOME_DONE, GH_VERDICT_SIGNED_IN);
}

/* pwdChangedTime is absent after an add. */
static void
test_password_of_a_new_account(void **state)
{
    gh_flow_t          *flow = flow_new(CURRENT, NEW);
    const gh_request_t *modify;
    gh_answer_t         answer;

    (void) state;

    canned_show(flow, DN, fresh, COUNT(fresh));
    canned_give(flow, GH_OPERATION_BIND, GH_RESULT_SUCCESS);
    modify = canned_next(flow, GH_OPERATION_MODIFY);
    assert_string_equal(
        modify->assertion, "(&(!(gatehouseDisabled=TRUE))(!(pwdChangedTime=*)))");
    gh_answer_init(&answer);
    answer.result = GH_RESULT_SUCCESS;
    gh_flow_take(flow, modify, &answer);
    assert_outcome(flow, GH_OUTCOME_DONE, GH_VERDICT_SIGNED_IN);
}

static void
test_expired_password(void **state)
{
    gh_flow_t *flow = found_new();

    (void) state;

    canned_refuse(
        flow, GH_OPERATION_BIND, GH_RESULT_INVALID_CREDENTIALS, GH_POLICY_EXPIRED, NULL);
    canned_give(flow, GH_OPERATION_MODIFY, GH_RESULT_SUCCESS);
    assert_outcome(flow, GH_OUTCOME_DONE, GH_VERDICT_EXPIRED);
}

static void
test_current_password_is_refused(void **state)
{
    gh_flow_t *flow = found_new();

    (void) state;

    canned_give(flow, GH_OPERATION_BIND, GH_RESULT_INVALID_CREDENTIALS);
    assert_outcome(flow, GH_OUTCOME_WRONG_PASSWORD, GH_VERDICT_WRONG_PASSWORD);

    flow = found_new();
    canned_give(flow, GH_OPERATION_BIND, GH_RESULT_UNREACHABLE);
    assert_int_equal(gh_password_result(flow)->report.result, GH_RESULT_UNREACHABLE);
    assert_outcome(flow, GH_OUTCOME_UNAVAILABLE, GH_VERDICT_UNAVAILABLE);

    /* Staff have issued a temporary one: first sign-in's business. */
    flow = found_new();
    canned_refuse(
        flow, GH_OPERATION_BIND, GH_RESULT_SUCCESS, GH_POLICY_CHANGE_AFTER_RESET, NULL);
    assert_outcome(flow, GH_OUTCOME_WRONG_PASSWORD, GH_VERDICT_MUST_CHANGE);

    flow = flow_new(CURRENT, NEW);
    canned_show(flow, DN, disabled, COUNT(disabled));
    canned_give(flow, GH_OPERATION_BIND, GH_RESULT_SUCCESS);
    assert_outcome(flow, GH_OUTCOME_DISABLED, GH_VERDICT_DISABLED);

    /* An empty one never leaves. */
    assert_outcome(flow_new("", NEW), GH_OUTCOME_WRONG_PASSWORD, GH_VERDICT_WRONG_PASSWORD);
}

static void
test_new_password_is_refused(void **state)
{
    gh_flow_t *flow = found_new();

    (void) state;

    canned_give(flow, GH_OPERATION_BIND, GH_RESULT_SUCCESS);
    canned_refuse(flow, GH_OPERATION_MODIFY, GH_RESULT_CONSTRAINT, GH_POLICY_IN_HISTORY, NULL);
    assert_int_equal(gh_password_result(flow)->report.policy, GH_POLICY_IN_HISTORY);
    assert_outcome(flow, GH_OUTCOME_BAD_PASSWORD, GH_VERDICT_SIGNED_IN);

    assert_outcome(flow_new(CURRENT, ""), GH_OUTCOME_BAD_PASSWORD, GH_VERDICT_DENY);
}

static void
test_somebody_was_faster(void **state)
{
    gh_flow_t *flow = found_new();

    (void) state;

    canned_give(flow, GH_OPERATION_BIND, GH_RESULT_SUCCESS);
    canned_give(flow, GH_OPERATION_MODIFY, GH_RESULT_ASSERTION_FAILED);
    canned_show(flow, DN, disabled, COUNT(disabled));
    assert_outcome(flow, GH_OUTCOME_DISABLED, GH_VERDICT_SIGNED_IN);

    flow = found_new();
    canned_give(flow, GH_OPERATION_BIND, GH_RESULT_SUCCESS);
    canned_give(flow, GH_OPERATION_MODIFY, GH_RESULT_ASSERTION_FAILED);
    canned_show(flow, DN, account, COUNT(account));
    assert_outcome(flow, GH_OUTCOME_USED, GH_VERDICT_SIGNED_IN);
}

static void
test_nobody_there(void **state)
{
    gh_flow_t *flow = flow_new(CURRENT, NEW);

    (void) state;

    canned_give(flow, GH_OPERATION_SEARCH, GH_RESULT_SUCCESS);
    assert_outcome(flow, GH_OUTCOME_GONE, GH_VERDICT_DENY);

    flow = flow_new(CURRENT, NEW);
    canned_give(flow, GH_OPERATION_SEARCH, GH_RESULT_UNAVAILABLE);
    assert_outcome(flow, GH_OUTCOME_UNAVAILABLE, GH_VERDICT_DENY);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_changes_the_password),
        cmocka_unit_test(test_password_of_a_new_account),
        cmocka_unit_test(test_expired_password),
        cmocka_unit_test(test_current_password_is_refused),
        cmocka_unit_test(test_new_password_is_refused),
        cmocka_unit_test(test_somebody_was_faster),
        cmocka_unit_test(test_nobody_there),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
