/*
 * The waiting client: whose answer is whose, what a dead link, a silent server and a full
 * list do to requests, and what is repeated and what never is.
 */

/* cmocka, in the order it asks for. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

/* System. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Directory. */
#include "directory/client.h"

/* Tests. */
#include "false_directory.h"

#define SERVICE_BIND "bind cn=gatehouse: open sesame\n"

static const gh_identity_t gateway = { .bind_dn = (char *) "cn=gatehouse" };
static const gh_identity_t external = { NULL, NULL };

/* Two servers and a client of both. */
typedef struct {
    false_directory_t      *first, *second;
    char                   *uris[3];
    gh_directory_settings_t settings;
    gh_secret_t            *password;
    gh_client_t            *client;
} two_t;

static int
setup(void **state)
{
    two_t *two = calloc(1, sizeof(*two));

    assert_non_null(two);
    *state = two;
    two->first = false_directory_start(false_well, NULL, false);
    two->second = false_directory_start(false_well, NULL, false);
    two->uris[0] = false_directory_uri(two->first);
    two->uris[1] = false_directory_uri(two->second);
    two->settings.uris = two->uris;
    two->settings.connect_timeout = FALSE_PATIENCE;
    two->password = gh_secret_new();
    assert_non_null(two->password);
    assert_int_equal(gh_secret_set(two->password, GH_TEXT("open sesame")), 0);
    two->client = gh_client_new(&two->settings, &gateway, two->password, NULL);
    assert_non_null(two->client);

    return 0;
}

static int
teardown(void **state)
{
    two_t *two = *state;

    gh_client_free(two->client);
    gh_secret_free(two->password);
    false_directory_stop(two->first);
    false_directory_stop(two->second);
    free(two);

    return 0;
}

/* ---- Requests ---- */

static gh_request_t *
search_new(void)
{
    static const char *const attrs[] = { "uid", NULL };

    return gh_request_search("uid=61234", GH_SCOPE_BASE, "(uid=61234)", attrs, 1);
}

static gh_request_t *
bind_new(void)
{
    gh_secret_t  *secret = gh_secret_new();
    gh_request_t *request;

    assert_non_null(secret);
    assert_int_equal(gh_secret_set(secret, GH_TEXT("level plumb")), 0);
    request = gh_request_bind("uid=61234", secret);
    gh_secret_free(secret);

    return request;
}

static gh_request_t *
add_new(void)
{
    gh_request_t *request = gh_request_add("uid=61234");

    gh_request_set(request, GH_CHANGE_ADD, "uid", GH_TEXT("61234"));

    return request;
}

static gh_request_t *
modify_new(void)
{
    gh_request_t *request = gh_request_modify("uid=61234");

    gh_request_set(request, GH_CHANGE_REPLACE, "sn", GH_TEXT("Lopez"));

    return request;
}

static gh_request_t *
delete_new(void)
{
    return gh_request_delete("uid=61234");
}

/* Waits for the next answer, which has to be that of the tag. */
static int
result_of(gh_client_t *client, const void *want)
{
    gh_answer_t answer;
    void       *tag;
    int         result;

    assert_true(gh_client_receive(client, &tag, &answer));
    assert_ptr_equal(tag, want);
    result = answer.result;
    gh_answer_cleanup(&answer);

    return result;
}

/* Sends a request, waits for its answer, and frees it. */
static int
ask_by(gh_client_t *client, gh_request_t *request, int64_t deadline)
{
    int result;

    assert_non_null(request);
    assert_int_equal(gh_client_send(client, request, request, deadline), 0);
    result = result_of(client, request);
    gh_request_free(request);

    return result;
}

static int
ask(gh_client_t *client, gh_request_t *request)
{
    return ask_by(client, request, false_soon());
}

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

/* Keeps a search until the next one, and answers that first. */
static void
answer_backwards(false_directory_t *directory, const false_request_t *request)
{
    static false_request_t kept; /* the one directory's that behaves like this */

    if (request->operation != LDAP_REQ_SEARCH) {
        false_well(directory, request);

    } else if (kept.connection == NULL) {
        kept = *request;

    } else {
        false_result(request, LDAP_NO_SUCH_OBJECT);
        false_result(&kept, LDAP_SUCCESS);
        kept.connection = NULL;
    }
}

