/*
 * Recovery: the writes of the security question, change by change.
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
#include "account/recovery.h"

#define BASE "dc=city,dc=example"
#define DN   "uid=maria,ou=public," BASE

static void
test_add(void **state)
{
    gh_secret_t  *answer = canned_secret("elm street");
    gh_request_t *add = gh_recovery_add(BASE, DN, gh_text("First street?"), answer);

    (void) state;

    assert_true(gh_request_is_ok(add));
    assert_int_equal(add->operation, GH_OPERATION_ADD);
    assert_string_equal(add->dn, "cn=recovery," DN);
    assert_int_equal(add->change_count, 5);
    assert_int_equal(canned_change(add, GH_CHANGE_ADD, "objectClass")->count, 2);
    assert_string_equal(add->changes[0].values[0], "top");
    assert_string_equal(add->changes[0].values[1], "gatehouseRecovery");
    assert_sets(add, GH_CHANGE_ADD, "cn", "recovery");
    assert_sets(add, GH_CHANGE_ADD, "pwdPolicySubentry", "cn=recovery,ou=policies," BASE);
    assert_sets(add, GH_CHANGE_ADD, "gatehouseQuestion", "First street?");
    assert_sets(add, GH_CHANGE_ADD, "userPassword", "elm street");
    assert_true(canned_change(add, GH_CHANGE_ADD, "userPassword")->is_secret);

    gh_request_free(add);
    gh_secret_free(answer);
}

static void
test_modify(void **state)
{
    gh_secret_t  *answer = canned_secret("rex");
    gh_request_t *modify = gh_recovery_modify(DN, gh_text("First pet?"), answer);

    (void) state;

    assert_true(gh_request_is_ok(modify));
    assert_int_equal(modify->operation, GH_OPERATION_MODIFY);
    assert_string_equal(modify->dn, "cn=recovery," DN);
    assert_int_equal(modify->change_count, 2);
    assert_sets(modify, GH_CHANGE_REPLACE, "gatehouseQuestion", "First pet?");
    assert_sets(modify, GH_CHANGE_REPLACE, "userPassword", "rex");
    assert_true(canned_change(modify, GH_CHANGE_REPLACE, "userPassword")->is_secret);

    gh_request_free(modify);
    gh_secret_free(answer);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_add),
        cmocka_unit_test(test_modify),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
