/*
 * The throttle: delays, and what an account is counted under.
 */

/* System. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

/* Account. */
#include "account/throttle.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

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

    for (size_t i = 0; i < COUNT(cases); i++) {
        assert_int_equal(
            gh_throttle_delay(&settings, 5, cases[i].refusals), cases[i].seconds * 1000000);
    }
}

static void
test_accounts(void **state)
{
    static gh_realm_t realms[] = {
        { .pattern = "^[a-z]{2,9}$", .canonical = GH_CANONICAL_LOWER, .has_regex = true },
        { .pattern = "^[0-9]{1,8}$", .canonical = GH_CANONICAL_STRIP_ZEROS, .has_regex = true },
        { .pattern = "^[A-Za-z]{2,9}$", .has_regex = true },
    };
    static const struct {
        const gh_realm_t *realm;
        const char       *typed;
        const char       *want;
    } cases[] = {
        { &realms[0], " MARIA ", "maria" },
        { &realms[0], "Maria@Example.ORG ", "maria@example.org" },
        { &realms[0], "\xc3\x89@x", "\xc3\x89@x" },
        { &realms[1], "00765432", "765432" },
        { &realms[2], "MaRiA", "maria" },
        { NULL, " A", "a" },
        { NULL, "", "" },
    };

    (void) state;

    for (size_t i = 0; i < COUNT(realms); i++) {
        assert_int_equal(
            regcomp(&realms[i].regex, realms[i].pattern, REG_EXTENDED | REG_NOSUB), 0);
    }

    for (size_t i = 0; i < COUNT(cases); i++) {
        gh_buf_t out;

        gh_buf_init(&out);
        gh_buf_add_string(&out, "THERE ");
        assert_int_equal(gh_throttle_account(cases[i].realm, gh_text(cases[i].typed), &out), 0);
        assert_memory_equal(gh_buf_string(&out), "THERE ", 6);
        assert_string_equal(gh_buf_string(&out) + 6, cases[i].want);
        gh_buf_cleanup(&out);
    }

    for (size_t i = 0; i < COUNT(realms); i++) {
        regfree(&realms[i].regex);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_delays),
        cmocka_unit_test(test_accounts),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
