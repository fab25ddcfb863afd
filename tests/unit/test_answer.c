/*
 * Answers: looking things up in them, and letting them go.
 */

/* System. */
#include <stdlib.h>
#include <string.h>

/* cmocka. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

/* Directory. */
#include "directory/answer.h"

static gh_text_t      uids[] = { { "Maria.Lopez", 11 } };
static gh_text_t      classes[] = { { "inetOrgPerson", 13 }, { "gatehouseAccount", 16 } };
static gh_text_t      mails[] = { { "first@city.example", 18 }, { "second@city.example", 19 } };
static gh_text_t      odd[] = { { "TRUE\0", 5 } };
static gh_attribute_t attributes[] = {
    { "uid", uids, 1 },
    { "objectClass", classes, 2 },
    { "mail", mails, 2 },
    { "empty", NULL, 0 },
    { "odd", odd, 1 },
    { "MAIL", uids, 1 },
};
static const gh_entry_t entry = { "uid=maria.lopez,ou=public,dc=city,dc=example", attributes,
    6 };
static const gh_entry_t bare = { "dc=example", NULL, 0 };

static void
test_attribute(void **state)
{
    (void) state;

    assert_ptr_equal(gh_entry_attribute(&entry, "uid"), &attributes[0]);
    assert_ptr_equal(gh_entry_attribute(&entry, "UID"), &attributes[0]);
    assert_ptr_equal(gh_entry_attribute(&entry, "OBJECTCLASS"), &attributes[1]);
    assert_ptr_equal(gh_entry_attribute(&entry, "Mail"), &attributes[2]);
    assert_ptr_equal(gh_entry_attribute(&entry, "empty"), &attributes[3]);
    assert_null(gh_entry_attribute(&entry, "ui"));
    assert_null(gh_entry_attribute(&entry, "uid;lang-en"));
    assert_null(gh_entry_attribute(&entry, ""));
    assert_null(gh_entry_attribute(&bare, "uid"));
}

static void
test_value(void **state)
{
    (void) state;

    assert_true(gh_text_equal(gh_entry_value(&entry, "UID"), GH_TEXT("Maria.Lopez")));
    assert_true(gh_text_equal(gh_entry_value(&entry, "mail"), GH_TEXT("first@city.example")));
    assert_true(gh_text_is_empty(gh_entry_value(&entry, "empty")));
    assert_true(gh_text_is_empty(gh_entry_value(&entry, "cn")));
    assert_non_null(gh_entry_value(&entry, "cn").data);
    assert_true(gh_text_is_empty(gh_entry_value(&bare, "uid")));
}

static void
test_has(void **state)
{
    (void) state;

    assert_true(gh_entry_has(&entry, "objectclass", GH_TEXT("GATEHOUSEACCOUNT")));
    assert_true(gh_entry_has(&entry, "mail", GH_TEXT("second@city.example")));
    assert_false(gh_entry_has(&entry, "objectClass", GH_TEXT("gatehouse")));
    assert_false(gh_entry_has(&entry, "objectClass", GH_TEXT("gatehouseAccounts")));
    assert_false(gh_entry_has(&entry, "objectClass", GH_TEXT("")));
    assert_false(gh_entry_has(&entry, "odd", GH_TEXT("TRUE")));
    assert_false(gh_entry_has(&entry, "empty", GH_TEXT("")));
    assert_false(gh_entry_has(&entry, "cn", GH_TEXT("")));
    assert_false(gh_entry_has(&bare, "uid", GH_TEXT("maria.lopez")));
}

static void
assert_new(const gh_answer_t *answer)
{
    assert_int_equal(answer->result, -1 /* unreachable */);
    assert_null(answer->diagnostic);
    assert_false(answer->policy.present);
    assert_int_equal(answer->policy.error, GH_POLICY_NONE);
    assert_int_equal(answer->policy.expires_in, -1);
    assert_int_equal(answer->policy.grace_left, -1);
    assert_null(answer->entries);
    assert_int_equal(answer->entry_count, 0);
    assert_int_equal(answer->bytes, 0);
}

/* Nothing that was not heard reads as success. */
static void
test_init(void **state)
{
    gh_answer_t answer;

    (void) state;

    memset(&answer, 0x5a, sizeof(answer));
    gh_answer_init(&answer);
    assert_new(&answer);
}

