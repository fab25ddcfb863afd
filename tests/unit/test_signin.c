/*
 * Sign in by name: fed with canned answers in either order, what the flow sends
 * and what it comes to.
 */

/* cmocka. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

/* Tests. */
#include "signin_case.h"

/* What was typed becomes a DN; what is passed on is the directory's spelling. */
static void
test_in_with_the_directorys_spelling(void **state)
{
    static const char *const typed[] = { "maria.lopez", "MARIA.Lopez", "  maria.lopez\t" };
    const gh_request_t      *search, *bind;
    record_t                 record;

    (void) state;

    for (size_t i = 0; i < COUNT(typed); i++) {
        gh_flow_t *flow = flow_new(&by_name, typed[i], gh_text(PASSWORD));

        record_init(&record);
        next_pair(flow, &search, &bind);
        give_record(flow, search, &record);
        give_result(flow, bind, GH_RESULT_SUCCESS);
        assert_card(flow, DN, "Maria.Lopez", "Maria L\xc3\xb3pez", "maria@city.example");
        assert_ptr_equal(gh_signin_result(flow)->who.realm, &by_name);
        assert_int_equal(gh_signin_result(flow)->result, 0);
        assert_verdict(flow, GH_VERDICT_SIGNED_IN);
    }
}

static void
test_asks_for_what_it_reads(void **state)
{
    static const char *const want[] = { "uid", "cn", "mail", "entryUUID", "gatehouseDisabled",
        "gatehousePasswordSet", "pwdEndTime", "pwdReset", "pwdAccountLockedTime",
        "gatehouseLastSignIn", "pwdPolicySubentry", "hasSubordinates" };
    gh_flow_t               *flow = maria_new();
    const gh_request_t      *search, *bind;

    (void) state;

    next_pair(flow, &search, &bind);

    for (size_t i = 0; i < COUNT(want); i++) {
        assert_string_equal(search->attrs[i], want[i]);
    }

    assert_null(search->attrs[COUNT(want)]);
    assert_int_equal(search->size_limit, 1);
    gh_flow_free(flow);
}

/* Only a plain word of the directory's counts: whoever has a question is not asked again. */
static void
test_tells_whose_question_is_missing(void **state)
{
    static const struct {
        const char *children; /* NULL: the directory doesn't say */
        bool        want;
    } cases[] = { { "FALSE", true }, { "TRUE", false }, { "", false }, { NULL, false } };

    (void) state;

    for (size_t i = 0; i < COUNT(cases); i++) {
        gh_flow_t          *flow = maria_new();
        const gh_request_t *search, *bind;
        record_t            record;

        record_init(&record);

        if (cases[i].children != NULL) {
            record_add(&record, "hasSubordinates", gh_text(cases[i].children));
        }

        next_pair(flow, &search, &bind);
        give_record(flow, search, &record);
        give_result(flow, bind, GH_RESULT_SUCCESS);
        assert_int_equal(gh_signin_result(flow)->lacks_question, cases[i].want);
        assert_verdict(flow, GH_VERDICT_SIGNED_IN);
    }
}

#define MAX_STAMPS 2

