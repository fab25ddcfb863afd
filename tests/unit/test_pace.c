/*
 * Pace: answers on both sides of a step leave together.
 */

/* System. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

/* Account. */
#include "account/pace.h"

#define WHILE 60000

static void
test_steps(void **state)
{
    static const struct {
        int64_t took, want;
    } cases[] = { { 0, 250 }, { 30, 250 }, { 200, 250 }, { 201, 500 }, { 249, 500 },
        { 251, 500 }, { 451, 750 }, { 950, 1000 }, { 951, 1250 }, { 4990, 5250 } };

    (void) state;

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        gh_pace_t pace = { 0 };

        assert_int_equal(gh_pace_leave(&pace, cases[i].took, 7), cases[i].want);
    }
}

/* Around a step, and around the place where the step begins to count. */
static void
test_kinds_that_differ_by_little(void **state)
{
    static const int64_t around[] = { 200, 250 };

    (void) state;

    for (size_t i = 0; i < 2; i++) {
        gh_pace_t pace = { 0 };
        int64_t   now = 1;

        gh_pace_leave(&pace, around[i] + 1, now);

        for (; now < 20 * WHILE; now += WHILE / 3) {
            assert_int_equal(gh_pace_leave(&pace, around[i] - 1, now), 500);
            assert_int_equal(gh_pace_leave(&pace, around[i] + 1, now), 500);
        }
    }
}

static void
test_comes_down_step_by_step(void **state)
{
    gh_pace_t pace = { 0 };

    (void) state;

    assert_int_equal(gh_pace_leave(&pace, 600, 1), 750);
    assert_int_equal(gh_pace_leave(&pace, 30, 2), 750);
    /* In the first while one was slow. */
    assert_int_equal(gh_pace_leave(&pace, 30, 1 + WHILE), 750);
    assert_int_equal(gh_pace_leave(&pace, 30, WHILE + WHILE), 750);
    assert_int_equal(gh_pace_leave(&pace, 30, 1 + 2 * WHILE), 500);
    assert_int_equal(gh_pace_leave(&pace, 30, 1 + 3 * WHILE), 250);
    assert_int_equal(gh_pace_leave(&pace, 30, 1 + 9 * WHILE), 250);
}

static void
test_stays_while_the_lower_step_is_near(void **state)
{
    gh_pace_t pace = { 0 };

    (void) state;

    assert_int_equal(gh_pace_leave(&pace, 300, 1), 500);

    for (int64_t now = 1; now < 5 * WHILE; now += WHILE / 2) {
        assert_int_equal(gh_pace_leave(&pace, 151, now), 500);
    }
}

static void
test_one_that_is_late_makes_nobody_wait(void **state)
{
    gh_pace_t pace = { 0 };

    (void) state;

    assert_int_equal(gh_pace_leave(&pace, 3000, 1), 3250);
    assert_int_equal(gh_pace_leave(&pace, 30, 2), 250);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_steps),
        cmocka_unit_test(test_kinds_that_differ_by_little),
        cmocka_unit_test(test_comes_down_step_by_step),
        cmocka_unit_test(test_stays_while_the_lower_step_is_near),
        cmocka_unit_test(test_one_that_is_late_makes_nobody_wait),
    };

    return cmocka_run_group_tests_name("pace", tests, NULL, NULL);
}
