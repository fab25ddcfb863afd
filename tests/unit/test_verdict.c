/*
 * Verdicts: the whole table, written down a second time by hand.
 */

/* System. */
#include <limits.h>

/* cmocka. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

/* Account. */
#include "account/verdict.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* One line of a table: a policy error, and what each state then comes to. */
typedef struct {
    gh_policy_error_t error;
    gh_verdict_t      want[7]; /* by gh_state_t */
} line_t;

/* clang-format off */

#define DENY     GH_VERDICT_DENY
#define IN       GH_VERDICT_SIGNED_IN
#define EXPIRING GH_VERDICT_EXPIRING
#define GRACE    GH_VERDICT_GRACE
#define CHANGE   GH_VERDICT_MUST_CHANGE
#define EXPIRED  GH_VERDICT_EXPIRED
#define WRONG    GH_VERDICT_WRONG_PASSWORD
#define UNKNOWN  GH_VERDICT_UNKNOWN
#define NONE_SET GH_VERDICT_NO_PASSWORD
#define ENDED    GH_VERDICT_ENDED
#define LOCKED   GH_VERDICT_LOCKED
#define DISABLED GH_VERDICT_DISABLED

/* The password was right: result 0. */
static const int right[] = { 0 };

static const line_t on_right[] = {
    /* error   unknown  open      temporary no password locked  ended  disabled */
    { -1,    { UNKNOWN, IN,       CHANGE,   IN,       IN,       ENDED, DISABLED } },
    { 0,     { UNKNOWN, DENY,     DENY,     DENY,     DENY,     ENDED, DISABLED } },
    { 1,     { UNKNOWN, DENY,     DENY,     DENY,     DENY,     ENDED, DISABLED } },
    { 2,     { UNKNOWN, CHANGE,   CHANGE,   CHANGE,   CHANGE,   ENDED, DISABLED } },
    { 3,     { UNKNOWN, DENY,     DENY,     DENY,     DENY,     ENDED, DISABLED } },
    { 4,     { UNKNOWN, DENY,     DENY,     DENY,     DENY,     ENDED, DISABLED } },
    { 5,     { UNKNOWN, DENY,     DENY,     DENY,     DENY,     ENDED, DISABLED } },
    { 6,     { UNKNOWN, DENY,     DENY,     DENY,     DENY,     ENDED, DISABLED } },
    { 7,     { UNKNOWN, DENY,     DENY,     DENY,     DENY,     ENDED, DISABLED } },
    { 8,     { UNKNOWN, DENY,     DENY,     DENY,     DENY,     ENDED, DISABLED } },
};

/* It was wrong, or not looked at: constraint violation, no such object,
 * inappropriate authentication, invalid credentials. */
static const int wrong[] = { 19, 32, 48, 49 };

static const line_t on_wrong[] = {
    /* error   unknown  open      temporary no password locked  ended  disabled */
    { -1,    { UNKNOWN, WRONG,    WRONG,    NONE_SET, LOCKED,   ENDED, DISABLED } },
    { 0,     { UNKNOWN, EXPIRED,  EXPIRED,  EXPIRED,  EXPIRED,  ENDED, DISABLED } },
    { 1,     { UNKNOWN, LOCKED,   LOCKED,   LOCKED,   LOCKED,   ENDED, DISABLED } },
    { 2,     { UNKNOWN, DENY,     DENY,     DENY,     DENY,     ENDED, DISABLED } },
    { 3,     { UNKNOWN, DENY,     DENY,     DENY,     DENY,     ENDED, DISABLED } },
    { 4,     { UNKNOWN, DENY,     DENY,     DENY,     DENY,     ENDED, DISABLED } },
    { 5,     { UNKNOWN, DENY,     DENY,     DENY,     DENY,     ENDED, DISABLED } },
    { 6,     { UNKNOWN, DENY,     DENY,     DENY,     DENY,     ENDED, DISABLED } },
    { 7,     { UNKNOWN, DENY,     DENY,     DENY,     DENY,     ENDED, DISABLED } },
    { 8,     { UNKNOWN, DENY,     DENY,     DENY,     DENY,     ENDED, DISABLED } },
};

/* Right, without an error, and with what else the policy control can say. */
static const struct {
    long         expires_in, grace_left;
    gh_verdict_t want[7];
} on_warning[] = {
    /* in   left    unknown  open      temporary no password locked  ended  disabled */
    { -1,   -1,   { UNKNOWN, IN,       CHANGE,   IN,       IN,       ENDED, DISABLED } },
    { 0,    -1,   { UNKNOWN, EXPIRING, CHANGE,   EXPIRING, EXPIRING, ENDED, DISABLED } },
    { 3600, -1,   { UNKNOWN, EXPIRING, CHANGE,   EXPIRING, EXPIRING, ENDED, DISABLED } },
    { -1,   0,    { UNKNOWN, GRACE,    CHANGE,   GRACE,    GRACE,    ENDED, DISABLED } },
    { -1,   3,    { UNKNOWN, GRACE,    CHANGE,   GRACE,    GRACE,    ENDED, DISABLED } },
    { 3600, 3,    { UNKNOWN, GRACE,    CHANGE,   GRACE,    GRACE,    ENDED, DISABLED } },
};

