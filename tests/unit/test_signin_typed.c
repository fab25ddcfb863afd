/*
 * Sign in, by what was typed: names and passwords that are not sent, names
 * that are escaped, and sign-in by a search.
 */

/* cmocka. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

/* Tests. */
#include "signin_case.h"

/* A name that nobody can have costs the same two binds, and no search. */
static void
test_malformed_name(void **state)
{
    static const char *const names[] = { "", " ", "ab", "maria,lopez", "maria#lopez",
        "maria\nlopez", "jos\xe9.lopez" };
    const gh_realm_t        *realms[] = { &by_name, &by_search };
    const gh_request_t      *first;

    (void) state;

    for (size_t i = 0; i < 2 * COUNT(names); i++) {
        gh_flow_t *flow = flow_new(realms[i % 2], names[i / 2], gh_text(PASSWORD));

        first = next_bind(flow, NOBODY);
        assert_null(gh_flow_next(flow));
        give_result(flow, first, GH_RESULT_INVALID_CREDENTIALS);
        assert_refused(flow, DECOY, GH_VERDICT_UNKNOWN);

        flow = flow_new(realms[i % 2], names[i / 2], gh_text(PASSWORD));
        give_result(flow, next_bind(flow, NOBODY), GH_RESULT_UNREACHABLE);
        assert_verdict(flow, GH_VERDICT_UNAVAILABLE);
    }
}

/* Whether the name would do or not, nothing is sent. */
static void
test_passwords_that_are_not_sent(void **state)
{
    static char              overlong[1025];
    static const char *const names[] = { "maria.lopez", "#" };
    const gh_realm_t        *realms[] = { &by_name, &by_search };

    (void) state;

    memset(overlong, 'x', sizeof(overlong));

    for (size_t i = 0; i < 4; i++) {
        const char *name = names[i / 2];

        assert_verdict(flow_new(realms[i % 2], name, GH_TEXT("")), GH_VERDICT_WRONG_PASSWORD);
        assert_verdict(flow_new(realms[i % 2], name, (gh_text_t){ overlong, sizeof(overlong) }),
            GH_VERDICT_WRONG_PASSWORD);
        assert_verdict(
            flow_new(realms[i % 2], name, GH_TEXT("blue\0heron")), GH_VERDICT_WRONG_PASSWORD);
    }
}

static void
test_the_longest_password_is_sent(void **state)
{
    static char         longest[1024];
    gh_flow_t          *flow;
    const gh_request_t *bind;

    (void) state;

    memset(longest, 'x', sizeof(longest));
    flow = flow_new(&by_name, "maria.lopez", (gh_text_t){ longest, sizeof(longest) });
    assert_non_null(gh_flow_next(flow));
    bind = gh_flow_next(flow);
    assert_non_null(bind);
    assert_int_equal(bind->secret->len, 1024);
    gh_flow_free(flow);
}

/* A Washington license may hold a star, and a DN escapes what has a meaning there. */
static void
test_names_are_escaped(void **state)
{
    static const struct {
        const char *typed, *dn, *filter;
    } cases[] = {
        { "juanhh*839mg", "uid=juanhh*839mg,ou=public,dc=city,dc=example",
            "(&(objectClass=gatehouseAccount)(|(uid=juanhh\\2A839mg)(mail=juanhh\\2A839mg)))" },
        { "maria+1@city.example", "uid=maria\\2B1@city.example,ou=public,dc=city,dc=example",
            "(&(objectClass=gatehouseAccount)(|(uid=maria+1@city.example)"
            "(mail=maria+1@city.example)))" },
        { "a(b)c", "uid=a(b)c,ou=public,dc=city,dc=example",
            "(&(objectClass=gatehouseAccount)(|(uid=a\\28b\\29c)(mail=a\\28b\\29c)))" },
    };

    (void) state;

    for (size_t i = 0; i < COUNT(cases); i++) {
        gh_flow_t *flow = flow_new(&by_name, cases[i].typed, gh_text(PASSWORD));

        next_search(flow, cases[i].dn, GH_SCOPE_BASE, "(objectClass=gatehouseAccount)");
        next_bind(flow, cases[i].dn);
        gh_flow_free(flow);

        flow = flow_new(&by_search, cases[i].typed, gh_text(PASSWORD));
        next_search(flow, "ou=public,dc=city,dc=example", GH_SCOPE_SUBTREE, cases[i].filter);
        assert_null(gh_flow_next(flow));
        gh_flow_free(flow);
    }
}

/* The search of a sign-in by mail address, which goes out alone. */
static const gh_request_t *
next_search_by_mail(gh_flow_t *flow)
{
    const gh_request_t *search =
        next_search(flow, "ou=public,dc=city,dc=example", GH_SCOPE_SUBTREE,
            "(&(objectClass=gatehouseAccount)(|(uid=maria@city.example)"
            "(mail=maria@city.example)))");

    assert_int_equal(search->size_limit, 2);
    assert_null(gh_flow_next(flow));
    assert_false(gh_flow_is_done(flow));

    return search;
}

