/*
 * A session held against the entry of whose it is.
 */

/* System. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

/* Account. */
#include "account/hold.h"

/* Tests. */
#include "canned.h"

/* 2026-11-25 08:00:00.000005 UTC. */
#define BEGUN INT64_C(1795593600000005)
#define ID    "00112233445566778899aabbccddeeff"

static gh_realm_t realm = { .name = "public", .base = "ou=public,dc=city" };

static gh_flow_t *
begin(void)
{
    gh_flow_t *flow = gh_hold_new(&realm, gh_text("maria"), gh_text("uuid-1"), ID, BEGUN);

    assert_non_null(flow);
    return flow;
}

static void
test_asks_for_the_account(void **state)
{
    gh_flow_t          *flow = begin();
    const gh_request_t *search = canned_next(flow, GH_OPERATION_SEARCH);

    (void) state;

    assert_string_equal(search->dn, "ou=public,dc=city");
    assert_non_null(strstr(search->filter, "(uid=maria)"));
    assert_non_null(strstr(search->filter, "(entryUUID=uuid-1)"));
    gh_flow_free(flow);
}

static void
test_entries(void **state)
{
    static const struct {
        const char    *name;
        canned_value_t value;
        gh_hold_t      want;
    } cases[] = {
        { "nothing said", { "cn", "Maria" }, GH_HOLD_ALIVE },
        { "disabled", { "gatehouseDisabled", "TRUE" }, GH_HOLD_ENDED },
        { "enabled", { "gatehouseDisabled", "FALSE" }, GH_HOLD_ALIVE },
        { "all that began before", { "gatehouseSessionsNotBefore", "20261125080000.000004Z" },
            GH_HOLD_ALIVE },
        { "all that began until then",
            { "gatehouseSessionsNotBefore", "20261125080000.000005Z" }, GH_HOLD_ENDED },
        { "all that began until later", { "gatehouseSessionsNotBefore", "20261125080001Z" },
            GH_HOLD_ENDED },
        { "no time", { "gatehouseSessionsNotBefore", "yesterday" }, GH_HOLD_ENDED },
        { "this one", { "gatehouseEndedSession", "20261125200000.000000Z#" ID },
            GH_HOLD_ENDED },
        { "another",
            { "gatehouseEndedSession",
                "20261125200000.000000Z#ffeeddccbbaa99887766554433221100" },
            GH_HOLD_ALIVE },
        { "no session", { "gatehouseEndedSession", "rubbish" }, GH_HOLD_ALIVE },
    };

    (void) state;

    for (size_t i = 0; i < COUNT(cases); i++) {
        canned_value_t values[] = { { "uid", "maria" }, { "entryUUID", "uuid-1" },
            cases[i].value };
        gh_flow_t     *flow = begin();

        canned_show(flow, "uid=maria,ou=public,dc=city", values, COUNT(values));
        assert_true(gh_flow_is_done(flow));

        if (gh_hold_result(flow) != cases[i].want) {
            fail_msg("%s", cases[i].name);
        }

        gh_flow_free(flow);
    }
}

static void
test_answers(void **state)
{
    static const struct {
        int       result;
        gh_hold_t want;
    } cases[] = {
        { GH_RESULT_SUCCESS, GH_HOLD_ENDED },
        { GH_RESULT_NO_SUCH_OBJECT, GH_HOLD_ENDED },
        { GH_RESULT_UNREACHABLE, GH_HOLD_UNKNOWN },
        { GH_RESULT_OVERLOADED, GH_HOLD_UNKNOWN },
        { 52, GH_HOLD_UNKNOWN },
    };

    (void) state;

    for (size_t i = 0; i < COUNT(cases); i++) {
        gh_flow_t *flow = begin();

        canned_give(flow, GH_OPERATION_SEARCH, cases[i].result);
        assert_true(gh_flow_is_done(flow));
        assert_int_equal(gh_hold_result(flow), cases[i].want);
        gh_flow_free(flow);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_asks_for_the_account),
        cmocka_unit_test(test_entries),
        cmocka_unit_test(test_answers),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
