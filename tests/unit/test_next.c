/*
 * Next: which addresses to go to after signing in are paths of this site.
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
#include "web/next.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static void
test_paths_of_this_site(void **state)
{
    static const gh_text_t cases[] = {
        GH_TEXT("/"),
        GH_TEXT("/dashboard"),
        GH_TEXT("/inspections/list?permit=B-7&page=2#top"),
        GH_TEXT("/a//b"),
        GH_TEXT("/?next=http://other.example/"),
        GH_TEXT("/caf%C3%A9"),
        GH_TEXT("/%5c"),
        GH_TEXT("/a:b@c~!$'()*+,;="),
    };

    (void) state;

    for (size_t i = 0; i < COUNT(cases); i++) {
        if (!gh_next_is_safe(cases[i])) {
            fail_msg("%s is refused", cases[i].data);
        }
    }
}

static void
test_everything_else(void **state)
{
    static const struct {
        const char *name;
        gh_text_t   next;
    } cases[] = {
        { "nothing", GH_TEXT("") },
        { "no bytes at all", { NULL, 0 } },
        { "relative", GH_TEXT("dashboard") },
        { "query alone", GH_TEXT("?a=b") },
        { "fragment alone", GH_TEXT("#a") },
        { "dots", GH_TEXT("../a") },
        { "another site", GH_TEXT("http://evil.example/") },
        { "another site, no slashes", GH_TEXT("http:evil.example") },
        { "one slash behind the scheme", GH_TEXT("https:/evil.example") },
        { "script", GH_TEXT("javascript:alert(1)") },
        { "data", GH_TEXT("data:text/html,x") },
        { "two slashes", GH_TEXT("//evil.example") },
        { "two slashes alone", GH_TEXT("//") },
        { "three slashes", GH_TEXT("///evil.example") },
        { "backslash behind the slash", GH_TEXT("/\\evil.example") },
        { "two backslashes", GH_TEXT("\\\\evil.example") },
        { "backslash further on", GH_TEXT("/a\\b") },
        { "backslash at the end", GH_TEXT("/a\\") },
        { "blank in front", GH_TEXT(" /a") },
        { "blank within", GH_TEXT("/a b") },
        { "tab that browsers drop", GH_TEXT("/\t/evil.example") },
        { "line end that browsers drop", GH_TEXT("/\n/evil.example") },
        { "a header of its own", GH_TEXT("/a\r\nSet-Cookie: x=y") },
        { "NUL", GH_TEXT("/a\0b") },
        { "DEL", GH_TEXT("/a\x7f") },
        { "UTF-8", GH_TEXT("/caf\xc3\xa9") },
        { "Latin-1", GH_TEXT("/caf\xe9") },
    };

    (void) state;

    for (size_t i = 0; i < COUNT(cases); i++) {
        if (gh_next_is_safe(cases[i].next)) {
            fail_msg("%s is let through", cases[i].name);
        }
    }
}

static void
test_length(void **state)
{
    char longest[2049];

    (void) state;

    memset(longest, 'a', sizeof(longest));
    longest[0] = '/';

    assert_true(gh_next_is_safe((gh_text_t){ longest, 2048 }));
    assert_false(gh_next_is_safe((gh_text_t){ longest, 2049 }));
}

/* What stands behind the text is not looked at. */
static void
test_stays_inside(void **state)
{
    (void) state;

    assert_true(gh_next_is_safe((gh_text_t){ "//", 1 }));
    assert_true(gh_next_is_safe((gh_text_t){ "/a\\", 2 }));
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_paths_of_this_site),
        cmocka_unit_test(test_everything_else),
        cmocka_unit_test(test_length),
        cmocka_unit_test(test_stays_inside),
    };

    return cmocka_run_group_tests_name("next", tests, NULL, NULL);
}
