/*
 * One's own password: the change, and the step behind it.
 */

/* System. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

/* Account. */
#include "account/ownpassword.h"

/* Tests. */
#include "canned.h"

#define DN "uid=61234,ou=contractors,dc=city"

/* 2026-11-23 07:05:00.5 UTC. */
#define NOW ((gh_time_t) 1795417500500000)

static gh_secret_t *
secret_of(const char *text)
{
    gh_secret_t *secret = gh_secret_new();

    assert_non_null(secret);
    assert_int_equal(gh_secret_set(secret, gh_text(text)), 0);

    return secret;
}

static gh_flow_t *
flow_to(const char *password)
{
    gh_secret_t *secret = secret_of(password);
    gh_flow_t   *flow = gh_ownpassword_new(DN, secret, NOW);

    assert_non_null(flow);
    gh_secret_free(secret);

    return flow;
}

static void
test_both_steps(void **state)
{
    gh_flow_t          *flow = flow_to("level plumb and square");
    const gh_request_t *request = ((void) state, canned_next(flow, GH_OPERATION_PASSWORD));
    gh_answer_t         answer;

    assert_string_equal(request->dn, DN);
    assert_string_equal(request->secret->data, "level plumb and square");

    gh_answer_init(&answer);
    answer.result = GH_RESULT_SUCCESS;
    gh_flow_take(flow, request, &answer);
    assert_false(gh_flow_is_done(flow));

    request = canned_next(flow, GH_OPERATION_MODIFY);
    assert_string_equal(request->dn, DN);
    assert_null(request->assertion);
    assert_int_equal(request->change_count, 4);
    assert_string_equal(request->changes[0].attr, "pwdEndTime");
    assert_int_equal(request->changes[0].count, 0);
    assert_string_equal(request->changes[1].attr, "pwdPolicySubentry");
    assert_int_equal(request->changes[1].count, 0);
    assert_string_equal(request->changes[2].attr, "gatehouseSessionsNotBefore");
    assert_string_equal(request->changes[2].values[0], "20261123070500.500000Z");
    assert_string_equal(request->changes[3].attr, "gatehouseMarked");
    assert_string_equal(request->changes[3].values[0], "20261123070500.500000Z");
    gh_flow_take(flow, request, &answer);

    assert_true(gh_flow_is_done(flow));
    assert_int_equal(gh_ownpassword_result(flow)->report.outcome, GH_OUTCOME_DONE);
    assert_int_equal(gh_ownpassword_result(flow)->settled, 0);
    gh_flow_free(flow);
}

/* What is changed is changed; the next sign-in settles it. */
static void
test_second_step_fails(void **state)
{
    gh_flow_t *flow = flow_to("level plumb and square");

    (void) state;

    canned_give(flow, GH_OPERATION_PASSWORD, GH_RESULT_SUCCESS);
    canned_give(flow, GH_OPERATION_MODIFY, GH_RESULT_UNREACHABLE);
    assert_true(gh_flow_is_done(flow));
    assert_int_equal(gh_ownpassword_result(flow)->report.outcome, GH_OUTCOME_DONE);
    assert_int_equal(gh_ownpassword_result(flow)->settled, -1);
    gh_flow_free(flow);
}

static void
test_refusals(void **state)
{
    static const struct {
        int               result;
        gh_policy_error_t policy; /* also what is made of it */
        gh_outcome_t      outcome;
    } cases[] = {
        { 19, GH_POLICY_IN_HISTORY, GH_OUTCOME_BAD_PASSWORD },
        { 19, GH_POLICY_QUALITY, GH_OUTCOME_BAD_PASSWORD },
        { 53, GH_POLICY_MUST_SUPPLY_OLD, GH_OUTCOME_BAD_PASSWORD },
        { 53, GH_POLICY_NONE, GH_OUTCOME_READ_ONLY },
        { 50, GH_POLICY_NONE, GH_OUTCOME_READ_ONLY },
        { GH_RESULT_TIMEOUT, GH_POLICY_NONE, GH_OUTCOME_UNAVAILABLE },
    };

    (void) state;

    for (size_t i = 0; i < COUNT(cases); i++) {
        gh_flow_t *flow = flow_to("level plumb and square");

        canned_refuse(flow, GH_OPERATION_PASSWORD, cases[i].result, cases[i].policy, NULL);
        assert_true(gh_flow_is_done(flow));
        assert_null(gh_flow_next(flow));
        assert_int_equal(gh_ownpassword_result(flow)->report.outcome, cases[i].outcome);
        assert_int_equal(gh_ownpassword_result(flow)->report.policy, cases[i].policy);
        gh_flow_free(flow);
    }
}

/* slapd's constraint on hashes: the password itself is at fault. */
static void
test_a_refusal_without_a_reason(void **state)
{
    gh_flow_t *flow = flow_to("{CLEARTEXT}level plumb and square");

    (void) state;

    canned_refuse(flow, GH_OPERATION_PASSWORD, 19, GH_POLICY_NONE,
        "modify breaks regular "
        "expression constraint on userPassword");
    assert_int_equal(gh_ownpassword_result(flow)->report.outcome, GH_OUTCOME_BAD_PASSWORD);
    assert_int_equal(gh_ownpassword_result(flow)->report.policy, GH_POLICY_QUALITY);
    gh_flow_free(flow);
}

static void
test_empty_one(void **state)
{
    gh_flow_t *flow = flow_to("");

    (void) state;

    assert_true(gh_flow_is_done(flow));
    assert_null(gh_flow_next(flow));
    assert_int_equal(gh_ownpassword_result(flow)->report.outcome, GH_OUTCOME_BAD_PASSWORD);
    gh_flow_free(flow);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_both_steps),
        cmocka_unit_test(test_second_step_fails),
        cmocka_unit_test(test_refusals),
        cmocka_unit_test(test_a_refusal_without_a_reason),
        cmocka_unit_test(test_empty_one),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