/* The directory could not say: none came, or one that is about itself. */
static const int not_asked[] = { -5, -4, -3, -2, -1, 1, 3, 8, 10, 11, 13, 51, 52, 53, 80 };

/* Codes that no bind of ours is answered with. */
static const int undecided[] = { 2, 4, 5, 6, 7, 9, 12, 14, 16, 17, 18, 20, 21, 33, 34, 36, 47,
    50, 54, 64, 65, 66, 67, 68, 69, 71, 118, 119, 120, 121, 122, 123, 4096, 16654, -6, -7, -49,
    INT_MAX, INT_MIN };

/* clang-format on */

static gh_verdict_t
verdict_of(
    int result, gh_policy_error_t error, long expires_in, long grace_left, gh_state_t state)
{
    gh_answer_t answer;

    gh_answer_init(&answer);
    answer.result = result;
    answer.policy = (gh_policy_t){ true, error, expires_in, grace_left };

    return gh_verdict(&answer, state);
}

/* Every result of the group against every line and every state. */
static void
assert_lines(const int *results, size_t result_count, const line_t *lines, size_t line_count)
{
    assert_int_equal(line_count, 10); /* -1 to 8 */

    for (size_t i = 0; i < result_count; i++) {
        for (size_t j = 0; j < line_count; j++) {
            for (int state = 0; state < 7; state++) {
                gh_verdict_t got =
                    verdict_of(results[i], lines[j].error, -1, -1, (gh_state_t) state);

                if (got != lines[j].want[state]) {
                    fail_msg("result %d, error %d, state %d: %s", results[i], lines[j].error,
                        state, gh_verdict_name(got));
                }
            }
        }
    }
}

static void
test_right_password(void **state)
{
    (void) state;

    assert_lines(right, COUNT(right), on_right, COUNT(on_right));
}

static void
test_wrong_password(void **state)
{
    (void) state;

    assert_lines(wrong, COUNT(wrong), on_wrong, COUNT(on_wrong));
}

static void
test_warnings(void **state)
{
    (void) state;

    for (size_t i = 0; i < COUNT(on_warning); i++) {
        for (int s = 0; s < 7; s++) {
            assert_int_equal(verdict_of(0, GH_POLICY_NONE, on_warning[i].expires_in,
                                 on_warning[i].grace_left, (gh_state_t) s),
                on_warning[i].want[s]);
        }
    }
}

/* Whatever stands beside it, the group's verdict is always the same. */
static void
assert_always(const int *results, size_t count, gh_verdict_t want)
{
    for (size_t i = 0; i < count; i++) {
        for (int error = -1; error <= 8; error++) {
            for (int state = 0; state < 7; state++) {
                assert_int_equal(verdict_of(results[i], (gh_policy_error_t) error, 3600, 3,
                                     (gh_state_t) state),
                    want);
            }
        }
    }
}

static void
test_directory_could_not_say(void **state)
{
    (void) state;

    assert_always(not_asked, COUNT(not_asked), GH_VERDICT_UNAVAILABLE);
}

static void
test_other_results(void **state)
{
    (void) state;

    assert_always(undecided, COUNT(undecided), GH_VERDICT_DENY);
}

/* The zero value denies, and so does an answer nobody filled. */
static void
test_zero_denies(void **state)
{
    gh_answer_t answer;

    (void) state;

    assert_int_equal(GH_VERDICT_DENY, 0);
    assert_int_equal(GH_STATE_UNKNOWN, 0);
    assert_int_equal(GH_STATE_COUNT, 7);

    gh_answer_init(&answer);
    assert_int_equal(gh_verdict(&answer, GH_STATE_OPEN), GH_VERDICT_UNAVAILABLE);
}

static void
test_states_and_errors_out_of_range(void **state)
{
    static const int states[] = { -1, 7, 8, INT_MAX, INT_MIN };
    static const int errors[] = { -2, 9, 65535, INT_MAX, INT_MIN };

    (void) state;

    for (size_t i = 0; i < COUNT(states); i++) {
        assert_int_equal(
            verdict_of(0, GH_POLICY_NONE, -1, -1, (gh_state_t) states[i]), GH_VERDICT_DENY);
        assert_int_equal(
            verdict_of(49, GH_POLICY_NONE, -1, -1, (gh_state_t) states[i]), GH_VERDICT_DENY);
        assert_int_equal(
            verdict_of(-1, GH_POLICY_NONE, -1, -1, (gh_state_t) states[i]), GH_VERDICT_DENY);
    }

    for (size_t i = 0; i < COUNT(errors); i++) {
        assert_int_equal(verdict_of(0, (gh_policy_error_t) errors[i], -1, -1, GH_STATE_OPEN),
            GH_VERDICT_DENY);
        assert_int_equal(verdict_of(49, (gh_policy_error_t) errors[i], -1, -1, GH_STATE_OPEN),
            GH_VERDICT_DENY);
    }
}

