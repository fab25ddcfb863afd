/*
 * Staff: whom a name means, and the one modify of each action.
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
#include "account/staff.h"

#define BASE     "dc=city,dc=example"
#define DN       "uid=61234,ou=contractors," BASE
#define PASSWORD "lusab-babad-gutih-tugad-mudof"
#define NOW      ((gh_time_t) 1795417500 * GH_SECOND + 42) /* 2026-11-23T07:05:00.000042Z */
#define END      (NOW + 3 * 86400 * GH_SECOND)

static gh_realm_t realms[] = {
    { .name = "public",
        .base = "ou=public," BASE,
        .canonical = GH_CANONICAL_LOWER,
        .pattern = "^[a-z][a-z0-9.]*$",
        .has_regex = true },
    { .name = "contractor",
        .base = "ou=contractors," BASE,
        .canonical = GH_CANONICAL_STRIP_ZEROS,
        .pattern = "^[0-9]{1,8}$",
        .has_regex = true },
    { .name = "vendor",
        .base = "ou=vendors," BASE,
        .pattern = "^[a-z0-9]+$",
        .has_regex = true },
};

static gh_config_t config = {
    .directory = { .base = BASE, .lockout = 60 },
    .realms = realms,
    .realm_count = 2,
};

static const canned_value_t account[] = {
    { "uid", "61234" },
    { "entryUUID", "a-uuid" },
    { "cn", "SIERRA ROOFING" },
    { "gatehousePasswordSet", "20261101000000Z" },
};

static int
setup(void **state)
{
    (void) state;

    for (size_t i = 0; i < COUNT(realms); i++) {
        if (regcomp(&realms[i].regex, realms[i].pattern, REG_EXTENDED | REG_NOSUB) != 0) {
            return -1;
        }
    }

    return 0;
}

static int
teardown(void **state)
{
    (void) state;

    for (size_t i = 0; i < COUNT(realms); i++) {
        regfree(&realms[i].regex);
    }

    return 0;
}

/* A flow that has found the entry, with one value more. */
static gh_flow_t *
found_new(gh_staff_action_t action, const char *attr, const char *value)
{
    gh_secret_t   *password = action == GH_STAFF_TEMP_PASSWORD ? canned_secret(PASSWORD) : NULL;
    canned_value_t values[COUNT(account) + 1];
    gh_flow_t     *flow = gh_staff_new(&config, GH_TEXT("061234"), action, &password, END, NOW);

    assert_non_null(flow);
    assert_null(password);
    memcpy(values, account, sizeof(account));
    values[COUNT(account)] = (canned_value_t){ attr, value };
    canned_show(flow, DN, values, COUNT(account) + (attr != NULL ? 1 : 0));

    return flow;
}

static const gh_request_t *
answer_modify(gh_flow_t *flow, int result)
{
    const gh_request_t *modify = canned_next(flow, GH_OPERATION_MODIFY);
    gh_answer_t         answer;

    assert_string_equal(modify->dn, DN);
    gh_answer_init(&answer);
    answer.result = result;
    gh_flow_take(flow, modify, &answer);

    return modify;
}

static void
assert_outcome(gh_flow_t *flow, gh_outcome_t outcome)
{
    assert_true(gh_flow_is_done(flow));
    assert_null(gh_flow_next(flow));
    assert_int_equal(gh_staff_result(flow)->report.outcome, outcome);
    gh_flow_free(flow);
}

static void
assert_shuts(const gh_request_t *modify)
{
    assert_sets(modify, GH_CHANGE_REPLACE, "gatehouseResetDigest", NULL);
    assert_sets(modify, GH_CHANGE_REPLACE, "gatehouseResetUntil", NULL);
    assert_sets(
        modify, GH_CHANGE_REPLACE, "gatehouseSessionsNotBefore", "20261123070500.000042Z");
    assert_sets(modify, GH_CHANGE_REPLACE, "gatehouseMarked", "20261123070500.000042Z");
}

