/*
 * State: what the stamps of an entry come to, to the second.
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
#include "account/state.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* 2026-11-23T07:05:00Z, and a lock of a quarter of an hour. */
#define NOW     ((gh_time_t) 1795417500000000)
#define LOCKOUT 900

/* The values of an entry; NULL: it lacks the attribute. */
typedef struct {
    const char *disabled, *set, *end, *reset, *locked;
} stamps_t;

#define SET "20260101000000Z"

static gh_state_t
state_of(const stamps_t *stamps, gh_time_t now, long lockout)
{
    struct {
        const char *name, *value;
    } all[] = {
        { "gatehouseDisabled", stamps->disabled },
        { "gatehousePasswordSet", stamps->set },
        { "pwdEndTime", stamps->end },
        { "pwdReset", stamps->reset },
        { "pwdAccountLockedTime", stamps->locked },
    };
    gh_text_t      values[COUNT(all)];
    gh_attribute_t attributes[COUNT(all)];
    gh_entry_t     entry = { "uid=61234,ou=contractors,dc=city,dc=example", attributes, 0 };

    for (size_t i = 0; i < COUNT(all); i++) {
        if (all[i].value != NULL) {
            values[i] = gh_text(all[i].value);
            attributes[entry.count++] = (gh_attribute_t){ (char *) all[i].name, &values[i], 1 };
        }
    }

    return gh_state_of(&entry, now, lockout);
}

static const struct {
    const char *name;
    stamps_t    stamps;
    gh_state_t  want;
} cases[] = {
    { "nothing but a password", { .set = SET }, GH_STATE_OPEN },
    { "nothing at all", { 0 }, GH_STATE_NO_PASSWORD },
    { "temporary", { .set = SET, .reset = "TRUE" }, GH_STATE_TEMPORARY },
    { "in any case", { .set = SET, .reset = "true" }, GH_STATE_TEMPORARY },
    { "not temporary", { .set = SET, .reset = "FALSE" }, GH_STATE_OPEN },
    { "temporary, never set", { .reset = "TRUE" }, GH_STATE_NO_PASSWORD },
    { "disabled", { .set = SET, .disabled = "TRUE" }, GH_STATE_DISABLED },
    { "not disabled", { .set = SET, .disabled = "FALSE" }, GH_STATE_OPEN },
    { "set to nothing", { .set = "" }, GH_STATE_OPEN },

    /* The end: it has come when its second has. */
    { "ends a second later", { .set = SET, .end = "20261123070501Z" }, GH_STATE_OPEN },
    { "ends just now", { .set = SET, .end = "20261123070500Z" }, GH_STATE_ENDED },
    { "ended a second ago", { .set = SET, .end = "20261123070459Z" }, GH_STATE_ENDED },
    { "ends a moment later", { .set = SET, .end = "20261123070500.000001Z" }, GH_STATE_OPEN },
    { "ends now elsewhere", { .set = SET, .end = "20261123080500+0100" }, GH_STATE_ENDED },
    { "no readable end", { .set = SET, .end = "tomorrow" }, GH_STATE_ENDED },
    { "an empty end", { .set = SET, .end = "" }, GH_STATE_ENDED },

    /* The lock: it is over when its last second is. */
    { "locked just now", { .set = SET, .locked = "20261123070500Z" }, GH_STATE_LOCKED },
    { "a second of the lock left", { .set = SET, .locked = "20261123065001Z" },
        GH_STATE_LOCKED },
    { "the lock is over", { .set = SET, .locked = "20261123065000Z" }, GH_STATE_OPEN },
    { "the lock was over long ago", { .set = SET, .locked = "20250101000000Z" },
        GH_STATE_OPEN },
    { "locked by a clock ahead", { .set = SET, .locked = "20261123080000Z" }, GH_STATE_LOCKED },
    { "locked for good", { .set = SET, .locked = "000001010000Z" }, GH_STATE_LOCKED },
    { "no readable lock", { .set = SET, .locked = "yes" }, GH_STATE_LOCKED },
    { "an empty lock", { .set = SET, .locked = "" }, GH_STATE_LOCKED },
    { "over, and temporary", { .set = SET, .reset = "TRUE", .locked = "20261123065000Z" },
        GH_STATE_TEMPORARY },

    /* Where several hold. */
    { "locked and temporary", { .set = SET, .reset = "TRUE", .locked = "20261123070500Z" },
        GH_STATE_LOCKED },
    { "locked without a password", { .locked = "20261123070500Z" }, GH_STATE_LOCKED },
    { "ended and locked", { .set = SET, .end = "20261123070500Z", .locked = "20261123070500Z" },
        GH_STATE_ENDED },
    { "ended and temporary", { .set = SET, .reset = "TRUE", .end = "20261123070500Z" },
        GH_STATE_ENDED },
    { "disabled and everything else",
        { "TRUE", SET, "20261123070500Z", "TRUE", "20261123070500Z" }, GH_STATE_DISABLED },
    { "disabled without a password", { .disabled = "TRUE" }, GH_STATE_DISABLED },
};

static void
test_states(void **state)
{
    (void) state;

    for (size_t i = 0; i < COUNT(cases); i++) {
        gh_state_t got = state_of(&cases[i].stamps, NOW, LOCKOUT);

        if (got != cases[i].want) {
            fail_msg("%s: %d and not %d", cases[i].name, got, cases[i].want);
        }
    }
}

/* A lock of no length lasts until staff end it. */
static void
test_endless_lock(void **state)
{
    stamps_t stamps = { .set = SET, .locked = "20200101000000Z" };

    (void) state;

    assert_int_equal(state_of(&stamps, NOW, 0), GH_STATE_LOCKED);
    assert_int_equal(state_of(&stamps, NOW, 1), GH_STATE_OPEN);
}

/* The microsecond at which each stamp turns. */
static void
test_edges(void **state)
{
    stamps_t ends = { .set = SET, .end = "20261123070500Z" };
    stamps_t locked = { .set = SET, .locked = "20261123065000Z" };

    (void) state;

    assert_int_equal(state_of(&ends, NOW - 1, LOCKOUT), GH_STATE_OPEN);
    assert_int_equal(state_of(&ends, NOW, LOCKOUT), GH_STATE_ENDED);
    assert_int_equal(state_of(&locked, NOW - 1, LOCKOUT), GH_STATE_LOCKED);
    assert_int_equal(state_of(&locked, NOW, LOCKOUT), GH_STATE_OPEN);
}

/* A stamp that came without a value can't be read, and so counts. */
static void
test_stamps_without_a_value(void **state)
{
    gh_text_t      set = GH_TEXT(SET);
    gh_attribute_t end[] = { { "gatehousePasswordSet", &set, 1 }, { "pwdEndTime", NULL, 0 } };
    gh_attribute_t locked[] = { { "gatehousePasswordSet", &set, 1 },
        { "pwdAccountLockedTime", NULL, 0 } };
    gh_entry_t     entry = { "uid=61234", end, 2 };

    (void) state;

    assert_int_equal(gh_state_of(&entry, NOW, LOCKOUT), GH_STATE_ENDED);
    entry.attributes = locked;
    assert_int_equal(gh_state_of(&entry, NOW, LOCKOUT), GH_STATE_LOCKED);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_states),
        cmocka_unit_test(test_endless_lock),
        cmocka_unit_test(test_edges),
        cmocka_unit_test(test_stamps_without_a_value),
    };

    return cmocka_run_group_tests_name("state", tests, NULL, NULL);
}