/* Nothing but result 0 lets anybody in, or to the page that sets a password. */
static void
test_nothing_but_success_lets_in(void **state)
{
    static const long warnings[] = { -1, 0, 3 };

    (void) state;

    for (int result = -200; result <= 200; result++) {
        for (int error = -3; error <= 10; error++) {
            for (int s = -1; s <= 8; s++) {
                for (size_t w = 0; w < 9; w++) {
                    gh_verdict_t got = verdict_of(result, (gh_policy_error_t) error,
                        warnings[w / 3], warnings[w % 3], (gh_state_t) s);

                    assert_in_range(got, 0, GH_VERDICT_COUNT - 1);

                    if (result != 0 && (gh_verdict_is_in(got) || got == CHANGE)) {
                        fail_msg("result %d, error %d, state %d: in", result, error, s);
                    }
                }
            }
        }
    }
}

static void
test_was_hashed(void **state)
{
    static const struct {
        int               result;
        gh_policy_error_t error;
        bool              want[7];
    } cases[] = {
        /* result, error, unknown, open, temporary, no password, locked, ended, disabled */
        { 0, -1, { true, true, true, true, true, true, true } },
        { 0, 2, { true, true, true, true, true, true, true } },
        { 49, -1, { false, true, true, false, false, false, false } },
        { 49, 0, { true, true, true, true, true, true, true } },
        { 49, 1, { false, false, false, false, false, false, false } },
        { 49, 2, { false, true, true, false, false, false, false } },
        { 48, -1, { false, false, false, false, false, false, false } },
        { 32, -1, { false, false, false, false, false, false, false } },
        { 19, -1, { false, false, false, false, false, false, false } },
        { 53, -1, { false, false, false, false, false, false, false } },
        { -1, -1, { false, false, false, false, false, false, false } },
    };

    (void) state;

    for (size_t i = 0; i < COUNT(cases); i++) {
        for (int s = 0; s < 7; s++) {
            gh_answer_t answer = { .result = cases[i].result,
                .policy = { true, cases[i].error, -1, -1 } };

            if (gh_verdict_was_hashed(&answer, (gh_state_t) s) != cases[i].want[s]) {
                fail_msg("result %d, error %d, state %d: not %d", cases[i].result,
                    cases[i].error, s, cases[i].want[s]);
            }
        }
    }
}

static void
test_is_in_and_names(void **state)
{
    static const struct {
        gh_verdict_t verdict;
        bool         is_in;
        const char  *name;
    } cases[] = {
        { GH_VERDICT_DENY, false, "denied" },
        { GH_VERDICT_SIGNED_IN, true, "signed-in" },
        { GH_VERDICT_EXPIRING, true, "expiring" },
        { GH_VERDICT_GRACE, true, "grace" },
        { GH_VERDICT_MUST_CHANGE, false, "must-change" },
        { GH_VERDICT_EXPIRED, false, "expired" },
        { GH_VERDICT_WRONG_PASSWORD, false, "wrong-password" },
        { GH_VERDICT_UNKNOWN, false, "unknown" },
        { GH_VERDICT_NO_PASSWORD, false, "no-password" },
        { GH_VERDICT_ENDED, false, "ended" },
        { GH_VERDICT_LOCKED, false, "locked" },
        { GH_VERDICT_DISABLED, false, "disabled" },
        { GH_VERDICT_FORBIDDEN, false, "forbidden" },
        { GH_VERDICT_UNAVAILABLE, false, "unavailable" },

        /* Out of range. */
        { GH_VERDICT_COUNT, false, "denied" },
        { (gh_verdict_t) -1, false, "denied" },
        { (gh_verdict_t) 1000, false, "denied" },
    };

    (void) state;

    assert_int_equal(GH_VERDICT_COUNT, 14);

    for (size_t i = 0; i < COUNT(cases); i++) {
        assert_int_equal(gh_verdict_is_in(cases[i].verdict), cases[i].is_in);
        assert_string_equal(gh_verdict_name(cases[i].verdict), cases[i].name);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_right_password),
        cmocka_unit_test(test_wrong_password),
        cmocka_unit_test(test_warnings),
        cmocka_unit_test(test_directory_could_not_say),
        cmocka_unit_test(test_other_results),
        cmocka_unit_test(test_zero_denies),
        cmocka_unit_test(test_states_and_errors_out_of_range),
        cmocka_unit_test(test_nothing_but_success_lets_in),
        cmocka_unit_test(test_was_hashed),
        cmocka_unit_test(test_is_in_and_names),
    };

    return cmocka_run_group_tests_name("verdict", tests, NULL, NULL);
}
