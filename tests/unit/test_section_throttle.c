/* Tests of lib/config/section_throttle.c. */

/* cmocka, in the order it asks for. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

/* Config. */
#include "config/config.h"

/* Tests. */
#include "sections.h"

static void
test_values(void **state)
{
    gh_config_t *config = test_read(*state, ONE_MORE,
        "throttle { free_attempts = 3 base_delay = 2 max_delay = 60 window = 600\n"
        " exempt = { \"10.0.0.0/8\", \"::1\" } }\n");

    assert_int_equal(config->throttle.free_attempts, 3);
    assert_int_equal(config->throttle.base_delay, 2000000);
    assert_int_equal(config->throttle.max_delay, 60000000);
    assert_int_equal(config->throttle.window, 600000000);
    assert_string_equal(config->throttle.exempt[0], "10.0.0.0/8");
    assert_string_equal(config->throttle.exempt[1], "::1");
    assert_null(config->throttle.exempt[2]);

    gh_config_free(config);
}

/* Without the section there is a throttle all the same. */
static void
test_defaults(void **state)
{
    static const char *const sections[] = { "", "throttle { }" };

    for (size_t i = 0; i < sizeof(sections) / sizeof(sections[0]); i++) {
        gh_config_t *config = test_read(*state, ONE_MORE, sections[i]);

        assert_int_equal(config->throttle.free_attempts, 5);
        assert_int_equal(config->throttle.base_delay, 1000000);
        assert_int_equal(config->throttle.max_delay, 300000000);
        assert_int_equal(config->throttle.window, 3600000000);
        assert_null(config->throttle.exempt[0]);
        gh_config_free(config);
    }
}

/* A default gives way to what the file says. */
static void
test_defaults_yield(void **state)
{
    static const struct {
        const char *section;
        gh_time_t   max_delay, window; /* µs */
    } cases[] = {
        { "throttle { base_delay = 3600 }", 3600000000, 3600000000 },
        { "throttle { base_delay = 301 }", 301000000, 3600000000 },
        { "throttle { max_delay = 3600 }", 3600000000, 3600000000 },
    };

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        gh_config_t *config = test_read(*state, ONE_MORE, cases[i].section);

        assert_int_equal(config->throttle.max_delay, cases[i].max_delay);
        assert_int_equal(config->throttle.window, cases[i].window);
        gh_config_free(config);
    }
}

static void
test_refuses(void **state)
{
    static const test_case_t cases[] = { { "throttle { }", NULL },
        { "throttle { base_delay = 3600 }", NULL },
        { "throttle { free_attempts = 0 }",
            ":13: throttle: free_attempts = 0: must be from 1 to 50 refusals" },
        { "throttle { base_delay = 9\nmax_delay = 8 }",
            ":14: throttle: max_delay = 8: must not be below base_delay = 9" },
        { "throttle { max_delay = 8\nwindow = 7 }",
            ":14: throttle: window = 7: must not be below max_delay = 8" },
        { "throttle { exempt = { \"10.0.0.1/8\" } }",
            ":13: throttle: exempt: has bits of the address behind those of the network; write "
            "the first address" } };

    TEST_EACH(ONE_MORE, cases);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        IN_SCRATCH(test_values),
        IN_SCRATCH(test_defaults),
        IN_SCRATCH(test_defaults_yield),
        IN_SCRATCH(test_refuses),
    };

    return cmocka_run_group_tests_name("section_throttle", tests, NULL, NULL);
}
