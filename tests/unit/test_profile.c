/*
 * Profile: fed with canned answers, what the flow sends and what it comes to.
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
#include "account/profile.h"

#define BASE  "dc=city,dc=example"
#define DN    "uid=maria,ou=public," BASE
#define UUID  "5f1e8a52-0b51-4a0c-a8a1-2f6f0d1c9b11"
#define OTHER "5f1e8a52-0b51-4a0c-a8a1-2f6f0d1c9b12"

/* 2026-11-25 08:00:00 UTC. */
#define NOW INT64_C(1795593600000000)

static gh_config_t config;
static gh_realm_t  realm = { .name = "public", .base = "ou=public," BASE };

static const canned_value_t account[] = {
    { "uid", "maria" },
    { "entryUUID", UUID },
    { "cn", "Maria Lopez" },
    { "givenName", "Maria" },
    { "sn", "Lopez" },
    { "mail", "maria@example.org" },
    { "telephoneNumber", "(555) 010-0142" },
    { "gatehousePasswordSet", "20260101000000Z" },
};

static const canned_value_t disabled[] = {
    { "uid", "maria" },
    { "entryUUID", UUID },
    { "mail", "maria@example.org" },
    { "gatehouseDisabled", "TRUE" },
};

static const canned_value_t business[] = {
    { "uid", "61234" },
    { "entryUUID", UUID },
    { "cn", "SIERRA ROOFING" },
    { "objectClass", "gatehouseContractor" },
    { "o", "SIERRA ROOFING" },
};

static const canned_value_t neighbor[] = {
    { "uid", "other" },
    { "entryUUID", OTHER },
};

static gh_flow_t *
flow_new_with(const canned_value_t *values, size_t count, const char *password)
{
    gh_secret_t *current = password != NULL ? canned_secret(password) : NULL;
    gh_typed_t   typed[8];
    gh_flow_t   *flow;

    assert_true(count <= COUNT(typed));

    for (size_t i = 0; i < count; i++) {
        typed[i] = (gh_typed_t){ values[i].attr, gh_text(values[i].value) };
    }

    flow = gh_profile_new(
        &config, &realm, gh_text("maria"), gh_text(UUID), typed, count, &current, NOW);
    assert_non_null(flow);
    assert_null(current);

    return flow;
}

static gh_flow_t *
flow_new(const canned_value_t *values, size_t count)
{
    return flow_new_with(values, count, NULL);
}

/* A flow for a new address that has found the entry. */
static gh_flow_t *
asking_new(const char *password)
{
    static const canned_value_t typed[] = { { "mail", "new@example.org" } };
    gh_flow_t                  *flow = flow_new_with(typed, COUNT(typed), password);

    canned_show(flow, DN, account, COUNT(account));

    return flow;
}

/* A flow that waits for the answer to a change of the mail address. */
static gh_flow_t *
moving_new(void)
{
    gh_flow_t *flow = asking_new("blue heron");

    canned_give(flow, GH_OPERATION_BIND, GH_RESULT_SUCCESS);

    return flow;
}

static void
assert_outcome(gh_flow_t *flow, gh_outcome_t outcome, const char *old_mail)
{
    const gh_profile_result_t *result = gh_profile_result(flow);

    assert_true(gh_flow_is_done(flow));
    assert_null(gh_flow_next(flow));
    assert_int_equal(result->report.outcome, outcome);

    if (old_mail != NULL) {
        assert_string_equal(result->old_mail, old_mail);
    } else {
        assert_null(result->old_mail);
    }

    gh_flow_free(flow);
}

static void
test_changes_what_differs(void **state)
{
    static const canned_value_t typed[] = {
        { "givenName", "Mary" },
        { "sn", "Lopez" },
        { "mail", "maria@example.org" },
        { "telephoneNumber", "" },
        { "l", "" },
    };
    gh_flow_t          *flow = flow_new(typed, COUNT(typed));
    const gh_request_t *modify;
    gh_answer_t         answer;

    (void) state;

    canned_show(flow, DN, account, COUNT(account));
    modify = canned_next(flow, GH_OPERATION_MODIFY);
    assert_string_equal(modify->dn, DN);
    assert_string_equal(modify->assertion, "(!(gatehouseDisabled=TRUE))");
    assert_int_equal(modify->change_count, 3);
    assert_sets(modify, GH_CHANGE_REPLACE, "givenName", "Mary");
    assert_sets(modify, GH_CHANGE_REPLACE, "telephoneNumber", NULL);
    assert_sets(modify, GH_CHANGE_REPLACE, "cn", "Mary Lopez");

    gh_answer_init(&answer);
    answer.result = GH_RESULT_SUCCESS;
    gh_flow_take(flow, modify, &answer);
    assert_string_equal(gh_profile_result(flow)->who.name, "Mary Lopez");
    assert_string_equal(gh_profile_result(flow)->who.mail, "maria@example.org");
    assert_outcome(flow, GH_OUTCOME_DONE, NULL);
}

static void
test_leaves_what_is_the_same(void **state)
{
    static const canned_value_t typed[] = { { "givenName", "Maria" }, { "l", "" } };
    gh_flow_t                  *flow = flow_new(typed, COUNT(typed));

    (void) state;

    canned_show(flow, DN, account, COUNT(account));
    assert_outcome(flow, GH_OUTCOME_DONE, NULL);
}

