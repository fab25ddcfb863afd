/*
 * Forgot: to whom a link may go, and the write that makes it one.
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
#include "account/forgot.h"

#define BASE   "dc=city,dc=example"
#define DN     "uid=maria,ou=public," BASE
#define UUID   "5f1e8a52-0b51-4a0c-a8a1-2f6f0d1c9b11"
#define DIGEST "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
#define NOW    ((gh_time_t) 1795417500 * GH_SECOND) /* 2026-11-23T07:05:00Z */

static gh_realm_t realm = {
    .name = "public",
    .base = "ou=public," BASE,
    .canonical = GH_CANONICAL_LOWER,
    .pattern = "^[a-z][a-z0-9._-]{2,31}$",
    .has_regex = true,
};

static const canned_value_t account[] = {
    { "uid", "maria" },
    { "entryUUID", UUID },
    { "cn", "Maria Lopez" },
    { "mail", "maria@example.org" },
};

static const canned_value_t disabled[] = {
    { "uid", "maria" },
    { "entryUUID", UUID },
    { "mail", "maria@example.org" },
    { "gatehouseDisabled", "TRUE" },
};

static int
setup(void **state)
{
    (void) state;

    return regcomp(&realm.regex, realm.pattern, REG_EXTENDED | REG_NOSUB);
}

static int
teardown(void **state)
{
    (void) state;

    regfree(&realm.regex);
    return 0;
}

static void
assert_outcome(gh_flow_t *flow, gh_outcome_t outcome)
{
    assert_true(gh_flow_is_done(flow));
    assert_null(gh_flow_next(flow));
    assert_int_equal(gh_forgot_result(flow)->report.outcome, outcome);
    gh_flow_free(flow);
}

static void
test_searches(void **state)
{
    static const struct {
        const char *typed;
        const char *filter;
    } cases[] = {
        { "maria", "(&(objectClass=gatehouseAccount)(uid=maria))" },
        { "  MARIA ", "(&(objectClass=gatehouseAccount)(uid=maria))" },
        { " Maria@Example.org", "(&(objectClass=gatehouseAccount)(mail=Maria@Example.org))" },
        { "*@*", "(&(objectClass=gatehouseAccount)(mail=\\2A@\\2A))" },
    };

    (void) state;

    for (size_t i = 0; i < COUNT(cases); i++) {
        gh_flow_t          *flow = gh_forgot_new(&realm, gh_text(cases[i].typed));
        const gh_request_t *search = canned_next(flow, GH_OPERATION_SEARCH);

        assert_string_equal(search->dn, "ou=public,dc=city,dc=example");
        assert_int_equal(search->scope, GH_SCOPE_ONE);
        assert_int_equal(search->size_limit, 2);
        assert_string_equal(search->filter, cases[i].filter);
        gh_flow_free(flow);
    }
}

static void
test_finds(void **state)
{
    gh_flow_t *flow = gh_forgot_new(&realm, GH_TEXT("maria"));

    (void) state;

    canned_show(flow, DN, account, COUNT(account));
    assert_string_equal(gh_forgot_result(flow)->who.mail, "maria@example.org");
    assert_string_equal(gh_forgot_result(flow)->who.dn, DN);
    assert_ptr_equal(gh_forgot_result(flow)->who.realm, &realm);
    assert_outcome(flow, GH_OUTCOME_DONE);

    flow = gh_forgot_new(&realm, GH_TEXT("maria"));
    canned_show(flow, DN, account, 3);
    assert_string_equal(gh_forgot_result(flow)->report.attr, "mail");
    assert_outcome(flow, GH_OUTCOME_BAD_VALUE);

    flow = gh_forgot_new(&realm, GH_TEXT("maria"));
    canned_show(flow, DN, disabled, COUNT(disabled));
    assert_outcome(flow, GH_OUTCOME_DISABLED);

    flow = gh_forgot_new(&realm, GH_TEXT("maria"));
    canned_give(flow, GH_OPERATION_SEARCH, GH_RESULT_SUCCESS);
    assert_null(gh_forgot_result(flow)->who.dn);
    assert_outcome(flow, GH_OUTCOME_GONE);

    flow = gh_forgot_new(&realm, GH_TEXT("maria"));
    canned_give(flow, GH_OPERATION_SEARCH, GH_RESULT_TIMEOUT);
    assert_int_equal(gh_forgot_result(flow)->report.result, GH_RESULT_TIMEOUT);
    assert_outcome(flow, GH_OUTCOME_UNAVAILABLE);
}

/* What can't be anybody's name or address is looked up nowhere. */
static void
test_nobody_can_be_meant(void **state)
{
    static const gh_text_t typed[] = { { "", 0 }, { "a", 1 }, { "maria lopez", 11 },
        { "a\n@b", 4 }, { "\xff@b", 3 }, { "a\0@b", 4 } };
    char                   overlong[300];

    (void) state;

    for (size_t i = 0; i < COUNT(typed); i++) {
        assert_outcome(gh_forgot_new(&realm, typed[i]), GH_OUTCOME_GONE);
    }

    memset(overlong, '@', sizeof(overlong));
    assert_outcome(gh_forgot_new(&realm, (gh_text_t){ overlong, 255 }), GH_OUTCOME_GONE);
}

static void
test_makes_the_link(void **state)
{
    gh_flow_t          *flow = gh_forgot_link_new(DN, DIGEST, NOW);
    const gh_request_t *modify = canned_next(flow, GH_OPERATION_MODIFY);
    gh_answer_t         answer;

    (void) state;

    assert_string_equal(modify->dn, DN);
    assert_string_equal(modify->assertion, "(!(gatehouseDisabled=TRUE))");
    assert_int_equal(modify->change_count, 2);
    assert_sets(modify, GH_CHANGE_REPLACE, "gatehouseResetDigest", DIGEST);
    assert_sets(modify, GH_CHANGE_REPLACE, "gatehouseResetUntil", "20261123080500Z");

    gh_answer_init(&answer);
    answer.result = GH_RESULT_SUCCESS;
    gh_flow_take(flow, modify, &answer);
    assert_true(gh_flow_is_done(flow));
    assert_int_equal(gh_forgot_link_result(flow)->outcome, GH_OUTCOME_DONE);
    gh_flow_free(flow);
}

static void
test_makes_no_link(void **state)
{
    static const struct {
        int          result;
        gh_outcome_t outcome;
    } cases[] = {
        { GH_RESULT_ASSERTION_FAILED, GH_OUTCOME_USED },
        { GH_RESULT_NO_SUCH_OBJECT, GH_OUTCOME_GONE },
        { GH_RESULT_UNREACHABLE, GH_OUTCOME_UNAVAILABLE },
        { GH_RESULT_INSUFFICIENT_ACCESS, GH_OUTCOME_READ_ONLY },
    };

    (void) state;

    for (size_t i = 0; i < COUNT(cases); i++) {
        gh_flow_t *flow = gh_forgot_link_new(DN, DIGEST, NOW);

        canned_give(flow, GH_OPERATION_MODIFY, cases[i].result);
        assert_int_equal(gh_forgot_link_result(flow)->outcome, cases[i].outcome);
        gh_flow_free(flow);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_searches),
        cmocka_unit_test(test_finds),
        cmocka_unit_test(test_nobody_can_be_meant),
        cmocka_unit_test(test_makes_the_link),
        cmocka_unit_test(test_makes_no_link),
    };

    return cmocka_run_group_tests(tests, setup, teardown);
}
