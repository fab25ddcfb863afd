/*
 * Marks, written and cleared: the modifies, and what others do in between.
 */

/* cmocka. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

/* Tests. */
#include "canned.h"

/* Account. */
#include "account/marks.h"

#define BASE   "dc=city,dc=example"
#define DN     "uid=maria,ou=public," BASE
#define NOW    ((gh_time_t) 1795417500 * GH_SECOND) /* 2026-11-23T07:05:00Z */
#define ID     "00112233445566778899aabbccddeeff"
#define BEFORE "(gatehouseMarked<=20261122190300Z)"

static const gh_realm_t realm = { .name = "public", .base = "ou=public," BASE };
static gh_config_t      config = {
         .directory = { .base = BASE },
         .session = { .lifetime = 12 * 3600 * GH_SECOND },
};

static gh_flow_t *
put_new(const char *session)
{
    gh_flow_t *flow =
        gh_marks_put_new(&realm, GH_TEXT("maria"), session, NOW + 3600 * GH_SECOND, NOW);

    assert_non_null(flow);
    return flow;
}

/* Shows the flow its entry, with `count` ended sessions. */
static void
show(gh_flow_t *flow, gh_text_t *ended, size_t count)
{
    const gh_request_t *search = canned_next(flow, GH_OPERATION_SEARCH);
    gh_text_t           uid[] = { { "maria", 5 } };
    gh_text_t           uuid[] = { { "a-uuid", 6 } };
    gh_attribute_t      list[] = { { "uid", uid, 1 }, { "entryUUID", uuid, 1 },
             { "gatehouseEndedSession", ended, count } };
    gh_entry_t          entry = { DN, list, count > 0 ? 3 : 2 };
    gh_answer_t         answer;

    assert_string_equal(search->filter, "(&(objectClass=gatehouseAccount)(uid=maria))");
    gh_answer_init(&answer);
    answer.result = GH_RESULT_SUCCESS;
    answer.entries = &entry;
    answer.entry_count = 1;
    gh_flow_take(flow, search, &answer);
}

static const gh_request_t *
answer_modify(gh_flow_t *flow, int result)
{
    const gh_request_t *modify = canned_next(flow, GH_OPERATION_MODIFY);
    gh_answer_t         answer;

    gh_answer_init(&answer);
    answer.result = result;
    gh_flow_take(flow, modify, &answer);

    return modify;
}

static void
assert_outcome(gh_flow_t *flow, gh_outcome_t outcome)
{
    assert_true(gh_flow_is_done(flow));
    assert_null(gh_flow_next(flow));
    assert_int_equal(gh_marks_put_result(flow)->outcome, outcome);
    gh_flow_free(flow);
}

static void
test_marks_one_session(void **state)
{
    gh_flow_t          *flow = put_new(ID);
    const gh_request_t *modify;

    (void) state;

    show(flow, NULL, 0);
    modify = answer_modify(flow, GH_RESULT_SUCCESS);
    assert_string_equal(modify->dn, DN);
    assert_int_equal(modify->change_count, 2);
    assert_sets(modify, GH_CHANGE_ADD, "gatehouseEndedSession", "20261123080500Z#" ID);
    assert_sets(modify, GH_CHANGE_REPLACE, "gatehouseMarked", "20261123070500Z");
    assert_outcome(flow, GH_OUTCOME_DONE);
}

static void
test_marks_all_sessions(void **state)
{
    gh_flow_t          *flow = put_new(NULL);
    const gh_request_t *modify;

    (void) state;

    show(flow, NULL, 0);
    modify = answer_modify(flow, GH_RESULT_SUCCESS);
    assert_int_equal(modify->change_count, 2);
    assert_sets(modify, GH_CHANGE_REPLACE, "gatehouseSessionsNotBefore", "20261123070500Z");
    assert_sets(modify, GH_CHANGE_REPLACE, "gatehouseMarked", "20261123070500Z");
    assert_outcome(flow, GH_OUTCOME_DONE);
}

static void
test_sweeps_on_the_way(void **state)
{
    gh_text_t  ended[] = { gh_text("20261123070500Z#aa"), gh_text("20261123070501Z#bb"),
         gh_text("broken") };
    gh_flow_t *flow = put_new(ID);
    const gh_request_t *modify;

    (void) state;

    show(flow, ended, COUNT(ended));
    modify = answer_modify(flow, GH_RESULT_NO_SUCH_ATTRIBUTE);
    assert_int_equal(modify->change_count, 4);
    assert_int_equal(modify->changes[0].kind, GH_CHANGE_DELETE);
    assert_string_equal(modify->changes[0].values[0], "20261123070500Z#aa");
    assert_int_equal(modify->changes[1].kind, GH_CHANGE_DELETE);
    assert_string_equal(modify->changes[1].values[0], "broken");
    assert_int_equal(modify->changes[2].kind, GH_CHANGE_ADD);

    /* Somebody else has swept: once more, without. */
    modify = answer_modify(flow, GH_RESULT_SUCCESS);
    assert_int_equal(modify->change_count, 2);
    assert_sets(modify, GH_CHANGE_ADD, "gatehouseEndedSession", "20261123080500Z#" ID);
    assert_outcome(flow, GH_OUTCOME_DONE);
}

