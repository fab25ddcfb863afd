/*
 * Lookups: searches side by side, and that two hits are none.
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
#include "account/lookup.h"

static const gh_realm_t public = { .name = "public", .base = "ou=public,dc=city" };
static const gh_realm_t contractor = {
    .name = "contractor", .base = "ou=contractors,dc=city", .find = GH_FIND_BY_SEARCH
};

static const char *const attributes[] = { GH_CARD_ATTRIBUTES, NULL };

static gh_text_t      uid[] = { { "61234", 5 } };
static gh_text_t      uuid[] = { { "a-uuid", 6 } };
static gh_attribute_t values[] = { { "uid", uid, 1 }, { "entryUUID", uuid, 1 } };
static gh_entry_t     entries[] = {
        { "uid=61234,ou=public,dc=city", values, 2 },
        { "uid=61234,ou=sub,ou=public,dc=city", values, 2 },
};

/* A lookup in both realms, its searches under way. */
static void
lookup_start(gh_lookup_t *lookup)
{
    gh_lookup_init(lookup);
    gh_lookup_add_equal(lookup, &public, "uid", gh_text("61234"), attributes);
    gh_lookup_add_equal(lookup, &contractor, "uid", gh_text("6*"), attributes);

    assert_string_equal(
        gh_lookup_next(lookup)->filter, "(&(objectClass=gatehouseAccount)(uid=61234))");
    assert_int_equal(lookup->searches[0]->scope, GH_SCOPE_ONE);
    assert_string_equal(
        gh_lookup_next(lookup)->filter, "(&(objectClass=gatehouseAccount)(uid=6\\2A))");
    assert_int_equal(lookup->searches[1]->scope, GH_SCOPE_SUBTREE);
    assert_null(gh_lookup_next(lookup));
    assert_false(gh_lookup_is_done(lookup));
}

static void
lookup_give(gh_lookup_t *lookup, size_t which, int result, size_t count)
{
    gh_answer_t answer;

    gh_answer_init(&answer);
    answer.result = result;
    answer.entries = entries;
    answer.entry_count = count;
    gh_lookup_take(lookup, lookup->searches[which], &answer);
}

static void
test_outcomes(void **state)
{
    static const struct {
        struct {
            int    result;
            size_t count;
        } given[2];
        gh_lookup_outcome_t outcome;
    } cases[] = {
        { { { GH_RESULT_SUCCESS, 0 }, { GH_RESULT_SUCCESS, 0 } }, GH_LOOKUP_NOBODY },
        { { { GH_RESULT_NO_SUCH_OBJECT, 0 }, { GH_RESULT_SUCCESS, 0 } }, GH_LOOKUP_NOBODY },
        { { { GH_RESULT_SUCCESS, 1 }, { GH_RESULT_SUCCESS, 0 } }, GH_LOOKUP_FOUND },
        { { { GH_RESULT_SUCCESS, 0 }, { GH_RESULT_SUCCESS, 1 } }, GH_LOOKUP_FOUND },
        { { { GH_RESULT_SUCCESS, 1 }, { GH_RESULT_SUCCESS, 1 } }, GH_LOOKUP_AMBIGUOUS },
        { { { GH_RESULT_SUCCESS, 2 }, { GH_RESULT_SUCCESS, 0 } }, GH_LOOKUP_AMBIGUOUS },
        { { { GH_RESULT_SIZE_LIMIT, 1 }, { GH_RESULT_SUCCESS, 0 } }, GH_LOOKUP_AMBIGUOUS },
        { { { GH_RESULT_SUCCESS, 2 }, { GH_RESULT_SUCCESS, 1 } }, GH_LOOKUP_AMBIGUOUS },
        { { { GH_RESULT_SIZE_LIMIT, 0 }, { GH_RESULT_SUCCESS, 0 } }, GH_LOOKUP_AMBIGUOUS },
        { { { GH_RESULT_SUCCESS, 1 }, { GH_RESULT_TIMEOUT, 0 } }, GH_LOOKUP_UNAVAILABLE },
        { { { GH_RESULT_TIMEOUT, 0 }, { GH_RESULT_SUCCESS, 1 } }, GH_LOOKUP_UNAVAILABLE },
        { { { GH_RESULT_INSUFFICIENT_ACCESS, 0 }, { GH_RESULT_SUCCESS, 0 } },
            GH_LOOKUP_UNAVAILABLE },
    };

    (void) state;

    for (size_t i = 0; i < COUNT(cases); i++) {
        gh_lookup_t lookup;

        lookup_start(&lookup);
        lookup_give(&lookup, 0, cases[i].given[0].result, cases[i].given[0].count);
        assert_false(gh_lookup_is_done(&lookup));
        lookup_give(&lookup, 1, cases[i].given[1].result, cases[i].given[1].count);
        assert_true(gh_lookup_is_done(&lookup));
        assert_int_equal(lookup.outcome, cases[i].outcome);
        assert_int_equal(lookup.who.uid != NULL, cases[i].outcome == GH_LOOKUP_FOUND);
        assert_int_equal(lookup.entry.dn != NULL, cases[i].outcome == GH_LOOKUP_FOUND);
        gh_lookup_cleanup(&lookup);
    }
}

static void
test_keeps_whom_it_found(void **state)
{
    gh_lookup_t lookup;

    (void) state;

    lookup_start(&lookup);
    lookup_give(&lookup, 1, GH_RESULT_SUCCESS, 1);
    lookup_give(&lookup, 0, GH_RESULT_SUCCESS, 0);
    assert_ptr_equal(lookup.who.realm, &contractor);
    assert_string_equal(lookup.who.uid, "61234");
    assert_string_equal(lookup.who.uuid, "a-uuid");
    assert_string_equal(lookup.entry.dn, "uid=61234,ou=public,dc=city");
    assert_string_equal(gh_entry_value(&lookup.entry, "UID").data, "61234");
    gh_lookup_cleanup(&lookup);
}

static void
test_refuses_what_is_no_account(void **state)
{
    gh_lookup_t lookup;

    (void) state;

    lookup_start(&lookup);
    entries[0].count = 1; /* no entryUUID */
    lookup_give(&lookup, 0, GH_RESULT_SUCCESS, 1);
    entries[0].count = 2;
    lookup_give(&lookup, 1, GH_RESULT_SUCCESS, 0);
    assert_int_equal(lookup.outcome, GH_LOOKUP_UNAVAILABLE);
    assert_int_equal(lookup.code, GH_RESULT_MALFORMED);
    gh_lookup_cleanup(&lookup);
}

static void
test_without_searches(void **state)
{
    gh_lookup_t lookup;

    (void) state;

    gh_lookup_init(&lookup);
    assert_true(gh_lookup_is_done(&lookup));
    assert_int_equal(lookup.outcome, GH_LOOKUP_NOBODY);

    for (size_t i = 0; i <= GH_LOOKUP_REALMS; i++) {
        gh_lookup_add_equal(&lookup, &public, "uid", gh_text("61234"), attributes);
    }

    assert_int_equal(lookup.count, GH_LOOKUP_REALMS);
    assert_int_equal(lookup.outcome, GH_LOOKUP_UNAVAILABLE);
    gh_lookup_cleanup(&lookup);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_outcomes),
        cmocka_unit_test(test_keeps_whom_it_found),
        cmocka_unit_test(test_refuses_what_is_no_account),
        cmocka_unit_test(test_without_searches),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
