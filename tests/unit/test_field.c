/* Tests of lib/config/field.c. */

/* cmocka, in the order it asks for. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

/* Config. */
#include "config/config_int.h"

#define EMAIL   "Enter an e-mail address, such as name@mail.example."
#define TEL     "Enter a phone number, such as (555) 010-0142."
#define DATE    "Enter a date as year-month-day, such as 2026-12-31."
#define BAD     "This holds a character that can't be stored."
#define MISSING "Please fill this in."

static char *test_choices[] = { "Exempt", "Self-Insured", NULL };

static const gh_field_t test_text = { .type = GH_FIELD_TEXT };
static const gh_field_t test_needed = { .type = GH_FIELD_TEXT, .is_required = true };
static const gh_field_t test_email = { .type = GH_FIELD_EMAIL };
static const gh_field_t test_tel = { .type = GH_FIELD_TEL };
static const gh_field_t test_date = { .type = GH_FIELD_DATE };
static const gh_field_t test_choice = { .type = GH_FIELD_CHOICE, .choices = test_choices };
static const gh_field_t test_official = { .type = GH_FIELD_TEXT, .is_official = true };

/* A pattern that was never compiled matches nothing. */
static const gh_field_t test_broken = { .type = GH_FIELD_TEXT, .pattern = (char *) ".*" };

static void
test_read(void **state)
{
    static const struct {
        const gh_field_t *field;
        gh_text_t         typed;
        const char       *want;   /* NULL: refused */
        const char       *reason; /* why */
    } cases[] = { { &test_text,
                      GH_TEXT("  Mar\xc3\xad"
                              "a \t"),
                      "Mar\xc3\xad"
                      "a",
                      NULL },
        { &test_text, GH_TEXT("two  blanks"), "two  blanks", NULL },
        { &test_text, GH_TEXT(""), "", NULL }, { &test_text, GH_TEXT("  "), "", NULL },
        { &test_needed, GH_TEXT("a"), "a", NULL }, { &test_needed, GH_TEXT(""), NULL, MISSING },
        { &test_needed, GH_TEXT(" \t "), NULL, MISSING },
        { &test_text, GH_TEXT("a\0b"), NULL, BAD }, { &test_text, GH_TEXT("a\nb"), NULL, BAD },
        { &test_text, GH_TEXT("Jos\xe9"), NULL, BAD },
        { &test_email, GH_TEXT(" Maria.Lopez+city@mail.example "),
            "Maria.Lopez+city@mail.example", NULL },
        { &test_email, GH_TEXT("maria"), NULL, EMAIL },
        { &test_email, GH_TEXT("a@b@c.example"), NULL, EMAIL },
        { &test_email, GH_TEXT("a@mail.example, b@mail.example"), NULL, EMAIL },
        { &test_email, GH_TEXT("<a@mail.example>"), NULL, EMAIL },
        { &test_email, GH_TEXT("a@mail.example\r\nBcc: b@mail.example"), NULL, BAD },
        { &test_tel, GH_TEXT("(555) 010-0142"), "(555) 010-0142", NULL },
        { &test_tel, GH_TEXT("+1 555 010 0142 x7"), "+1 555 010 0142 x7", NULL },
        { &test_tel, GH_TEXT("010-014"), NULL, TEL },
        { &test_tel, GH_TEXT("call me"), NULL, TEL },
        { &test_tel, GH_TEXT("555*0100142"), NULL, TEL },
        { &test_date, GH_TEXT("2026-12-31"), "20261231000000Z", NULL },
        { &test_date, GH_TEXT("2028-02-29"), "20280229000000Z", NULL },
        { &test_date, GH_TEXT("2026-02-29"), NULL, DATE },
        { &test_date, GH_TEXT("2026-13-01"), NULL, DATE },
        { &test_date, GH_TEXT("1899-12-31"), NULL, DATE },
        { &test_date, GH_TEXT("12/31/2026"), NULL, DATE },
        { &test_date, GH_TEXT("2026-1-31"), NULL, DATE },
        { &test_date, GH_TEXT("2026-12-31Z"), NULL, DATE },
        { &test_date, GH_TEXT(""), "", NULL },
        { &test_choice, GH_TEXT("Exempt"), "Exempt", NULL },
        { &test_choice, GH_TEXT("exempt"), NULL, "Choose one of the list." },
        { &test_choice, GH_TEXT("None"), NULL, "Choose one of the list." },
        { &test_choice, GH_TEXT(""), "", NULL },
        { &test_official, GH_TEXT("CLEAR"), NULL, "This can't be changed here." },
        { &test_broken, GH_TEXT("a"), NULL,
            "This does not look as it should; please check it." } };

    (void) state;

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        const char *want = cases[i].want;
        gh_error_t  reason = { "" };
        gh_buf_t    out;
        int         rc;

        gh_buf_init(&out);
        rc = gh_field_read(cases[i].field, cases[i].typed, &out, &reason);

        if (rc != (want != NULL ? 0 : GH_ERR_INVALID)
            || strcmp(gh_buf_string(&out), want != NULL ? want : "") != 0
            || strcmp(reason.text, want != NULL ? "" : cases[i].reason) != 0)
        {
            fail_msg("case %zu: %d with '%s', %s", i, rc, gh_buf_string(&out), reason.text);
        }

        gh_buf_cleanup(&out);
    }
}

