/*
 * Requests: what each kind is made of, and when one is not whole.
 */

/* System. */
#include <string.h>

/* cmocka. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

/* Directory. */
#include "directory/request.h"

#define DN "uid=61234,ou=contractors,dc=city,dc=example"

/* A secret that a test frees. */
static gh_secret_t *
secret_of(const char *text)
{
    gh_secret_t *secret = gh_secret_new();

    assert_non_null(secret);
    assert_int_equal(gh_secret_set(secret, gh_text(text)), 0);

    return secret;
}

static void
assert_change(const gh_request_t *request, size_t at, gh_change_kind_t kind, const char *attr,
    size_t count, bool is_secret)
{
    assert_true(at < request->change_count);
    assert_int_equal(request->changes[at].kind, kind);
    assert_string_equal(request->changes[at].attr, attr);
    assert_int_equal(request->changes[at].count, count);
    assert_int_equal(request->changes[at].is_secret, is_secret);
}

static void
test_password(void **state)
{
    gh_secret_t  *secret = secret_of("level plumb and square");
    gh_request_t *request = gh_request_password(DN, secret);

    (void) state;

    gh_secret_free(secret);

    assert_true(gh_request_is_ok(request));
    assert_int_equal(request->operation, GH_OPERATION_PASSWORD);
    assert_int_equal(request->lane, GH_LANE_SERVICE);
    assert_string_equal(request->dn, DN);
    assert_string_equal(request->secret->data, "level plumb and square");
    assert_false(gh_request_is_repeatable(request));
    gh_request_free(request);
}

/* What it was built from may change afterwards. */
static void
test_search(void **state)
{
    char          dn[] = DN;
    char          filter[] = "(uid=61234)";
    char          mail[] = "mail";
    const char   *attrs[] = { "uid", mail, NULL };
    gh_request_t *request = gh_request_search(dn, GH_SCOPE_ONE, filter, attrs, 7);

    (void) state;

    dn[0] = filter[0] = mail[0] = 'X';
    attrs[0] = "cn";

    assert_true(gh_request_is_ok(request));
    assert_int_equal(request->operation, GH_OPERATION_SEARCH);
    assert_int_equal(request->lane, GH_LANE_SERVICE);
    assert_string_equal(request->dn, DN);
    assert_int_equal(request->scope, GH_SCOPE_ONE);
    assert_string_equal(request->filter, "(uid=61234)");
    assert_string_equal(request->attrs[0], "uid");
    assert_string_equal(request->attrs[1], "mail");
    assert_null(request->attrs[2]);
    assert_int_equal(request->size_limit, 7);
    assert_null(request->secret);
    gh_request_free(request);
}

static void
test_search_for_no_attribute(void **state)
{
    static const char *const none[] = { NULL };
    gh_request_t            *request = gh_request_search(DN, GH_SCOPE_BASE, "(uid=1)", none, 1);

    (void) state;

    assert_true(gh_request_is_ok(request));
    assert_null(request->attrs[0]);
    gh_request_free(request);
}

/* The request has a copy of the password; whose it was may wipe his own. */
static void
test_bind(void **state)
{
    gh_secret_t  *secret = secret_of("level plumb and square");
    gh_request_t *request = gh_request_bind(DN, secret);

    (void) state;

    gh_secret_free(secret);

    assert_true(gh_request_is_ok(request));
    assert_int_equal(request->operation, GH_OPERATION_BIND);
    assert_int_equal(request->lane, GH_LANE_BIND);
    assert_string_equal(request->dn, DN);
    assert_true(
        gh_text_equal(gh_secret_text(request->secret), GH_TEXT("level plumb and square")));
    gh_request_free(request);
}

static void
test_add(void **state)
{
    static const gh_text_t classes[] = { GH_TEXT("inetOrgPerson"),
        GH_TEXT("gatehouseAccount") };
    gh_secret_t           *secret = secret_of("level plumb and square");
    gh_request_t          *request = gh_request_add(DN);

    (void) state;

    gh_request_change(request, GH_CHANGE_ADD, "objectClass", classes, 2);
    gh_request_set(request, GH_CHANGE_ADD, "cn", (gh_text_t){ "SIERRA ROOFING", 6 });
    gh_request_set_secret(request, GH_CHANGE_ADD, "userPassword", secret);
    gh_secret_free(secret);

    assert_true(gh_request_is_ok(request));
    assert_int_equal(request->operation, GH_OPERATION_ADD);
    assert_int_equal(request->lane, GH_LANE_SERVICE);
    assert_string_equal(request->dn, DN);
    assert_int_equal(request->change_count, 3);
    assert_change(request, 0, GH_CHANGE_ADD, "objectClass", 2, false);
    assert_string_equal(request->changes[0].values[0], "inetOrgPerson");
    assert_string_equal(request->changes[0].values[1], "gatehouseAccount");
    assert_change(request, 1, GH_CHANGE_ADD, "cn", 1, false);
    assert_string_equal(request->changes[1].values[0], "SIERRA");
    assert_change(request, 2, GH_CHANGE_ADD, "userPassword", 1, true);
    assert_string_equal(request->changes[2].values[0], "level plumb and square");
    gh_request_free(request);
}

