/*
 * Sign-in cases: the realms, Maria's entry, and the calls that give a flow its
 * canned answers.
 *
 * signin_setup and signin_teardown are of the group of tests.
 */
#ifndef GH_TESTS_SIGNIN_CASE_H
#define GH_TESTS_SIGNIN_CASE_H

/* System. */
#include <string.h>

/* Account. */
#include "account/signin.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* 2026-11-23T07:05:00Z. */
#define NOW ((gh_time_t) 1795417500000000)

#define DN       "uid=maria.lopez,ou=public,dc=city,dc=example"
#define DECOY    "cn=decoy,ou=services,dc=city,dc=example"
#define NOBODY   "cn=nobody,cn=decoy,ou=services,dc=city,dc=example"
#define PASSWORD "blue heron over the pier"
#define UUID     "6f1c2c52-5d0e-103f-8a35-f7c1e1b7a2d4"

static char *login_attributes[] = { "uid", "mail", NULL };

/* The DN follows from the name. */
static gh_realm_t by_name = {
    .name = "public",
    .base = "ou=public,dc=city,dc=example",
    .find = GH_FIND_BY_NAME,
    .canonical = GH_CANONICAL_LOWER,
    .pattern = "^[a-z0-9.*@+() ]{3,40}$",
    .has_regex = true,
};

/* The DN follows from a search. */
static gh_realm_t by_search;

static gh_config_t config = {
    .directory = { .decoy_dn = DECOY, .lockout = 900 },
};

static inline int
signin_setup(void **state)
{
    (void) state;

    if (regcomp(&by_name.regex, by_name.pattern, REG_EXTENDED | REG_NOSUB) != 0) {
        return -1;
    }

    by_search = by_name;
    by_search.find = GH_FIND_BY_SEARCH;
    by_search.login_attributes = login_attributes;

    return 0;
}

static inline int
signin_teardown(void **state)
{
    (void) state;

    regfree(&by_name.regex);
    return 0;
}

static inline gh_flow_t *
flow_new(const gh_realm_t *realm, const char *typed, gh_text_t password)
{
    gh_secret_t *secret = gh_secret_new();
    gh_flow_t   *flow;

    assert_non_null(secret);
    (void) gh_secret_set(secret, password);
    flow = gh_signin_new(&config, realm, gh_text(typed), &secret, NOW);
    assert_non_null(flow);
    assert_null(secret);

    return flow;
}

/* Maria's sign-in, by name. */
static inline gh_flow_t *
maria_new(void)
{
    return flow_new(&by_name, "maria.lopez", gh_text(PASSWORD));
}

/* An entry that a test fills: attributes with up to two values each. */
typedef struct {
    gh_text_t      values[12][2];
    gh_attribute_t attributes[12];
    gh_entry_t     entry;
} record_t;

/* Adds a value, and the attribute when it is not there. */
static inline void
record_add(record_t *record, const char *attr, gh_text_t value)
{
    size_t          at = 0;
    gh_attribute_t *attribute;

    while (at < record->entry.count && strcmp(record->attributes[at].name, attr) != 0) {
        at++;
    }

    assert_true(at < COUNT(record->attributes));
    attribute = &record->attributes[at];

    if (at == record->entry.count) {
        *attribute = (gh_attribute_t){ (char *) attr, record->values[at], 0 };
        record->entry.count++;
    }

    assert_true(attribute->count < 2);
    attribute->values[attribute->count++] = value;
}

/* Takes the attribute away: what is left has a name that nobody asks for. */
static inline void
record_drop(record_t *record, const char *attr)
{
    for (size_t i = 0; i < record->entry.count; i++) {
        if (strcmp(record->attributes[i].name, attr) == 0) {
            record->attributes[i].name = "dropped";
        }
    }
}

/* Maria, whose account is open. */
static inline void
record_init(record_t *record)
{
    memset(record, 0, sizeof(*record));
    record->entry.dn = DN;
    record->entry.attributes = record->attributes;
    record_add(record, "uid", GH_TEXT("Maria.Lopez"));
    record_add(record, "cn", GH_TEXT("Maria L\xc3\xb3pez"));
    record_add(record, "mail", GH_TEXT("maria@city.example"));
    record_add(record, "entryUUID", GH_TEXT(UUID));
    record_add(record, "gatehousePasswordSet", GH_TEXT("20260101000000Z"));
}

