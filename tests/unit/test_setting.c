/* Tests of lib/config/setting.c. */

/* cmocka, in the order it asks for. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

/* System. */
#include <stdlib.h>

/* Config. */
#include "config/config_int.h"

typedef struct {
    char     *name;
    char    **list;
    long      number;
    gh_time_t time;
    bool      is_on;
    unsigned  choice;
} test_target_t;

static const gh_setting_choice_t test_choices[] = { { "none", 0 }, { "low", 1 }, { "high", 4 },
    { NULL, 0 } };

#define TEST_KEY(word, kind, member) \
    .name = word, .type = GH_SETTING_##kind, .offset = offsetof(test_target_t, member)

static const gh_setting_t test_string = { TEST_KEY("title", STRING, name) };
static const gh_setting_t test_default = { TEST_KEY("title", STRING, name), .string = "City" };
static const gh_setting_t test_file = { TEST_KEY("keys", FILE, name) };
static const gh_setting_t test_list = { TEST_KEY("uri", LIST, list), .check = gh_value_uri };
static const gh_setting_t test_listed = { TEST_KEY("by", LIST, list), .string = "uid" };
static const char *const  test_words[] = { "one", "two", NULL };
static const gh_setting_t test_several_listed = { TEST_KEY("ask", LIST, list),
    .list = test_words, .may_be_empty = true };
static const gh_setting_t test_number = { TEST_KEY("queue", NUMBER, number), .least = 1,
    .most = 9, .number = 5, .unit = "people" };
static const gh_setting_t test_seconds = { TEST_KEY("idle", SECONDS, time), .least = 60,
    .most = 600, .number = 90, .unit = "seconds" };
static const gh_setting_t test_switch = { TEST_KEY("verify", SWITCH, is_on), .number = true };
static const gh_setting_t test_choice = { TEST_KEY("level", CHOICE, choice),
    .choices = test_choices };
static const gh_setting_t test_several = { TEST_KEY("levels", CHOICES, choice),
    .choices = test_choices };
static const gh_setting_t test_nowhere = {
    .name = "external", .type = GH_SETTING_SWITCH, .offset = GH_SETTING_NOWHERE
};

static void
test_check(void **state)
{
    static const struct {
        const gh_setting_t *setting;
        const char         *value;
        const char         *want; /* NULL: it is good */
    } cases[] = { { &test_string, "City of Almond Grove", NULL },
        { &test_string, "", "title: must not be empty" },
        { &test_string, "a\tb", "title: must be text without control characters" },
        { &test_file, "/etc/keys", NULL },
        { &test_file, "hunter2", "keys: must be an absolute path" },
        { &test_list, "ldapi:///", NULL },
        { &test_list, "http://x", "uri: must begin with ldap://, ldaps:// or ldapi://" },
        { &test_number, "1", NULL }, { &test_number, "9", NULL },
        { &test_number, "0", "queue = 0: must be from 1 to 9 people" },
        { &test_number, "10", "queue = 10: must be from 1 to 9 people" },
        { &test_number, "-1", "queue = -1: must be from 1 to 9 people" },
        { &test_number, "0x5", "queue = 0x5: must be from 1 to 9 people" },
        { &test_number, "five", "queue = five: must be from 1 to 9 people" },
        { &test_number, "", "queue = : must be from 1 to 9 people" },
        { &test_seconds, "60", NULL },
        { &test_seconds, "1m", "idle = 1m: must be from 60 to 600 seconds" },
        { &test_switch, "off", NULL },
        { &test_switch, "maybe", "verify = maybe: must be yes or no" },
        { &test_choice, "high", NULL },
        { &test_choice, "High", "level = High: must be none or low or high" },
        { &test_several, "", "levels = : must be none or low or high" },
        { &test_nowhere, "yes", NULL } };

    (void) state;

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        gh_error_t fault = { "" };
        int        rc = gh_setting_check(cases[i].setting, cases[i].value, &fault);

        assert_int_equal(rc, cases[i].want == NULL ? 0 : GH_ERR_INVALID);
        assert_string_equal(fault.text, cases[i].want == NULL ? "" : cases[i].want);
    }
}

