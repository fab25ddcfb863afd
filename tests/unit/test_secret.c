/* Tests of lib/base/secret.c. */

/* cmocka, in the order it asks for. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

/* Base. */
#include "base/secret.h"

/* Tests. */
#include "scratch.h"

/* Whether nothing at all is left: neither length nor bytes. */
static bool
test_is_blank(const gh_secret_t *secret)
{
    static const gh_secret_t blank;

    return secret->len == 0 && memcmp(secret->data, blank.data, sizeof(blank.data)) == 0;
}

static void
test_set_and_reset(void **state)
{
    gh_secret_t *secret = gh_secret_new();

    (void) state;
    assert_true(test_is_blank(secret));

    assert_int_equal(gh_secret_set(secret, GH_TEXT("level plumb and square")), 0);
    assert_int_equal(secret->len, 22);
    assert_string_equal(secret->data, "level plumb and square");
    assert_true(gh_text_equal(gh_secret_text(secret), GH_TEXT("level plumb and square")));

    gh_secret_reset(secret);
    assert_true(test_is_blank(secret));

    gh_secret_free(secret);
    gh_secret_free(NULL);
}

/* A shorter secret leaves nothing of the longer one behind it. */
static void
test_set_again(void **state)
{
    gh_secret_t secret = { 0 };

    (void) state;

    assert_int_equal(gh_secret_set(&secret, GH_TEXT("blue heron over the pier")), 0);
    assert_int_equal(gh_secret_set(&secret, GH_TEXT("short")), 0);
    assert_string_equal(secret.data, "short");

    gh_secret_set(&secret, gh_secret_text(&(gh_secret_t){ 0 }));
    assert_true(test_is_blank(&secret));

    assert_int_equal(gh_secret_set(&secret, (gh_text_t){ NULL, 0 }), 0);
    assert_true(test_is_blank(&secret));
}

static void
test_set_to_a_part_of_itself(void **state)
{
    gh_secret_t secret = { 0 };

    (void) state;

    gh_secret_set(&secret, GH_TEXT("prefix:word"));
    assert_int_equal(gh_secret_set(&secret, (gh_text_t){ secret.data + 7, 4 }), 0);
    assert_string_equal(secret.data, "word");
    assert_int_equal(secret.data[5], '\0');
}

static void
test_set_refuses(void **state)
{
    char        longest[GH_SECRET_MAX + 1];
    gh_secret_t secret = { 0 };

    (void) state;
    memset(longest, 'x', sizeof(longest));

    assert_int_equal(gh_secret_set(&secret, (gh_text_t){ longest, 1024 }), 0);
    assert_int_equal(secret.len, 1024);
    assert_int_equal(secret.data[1024], '\0');

    assert_int_equal(gh_secret_set(&secret, (gh_text_t){ longest, 1025 }), GH_ERR_LIMIT);
    assert_true(test_is_blank(&secret));

    gh_secret_set(&secret, GH_TEXT("before"));
    assert_int_equal(gh_secret_set(&secret, GH_TEXT("a\0b")), GH_ERR_INVALID);
    assert_true(test_is_blank(&secret));
}

static void
test_read_file(void **state)
{
    static const struct {
        gh_text_t content, want;
    } cases[] = { { GH_TEXT("secret"), GH_TEXT("secret") },
        { GH_TEXT("secret\n"), GH_TEXT("secret") },
        { GH_TEXT("secret\r\n"), GH_TEXT("secret") },
        { GH_TEXT("secret\nsecond\n"), GH_TEXT("secret") },
        { GH_TEXT(" with blanks \n"), GH_TEXT(" with blanks ") },
        { GH_TEXT("ends in return\r"), GH_TEXT("ends in return\r") },
        { GH_TEXT("secret\n\0"), GH_TEXT("secret") } };
    scratch_t  *scratch = *state;
    gh_secret_t secret = { 0 };
    gh_error_t  error = { "" };

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        scratch_write(scratch, cases[i].content.data, cases[i].content.len, 0600);

        assert_int_equal(gh_secret_read_file(&secret, scratch->path, &error), 0);
        assert_true(gh_text_equal(gh_secret_text(&secret), cases[i].want));
        assert_string_equal(error.text, "");
    }
}

