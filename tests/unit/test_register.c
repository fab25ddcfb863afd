/*
 * Register: fed with canned answers, what the flow sends and what it comes to.
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
#include "account/register.h"

#define BASE     "dc=city,dc=example"
#define DN       "uid=maria,ou=public," BASE
#define UUID     "5f1e8a52-0b51-4a0c-a8a1-2f6f0d1c9b11"
#define PASSWORD "blue heron over the pier"
#define NOW      ((gh_time_t) 1795417500 * GH_SECOND) /* 2026-11-23T07:05:00Z */

static gh_config_t config = { .directory = { .base = BASE } };

static gh_realm_t realm = {
    .name = "public",
    .base = "ou=public," BASE,
    .canonical = GH_CANONICAL_LOWER,
    .pattern = "^[a-z]{3,8}$",
    .has_regex = true,
};

static const gh_typed_t typed[] = {
    { "givenName", { "Maria", 5 } },
    { "sn", { "Lopez", 5 } },
    { "mail", { "maria@example.org", 17 } },
    { "telephoneNumber", { "", 0 } },
};

static const canned_value_t account[] = {
    { "uid", "maria" },
    { "entryUUID", UUID },
    { "cn", "Maria Lopez" },
    { "mail", "maria@example.org" },
    { "objectClass", "gatehouseAccount" },
};

static const canned_value_t license[] = {
    { "uid", "maria" },
    { "entryUUID", UUID },
    { "objectClass", "gatehouseContractor" },
};

static int
setup(void **state)
{
    (void) state;

    return regcomp(&realm.regex, realm.pattern, REG_EXTENDED | REG_NOSUB);
}

static int
teardown(void **state)
{
    (void) state;

    regfree(&realm.regex);
    return 0;
}

static gh_flow_t *
flow_new(const char *username, const char *words, const char *question, bool is_contractor)
{
    gh_register_form_t form = { gh_text(username), typed, COUNT(typed), is_contractor,
        gh_text(question) };
    gh_secret_t       *password = canned_secret(words);
    gh_secret_t       *answer = question != NULL ? canned_secret("elm street") : NULL;
    gh_flow_t         *flow = gh_register_new(&config, &realm, &form, &password, &answer, NOW);

    assert_non_null(flow);
    assert_null(password);
    assert_null(answer);

    return flow;
}

static gh_flow_t *
maria_new(void)
{
    return flow_new(" Maria ", PASSWORD, "First street?", false);
}

static void
assert_outcome(gh_flow_t *flow, gh_outcome_t outcome)
{
    assert_true(gh_flow_is_done(flow));
    assert_null(gh_flow_next(flow));
    assert_int_equal(gh_register_result(flow)->report.outcome, outcome);
    assert_int_equal(outcome == GH_OUTCOME_DONE, gh_register_result(flow)->who.uid != NULL);
    gh_flow_free(flow);
}

static void
test_sets_up_an_account(void **state)
{
    gh_flow_t          *flow = maria_new();
    const gh_request_t *request = gh_flow_next(flow);
    gh_answer_t         answer;

    (void) state;

    gh_answer_init(&answer);
    assert_int_equal(request->operation, GH_OPERATION_SEARCH);
    assert_string_equal(request->filter, "(&(objectClass=gatehouseAccount)(uid=maria))");
    answer.result = GH_RESULT_SUCCESS;
    gh_flow_take(flow, request, &answer);

    request = canned_next(flow, GH_OPERATION_ADD);
    assert_string_equal(request->dn, DN);
    assert_int_equal(request->change_count, 9);
    assert_int_equal(canned_change(request, GH_CHANGE_ADD, "objectClass")->count, 5);
    assert_string_equal(request->changes[0].values[4], "gatehouseAccount");
    assert_sets(request, GH_CHANGE_ADD, "uid", "maria");
    assert_sets(request, GH_CHANGE_ADD, "cn", "Maria Lopez");
    assert_sets(request, GH_CHANGE_ADD, "sn", "Lopez");
    assert_sets(request, GH_CHANGE_ADD, "givenName", "Maria");
    assert_sets(request, GH_CHANGE_ADD, "mail", "maria@example.org");
    assert_sets(request, GH_CHANGE_ADD, "gatehousePasswordSet", "20261123070500Z");
    assert_sets(request, GH_CHANGE_ADD, "gatehouseLastSignIn", "20261123070500Z");
    assert_sets(request, GH_CHANGE_ADD, "userPassword", PASSWORD);
    assert_true(canned_change(request, GH_CHANGE_ADD, "userPassword")->is_secret);
    gh_flow_take(flow, request, &answer);

    request = canned_next(flow, GH_OPERATION_ADD);
    assert_string_equal(request->dn, "cn=recovery," DN);
    gh_flow_take(flow, request, &answer);

    canned_show(flow, DN, account, COUNT(account));
    assert_true(gh_register_result(flow)->has_question);
    assert_string_equal(gh_register_result(flow)->who.uid, "maria");
    assert_string_equal(gh_register_result(flow)->who.uuid, UUID);
    assert_string_equal(gh_register_result(flow)->who.name, "Maria Lopez");
    assert_outcome(flow, GH_OUTCOME_DONE);
}

