/*
 * Recover: what the flow sends for a link, and what spends it.
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
#include "account/recover.h"

#define BASE     "dc=city,dc=example"
#define DN       "uid=maria,ou=public," BASE
#define RECOVERY "cn=recovery," DN
#define UUID     "5f1e8a52-0b51-4a0c-a8a1-2f6f0d1c9b11"
#define DIGEST   "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
#define NEW      "seven pelicans at low tide"
#define NOW      ((gh_time_t) 1795417500 * GH_SECOND + 42) /* 2026-11-23T07:05:00.000042Z */

static gh_realm_t realms[] = {
    { .name = "public", .base = "ou=public," BASE },
    { .name = "contractor", .base = "ou=contractors," BASE },
};

static gh_config_t config = {
    .directory = { .base = BASE, .lockout = 60 },
    .realms = realms,
    .realm_count = 1,
};

static const canned_value_t account[] = {
    { "uid", "maria" },
    { "entryUUID", UUID },
    { "cn", "Maria Lopez" },
    { "mail", "maria@example.org" },
    { "gatehouseResetDigest", DIGEST },
    { "gatehouseResetUntil", "20261123070501Z" },
};

static const canned_value_t question[] = {
    { "gatehouseQuestion", "First street you lived in?" },
};

static const canned_value_t locked[] = {
    { "gatehouseQuestion", "First street you lived in?" },
    { "pwdAccountLockedTime", "20261123070430Z" },
};

static gh_flow_t *
flow_new(const char *words)
{
    gh_secret_t *answer = words != NULL ? canned_secret(words) : NULL;
    gh_secret_t *password = canned_secret(NEW);
    gh_flow_t   *flow = gh_recover_new(&config, DIGEST, &answer, &password, NOW);

    assert_non_null(flow);
    assert_null(answer);
    assert_null(password);

    return flow;
}

/* The same, with the link's entry found and its question shown. */
static gh_flow_t *
asked_new(const char *words)
{
    gh_flow_t *flow = flow_new(words);

    canned_show(flow, DN, account, COUNT(account));
    canned_show(flow, RECOVERY, question, COUNT(question));

    return flow;
}

static void
assert_outcome(gh_flow_t *flow, gh_outcome_t outcome)
{
    assert_true(gh_flow_is_done(flow));
    assert_null(gh_flow_next(flow));
    assert_int_equal(gh_recover_result(flow)->report.outcome, outcome);
    gh_flow_free(flow);
}

static void
succeed(gh_flow_t *flow, const gh_request_t *request)
{
    gh_answer_t answer;

    gh_answer_init(&answer);
    answer.result = GH_RESULT_SUCCESS;
    gh_flow_take(flow, request, &answer);
}

/* The modify that is next is the one that spends the link. */
static void
assert_changes(gh_flow_t *flow)
{
    const gh_request_t *modify = canned_next(flow, GH_OPERATION_MODIFY);

    assert_string_equal(modify->dn, DN);
    assert_string_equal(modify->assertion,
        "(&(gatehouseResetDigest=" DIGEST ")(gatehouseResetUntil>=20261123070500.000042Z)"
        "(!(gatehouseDisabled=TRUE)))");
    assert_sets(modify, GH_CHANGE_REPLACE, "userPassword", NEW);
    assert_true(canned_change(modify, GH_CHANGE_REPLACE, "userPassword")->is_secret);
    assert_sets(modify, GH_CHANGE_REPLACE, "gatehouseResetDigest", NULL);
    assert_sets(modify, GH_CHANGE_REPLACE, "gatehouseResetUntil", NULL);
    assert_sets(modify, GH_CHANGE_REPLACE, "pwdEndTime", NULL);
    assert_sets(modify, GH_CHANGE_REPLACE, "pwdPolicySubentry", NULL);
    assert_sets(
        modify, GH_CHANGE_REPLACE, "gatehouseSessionsNotBefore", "20261123070500.000042Z");
    assert_sets(modify, GH_CHANGE_REPLACE, "gatehouseMarked", "20261123070500.000042Z");
    assert_leaves(modify, "mail");
    succeed(flow, modify);
}

static void
test_uses_a_link_with_its_answer(void **state)
{
    gh_flow_t          *flow = flow_new("elm street");
    const gh_request_t *request = canned_next(flow, GH_OPERATION_SEARCH);

    (void) state;

    assert_string_equal(request->dn, "ou=public,dc=city,dc=example");
    assert_string_equal(
        request->filter, "(&(objectClass=gatehouseAccount)(gatehouseResetDigest=" DIGEST "))");
    gh_flow_free(flow);

    flow = flow_new("elm street");
    canned_show(flow, DN, account, COUNT(account));
    request = gh_flow_next(flow);
    assert_string_equal(request->dn, RECOVERY);
    assert_int_equal(request->scope, GH_SCOPE_BASE);
    gh_flow_free(flow);

    flow = asked_new("elm street");
    request = canned_next(flow, GH_OPERATION_BIND);
    assert_string_equal(request->dn, RECOVERY);
    assert_string_equal(request->secret->data, "elm street");
    succeed(flow, request);
    assert_changes(flow);
    assert_string_equal(gh_recover_result(flow)->who.mail, "maria@example.org");
    assert_string_equal(gh_recover_result(flow)->who.uuid, UUID);
    assert_outcome(flow, GH_OUTCOME_DONE);
}

