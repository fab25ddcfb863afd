/*
 * The waiting client in bad times: what a dead link, a silent server and a full list do to
 * requests, and what is repeated and what never is.
 */

/* cmocka, in the order it asks for. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

/* System. */
#include <stdio.h>

/* Tests. */
#include "two_servers.h"

/* ---- Manners ---- */

/* Binds whoever wants to be, and hangs up on all else. */
static void
hang_up_on_business(false_directory_t *directory, const false_request_t *request)
{
    if (request->operation == LDAP_REQ_BIND) {
        false_well(directory, request);
    } else {
        false_hang_up(directory, request);
    }
}

/* Answers the first search when another one is given up. */
static void
answer_when_abandoned(false_directory_t *directory, const false_request_t *request)
{
    static false_request_t first;

    (void) directory;

    if (request->operation == LDAP_REQ_ABANDON) {
        false_result(&first, LDAP_SUCCESS);
    } else if (first.connection == NULL) {
        first = *request;
    }
}

/* The binds that find room: 64 links, less the service link and one to spare. */
#define ROOM 62

/* Answers the first bind when the list is full. */
static void
answer_when_full(false_directory_t *directory, const false_request_t *request)
{
    static false_request_t first;
    static int             count;

    (void) directory;
    count++;

    if (count == 1) {
        first = *request;
    } else if (count == ROOM) {
        false_result(&first, LDAP_SUCCESS);
    }
}

/* ---- Links that die ---- */

static void
test_what_is_repeated(void **state)
{
    static const struct {
        const char *name;
        gh_request_t *(*request)(void);
        gh_result_t want;
        const char *second; /* what the second server hears */
    } cases[] = {
        { "search", search_new, GH_RESULT_SUCCESS, "1 " SERVICE_BIND "1 search uid=61234\n" },
        { "bind", bind_new, GH_RESULT_SUCCESS,
            "1 " SERVICE_BIND "2 bind uid=61234: level plumb\n" },
        { "add", add_new, GH_RESULT_UNREACHABLE, "" },
        { "modify", modify_new, GH_RESULT_UNREACHABLE, "" },
        { "delete", delete_new, GH_RESULT_UNREACHABLE, "" },
    };

    (void) state;

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        void  *own = NULL;
        two_t *two;

        two_setup(&own);
        two = own;
        assert_int_equal(ask(two->client, search_new()), GH_RESULT_SUCCESS);
        false_directory_behave(two->first, false_hang_up);

        if (ask(two->client, cases[i].request()) != (int) cases[i].want) {
            fail_msg("%s: %s", cases[i].name, gh_client_trouble(two->client));
        }

        assert_heard(two->second, cases[i].second);
        two_teardown(&own);
    }
}

static void
test_write_after_a_loss(void **state)
{
    two_t *two = *state;
    char   want[256];

    snprintf(want, sizeof(want), "%s: the connection was lost", two->uris[0]);
    assert_int_equal(ask(two->client, search_new()), GH_RESULT_SUCCESS);
    false_directory_behave(two->first, false_hang_up);
    assert_int_equal(ask(two->client, modify_new()), GH_RESULT_UNREACHABLE);
    assert_string_equal(gh_client_trouble(two->client), want);

    /* The next one goes to the next server, and is nobody's repetition. */
    assert_int_equal(ask(two->client, modify_new()), GH_RESULT_SUCCESS);
    assert_string_equal(gh_client_trouble(two->client), "");
    assert_heard(two->second, "1 " SERVICE_BIND "1 modify uid=61234\n");
}

static void
test_nothing_is_repeated_twice(void **state)
{
    two_t *two = *state;

    false_directory_behave(two->first, hang_up_on_business);
    false_directory_behave(two->second, hang_up_on_business);
    assert_int_equal(ask(two->client, search_new()), GH_RESULT_UNREACHABLE);
    assert_heard(two->first, "1 " SERVICE_BIND "1 search uid=61234\n");
    assert_heard(two->second, "1 " SERVICE_BIND "1 search uid=61234\n");
}

