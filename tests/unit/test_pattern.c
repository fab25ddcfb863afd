/* Tests of lib/config/pattern.c. */

/* cmocka, in the order it asks for. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

/* System. */
#include <locale.h>

/* Config. */
#include "config/config_int.h"

typedef struct {
    const char *name;
    const char *pattern;
    const char *text;
    bool        want;
} case_t;

/* Whether each text matches as the table says. */
static void
run_cases(const case_t *cases, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        gh_error_t error = { "" };
        regex_t    regex;

        assert_int_equal(gh_pattern_compile(cases[i].pattern, &regex, &error), 0);
        assert_string_equal(error.text, "");

        if ((regexec(&regex, cases[i].text, 0, NULL, 0) == 0) != cases[i].want) {
            fail_msg("%s: %s on %s is not %d", cases[i].name, cases[i].pattern, cases[i].text,
                cases[i].want);
        }

        regfree(&regex);
    }
}

#define RUN(cases) run_cases(cases, sizeof(cases) / sizeof((cases)[0]))

static void
test_matches_all_of_a_text(void **state)
{
    static const case_t cases[] = {
        { "all of it", "[0-9]{1,8}", "12345678", true },
        { "too long", "[0-9]{1,8}", "123456789", false },
        { "something in front", "b", "ab", false },
        { "something behind", "b", "bb", false },
        { "the longer branch", "ab|abc", "abc", true },
        { "a branch that must go on", "(a|ab)(c|bcd)", "abcd", true },
        { "nothing", "a*", "", true },
        { "nothing of another", "a*", "b", false },
        { "the empty pattern", "", "", true },
        { "the empty pattern on a text", "", "a", false },
    };

    (void) state;
    RUN(cases);
}

static void
test_own_anchors_change_nothing(void **state)
{
    static const case_t cases[] = {
        { "both", "^[0-9]{1,8}$", "12345678", true },
        { "both, too long", "^[0-9]{1,8}$", "12345678x", false },
        { "of a branch each, first", "^a|b$", "a", true },
        { "of a branch each, second", "^a|b$", "b", true },
        { "of a branch each, behind", "^a|b$", "ax", false },
        { "of a branch each, in front", "^a|b$", "xb", false },
    };

    (void) state;
    RUN(cases);
}

static void
test_parentheses(void **state)
{
    static const case_t cases[] = {
        { "of one branch", "(a)|b", "a", true },
        { "of the other", "(a)|b", "b", true },
        { "of all", "(a|b)", "b", true },
        { "a letter in brackets", "a[)]|b\\)", "a)", true },
        { "an escaped letter", "a[)]|b\\)", "b)", true },
    };

    (void) state;
    RUN(cases);
}

static void
test_refuses(void **state)
{
    static const struct {
        const char *pattern;
        const char *want;
    } cases[] = {
        { "[a-z", "Unmatched [, [^, [:, [., or [=" },
        { "(a", "Unmatched ( or \\(" },
        { "a)", "Unmatched ) or \\)" },
        { "a)|b", "Unmatched ) or \\)" },

        /* Between our anchors it would be two patterns: `^(a)` and `(b)$`. */
        { "a)|(b", "Unmatched ( or \\(" },
        { "a{2,1}", "Invalid content of \\{\\}" },
        { "[[:nope:]]", "Invalid character class name" },
        { "\\", "Trailing backslash" },
    };

    (void) state;

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        gh_error_t error = { "" };
        regex_t    regex;

        if (gh_pattern_compile(cases[i].pattern, &regex, &error) != GH_ERR_INVALID
            || strcmp(error.text, cases[i].want) != 0)
        {
            fail_msg("%s: got `%s`", cases[i].pattern, error.text);
        }
    }
}

/* A byte stays a byte, whatever the caller's locale makes of two of them. */
static void
test_what_repeats_too_much(void **state)
{
    static const struct {
        const char *pattern;
        int         want;
    } cases[] = {
        { "[0-9]{1,3}(\\.[0-9]{1,3}){3}", 0 },
        { "((a+)+)+", 0 },
        { "a{9000}", 0 },
        { "[{}*+?(]{9000}", 0 },
        { "\\({9000}", 0 },
        { "a++++++++++++++++++++++++++++++", GH_ERR_LIMIT },
        { "((((((((((((((a+)+)+)+)+)+)+)+)+)+)+)+)+)+)+", GH_ERR_LIMIT },
        { "(a{101}){101}", GH_ERR_LIMIT },
        { "(b|a{99}c){99,}", GH_ERR_LIMIT },
        { "a{20000}", GH_ERR_LIMIT },
        { "a{99999999999999999999}", GH_ERR_LIMIT },
        { "((((((((((((((((((((((((((((((((a))))))))))))))))))))))))))))))))", GH_ERR_LIMIT },
    };

    (void) state;

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        gh_error_t error = { "" };
        regex_t    regex;
        int        rc = gh_pattern_compile(cases[i].pattern, &regex, &error);

        if (rc != cases[i].want) {
            fail_msg("%s: %d is not %d", cases[i].pattern, rc, cases[i].want);
        }

        if (rc == 0) {
            regfree(&regex);

        } else {
            assert_string_equal(
                error.text, "repeats too much: over 10000 characters when written out");
        }
    }
}

static void
test_locale_decides_nothing(void **state)
{
    static const case_t cases[] = {
        { "a letter of two bytes", ".", "\xc3\xa9", false },
        { "two bytes", "..", "\xc3\xa9", true },
        { "no lower-case letter", "[[:lower:]]+", "\xc3\xa9", false },
        { "nor in the range", "[a-z]+", "\xc3\xa9", false },
    };

    (void) state;

    RUN(cases);
    assert_non_null(setlocale(LC_ALL, "C.UTF-8"));
    RUN(cases);
    assert_non_null(setlocale(LC_ALL, "C"));
}

static void
test_locale_is_given_back(void **state)
{
    locale_t   own = newlocale(LC_ALL_MASK, "C.UTF-8", (locale_t) 0);
    locale_t   before = uselocale(own);
    gh_error_t error = { "" };
    regex_t    regex;

    (void) state;

    assert_int_equal(gh_pattern_compile("[a-z]+", &regex, &error), 0);
    assert_ptr_equal(uselocale((locale_t) 0), own);
    regfree(&regex);
    assert_int_equal(gh_pattern_compile("[a-z", &regex, &error), GH_ERR_INVALID);
    assert_ptr_equal(uselocale((locale_t) 0), own);

    uselocale(before);
    freelocale(own);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_matches_all_of_a_text),
        cmocka_unit_test(test_own_anchors_change_nothing),
        cmocka_unit_test(test_parentheses),
        cmocka_unit_test(test_refuses),
        cmocka_unit_test(test_what_repeats_too_much),
        cmocka_unit_test(test_locale_decides_nothing),
        cmocka_unit_test(test_locale_is_given_back),
    };

    return cmocka_run_group_tests_name("pattern", tests, NULL, NULL);
}