static void
test_read_file_limits(void **state)
{
    scratch_t  *scratch = *state;
    gh_secret_t secret = { 0 };
    char        line[1100];

    memset(line, 'x', sizeof(line));

    memcpy(line + 1024, "\r\nmore", 6);
    scratch_write(scratch, line, 1030, 0600);
    assert_int_equal(gh_secret_read_file(&secret, scratch->path, NULL), 0);
    assert_int_equal(secret.len, 1024);

    memcpy(line + 1024, "x\n", 2);
    scratch_write(scratch, line, 1026, 0600);
    assert_int_equal(gh_secret_read_file(&secret, scratch->path, NULL), GH_ERR_LIMIT);
    assert_true(test_is_blank(&secret));

    memset(line, 'x', sizeof(line));
    scratch_write(scratch, line, 1025, 0600);
    assert_int_equal(gh_secret_read_file(&secret, scratch->path, NULL), GH_ERR_LIMIT);
    scratch_write(scratch, line, 1100, 0600);
    assert_int_equal(gh_secret_read_file(&secret, scratch->path, NULL), GH_ERR_LIMIT);
    assert_true(test_is_blank(&secret));
}

static void
test_read_file_refuses(void **state)
{
    static const struct {
        gh_text_t   content;
        mode_t      mode;
        int         code;
        const char *want;
    } cases[] = { { GH_TEXT(""), 0600, GH_ERR_INVALID,
                      "its first line is empty; put the secret there" },
        { GH_TEXT("\nsecond\n"), 0600, GH_ERR_INVALID,
            "its first line is empty; put the secret there" },
        { GH_TEXT("\r\n"), 0600, GH_ERR_INVALID,
            "its first line is empty; put the secret there" },
        { GH_TEXT("a\0b\n"), 0600, GH_ERR_INVALID, "its first line holds a NUL byte" },
        { GH_TEXT("secret"), 0644, GH_ERR_INVALID,
            "has mode 0644, which lets others use it; chmod it to 0600 or 0640" },
        { GH_TEXT("secret"), 0620, GH_ERR_INVALID,
            "has mode 0620, which lets others change it; chmod it to 0600 or 0640" } };
    scratch_t  *scratch = *state;
    gh_secret_t secret = { 0 };

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        gh_error_t error = { "" };
        char       want[256];

        gh_secret_set(&secret, GH_TEXT("before"));
        scratch_write(scratch, cases[i].content.data, cases[i].content.len, cases[i].mode);
        snprintf(want, sizeof(want), "%s: %s", scratch->path, cases[i].want);

        assert_int_equal(gh_secret_read_file(&secret, scratch->path, &error), cases[i].code);
        assert_string_equal(error.text, want);
        assert_true(test_is_blank(&secret));
    }
}

static void
test_read_file_missing(void **state)
{
    scratch_t  *scratch = *state;
    gh_secret_t secret = { 0 };
    gh_error_t  error = { "" };
    char        want[256];

    gh_secret_set(&secret, GH_TEXT("before"));
    snprintf(
        want, sizeof(want), "%s: can't be opened: No such file or directory", scratch->path);

    assert_int_equal(gh_secret_read_file(&secret, scratch->path, &error), GH_ERR_IO);
    assert_string_equal(error.text, want);
    assert_true(test_is_blank(&secret));
}

static void
test_wipe(void **state)
{
    char data[] = "temporary";

    (void) state;

    gh_secret_wipe(data, 4);
    assert_memory_equal(data, "\0\0\0\0orary", 10);
}

int
main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(test_set_and_reset),
        cmocka_unit_test(test_set_again), cmocka_unit_test(test_set_to_a_part_of_itself),
        cmocka_unit_test(test_set_refuses),
        cmocka_unit_test_setup_teardown(test_read_file, scratch_setup, scratch_teardown),
        cmocka_unit_test_setup_teardown(test_read_file_limits, scratch_setup, scratch_teardown),
        cmocka_unit_test_setup_teardown(
            test_read_file_refuses, scratch_setup, scratch_teardown),
        cmocka_unit_test_setup_teardown(
            test_read_file_missing, scratch_setup, scratch_teardown),
        cmocka_unit_test(test_wipe) };

    return cmocka_run_group_tests_name("secret", tests, NULL, NULL);
}