/* What the entry and the bind's answer come to, and who is bound second. */
static const struct {
    const char *name;
    struct {
        const char *attr, *value;
    } stamps[MAX_STAMPS];
    int               result;
    gh_policy_error_t error;
    long              expires_in, grace_left;
    gh_verdict_t      want;
    const char       *second; /* NULL: there is no second bind */
} outcomes[] = {
    { "right", { { 0 } }, 0, -1, -1, -1, GH_VERDICT_SIGNED_IN, NULL },
    { "expiring", { { 0 } }, 0, -1, 86400, -1, GH_VERDICT_EXPIRING, NULL },
    { "grace", { { 0 } }, 0, -1, -1, 2, GH_VERDICT_GRACE, NULL },
    { "temporary", { { "pwdReset", "TRUE" } }, 0, 2, -1, -1, GH_VERDICT_MUST_CHANGE, NULL },
    { "temporary, told by the entry alone", { { "pwdReset", "TRUE" } }, 0, -1, -1, -1,
        GH_VERDICT_MUST_CHANGE, NULL },
    { "temporary, told by the control alone", { { 0 } }, 0, 2, -1, -1, GH_VERDICT_MUST_CHANGE,
        NULL },
    { "expired", { { 0 } }, 49, 0, -1, -1, GH_VERDICT_EXPIRED, NULL },
    { "the lock is over", { { "pwdAccountLockedTime", "20261123065000Z" } }, 0, -1, -1, -1,
        GH_VERDICT_SIGNED_IN, NULL },

    /* slapd hashed: the second bind is to nobody. */
    { "wrong", { { 0 } }, 49, -1, -1, -1, GH_VERDICT_WRONG_PASSWORD, NOBODY },
    { "wrong, temporary", { { "pwdReset", "TRUE" } }, 49, -1, -1, -1, GH_VERDICT_WRONG_PASSWORD,
        NOBODY },
    { "wrong, the lock is over", { { "pwdAccountLockedTime", "20261123065000Z" } }, 49, -1, -1,
        -1, GH_VERDICT_WRONG_PASSWORD, NOBODY },
    { "right, disabled", { { "gatehouseDisabled", "TRUE" } }, 0, -1, -1, -1,
        GH_VERDICT_DISABLED, NOBODY },
    { "right, ended", { { "pwdEndTime", "20261123070500Z" } }, 0, -1, -1, -1, GH_VERDICT_ENDED,
        NOBODY },
    { "right, with an error that can't be", { { 0 } }, 0, 5, -1, -1, GH_VERDICT_DENY, NOBODY },

    /* slapd did not: the second bind is to the decoy. */
    { "no password", { { "gatehousePasswordSet", NULL } }, 49, -1, -1, -1,
        GH_VERDICT_NO_PASSWORD, DECOY },
    { "locked", { { "pwdAccountLockedTime", "20261123070000Z" } }, 49, -1, -1, -1,
        GH_VERDICT_LOCKED, DECOY },
    { "locked, told by the control alone", { { 0 } }, 49, 1, -1, -1, GH_VERDICT_LOCKED, DECOY },
    { "disabled", { { "gatehouseDisabled", "TRUE" } }, 49, -1, -1, -1, GH_VERDICT_DISABLED,
        DECOY },
    { "disabled and locked",
        { { "gatehouseDisabled", "TRUE" }, { "pwdAccountLockedTime", "20261123070000Z" } }, 49,
        1, -1, -1, GH_VERDICT_DISABLED, DECOY },
    { "ended", { { "pwdReset", "TRUE" }, { "pwdEndTime", "20261123070459Z" } }, 49, -1, -1, -1,
        GH_VERDICT_ENDED, DECOY },
    { "a code that says nothing", { { 0 } }, 50, -1, -1, -1, GH_VERDICT_DENY, DECOY },

    /* The directory could not say: nothing more is asked of it. */
    { "lost", { { 0 } }, -1, -1, -1, -1, GH_VERDICT_UNAVAILABLE, NULL },
    { "late", { { 0 } }, -2, -1, -1, -1, GH_VERDICT_UNAVAILABLE, NULL },
    { "busy", { { 0 } }, 51, -1, -1, -1, GH_VERDICT_UNAVAILABLE, NULL },
    { "unwilling", { { 0 } }, 53, -1, -1, -1, GH_VERDICT_UNAVAILABLE, NULL },
    { "lost, disabled", { { "gatehouseDisabled", "TRUE" } }, -1, -1, -1, -1,
        GH_VERDICT_UNAVAILABLE, NULL },
};

