/*
 * On file: fed with canned answers, what the flow sends and what it comes to.
 */

/* System. */
#include <string.h>

/* cmocka. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

/* Account. */
#include "account/onfile.h"

#define DN "uid=61234,ou=contractors,dc=city,dc=example"

static gh_realm_t realm = {
    .name = "contractor",
    .base = "ou=contractors,dc=city,dc=example",
    .canonical = GH_CANONICAL_STRIP_ZEROS,
    .pattern = "^[0-9]{1,8}$",
    .has_regex = true,
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

/* A flow for one license, as `flags` say. */
static gh_flow_t *
flow_new(unsigned flags)
{
    gh_text_t          columns[GH_LICENSE_COLUMNS];
    gh_license_fault_t fault;
    gh_license_t      *license;
    gh_flow_t         *flow;

    for (size_t i = 0; i < GH_LICENSE_COLUMNS; i++) {
        columns[i] = gh_text("");
    }

    columns[GH_LICENSE_NUMBER] = gh_text("061234");
    columns[GH_LICENSE_NAME] = gh_text("SIERRA ROOFING");
    columns[GH_LICENSE_STATUS] = gh_text("CLEAR");
    columns[GH_LICENSE_CLASSES] = gh_text("B| C10");
    columns[GH_LICENSE_ADDRESS] = gh_text("1 VISTA BLVD");

    license = gh_license_new(&realm, columns, &fault);
    assert_non_null(license);
    flow = gh_onfile_new(&realm, &license, flags);
    assert_non_null(flow);
    assert_null(license);

    return flow;
}

/* The entry that the flow's license makes, but for what a test changes. */
static gh_text_t      classes[] = { { "inetOrgPerson", 13 }, { "gatehouseAccount", 16 },
         { "gatehouseContractor", 19 } };
static gh_text_t      name[] = { { "SIERRA ROOFING", 14 } };
static gh_text_t      key[] = { { "roofing", 7 }, { "sierra roofing", 14 } };
static gh_text_t      status[] = { { "CLEAR", 5 } };
static gh_text_t      license_classes[] = { { "C10", 3 }, { "B", 1 } };
static gh_text_t      street[] = { { "1 VISTA BLVD", 12 } };
static gh_text_t      old[] = { { "OLD", 3 } };
static gh_text_t      set[] = { { "20261123070500Z", 15 } };
static gh_attribute_t attributes[] = {
    { "objectClass", classes, 3 },
    { "o", name, 1 },
    { "CN", name, 1 },
    { "sn", name, 1 },
    { "gatehouseLicenseStatus", status, 1 },
    { "gatehouseLicenseClass", license_classes, 2 },
    { "street", street, 1 },
    { "gatehouseSearchKey", key, 2 },
};

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* Takes the next request and gives it the answer. */
static void
answer_entry(gh_flow_t *flow, gh_attribute_t *list, size_t count)
{
    const gh_request_t *request = gh_flow_next(flow);
    gh_entry_t          entry = { DN, list, count };
    gh_answer_t         answer;

    assert_non_null(request);
    assert_int_equal(request->operation, GH_OPERATION_SEARCH);
    assert_int_equal(request->scope, GH_SCOPE_BASE);
    assert_string_equal(request->dn, DN);
    assert_null(gh_flow_next(flow));

    gh_answer_init(&answer);
    answer.result = GH_RESULT_SUCCESS;
    answer.entries = &entry;
    answer.entry_count = 1;
    gh_flow_take(flow, request, &answer);
}

static void
answer_result(gh_flow_t *flow, gh_operation_t operation, int result)
{
    const gh_request_t *request = gh_flow_next(flow);
    gh_answer_t         answer;

    assert_non_null(request);
    assert_int_equal(request->operation, operation);
    assert_null(gh_flow_next(flow));

    gh_answer_init(&answer);
    answer.result = result;
    answer.diagnostic = "no write access to parent";
    gh_flow_take(flow, request, &answer);
}

static void
assert_outcome(gh_flow_t *flow, gh_onfile_outcome_t outcome)
{
    assert_true(gh_flow_is_done(flow));
    assert_null(gh_flow_next(flow));
    assert_int_equal(gh_onfile_result(flow)->outcome, outcome);
    gh_flow_free(flow);
}

static void
assert_change(const gh_request_t *request, size_t at, gh_change_kind_t kind, const char *attr,
    size_t count, const char *first)
{
    assert_true(at < request->change_count);
    assert_int_equal(request->changes[at].kind, kind);
    assert_string_equal(request->changes[at].attr, attr);
    assert_int_equal(request->changes[at].count, count);

    if (count > 0) {
        assert_string_equal(request->changes[at].values[0], first);
    }
}

/* Answers the write under way with success. */
static void
write_succeeds(gh_flow_t *flow, const gh_request_t *request)
{
    gh_answer_t answer;

    gh_answer_init(&answer);
    answer.result = GH_RESULT_SUCCESS;
    gh_flow_take(flow, request, &answer);
}

static void
test_adds_who_is_missing(void **state)
{
    gh_flow_t          *flow = flow_new(0);
    const gh_request_t *add;

    (void) state;

    answer_result(flow, GH_OPERATION_SEARCH, GH_RESULT_NO_SUCH_OBJECT);
    add = gh_flow_next(flow);
    assert_non_null(add);
    assert_int_equal(add->operation, GH_OPERATION_ADD);
    assert_int_equal(add->lane, GH_LANE_SERVICE);
    assert_string_equal(add->dn, DN);
    assert_int_equal(add->change_count, 9);
    assert_change(add, 0, GH_CHANGE_ADD, "objectClass", 6, "top");
    assert_string_equal(add->changes[0].values[3], "inetOrgPerson");
    assert_string_equal(add->changes[0].values[5], "gatehouseContractor");
    assert_change(add, 1, GH_CHANGE_ADD, "uid", 1, "61234");
    assert_change(add, 2, GH_CHANGE_ADD, "o", 1, "SIERRA ROOFING");
    assert_change(add, 3, GH_CHANGE_ADD, "cn", 1, "SIERRA ROOFING");
    assert_change(add, 4, GH_CHANGE_ADD, "sn", 1, "SIERRA ROOFING");
    assert_change(add, 5, GH_CHANGE_ADD, "gatehouseSearchKey", 2, "sierra roofing");
    assert_change(add, 6, GH_CHANGE_ADD, "gatehouseLicenseStatus", 1, "CLEAR");
    assert_change(add, 7, GH_CHANGE_ADD, "gatehouseLicenseClass", 2, "B");
    assert_change(add, 8, GH_CHANGE_ADD, "street", 1, "1 VISTA BLVD");

    write_succeeds(flow, add);
    assert_outcome(flow, GH_ONFILE_CREATED);
}

static void
test_leaves_what_is_the_same(void **state)
{
    gh_flow_t *flow = flow_new(0);

    (void) state;

    answer_entry(flow, attributes, COUNT(attributes));
    assert_outcome(flow, GH_ONFILE_UNCHANGED);
}

static void
test_changes_only_what_differs(void **state)
{
    gh_flow_t          *flow = flow_new(0);
    gh_attribute_t      list[COUNT(attributes) + 1];
    const gh_request_t *modify;

    (void) state;

    memcpy(list, attributes, sizeof(attributes));
    list[4].values = old; /* the status */
    list[5].count = 1;    /* one class of two */
    list[6].values = old; /* the street */
    list[8] = (gh_attribute_t){ "gatehouseWorkersComp", old, 1 };

    answer_entry(flow, list, COUNT(list));
    modify = gh_flow_next(flow);
    assert_non_null(modify);
    assert_int_equal(modify->operation, GH_OPERATION_MODIFY);
    assert_string_equal(modify->dn, DN);
    assert_int_equal(modify->change_count, 4);
    assert_change(modify, 0, GH_CHANGE_REPLACE, "gatehouseLicenseStatus", 1, "CLEAR");
    assert_change(modify, 1, GH_CHANGE_REPLACE, "gatehouseLicenseClass", 2, "B");
    assert_change(modify, 2, GH_CHANGE_REPLACE, "gatehouseWorkersComp", 0, NULL);
    assert_change(modify, 3, GH_CHANGE_REPLACE, "street", 1, "1 VISTA BLVD");
    assert_string_equal(modify->assertion, "(!(gatehousePasswordSet=*))");

    write_succeeds(flow, modify);
    assert_outcome(flow, GH_ONFILE_UPDATED);
}

/* A person's own address stays, the board's word about the license does not. */
static void
test_keeps_what_a_person_typed(void **state)
{
    gh_flow_t          *flow = flow_new(0);
    gh_attribute_t      list[COUNT(attributes) + 3];
    const gh_request_t *modify;

    (void) state;

    memcpy(list, attributes, sizeof(attributes));
    list[4].values = old; /* the status */
    list[6].values = old; /* the street */
    list[8] = (gh_attribute_t){ "gatehousePasswordSet", set, 1 };
    list[9] = (gh_attribute_t){ "telephoneNumber", old, 1 };
    list[10] = (gh_attribute_t){ "mail", old, 1 };

    answer_entry(flow, list, COUNT(list));
    modify = gh_flow_next(flow);
    assert_non_null(modify);
    assert_int_equal(modify->change_count, 1);
    assert_change(modify, 0, GH_CHANGE_REPLACE, "gatehouseLicenseStatus", 1, "CLEAR");
    assert_null(modify->assertion);

    write_succeeds(flow, modify);
    assert_outcome(flow, GH_ONFILE_UPDATED);
}

static void
test_gives_an_entry_its_classes(void **state)
{
    gh_flow_t          *flow = flow_new(0);
    gh_attribute_t      list[COUNT(attributes)];
    const gh_request_t *modify;

    (void) state;

    memcpy(list, attributes, sizeof(attributes));
    list[0].count = 2;

    answer_entry(flow, list, COUNT(list));
    modify = gh_flow_next(flow);
    assert_non_null(modify);
    assert_int_equal(modify->change_count, 1);
    assert_change(modify, 0, GH_CHANGE_ADD, "objectClass", 1, "gatehouseContractor");
    write_succeeds(flow, modify);
    assert_outcome(flow, GH_ONFILE_UPDATED);
}

static void
test_flags_keep_it_from_writing(void **state)
{
    gh_attribute_t list[COUNT(attributes)];
    gh_flow_t     *flow;

    (void) state;

    memcpy(list, attributes, sizeof(attributes));
    list[4].values = old;

    flow = flow_new(GH_ONFILE_DRY_RUN);
    answer_result(flow, GH_OPERATION_SEARCH, GH_RESULT_NO_SUCH_OBJECT);
    assert_outcome(flow, GH_ONFILE_CREATED);

    flow = flow_new(GH_ONFILE_DRY_RUN);
    answer_entry(flow, list, COUNT(list));
    assert_outcome(flow, GH_ONFILE_UPDATED);

    flow = flow_new(GH_ONFILE_UPDATE_ONLY);
    answer_result(flow, GH_OPERATION_SEARCH, GH_RESULT_NO_SUCH_OBJECT);
    assert_outcome(flow, GH_ONFILE_ABSENT);

    flow = flow_new(GH_ONFILE_UPDATE_ONLY | GH_ONFILE_DRY_RUN);
    answer_result(flow, GH_OPERATION_SEARCH, GH_RESULT_NO_SUCH_OBJECT);
    assert_outcome(flow, GH_ONFILE_ABSENT);
}

/* Somebody else was faster: it looks again. */
static void
test_starts_over(void **state)
{
    gh_attribute_t list[COUNT(attributes)];
    gh_flow_t     *flow;

    (void) state;

    memcpy(list, attributes, sizeof(attributes));
    list[6].values = old;

    flow = flow_new(0);
    answer_result(flow, GH_OPERATION_SEARCH, GH_RESULT_NO_SUCH_OBJECT);
    answer_result(flow, GH_OPERATION_ADD, GH_RESULT_ALREADY_EXISTS);
    answer_entry(flow, attributes, COUNT(attributes));
    assert_outcome(flow, GH_ONFILE_UNCHANGED);

    flow = flow_new(0);
    answer_entry(flow, list, COUNT(list));
    answer_result(flow, GH_OPERATION_MODIFY, GH_RESULT_NO_SUCH_OBJECT);
    answer_result(flow, GH_OPERATION_SEARCH, GH_RESULT_NO_SUCH_OBJECT);
    answer_result(flow, GH_OPERATION_ADD, GH_RESULT_SUCCESS);
    assert_outcome(flow, GH_ONFILE_CREATED);

    flow = flow_new(0);
    for (int i = 0; i < 3; i++) {
        answer_entry(flow, list, COUNT(list));
        answer_result(flow, GH_OPERATION_MODIFY, GH_RESULT_ASSERTION_FAILED);
    }
    assert_string_equal(gh_onfile_result(flow)->error.text, "others keep changing the entry");
    assert_outcome(flow, GH_ONFILE_REFUSED);
}

static void
test_reports_refusals(void **state)
{
    gh_flow_t *flow = flow_new(0);

    (void) state;

    answer_result(flow, GH_OPERATION_SEARCH, GH_RESULT_NO_SUCH_OBJECT);
    answer_result(flow, GH_OPERATION_ADD, GH_RESULT_INSUFFICIENT_ACCESS);
    assert_int_equal(gh_onfile_result(flow)->result, 50);
    assert_string_equal(gh_onfile_result(flow)->error.text,
        "the directory refused it: no write access to parent (50)");
    assert_outcome(flow, GH_ONFILE_REFUSED);

    /* The realm's base is missing. */
    flow = flow_new(0);
    answer_result(flow, GH_OPERATION_SEARCH, GH_RESULT_NO_SUCH_OBJECT);
    answer_result(flow, GH_OPERATION_ADD, GH_RESULT_NO_SUCH_OBJECT);
    assert_outcome(flow, GH_ONFILE_REFUSED);

    flow = flow_new(0);
    answer_result(flow, GH_OPERATION_SEARCH, GH_RESULT_INSUFFICIENT_ACCESS);
    assert_outcome(flow, GH_ONFILE_REFUSED);

    /* The entry is there, and not shown. */
    flow = flow_new(0);
    answer_result(flow, GH_OPERATION_SEARCH, GH_RESULT_SUCCESS);
    assert_outcome(flow, GH_ONFILE_REFUSED);
}

static void
test_shows_only_words_that_are_fit(void **state)
{
    gh_flow_t          *flow = flow_new(0);
    const gh_request_t *search = gh_flow_next(flow);
    gh_answer_t         answer;

    (void) state;

    gh_answer_init(&answer);
    answer.result = GH_RESULT_INSUFFICIENT_ACCESS;
    answer.diagnostic = "\033[2J";
    gh_flow_take(flow, search, &answer);
    assert_string_equal(gh_onfile_result(flow)->error.text, "the directory refused it (50)");
    assert_outcome(flow, GH_ONFILE_REFUSED);
}

static void
test_tells_absence_from_refusal(void **state)
{
    static const int lost[] = { GH_RESULT_UNREACHABLE, GH_RESULT_TIMEOUT, GH_RESULT_OVERLOADED,
        GH_RESULT_BUSY, GH_RESULT_UNAVAILABLE };

    (void) state;

    for (size_t i = 0; i < COUNT(lost); i++) {
        gh_flow_t *flow = flow_new(0);

        answer_result(flow, GH_OPERATION_SEARCH, lost[i]);
        assert_outcome(flow, GH_ONFILE_UNREACHABLE);

        flow = flow_new(0);
        answer_result(flow, GH_OPERATION_SEARCH, GH_RESULT_NO_SUCH_OBJECT);
        answer_result(flow, GH_OPERATION_ADD, lost[i]);
        assert_outcome(flow, GH_ONFILE_UNREACHABLE);
    }
}

static void
test_refuses_another_entry(void **state)
{
    gh_flow_t          *flow = flow_new(0);
    const gh_request_t *search = gh_flow_next(flow);
    gh_entry_t          entry = { "uid=999,ou=contractors,dc=city,dc=example", attributes,
                 COUNT(attributes) };
    gh_answer_t         answer;

    (void) state;

    gh_answer_init(&answer);
    answer.result = GH_RESULT_SUCCESS;
    answer.entries = &entry;
    answer.entry_count = 1;
    gh_flow_take(flow, search, &answer);
    assert_outcome(flow, GH_ONFILE_REFUSED);
}

static void
test_can_be_freed_at_any_time(void **state)
{
    gh_flow_t *flow = flow_new(0);

    (void) state;

    gh_flow_free(flow);

    flow = flow_new(0);
    assert_non_null(gh_flow_next(flow));
    gh_flow_free(flow);

    flow = flow_new(0);
    answer_result(flow, GH_OPERATION_SEARCH, GH_RESULT_NO_SUCH_OBJECT);
    gh_flow_free(flow);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_adds_who_is_missing),
        cmocka_unit_test(test_leaves_what_is_the_same),
        cmocka_unit_test(test_changes_only_what_differs),
        cmocka_unit_test(test_keeps_what_a_person_typed),
        cmocka_unit_test(test_gives_an_entry_its_classes),
        cmocka_unit_test(test_flags_keep_it_from_writing),
        cmocka_unit_test(test_starts_over),
        cmocka_unit_test(test_reports_refusals),
        cmocka_unit_test(test_shows_only_words_that_are_fit),
        cmocka_unit_test(test_tells_absence_from_refusal),
        cmocka_unit_test(test_refuses_another_entry),
        cmocka_unit_test(test_can_be_freed_at_any_time),
    };

    return cmocka_run_group_tests(tests, setup, teardown);
}