static void
test_fill_strings(void **state)
{
    const char   *values[] = { "one", "two" };
    test_target_t target = { 0 };

    (void) state;

    assert_int_equal(gh_setting_fill(&test_string, values, 1, &target), 0);
    assert_string_equal(target.name, "one");
    assert_ptr_not_equal(target.name, values[0]);
    free(target.name);

    assert_int_equal(gh_setting_fill(&test_string, NULL, 0, &target), 0);
    assert_null(target.name);

    assert_int_equal(gh_setting_fill(&test_default, NULL, 0, &target), 0);
    assert_string_equal(target.name, "City");
    free(target.name);
}

static void
test_fill_lists(void **state)
{
    const char   *values[] = { "one", "two" };
    test_target_t target = { 0 };

    (void) state;

    assert_int_equal(gh_setting_fill(&test_list, values, 2, &target), 0);
    assert_string_equal(target.list[0], "one");
    assert_string_equal(target.list[1], "two");
    assert_null(target.list[2]);
    free(target.list[0]);
    free(target.list[1]);
    free(target.list);

    assert_int_equal(gh_setting_fill(&test_list, NULL, 0, &target), 0);
    assert_null(target.list[0]);
    free(target.list);

    assert_int_equal(gh_setting_fill(&test_listed, NULL, 0, &target), 0);
    assert_string_equal(target.list[0], "uid");
    assert_null(target.list[1]);
    free(target.list[0]);
    free(target.list);
}

/* A list that was written empty is no default. */
static void
test_fill_empty_lists(void **state)
{
    const char        *none[] = { NULL };
    const gh_setting_t keys[] = { test_several_listed, test_string, { .name = NULL } };
    test_target_t      target = { 0 };

    (void) state;

    assert_int_equal(gh_setting_fill(&test_several_listed, NULL, 0, &target), 0);
    assert_string_equal(target.list[0], "one");
    assert_string_equal(target.list[1], "two");
    assert_null(target.list[2]);
    gh_setting_cleanup(keys, &target);
    assert_null(target.list);

    assert_int_equal(gh_setting_fill(&test_several_listed, none, 0, &target), 0);
    assert_null(target.list[0]);
    gh_setting_cleanup(keys, &target);

    assert_int_equal(gh_setting_fill(&test_listed, none, 0, &target), 0);
    assert_string_equal(target.list[0], "uid");
    gh_setting_cleanup(keys, &target);
    gh_setting_cleanup(keys, &target);
}

static void
test_fill_numbers(void **state)
{
    test_target_t target = { 0 };

    (void) state;

    assert_int_equal(gh_setting_fill(&test_number, NULL, 0, &target), 0);
    assert_int_equal(target.number, 5);
    assert_int_equal(gh_setting_fill(&test_number, (const char *[]){ "07" }, 1, &target), 0);
    assert_int_equal(target.number, 7);

    assert_int_equal(gh_setting_fill(&test_seconds, NULL, 0, &target), 0);
    assert_int_equal(target.time, 90000000);
    assert_int_equal(gh_setting_fill(&test_seconds, (const char *[]){ "600" }, 1, &target), 0);
    assert_int_equal(target.time, 600000000);
}

static void
test_fill_words(void **state)
{
    test_target_t target = { 0 };

    (void) state;

    assert_int_equal(gh_setting_fill(&test_switch, NULL, 0, &target), 0);
    assert_true(target.is_on);
    assert_int_equal(gh_setting_fill(&test_switch, (const char *[]){ "no" }, 1, &target), 0);
    assert_false(target.is_on);

    assert_int_equal(gh_setting_fill(&test_choice, (const char *[]){ "high" }, 1, &target), 0);
    assert_int_equal(target.choice, 4);
    assert_int_equal(gh_setting_fill(&test_choice, NULL, 0, &target), 0);
    assert_int_equal(target.choice, 0);

    assert_int_equal(
        gh_setting_fill(&test_several, (const char *[]){ "high", "low" }, 2, &target), 0);
    assert_int_equal(target.choice, 5);

    assert_int_equal(gh_setting_fill(&test_nowhere, (const char *[]){ "yes" }, 1, NULL), 0);
}

int
main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(test_check),
        cmocka_unit_test(test_fill_strings), cmocka_unit_test(test_fill_lists),
        cmocka_unit_test(test_fill_empty_lists), cmocka_unit_test(test_fill_numbers),
        cmocka_unit_test(test_fill_words) };

    return cmocka_run_group_tests_name("setting", tests, NULL, NULL);
}