static void
test_longest(void **state)
{
    char       typed[GH_FIELD_MAX + 1];
    gh_error_t reason = { "" };
    gh_buf_t   out;

    (void) state;
    memset(typed, 'x', sizeof(typed));
    gh_buf_init(&out);

    assert_int_equal(
        gh_field_read(&test_text, (gh_text_t){ typed, GH_FIELD_MAX }, &out, &reason), 0);
    assert_int_equal(out.len, 256);

    assert_int_equal(
        gh_field_read(&test_text, (gh_text_t){ typed, GH_FIELD_MAX + 1 }, &out, &reason),
        GH_ERR_INVALID);
    assert_string_equal(reason.text, "This is too long.");
    assert_int_equal(out.len, 256);

    gh_buf_cleanup(&out);
}

static void
test_pattern(void **state)
{
    gh_field_t field = { .pattern = gh_text_dup(GH_TEXT("[0-9]{5}(-[0-9]{4})?")) };
    gh_error_t reason = { "" };
    gh_buf_t   out;

    (void) state;
    field.has_regex = gh_pattern_compile(field.pattern, &field.regex, &reason) == 0;
    assert_true(field.has_regex);
    gh_buf_init(&out);

    assert_int_equal(gh_field_read(&field, GH_TEXT(" 95501 "), &out, &reason), 0);
    assert_string_equal(gh_buf_string(&out), "95501");

    assert_int_equal(gh_field_read(&field, GH_TEXT("955012"), &out, &reason), GH_ERR_INVALID);
    assert_string_equal(reason.text, "This does not look as it should; please check it.");
    assert_string_equal(gh_buf_string(&out), "95501");

    gh_buf_cleanup(&out);
    gh_field_cleanup(&field);
    gh_field_cleanup(&field);
}

static void
test_show(void **state)
{
    static const struct {
        const gh_field_t *field;
        gh_text_t         stored;
        const char       *want; /* NULL: GH_ERR_INVALID */
    } cases[] = { { &test_text, GH_TEXT("Rivera & Sons"), "Rivera & Sons" },
        { &test_text, GH_TEXT("a\x1b[0m"), NULL },
        { &test_date, GH_TEXT("20261231000000Z"), "2026-12-31" },
        { &test_date, GH_TEXT("2026123123Z"), "2026-12-31" },
        { &test_date, GH_TEXT("December"), NULL }, { &test_date, GH_TEXT(""), NULL },
        { &test_official, GH_TEXT("CLEAR"), "CLEAR" } };

    (void) state;

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        const char *want = cases[i].want;
        gh_buf_t    out;

        gh_buf_init(&out);
        assert_int_equal(gh_field_show(cases[i].field, cases[i].stored, &out),
            want != NULL ? 0 : GH_ERR_INVALID);
        assert_string_equal(gh_buf_string(&out), want != NULL ? want : "");
        gh_buf_cleanup(&out);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(test_read),
        cmocka_unit_test(test_longest), cmocka_unit_test(test_pattern),
        cmocka_unit_test(test_show) };

    return cmocka_run_group_tests_name("field", tests, NULL, NULL);
}
