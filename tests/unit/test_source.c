/* Tests of lib/config/source.c. */

/* cmocka, in the order it asks for. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

/* Config. */
#include "config/config_int.h"

/* Tests. */
#include "scratch.h"

static void
test_comments(void **state)
{
    static const struct {
        const char *input, *want;
    } cases[] = { { "", "" }, { "a = b\n", "a = b\n" }, { "# x\na", "   \na" },
        { "#\na#b\n", " \na  \n" }, { "a = \"#\" # \"\n", "a = \"#\"    \n" },
        { "a = '/*' /* ' */ b", "a = '/*'         b" }, { "// x\na", "    \na" },
        { "a // x", "a     " }, { "{// x\n}", "{    \n}" }, { "ldap://x", "ldap://x" },
        { "a = \"//\"", "a = \"//\"" }, { "/* a\n * b\n */c", "    \n    \n   c" },
        { "/**/a/***/b", "    a     b" }, { "/*/ x */a", "        a" },
        { "/* x *///y\nz", "          \nz" }, { "a = \"\\\"#\"#", "a = \"\\\"#\" " },
        { "a = \"\\\\\"#", "a = \"\\\\\" " }, { "a = '\\'#'#", "a = '\\'#' " },
        { "# ${HOME}\n", "         \n" }, { "/* ${HOME} */", "             " },
        { "a = \"$ {\" }", "a = \"$ {\" }" }, { "a\t=\r\nb", "a\t=\r\nb" },
        { "a = \"Jos\xc3\xa9\"", "a = \"Jos\xc3\xa9\"" } };
    scratch_t *scratch = *state;

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        gh_error_t error = { "" };
        gh_buf_t   out;

        gh_buf_init(&out);
        scratch_write(scratch, cases[i].input, strlen(cases[i].input), 0644);

        assert_int_equal(gh_source_read(scratch->path, &out, &error), 0);
        assert_string_equal(gh_buf_string(&out), cases[i].want);
        gh_buf_cleanup(&out);
    }
}

#define ENVIRONMENT "${...} would be taken from the environment; write the value itself"
#define NOT_TEXT    "holds a control character, or is not UTF-8"
#define OPEN_STRING "a string is not closed on its line"

static void
test_refuses(void **state)
{
    static const struct {
        gh_text_t   input;
        const char *want;
    } cases[] = { { GH_TEXT("\n\na = \"${HOME}\""), ":3: " ENVIRONMENT },
        { GH_TEXT("a = ${HOME}"), ":1: " ENVIRONMENT },
        { GH_TEXT("a = '${HOME}'"), ":1: " ENVIRONMENT },
        { GH_TEXT("a = \"x\\${HOME}\""), ":1: " ENVIRONMENT },
        { GH_TEXT("a = b${HOME}"), ":1: " ENVIRONMENT },
        { GH_TEXT("${HOME}"), ":1: " ENVIRONMENT },
        { GH_TEXT("/* x */\n${"), ":2: " ENVIRONMENT }, { GH_TEXT("a\n\0b"), ":2: " NOT_TEXT },
        { GH_TEXT("a\nb\nc\x1b[0m\n"), ":3: " NOT_TEXT },
        { GH_TEXT("# Jos\xe9\n"), ":1: " NOT_TEXT },
        { GH_TEXT("a = \"b\nc = \"d\"\n"), ":1: " OPEN_STRING },
        { GH_TEXT("\na = 'b"), ":2: " OPEN_STRING },
        { GH_TEXT("a = \"b\\\nc\""), ":1: " OPEN_STRING },
        { GH_TEXT("a = \"b\\\""), ":1: " OPEN_STRING },
        { GH_TEXT("a\n/* b\n\nc"), ":2: the comment that begins here has no end" },
        { GH_TEXT("/*/"), ":1: the comment that begins here has no end" },
        { GH_TEXT("a {\n}\nb {\nc = {\n}\n"), ":3: the brace opened here is not closed" },
        { GH_TEXT("a {\n# }\n"), ":1: the brace opened here is not closed" } };
    scratch_t *scratch = *state;

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        gh_error_t error = { "" };
        gh_buf_t   out;
        char       want[256];

        gh_buf_init(&out);
        scratch_write(scratch, cases[i].input.data, cases[i].input.len, 0644);
        snprintf(want, sizeof(want), "%s%s", scratch->path, cases[i].want);

        assert_int_equal(gh_source_read(scratch->path, &out, &error), GH_ERR_INVALID);
        assert_string_equal(error.text, want);
        gh_buf_cleanup(&out);
    }
}

static void
test_size(void **state)
{
    scratch_t *scratch = *state;
    size_t     size = 1024 * 1024;
    char      *blanks = malloc(size + 1);
    gh_error_t error = { "" };
    gh_buf_t   out;
    char       want[256];

    assert_non_null(blanks);
    memset(blanks, ' ', size + 1);
    gh_buf_init(&out);

    scratch_write(scratch, blanks, size, 0644);
    assert_int_equal(gh_source_read(scratch->path, &out, &error), 0);
    assert_int_equal(out.len, size);

    gh_buf_reset(&out);
    snprintf(want, sizeof(want), "%s: is larger than 1048576 bytes", scratch->path);
    scratch_write(scratch, blanks, size + 1, 0644);
    assert_int_equal(gh_source_read(scratch->path, &out, &error), GH_ERR_LIMIT);
    assert_string_equal(error.text, want);

    gh_buf_cleanup(&out);
    free(blanks);
}

/* Who can write the file decides who may sign in. */
static void
test_writable_by_others(void **state)
{
    static const mode_t modes[] = { 0664, 0646, 0666, 0620 };
    scratch_t          *scratch = *state;
    gh_buf_t            out;

    gh_buf_init(&out);

    for (size_t i = 0; i < sizeof(modes) / sizeof(modes[0]); i++) {
        gh_error_t error = { "" };

        scratch_write(scratch, "a", 1, modes[i]);
        assert_int_equal(gh_source_read(scratch->path, &out, &error), GH_ERR_INVALID);
        assert_non_null(strstr(error.text, "which lets others change it; chmod it to 0644"));
        assert_int_equal(out.len, 0);
    }

    gh_buf_cleanup(&out);
}

int
main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test_setup_teardown(
                                            test_comments, scratch_setup, scratch_teardown),
        cmocka_unit_test_setup_teardown(test_refuses, scratch_setup, scratch_teardown),
        cmocka_unit_test_setup_teardown(test_size, scratch_setup, scratch_teardown),
        cmocka_unit_test_setup_teardown(
            test_writable_by_others, scratch_setup, scratch_teardown) };

    return cmocka_run_group_tests_name("source", tests, NULL, NULL);
}