static void
test_modify(void **state)
{
    gh_request_t *request = gh_request_modify(DN);

    (void) state;

    gh_request_change(request, GH_CHANGE_REPLACE, "pwdEndTime", NULL, 0);
    gh_request_set(request, GH_CHANGE_DELETE, "mail", GH_TEXT("old@city.example"));
    gh_request_assert(request, "(pwdReset=FALSE)");
    gh_request_assert(request, "(pwdReset=TRUE)");

    assert_true(gh_request_is_ok(request));
    assert_int_equal(request->operation, GH_OPERATION_MODIFY);
    assert_int_equal(request->lane, GH_LANE_SERVICE);
    assert_int_equal(request->change_count, 2);
    assert_change(request, 0, GH_CHANGE_REPLACE, "pwdEndTime", 0, false);
    assert_change(request, 1, GH_CHANGE_DELETE, "mail", 1, false);
    assert_string_equal(request->assertion, "(pwdReset=TRUE)");
    gh_request_free(request);
}

static void
test_delete(void **state)
{
    gh_request_t *request = gh_request_delete(DN);

    (void) state;

    assert_true(gh_request_is_ok(request));
    assert_int_equal(request->operation, GH_OPERATION_DELETE);
    assert_int_equal(request->lane, GH_LANE_SERVICE);
    assert_string_equal(request->dn, DN);
    assert_int_equal(request->change_count, 0);
    gh_request_free(request);
}

/* One value that can't be sent spoils the request, whatever comes after. */
static void
test_a_nul_byte_spoils_it(void **state)
{
    static const gh_text_t values[] = { GH_TEXT("B"), GH_TEXT("C10\0") };
    gh_request_t          *request = gh_request_modify(DN);

    (void) state;

    gh_request_set(request, GH_CHANGE_REPLACE, "cn", GH_TEXT("SIERRA"));
    assert_true(gh_request_is_ok(request));
    gh_request_change(request, GH_CHANGE_REPLACE, "gatehouseLicenseClass", values, 2);
    assert_false(gh_request_is_ok(request));
    gh_request_set(request, GH_CHANGE_REPLACE, "sn", GH_TEXT("SIERRA"));
    assert_false(gh_request_is_ok(request));
    assert_int_equal(request->change_count, 2);
    gh_request_free(request);
}

static void
test_rehearsal(void **state)
{
    gh_request_t *request = gh_request_delete(DN);

    (void) state;
    assert_false(request->is_rehearsal);
    gh_request_rehearse(request);
    assert_true(request->is_rehearsal);
    assert_true(gh_request_is_ok(request));
    gh_request_free(request);
}

static void
test_none_is_not_ok(void **state)
{
    (void) state;

    assert_false(gh_request_is_ok(NULL));
    gh_request_free(NULL);
}

static void
test_repeatable(void **state)
{
    static const struct {
        gh_operation_t operation;
        bool           is_repeatable;
    } cases[] = {
        { GH_OPERATION_NONE, false },
        { GH_OPERATION_SEARCH, true },
        { GH_OPERATION_BIND, true },
        { GH_OPERATION_ADD, false },
        { GH_OPERATION_MODIFY, false },
        { GH_OPERATION_DELETE, false },
    };

    (void) state;

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        gh_request_t request = { .operation = cases[i].operation };

        assert_int_equal(gh_request_is_repeatable(&request), cases[i].is_repeatable);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_password),
        cmocka_unit_test(test_search),
        cmocka_unit_test(test_search_for_no_attribute),
        cmocka_unit_test(test_bind),
        cmocka_unit_test(test_add),
        cmocka_unit_test(test_modify),
        cmocka_unit_test(test_delete),
        cmocka_unit_test(test_a_nul_byte_spoils_it),
        cmocka_unit_test(test_rehearsal),
        cmocka_unit_test(test_none_is_not_ok),
        cmocka_unit_test(test_repeatable),
    };

    return cmocka_run_group_tests_name("request", tests, NULL, NULL);
}
