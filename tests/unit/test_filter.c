/*
 * Search filters: a value stays a value, whatever stands in it.
 */

/* cmocka. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

/* Directory. */
#include "directory/filter.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static void
test_escapes(void **state)
{
    static const struct {
        gh_text_t   value;
        const char *want;
    } cases[] = {
        { GH_TEXT("1012345"), "(uid=1012345)" },
        { GH_TEXT(""), "(uid=)" },
        { { NULL, 0 }, "(uid=)" },
        { GH_TEXT("*"), "(uid=\\2A)" },
        { GH_TEXT("JUANHH*839MG"), "(uid=JUANHH\\2A839MG)" },
        { GH_TEXT("C0000005)(cn=*"), "(uid=C0000005\\29\\28cn=\\2A)" },
        { GH_TEXT("a\\2a"), "(uid=a\\5C2a)" },
        { GH_TEXT("a\0b"), "(uid=a\\00b)" },
        { GH_TEXT("\0"), "(uid=\\00)" },
        { GH_TEXT("Jos\xc3\xa9"), "(uid=Jos\\C3\\A9)" },
        { GH_TEXT("\xff"), "(uid=\\FF)" },
        { GH_TEXT("a\nb\x7f"), "(uid=a\\0Ab\\7F)" },
        { GH_TEXT("maria+1@city.example"), "(uid=maria+1@city.example)" },
        { GH_TEXT("a&b|c!d=e<f>g~h:i,j%%s"), "(uid=a&b|c!d=e<f>g~h:i,j%%s)" },
        { GH_TEXT(" a b "), "(uid= a b )" },
    };
    gh_buf_t out;

    (void) state;

    for (size_t i = 0; i < COUNT(cases); i++) {
        gh_buf_init(&out);
        assert_int_equal(gh_filter_equal(&out, "uid", cases[i].value), 0);
        assert_string_equal(gh_buf_string(&out), cases[i].want);
        gh_buf_cleanup(&out);
    }
}

static void
test_appends(void **state)
{
    gh_buf_t out;

    (void) state;

    gh_buf_init(&out);
    gh_buf_add_string(&out, "(|");
    assert_int_equal(gh_filter_equal(&out, "uid", GH_TEXT("maria")), 0);
    assert_int_equal(gh_filter_equal(&out, "mail", GH_TEXT("(maria)")), 0);
    gh_buf_add_string(&out, ")");
    assert_string_equal(gh_buf_string(&out), "(|(uid=maria)(mail=\\28maria\\29))");
    gh_buf_cleanup(&out);
}

static void
test_begins(void **state)
{
    gh_buf_t out;

    (void) state;

    gh_buf_init(&out);
    assert_int_equal(gh_filter_begins(&out, "o", GH_TEXT("a*)b")), 0);
    assert_string_equal(gh_buf_string(&out), "(o=a\\2A\\29b*)");
    gh_buf_cleanup(&out);
}

/* Only the value's own bytes are read. */
static void
test_stays_inside(void **state)
{
    gh_buf_t out;

    (void) state;

    gh_buf_init(&out);
    assert_int_equal(gh_filter_equal(&out, "uid", (gh_text_t){ "maria)(cn=*", 5 }), 0);
    assert_string_equal(gh_buf_string(&out), "(uid=maria)");
    gh_buf_cleanup(&out);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_escapes),
        cmocka_unit_test(test_appends),
        cmocka_unit_test(test_begins),
        cmocka_unit_test(test_stays_inside),
    };

    return cmocka_run_group_tests_name("filter", tests, NULL, NULL);
}