/* Nobody fills an entry by signing in and out. */
static void
test_keeps_so_many(void **state)
{
    gh_text_t           ended[GH_MARKS_KEPT];
    gh_flow_t          *flow;
    const gh_request_t *modify;

    (void) state;

    for (size_t i = 0; i < COUNT(ended); i++) {
        ended[i] = GH_TEXT("20261123080500Z#aa");
    }

    flow = put_new(ID);
    show(flow, ended, COUNT(ended) - 1);
    assert_leaves(answer_modify(flow, GH_RESULT_SUCCESS), "gatehouseSessionsNotBefore");
    assert_outcome(flow, GH_OUTCOME_DONE);

    flow = put_new(ID);
    show(flow, ended, COUNT(ended));
    modify = answer_modify(flow, GH_RESULT_SUCCESS);
    assert_leaves(modify, "gatehouseEndedSession");
    assert_sets(modify, GH_CHANGE_REPLACE, "gatehouseSessionsNotBefore", "20261123070500Z");
    assert_outcome(flow, GH_OUTCOME_DONE);
}

static void
test_other_outcomes(void **state)
{
    static const struct {
        int          result;
        gh_outcome_t outcome;
    } cases[] = {
        { GH_RESULT_VALUE_EXISTS, GH_OUTCOME_DONE },
        { GH_RESULT_NO_SUCH_OBJECT, GH_OUTCOME_GONE },
        { GH_RESULT_INSUFFICIENT_ACCESS, GH_OUTCOME_READ_ONLY },
        { GH_RESULT_UNREACHABLE, GH_OUTCOME_UNAVAILABLE },
    };
    gh_flow_t *flow;

    (void) state;

    for (size_t i = 0; i < COUNT(cases); i++) {
        flow = put_new(ID);
        show(flow, NULL, 0);
        answer_modify(flow, cases[i].result);
        assert_outcome(flow, cases[i].outcome);
    }

    flow = put_new(ID);
    canned_give(flow, GH_OPERATION_SEARCH, GH_RESULT_SUCCESS);
    assert_outcome(flow, GH_OUTCOME_GONE);

    flow = put_new(ID);
    canned_give(flow, GH_OPERATION_SEARCH, GH_RESULT_TIMEOUT);
    assert_outcome(flow, GH_OUTCOME_UNAVAILABLE);

    /* An id that can't be one: rather all sessions than none. */
    flow = put_new("not hex");
    show(flow, NULL, 0);
    assert_sets(answer_modify(flow, GH_RESULT_SUCCESS), GH_CHANGE_REPLACE,
        "gatehouseSessionsNotBefore", "20261123070500Z");
    assert_outcome(flow, GH_OUTCOME_DONE);
}

/* Gives the sweep's search two entries. */
static void
sweep_show(gh_flow_t *flow)
{
    const gh_request_t *search = canned_next(flow, GH_OPERATION_SEARCH);
    gh_entry_t          entries[] = { { DN, NULL, 0 }, { "uid=b,ou=public," BASE, NULL, 0 } };
    gh_answer_t         answer;

    assert_string_equal(search->dn, BASE);
    assert_string_equal(search->filter, BEFORE);
    gh_answer_init(&answer);
    answer.result = GH_RESULT_SIZE_LIMIT;
    answer.entries = entries;
    answer.entry_count = COUNT(entries);
    gh_flow_take(flow, search, &answer);
}

static void
test_sweeps(void **state)
{
    gh_flow_t          *flow = gh_marks_sweep_new(&config, NOW);
    const gh_request_t *modify;

    (void) state;

    sweep_show(flow);
    modify = answer_modify(flow, GH_RESULT_SUCCESS);
    assert_string_equal(modify->dn, DN);
    assert_string_equal(modify->assertion, BEFORE);
    assert_int_equal(modify->change_count, 3);
    assert_sets(modify, GH_CHANGE_REPLACE, "gatehouseSessionsNotBefore", NULL);
    assert_sets(modify, GH_CHANGE_REPLACE, "gatehouseEndedSession", NULL);
    assert_sets(modify, GH_CHANGE_REPLACE, "gatehouseMarked", NULL);
    assert_false(gh_flow_is_done(flow));

    /* The other was marked again in the meantime. */
    modify = answer_modify(flow, GH_RESULT_ASSERTION_FAILED);
    assert_string_equal(modify->dn, "uid=b,ou=public," BASE);
    assert_true(gh_flow_is_done(flow));
    assert_int_equal(gh_marks_swept(flow), 1);
    gh_flow_free(flow);
}

static void
test_stops_sweeping(void **state)
{
    gh_flow_t *flow = gh_marks_sweep_new(&config, NOW);

    (void) state;

    canned_give(flow, GH_OPERATION_SEARCH, GH_RESULT_SUCCESS);
    assert_true(gh_flow_is_done(flow));
    gh_flow_free(flow);

    flow = gh_marks_sweep_new(&config, NOW);
    canned_give(flow, GH_OPERATION_SEARCH, GH_RESULT_TIMEOUT);
    assert_true(gh_flow_is_done(flow));
    gh_flow_free(flow);

    flow = gh_marks_sweep_new(&config, NOW);
    sweep_show(flow);
    answer_modify(flow, GH_RESULT_UNREACHABLE);
    assert_true(gh_flow_is_done(flow));
    assert_int_equal(gh_marks_swept(flow), 0);
    gh_flow_free(flow);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_marks_one_session),
        cmocka_unit_test(test_marks_all_sessions),
        cmocka_unit_test(test_sweeps_on_the_way),
        cmocka_unit_test(test_keeps_so_many),
        cmocka_unit_test(test_other_outcomes),
        cmocka_unit_test(test_sweeps),
        cmocka_unit_test(test_stops_sweeping),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
