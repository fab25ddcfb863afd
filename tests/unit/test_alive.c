/*
 * Alive: one search, and what its answers mean.
 */

/* System. */
#include <string.h>

/* cmocka. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

/* Account. */
#include "account/alive.h"

/* Tests. */
#include "canned.h"

static gh_realm_t realms[] = { { .name = (char *) "public",
    .base = (char *) "ou=public,dc=city" } };

static const gh_config_t config = { .realms = realms, .realm_count = 1 };

static void
test_asks_for_the_entry_above_the_people(void **state)
{
    gh_flow_t          *flow = gh_alive_new(&config);
    const gh_request_t *search;

    (void) state;

    assert_non_null(flow);
    search = canned_next(flow, GH_OPERATION_SEARCH);
    assert_string_equal(search->dn, "ou=public,dc=city");
    assert_int_equal(search->scope, GH_SCOPE_BASE);
    assert_string_equal(search->attrs[0], "1.1");
    assert_null(search->attrs[1]);
    assert_false(gh_flow_is_done(flow));

    gh_flow_free(flow);
}

static void
test_an_entry(void **state)
{
    gh_flow_t *flow = gh_alive_new(&config);

    (void) state;

    canned_show(flow, "ou=public,dc=city", NULL, 0);
    assert_true(gh_flow_is_done(flow));
    assert_int_equal(gh_alive_result(flow), 0);

    gh_flow_free(flow);
}

static void
test_everything_else(void **state)
{
    static const struct {
        int result, wanted;
    } cases[] = { { 0, 32 }, { 32, 32 }, { 50, 50 }, { 51, 51 }, { 52, 52 }, { -1, -1 },
        { -2, -2 } };

    (void) state;

    for (size_t i = 0; i < COUNT(cases); i++) {
        gh_flow_t *flow = gh_alive_new(&config);

        canned_give(flow, GH_OPERATION_SEARCH, cases[i].result);
        assert_true(gh_flow_is_done(flow));
        assert_int_equal(gh_alive_result(flow), cases[i].wanted);
        gh_flow_free(flow);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_asks_for_the_entry_above_the_people),
        cmocka_unit_test(test_an_entry),
        cmocka_unit_test(test_everything_else),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
