/*
 * Canned answers: what tests of flows say in the directory's place.
 *
 * Included after cmocka.
 */
#ifndef GH_TESTS_CANNED_H
#define GH_TESTS_CANNED_H

/* System. */
#include <string.h>

/* Account. */
#include "account/flow.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* One value, for an entry. */
typedef struct {
    const char *attr;
    const char *value;
} canned_value_t;

/* Where searches go; a test of one that may be answered anywhere sets it in main(). */
static gh_lane_t canned_search_lane = GH_LANE_SERVICE;

static inline gh_lane_t
canned_lane(gh_operation_t operation)
{
    switch (operation) {

    case GH_OPERATION_BIND:
        return GH_LANE_BIND;

    case GH_OPERATION_SEARCH:
        return canned_search_lane;

    default:
        return GH_LANE_SERVICE;
    }
}

/* The flow's next request, the only one under way, of that kind. */
static inline const gh_request_t *
canned_next(gh_flow_t *flow, gh_operation_t operation)
{
    const gh_request_t *request = gh_flow_next(flow);

    assert_non_null(request);
    assert_int_equal(request->operation, operation);
    assert_int_equal(request->lane, canned_lane(operation));
    assert_null(gh_flow_next(flow));

    return request;
}

/* Answers the next request with a code, a policy error and words. */
static inline void
canned_refuse(gh_flow_t *flow, gh_operation_t operation, int result, gh_policy_error_t error,
    const char *words)
{
    const gh_request_t *request = canned_next(flow, operation);
    gh_answer_t         answer;

    gh_answer_init(&answer);
    answer.result = result;
    answer.policy.present = error != GH_POLICY_NONE;
    answer.policy.error = error;
    answer.diagnostic = (char *) words;
    gh_flow_take(flow, request, &answer);
}

/* Answers it with a code alone. */
static inline void
canned_give(gh_flow_t *flow, gh_operation_t operation, int result)
{
    canned_refuse(flow, operation, result, GH_POLICY_NONE, NULL);
}

/* Shows the search that is next an entry, a value an attribute. */
static inline void
canned_show(gh_flow_t *flow, const char *dn, const canned_value_t *values, size_t count)
{
    const gh_request_t *search = canned_next(flow, GH_OPERATION_SEARCH);
    gh_attribute_t      attributes[16];
    gh_text_t           texts[16];
    gh_entry_t          entry = { (char *) dn, attributes, count };
    gh_answer_t         answer;

    assert_true(count <= COUNT(attributes));

    for (size_t i = 0; i < count; i++) {
        texts[i] = gh_text(values[i].value);
        attributes[i] = (gh_attribute_t){ (char *) values[i].attr, &texts[i], 1 };
    }

    gh_answer_init(&answer);
    answer.result = GH_RESULT_SUCCESS;
    answer.entries = &entry;
    answer.entry_count = 1;
    gh_flow_take(flow, search, &answer);
}

/* The one change of that attribute; fails when there is none or another. */
static inline const gh_change_t *
canned_change(const gh_request_t *request, gh_change_kind_t kind, const char *attr)
{
    const gh_change_t *found = NULL;

    for (size_t i = 0; i < request->change_count; i++) {
        if (strcmp(request->changes[i].attr, attr) == 0) {
            assert_null(found);
            found = &request->changes[i];
        }
    }

    assert_non_null(found);
    assert_int_equal(found->kind, kind);

    return found;
}

/* That the request sets the attribute to that one value; NULL: to none. */
static inline void
assert_sets(
    const gh_request_t *request, gh_change_kind_t kind, const char *attr, const char *value)
{
    const gh_change_t *change = canned_change(request, kind, attr);

    assert_int_equal(change->count, value != NULL ? 1 : 0);

    if (value != NULL) {
        assert_string_equal(change->values[0], value);
    }
}

static inline void
assert_leaves(const gh_request_t *request, const char *attr)
{
    for (size_t i = 0; i < request->change_count; i++) {
        assert_string_not_equal(request->changes[i].attr, attr);
    }
}

static inline gh_secret_t *
canned_secret(const char *text)
{
    gh_secret_t *secret = gh_secret_new();

    assert_non_null(secret);
    assert_int_equal(gh_secret_set(secret, gh_text(text)), 0);

    return secret;
}

#endif
