/*
 * Settling: when a temporary password's policy is left over, and one modify.
 */

/* System. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

/* Account. */
#include "account/settle.h"

/* Tests. */
#include "canned.h"

#define DN "uid=61234,ou=contractors,dc=city"

static void
test_due(void **state)
{
    static const struct {
        const char *policy;
        const char *reset;
        bool        want;
    } cases[] = {
        { "cn=temporary,ou=policies,dc=city", "", true },
        { "CN=Temporary, OU=policies, dc=city", "FALSE", true },
        { "cn=temporary,ou=policies,dc=city", "TRUE", false },
        { "cn=council,ou=policies,dc=city", "", false },
        { "no name at all", "", false },
        { "", "", false },
    };

    gh_config_t config = { .directory.base = (char *) "dc=city" };

    (void) state;

    for (size_t i = 0; i < COUNT(cases); i++) {
        gh_text_t      policy = gh_text(cases[i].policy), reset = gh_text(cases[i].reset);
        gh_attribute_t attributes[] = { { (char *) "pwdPolicySubentry", &policy, 1 },
            { (char *) "pwdReset", &reset, 1 } };
        gh_entry_t     entry = { (char *) DN, attributes, 2 };

        assert_int_equal(gh_settle_is_due(&config, &entry), cases[i].want);
    }
}

static void
test_one_modify(void **state)
{
    gh_flow_t          *flow = gh_settle_new(DN, GH_SETTLE_UNCHANGED);
    const gh_request_t *modify = ((void) state, canned_next(flow, GH_OPERATION_MODIFY));
    gh_answer_t         answer;

    assert_string_equal(modify->dn, DN);
    assert_string_equal(modify->assertion, "(&(!(pwdReset=TRUE))(!(gatehouseDisabled=TRUE)))");
    assert_int_equal(modify->change_count, 2);
    assert_string_equal(modify->changes[0].attr, "pwdEndTime");
    assert_string_equal(modify->changes[1].attr, "pwdPolicySubentry");

    for (size_t i = 0; i < 2; i++) {
        assert_int_equal(modify->changes[i].kind, GH_CHANGE_REPLACE);
        assert_int_equal(modify->changes[i].count, 0);
    }

    gh_answer_init(&answer);
    answer.result = GH_RESULT_INSUFFICIENT_ACCESS;
    gh_flow_take(flow, modify, &answer);
    assert_true(gh_flow_is_done(flow));
    assert_int_equal(gh_settle_result(flow), 50);
    gh_flow_free(flow);
}

static void
test_as_oneself(void **state)
{
    gh_flow_t *flow = gh_settle_new(DN, NULL);

    (void) state;

    assert_null(canned_next(flow, GH_OPERATION_MODIFY)->assertion);
    gh_flow_free(flow);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_due),
        cmocka_unit_test(test_one_modify),
        cmocka_unit_test(test_as_oneself),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
