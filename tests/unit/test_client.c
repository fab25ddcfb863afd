/*
 * The waiting client: whose answer is whose, and as whom it asks.
 */

/* cmocka, in the order it asks for. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

/* Tests. */
#include "two_servers.h"

static const gh_identity_t external = { NULL, NULL };

/* ---- Manners ---- */

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

        two_setup(&own);
        two = own;

        if (ask(two->client, cases[i].request()) != GH_RESULT_SUCCESS) {
            fail_msg("%s: %s", cases[i].name, gh_client_trouble(two->client));
        }

        assert_heard(two->first, cases[i].want);
        assert_heard(two->second, "");
        two_teardown(&own);
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
        { "simple bind", &two_gateway, "1 " SERVICE_BIND "1 search uid=61234\n" },
        { "EXTERNAL", &external, "1 bind EXTERNAL\n1 search uid=61234\n" },
    };

    (void) state;

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        void        *own = NULL;
        two_t       *two;
        gh_client_t *client;

        two_setup(&own);
        two = own;
        client = gh_client_new(&two->settings, cases[i].identity, two->password, NULL);
        assert_non_null(client);

        if (ask(client, search_new()) != GH_RESULT_SUCCESS) {
            fail_msg("%s: %s", cases[i].name, gh_client_trouble(client));
        }

        assert_heard(two->first, cases[i].want);
        gh_client_free(client);
        two_teardown(&own);
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
    };

    return cmocka_run_group_tests_name("client", tests, NULL, NULL);
}
