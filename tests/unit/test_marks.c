/*
 * Marks, read: what a look asks for, and what it makes of the answers.
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
#include "account/marks_int.h"

#define NOW    ((gh_time_t) 1795417500 * GH_SECOND) /* 2026-11-23T07:05:00Z */
#define MINUTE (60 * GH_SECOND)
#define ID     "00112233445566778899aabbccddeeff"
#define OTHER  "ffeeddccbbaa99887766554433221100"

static gh_config_t config = { .directory = { .base = "dc=city,dc=example" } };

static const canned_value_t signed_out[] = {
    { "entryUUID", "b-uuid" },
    { "gatehouseMarked", "20261123070430.5Z" },
    { "gatehouseEndedSession", "20261123190430.000001Z#" ID },
};

static const canned_value_t shut[] = {
    { "entryUUID", "a-uuid" },
    { "gatehouseMarked", "20261123070445Z" },
    { "gatehouseSessionsNotBefore", "20261123070445.000123Z" },
};

/* The filter of the search that is next. */
static const char *
next_filter(gh_flow_t *flow, const gh_request_t **search)
{
    *search = canned_next(flow, GH_OPERATION_SEARCH);
    assert_string_equal((*search)->dn, "dc=city,dc=example");
    assert_int_equal((*search)->scope, GH_SCOPE_SUBTREE);

    return (*search)->filter;
}

static void
give(gh_flow_t *flow, const gh_request_t *search, int result)
{
    gh_answer_t answer;

    gh_answer_init(&answer);
    answer.result = result;
    gh_flow_take(flow, search, &answer);
}

static void
test_asks_with_an_overlap(void **state)
{
    gh_flow_t          *flow = gh_marks_new(&config, NOW - MINUTE, NOW);
    const gh_request_t *search;

    (void) state;

    assert_string_equal(next_filter(flow, &search), "(gatehouseMarked>=20261123070200Z)");
    give(flow, search, GH_RESULT_SUCCESS);
    assert_true(gh_flow_is_done(flow));
    assert_true(gh_marks_result(flow)->is_complete);
    assert_int_equal(gh_marks_result(flow)->count, 0);
    assert_true(gh_marks_result(flow)->newest == NOW - MINUTE);
    gh_flow_free(flow);
}

static void
test_reads_marks(void **state)
{
    gh_flow_t               *flow = gh_marks_new(&config, NOW - MINUTE, NOW);
    const gh_marks_result_t *result = gh_marks_result(flow);

    (void) state;

    canned_show(flow, "uid=a", shut, COUNT(shut));
    assert_true(result->is_complete);
    assert_int_equal(result->count, 1);
    assert_string_equal(result->marks[0].uuid, "a-uuid");
    assert_true(result->marks[0].marked == NOW - 15 * GH_SECOND);
    assert_true(result->marks[0].not_before == NOW - 15 * GH_SECOND + 123);
    assert_int_equal(result->marks[0].ended_count, 0);
    assert_true(result->newest == NOW - 15 * GH_SECOND);
    gh_flow_free(flow);

    flow = gh_marks_new(&config, NOW - MINUTE, NOW);
    result = gh_marks_result(flow);
    canned_show(flow, "uid=b", signed_out, COUNT(signed_out));
    assert_int_equal(result->count, 1);
    assert_true(result->marks[0].not_before == 0);
    assert_int_equal(result->marks[0].ended_count, 1);
    assert_string_equal(result->marks[0].ended[0].id, ID);
    assert_true(result->marks[0].ended[0].end == NOW + 43170 * GH_SECOND + 1);
    gh_flow_free(flow);
}

/* What can't be read ends more sessions, never fewer, and breaks nothing. */
static void
test_reads_what_is_broken(void **state)
{
    static const canned_value_t broken[] = {
        { "entryUUID", "a-uuid" },
        { "gatehouseMarked", "yesterday" },
        { "gatehouseSessionsNotBefore", "yesterday" },
        { "gatehouseEndedSession", "20261123190430Z" },
    };
    static const canned_value_t nameless[] = {
        { "gatehouseMarked", "20261123070445Z" },
    };
    static const canned_value_t ahead[] = {
        { "entryUUID", "a-uuid" },
        { "gatehouseMarked", "20270101000000Z" },
    };
    gh_flow_t *flow = gh_marks_new(&config, NOW - MINUTE, NOW);

    (void) state;

    canned_show(flow, "uid=a", broken, COUNT(broken));
    assert_int_equal(gh_marks_result(flow)->count, 1);
    assert_true(gh_marks_result(flow)->marks[0].not_before == NOW);
    assert_int_equal(gh_marks_result(flow)->marks[0].ended_count, 0);
    gh_flow_free(flow);

    flow = gh_marks_new(&config, NOW - MINUTE, NOW);
    canned_show(flow, "uid=a", nameless, COUNT(nameless));
    assert_true(gh_marks_result(flow)->is_complete);
    assert_int_equal(gh_marks_result(flow)->count, 0);
    gh_flow_free(flow);

    /* A clock that is ahead does not make the next look miss anything. */
    flow = gh_marks_new(&config, NOW - MINUTE, NOW);
    canned_show(flow, "uid=a", ahead, COUNT(ahead));
    assert_int_equal(gh_marks_result(flow)->count, 1);
    assert_true(gh_marks_result(flow)->newest == NOW - MINUTE);
    gh_flow_free(flow);
}

