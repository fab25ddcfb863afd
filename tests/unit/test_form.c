/*
 * Forms: what a body decodes to, and which bodies are refused.
 */

/* System. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* cmocka. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

/* Web. */
#include "web/form.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static void
assert_empty(const gh_form_t *form)
{
    assert_null(form->data);
    assert_int_equal(form->size, 0);
    assert_int_equal(form->count, 0);
}

static void
test_decodes(void **state)
{
    static const struct {
        gh_text_t body, name, value;
    } cases[] = {
        { GH_TEXT("a=b"), GH_TEXT("a"), GH_TEXT("b") },
        { GH_TEXT("a="), GH_TEXT("a"), GH_TEXT("") },
        { GH_TEXT("a"), GH_TEXT("a"), GH_TEXT("") },
        { GH_TEXT("=b"), GH_TEXT(""), GH_TEXT("b") },
        { GH_TEXT("&&a=b&"), GH_TEXT("a"), GH_TEXT("b") },
        { GH_TEXT("a=b=c"), GH_TEXT("a"), GH_TEXT("b=c") },
        { GH_TEXT("a=level+plumb++x"), GH_TEXT("a"), GH_TEXT("level plumb  x") },
        { GH_TEXT("a=%2B%26%3D%25"), GH_TEXT("a"), GH_TEXT("+&=%") },
        { GH_TEXT("a=%2541"), GH_TEXT("a"), GH_TEXT("%41") },
        { GH_TEXT("a=%41"), GH_TEXT("a"), GH_TEXT("A") },
        { GH_TEXT("a=%c3%A9"), GH_TEXT("a"), GH_TEXT("\xc3\xa9") },
        { GH_TEXT("a=\xe9\xff"), GH_TEXT("a"), GH_TEXT("\xe9\xff") },
        { GH_TEXT("a=%aF%Fa%09"), GH_TEXT("a"), GH_TEXT("\xaf\xfa\x09") },
        { GH_TEXT("a=x%00y"), GH_TEXT("a"), GH_TEXT("x\0y") },
        { GH_TEXT("a=x\0y"), GH_TEXT("a"), GH_TEXT("x\0y") },
        { GH_TEXT("a%00b=c"), GH_TEXT("a\0b"), GH_TEXT("c") },
        { GH_TEXT("a%3Db+c=d"), GH_TEXT("a=b c"), GH_TEXT("d") },
        { GH_TEXT("%61=b"), GH_TEXT("a"), GH_TEXT("b") },
        { GH_TEXT("a=b;c=d"), GH_TEXT("a"), GH_TEXT("b;c=d") },
        { GH_TEXT("a=b\r\n"), GH_TEXT("a"), GH_TEXT("b\r\n") },
    };
    gh_form_t form;

    (void) state;

    for (size_t i = 0; i < COUNT(cases); i++) {
        assert_int_equal(gh_form_parse(&form, cases[i].body), 0);

        if (form.count != 1 || !gh_text_equal(form.fields[0].name, cases[i].name)
            || !gh_text_equal(form.fields[0].value, cases[i].value))
        {
            fail_msg("%s", cases[i].body.data);
        }

        gh_form_cleanup(&form);
        assert_empty(&form);
    }
}

static void
test_several_fields(void **state)
{
    gh_form_t form;

    (void) state;

    assert_int_equal(
        gh_form_parse(
            &form, GH_TEXT("realm=public&username=Maria.Lopez&password=blue+heron&Realm=x")),
        0);
    assert_int_equal(form.count, 4);
    assert_true(gh_text_equal(gh_form_value(&form, "realm"), GH_TEXT("public")));
    assert_true(gh_text_equal(gh_form_value(&form, "Realm"), GH_TEXT("x")));
    assert_true(gh_text_equal(gh_form_value(&form, "username"), GH_TEXT("Maria.Lopez")));
    assert_true(gh_text_equal(gh_form_value(&form, "password"), GH_TEXT("blue heron")));
    assert_true(gh_text_is_empty(gh_form_value(&form, "pass")));
    assert_true(gh_text_is_empty(gh_form_value(&form, "csrf")));
    gh_form_cleanup(&form);
}

