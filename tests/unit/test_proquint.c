/*
 * Proquints: the words of known bits, and passwords that differ.
 */

/* cmocka. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

/* Tests. */
#include "canned.h"

/* Ctl. */
#include "proquint.h"

/* The examples of the proposal, from addresses of its author's choice. */
static void
test_words(void **state)
{
    static const struct {
        unsigned    bits;
        const char *want;
    } cases[] = {
        { 0x7f00, "lusab" },
        { 0x0001, "babad" },
        { 0x3f54, "gutih" },
        { 0xdcc1, "tugad" },
        { 0x0000, "babab" },
        { 0xffff, "zuzuz" },
    };

    (void) state;

    for (size_t i = 0; i < COUNT(cases); i++) {
        char word[6] = "";

        gh_proquint_word(cases[i].bits, word);
        assert_string_equal(word, cases[i].want);
    }
}

static void
test_passwords(void **state)
{
    gh_secret_t *a = gh_secret_new();
    gh_secret_t *b = gh_secret_new();

    (void) state;

    assert_int_equal(gh_proquint_new(a), 0);
    assert_int_equal(gh_proquint_new(b), 0);
    assert_int_equal(a->len, 29);
    assert_int_equal(strlen(a->data), 29);
    assert_string_not_equal(a->data, b->data);

    for (size_t i = 0; i < a->len; i++) {
        assert_int_equal(a->data[i] == '-', i % 6 == 5);
    }

    gh_secret_free(a);
    gh_secret_free(b);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_words),
        cmocka_unit_test(test_passwords),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