/* Plays one outcome, its two answers in either order. */
static void
assert_outcome(size_t at, bool bind_first)
{
    gh_flow_t          *flow = maria_new();
    const gh_request_t *search, *bind;
    record_t            record;
    int                 result = outcomes[at].result;

    record_init(&record);

    for (size_t i = 0; i < MAX_STAMPS && outcomes[at].stamps[i].attr != NULL; i++) {
        record_drop(&record, outcomes[at].stamps[i].attr);

        if (outcomes[at].stamps[i].value != NULL) {
            record_add(
                &record, outcomes[at].stamps[i].attr, gh_text(outcomes[at].stamps[i].value));
        }
    }

    next_pair(flow, &search, &bind);

    if (!bind_first) {
        give_record(flow, search, &record);
        assert_false(gh_flow_is_done(flow));
        assert_null(gh_flow_next(flow));
    }

    give_policy(flow, bind, result, outcomes[at].error, outcomes[at].expires_in,
        outcomes[at].grace_left);

    if (bind_first) {
        /* Where no answer came at all, the search is not waited for. */
        assert_int_equal(gh_flow_is_done(flow), result < 0);
        assert_null(gh_flow_next(flow));
        give_record(flow, search, &record);
    }

    if (gh_signin_result(flow)->verdict != outcomes[at].want) {
        fail_msg("%s: %s", outcomes[at].name, gh_verdict_name(gh_signin_result(flow)->verdict));
    }

    assert_int_equal(gh_signin_result(flow)->result, result);
    assert_int_equal(gh_signin_result(flow)->expires_in, outcomes[at].expires_in);
    assert_int_equal(gh_signin_result(flow)->grace_left, outcomes[at].grace_left);

    if (outcomes[at].second == NULL) {
        assert_verdict(flow, outcomes[at].want);
    } else {
        assert_refused(flow, outcomes[at].second, outcomes[at].want);
    }
}

static void
test_outcomes(void **state)
{
    (void) state;

    for (size_t i = 0; i < COUNT(outcomes); i++) {
        assert_outcome(i, false);
        assert_outcome(i, true);
    }
}

/* No such entry, or one that the filter keeps back: nobody, and no card. */
static void
test_unknown(void **state)
{
    static const struct {
        int         search, bind;
        const char *second;
    } cases[] = {
        { GH_RESULT_NO_SUCH_OBJECT, 49, DECOY },
        { GH_RESULT_SUCCESS, 49, DECOY },
        { GH_RESULT_NO_SUCH_OBJECT, 32, DECOY },

        /* Somebody is there, but no account of ours: a right password is not enough. */
        { GH_RESULT_SUCCESS, 0, NOBODY },
        { GH_RESULT_NO_SUCH_OBJECT, 0, NOBODY },
    };
    const gh_request_t *search, *bind;

    (void) state;

    for (size_t i = 0; i < COUNT(cases); i++) {
        gh_flow_t *flow = maria_new();

        next_pair(flow, &search, &bind);
        give_entries(flow, search, NULL, 0, cases[i].search);
        give_result(flow, bind, cases[i].bind);
        assert_null(gh_signin_result(flow)->who.dn);
        assert_null(gh_signin_result(flow)->who.uid);
        assert_refused(flow, cases[i].second, GH_VERDICT_UNKNOWN);
    }
}

/* The second bind only takes time: even its success lets nobody in. */
static void
test_second_bind_decides_nothing(void **state)
{
    static const int    results[] = { 49, 32, 0, 53, -1, -2 };
    const gh_request_t *search, *bind;

    (void) state;

    for (size_t i = 0; i < COUNT(results); i++) {
        gh_flow_t *flow = maria_new();

        next_pair(flow, &search, &bind);
        give_entries(flow, search, NULL, 0, GH_RESULT_NO_SUCH_OBJECT);
        give_result(flow, bind, GH_RESULT_INVALID_CREDENTIALS);
        give_result(flow, next_bind(flow, DECOY), results[i]);
        assert_int_equal(gh_signin_result(flow)->result, 49);
        assert_verdict(flow, GH_VERDICT_UNKNOWN);
    }
}

