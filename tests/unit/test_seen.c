/*
 * Seen: each number once, and where it was.
 */

/* System. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

/* Ctl. */
#include "seen.h"

static void
test_names_the_earlier_row(void **state)
{
    gh_seen_t    *seen = gh_seen_new();
    unsigned long earlier;

    (void) state;

    assert_non_null(seen);
    assert_int_equal(gh_seen_add(seen, 61234, 11, &earlier), 0);
    assert_int_equal(gh_seen_add(seen, 61235, 12, &earlier), 0);
    assert_int_equal(gh_seen_add(seen, 99999999, 13, &earlier), 0);
    assert_int_equal(gh_seen_add(seen, 61234, 14, &earlier), 1);
    assert_int_equal(earlier, 11);
    assert_int_equal(gh_seen_add(seen, 61234, 15, &earlier), 1);
    assert_int_equal(earlier, 11);
    assert_int_equal(gh_seen_add(seen, 99999999, 16, &earlier), 1);
    assert_int_equal(earlier, 13);
    gh_seen_free(seen);
}

/* Two million numbers apart, the later takes the other's place. */
static void
test_forgets_a_row_never_a_number(void **state)
{
    gh_seen_t    *seen = gh_seen_new();
    unsigned long earlier;

    (void) state;

    assert_non_null(seen);
    assert_int_equal(gh_seen_add(seen, 5, 1, &earlier), 0);
    assert_int_equal(gh_seen_add(seen, 5 + 2097152, 2, &earlier), 0);
    assert_int_equal(gh_seen_add(seen, 5, 3, &earlier), 1);
    assert_int_equal(earlier, 0);
    assert_int_equal(gh_seen_add(seen, 5 + 2097152, 4, &earlier), 1);
    assert_int_equal(earlier, 2);
    gh_seen_free(seen);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_names_the_earlier_row),
        cmocka_unit_test(test_forgets_a_row_never_a_number),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