/* A name with a NUL in it is not the name before the NUL. */
static void
test_name_with_a_nul(void **state)
{
    gh_form_t form;

    (void) state;

    assert_int_equal(gh_form_parse(&form, GH_TEXT("realm%00=public")), 0);
    assert_true(gh_text_is_empty(gh_form_value(&form, "realm")));
    gh_form_cleanup(&form);
}

static void
test_nothing(void **state)
{
    static const gh_text_t cases[] = { GH_TEXT(""), { NULL, 0 }, GH_TEXT("&"), GH_TEXT("&&&") };
    gh_form_t              form;

    (void) state;

    for (size_t i = 0; i < COUNT(cases); i++) {
        assert_int_equal(gh_form_parse(&form, cases[i]), 0);
        assert_int_equal(form.count, 0);
        assert_true(gh_text_is_empty(gh_form_value(&form, "a")));
        gh_form_cleanup(&form);
        gh_form_cleanup(&form);
    }
}

static void
test_refuses(void **state)
{
    static const char *const cases[] = {
        /* Broken escapes. */
        "a=%",
        "a=%4",
        "a=%&b=c",
        "a=%4&b=c",
        "a=%zz",
        "a=%4g",
        "a=%g4",
        "a=%+1",
        "a=%-1",
        "a=% 1",
        "a=%u0041",
        "a=ok&b=%",
        "%=a",
        "%4=a",
        "a=%\xe9\xe9",

        /* A field named twice. */
        "a=1&a=2",
        "a=1&a=1",
        "a=1&b=2&a",
        "a=1&%61=2",
        "=1&=2",
    };
    gh_form_t form;

    (void) state;

    for (size_t i = 0; i < COUNT(cases); i++) {
        if (gh_form_parse(&form, gh_text(cases[i])) != -2 /* GH_ERR_INVALID */) {
            fail_msg("%s is not refused", cases[i]);
        }
        assert_empty(&form);
    }
}

/* An escape that the body's end cuts is not completed from behind it. */
static void
test_stays_inside(void **state)
{
    gh_form_t form;

    (void) state;

    assert_int_equal(gh_form_parse(&form, (gh_text_t){ "a=%41", 4 }), GH_ERR_INVALID);
    assert_int_equal(gh_form_parse(&form, (gh_text_t){ "a=bc", 3 }), 0);
    assert_true(gh_text_equal(gh_form_value(&form, "a"), GH_TEXT("b")));
    gh_form_cleanup(&form);
}

/* `count` fields f0=v0&f1=v1...; the caller frees. */
static char *
body_of(size_t count)
{
    char  *body = calloc(count + 1, 12);
    size_t len = 0;

    assert_non_null(body);

    for (size_t i = 0; i < count; i++) {
        len += (size_t) sprintf(body + len, "%sf%zu=v%zu", i > 0 ? "&" : "", i, i);
    }

    return body;
}

static void
test_number_of_fields(void **state)
{
    char     *body = body_of(64);
    gh_form_t form;

    (void) state;

    assert_int_equal(gh_form_parse(&form, gh_text(body)), 0);
    assert_int_equal(form.count, 64);
    assert_true(gh_text_equal(gh_form_value(&form, "f0"), GH_TEXT("v0")));
    assert_true(gh_text_equal(gh_form_value(&form, "f63"), GH_TEXT("v63")));
    gh_form_cleanup(&form);
    free(body);

    body = body_of(65);
    assert_int_equal(gh_form_parse(&form, gh_text(body)), GH_ERR_LIMIT);
    assert_empty(&form);
    free(body);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_decodes),
        cmocka_unit_test(test_several_fields),
        cmocka_unit_test(test_name_with_a_nul),
        cmocka_unit_test(test_nothing),
        cmocka_unit_test(test_refuses),
        cmocka_unit_test(test_stays_inside),
        cmocka_unit_test(test_number_of_fields),
    };

    return cmocka_run_group_tests_name("form", tests, NULL, NULL);
}
