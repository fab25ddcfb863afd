/*
 * Tokens: their one spelling, their digest, and that no two are the same.
 */

/* System. */
#include <string.h>

/* cmocka. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

/* Session. */
#include "session/token.h"

#define ZEROS "0000000000000000000000000000000000000000000000000000000000000000"
#define MIXED "00112233445566778899aabbccddeeff0123456789abcdef0123456789abcdef"

static void
test_new_ones_are_valid_and_differ(void **state)
{
    gh_secret_t *a = gh_secret_new();
    gh_secret_t *b = gh_secret_new();

    (void) state;

    assert_int_equal(gh_token_new(a), 0);
    assert_int_equal(gh_token_new(b), 0);
    assert_int_equal(a->len, 64);
    assert_int_equal(strlen(a->data), 64);
    assert_true(gh_token_is_valid(gh_secret_text(a)));
    assert_true(gh_token_is_valid(gh_secret_text(b)));
    assert_string_not_equal(a->data, b->data);

    gh_secret_free(a);
    gh_secret_free(b);
}

static void
test_one_spelling(void **state)
{
    static const char *const wrong[] = { "", "0", ZEROS "0", "0" ZEROS,
        "A0112233445566778899aabbccddeeff0123456789abcdef0123456789abcdef",
        "g0112233445566778899aabbccddeeff0123456789abcdef0123456789abcdef",
        " 0112233445566778899aabbccddeeff0123456789abcdef0123456789abcdef",
        "*0112233445566778899aabbccddeeff0123456789abcdef0123456789abcdef",
        "/0112233445566778899aabbccddeeff0123456789abcdef0123456789abcdef",
        ":0112233445566778899aabbccddeeff0123456789abcdef0123456789abcdef",
        "`0112233445566778899aabbccddeeff0123456789abcdef0123456789abcdef" };

    (void) state;

    assert_true(gh_token_is_valid(GH_TEXT(ZEROS)));
    assert_true(gh_token_is_valid(GH_TEXT(MIXED)));

    for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
        char digest[GH_TOKEN_DIGEST + 1] = "x";

        assert_false(gh_token_is_valid(gh_text(wrong[i])));
        assert_int_equal(gh_token_digest(gh_text(wrong[i]), digest), GH_ERR_INVALID);
        assert_string_equal(digest, "");
    }
}

/* By sha256sum(1), over the 64 digits. */
static void
test_digest(void **state)
{
    char digest[GH_TOKEN_DIGEST + 1];

    (void) state;

    assert_int_equal(gh_token_digest(GH_TEXT(ZEROS), digest), 0);
    assert_string_equal(
        digest, "60e05bd1b195af2f94112fa7197a5c88289058840ce7c6df9693756bc6250f55");
    assert_int_equal(gh_token_digest(GH_TEXT(MIXED), digest), 0);
    assert_string_equal(
        digest, "1bfdb43545f0dcd7514ca7733399e3235fd99e99b50c08404b05f47d5600e983");
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_new_ones_are_valid_and_differ),
        cmocka_unit_test(test_one_spelling),
        cmocka_unit_test(test_digest),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