static void
test_narrows_and_goes_on(void **state)
{
    gh_flow_t          *flow = gh_marks_new(&config, NOW - 6 * MINUTE, NOW);
    const gh_request_t *search;

    (void) state;

    assert_string_equal(next_filter(flow, &search), "(gatehouseMarked>=20261123065700Z)");
    give(flow, search, GH_RESULT_SIZE_LIMIT);
    assert_string_equal(next_filter(flow, &search),
        "(&(gatehouseMarked>=20261123065700Z)(gatehouseMarked<=20261123070100Z))");
    give(flow, search, GH_RESULT_ADMIN_LIMIT);
    assert_string_equal(next_filter(flow, &search),
        "(&(gatehouseMarked>=20261123065700Z)(gatehouseMarked<=20261123065900Z))");
    give(flow, search, GH_RESULT_SUCCESS);

    /* Twice as wide again, and from where it was. */
    assert_string_equal(next_filter(flow, &search),
        "(&(gatehouseMarked>=20261123065900.000001Z)(gatehouseMarked<=20261123070300.000001Z)"
        ")");
    give(flow, search, GH_RESULT_SUCCESS);
    assert_string_equal(
        next_filter(flow, &search), "(gatehouseMarked>=20261123070300.000002Z)");
    give(flow, search, GH_RESULT_SUCCESS);
    assert_true(gh_flow_is_done(flow));
    assert_true(gh_marks_result(flow)->is_complete);
    gh_flow_free(flow);
}

static void
test_keeps_the_newest_of_an_entry(void **state)
{
    static const canned_value_t later[] = {
        { "entryUUID", "b-uuid" },
        { "gatehouseMarked", "20261123070459Z" },
        { "gatehouseEndedSession", "20261123190430Z#" OTHER },
    };
    gh_flow_t               *flow = gh_marks_new(&config, NOW - 6 * MINUTE, NOW);
    const gh_marks_result_t *result = gh_marks_result(flow);

    (void) state;

    canned_give(flow, GH_OPERATION_SEARCH, GH_RESULT_SIZE_LIMIT);
    canned_show(flow, "uid=b", signed_out, COUNT(signed_out));
    canned_show(flow, "uid=b", later, COUNT(later));
    assert_true(result->is_complete);
    assert_int_equal(result->count, 1);
    assert_true(result->marks[0].marked == NOW - GH_SECOND);
    assert_string_equal(result->marks[0].ended[0].id, OTHER);
    gh_flow_free(flow);

    flow = gh_marks_new(&config, NOW - 6 * MINUTE, NOW);
    result = gh_marks_result(flow);
    canned_give(flow, GH_OPERATION_SEARCH, GH_RESULT_SIZE_LIMIT);
    canned_show(flow, "uid=b", later, COUNT(later));
    canned_show(flow, "uid=a", shut, COUNT(shut));
    assert_int_equal(result->count, 2);
    assert_string_equal(result->marks[0].uuid, "a-uuid");
    assert_string_equal(result->marks[1].uuid, "b-uuid");
    gh_flow_free(flow);
}

static void
test_says_when_some_may_be_missing(void **state)
{
    static const int codes[] = { GH_RESULT_TIMEOUT, GH_RESULT_NO_SUCH_OBJECT,
        GH_RESULT_INSUFFICIENT_ACCESS };
    gh_flow_t       *flow;

    (void) state;

    for (size_t i = 0; i < COUNT(codes); i++) {
        flow = gh_marks_new(&config, NOW - MINUTE, NOW);
        canned_give(flow, GH_OPERATION_SEARCH, codes[i]);
        assert_true(gh_flow_is_done(flow));
        assert_false(gh_marks_result(flow)->is_complete);
        assert_int_equal(gh_marks_result(flow)->code, codes[i]);
        gh_flow_free(flow);
    }

    /* More in one microsecond than the directory gives at once. */
    flow = gh_marks_new(&config, NOW - MINUTE, NOW);
    for (size_t i = 0; i < 100 && !gh_flow_is_done(flow); i++) {
        canned_give(flow, GH_OPERATION_SEARCH, GH_RESULT_SIZE_LIMIT);
    }
    assert_true(gh_flow_is_done(flow));
    assert_false(gh_marks_result(flow)->is_complete);
    gh_flow_free(flow);
}

static void
test_form_of_a_session(void **state)
{
    static const char *const wrong[] = { "", "#", "#" ID, "20261123190430Z#", "20261123190430Z",
        "20261123190430Z#00112233445566778899AABBCCDDEEFF", "20261123190430Z#" ID "#",
        "20261123190430Z# " ID, "soon#" ID, "20261123190430Z#" ID ID ID };
    gh_marks_session_t       session;
    gh_buf_t                 value;

    (void) state;

    gh_buf_init(&value);
    assert_int_equal(gh_marks_session_write(&value, ID, NOW + 7), 0);
    assert_string_equal(gh_buf_string(&value), "20261123070500.000007Z#" ID);
    assert_true(gh_marks_session_read(gh_buf_text(&value), &session));
    assert_string_equal(session.id, ID);
    assert_true(session.end == NOW + 7);
    assert_int_equal(gh_marks_session_write(&value, "", NOW), GH_ERR_INVALID);
    assert_int_equal(gh_marks_session_write(&value, "a#b", NOW), GH_ERR_INVALID);
    gh_buf_cleanup(&value);

    for (size_t i = 0; i < COUNT(wrong); i++) {
        assert_false(gh_marks_session_read(gh_text(wrong[i]), &session));
        assert_string_equal(session.id, "");
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_asks_with_an_overlap),
        cmocka_unit_test(test_reads_marks),
        cmocka_unit_test(test_reads_what_is_broken),
        cmocka_unit_test(test_narrows_and_goes_on),
        cmocka_unit_test(test_keeps_the_newest_of_an_entry),
        cmocka_unit_test(test_says_when_some_may_be_missing),
        cmocka_unit_test(test_form_of_a_session),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
