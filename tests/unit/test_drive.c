/*
 * Drive: flows that ask for nothing, flows whose requests no server takes, and
 * the order in which they come back.
 */

/* System. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdlib.h>

/* Base. */
#include "base/clock.h"

/* Account. */
#include "account/drive.h"

/* Where nobody listens: every request is answered at once, as unreachable. */
static char *const uris[] = { "ldapi://%2Fnonexistent%2Fldapi", NULL };

static const gh_identity_t external = { NULL, NULL };

static const gh_directory_settings_t settings = {
    .uris = (char **) uris,
    .base = "dc=city,dc=example",
    .timeout = 1000,
    .connect_timeout = 500,
};

/* A flow that asks for `rounds` rounds of `width` searches side by side. */
typedef struct {
    gh_flow_t     flow; /* MUST BE FIRST */
    gh_request_t *request;
    int           rounds;
    int           width;
    int           given;    /* in this round */
    int           answered; /* in this round */
    int           total;
    int           result;   /* of the last answer */
    bool          is_stuck; /* never says that it is done */
} rounds_t;

static bool
rounds_is_done(const gh_flow_t *flow)
{
    const rounds_t *rounds = (const rounds_t *) flow;

    return rounds->rounds == 0 && !rounds->is_stuck;
}

static const gh_request_t *
rounds_next(gh_flow_t *flow)
{
    rounds_t *rounds = (rounds_t *) flow;

    if (rounds->rounds == 0 || rounds->given == rounds->width) {
        return NULL;
    }

    rounds->given++;

    return rounds->request;
}

static void
rounds_take(gh_flow_t *flow, const gh_request_t *request, const gh_answer_t *answer)
{
    rounds_t *rounds = (rounds_t *) flow;

    assert_ptr_equal(request, rounds->request);
    rounds->total++;
    rounds->answered++;
    rounds->result = answer->result;

    if (rounds->answered == rounds->width) {
        rounds->answered = 0;
        rounds->given = 0;
        rounds->rounds--;
    }
}

static void
rounds_free(gh_flow_t *flow)
{
    rounds_t *rounds = (rounds_t *) flow;

    gh_request_free(rounds->request);
    free(rounds);
}

static const gh_flow_kind_t rounds_kind = {
    .next = rounds_next,
    .take = rounds_take,
    .is_done = rounds_is_done,
    .free = rounds_free,
};

static rounds_t *
rounds_new(int count, int width)
{
    static const char *const attrs[] = { "uid", NULL };
    rounds_t                *rounds = calloc(1, sizeof(*rounds));

    assert_non_null(rounds);
    rounds->flow.kind = &rounds_kind;
    rounds->rounds = count;
    rounds->width = width;
    rounds->request =
        gh_request_search("dc=city,dc=example", GH_SCOPE_BASE, "(uid=x)", attrs, 1);
    assert_non_null(rounds->request);

    return rounds;
}

static int
setup(void **state)
{
    *state = gh_client_new(&settings, &external, NULL, NULL);

    return *state != NULL ? 0 : -1;
}

static int
teardown(void **state)
{
    gh_client_free(*state);

    return 0;
}

static int64_t
deadline(void)
{
    return gh_clock_monotonic() + 5000;
}

static void
test_nothing_started(void **state)
{
    assert_null(gh_drive_step(*state, deadline()));
}

static void
test_flow_without_requests(void **state)
{
    rounds_t *rounds = rounds_new(0, 0);

    assert_int_equal(gh_drive_start(*state, &rounds->flow, deadline()), 0);
    assert_ptr_equal(gh_drive_step(*state, deadline()), &rounds->flow);
    assert_int_equal(rounds->total, 0);
    assert_null(gh_drive_step(*state, deadline()));

    gh_flow_free(&rounds->flow);
}

static void
test_unreachable_reaches_the_flow(void **state)
{
    rounds_t *rounds = rounds_new(1, 1);

    assert_int_equal(gh_drive(*state, &rounds->flow, deadline()), 0);
    assert_true(gh_flow_is_done(&rounds->flow));
    assert_int_equal(rounds->total, 1);
    assert_int_equal(rounds->result, GH_RESULT_UNREACHABLE);
    assert_string_equal(gh_client_trouble(*state),
        "ldapi://%2Fnonexistent%2Fldapi: can't connect: No such file or directory");

    gh_flow_free(&rounds->flow);
}

static void
test_every_round_is_sent(void **state)
{
    rounds_t *rounds = rounds_new(3, 4);

    assert_int_equal(gh_drive(*state, &rounds->flow, deadline()), 0);
    assert_true(gh_flow_is_done(&rounds->flow));
    assert_int_equal(rounds->total, 12);
    assert_int_equal(gh_client_pending(*state), 0);

    gh_flow_free(&rounds->flow);
}

static void
test_a_passed_deadline_is_a_timeout(void **state)
{
    rounds_t *rounds = rounds_new(1, 1);

    assert_int_equal(gh_drive(*state, &rounds->flow, gh_clock_monotonic() - 1), 0);
    assert_int_equal(rounds->result, GH_RESULT_TIMEOUT);

    gh_flow_free(&rounds->flow);
}

static void
test_flows_side_by_side(void **state)
{
    rounds_t  *flows[3] = { rounds_new(2, 1), rounds_new(0, 0), rounds_new(1, 2) };
    bool       is_back[3] = { false, false, false };
    gh_flow_t *flow;
    int        count = 0;

    for (int i = 0; i < 3; i++) {
        assert_int_equal(gh_drive_start(*state, &flows[i]->flow, deadline()), 0);
    }

    while ((flow = gh_drive_step(*state, deadline())) != NULL) {
        for (int i = 0; i < 3; i++) {
            is_back[i] = is_back[i] || flow == &flows[i]->flow;
        }
        count++;
    }

    assert_int_equal(count, 3);
    assert_true(is_back[0] && is_back[1] && is_back[2]);
    assert_int_equal(flows[0]->total, 2);
    assert_int_equal(flows[1]->total, 0);
    assert_int_equal(flows[2]->total, 2);

    for (int i = 0; i < 3; i++) {
        gh_flow_free(&flows[i]->flow);
    }
}

/* A flow that asks for nothing and is never done does not hold its driver. */
static void
test_a_stuck_flow_comes_back(void **state)
{
    rounds_t *rounds = rounds_new(0, 0);

    rounds->is_stuck = true;
    assert_int_equal(gh_drive(*state, &rounds->flow, deadline()), 0);
    assert_false(gh_flow_is_done(&rounds->flow));

    gh_flow_free(&rounds->flow);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_nothing_started, setup, teardown),
        cmocka_unit_test_setup_teardown(test_flow_without_requests, setup, teardown),
        cmocka_unit_test_setup_teardown(test_unreachable_reaches_the_flow, setup, teardown),
        cmocka_unit_test_setup_teardown(test_every_round_is_sent, setup, teardown),
        cmocka_unit_test_setup_teardown(test_a_passed_deadline_is_a_timeout, setup, teardown),
        cmocka_unit_test_setup_teardown(test_flows_side_by_side, setup, teardown),
        cmocka_unit_test_setup_teardown(test_a_stuck_flow_comes_back, setup, teardown),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
