/*
 * The person behind a session: one search that asks for the realm's fields.
 */

/* System. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

/* Account. */
#include "account/person.h"

static gh_field_t fields[] = { { .attribute = "givenName" }, { .attribute = "mail" } };
static gh_realm_t realm = {
    .name = "public", .base = "ou=public,dc=city", .fields = fields, .field_count = 2
};

static bool
asks_for(const gh_request_t *search, const char *attr)
{
    for (char **each = search->attrs; *each != NULL; each++) {
        if (strcmp(*each, attr) == 0) {
            return true;
        }
    }

    return false;
}

static void
test_asks_for_the_fields(void **state)
{
    gh_flow_t          *flow = gh_person_new(&realm, gh_text("maria"), gh_text("uuid-1"));
    const gh_request_t *search;
    gh_answer_t         answer;

    (void) state;

    assert_non_null(flow);
    search = gh_flow_next(flow);
    assert_non_null(search);
    assert_int_equal(search->operation, GH_OPERATION_SEARCH);
    assert_true(asks_for(search, "uid"));
    assert_true(asks_for(search, "entryUUID"));
    assert_true(asks_for(search, "givenName"));
    assert_true(asks_for(search, "mail"));
    assert_non_null(strstr(search->filter, "(uid=maria)"));
    assert_non_null(strstr(search->filter, "(entryUUID=uuid-1)"));
    assert_null(gh_flow_next(flow));

    gh_answer_init(&answer);
    answer.result = GH_RESULT_SUCCESS;
    gh_flow_take(flow, search, &answer);
    assert_true(gh_flow_is_done(flow));
    assert_int_equal(gh_person_result(flow)->outcome, GH_LOOKUP_NOBODY);
    gh_flow_free(flow);
}

static void
test_directory_away(void **state)
{
    gh_flow_t  *flow = gh_person_new(&realm, gh_text("maria"), gh_text("uuid-1"));
    gh_answer_t answer;

    (void) state;

    gh_answer_init(&answer);
    gh_flow_take(flow, gh_flow_next(flow), &answer);
    assert_true(gh_flow_is_done(flow));
    assert_int_equal(gh_person_result(flow)->outcome, GH_LOOKUP_UNAVAILABLE);
    assert_int_equal(gh_person_result(flow)->code, -1);
    gh_flow_free(flow);
}

/* What is on file, and what everybody knows of the city; no more than there is room for. */
static void
test_words(void **state)
{
    gh_portal_settings_t portal = { .title = (char *) "City of Almond Grove",
        .city = (char *) "Almond Grove" };
    gh_text_t            names[40] = { GH_TEXT("Maria"), GH_TEXT("Mary") };
    gh_text_t            words[GH_PERSON_WORDS];
    gh_attribute_t       attribute = { (char *) "givenName", names, 2 };
    gh_lookup_t          found;

    (void) state;

    gh_lookup_init(&found);
    assert_int_equal(gh_person_words(&found, &portal, words), 2);

    found.entry = (gh_entry_t){ (char *) "uid=maria", &attribute, 1 };
    assert_int_equal(gh_person_words(&found, &portal, words), 4);
    assert_string_equal(words[0].data, "City of Almond Grove");
    assert_string_equal(words[1].data, "Almond Grove");
    assert_string_equal(words[2].data, "Maria");
    assert_string_equal(words[3].data, "Mary");

    attribute.count = 40;
    assert_int_equal(gh_person_words(&found, &portal, words), 24);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_asks_for_the_fields),
        cmocka_unit_test(test_directory_away),
        cmocka_unit_test(test_words),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
