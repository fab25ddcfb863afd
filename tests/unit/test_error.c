/* Tests of lib/base/error.c. */

/* cmocka, in the order it asks for. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

/* System. */
#include <string.h>

/* Base. */
#include "base/error.h"

static void
test_sentence_and_code(void **state)
{
    gh_error_t error;
    int        rc = gh_error_set(&error, GH_ERR_LIMIT, "%s:%d: too long", "keys", 3);

    (void) state;

    assert_int_equal(rc, GH_ERR_LIMIT);
    assert_string_equal(error.text, "keys:3: too long");

    assert_int_equal(gh_error_set(&error, GH_ERR_IO, "gone"), GH_ERR_IO);
    assert_string_equal(error.text, "gone");
}

static void
test_nobody_asks(void **state)
{
    (void) state;

    assert_int_equal(gh_error_set(NULL, GH_ERR_NOMEM, "%s", "unheard"), GH_ERR_NOMEM);
}

static void
test_cut_at_its_size(void **state)
{
    gh_error_t error;
    char       all[sizeof(error.text)];

    (void) state;
    memset(all, 'x', sizeof(all) - 1);
    all[sizeof(all) - 1] = '\0';

    gh_error_set(&error, GH_ERR_INVALID, "%s", all);
    assert_string_equal(error.text, all);

    gh_error_set(&error, GH_ERR_INVALID, "%s%s", all, all);
    assert_string_equal(error.text, all);
    assert_int_equal(strlen(error.text), 511);
}

int
main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(test_sentence_and_code),
        cmocka_unit_test(test_nobody_asks), cmocka_unit_test(test_cut_at_its_size) };

    return cmocka_run_group_tests_name("error", tests, NULL, NULL);
}