static gh_flow_t *
by_mail_new(void)
{
    return flow_new(&by_search, "Maria@City.example", gh_text(PASSWORD));
}

static void
test_by_search_found(void **state)
{
    gh_flow_t          *flow = by_mail_new();
    const gh_request_t *bind;
    record_t            record;

    (void) state;

    record_init(&record);
    record.entry.dn = "uid=Maria.Lopez,ou=North,ou=public,dc=city,dc=example";
    give_record(flow, next_search_by_mail(flow), &record);
    bind = next_bind(flow, "uid=Maria.Lopez,ou=North,ou=public,dc=city,dc=example");
    assert_null(gh_flow_next(flow));
    give_result(flow, bind, GH_RESULT_SUCCESS);
    assert_card(flow, "uid=Maria.Lopez,ou=North,ou=public,dc=city,dc=example", "Maria.Lopez",
        "Maria L\xc3\xb3pez", "maria@city.example");
    assert_verdict(flow, GH_VERDICT_SIGNED_IN);
}

static void
test_by_search_refusals(void **state)
{
    gh_flow_t *flow;
    record_t   record;

    (void) state;

    record_init(&record);

    flow = by_mail_new();
    give_record(flow, next_search_by_mail(flow), &record);
    give_result(flow, next_bind(flow, DN), GH_RESULT_INVALID_CREDENTIALS);
    assert_refused(flow, NOBODY, GH_VERDICT_WRONG_PASSWORD);

    flow = by_mail_new();
    give_record(flow, next_search_by_mail(flow), &record);
    give_result(flow, next_bind(flow, DN), GH_RESULT_UNREACHABLE);
    assert_verdict(flow, GH_VERDICT_UNAVAILABLE);

    record_add(&record, "pwdAccountLockedTime", GH_TEXT("20261123070000Z"));
    flow = by_mail_new();
    give_record(flow, next_search_by_mail(flow), &record);
    give_result(flow, next_bind(flow, DN), GH_RESULT_INVALID_CREDENTIALS);
    assert_refused(flow, DECOY, GH_VERDICT_LOCKED);
}

/* Nobody found: bound as nobody, then as the decoy. */
static void
test_by_search_not_found(void **state)
{
    static const int results[] = { GH_RESULT_SUCCESS, GH_RESULT_NO_SUCH_OBJECT };

    (void) state;

    for (size_t i = 0; i < COUNT(results); i++) {
        gh_flow_t *flow = by_mail_new();

        give_entries(flow, next_search_by_mail(flow), NULL, 0, results[i]);
        give_result(flow, next_bind(flow, NOBODY), GH_RESULT_INVALID_CREDENTIALS);
        assert_refused(flow, DECOY, GH_VERDICT_UNKNOWN);
    }
}

/* Whom the search did not name alone is not bound. */
static void
test_by_search_ambiguous(void **state)
{
    static const struct {
        size_t count;
        int    result;
    } cases[] = { { 2, 0 }, { 2, 4 }, { 1, 4 }, { 0, 4 } };
    record_t   record;
    gh_entry_t two[2];

    (void) state;

    record_init(&record);
    two[0] = two[1] = record.entry;

    for (size_t i = 0; i < COUNT(cases); i++) {
        gh_flow_t *flow = by_mail_new();

        give_entries(flow, next_search_by_mail(flow), two, cases[i].count, cases[i].result);
        give_result(flow, next_bind(flow, NOBODY), GH_RESULT_INVALID_CREDENTIALS);
        assert_refused(flow, DECOY, GH_VERDICT_DENY);
    }

    /* Nor is an entry without a DN, which would be nobody's bind. */
    record.entry.dn = "";

    for (int result = 0; result <= 49; result += 49) {
        gh_flow_t *flow = by_mail_new();

        give_record(flow, next_search_by_mail(flow), &record);
        give_result(flow, next_bind(flow, NOBODY), result);
        assert_refused(flow, result == 0 ? NOBODY : DECOY, GH_VERDICT_DENY);
    }
}

static void
test_by_search_lost(void **state)
{
    static const int lost[] = { -1, -2, -3, -4, -5, 3, 11, 50, 51, 52 };

    (void) state;

    for (size_t i = 0; i < COUNT(lost); i++) {
        gh_flow_t *flow = by_mail_new();

        give_entries(flow, next_search_by_mail(flow), NULL, 0, lost[i]);
        assert_int_equal(gh_signin_result(flow)->result, lost[i]);
        assert_verdict(flow, GH_VERDICT_UNAVAILABLE);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_malformed_name),
        cmocka_unit_test(test_passwords_that_are_not_sent),
        cmocka_unit_test(test_the_longest_password_is_sent),
        cmocka_unit_test(test_names_are_escaped),
        cmocka_unit_test(test_by_search_found),
        cmocka_unit_test(test_by_search_refusals),
        cmocka_unit_test(test_by_search_not_found),
        cmocka_unit_test(test_by_search_ambiguous),
        cmocka_unit_test(test_by_search_lost),
    };

    return cmocka_run_group_tests_name("signin typed", tests, signin_setup, signin_teardown);
}