/* A right password is no sign-in while nobody can say whose it is. */
static void
test_search_fails(void **state)
{
    static const int    lost[] = { -1, -2, -3, -4, -5, 1, 3, 10, 11, 50, 51, 52, 53, 80 };
    const gh_request_t *search, *bind;

    (void) state;

    for (size_t i = 0; i < COUNT(lost); i++) {
        gh_flow_t *flow = maria_new();

        next_pair(flow, &search, &bind);
        give_entries(flow, search, NULL, 0, lost[i]);
        give_result(flow, bind, GH_RESULT_SUCCESS);
        assert_int_equal(gh_signin_result(flow)->result, lost[i]);
        assert_null(gh_signin_result(flow)->who.uid);
        assert_verdict(flow, GH_VERDICT_UNAVAILABLE);
    }
}

/* An entry that can't say who it is lets nobody in, right password or not. */
static void
assert_denied(gh_entry_t *entries, size_t count, int result)
{
    const gh_request_t *search, *bind;
    gh_flow_t          *flow = maria_new();

    next_pair(flow, &search, &bind);
    give_entries(flow, search, entries, count, result);
    give_result(flow, bind, GH_RESULT_SUCCESS);
    assert_int_equal(gh_signin_result(flow)->result, -3 /* malformed */);
    assert_refused(flow, NOBODY, GH_VERDICT_DENY);

    flow = maria_new();
    next_pair(flow, &search, &bind);
    give_entries(flow, search, entries, count, result);
    give_result(flow, bind, GH_RESULT_INVALID_CREDENTIALS);
    assert_refused(flow, DECOY, GH_VERDICT_DENY);
}

static void
test_entries_that_name_nobody(void **state)
{
    static const struct {
        const char *attr;
        gh_text_t   value;
    } cases[] = {
        { "uid", { NULL, 0 } },
        { "uid", GH_TEXT("") },
        { "uid", GH_TEXT("maria\nRemote-Realm: contractor") },
        { "uid", GH_TEXT("maria\0lopez") },
        { "uid", GH_TEXT("jos\xe9") },
        { "entryUUID", { NULL, 0 } },
        { "entryUUID", GH_TEXT("") },
        { "entryUUID", GH_TEXT("6f1c\0") },
    };
    record_t record;

    (void) state;

    for (size_t i = 0; i < COUNT(cases); i++) {
        record_init(&record);
        record_drop(&record, cases[i].attr);

        if (cases[i].value.data != NULL) {
            record_add(&record, cases[i].attr, cases[i].value);
        }

        assert_denied(&record.entry, 1, GH_RESULT_SUCCESS);
    }

    record_init(&record);
    record_add(&record, "uid", GH_TEXT("other"));
    assert_denied(&record.entry, 1, GH_RESULT_SUCCESS);

    record_init(&record);
    record.entry.count = 0;
    assert_denied(&record.entry, 1, GH_RESULT_SUCCESS);
}

static void
test_entries_without_a_dn(void **state)
{
    static const char *const dns[] = { "", "maria", "uid=maria.lopez," };
    record_t                 record;

    (void) state;

    for (size_t i = 0; i < COUNT(dns); i++) {
        record_init(&record);
        record.entry.dn = (char *) dns[i];
        assert_denied(&record.entry, 1, GH_RESULT_SUCCESS);
    }
}

/* One of several is no answer, whether all were sent or not. */
static void
test_more_than_one_entry(void **state)
{
    record_t   record;
    gh_entry_t two[2];

    (void) state;

    record_init(&record);
    two[0] = two[1] = record.entry;

    assert_denied(two, 2, GH_RESULT_SUCCESS);
    assert_denied(two, 2, GH_RESULT_SIZE_LIMIT);
    assert_denied(two, 1, GH_RESULT_SIZE_LIMIT);
    assert_denied(NULL, 0, GH_RESULT_SIZE_LIMIT);
}

