/*
 * Flows: what the calls add to those of each kind.
 */

/* cmocka. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

/* Account. */
#include "account/flow.h"

/* A flow that counts how it was called. */
typedef struct {
    gh_flow_t           flow; /* MUST BE FIRST */
    gh_request_t        request;
    bool                is_done;
    int                 asked, taken, freed;
    const gh_request_t *last_request;
    const gh_answer_t  *last_answer;
} counter_t;

static const gh_request_t *
counter_next(gh_flow_t *flow)
{
    counter_t *counter = (counter_t *) flow;

    counter->asked++;

    return &counter->request;
}

static void
counter_take(gh_flow_t *flow, const gh_request_t *request, const gh_answer_t *answer)
{
    counter_t *counter = (counter_t *) flow;

    counter->taken++;
    counter->last_request = request;
    counter->last_answer = answer;
}

static bool
counter_is_done(const gh_flow_t *flow)
{
    return ((const counter_t *) flow)->is_done;
}

static void
counter_free(gh_flow_t *flow)
{
    ((counter_t *) flow)->freed++;
}

static const gh_flow_kind_t counter_kind = {
    .next = counter_next,
    .take = counter_take,
    .is_done = counter_is_done,
    .free = counter_free,
};

static void
test_passes_on(void **state)
{
    counter_t   counter = { .flow = { &counter_kind } };
    gh_answer_t answer;

    (void) state;

    gh_answer_init(&answer);

    assert_false(gh_flow_is_done(&counter.flow));
    assert_ptr_equal(gh_flow_next(&counter.flow), &counter.request);
    assert_int_equal(counter.asked, 1);

    gh_flow_take(&counter.flow, &counter.request, &answer);
    assert_int_equal(counter.taken, 1);
    assert_ptr_equal(counter.last_request, &counter.request);
    assert_ptr_equal(counter.last_answer, &answer);

    gh_flow_free(&counter.flow);
    assert_int_equal(counter.freed, 1);
}

/* A flow at its end asks for nothing and hears nothing: its verdict stands. */
static void
test_done_is_done(void **state)
{
    counter_t   counter = { .flow = { &counter_kind }, .is_done = true };
    gh_answer_t answer;

    (void) state;

    gh_answer_init(&answer);

    assert_true(gh_flow_is_done(&counter.flow));
    assert_null(gh_flow_next(&counter.flow));
    gh_flow_take(&counter.flow, &counter.request, &answer);
    assert_int_equal(counter.asked, 0);
    assert_int_equal(counter.taken, 0);

    gh_flow_free(&counter.flow);
    assert_int_equal(counter.freed, 1);
}

static void
test_frees_nothing(void **state)
{
    (void) state;

    gh_flow_free(NULL);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_passes_on),
        cmocka_unit_test(test_done_is_done),
        cmocka_unit_test(test_frees_nothing),
    };

    return cmocka_run_group_tests_name("flow", tests, NULL, NULL);
}