/* A link that went to the old address is void. */
static void
test_new_address(void **state)
{
    gh_flow_t          *flow = moving_new();
    const gh_request_t *modify = canned_next(flow, GH_OPERATION_MODIFY);
    gh_answer_t         answer;

    (void) state;

    assert_int_equal(modify->change_count, 3);
    assert_sets(modify, GH_CHANGE_REPLACE, "mail", "new@example.org");
    assert_sets(modify, GH_CHANGE_REPLACE, "gatehouseResetDigest", NULL);
    assert_sets(modify, GH_CHANGE_REPLACE, "gatehouseResetUntil", NULL);

    gh_answer_init(&answer);
    answer.result = GH_RESULT_SUCCESS;
    gh_flow_take(flow, modify, &answer);
    assert_string_equal(gh_profile_result(flow)->who.mail, "new@example.org");
    assert_outcome(flow, GH_OUTCOME_DONE, "maria@example.org");
}

/* A session alone does not change where links go. */
static void
test_new_address_needs_the_password(void **state)
{
    static const struct {
        int          result;
        gh_outcome_t want;
    } cases[] = {
        { GH_RESULT_INVALID_CREDENTIALS, GH_OUTCOME_WRONG_PASSWORD },
        { GH_RESULT_UNREACHABLE, GH_OUTCOME_UNAVAILABLE },
    };
    gh_flow_t          *flow;
    const gh_request_t *bind;

    (void) state;

    flow = asking_new("blue heron");
    bind = canned_next(flow, GH_OPERATION_BIND);
    assert_string_equal(bind->dn, DN);
    gh_flow_free(flow);

    for (size_t i = 0; i < COUNT(cases); i++) {
        flow = asking_new("blue heron");
        canned_give(flow, GH_OPERATION_BIND, cases[i].result);
        assert_outcome(flow, cases[i].want, NULL);
    }

    flow = asking_new("");
    assert_outcome(flow, GH_OUTCOME_WRONG_PASSWORD, NULL);
    flow = asking_new(NULL);
    assert_outcome(flow, GH_OUTCOME_WRONG_PASSWORD, NULL);
}

static void
test_contractor_is_named_after_the_business(void **state)
{
    static const canned_value_t typed[] = { { "o", "SIERRA ROOFS" } };
    gh_flow_t                  *flow = flow_new(typed, COUNT(typed));
    const gh_request_t         *modify;
    gh_answer_t                 answer;

    (void) state;

    canned_show(flow, DN, business, COUNT(business));
    modify = canned_next(flow, GH_OPERATION_MODIFY);
    assert_int_equal(modify->change_count, 3);
    assert_sets(modify, GH_CHANGE_REPLACE, "o", "SIERRA ROOFS");
    assert_sets(modify, GH_CHANGE_REPLACE, "cn", "SIERRA ROOFS");
    assert_sets(modify, GH_CHANGE_REPLACE, "sn", "SIERRA ROOFS");
    gh_answer_init(&answer);
    answer.result = GH_RESULT_SUCCESS;
    gh_flow_take(flow, modify, &answer);
    assert_outcome(flow, GH_OUTCOME_DONE, NULL);
}

static void
test_is_refused(void **state)
{
    gh_flow_t *flow = moving_new();

    (void) state;

    canned_give(flow, GH_OPERATION_MODIFY, GH_RESULT_CONSTRAINT);
    canned_show(flow, "uid=other,ou=public," BASE, neighbor, COUNT(neighbor));
    assert_outcome(flow, GH_OUTCOME_MAIL_TAKEN, NULL);

    flow = moving_new();
    canned_refuse(flow, GH_OPERATION_MODIFY, GH_RESULT_CONSTRAINT, GH_POLICY_NONE,
        "modify breaks regular expression on mail");
    canned_give(flow, GH_OPERATION_SEARCH, GH_RESULT_SUCCESS);
    assert_string_equal(gh_profile_result(flow)->report.attr, "mail");
    assert_outcome(flow, GH_OUTCOME_BAD_VALUE, NULL);

    flow = moving_new();
    canned_give(flow, GH_OPERATION_MODIFY, GH_RESULT_UNREACHABLE);
    assert_outcome(flow, GH_OUTCOME_UNAVAILABLE, NULL);

    flow = moving_new();
    canned_give(flow, GH_OPERATION_MODIFY, GH_RESULT_ASSERTION_FAILED);
    canned_show(flow, DN, disabled, COUNT(disabled));
    assert_outcome(flow, GH_OUTCOME_DISABLED, NULL);

    flow = moving_new();
    canned_give(flow, GH_OPERATION_MODIFY, GH_RESULT_ASSERTION_FAILED);
    canned_give(flow, GH_OPERATION_SEARCH, GH_RESULT_SUCCESS);
    assert_outcome(flow, GH_OUTCOME_GONE, NULL);
}

static void
test_nobody_to_change(void **state)
{
    static const canned_value_t typed[] = { { "mail", "new@example.org" } };
    gh_flow_t                  *flow = flow_new(typed, COUNT(typed));

    (void) state;

    canned_show(flow, DN, disabled, COUNT(disabled));
    assert_outcome(flow, GH_OUTCOME_DISABLED, NULL);

    flow = flow_new(typed, COUNT(typed));
    canned_give(flow, GH_OPERATION_SEARCH, GH_RESULT_SUCCESS);
    assert_outcome(flow, GH_OUTCOME_GONE, NULL);

    flow = flow_new(typed, COUNT(typed));
    canned_give(flow, GH_OPERATION_SEARCH, GH_RESULT_TIMEOUT);
    assert_int_equal(gh_profile_result(flow)->report.result, GH_RESULT_TIMEOUT);
    assert_outcome(flow, GH_OUTCOME_UNAVAILABLE, NULL);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_changes_what_differs),
        cmocka_unit_test(test_leaves_what_is_the_same),
        cmocka_unit_test(test_new_address),
        cmocka_unit_test(test_new_address_needs_the_password),
        cmocka_unit_test(test_contractor_is_named_after_the_business),
        cmocka_unit_test(test_is_refused),
        cmocka_unit_test(test_nobody_to_change),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