static void
test_contractor_without_a_question(void **state)
{
    gh_flow_t          *flow = flow_new("maria", PASSWORD, NULL, true);
    const gh_request_t *add;
    gh_answer_t         answer;

    (void) state;

    canned_give(flow, GH_OPERATION_SEARCH, GH_RESULT_NO_SUCH_OBJECT);
    add = canned_next(flow, GH_OPERATION_ADD);
    assert_int_equal(canned_change(add, GH_CHANGE_ADD, "objectClass")->count, 6);
    assert_string_equal(add->changes[0].values[5], "gatehouseContractor");
    gh_answer_init(&answer);
    answer.result = GH_RESULT_SUCCESS;
    gh_flow_take(flow, add, &answer);

    canned_show(flow, DN, account, COUNT(account));
    assert_false(gh_register_result(flow)->has_question);
    assert_outcome(flow, GH_OUTCOME_DONE);
}

/* The account stands, whatever comes after it. */
static void
test_directory_goes_after_the_add(void **state)
{
    gh_flow_t *flow = maria_new();

    (void) state;

    canned_give(flow, GH_OPERATION_SEARCH, GH_RESULT_SUCCESS);
    canned_give(flow, GH_OPERATION_ADD, GH_RESULT_SUCCESS);
    canned_give(flow, GH_OPERATION_ADD, GH_RESULT_UNREACHABLE);
    canned_give(flow, GH_OPERATION_SEARCH, GH_RESULT_UNREACHABLE);
    assert_true(gh_flow_is_done(flow));
    assert_int_equal(gh_register_result(flow)->report.outcome, GH_OUTCOME_DONE);
    assert_false(gh_register_result(flow)->has_question);
    assert_null(gh_register_result(flow)->who.uid);
    gh_flow_free(flow);
}

static void
test_name_is_taken(void **state)
{
    gh_flow_t *flow = maria_new();

    (void) state;

    canned_show(flow, DN, account, COUNT(account));
    assert_outcome(flow, GH_OUTCOME_TAKEN);

    flow = maria_new();
    canned_show(flow, DN, license, COUNT(license));
    assert_outcome(flow, GH_OUTCOME_ON_FILE);
}

/* Somebody else was faster. */
static void
test_collision(void **state)
{
    gh_flow_t *flow = maria_new();

    (void) state;

    canned_give(flow, GH_OPERATION_SEARCH, GH_RESULT_SUCCESS);
    canned_give(flow, GH_OPERATION_ADD, GH_RESULT_ALREADY_EXISTS);
    canned_show(flow, DN, license, COUNT(license));
    assert_outcome(flow, GH_OUTCOME_ON_FILE);

    /* What stands there is no account of ours. */
    flow = maria_new();
    canned_give(flow, GH_OPERATION_SEARCH, GH_RESULT_SUCCESS);
    canned_give(flow, GH_OPERATION_ADD, GH_RESULT_ALREADY_EXISTS);
    canned_give(flow, GH_OPERATION_SEARCH, GH_RESULT_SUCCESS);
    assert_outcome(flow, GH_OUTCOME_TAKEN);
}

/* Somebody else was faster, and the directory is too busy to say who. */
static void
test_collision_with_somebody(void **state)
{
    gh_flow_t *flow = maria_new();

    (void) state;

    canned_give(flow, GH_OPERATION_SEARCH, GH_RESULT_SUCCESS);
    canned_give(flow, GH_OPERATION_ADD, GH_RESULT_ALREADY_EXISTS);
    canned_give(flow, GH_OPERATION_SEARCH, GH_RESULT_TIMEOUT);
    assert_outcome(flow, GH_OUTCOME_TAKEN);

    flow = flow_new("maria", PASSWORD, NULL, true);
    canned_give(flow, GH_OPERATION_SEARCH, GH_RESULT_SUCCESS);
    canned_give(flow, GH_OPERATION_ADD, GH_RESULT_ALREADY_EXISTS);
    canned_give(flow, GH_OPERATION_SEARCH, GH_RESULT_TIMEOUT);
    assert_outcome(flow, GH_OUTCOME_ON_FILE);
}

