/* Tests of lib/config/realm.c. */

/* cmocka, in the order it asks for. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

/* Config. */
#include "config/config_int.h"

/* Makes the realm whose pattern stands in `*realm`. */
static void
test_compile(gh_realm_t *realm)
{
    gh_error_t error;

    assert_int_equal(gh_realm_compile(realm, &error), 0);
}

#define LOWER GH_CANONICAL_LOWER
#define UPPER GH_CANONICAL_UPPER
#define ZEROS GH_CANONICAL_STRIP_ZEROS

static void
test_canonical(void **state)
{
    static const struct {
        unsigned    canonical;
        const char *pattern;
        gh_text_t   typed;
        const char *want; /* NULL: refused */
    } cases[] = { { 0, "[A-Za-z.]+", GH_TEXT("Maria.Lopez"), "Maria.Lopez" },
        { 0, "[A-Za-z.]+", GH_TEXT("  Maria.Lopez\t"), "Maria.Lopez" },
        { 0, "[a-z.]+", GH_TEXT("Maria.Lopez"), NULL },
        { LOWER, "[a-z.]+", GH_TEXT("MARIA.Lopez "), "maria.lopez" },
        { UPPER, "[A-Z0-9]+", GH_TEXT("az9"), "AZ9" },
        { LOWER, ".*", GH_TEXT("@[`{\xc3\x84"), "@[`{\xc3\x84" },
        { UPPER, ".*", GH_TEXT("@[`{\xc3\xa4"), "@[`{\xc3\xa4" },
        { ZEROS, "[0-9]+", GH_TEXT("0012345"), "12345" },
        { ZEROS, "[0-9]+", GH_TEXT(" 0765432 "), "765432" },
        { ZEROS, "[0-9]+", GH_TEXT("1012345"), "1012345" },
        { ZEROS, "[0-9]+", GH_TEXT("0"), "0" }, { ZEROS, "[0-9]+", GH_TEXT("0000"), "0" },
        { ZEROS, "[0-9A-Z]+", GH_TEXT("00A1"), "0A1" },
        { ZEROS, "[0-9]{1,8}", GH_TEXT("00000000000012345678"), "12345678" },
        { LOWER | ZEROS, "[0-9a-z]+", GH_TEXT("0012AB"), "12ab" },

        /* All of the form has to match. */
        { 0, "[0-9]{1,8}", GH_TEXT("123456789"), NULL }, { 0, "b", GH_TEXT("abb"), NULL },

        /* Nothing, and too much. */
        { 0, ".*", GH_TEXT(""), NULL }, { 0, ".*", { NULL, 0 }, NULL },
        { 0, ".*", GH_TEXT(" \t "), NULL },

        /* What is no text. */
        { 0, ".*", GH_TEXT("a\0b"), NULL }, { 0, ".*", GH_TEXT("abc\0"), NULL },
        { 0, ".*", GH_TEXT("abc\n"), NULL }, { 0, ".*", GH_TEXT("a\x1b[0m"), NULL },
        { 0, ".*", GH_TEXT("a\x7f"), NULL }, { 0, ".*", GH_TEXT("Jos\xe9"), NULL },
        { 0, ".*", GH_TEXT("\xc0\xaf"), NULL }, { 0, ".*", GH_TEXT("\xed\xa0\x80"), NULL },
        { 0, ".*", GH_TEXT("Jos\xc3\xa9"), "Jos\xc3\xa9" },

        /* What means something to LDAP is refused by any sensible pattern. */
        { LOWER, "[a-z][a-z0-9._-]{2,31}", GH_TEXT("*)(uid=*"), NULL },
        { LOWER, "[a-z][a-z0-9._-]{2,31}", GH_TEXT("uid=x,dc=y"), NULL },
        { LOWER, "[a-z][a-z0-9._-]{2,31}", GH_TEXT("maria lopez"), NULL } };

    (void) state;

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        gh_realm_t  realm = { .canonical = cases[i].canonical };
        gh_buf_t    out;
        const char *want = cases[i].want;
        int         rc;

        realm.pattern = (char *) cases[i].pattern;
        test_compile(&realm);
        gh_buf_init(&out);
        gh_buf_add_string(&out, "uid=");

        rc = gh_realm_canonical(&realm, cases[i].typed, &out);

        if (rc != (want != NULL ? 0 : GH_ERR_INVALID)
            || strncmp(gh_buf_string(&out), "uid=", 4) != 0
            || strcmp(gh_buf_string(&out) + 4, want != NULL ? want : "") != 0)
        {
            fail_msg("case %zu: %d with '%s'", i, rc, gh_buf_string(&out));
        }

        gh_buf_cleanup(&out);
        regfree(&realm.regex);
    }
}

static void
test_longest(void **state)
{
    char       typed[260];
    gh_realm_t realm = { .pattern = (char *) "x*" };
    gh_buf_t   out;

    (void) state;
    memset(typed, 'x', sizeof(typed));
    typed[0] = typed[257] = ' ';
    test_compile(&realm);
    gh_buf_init(&out);

    assert_int_equal(gh_realm_canonical(&realm, (gh_text_t){ typed, 258 }, &out), 0);
    assert_int_equal(out.len, 256);

    gh_buf_reset(&out);
    typed[257] = 'x';
    assert_int_equal(
        gh_realm_canonical(&realm, (gh_text_t){ typed, 258 }, &out), GH_ERR_INVALID);
    assert_int_equal(out.len, 0);

    gh_buf_cleanup(&out);
    regfree(&realm.regex);
}

static void
test_without_a_pattern_denies(void **state)
{
    gh_realm_t realm = { 0 };
    gh_buf_t   out;

    (void) state;
    gh_buf_init(&out);

    assert_int_equal(gh_realm_canonical(&realm, GH_TEXT("maria.lopez"), &out), GH_ERR_INVALID);
    assert_int_equal(out.len, 0);

    gh_buf_cleanup(&out);
}

static void
test_memory_out(void **state)
{
    gh_realm_t realm = { .pattern = (char *) "x" };
    gh_buf_t   out;

    (void) state;
    test_compile(&realm);
    gh_buf_init(&out);
    gh_buf_add(&out, "", SIZE_MAX);

    assert_int_equal(gh_realm_canonical(&realm, GH_TEXT("x"), &out), GH_ERR_NOMEM);

    gh_buf_cleanup(&out);
    regfree(&realm.regex);
}

static void
test_compile_refuses(void **state)
{
    gh_realm_t realm = { .pattern = (char *) "a)|(b" };
    gh_error_t error = { "" };

    (void) state;

    assert_int_equal(gh_realm_compile(&realm, &error), GH_ERR_INVALID);
    assert_string_equal(error.text, "Unmatched ( or \\(");
    assert_false(realm.has_regex);
}

static void
test_cleanup_twice(void **state)
{
    gh_realm_t realm = { .name = gh_text_dup(GH_TEXT("public")),
        .pattern = gh_text_dup(GH_TEXT("[a-z]+")) };

    (void) state;
    test_compile(&realm);

    gh_realm_cleanup(&realm);
    assert_null(realm.name);
    assert_false(realm.has_regex);
    gh_realm_cleanup(&realm);
}

int
main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(test_canonical),
        cmocka_unit_test(test_longest), cmocka_unit_test(test_without_a_pattern_denies),
        cmocka_unit_test(test_memory_out), cmocka_unit_test(test_compile_refuses),
        cmocka_unit_test(test_cleanup_twice) };

    return cmocka_run_group_tests_name("realm", tests, NULL, NULL);
}
