/* Tests of lib/base/buf.c. */

/* cmocka, in the order it asks for. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

/* System. */
#include <stdlib.h>

/* Base. */
#include "base/buf.h"
#include "base/error.h"

static void
test_empty(void **state)
{
    gh_buf_t buf;

    (void) state;
    gh_buf_init(&buf);

    assert_true(gh_buf_is_ok(&buf));
    assert_string_equal(gh_buf_string(&buf), "");
    assert_int_equal(gh_buf_text(&buf).len, 0);
    assert_non_null(gh_buf_text(&buf).data);

    gh_buf_cleanup(&buf);
    gh_buf_cleanup(&buf);
}

static void
test_appends(void **state)
{
    gh_buf_t buf;

    (void) state;
    gh_buf_init(&buf);

    assert_int_equal(gh_buf_add(&buf, "uid", 3), 0);
    assert_int_equal(gh_buf_add(&buf, NULL, 0), 0);
    assert_int_equal(gh_buf_add_text(&buf, GH_TEXT("=")), 0);
    assert_int_equal(gh_buf_add_string(&buf, "1012345"), 0);
    assert_int_equal(gh_buf_add_string(&buf, NULL), 0);
    assert_int_equal(gh_buf_add_format(&buf, ",ou=%s,%c%d", "people", 'x', 7), 0);

    assert_string_equal(gh_buf_string(&buf), "uid=1012345,ou=people,x7");
    assert_int_equal(gh_buf_text(&buf).len, 24);

    gh_buf_cleanup(&buf);
    assert_string_equal(gh_buf_string(&buf), "");
}

static void
test_keeps_nul_bytes(void **state)
{
    gh_buf_t buf;

    (void) state;
    gh_buf_init(&buf);

    assert_int_equal(gh_buf_add(&buf, "a\0b", 3), 0);
    assert_true(gh_text_equal(gh_buf_text(&buf), GH_TEXT("a\0b")));
    assert_int_equal(buf.data[3], '\0');

    gh_buf_cleanup(&buf);
}

/* Over the first allocation, at it, and one beside it. */
static void
test_grows(void **state)
{
    static const size_t sizes[] = { 62, 63, 64, 65, 127, 128, 4096, 100000 };

    (void) state;

    for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
        gh_buf_t buf;

        gh_buf_init(&buf);

        for (size_t n = 0; n < sizes[i]; n++) {
            assert_int_equal(gh_buf_add(&buf, "x", 1), 0);
        }

        assert_int_equal(buf.len, sizes[i]);
        assert_int_equal(strlen(buf.data), sizes[i]);
        assert_true(buf.size > buf.len);
        gh_buf_cleanup(&buf);
    }
}

static void
test_format_longer_than_any_allocation(void **state)
{
    gh_buf_t buf;

    (void) state;
    gh_buf_init(&buf);

    assert_int_equal(gh_buf_add_format(&buf, "%0*d", 5000, 7), 0);
    assert_int_equal(buf.len, 5000);
    assert_int_equal(buf.data[4999], '7');

    gh_buf_cleanup(&buf);
}

static void
test_failure_stays(void **state)
{
    gh_buf_t buf;

    (void) state;
    gh_buf_init(&buf);

    assert_int_equal(gh_buf_add_string(&buf, "kept"), 0);
    assert_int_equal(gh_buf_add(&buf, "", SIZE_MAX), GH_ERR_NOMEM);
    assert_int_equal(gh_buf_add(&buf, "", SIZE_MAX / 2), GH_ERR_NOMEM);
    assert_false(gh_buf_is_ok(&buf));
    assert_string_equal(gh_buf_string(&buf), "kept");

    assert_int_equal(gh_buf_add_string(&buf, "x"), GH_ERR_NOMEM);
    assert_int_equal(gh_buf_add_format(&buf, "%d", 1), GH_ERR_NOMEM);
    assert_string_equal(gh_buf_string(&buf), "kept");

    gh_buf_reset(&buf);
    assert_true(gh_buf_is_ok(&buf));
    assert_string_equal(gh_buf_string(&buf), "");
    assert_int_equal(gh_buf_add_string(&buf, "again"), 0);
    assert_string_equal(gh_buf_string(&buf), "again");

    gh_buf_cleanup(&buf);
}

static void
test_take(void **state)
{
    gh_buf_t buf;
    char    *taken;

    (void) state;
    gh_buf_init(&buf);

    taken = gh_buf_take(&buf);
    assert_string_equal(taken, "");
    free(taken);

    gh_buf_add_string(&buf, "mine");
    taken = gh_buf_take(&buf);
    assert_string_equal(taken, "mine");
    assert_string_equal(gh_buf_string(&buf), "");
    assert_int_equal(buf.len, 0);
    free(taken);

    gh_buf_add_string(&buf, "lost");
    gh_buf_add(&buf, "", SIZE_MAX);
    assert_null(gh_buf_take(&buf));
    assert_true(gh_buf_is_ok(&buf));
    assert_null(buf.data);
}

int
main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(test_empty),
        cmocka_unit_test(test_appends), cmocka_unit_test(test_keeps_nul_bytes),
        cmocka_unit_test(test_grows), cmocka_unit_test(test_format_longer_than_any_allocation),
        cmocka_unit_test(test_failure_stays), cmocka_unit_test(test_take) };

    return cmocka_run_group_tests_name("buf", tests, NULL, NULL);
}
