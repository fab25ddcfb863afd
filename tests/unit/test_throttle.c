/*
 * The throttle: delays.
 */

/* System. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

/* Account. */
#include "account/throttle.h"

static void
test_delays(void **state)
{
    static const struct {
        unsigned long refusals;
        long          seconds;
    } cases[] = { { 0, 0 }, { 1, 0 }, { 5, 0 }, { 6, 1 }, { 7, 2 }, { 8, 4 }, { 9, 8 },
        { 13, 128 }, { 14, 256 }, { 15, 300 }, { 16, 300 }, { 4294967295, 300 } };

    gh_throttle_settings_t settings = { .base_delay = GH_SECOND, .max_delay = 300 * GH_SECOND };

    (void) state;

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        assert_int_equal(
            gh_throttle_delay(&settings, 5, cases[i].refusals), cases[i].seconds * 1000000);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_delays),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