static void
test_cleanup(void **state)
{
    gh_answer_t     answer;
    gh_attribute_t *list = calloc(2, sizeof(*list));

    (void) state;

    /* An attribute whose building stopped half way has nothing yet. */
    list[0].name = strdup("uid");
    list[0].values = calloc(1, sizeof(*list[0].values));
    list[0].values[0] = (gh_text_t){ strdup("maria"), 5 };
    list[0].count = 1;

    gh_answer_init(&answer);
    answer.result = GH_RESULT_SUCCESS;
    answer.diagnostic = strdup("all is well");
    answer.policy = (gh_policy_t){ true, GH_POLICY_LOCKED, 5, 6 };
    answer.entries = calloc(1, sizeof(*answer.entries));
    answer.entries[0] = (gh_entry_t){ strdup("uid=maria"), list, 2 };
    answer.entry_count = 1;
    answer.bytes = 99;

    gh_answer_cleanup(&answer);
    assert_new(&answer);
    gh_answer_cleanup(&answer);
    assert_new(&answer);
}

static void
test_lost(void **state)
{
    static const struct {
        int  result;
        bool is_lost;
    } cases[] = {
        { GH_RESULT_UNREACHABLE, true },
        { GH_RESULT_MALFORMED, true },
        { GH_RESULT_BUSY, true },
        { GH_RESULT_UNAVAILABLE, true },

        /* Another server has no more time, room or memory. */
        { GH_RESULT_TIMEOUT, false },
        { GH_RESULT_OVERLOADED, false },
        { GH_RESULT_NOMEM, false },

        { GH_RESULT_SUCCESS, false },
        { GH_RESULT_SIZE_LIMIT, false },
        { GH_RESULT_REFERRAL, false },
        { GH_RESULT_NO_SUCH_OBJECT, false },
        { GH_RESULT_INVALID_CREDENTIALS, false },
        { GH_RESULT_INSUFFICIENT_ACCESS, false },
        { GH_RESULT_UNWILLING, false },
        { GH_RESULT_ALREADY_EXISTS, false },
        { GH_RESULT_ASSERTION_FAILED, false },
    };

    (void) state;

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        gh_answer_t answer = { .result = cases[i].result };

        if (gh_answer_is_lost(&answer) != cases[i].is_lost) {
            fail_msg("%d: is_lost is not %d", cases[i].result, cases[i].is_lost);
        }
    }
}

/* What leads to another server, and for what. */
static void
test_leads_on(void **state)
{
    static const struct {
        int  result;
        bool is_unwell;
        bool is_read_only;
    } cases[] = {
        { GH_RESULT_BUSY, true, false },
        { GH_RESULT_UNAVAILABLE, true, false },
        { GH_RESULT_REFERRAL, false, true },
        { GH_RESULT_UNWILLING, false, true },
        { 16656, false, true }, /* LDAP_X_NO_REFERRALS_FOUND */
        { 16657, false, true }, /* LDAP_X_CANNOT_CHAIN */
        { GH_RESULT_UNREACHABLE, false, false },
        { GH_RESULT_TIMEOUT, false, false },
        { GH_RESULT_SUCCESS, false, false },
        { GH_RESULT_CONSTRAINT, false, false },
        { GH_RESULT_INSUFFICIENT_ACCESS, false, false },
        { GH_RESULT_ALREADY_EXISTS, false, false },
        { GH_RESULT_ASSERTION_FAILED, false, false },
    };

    (void) state;

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        gh_answer_t answer = { .result = cases[i].result };

        if (gh_answer_is_unwell(&answer) != cases[i].is_unwell) {
            fail_msg("%d: is_unwell is not %d", cases[i].result, cases[i].is_unwell);
        }

        if (gh_answer_is_read_only(&answer) != cases[i].is_read_only) {
            fail_msg("%d: is_read_only is not %d", cases[i].result, cases[i].is_read_only);
        }
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_attribute),
        cmocka_unit_test(test_value),
        cmocka_unit_test(test_has),
        cmocka_unit_test(test_init),
        cmocka_unit_test(test_cleanup),
        cmocka_unit_test(test_lost),
        cmocka_unit_test(test_leads_on),
    };

    return cmocka_run_group_tests_name("answer", tests, NULL, NULL);
}