/* First an answer to what nobody asked. */
static void
answer_another(false_directory_t *directory, const false_request_t *request)
{
    false_request_t another = *request;

    another.msgid += 100;
    false_result(&another, LDAP_NO_SUCH_OBJECT);
    false_well(directory, request);
}

/* An answer that belongs to another operation. */
static void
answer_wrongly(false_directory_t *directory, const false_request_t *request)
{
    false_request_t wrong = *request;

    (void) directory;
    wrong.operation = LDAP_REQ_MODIFY;
    false_result(&wrong, LDAP_SUCCESS);
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

/* ---- Answers ---- */

static void
test_answers(void **state)
{
    static const struct {
        const char *name;
        gh_request_t *(*request)(void);
        const char *want; /* what is heard */
    } cases[] = {
        { "search", search_new, "1 " SERVICE_BIND "1 search uid=61234\n" },
        { "bind", bind_new, "1 " SERVICE_BIND "2 bind uid=61234: level plumb\n" },
        { "add", add_new, "1 " SERVICE_BIND "1 add uid=61234\n" },
        { "modify", modify_new, "1 " SERVICE_BIND "1 modify uid=61234\n" },
        { "delete", delete_new, "1 " SERVICE_BIND "1 delete uid=61234\n" },
    };

    (void) state;

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        void  *own = NULL;
        two_t *two;

        setup(&own);
        two = own;

        if (ask(two->client, cases[i].request()) != GH_RESULT_SUCCESS) {
            fail_msg("%s: %s", cases[i].name, gh_client_trouble(two->client));
        }

        assert_heard(two->first, cases[i].want);
        assert_heard(two->second, "");
        teardown(&own);
    }
}

static void
test_refusal_is_an_answer(void **state)
{
    two_t *two = *state;

    assert_int_equal(ask(two->client, search_new()), GH_RESULT_SUCCESS);
    false_directory_behave(two->first, false_refusal);
    assert_int_equal(ask(two->client, search_new()), GH_RESULT_UNWILLING);
    assert_string_equal(gh_client_trouble(two->client), "");
    assert_heard(two->second, "");
}

/* A write that a consumer refuses is for the next server, and for that one from then on. */
static void
test_refused_write_goes_on(void **state)
{
    two_t *two = *state;

    assert_int_equal(ask(two->client, search_new()), GH_RESULT_SUCCESS);
    false_directory_behave(two->first, false_refusal);
    assert_int_equal(ask(two->client, modify_new()), GH_RESULT_SUCCESS);
    assert_int_equal(ask(two->client, modify_new()), GH_RESULT_SUCCESS);
    assert_heard(two->second, "1 " SERVICE_BIND "1 modify uid=61234\n1 modify uid=61234\n");
}

static void
test_nothing_is_under_way(void **state)
{
    two_t      *two = *state;
    void       *tag = two;
    gh_answer_t answer;

    assert_false(gh_client_receive(two->client, &tag, &answer));
    assert_null(tag);
    gh_answer_cleanup(&answer);

    /* Nor is anybody called before there is something to say. */
    assert_heard(two->first, "");
}

static void
test_pending(void **state)
{
    two_t        *two = *state;
    gh_request_t *one = search_new(), *other = modify_new();

    assert_int_equal(gh_client_pending(two->client), 0);
    assert_int_equal(gh_client_send(two->client, one, one, false_soon()), 0);
    assert_int_equal(gh_client_send(two->client, other, other, false_soon()), 0);
    assert_int_equal(gh_client_pending(two->client), 2);
    assert_int_equal(result_of(two->client, one), GH_RESULT_SUCCESS);
    assert_int_equal(gh_client_pending(two->client), 1);
    assert_int_equal(result_of(two->client, other), GH_RESULT_SUCCESS);
    assert_int_equal(gh_client_pending(two->client), 0);

    gh_request_free(one);
    gh_request_free(other);
}

static void
test_each_has_its_own_answer(void **state)
{
    two_t        *two = *state;
    gh_request_t *one = search_new(), *other = search_new();

    false_directory_behave(two->first, answer_backwards);
    assert_int_equal(gh_client_send(two->client, one, one, false_soon()), 0);
    assert_int_equal(gh_client_send(two->client, other, other, false_soon()), 0);
    assert_int_equal(result_of(two->client, other), GH_RESULT_NO_SUCH_OBJECT);
    assert_int_equal(result_of(two->client, one), GH_RESULT_SUCCESS);

    gh_request_free(one);
    gh_request_free(other);
}