static void
test_sets_a_temporary_password(void **state)
{
    static const canned_value_t marked[] = { { "pwdReset", "TRUE" } };
    gh_flow_t                  *flow = found_new(GH_STAFF_TEMP_PASSWORD, NULL, NULL);
    const gh_request_t         *modify = answer_modify(flow, GH_RESULT_SUCCESS);

    (void) state;

    assert_int_equal(modify->change_count, 8);
    assert_string_equal(modify->assertion, "(!(gatehouseDisabled=TRUE))");
    assert_sets(modify, GH_CHANGE_REPLACE, "userPassword", PASSWORD);
    assert_true(canned_change(modify, GH_CHANGE_REPLACE, "userPassword")->is_secret);
    assert_sets(modify, GH_CHANGE_REPLACE, "pwdPolicySubentry",
        "cn=temporary,ou=policies,dc=city,dc=example");
    assert_sets(modify, GH_CHANGE_REPLACE, "pwdEndTime", "20261126070500Z");
    assert_sets(modify, GH_CHANGE_REPLACE, "gatehousePasswordSet", "20261123070500Z");
    assert_shuts(modify);

    assert_false(gh_flow_is_done(flow));
    canned_show(flow, DN, marked, COUNT(marked));
    assert_string_equal(gh_staff_result(flow)->who.uid, "61234");
    assert_ptr_equal(gh_staff_result(flow)->who.realm, &realms[1]);
    assert_outcome(flow, GH_OUTCOME_DONE);
}

/* One that slapd would let in for good is never given out. */
static void
test_a_temporary_password_has_to_be_one(void **state)
{
    static const canned_value_t unmarked[] = { { "pwdReset", "FALSE" } };
    gh_flow_t                  *flow = found_new(GH_STAFF_TEMP_PASSWORD, NULL, NULL);

    (void) state;

    answer_modify(flow, GH_RESULT_SUCCESS);
    canned_show(flow, DN, unmarked, COUNT(unmarked));
    assert_outcome(flow, GH_OUTCOME_UNDECIDED);

    flow = found_new(GH_STAFF_TEMP_PASSWORD, NULL, NULL);
    answer_modify(flow, GH_RESULT_SUCCESS);
    canned_give(flow, GH_OPERATION_SEARCH, GH_RESULT_NO_SUCH_OBJECT);
    assert_outcome(flow, GH_OUTCOME_UNDECIDED);

    flow = found_new(GH_STAFF_TEMP_PASSWORD, NULL, NULL);
    answer_modify(flow, GH_RESULT_SUCCESS);
    canned_give(flow, GH_OPERATION_SEARCH, GH_RESULT_TIMEOUT);
    assert_outcome(flow, GH_OUTCOME_UNAVAILABLE);
}

static void
test_no_temporary_password_for_the_disabled(void **state)
{
    gh_flow_t *flow = found_new(GH_STAFF_TEMP_PASSWORD, "gatehouseDisabled", "TRUE");

    (void) state;

    assert_outcome(flow, GH_OUTCOME_DISABLED);

    flow = found_new(GH_STAFF_TEMP_PASSWORD, NULL, NULL);
    answer_modify(flow, GH_RESULT_ASSERTION_FAILED);
    assert_outcome(flow, GH_OUTCOME_DISABLED);
}

static void
test_disables(void **state)
{
    gh_flow_t          *flow = found_new(GH_STAFF_DISABLE, NULL, NULL);
    const gh_request_t *modify = answer_modify(flow, GH_RESULT_SUCCESS);

    (void) state;

    assert_int_equal(modify->change_count, 6);
    assert_sets(modify, GH_CHANGE_REPLACE, "gatehouseDisabled", "TRUE");
    assert_sets(modify, GH_CHANGE_REPLACE, "pwdEndTime", "20261123070459Z");
    assert_shuts(modify);
    assert_outcome(flow, GH_OUTCOME_DONE);
}

