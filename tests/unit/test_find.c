/*
 * Find: the search that is asked, and what of the answer may be shown.
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
#include "account/find.h"

#define BASE "ou=contractors,dc=city,dc=example"

static gh_field_t fields[] = {
    { .attribute = "o", .is_public = true },
    { .attribute = "mail" },
    { .attribute = "gatehouseLicenseClass", .is_public = true },
};

static gh_realm_t realm = {
    .name = "contractor",
    .base = BASE,
    .canonical = GH_CANONICAL_STRIP_ZEROS,
    .pattern = "^[0-9]{1,8}$",
    .has_regex = true,
    .fields = fields,
    .field_count = COUNT(fields),
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

static void
test_asks(void **state)
{
    static const struct {
        const char *typed;
        const char *filter;
    } cases[] = {
        { "go", "(&(objectClass=gatehouseContractor)(|(gatehouseSearchKey=go*)))" },
        { " Núñez & Sons ",
            "(&(objectClass=gatehouseContractor)(|(gatehouseSearchKey=nunez sons*)))" },
        { "061234",
            "(&(objectClass=gatehouseContractor)(|(uid=61234)(gatehouseSearchKey=061234*)))" },
        { "7", "(&(objectClass=gatehouseContractor)(|(uid=7)))" },
        { "a*)(uid=*", "(&(objectClass=gatehouseContractor)(|(gatehouseSearchKey=a uid*)))" },
    };

    (void) state;

    for (size_t i = 0; i < COUNT(cases); i++) {
        gh_flow_t          *flow = gh_find_new(&realm, gh_text(cases[i].typed));
        const gh_request_t *search = canned_next(flow, GH_OPERATION_SEARCH);

        assert_string_equal(search->dn, BASE);
        assert_int_equal(search->scope, GH_SCOPE_ONE);
        assert_int_equal(search->size_limit, 200);
        assert_string_equal(search->filter, cases[i].filter);
        assert_string_equal(search->attrs[0], "uid");
        assert_string_equal(search->attrs[1], "o");
        assert_string_equal(search->attrs[2], "gatehouseLicenseClass");
        assert_null(search->attrs[3]);
        gh_flow_free(flow);
    }
}

static void
test_asks_for_one_license(void **state)
{
    gh_flow_t          *flow = gh_find_license_new(&realm, GH_TEXT("061234"));
    const gh_request_t *search = canned_next(flow, GH_OPERATION_SEARCH);

    (void) state;

    assert_string_equal(search->filter, "(&(objectClass=gatehouseContractor)(|(uid=61234)))");
    gh_flow_free(flow);

    flow = gh_find_license_new(&realm, GH_TEXT("sierra"));
    assert_true(gh_flow_is_done(flow));
    assert_int_equal(gh_find_result(flow)->outcome, GH_FIND_TOO_SHORT);
    gh_flow_free(flow);
}

static void
test_too_little_to_look_for(void **state)
{
    static const char *const typed[] = { "", " ", "a", "*", "&.", "a ", "\xff\xfe" };

    (void) state;

    for (size_t i = 0; i < COUNT(typed); i++) {
        gh_flow_t *flow = gh_find_new(&realm, gh_text(typed[i]));

        assert_true(gh_flow_is_done(flow));
        assert_null(gh_flow_next(flow));
        assert_int_equal(gh_find_result(flow)->outcome, GH_FIND_TOO_SHORT);
        gh_flow_free(flow);
    }
}

/* Gives three entries, out of order, with more than was asked for. */
static void
show(gh_flow_t *flow, int result)
{
    gh_text_t      uids[] = { { "3", 1 }, { "2", 1 }, { "1", 1 } };
    gh_text_t      names[] = { { "ZEBRA", 5 }, { "acme", 4 }, { "ACME", 4 } };
    gh_text_t      mail[] = { { "joe@example.org", 15 } };
    gh_text_t      set[] = { { "20261101000000Z", 15 } };
    gh_attribute_t lists[3][4];
    gh_entry_t     entries[4];
    gh_answer_t    answer;

    for (size_t i = 0; i < 3; i++) {
        lists[i][0] = (gh_attribute_t){ "mail", mail, 1 };
        lists[i][1] = (gh_attribute_t){ "UID", &uids[i], 1 };
        lists[i][2] = (gh_attribute_t){ "gatehousePasswordSet", set, 1 };
        lists[i][3] = (gh_attribute_t){ "o", &names[i], 1 };
        entries[i] = (gh_entry_t){ "uid=x," BASE, lists[i], 4 };
    }

    /* One without a license number has no page. */
    entries[3] = (gh_entry_t){ "uid=x," BASE, &lists[0][2], 2 };

    gh_answer_init(&answer);
    answer.result = result;
    answer.entries = entries;
    answer.entry_count = 4;
    gh_flow_take(flow, canned_next(flow, GH_OPERATION_SEARCH), &answer);
}