static void
test_uses_a_link_alone(void **state)
{
    static const int absent[] = { GH_RESULT_NO_SUCH_OBJECT, GH_RESULT_SUCCESS };
    gh_flow_t       *flow;

    (void) state;

    for (size_t i = 0; i < COUNT(absent); i++) {
        flow = flow_new(NULL);
        canned_show(flow, DN, account, COUNT(account));
        canned_give(flow, GH_OPERATION_SEARCH, absent[i]);
        assert_changes(flow);
        assert_null(gh_recover_result(flow)->question);
        assert_outcome(flow, GH_OUTCOME_DONE);
    }

    /* Where the realm asks no questions, an old one does not count. */
    realms[0].question = GH_QUESTION_OFF;
    flow = flow_new(NULL);
    canned_show(flow, DN, account, COUNT(account));
    assert_changes(flow);
    assert_outcome(flow, GH_OUTCOME_DONE);
    realms[0].question = GH_QUESTION_REQUIRED;
}

/* Not even the bind, which succeeds for anybody without a password. */
static void
test_an_empty_answer_is_wrong(void **state)
{
    (void) state;

    assert_outcome(asked_new(""), GH_OUTCOME_WRONG_ANSWER);
    assert_outcome(asked_new(NULL), GH_OUTCOME_WRONG_ANSWER);
}

static void
test_a_wrong_answer_spends_nothing(void **state)
{
    static const int wrong[] = { GH_RESULT_INVALID_CREDENTIALS, GH_RESULT_INAPPROPRIATE_AUTH,
        GH_RESULT_NO_SUCH_OBJECT };
    gh_flow_t       *flow;

    (void) state;

    for (size_t i = 0; i < COUNT(wrong); i++) {
        flow = asked_new("oak street");
        canned_give(flow, GH_OPERATION_BIND, wrong[i]);
        assert_false(gh_recover_result(flow)->is_locked);
        assert_outcome(flow, GH_OUTCOME_WRONG_ANSWER);
    }

    /* Success with an error of the policy contradicts itself. */
    flow = asked_new("oak street");
    canned_refuse(flow, GH_OPERATION_BIND, GH_RESULT_SUCCESS, GH_POLICY_EXPIRED, NULL);
    assert_outcome(flow, GH_OUTCOME_WRONG_ANSWER);

    flow = flow_new("oak street");
    canned_show(flow, DN, account, COUNT(account));
    canned_show(flow, RECOVERY, locked, COUNT(locked));
    canned_give(flow, GH_OPERATION_BIND, GH_RESULT_INVALID_CREDENTIALS);
    assert_true(gh_recover_result(flow)->is_locked);
    assert_outcome(flow, GH_OUTCOME_WRONG_ANSWER);
}

static void
test_links_that_do_not_work(void **state)
{
    canned_value_t ended[COUNT(account) + 1];
    gh_flow_t     *flow;

    (void) state;

    flow = flow_new("elm street");
    canned_give(flow, GH_OPERATION_SEARCH, GH_RESULT_SUCCESS);
    assert_null(gh_recover_result(flow)->who.dn);
    assert_outcome(flow, GH_OUTCOME_USED);

    memcpy(ended, account, sizeof(account));
    ended[5].value = "20261123070500Z";
    flow = flow_new("elm street");
    canned_show(flow, DN, ended, COUNT(account));
    assert_outcome(flow, GH_OUTCOME_USED);

    ended[5].value = "soon";
    flow = flow_new("elm street");
    canned_show(flow, DN, ended, COUNT(account));
    assert_outcome(flow, GH_OUTCOME_USED);

    /* Another entry than was asked for. */
    memcpy(ended, account, sizeof(account));
    ended[4].value = "ff";
    flow = flow_new("elm street");
    canned_show(flow, DN, ended, COUNT(account));
    assert_outcome(flow, GH_OUTCOME_USED);

    memcpy(ended, account, sizeof(account));
    ended[6] = (canned_value_t){ "gatehouseDisabled", "TRUE" };
    flow = flow_new("elm street");
    canned_show(flow, DN, ended, COUNT(ended));
    assert_outcome(flow, GH_OUTCOME_DISABLED);
}

