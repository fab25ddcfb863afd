/*
 * Typed: gathering, names, and what differs from an entry.
 */

/* System. */
#include <stdlib.h>

/* cmocka. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

/* Tests. */
#include "canned.h"

/* Account. */
#include "account/typed.h"

/* What was typed, from a NULL-ended row of names and values. */
static gh_entry_t
typed_of(const char *const *words)
{
    gh_typed_t typed[8];
    gh_entry_t entry = { 0 };
    size_t     count = 0;

    for (; *words != NULL; words += 2) {
        typed[count++] = (gh_typed_t){ words[0], gh_text(words[1]) };
    }

    assert_int_equal(gh_typed_copy(&entry, typed, count), 0);

    return entry;
}

static void
assert_value(const gh_entry_t *entry, const char *attr, const char *value)
{
    gh_text_t text = gh_entry_value(entry, attr);

    assert_int_equal(text.len, strlen(value));
    assert_memory_equal(text.data, value, text.len);
}

static void
test_gathers(void **state)
{
    const char *const words[] = { "o", "ORCHARD", "gatehouseSearchKey", "orchard", "l", "",
        "GATEHOUSESEARCHKEY", "plumbing", "gatehouseSearchKey", "orchard", NULL };
    gh_entry_t        typed = typed_of(words);

    (void) state;

    assert_int_equal(typed.count, 3);
    assert_value(&typed, "o", "ORCHARD");
    assert_int_equal(gh_entry_attribute(&typed, "gatehouseSearchKey")->count, 2);
    assert_true(gh_entry_has(&typed, "gatehouseSearchKey", GH_TEXT("plumbing")));
    assert_int_equal(gh_entry_attribute(&typed, "l")->count, 0);
    gh_entry_cleanup(&typed);
}

static void
test_refuses_nul(void **state)
{
    const gh_typed_t typed[] = { { "o", { "ORCHARD", 7 } }, { "l", { "a\0b", 3 } } };
    gh_entry_t       entry = { 0 };

    (void) state;

    assert_int_equal(gh_typed_copy(&entry, typed, 2), GH_ERR_INVALID);
    assert_int_equal(entry.count, 0);
    assert_null(entry.attributes);
}

typedef struct {
    const char *const words[9];
    bool              is_contractor;
    const char       *cn; /* "": none */
    const char       *sn;
} names_case_t;

/* Stored: Maria Lopez. */
static const names_case_t names_cases[] = {
    { { "givenName", "Mary", "sn", "Lee", NULL }, false, "Mary Lee", "Lee" },
    { { "givenName", "Mary", NULL }, false, "Mary Lopez", "" },
    { { "sn", "Lee", NULL }, false, "Maria Lee", "Lee" },
    { { "givenName", "", "sn", "Lee", NULL }, false, "Lee", "Lee" },
    { { "givenName", "Mary", "sn", "Lee", "cn", "Dr. Lee", NULL }, false, "Dr. Lee", "Lee" },
    { { "mail", "maria@example.org", NULL }, false, "", "" },
    { { "o", "LOPEZ AND SON", NULL }, false, "", "" },
    { { "o", "ORCHARD", NULL }, true, "ORCHARD", "ORCHARD" },
    { { "o", "ORCHARD", "givenName", "Mary", "sn", "Lee", NULL }, true, "ORCHARD", "Lee" },
    { { "o", "", NULL }, true, "", "" },
    { { "l", "Almond Grove", NULL }, true, "", "" },
};

static void
test_names(void **state)
{
    const char *const words[] = { "givenName", "Maria", "sn", "Lopez", NULL };
    gh_entry_t        stored = typed_of(words);

    (void) state;

    for (size_t i = 0; i < COUNT(names_cases); i++) {
        gh_entry_t typed = typed_of(names_cases[i].words);

        assert_int_equal(gh_typed_names(&typed, &stored, names_cases[i].is_contractor), 0);
        assert_value(&typed, "cn", names_cases[i].cn);
        assert_value(&typed, "sn", names_cases[i].sn);
        gh_entry_cleanup(&typed);
    }

    gh_entry_cleanup(&stored);
}

static const names_case_t new_names_cases[] = {
    { { "givenName", "Mary", "sn", "Lee", NULL }, false, "Mary Lee", "Lee" },
    { { "givenName", "Mary", NULL }, false, "Mary", "Mary" },
    { { "mail", "maria@example.org", NULL }, false, "maria", "maria" },
    { { "cn", "", "sn", "", NULL }, false, "maria", "maria" },
    { { "o", "ORCHARD", NULL }, true, "ORCHARD", "ORCHARD" },
    { { "o", "", NULL }, true, "maria", "maria" },
};