/* Nothing but the marks: password, link and term stay. */
static void
test_revokes(void **state)
{
    gh_flow_t          *flow = found_new(GH_STAFF_REVOKE, NULL, NULL);
    const gh_request_t *modify = answer_modify(flow, GH_RESULT_SUCCESS);

    (void) state;

    assert_int_equal(modify->change_count, 2);
    canned_change(modify, GH_CHANGE_REPLACE, "gatehouseSessionsNotBefore");
    canned_change(modify, GH_CHANGE_REPLACE, "gatehouseMarked");
    assert_outcome(flow, GH_OUTCOME_DONE);
}

static void
test_enables(void **state)
{
    canned_value_t      temporary[COUNT(account) + 2];
    gh_flow_t          *flow = found_new(GH_STAFF_ENABLE, "gatehouseDisabled", "TRUE");
    const gh_request_t *modify = answer_modify(flow, GH_RESULT_SUCCESS);

    (void) state;

    assert_int_equal(modify->change_count, 2);
    assert_sets(modify, GH_CHANGE_REPLACE, "gatehouseDisabled", NULL);
    assert_sets(modify, GH_CHANGE_REPLACE, "pwdEndTime", NULL);
    assert_string_equal(modify->assertion, "(!(pwdReset=TRUE))");
    assert_outcome(flow, GH_OUTCOME_DONE);

    /* A temporary password stays ended. */
    memcpy(temporary, account, sizeof(account));
    temporary[4] = (canned_value_t){ "gatehouseDisabled", "TRUE" };
    temporary[5] = (canned_value_t){ "pwdReset", "TRUE" };
    flow = gh_staff_new(&config, GH_TEXT("61234"), GH_STAFF_ENABLE, NULL, 0, NOW);
    canned_show(flow, DN, temporary, COUNT(temporary));
    modify = answer_modify(flow, GH_RESULT_SUCCESS);
    assert_int_equal(modify->change_count, 1);
    assert_sets(modify, GH_CHANGE_REPLACE, "gatehouseDisabled", NULL);
    assert_null(modify->assertion);
    assert_outcome(flow, GH_OUTCOME_DONE);

    flow = found_new(GH_STAFF_ENABLE, NULL, NULL);
    assert_true(gh_staff_result(flow)->is_unchanged);
    assert_outcome(flow, GH_OUTCOME_DONE);
}

static void
test_unlocks(void **state)
{
    gh_flow_t          *flow = found_new(GH_STAFF_UNLOCK, "pwdAccountLockedTime", "x");
    const gh_request_t *modify = answer_modify(flow, GH_RESULT_SUCCESS);

    (void) state;

    assert_int_equal(modify->change_count, 1);
    assert_sets(modify, GH_CHANGE_DELETE, "pwdAccountLockedTime", NULL);
    assert_false(gh_staff_result(flow)->is_unchanged);
    assert_outcome(flow, GH_OUTCOME_DONE);

    flow = found_new(GH_STAFF_UNLOCK, "pwdAccountLockedTime", "x");
    answer_modify(flow, GH_RESULT_NO_SUCH_ATTRIBUTE);
    assert_true(gh_staff_result(flow)->is_unchanged);
    assert_outcome(flow, GH_OUTCOME_DONE);

    flow = found_new(GH_STAFF_UNLOCK, NULL, NULL);
    assert_true(gh_staff_result(flow)->is_unchanged);
    assert_outcome(flow, GH_OUTCOME_DONE);
}

static void
test_shows(void **state)
{
    gh_flow_t *flow = found_new(GH_STAFF_SHOW, "pwdReset", "TRUE");

    (void) state;

    assert_true(gh_entry_has(gh_staff_result(flow)->entry, "pwdReset", GH_TEXT("TRUE")));
    assert_string_equal(gh_staff_result(flow)->who.name, "SIERRA ROOFING");
    assert_outcome(flow, GH_OUTCOME_DONE);
}

