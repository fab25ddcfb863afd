/*
 * Rules: the filter that goes out, and what its answers decide.
 */

/* System. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

/* Account. */
#include "account/rule.h"

/* Tests. */
#include "canned.h"

#define DN "uid=61234,ou=contractors,dc=city"

/* 2026-11-23 07:05:00.5 UTC. */
#define NOW ((gh_time_t) 1795417500500000)

static void
test_filters(void **state)
{
    static const struct {
        const char *filter;
        const char *want;
    } cases[] = {
        { "(gatehouseLicenseStatus=CLEAR)", "(gatehouseLicenseStatus=CLEAR)" },
        { "(gatehouseLicenseExpiry>=%{now})", "(gatehouseLicenseExpiry>=20261123070500Z)" },
        { "(gatehouseLicenseExpiry>=%{today})", "(gatehouseLicenseExpiry>=20261123000000Z)" },
        { "(|(a>=%{now})(b<=%{now}))", "(|(a>=20261123070500Z)(b<=20261123070500Z))" },
        { "(o=50%)", "(o=50%)" },
        { "(o=%{nowhere})", "(o=%{nowhere})" },
    };

    (void) state;

    for (size_t i = 0; i < COUNT(cases); i++) {
        gh_flow_t          *flow = gh_rule_new(DN, cases[i].filter, NOW);
        const gh_request_t *search = canned_next(flow, GH_OPERATION_SEARCH);

        assert_string_equal(search->dn, DN);
        assert_int_equal(search->scope, GH_SCOPE_BASE);
        assert_string_equal(search->filter, cases[i].want);
        assert_string_equal(search->attrs[0], "1.1");
        assert_null(search->attrs[1]);
        gh_flow_free(flow);
    }
}

static void
test_holds(void **state)
{
    static const struct {
        const char  *dn;
        gh_verdict_t want;
    } cases[] = {
        { DN, GH_VERDICT_SIGNED_IN },
        { "UID=61234, ou=contractors, dc=city", GH_VERDICT_SIGNED_IN },
        { "uid=1,ou=contractors,dc=city", GH_VERDICT_FORBIDDEN },
    };

    (void) state;

    for (size_t i = 0; i < COUNT(cases); i++) {
        gh_flow_t *flow = gh_rule_new(DN, "(a=b)", NOW);

        canned_show(flow, cases[i].dn, NULL, 0);
        assert_true(gh_flow_is_done(flow));
        assert_int_equal(gh_rule_verdict(flow), cases[i].want);
        gh_flow_free(flow);
    }
}

static void
test_does_not(void **state)
{
    static const struct {
        int          result;
        gh_verdict_t want;
    } cases[] = {
        { GH_RESULT_SUCCESS, GH_VERDICT_FORBIDDEN },
        { GH_RESULT_NO_SUCH_OBJECT, GH_VERDICT_FORBIDDEN },
        { GH_RESULT_MALFORMED, GH_VERDICT_UNAVAILABLE },
        { GH_RESULT_TIMEOUT, GH_VERDICT_UNAVAILABLE },
        { GH_RESULT_INSUFFICIENT_ACCESS, GH_VERDICT_UNAVAILABLE },
    };

    (void) state;

    for (size_t i = 0; i < COUNT(cases); i++) {
        gh_flow_t *flow = gh_rule_new(DN, "(a=b)", NOW);

        canned_give(flow, GH_OPERATION_SEARCH, cases[i].result);
        assert_int_equal(gh_rule_verdict(flow), cases[i].want);
        assert_int_equal(gh_rule_result(flow), cases[i].result);
        gh_flow_free(flow);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_filters),
        cmocka_unit_test(test_holds),
        cmocka_unit_test(test_does_not),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