static void
test_what_the_change_comes_to(void **state)
{
    static const struct {
        int               result;
        gh_policy_error_t error;
        gh_outcome_t      outcome;
    } cases[] = {
        { GH_RESULT_ASSERTION_FAILED, GH_POLICY_NONE, GH_OUTCOME_USED },
        { GH_RESULT_CONSTRAINT, GH_POLICY_IN_HISTORY, GH_OUTCOME_BAD_PASSWORD },
        { GH_RESULT_CONSTRAINT, GH_POLICY_TOO_SHORT, GH_OUTCOME_BAD_PASSWORD },
        { GH_RESULT_UNREACHABLE, GH_POLICY_NONE, GH_OUTCOME_UNAVAILABLE },
        { GH_RESULT_UNWILLING, GH_POLICY_NONE, GH_OUTCOME_READ_ONLY },
    };

    (void) state;

    for (size_t i = 0; i < COUNT(cases); i++) {
        gh_flow_t *flow = asked_new("elm street");

        canned_give(flow, GH_OPERATION_BIND, GH_RESULT_SUCCESS);
        canned_refuse(flow, GH_OPERATION_MODIFY, cases[i].result, cases[i].error, NULL);
        assert_int_equal(gh_recover_result(flow)->report.policy, cases[i].error);
        assert_outcome(flow, cases[i].outcome);
    }
}

static void
test_a_directory_that_can_not_say(void **state)
{
    gh_flow_t *flow = flow_new("elm street");

    (void) state;

    canned_give(flow, GH_OPERATION_SEARCH, GH_RESULT_TIMEOUT);
    assert_outcome(flow, GH_OUTCOME_UNAVAILABLE);

    /* Without an answer to the question's search the link alone is not enough. */
    flow = flow_new("elm street");
    canned_show(flow, DN, account, COUNT(account));
    canned_give(flow, GH_OPERATION_SEARCH, GH_RESULT_BUSY);
    assert_outcome(flow, GH_OUTCOME_UNAVAILABLE);

    flow = asked_new("elm street");
    canned_give(flow, GH_OPERATION_BIND, GH_RESULT_UNREACHABLE);
    assert_outcome(flow, GH_OUTCOME_UNAVAILABLE);
}

static void
test_looks(void **state)
{
    gh_flow_t *flow = gh_recover_look_new(&config, DIGEST, NOW);

    (void) state;

    canned_show(flow, DN, account, COUNT(account));
    canned_show(flow, RECOVERY, question, COUNT(question));
    assert_string_equal(gh_recover_result(flow)->question, "First street you lived in?");
    assert_string_equal(gh_recover_result(flow)->who.name, "Maria Lopez");
    assert_outcome(flow, GH_OUTCOME_DONE);

    flow = gh_recover_look_new(&config, DIGEST, NOW);
    canned_show(flow, DN, account, COUNT(account));
    canned_give(flow, GH_OPERATION_SEARCH, GH_RESULT_NO_SUCH_OBJECT);
    assert_null(gh_recover_result(flow)->question);
    assert_outcome(flow, GH_OUTCOME_DONE);

    flow = gh_recover_look_new(&config, DIGEST, NOW);
    canned_give(flow, GH_OPERATION_SEARCH, GH_RESULT_SUCCESS);
    assert_outcome(flow, GH_OUTCOME_USED);
}

/* A link says nothing of its realm: all are asked, side by side. */
static void
test_searches_all_realms(void **state)
{
    gh_flow_t          *flow;
    const gh_request_t *first, *second;

    (void) state;

    config.realm_count = 2;
    flow = gh_recover_look_new(&config, DIGEST, NOW);
    first = gh_flow_next(flow);
    second = gh_flow_next(flow);
    assert_string_equal(first->dn, "ou=public,dc=city,dc=example");
    assert_string_equal(second->dn, "ou=contractors,dc=city,dc=example");
    assert_null(gh_flow_next(flow));
    succeed(flow, second);
    assert_false(gh_flow_is_done(flow));
    succeed(flow, first);
    assert_outcome(flow, GH_OUTCOME_USED);
    config.realm_count = 1;
}

static void
test_can_be_freed_at_any_time(void **state)
{
    gh_flow_t *flow = flow_new("elm street");

    (void) state;

    gh_flow_free(flow);
    gh_flow_free(asked_new("elm street"));

    flow = asked_new("elm street");
    canned_give(flow, GH_OPERATION_BIND, GH_RESULT_SUCCESS);
    gh_flow_free(flow);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_uses_a_link_with_its_answer),
        cmocka_unit_test(test_uses_a_link_alone),
        cmocka_unit_test(test_an_empty_answer_is_wrong),
        cmocka_unit_test(test_a_wrong_answer_spends_nothing),
        cmocka_unit_test(test_links_that_do_not_work),
        cmocka_unit_test(test_what_the_change_comes_to),
        cmocka_unit_test(test_a_directory_that_can_not_say),
        cmocka_unit_test(test_looks),
        cmocka_unit_test(test_searches_all_realms),
        cmocka_unit_test(test_can_be_freed_at_any_time),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
