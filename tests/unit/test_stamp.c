/*
 * The stamp of the last sign-in: due once a day, one modify.
 */

/* System. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

/* Account. */
#include "account/stamp.h"

/* 2026-11-23 07:05:00.5 UTC. */
#define NOW ((gh_time_t) 1795417500500000)

static void
test_due(void **state)
{
    (void) state;

    assert_true(gh_stamp_is_due(0, NOW));
    assert_true(gh_stamp_is_due(NOW - 86400 * GH_SECOND, NOW));
    assert_false(gh_stamp_is_due(NOW - 86399 * GH_SECOND, NOW));
    assert_false(gh_stamp_is_due(NOW, NOW));
}

static void
test_one_modify(void **state)
{
    gh_flow_t          *flow = gh_stamp_new("uid=maria,ou=public,dc=city", NOW);
    const gh_request_t *modify;
    gh_answer_t         answer;

    (void) state;

    assert_non_null(flow);
    modify = gh_flow_next(flow);
    assert_non_null(modify);
    assert_int_equal(modify->operation, GH_OPERATION_MODIFY);
    assert_int_equal(modify->lane, GH_LANE_SERVICE);
    assert_string_equal(modify->dn, "uid=maria,ou=public,dc=city");
    assert_int_equal(modify->change_count, 1);
    assert_int_equal(modify->changes[0].kind, GH_CHANGE_REPLACE);
    assert_string_equal(modify->changes[0].attr, "gatehouseLastSignIn");
    assert_string_equal(modify->changes[0].values[0], "20261123070500Z");
    assert_null(gh_flow_next(flow));
    assert_false(gh_flow_is_done(flow));

    gh_answer_init(&answer);
    answer.result = GH_RESULT_INSUFFICIENT_ACCESS;
    gh_flow_take(flow, modify, &answer);
    assert_true(gh_flow_is_done(flow));
    assert_int_equal(gh_stamp_result(flow), 50);

    gh_flow_free(flow);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_due),
        cmocka_unit_test(test_one_modify),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
