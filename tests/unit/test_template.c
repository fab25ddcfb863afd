/*
 * Templates: the set of them, what may be in it, and the partials that they name.
 */

/* cmocka, in the order it asks for. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

/* System. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Template. */
#include "template/template_int.h"

#define COUNT(pairs) (sizeof(pairs) / sizeof((pairs)[0]))

static void
test_find(void **state)
{
    static const char *const pairs[][2] = { { "page", "a" }, { "page2", "b" } };
    gh_templates_t          *templates = gh_templates_parse(pairs, COUNT(pairs), NULL);

    (void) state;

    assert_non_null(templates);
    assert_string_equal(gh_templates_find(templates, "page")->source, "a");
    assert_string_equal(gh_templates_find(templates, "page2")->source, "b");
    assert_null(gh_templates_find(templates, "pag"));
    assert_null(gh_templates_find(templates, "Page"));
    assert_null(gh_templates_find(templates, "page3"));
    assert_null(gh_templates_find(templates, ""));

    gh_templates_free(templates);
    gh_templates_free(NULL);
}

static void
test_names(void **state)
{
    static const struct {
        gh_text_t name;
        bool      want;
    } cases[] = {
        { GH_TEXT("page"), true },
        { GH_TEXT("_field"), true },
        { GH_TEXT("Mail-2"), true },
        { GH_TEXT("aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"), true },
        { GH_TEXT("aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"), false },
        { GH_TEXT(""), false },
        { GH_TEXT("a.b"), false },
        { GH_TEXT("a/b"), false },
        { GH_TEXT("a b"), false },
        { GH_TEXT("a\0"), false },
        { GH_TEXT("\xc3\xa9"), false },
    };

    (void) state;

    for (size_t i = 0; i < COUNT(cases); i++) {
        if (gh_template_is_name(cases[i].name) != cases[i].want) {
            fail_msg("%s: is not %d", cases[i].name.data, cases[i].want);
        }
    }
}

static void
test_refuses(void **state)
{
    static const struct {
        const char *name;
        const char *pairs[2][2];
        const char *want;
    } cases[] = {
        { "there twice", { { "a", "" }, { "a", "" } }, "a: is there twice" },
        { "no name", { { "a b", "" }, { "c", "" } },
            "a b: a template's name has only letters, digits, `_` and `-`, at most 64" },
        { "a tag", { { "a", "" }, { "b", "\n{{" } }, "b:2: this tag is not closed by }}" },
        { "a partial that is not there", { { "a", "" }, { "b", "\r\n{{!\n}}\n{{>gone}}" } },
            "b:4: there is no partial gone.mustache" },
    };

    (void) state;

    for (size_t i = 0; i < COUNT(cases); i++) {
        gh_error_t error = { "" };

        if (gh_templates_parse(cases[i].pairs, 2, &error) != NULL
            || strcmp(error.text, cases[i].want) != 0)
        {
            fail_msg("%s: got `%s`", cases[i].name, error.text);
        }
    }
}

/* Each source is copied, and errors call it by its label. */
static void
test_add(void **state)
{
    static const struct {
        const char *name;
        size_t      len;  /* of the source */
        char        last; /* its last byte */
        int         rc;
        const char *want;
    } cases[] = {
        { "nothing", 0, 'x', 0, "" },
        { "as long as may be", 262144, 'x', 0, "" },
        { "longer", 262145, 'x', GH_ERR_LIMIT, "f.mustache: is longer than 262144 bytes" },
        { "a NUL byte", 16, '\0', GH_ERR_INVALID, "f.mustache: holds a NUL byte" },
    };

    (void) state;

    for (size_t i = 0; i < COUNT(cases); i++) {
        gh_templates_t *templates = gh_templates_new();
        gh_error_t      error = { "" };
        char           *source = malloc(cases[i].len + 1);

        assert_non_null(templates);
        assert_non_null(source);
        memset(source, 'x', cases[i].len + 1);

        if (cases[i].len > 0) {
            source[cases[i].len - 1] = cases[i].last;
        }

        if (gh_templates_add(
                templates, "f", "f.mustache", (gh_text_t){ source, cases[i].len }, &error)
                != cases[i].rc
            || strcmp(error.text, cases[i].want) != 0)
        {
            fail_msg("%s: got `%s`", cases[i].name, error.text);
        }

        free(source);
        assert_int_equal(gh_templates_find(templates, "f") != NULL, cases[i].rc == 0);
        gh_templates_free(templates);
    }
}

static void
test_count_is_bounded(void **state)
{
    gh_templates_t *templates = gh_templates_new();
    gh_error_t      error = { "" };
    char            name[16];

    (void) state;
    assert_non_null(templates);

    for (int i = 0; i < 256; i++) {
        snprintf(name, sizeof(name), "t%d", i);
        assert_int_equal(gh_templates_add(templates, name, name, GH_TEXT(""), &error), 0);
    }

    assert_int_equal(
        gh_templates_add(templates, "last", "last", GH_TEXT(""), &error), GH_ERR_LIMIT);
    assert_string_equal(error.text, "last: more than 256 templates");

    gh_templates_free(templates);
}

/* Whatever the order that they come in, and themselves. */
static void
test_partials_are_linked(void **state)
{
    static const char *const pairs[][2] = { { "page", "{{>p}}{{>page}}" },
        { "p", "{{>page}}" } };
    gh_templates_t          *templates = gh_templates_parse(pairs, COUNT(pairs), NULL);
    const gh_template_t     *page, *p;

    (void) state;

    assert_non_null(templates);
    page = gh_templates_find(templates, "page");
    p = gh_templates_find(templates, "p");
    assert_int_equal(page->count, 3);
    assert_ptr_equal(page->nodes[1].partial, p);
    assert_ptr_equal(page->nodes[2].partial, page);
    assert_int_equal(p->count, 1);
    assert_ptr_equal(p->nodes[0].partial, page);

    gh_templates_free(templates);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_find),
        cmocka_unit_test(test_names),
        cmocka_unit_test(test_refuses),
        cmocka_unit_test(test_add),
        cmocka_unit_test(test_count_is_bounded),
        cmocka_unit_test(test_partials_are_linked),
    };

    return cmocka_run_group_tests_name("template", tests, NULL, NULL);
}
