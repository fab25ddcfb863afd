/*
 * Admitting without a password: whom the search asks for, and what a state decides.
 */

/* System. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

/* Account. */
#include "account/admit.h"

/* Tests. */
#include "canned.h"
#include "config/config_int.h"

#define DN "uid=61234,ou=contractors,dc=city"

/* 2026-11-23 07:05:00 UTC. */
#define NOW ((gh_time_t) 1795417500000000)

static gh_realm_t contractors = { .name = (char *) "contractor",
    .base = (char *) "ou=contractors,dc=city",
    .pattern = (char *) "[0-9]{1,8}",
    .canonical = GH_CANONICAL_STRIP_ZEROS };

static int
group_setup(void **state)
{
    gh_error_t error;

    (void) state;
    return gh_realm_compile(&contractors, &error);
}

static void
test_the_search(void **state)
{
    static char *names[] = { (char *) "uid", (char *) "mail", NULL };

    gh_flow_t          *flow = gh_admit_new(&contractors, GH_TEXT(" 0061234"), NOW);
    const gh_request_t *search = ((void) state, canned_next(flow, GH_OPERATION_SEARCH));
    gh_realm_t          searched = contractors;

    assert_string_equal(search->dn, "ou=contractors,dc=city");
    assert_int_equal(search->scope, GH_SCOPE_ONE);
    assert_string_equal(search->filter, "(&(objectClass=gatehouseAccount)(uid=61234))");
    gh_flow_free(flow);

    searched.find = GH_FIND_BY_SEARCH;
    searched.login_attributes = names;
    flow = gh_admit_new(&searched, GH_TEXT("61234"), NOW);
    search = canned_next(flow, GH_OPERATION_SEARCH);
    assert_int_equal(search->scope, GH_SCOPE_SUBTREE);
    assert_string_equal(
        search->filter, "(&(objectClass=gatehouseAccount)(|(uid=61234)(mail=61234)))");
    gh_flow_free(flow);
}

static void
test_states(void **state)
{
    static const struct {
        const char  *attr;
        const char  *value;
        gh_verdict_t want;
    } cases[] = {
        { "gatehousePasswordSet", "20260101000000Z", GH_VERDICT_SIGNED_IN },
        { "pwdReset", "TRUE", GH_VERDICT_MUST_CHANGE },
        { "pwdAccountLockedTime", "20261123070459Z", GH_VERDICT_SIGNED_IN },
        { "pwdAccountLockedTime", "000001010000Z", GH_VERDICT_SIGNED_IN },
        { "pwdEndTime", "20261123070459Z", GH_VERDICT_ENDED },
        { "pwdEndTime", "20261124000000Z", GH_VERDICT_SIGNED_IN },
        { "gatehouseDisabled", "TRUE", GH_VERDICT_DISABLED },
    };

    (void) state;

    for (size_t i = 0; i < COUNT(cases); i++) {
        canned_value_t values[] = { { "uid", "61234" },
            { "entryUUID", "3f0c7f0e-1111-4222-8333-444455556666" },
            { "gatehousePasswordSet", "20260101000000Z" }, { cases[i].attr, cases[i].value } };
        gh_flow_t     *flow = gh_admit_new(&contractors, GH_TEXT("61234"), NOW);

        canned_show(flow, DN, values, COUNT(values));
        assert_true(gh_flow_is_done(flow));
        assert_int_equal(gh_admit_result(flow)->verdict, cases[i].want);
        assert_string_equal(gh_admit_result(flow)->who.dn, DN);
        gh_flow_free(flow);
    }
}

static void
test_no_password_yet(void **state)
{
    canned_value_t values[] = { { "uid", "61234" },
        { "entryUUID", "3f0c7f0e-1111-4222-8333-444455556666" } };
    gh_flow_t     *flow = gh_admit_new(&contractors, GH_TEXT("61234"), NOW);

    (void) state;

    canned_show(flow, DN, values, COUNT(values));
    assert_int_equal(gh_admit_result(flow)->verdict, GH_VERDICT_NO_PASSWORD);
    gh_flow_free(flow);
}

static void
test_nobody(void **state)
{
    gh_flow_t *flow = gh_admit_new(&contractors, GH_TEXT("61234"), NOW);

    (void) state;

    canned_give(flow, GH_OPERATION_SEARCH, GH_RESULT_SUCCESS);
    assert_int_equal(gh_admit_result(flow)->verdict, GH_VERDICT_UNKNOWN);
    gh_flow_free(flow);

    /* Nobody can have that name: the directory is not asked. */
    flow = gh_admit_new(&contractors, GH_TEXT("*)(uid=*"), NOW);
    assert_true(gh_flow_is_done(flow));
    assert_null(gh_flow_next(flow));
    assert_int_equal(gh_admit_result(flow)->verdict, GH_VERDICT_UNKNOWN);
    gh_flow_free(flow);
}

static void
test_directory_away(void **state)
{
    gh_flow_t *flow = gh_admit_new(&contractors, GH_TEXT("61234"), NOW);

    (void) state;

    canned_give(flow, GH_OPERATION_SEARCH, GH_RESULT_TIMEOUT);
    assert_int_equal(gh_admit_result(flow)->verdict, GH_VERDICT_UNAVAILABLE);
    assert_int_equal(gh_admit_result(flow)->result, -2);
    gh_flow_free(flow);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_the_search),
        cmocka_unit_test(test_states),
        cmocka_unit_test(test_no_password_yet),
        cmocka_unit_test(test_nobody),
        cmocka_unit_test(test_directory_away),
    };

    return cmocka_run_group_tests(tests, group_setup, NULL);
}
