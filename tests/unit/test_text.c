/* Tests of lib/base/text.c. */

/* cmocka, in the order it asks for. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

/* System. */
#include <stdlib.h>

/* Base. */
#include "base/text.h"

static void
test_equal(void **state)
{
    static const struct {
        gh_text_t a, b;
        bool      is_equal, is_equal_nocase;
    } cases[] = { { GH_TEXT(""), GH_TEXT(""), true, true },
        { { NULL, 0 }, GH_TEXT(""), true, true }, { { NULL, 0 }, { NULL, 0 }, true, true },
        { GH_TEXT("uid"), GH_TEXT("uid"), true, true },
        { GH_TEXT("uid"), GH_TEXT("UID"), false, true },
        { GH_TEXT("uid"), GH_TEXT("uidx"), false, false },
        { GH_TEXT("uid"), GH_TEXT("uie"), false, false },
        { GH_TEXT("a\0b"), GH_TEXT("a\0b"), true, true },
        { GH_TEXT("a\0b"), GH_TEXT("a\0c"), false, false },
        { GH_TEXT("@["), GH_TEXT("`{"), false, false },
        { GH_TEXT("\xc3\x84"), GH_TEXT("\xc3\xa4"), false, false } };

    (void) state;

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        assert_int_equal(gh_text_equal(cases[i].a, cases[i].b), cases[i].is_equal);
        assert_int_equal(
            gh_text_equal_nocase(cases[i].a, cases[i].b), cases[i].is_equal_nocase);
    }
}

static void
test_of_a_c_string(void **state)
{
    (void) state;

    assert_int_equal(gh_text("abc").len, 3);
    assert_int_equal(gh_text("").len, 0);
    assert_true(gh_text_is_empty(gh_text(NULL)));
    assert_string_equal(gh_text(NULL).data, "");
}

static void
test_trim(void **state)
{
    static const struct {
        gh_text_t input, want;
    } cases[] = { { GH_TEXT(""), GH_TEXT("") }, { GH_TEXT(" "), GH_TEXT("") },
        { GH_TEXT(" \t \t"), GH_TEXT("") }, { GH_TEXT("a"), GH_TEXT("a") },
        { GH_TEXT("  a b\t"), GH_TEXT("a b") }, { GH_TEXT("\n a"), GH_TEXT("\n a") },
        { GH_TEXT("\0a "), GH_TEXT("\0a") },
        { GH_TEXT("\xc2\xa0"
                  "a"),
            GH_TEXT("\xc2\xa0"
                    "a") } };

    (void) state;

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        assert_true(gh_text_equal(gh_text_trim(cases[i].input), cases[i].want));
    }
}

static void
test_clean(void **state)
{
    static const struct {
        const char *name;
        gh_text_t   input;
        bool        is_clean;
    } cases[] = { { "nothing", GH_TEXT(""), true }, { "ASCII", GH_TEXT(" azAZ09~"), true },
        { "two bytes", GH_TEXT("Jos\xc3\xa9"), true },
        { "three bytes", GH_TEXT("\xe2\x82\xac"), true },
        { "four bytes", GH_TEXT("\xf0\x9f\x8f\x97"), true },
        { "first of two bytes past C1", GH_TEXT("\xc2\xa0"), true },
        { "last before the surrogates", GH_TEXT("\xed\x9f\xbf"), true },
        { "first behind the surrogates", GH_TEXT("\xee\x80\x80"), true },
        { "last of all", GH_TEXT("\xf4\x8f\xbf\xbf"), true }, { "NUL", GH_TEXT("a\0"), false },
        { "tab", GH_TEXT("a\tb"), false }, { "line end", GH_TEXT("a\n"), false },
        { "carriage return", GH_TEXT("a\r"), false }, { "escape", GH_TEXT("\x1b[31m"), false },
        { "unit separator", GH_TEXT("\x1f"), false }, { "DEL", GH_TEXT("\x7f"), false },
        { "first of C1", GH_TEXT("\xc2\x80"), false },
        { "last of C1", GH_TEXT("\xc2\x9f"), false },
        { "lone continuation", GH_TEXT("\x80"), false },
        { "Latin-1", GH_TEXT("Jos\xe9"), false },
        { "cut after one of two", GH_TEXT("\xc3"), false },
        { "cut after two of three", GH_TEXT("\xe2\x82"), false },
        { "cut after three of four", GH_TEXT("\xf0\x9f\x8f"), false },
        { "no continuation",
            GH_TEXT("\xc3"
                    "a"),
            false },
        { "start in place of continuation", GH_TEXT("\xe2\x82\xc3"), false },
        { "overlong slash in two", GH_TEXT("\xc0\xaf"), false },
        { "overlong NUL", GH_TEXT("\xc0\x80"), false },
        { "overlong in two, highest", GH_TEXT("\xc1\xbf"), false },
        { "overlong slash in three", GH_TEXT("\xe0\x80\xaf"), false },
        { "overlong in three, highest", GH_TEXT("\xe0\x9f\xbf"), false },
        { "overlong slash in four", GH_TEXT("\xf0\x80\x80\xaf"), false },
        { "overlong in four, highest", GH_TEXT("\xf0\x8f\xbf\xbf"), false },
        { "first surrogate", GH_TEXT("\xed\xa0\x80"), false },
        { "last surrogate", GH_TEXT("\xed\xbf\xbf"), false },
        { "surrogate pair", GH_TEXT("\xed\xa0\xbd\xed\xb8\x80"), false },
        { "beyond Unicode", GH_TEXT("\xf4\x90\x80\x80"), false },
        { "five bytes", GH_TEXT("\xf8\x88\x80\x80\x80"), false },
        { "six bytes", GH_TEXT("\xfc\x84\x80\x80\x80\x80"), false },
        { "FE", GH_TEXT("\xfe"), false }, { "FF", GH_TEXT("\xff"), false } };

    (void) state;

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        if (gh_text_is_clean(cases[i].input) != cases[i].is_clean) {
            fail_msg("%s: is_clean is not %d", cases[i].name, cases[i].is_clean);
        }
    }
}

/* A sequence that is cut must not be read past its end. */
static void
test_clean_stays_inside(void **state)
{
    static const char euro[] = "\xe2\x82\xac";

    (void) state;

    assert_true(gh_text_is_clean((gh_text_t){ euro, 3 }));
    assert_false(gh_text_is_clean((gh_text_t){ euro, 2 }));
    assert_false(gh_text_is_clean((gh_text_t){ euro, 1 }));
    assert_true(gh_text_is_clean((gh_text_t){ NULL, 0 }));
}

static void
test_dup(void **state)
{
    char *copy = gh_text_dup((gh_text_t){ "uid=x,dc=y", 5 });

    (void) state;

    assert_string_equal(copy, "uid=x");
    free(copy);

    copy = gh_text_dup((gh_text_t){ NULL, 0 });
    assert_string_equal(copy, "");
    free(copy);

    assert_null(gh_text_dup(GH_TEXT("a\0b")));
    assert_null(gh_text_dup(GH_TEXT("\0")));
}

int
main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(test_equal),
        cmocka_unit_test(test_of_a_c_string), cmocka_unit_test(test_trim),
        cmocka_unit_test(test_clean), cmocka_unit_test(test_clean_stays_inside),
        cmocka_unit_test(test_dup) };

    return cmocka_run_group_tests_name("text", tests, NULL, NULL);
}
