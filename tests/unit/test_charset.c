/*
 * Charsets: UTF-8 stays, windows-1252 becomes it.
 */

/* System. */
#include <string.h>

/* cmocka. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

/* Ctl. */
#include "charset.h"

static void
test_reads_both(void **state)
{
    static const struct {
        const char *name;
        const char *bytes;
        const char *want; /* NULL: refused */
    } cases[] = {
        { "nothing", "", "" },
        { "ASCII", "SMITH & CO", "SMITH & CO" },
        { "UTF-8",
            "N\xc3\x9a\xc3\x91"
            "EZ",
            "N\xc3\x9a\xc3\x91"
            "EZ" },
        { "windows-1252",
            "N\xda\xd1"
            "EZ",
            "N\xc3\x9a\xc3\x91"
            "EZ" },
        { "the euro sign", "\x80", "\xe2\x82\xac" },
        { "a curly quote", "JOE\x92S", "JOE\xe2\x80\x99S" },
        { "UTF-8 cut short", "CAF\xc3", "CAF\xc3\x83" },
        { "UTF-8 with a control stays", "\xc2\x85", "\xc2\x85" },
        { "an unassigned byte", "A\x81", NULL },
    };
    gh_charset_t *charset = gh_charset_new(NULL);
    gh_buf_t      out;

    (void) state;

    assert_non_null(charset);
    gh_buf_init(&out);

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        int want = cases[i].want != NULL ? 0 : GH_ERR_INVALID;

        gh_buf_reset(&out);
        assert_int_equal(gh_charset_utf8(charset, gh_text(cases[i].bytes), &out), want);
        assert_string_equal(gh_buf_string(&out), want == 0 ? cases[i].want : "");
    }

    gh_buf_cleanup(&out);
    gh_charset_free(charset);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_reads_both),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