static void
test_new_names(void **state)
{
    (void) state;

    for (size_t i = 0; i < COUNT(new_names_cases); i++) {
        const names_case_t *want = &new_names_cases[i];
        gh_entry_t          typed = typed_of(want->words);

        assert_int_equal(gh_typed_new_names(&typed, GH_TEXT("maria"), want->is_contractor), 0);
        assert_value(&typed, "cn", want->cn);
        assert_value(&typed, "sn", want->sn);
        gh_entry_cleanup(&typed);
    }
}

typedef struct {
    const char *words[5];
    const char *attr;
    bool        want;
} missing_case_t;

static const missing_case_t missing_cases[] = {
    { { "cn", "ORCHARD", "sn", "ORCHARD", NULL }, "sn", true },
    { { "cn", "ORCHARD", "sn", "ORCHARD", NULL }, "SN", true },
    { { "cn", "ORCHARD", "sn", "Peña", NULL }, "sn", false },
    { { "cn", "ORCHARD", "o", "ORCHARD", NULL }, "o", false },
    { { "cn", "ORCHARD", "o", "", NULL }, "o", true },
    { { "cn", "ORCHARD", NULL }, "mail", true },
};

static void
test_what_is_missing(void **state)
{
    (void) state;

    for (size_t i = 0; i < COUNT(missing_cases); i++) {
        gh_entry_t stored = typed_of(missing_cases[i].words);

        assert_int_equal(
            gh_typed_is_missing(&stored, missing_cases[i].attr), missing_cases[i].want);
        gh_entry_cleanup(&stored);
    }
}

static void
test_puts(void **state)
{
    const char *const typed_words[] = { "o", "ORCHARD", "l", "", "st", "", "mail",
        "a@example.org", "k", "two", "k", "one", NULL };
    const char *const stored_words[] = { "O", "ORCHARD GROVE", "st", "CA", "k", "one", "k",
        "two", NULL };
    gh_entry_t        typed = typed_of(typed_words);
    gh_entry_t        stored = typed_of(stored_words);
    gh_request_t     *request = gh_request_add("uid=1,dc=example");

    (void) state;

    gh_typed_put(request, &typed);
    assert_int_equal(request->change_count, 3);
    assert_sets(request, GH_CHANGE_ADD, "o", "ORCHARD");
    assert_sets(request, GH_CHANGE_ADD, "mail", "a@example.org");
    assert_int_equal(canned_change(request, GH_CHANGE_ADD, "k")->count, 2);
    gh_request_free(request);

    request = gh_request_modify("uid=1,dc=example");
    gh_typed_put_missing(request, &typed, &stored);
    assert_int_equal(request->change_count, 1);
    assert_sets(request, GH_CHANGE_REPLACE, "mail", "a@example.org");
    gh_request_free(request);

    request = gh_request_modify("uid=1,dc=example");
    gh_typed_put_changed(request, &typed, &stored);
    assert_int_equal(request->change_count, 3);
    assert_sets(request, GH_CHANGE_REPLACE, "o", "ORCHARD");
    assert_sets(request, GH_CHANGE_REPLACE, "st", NULL);
    assert_sets(request, GH_CHANGE_REPLACE, "mail", "a@example.org");
    gh_request_free(request);

    gh_entry_cleanup(&typed);
    gh_entry_cleanup(&stored);
}

static void
test_attributes(void **state)
{
    const char *const words[] = { "mail", "a@example.org", "CN", "A", "l", "", NULL };
    const char *const fixed[] = { "uid", "cn", NULL };
    gh_entry_t        typed = typed_of(words);
    const char      **list = gh_typed_attributes(fixed, &typed);

    (void) state;

    assert_string_equal(list[0], "uid");
    assert_string_equal(list[1], "cn");
    assert_string_equal(list[2], "mail");
    assert_string_equal(list[3], "l");
    assert_null(list[4]);

    free(list);
    gh_entry_cleanup(&typed);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_gathers),
        cmocka_unit_test(test_refuses_nul),
        cmocka_unit_test(test_names),
        cmocka_unit_test(test_new_names),
        cmocka_unit_test(test_what_is_missing),
        cmocka_unit_test(test_puts),
        cmocka_unit_test(test_attributes),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