static void
test_all_on_a_link_learn_of_its_death(void **state)
{
    two_t        *two = *state;
    gh_request_t *requests[] = { modify_new(), search_new(), add_new() };

    assert_int_equal(ask(two->client, search_new()), GH_RESULT_SUCCESS);
    false_directory_behave(two->first, false_silence);

    for (size_t i = 0; i < 3; i++) {
        assert_int_equal(
            gh_client_send(two->client, requests[i], requests[i], false_soon()), 0);
    }

    assert_heard(two->first,
        "1 " SERVICE_BIND "1 search uid=61234\n"
        "1 modify uid=61234\n1 search uid=61234\n1 add uid=61234\n");

    /* One more, and it hangs up. */
    false_directory_behave(two->first, false_hang_up);
    assert_int_equal(gh_client_send(two->client, requests[0], two, false_soon()), 0);

    assert_int_equal(result_of(two->client, requests[0]), GH_RESULT_UNREACHABLE);
    assert_int_equal(result_of(two->client, requests[2]), GH_RESULT_UNREACHABLE);
    assert_int_equal(result_of(two->client, two), GH_RESULT_UNREACHABLE);
    assert_int_equal(result_of(two->client, requests[1]), GH_RESULT_SUCCESS);
    assert_heard(two->second, "1 " SERVICE_BIND "1 search uid=61234\n");

    for (size_t i = 0; i < 3; i++) {
        gh_request_free(requests[i]);
    }
}

static void
test_idle_link_that_was_spoken_to(void **state)
{
    two_t *two = *state;

    assert_int_equal(ask(two->client, search_new()), GH_RESULT_SUCCESS);
    false_directory_behave(two->first, false_farewell);
    assert_int_equal(ask(two->client, search_new()), GH_RESULT_SUCCESS);
    false_directory_behave(two->first, false_well);

    /* A write would be lost on it, and could not be repeated. */
    assert_int_equal(ask(two->client, modify_new()), GH_RESULT_SUCCESS);
    assert_heard(two->first,
        "1 " SERVICE_BIND "1 search uid=61234\n1 search uid=61234\n1 unbind\n"
        "2 " SERVICE_BIND "2 modify uid=61234\n");
    assert_heard(two->second, "");
}

static void
test_nobody_is_there(void **state)
{
    two_t *two = *state;

    two->uris[0] = two->uris[1] = (char *) FALSE_NOWHERE;
    assert_int_equal(ask(two->client, search_new()), GH_RESULT_UNREACHABLE);
    assert_int_equal(ask(two->client, modify_new()), GH_RESULT_UNREACHABLE);
    assert_string_equal(gh_client_trouble(two->client),
        FALSE_NOWHERE ": can't connect: No such file or directory");
}

/* ---- Deadlines ---- */

static void
test_deadline_retires_the_link(void **state)
{
    two_t *two = *state;
    char   want[256];

    snprintf(want, sizeof(want), "%s: no answer in time", two->uris[0]);
    assert_int_equal(ask(two->client, search_new()), GH_RESULT_SUCCESS);
    false_directory_behave(two->first, false_silence);
    assert_int_equal(
        ask_by(two->client, search_new(), gh_clock_monotonic() + 50), GH_RESULT_TIMEOUT);
    assert_string_equal(gh_client_trouble(two->client), want);
    assert_int_equal(gh_client_pending(two->client), 0);

    false_directory_behave(two->first, false_well);
    assert_int_equal(ask(two->client, search_new()), GH_RESULT_SUCCESS);
    assert_heard(two->first,
        "1 " SERVICE_BIND "1 search uid=61234\n1 search uid=61234\n1 abandon\n1 unbind\n"
        "2 " SERVICE_BIND "2 search uid=61234\n");
}