static void
test_mail_is_taken(void **state)
{
    gh_flow_t          *flow = maria_new();
    const gh_request_t *search;
    gh_answer_t         answer;

    (void) state;

    canned_give(flow, GH_OPERATION_SEARCH, GH_RESULT_SUCCESS);
    canned_give(flow, GH_OPERATION_ADD, GH_RESULT_CONSTRAINT);
    canned_show(flow, "uid=other,ou=public," BASE, account, COUNT(account));
    assert_outcome(flow, GH_OUTCOME_MAIL_TAKEN);

    flow = maria_new();
    canned_give(flow, GH_OPERATION_SEARCH, GH_RESULT_SUCCESS);
    canned_refuse(flow, GH_OPERATION_ADD, GH_RESULT_CONSTRAINT, GH_POLICY_NONE,
        "add breaks constraint on mail");
    search = canned_next(flow, GH_OPERATION_SEARCH);
    assert_string_equal(
        search->filter, "(&(objectClass=gatehouseAccount)(mail=maria@example.org))");
    gh_answer_init(&answer);
    answer.result = GH_RESULT_SUCCESS;
    gh_flow_take(flow, search, &answer);
    assert_string_equal(gh_register_result(flow)->report.attr, "mail");
    assert_outcome(flow, GH_OUTCOME_BAD_VALUE);
}

static void
test_password_is_refused(void **state)
{
    gh_flow_t *flow = maria_new();

    (void) state;

    canned_give(flow, GH_OPERATION_SEARCH, GH_RESULT_SUCCESS);
    canned_refuse(flow, GH_OPERATION_ADD, GH_RESULT_CONSTRAINT, GH_POLICY_QUALITY, NULL);
    assert_int_equal(gh_register_result(flow)->report.policy, GH_POLICY_QUALITY);
    assert_outcome(flow, GH_OUTCOME_BAD_PASSWORD);

    /* An empty one never leaves. */
    flow = flow_new("maria", "", "First street?", false);
    assert_int_equal(gh_register_result(flow)->report.policy, GH_POLICY_TOO_SHORT);
    assert_outcome(flow, GH_OUTCOME_BAD_PASSWORD);
}

static void
test_name_is_none(void **state)
{
    gh_flow_t *flow = flow_new("maria)(uid=*", PASSWORD, "First street?", false);

    (void) state;

    assert_string_equal(gh_register_result(flow)->report.attr, "uid");
    assert_outcome(flow, GH_OUTCOME_BAD_VALUE);
}

static void
test_directory_does_not_help(void **state)
{
    gh_flow_t *flow = maria_new();

    (void) state;

    canned_give(flow, GH_OPERATION_SEARCH, GH_RESULT_TIMEOUT);
    assert_int_equal(gh_register_result(flow)->report.result, GH_RESULT_TIMEOUT);
    assert_outcome(flow, GH_OUTCOME_UNAVAILABLE);

    flow = maria_new();
    canned_give(flow, GH_OPERATION_SEARCH, GH_RESULT_SUCCESS);
    canned_give(flow, GH_OPERATION_ADD, GH_RESULT_UNREACHABLE);
    assert_outcome(flow, GH_OUTCOME_UNAVAILABLE);

    flow = maria_new();
    canned_give(flow, GH_OPERATION_SEARCH, GH_RESULT_SUCCESS);
    canned_give(flow, GH_OPERATION_ADD, GH_RESULT_UNWILLING);
    assert_outcome(flow, GH_OUTCOME_READ_ONLY);

    /* The realm's base is missing. */
    flow = maria_new();
    canned_give(flow, GH_OPERATION_SEARCH, GH_RESULT_NO_SUCH_OBJECT);
    canned_give(flow, GH_OPERATION_ADD, GH_RESULT_NO_SUCH_OBJECT);
    assert_outcome(flow, GH_OUTCOME_UNAVAILABLE);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_sets_up_an_account),
        cmocka_unit_test(test_contractor_without_a_question),
        cmocka_unit_test(test_directory_goes_after_the_add),
        cmocka_unit_test(test_name_is_taken),
        cmocka_unit_test(test_collision),
        cmocka_unit_test(test_collision_with_somebody),
        cmocka_unit_test(test_mail_is_taken),
        cmocka_unit_test(test_password_is_refused),
        cmocka_unit_test(test_name_is_none),
        cmocka_unit_test(test_directory_does_not_help),
    };

    return cmocka_run_group_tests(tests, setup, teardown);
}