static void
test_shows_public_fields_in_order(void **state)
{
    gh_flow_t              *flow = gh_find_new(&realm, GH_TEXT("acme"));
    const gh_find_result_t *result = gh_find_result(flow);

    (void) state;

    show(flow, GH_RESULT_SUCCESS);
    assert_int_equal(result->outcome, GH_FIND_DONE);
    assert_int_equal(result->count, 3);
    assert_string_equal(gh_entry_value(&result->entries[0], "uid").data, "1");
    assert_string_equal(gh_entry_value(&result->entries[1], "uid").data, "2");
    assert_string_equal(gh_entry_value(&result->entries[2], "uid").data, "3");
    assert_string_equal(gh_entry_value(&result->entries[2], "o").data, "ZEBRA");

    for (size_t i = 0; i < result->count; i++) {
        assert_int_equal(result->entries[i].count, 2);
        assert_null(gh_entry_attribute(&result->entries[i], "mail"));
        assert_null(gh_entry_attribute(&result->entries[i], "gatehousePasswordSet"));
    }

    gh_flow_free(flow);
}

static void
test_outcomes(void **state)
{
    static const struct {
        int               result;
        gh_find_outcome_t outcome;
    } cases[] = {
        { GH_RESULT_SUCCESS, GH_FIND_DONE },
        { GH_RESULT_NO_SUCH_OBJECT, GH_FIND_DONE },
        { GH_RESULT_SIZE_LIMIT, GH_FIND_TOO_MANY },
        { GH_RESULT_ADMIN_LIMIT, GH_FIND_TOO_MANY },
        { GH_RESULT_TIMEOUT, GH_FIND_UNAVAILABLE },
        { GH_RESULT_INSUFFICIENT_ACCESS, GH_FIND_UNAVAILABLE },
        { 3 /* timeLimitExceeded */, GH_FIND_UNAVAILABLE },
    };
    gh_flow_t *flow;

    (void) state;

    for (size_t i = 0; i < COUNT(cases); i++) {
        flow = gh_find_new(&realm, GH_TEXT("acme"));
        canned_give(flow, GH_OPERATION_SEARCH, cases[i].result);
        assert_true(gh_flow_is_done(flow));
        assert_int_equal(gh_find_result(flow)->outcome, cases[i].outcome);
        assert_int_equal(gh_find_result(flow)->count, 0);
        gh_flow_free(flow);
    }

    flow = gh_find_new(&realm, GH_TEXT("acme"));
    show(flow, GH_RESULT_SIZE_LIMIT);
    assert_int_equal(gh_find_result(flow)->outcome, GH_FIND_TOO_MANY);
    assert_int_equal(gh_find_result(flow)->count, 3);
    gh_flow_free(flow);
}

static void
test_pages(void **state)
{
    static const struct {
        size_t         count, page;
        gh_find_page_t want; /* first, count, page, pages */
    } cases[] = {
        { 0, 1, { 0, 0, 1, 1 } },
        { 0, 9, { 0, 0, 1, 1 } },
        { 1, 1, { 0, 1, 1, 1 } },
        { 20, 1, { 0, 20, 1, 1 } },
        { 20, 2, { 0, 20, 1, 1 } },
        { 21, 1, { 0, 20, 1, 2 } },
        { 21, 2, { 20, 1, 2, 2 } },
        { 21, 0, { 0, 20, 1, 2 } },
        { 200, 10, { 180, 20, 10, 10 } },
        { 200, SIZE_MAX, { 180, 20, 10, 10 } },
    };

    (void) state;

    for (size_t i = 0; i < COUNT(cases); i++) {
        gh_find_result_t result = { .count = cases[i].count };
        gh_find_page_t   page = gh_find_page(&result, cases[i].page);

        assert_int_equal(page.first, cases[i].want.first);
        assert_int_equal(page.count, cases[i].want.count);
        assert_int_equal(page.page, cases[i].want.page);
        assert_int_equal(page.pages, cases[i].want.pages);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_asks),
        cmocka_unit_test(test_asks_for_one_license),
        cmocka_unit_test(test_too_little_to_look_for),
        cmocka_unit_test(test_shows_public_fields_in_order),
        cmocka_unit_test(test_outcomes),
        cmocka_unit_test(test_pages),
    };

    canned_search_lane = GH_LANE_READ;

    return cmocka_run_group_tests(tests, setup, teardown);
}
