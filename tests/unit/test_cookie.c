/*
 * Cookies: finding one in a header, and cutting ours out of it.
 */

/* System. */
#include <string.h>

/* cmocka. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

/* Web. */
#include "web/cookie.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static void
test_find(void **state)
{
    static const struct {
        const char *header;
        size_t      count;
        const char *value;
    } cases[] = {
        { "", 0, "" },
        { ";", 0, "" },
        { " ; ;", 0, "" },
        { "gatehouse", 0, "" },
        { "gatehouse=", 1, "" },
        { "gatehouse=abc", 1, "abc" },
        { "gatehouse=abc;", 1, "abc" },
        { "a=1; gatehouse=abc; b=2", 1, "abc" },
        { "a=1;gatehouse=abc;b=2", 1, "abc" },
        { "a=1;\tgatehouse=abc \t; b=2", 1, "abc" },
        { "gatehouse=a=b==", 1, "a=b==" },
        { "gatehouse=\"abc\"", 1, "\"abc\"" },
        { "gatehouse=a,b", 1, "a,b" },
        { "gatehouse=one; gatehouse=two", 2, "one" },
        { "gatehouse=; gatehouse=two", 2, "" },
        { "gatehouse=1; x=y; gatehouse=2;gatehouse=3", 3, "1" },

        /* Other names. */
        { "Gatehouse=abc", 0, "" },
        { "GATEHOUSE=abc", 0, "" },
        { "gatehouse2=abc", 0, "" },
        { "__Host-gatehouse=abc", 0, "" },
        { "gatehouse =abc", 0, "" },
        { "x=gatehouse=abc", 0, "" },
        { "x=1, gatehouse=abc", 0, "" },
        { "=gatehouse=abc", 0, "" },
    };

    (void) state;

    for (size_t i = 0; i < COUNT(cases); i++) {
        gh_text_t value = GH_TEXT("left over");
        size_t    count = gh_cookie_find(gh_text(cases[i].header), "gatehouse", &value);

        if (count != cases[i].count || !gh_text_equal(value, gh_text(cases[i].value))) {
            fail_msg("\"%s\": %zu times, \"%.*s\"", cases[i].header, count, (int) value.len,
                value.data);
        }
    }
}

/* Nothing behind the header's length is read. */
static void
test_find_stays_inside(void **state)
{
    gh_text_t value;

    (void) state;

    assert_int_equal(gh_cookie_find((gh_text_t){ "gatehouse=abc", 9 }, "gatehouse", &value), 0);
    assert_int_equal(
        gh_cookie_find((gh_text_t){ "gatehouse=abc", 11 }, "gatehouse", &value), 1);
    assert_true(gh_text_equal(value, GH_TEXT("a")));
    assert_int_equal(gh_cookie_find((gh_text_t){ NULL, 0 }, "gatehouse", &value), 0);
    assert_true(gh_text_is_empty(value));
}

static void
test_cut(void **state)
{
    static const char *const names[] = { "__Host-gatehouse", "gatehouse", NULL };
    static const struct {
        const char *header;
        const char *want;
    } cases[] = {
        { "", "" },
        { "gatehouse=abc", "" },
        { "gatehouse=", "" },
        { " gatehouse=abc ;", "" },
        { "gatehouse=abc; __Host-gatehouse=def; gatehouse=ghi", "" },
        { "a=1", "a=1" },
        { "a=1; b=2", "a=1; b=2" },
        { "a=1;b=2;", "a=1; b=2" },
        { "; a=1;; ;b=2", "a=1; b=2" },
        { "gatehouse=abc; a=1", "a=1" },
        { "a=1; gatehouse=abc", "a=1" },
        { "a=1; gatehouse=abc; b=2", "a=1; b=2" },
        { "a=1; __Host-gatehouse=abc; b=2; gatehouse=d", "a=1; b=2" },
        { "a=\"1 2\"; flag; gatehouse=abc", "a=\"1 2\"; flag" },
        { "Gatehouse=abc; gatehouse2=d", "Gatehouse=abc; gatehouse2=d" },
    };
    gh_buf_t out;

    (void) state;

    for (size_t i = 0; i < COUNT(cases); i++) {
        gh_buf_init(&out);
        assert_int_equal(gh_cookie_cut(gh_text(cases[i].header), names, &out), 0);
        assert_string_equal(gh_buf_string(&out), cases[i].want);
        gh_buf_cleanup(&out);
    }
}

static void
test_cut_appends(void **state)
{
    static const char *const names[] = { "gatehouse", NULL };
    static const char *const none[] = { NULL };
    gh_buf_t                 out;

    (void) state;

    gh_buf_init(&out);
    assert_int_equal(gh_buf_add_string(&out, "Cookie: "), 0);
    assert_int_equal(gh_cookie_cut(GH_TEXT("gatehouse=abc; a=1; b=2"), names, &out), 0);
    assert_string_equal(gh_buf_string(&out), "Cookie: a=1; b=2");

    gh_buf_reset(&out);
    assert_int_equal(gh_cookie_cut(GH_TEXT("gatehouse=abc; a=1"), none, &out), 0);
    assert_string_equal(gh_buf_string(&out), "gatehouse=abc; a=1");
    gh_buf_cleanup(&out);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_find),
        cmocka_unit_test(test_find_stays_inside),
        cmocka_unit_test(test_cut),
        cmocka_unit_test(test_cut_appends),
    };

    return cmocka_run_group_tests_name("cookie", tests, NULL, NULL);
}