/* A name or address that is not fit to be shown is as good as none. */
static void
test_name_and_mail_have_stand_ins(void **state)
{
    static const struct {
        gh_text_t   cn, mail;
        const char *want_name, *want_mail;
    } cases[] = {
        { { NULL, 0 }, { NULL, 0 }, "Maria.Lopez", "" },
        { { NULL, 0 }, GH_TEXT("m@city.example"), "Maria.Lopez", "m@city.example" },
        { GH_TEXT(""), GH_TEXT(""), "Maria.Lopez", "" },
        { GH_TEXT("M\r\nX"), { NULL, 0 }, "Maria.Lopez", "" },
        { GH_TEXT("M\0"), GH_TEXT("m@city.example\r\nX-A: b"), "Maria.Lopez", "" },
        { GH_TEXT("Jos\xe9"), GH_TEXT("m\0@city.example"), "Maria.Lopez", "" },
        { GH_TEXT("M"), GH_TEXT("m\xff@city.example"), "M", "" },
    };
    const gh_request_t *search, *bind;
    record_t            record;

    (void) state;

    for (size_t i = 0; i < COUNT(cases); i++) {
        gh_flow_t *flow = maria_new();

        record_init(&record);
        record_drop(&record, "cn");
        record_drop(&record, "mail");

        if (cases[i].cn.data != NULL) {
            record_add(&record, "cn", cases[i].cn);
        }

        if (cases[i].mail.data != NULL) {
            record_add(&record, "mail", cases[i].mail);
        }

        next_pair(flow, &search, &bind);
        give_record(flow, search, &record);
        give_result(flow, bind, GH_RESULT_SUCCESS);
        assert_card(flow, DN, "Maria.Lopez", cases[i].want_name, cases[i].want_mail);
        assert_verdict(flow, GH_VERDICT_SIGNED_IN);
    }
}

/* An answer that comes when all is decided changes nothing. */
static void
test_late_answers_change_nothing(void **state)
{
    gh_flow_t          *flow = maria_new();
    const gh_request_t *search, *bind, *second;
    record_t            record;

    (void) state;

    record_init(&record);
    next_pair(flow, &search, &bind);
    give_record(flow, search, &record);
    give_result(flow, bind, GH_RESULT_INVALID_CREDENTIALS);
    second = next_bind(flow, NOBODY);
    give_result(flow, second, GH_RESULT_NO_SUCH_OBJECT);
    assert_true(gh_flow_is_done(flow));

    give_result(flow, bind, GH_RESULT_SUCCESS);
    give_record(flow, search, &record);
    assert_null(gh_flow_next(flow));
    assert_verdict(flow, GH_VERDICT_WRONG_PASSWORD);
}

/* Before anything is said the verdict denies. */
static void
test_can_be_freed_at_any_time(void **state)
{
    gh_flow_t          *flow = maria_new();
    const gh_request_t *search, *bind;
    record_t            record;

    (void) state;

    assert_int_equal(gh_signin_result(flow)->verdict, GH_VERDICT_DENY);
    gh_flow_free(flow);

    flow = maria_new();
    assert_non_null(gh_flow_next(flow));
    gh_flow_free(flow);

    flow = maria_new();
    record_init(&record);
    next_pair(flow, &search, &bind);
    give_record(flow, search, &record);
    assert_int_equal(gh_signin_result(flow)->verdict, GH_VERDICT_DENY);
    gh_flow_free(flow);

    flow = maria_new();
    next_pair(flow, &search, &bind);
    give_record(flow, search, &record);
    give_result(flow, bind, GH_RESULT_INVALID_CREDENTIALS);
    assert_non_null(gh_flow_next(flow));
    gh_flow_free(flow);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_in_with_the_directorys_spelling),
        cmocka_unit_test(test_asks_for_what_it_reads),
        cmocka_unit_test(test_tells_whose_question_is_missing),
        cmocka_unit_test(test_outcomes),
        cmocka_unit_test(test_unknown),
        cmocka_unit_test(test_second_bind_decides_nothing),
        cmocka_unit_test(test_search_fails),
        cmocka_unit_test(test_entries_that_name_nobody),
        cmocka_unit_test(test_entries_without_a_dn),
        cmocka_unit_test(test_more_than_one_entry),
        cmocka_unit_test(test_name_and_mail_have_stand_ins),
        cmocka_unit_test(test_late_answers_change_nothing),
        cmocka_unit_test(test_can_be_freed_at_any_time),
    };

    return cmocka_run_group_tests_name("signin", tests, signin_setup, signin_teardown);
}