/* A bind can't be abandoned (RFC 4511, section 4.11); its link goes all the same. */
static void
test_deadline_of_a_bind(void **state)
{
    two_t *two = *state;

    assert_int_equal(ask(two->client, bind_new()), GH_RESULT_SUCCESS);
    false_directory_behave(two->first, false_silence);
    assert_int_equal(
        ask_by(two->client, bind_new(), gh_clock_monotonic() + 50), GH_RESULT_TIMEOUT);

    false_directory_behave(two->first, false_well);
    assert_int_equal(ask(two->client, bind_new()), GH_RESULT_SUCCESS);
    assert_heard(two->first,
        "1 " SERVICE_BIND "2 bind uid=61234: level plumb\n2 bind uid=61234: level plumb\n"
        "2 unbind\n3 bind uid=61234: level plumb\n");
}

static void
test_deadline_of_one_leaves_the_other(void **state)
{
    two_t        *two = *state;
    gh_request_t *patient = search_new();

    assert_int_equal(ask(two->client, search_new()), GH_RESULT_SUCCESS);
    false_directory_behave(two->first, answer_when_abandoned);
    assert_int_equal(gh_client_send(two->client, patient, patient, false_soon()), 0);
    assert_int_equal(
        ask_by(two->client, search_new(), gh_clock_monotonic() + 50), GH_RESULT_TIMEOUT);
    assert_int_equal(result_of(two->client, patient), GH_RESULT_SUCCESS);
    assert_heard(two->first,
        "1 " SERVICE_BIND "1 search uid=61234\n1 search uid=61234\n1 search uid=61234\n"
        "1 abandon\n1 unbind\n");

    gh_request_free(patient);
}

static void
test_deadline_that_has_come(void **state)
{
    two_t *two = *state;

    assert_int_equal(
        ask_by(two->client, search_new(), gh_clock_monotonic() - 1), GH_RESULT_TIMEOUT);
    assert_int_equal(
        ask_by(two->client, modify_new(), gh_clock_monotonic() - 1), GH_RESULT_TIMEOUT);
}

/* ---- The list of links ---- */

static void
test_full_list(void **state)
{
    two_t        *two = *state;
    gh_request_t *request = bind_new();

    assert_int_equal(ask(two->client, search_new()), GH_RESULT_SUCCESS);
    false_directory_behave(two->first, answer_when_full);

    for (int i = 0; i < ROOM; i++) {
        assert_int_equal(gh_client_send(two->client, request, request, false_soon()), 0);
    }

    assert_int_equal(ask(two->client, bind_new()), GH_RESULT_OVERLOADED);
    assert_int_equal(ask(two->client, search_new()), GH_RESULT_OVERLOADED);
    assert_int_equal(gh_client_pending(two->client), ROOM);

    /* With the first answer there is room again. */
    assert_int_equal(result_of(two->client, request), GH_RESULT_SUCCESS);
    false_directory_behave(two->first, false_well);
    assert_int_equal(ask(two->client, bind_new()), GH_RESULT_SUCCESS);
    assert_int_equal(ask(two->client, search_new()), GH_RESULT_SUCCESS);
    assert_int_equal(gh_client_pending(two->client), ROOM - 1);
    assert_heard(two->second, "");

    gh_request_free(request);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_what_is_repeated),
        WITH_TWO(test_write_after_a_loss),
        WITH_TWO(test_nothing_is_repeated_twice),
        WITH_TWO(test_all_on_a_link_learn_of_its_death),
        WITH_TWO(test_idle_link_that_was_spoken_to),
        WITH_TWO(test_nobody_is_there),
        WITH_TWO(test_deadline_retires_the_link),
        WITH_TWO(test_deadline_of_a_bind),
        WITH_TWO(test_deadline_of_one_leaves_the_other),
        WITH_TWO(test_deadline_that_has_come),
        WITH_TWO(test_full_list),
    };

    return cmocka_run_group_tests_name("client_loss", tests, NULL, NULL);
}
