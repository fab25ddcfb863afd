/*
 * Distinguished names: a value stays a value, and one DN has many spellings.
 */

/* cmocka. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

/* Directory. */
#include "directory/dn.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))
#define BASE         "ou=contractors,dc=city,dc=example"

static void
test_child(void **state)
{
    static const struct {
        gh_text_t   value;
        const char *want;
    } cases[] = {
        { GH_TEXT("1012345"), "uid=1012345," BASE },
        { GH_TEXT("JUANHH*839MG"), "uid=JUANHH*839MG," BASE },
        { GH_TEXT("x,ou=staff"), "uid=x\\2Cou\\3Dstaff," BASE },
        { GH_TEXT("a+b"), "uid=a\\2Bb," BASE },
        { GH_TEXT("a\"b"), "uid=a\\22b," BASE },
        { GH_TEXT("a\\b"), "uid=a\\5Cb," BASE },
        { GH_TEXT("a<b>c"), "uid=a\\3Cb\\3Ec," BASE },
        { GH_TEXT("a;b"), "uid=a\\3Bb," BASE },
        { GH_TEXT("#04"), "uid=\\2304," BASE },
        { GH_TEXT("a#b"), "uid=a#b," BASE },
        { GH_TEXT(" a"), "uid=\\20a," BASE },
        { GH_TEXT("a "), "uid=a\\20," BASE },
        { GH_TEXT(" "), "uid=\\20," BASE },
        { GH_TEXT("a b"), "uid=a b," BASE },
        { GH_TEXT("Jos\xc3\xa9"), "uid=Jos\\C3\\A9," BASE },
        { GH_TEXT("(a)%s"), "uid=(a)%s," BASE },
    };
    gh_buf_t out;

    (void) state;

    for (size_t i = 0; i < COUNT(cases); i++) {
        gh_buf_init(&out);
        assert_int_equal(gh_dn_child(&out, "uid", cases[i].value, BASE), 0);
        assert_string_equal(gh_buf_string(&out), cases[i].want);
        assert_true(gh_dn_is_valid(gh_buf_string(&out)));
        gh_buf_cleanup(&out);
    }
}

static void
test_child_appends(void **state)
{
    gh_buf_t out;

    (void) state;

    gh_buf_init(&out);
    gh_buf_add_string(&out, "cn=recovery,");
    assert_int_equal(gh_dn_child(&out, "uid", (gh_text_t){ "61234,", 5 }, BASE), 0);
    assert_string_equal(gh_buf_string(&out), "cn=recovery,uid=61234," BASE);
    gh_buf_cleanup(&out);
}

/* What can't stand in a DN leaves the buffer as it was. */
static void
test_child_refuses(void **state)
{
    static const gh_text_t cases[] = { GH_TEXT(""), { NULL, 0 }, GH_TEXT("\0"), GH_TEXT("a\0b"),
        GH_TEXT("a\0") };
    gh_buf_t               out;

    (void) state;

    for (size_t i = 0; i < COUNT(cases); i++) {
        gh_buf_init(&out);
        gh_buf_add_string(&out, "cn=nobody,");
        assert_int_equal(gh_dn_child(&out, "uid", cases[i], BASE), GH_ERR_INVALID);
        assert_string_equal(gh_buf_string(&out), "cn=nobody,");
        gh_buf_cleanup(&out);
    }
}

static void
test_valid(void **state)
{
    static const struct {
        const char *dn;
        bool        is_valid;
    } cases[] = {
        { "dc=example", true },
        { "uid=1012345," BASE, true },
        { "cn=Lopez\\, Maria+uid=7,dc=city", true },
        { "cn=\\4c\\6f,dc=city", true },
        { "cn=#0403666f6f,dc=city", true },
        { "", false },
        { " ", false },
        { ",", false },
        { "example", false },
        { "dc=example,", false },
        { ",dc=example", false },
        { "dc=city,,dc=example", false },
        { "=example", false },
        { "cn=a\\,dc", true },
        { "cn=a\\", false },
        { "cn=a\\g1", false },
        { "cn=#0g", false },
        { "cn=a+,dc=city", false },
        { "cn=a\"b", false },
    };

    (void) state;

    for (size_t i = 0; i < COUNT(cases); i++) {
        if (gh_dn_is_valid(cases[i].dn) != cases[i].is_valid) {
            fail_msg("\"%s\": is_valid is not %d", cases[i].dn, cases[i].is_valid);
        }
    }
}

static void
test_equal(void **state)
{
    static const struct {
        const char *a, *b;
        bool        is_equal;
    } cases[] = {
        { "uid=a,dc=city", "uid=a,dc=city", true },
        { "uid=a,dc=city", "UID=A,DC=City", true },
        { "uid=a,dc=city", "uid = a , dc = city", true },
        { "uid=JUANHH*839MG,dc=city", "uid=JUANHH\\2A839MG,dc=city", true },
        { "uid=a\\,b,dc=city", "uid=a\\2cb,dc=city", true },
        { "uid=Jos\xc3\xa9,dc=city", "uid=Jos\\C3\\A9,dc=city", true },
        { "uid=\\20a,dc=city", "uid=\\ a,dc=city", true },

        { "uid=a,dc=city", "uid=b,dc=city", false },
        { "uid=a,dc=city", "cn=a,dc=city", false },
        { "uid=a,dc=city", "uid=a", false },
        { "uid=a,dc=city", "uid=a,dc=city,dc=example", false },
        { "uid=a,dc=city", "uid=a\\,dc\\=city", false },
        { "uid=a,dc=city", "uid=*,dc=city", false },
        { "uid=a,dc=city", "uid=a;dc=city", false },
        { "uid=a,dc=city", "dc=city,uid=a", false },
        { "uid=Jos\xc3\xa9,dc=city", "uid=Jose,dc=city", false },
        { "uid=a,dc=city", "", false },
        { "", "uid=a,dc=city", false },
        { "", "", false },
        { "a", "a", false },
        { "uid=a,", "uid=a,", false },
    };

    (void) state;

    for (size_t i = 0; i < COUNT(cases); i++) {
        if (gh_dn_equal(cases[i].a, cases[i].b) != cases[i].is_equal) {
            fail_msg("\"%s\" and \"%s\": is not %d", cases[i].a, cases[i].b, cases[i].is_equal);
        }
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_child),
        cmocka_unit_test(test_child_appends),
        cmocka_unit_test(test_child_refuses),
        cmocka_unit_test(test_valid),
        cmocka_unit_test(test_equal),
    };

    return cmocka_run_group_tests_name("dn", tests, NULL, NULL);
}