static void
test_answer_to_nobody_is_passed_over(void **state)
{
    two_t *two = *state;

    assert_int_equal(ask(two->client, search_new()), GH_RESULT_SUCCESS);
    false_directory_behave(two->first, answer_another);
    assert_int_equal(ask(two->client, search_new()), GH_RESULT_SUCCESS);
    assert_heard(two->second, "");
}

static void
test_answer_that_can_not_be_used(void **state)
{
    two_t *two = *state;

    assert_int_equal(ask(two->client, search_new()), GH_RESULT_SUCCESS);
    false_directory_behave(two->first, answer_wrongly);
    assert_int_equal(ask(two->client, search_new()), GH_RESULT_MALFORMED);

    /* Whoever answers like that is left. */
    assert_int_equal(ask(two->client, search_new()), GH_RESULT_SUCCESS);
    assert_heard(
        two->first, "1 " SERVICE_BIND "1 search uid=61234\n1 search uid=61234\n1 unbind\n");
    assert_heard(two->second, "1 " SERVICE_BIND "1 search uid=61234\n");
}

static void
test_request_that_asks_nothing(void **state)
{
    two_t       *two = *state;
    gh_request_t nothing = { .operation = GH_OPERATION_NONE };

    assert_int_equal(gh_client_send(two->client, &nothing, &nothing, false_soon()), 0);
    assert_int_equal(result_of(two->client, &nothing), GH_RESULT_MALFORMED);
    assert_heard(two->first, "");
}

/* ---- Who asks ---- */

static void
test_who_asks(void **state)
{
    static const struct {
        const char          *name;
        const gh_identity_t *identity;
        const char          *want;
    } cases[] = {
        { "simple bind", &gateway, "1 " SERVICE_BIND "1 search uid=61234\n" },
        { "EXTERNAL", &external, "1 bind EXTERNAL\n1 search uid=61234\n" },
    };

    (void) state;

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        void        *own = NULL;
        two_t       *two;
        gh_client_t *client;

        setup(&own);
        two = own;
        client = gh_client_new(&two->settings, cases[i].identity, two->password, NULL);
        assert_non_null(client);

        if (ask(client, search_new()) != GH_RESULT_SUCCESS) {
            fail_msg("%s: %s", cases[i].name, gh_client_trouble(client));
        }

        assert_heard(two->first, cases[i].want);
        gh_client_free(client);
        teardown(&own);
    }
}

static void
test_password_file_that_can_not_be_used(void **state)
{
    static const gh_identity_t identity = { (char *) "cn=gatehouse",
        (char *) "/nonexistent/secret" };
    two_t                     *two = *state;
    gh_error_t                 error = { "" };

    assert_null(gh_client_new(&two->settings, &identity, NULL, &error));
    assert_string_equal(
        error.text, "/nonexistent/secret: can't be opened: No such file or directory");
    gh_client_free(NULL);
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

        setup(&own);
        two = own;
        assert_int_equal(ask(two->client, search_new()), GH_RESULT_SUCCESS);
        false_directory_behave(two->first, false_hang_up);

        if (ask(two->client, cases[i].request()) != (int) cases[i].want) {
            fail_msg("%s: %s", cases[i].name, gh_client_trouble(two->client));
        }

        assert_heard(two->second, cases[i].second);
        teardown(&own);
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

#define WITH_TWO(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_answers),
        WITH_TWO(test_refusal_is_an_answer),
        WITH_TWO(test_refused_write_goes_on),
        WITH_TWO(test_nothing_is_under_way),
        WITH_TWO(test_pending),
        WITH_TWO(test_each_has_its_own_answer),
        WITH_TWO(test_answer_to_nobody_is_passed_over),
        WITH_TWO(test_answer_that_can_not_be_used),
        WITH_TWO(test_request_that_asks_nothing),
        cmocka_unit_test(test_who_asks),
        WITH_TWO(test_password_file_that_can_not_be_used),
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

    return cmocka_run_group_tests_name("client", tests, NULL, NULL);
}