static inline void
give_entries(
    gh_flow_t *flow, const gh_request_t *search, gh_entry_t *entries, size_t count, int result)
{
    gh_answer_t answer;

    gh_answer_init(&answer);
    answer.result = result;
    answer.entries = entries;
    answer.entry_count = count;
    gh_flow_take(flow, search, &answer);
}

static inline void
give_record(gh_flow_t *flow, const gh_request_t *search, record_t *record)
{
    give_entries(flow, search, &record->entry, 1, GH_RESULT_SUCCESS);
}

static inline void
give_policy(gh_flow_t *flow, const gh_request_t *bind, int result, gh_policy_error_t error,
    long expires_in, long grace_left)
{
    gh_answer_t answer;

    gh_answer_init(&answer);
    answer.result = result;
    answer.policy = (gh_policy_t){ true, error, expires_in, grace_left };
    gh_flow_take(flow, bind, &answer);
}

static inline void
give_result(gh_flow_t *flow, const gh_request_t *request, int result)
{
    give_policy(flow, request, result, GH_POLICY_NONE, -1, -1);
}

/* The next request is a bind as `dn` with the password that was typed. */
static inline const gh_request_t *
next_bind(gh_flow_t *flow, const char *dn)
{
    const gh_request_t *bind = gh_flow_next(flow);

    assert_non_null(bind);
    assert_int_equal(bind->operation, GH_OPERATION_BIND);
    assert_int_equal(bind->lane, GH_LANE_BIND);
    assert_string_equal(bind->dn, dn);
    assert_true(gh_text_equal(gh_secret_text(bind->secret), gh_text(PASSWORD)));

    return bind;
}

static inline const gh_request_t *
next_search(gh_flow_t *flow, const char *dn, gh_scope_t scope, const char *filter)
{
    const gh_request_t *search = gh_flow_next(flow);

    assert_non_null(search);
    assert_int_equal(search->operation, GH_OPERATION_SEARCH);
    assert_int_equal(search->lane, GH_LANE_SERVICE);
    assert_string_equal(search->dn, dn);
    assert_int_equal(search->scope, scope);
    assert_string_equal(search->filter, filter);

    return search;
}

/* Takes the two requests that go out side by side. */
static inline void
next_pair(gh_flow_t *flow, const gh_request_t **search, const gh_request_t **bind)
{
    *search = next_search(flow, DN, GH_SCOPE_BASE, "(objectClass=gatehouseAccount)");
    *bind = next_bind(flow, DN);
    assert_null(gh_flow_next(flow));
    assert_false(gh_flow_is_done(flow));
}

/* The flow is done with that verdict, and freed. */
static inline void
assert_verdict(gh_flow_t *flow, gh_verdict_t want)
{
    assert_true(gh_flow_is_done(flow));
    assert_null(gh_flow_next(flow));
    assert_string_equal(
        gh_verdict_name(gh_signin_result(flow)->verdict), gh_verdict_name(want));
    gh_flow_free(flow);
}

/* The refusal costs one bind more, as `dn`; nothing is decided by its answer. */
static inline void
assert_refused(gh_flow_t *flow, const char *dn, gh_verdict_t want)
{
    const gh_request_t *second = next_bind(flow, dn);

    assert_null(gh_flow_next(flow));
    assert_false(gh_flow_is_done(flow));
    give_result(flow, second, GH_RESULT_INVALID_CREDENTIALS);
    assert_verdict(flow, want);
}

static inline void
assert_card(
    const gh_flow_t *flow, const char *dn, const char *uid, const char *name, const char *mail)
{
    const gh_identity_card_t *who = &gh_signin_result(flow)->who;

    assert_string_equal(who->dn, dn);
    assert_string_equal(who->uid, uid);
    assert_string_equal(who->uuid, UUID);
    assert_string_equal(who->name, name);
    assert_string_equal(who->mail, mail);
}

#endif