/* The bases of the searches for a name, in their order. */
static void
test_whom_a_name_means(void **state)
{
    static const struct {
        const char *user;
        const char *bases[3];
        const char *filter; /* of the last */
    } cases[] = {
        { "maria.lopez", { "ou=public," BASE }, "(uid=maria.lopez))" },
        { " Maria ", { "ou=public," BASE }, "(uid=maria))" },
        { "maria", { "ou=public," BASE, "ou=vendors," BASE }, "(uid=maria))" },
        { "0061234", { "ou=contractors," BASE, "ou=vendors," BASE }, "(uid=0061234))" },
        { "contractor:0061234", { "ou=contractors," BASE }, "(uid=61234))" },
        { "vendor:maria", { "ou=vendors," BASE }, "(uid=maria))" },
        { "contractor:maria", { NULL }, NULL },
        { "nowhere:maria", { NULL }, NULL },
        { "", { NULL }, NULL },
        { "vendor:", { NULL }, NULL },
    };

    (void) state;

    config.realm_count = 3;

    for (size_t i = 0; i < COUNT(cases); i++) {
        gh_flow_t *flow =
            gh_staff_new(&config, gh_text(cases[i].user), GH_STAFF_SHOW, NULL, 0, NOW);
        size_t count = 0;

        for (; count < 3 && cases[i].bases[count] != NULL; count++) {
            const gh_request_t *search = gh_flow_next(flow);

            assert_non_null(search);
            assert_string_equal(search->dn, cases[i].bases[count]);

            if (count == 2 || cases[i].bases[count + 1] == NULL) {
                assert_non_null(strstr(search->filter, cases[i].filter));
            }
        }

        assert_null(gh_flow_next(flow));

        if (count == 0) {
            assert_outcome(flow, GH_OUTCOME_GONE);
        } else {
            gh_flow_free(flow);
        }
    }

    config.realm_count = 2;
}

static void
test_other_outcomes(void **state)
{
    static const struct {
        int          result;
        gh_outcome_t outcome;
    } cases[] = {
        { GH_RESULT_SUCCESS, GH_OUTCOME_GONE },
        { GH_RESULT_TIMEOUT, GH_OUTCOME_UNAVAILABLE },
    };
    gh_flow_t *flow;

    (void) state;

    for (size_t i = 0; i < COUNT(cases); i++) {
        flow = gh_staff_new(&config, GH_TEXT("61234"), GH_STAFF_DISABLE, NULL, 0, NOW);
        canned_give(flow, GH_OPERATION_SEARCH, cases[i].result);
        assert_null(gh_staff_result(flow)->entry);
        assert_outcome(flow, cases[i].outcome);
    }

    flow = gh_staff_new(&config, GH_TEXT("61234"), GH_STAFF_DISABLE, NULL, 0, NOW);
    canned_give(flow, GH_OPERATION_SEARCH, GH_RESULT_SIZE_LIMIT);
    assert_outcome(flow, GH_OUTCOME_TAKEN);

    flow = found_new(GH_STAFF_DISABLE, NULL, NULL);
    answer_modify(flow, GH_RESULT_INSUFFICIENT_ACCESS);
    assert_outcome(flow, GH_OUTCOME_READ_ONLY);

    flow = found_new(GH_STAFF_TEMP_PASSWORD, NULL, NULL);
    gh_flow_free(flow);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_sets_a_temporary_password),
        cmocka_unit_test(test_a_temporary_password_has_to_be_one),
        cmocka_unit_test(test_no_temporary_password_for_the_disabled),
        cmocka_unit_test(test_disables),
        cmocka_unit_test(test_revokes),
        cmocka_unit_test(test_enables),
        cmocka_unit_test(test_unlocks),
        cmocka_unit_test(test_shows),
        cmocka_unit_test(test_whom_a_name_means),
        cmocka_unit_test(test_other_outcomes),
    };

    return cmocka_run_group_tests(tests, setup, teardown);
}
