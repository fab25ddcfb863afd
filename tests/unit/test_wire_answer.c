/*
 * Wire: a server's messages as answers, well formed and not.
 */

/* cmocka. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

/* Tests. */
#include "wire_pair.h"

static void
test_takes_entry(void **state)
{
    pair_t       *pair = *state;
    gh_entry_t   *entry;
    BerElement   *ber = message_new();
    struct berval binary = { 3, "a\0b" };

    client_send(pair, search_new());
    ber_printf(ber, "{it{s{{s[ss]}{s[O]}{s[s]}{s[]}}}}", pair->msgid, LDAP_RES_SEARCH_ENTRY,
        "uid=61234,ou=Contractors,dc=city,dc=example", "objectClass", "inetOrgPerson",
        "gatehouseAccount", "jpegPhoto", &binary, "description", "", "mail");
    server_write(pair, ber);

    assert_int_equal(client_take(pair, GH_OPERATION_SEARCH, 1), GH_WIRE_MORE);
    assert_int_equal(pair->answer.entry_count, 1);
    entry = &pair->answer.entries[0];
    assert_string_equal(entry->dn, "uid=61234,ou=Contractors,dc=city,dc=example");
    assert_int_equal(entry->count, 4);

    assert_string_equal(entry->attributes[0].name, "objectClass");
    assert_int_equal(entry->attributes[0].count, 2);
    assert_string_equal(entry->attributes[0].values[0].data, "inetOrgPerson");
    assert_int_equal(entry->attributes[0].values[0].len, 13);
    assert_string_equal(entry->attributes[0].values[1].data, "gatehouseAccount");

    assert_string_equal(entry->attributes[1].name, "jpegPhoto");
    assert_true(gh_text_equal(entry->attributes[1].values[0], GH_TEXT("a\0b")));
    assert_int_equal(entry->attributes[1].values[0].data[3], '\0');

    assert_string_equal(entry->attributes[2].name, "description");
    assert_int_equal(entry->attributes[2].count, 1);
    assert_string_equal(entry->attributes[2].values[0].data, "");

    assert_string_equal(entry->attributes[3].name, "mail");
    assert_int_equal(entry->attributes[3].count, 0);

    server_result(pair, LDAP_RES_SEARCH_RESULT, 0, "");
    assert_int_equal(client_take(pair, GH_OPERATION_SEARCH, 1), GH_WIRE_DONE);
    assert_int_equal(pair->answer.result, 0);
    assert_null(pair->answer.diagnostic);
    assert_false(pair->answer.policy.present);
}

/* What the answer says while entries come is not success yet. */
static void
test_entries_are_no_result(void **state)
{
    pair_t       *pair = *state;
    struct berval attr = { 3, "uid" }, value = { 5, "61234" };

    client_send(pair, search_new());
    server_entry(pair, DN, &attr, &value);
    assert_int_equal(client_take(pair, GH_OPERATION_SEARCH, 2), GH_WIRE_MORE);
    assert_int_equal(pair->answer.result, GH_RESULT_UNREACHABLE);
}

static void
test_takes_result(void **state)
{
    static const struct {
        gh_operation_t operation;
        ber_tag_t      tag;
        int            result;
        const char    *diagnostic, *want;
    } cases[] = {
        { GH_OPERATION_SEARCH, LDAP_RES_SEARCH_RESULT, 0, "", NULL },
        { GH_OPERATION_SEARCH, LDAP_RES_SEARCH_RESULT, 32, "no such entry", "no such entry" },
        { GH_OPERATION_BIND, LDAP_RES_BIND, 49, "", NULL },
        { GH_OPERATION_ADD, LDAP_RES_ADD, 68, "Jos\xc3\xa9 is here", "Jos\xc3\xa9 is here" },
        { GH_OPERATION_MODIFY, LDAP_RES_MODIFY, 122, "no", "no" },
        { GH_OPERATION_DELETE, LDAP_RES_DELETE, 50, "no access", "no access" },
        { GH_OPERATION_DELETE, LDAP_RES_DELETE, 4096, "", NULL },
        { GH_OPERATION_STARTTLS, LDAP_RES_EXTENDED, 0, "", NULL },
        { GH_OPERATION_STARTTLS, LDAP_RES_EXTENDED, 2, "no TLS here", "no TLS here" },

        /* Words that are not fit to be shown. */
        { GH_OPERATION_MODIFY, LDAP_RES_MODIFY, 19, "\x1b[2J", NULL },
        { GH_OPERATION_MODIFY, LDAP_RES_MODIFY, 19, "two\nlines", NULL },
        { GH_OPERATION_MODIFY, LDAP_RES_MODIFY, 19, "Jos\xe9", NULL },
    };
    pair_t *pair = *state;

    for (size_t i = 0; i < COUNT(cases); i++) {
        client_send(pair, search_new());
        server_result(pair, cases[i].tag, cases[i].result, cases[i].diagnostic);
        assert_int_equal(client_take(pair, cases[i].operation, 0), GH_WIRE_DONE);
        assert_int_equal(pair->answer.result, cases[i].result);

        if (cases[i].want == NULL) {
            assert_null(pair->answer.diagnostic);
        } else {
            assert_string_equal(pair->answer.diagnostic, cases[i].want);
        }

        gh_answer_cleanup(&pair->answer);
    }
}

/* A server must not be able to say what only we say. */
static void
test_negative_results(void **state)
{
    static const int results[] = { -1, -2, -4, -128, INT32_MIN };
    pair_t          *pair = *state;

    for (size_t i = 0; i < COUNT(results); i++) {
        client_send(pair, search_new());
        server_result(pair, LDAP_RES_SEARCH_RESULT, results[i], "");
        assert_int_equal(client_take(pair, GH_OPERATION_SEARCH, 1), GH_WIRE_BAD);
        assert_int_equal(pair->answer.result, GH_RESULT_MALFORMED);
        gh_answer_cleanup(&pair->answer);
    }
}

static void
test_messages_of_another_kind(void **state)
{
    static const struct {
        gh_operation_t operation;
        ber_tag_t      tag;
    } cases[] = {
        { GH_OPERATION_SEARCH, LDAP_RES_BIND },
        { GH_OPERATION_SEARCH, LDAP_RES_MODIFY },
        { GH_OPERATION_SEARCH, LDAP_RES_EXTENDED },
        { GH_OPERATION_BIND, LDAP_RES_SEARCH_RESULT },
        { GH_OPERATION_BIND, LDAP_RES_SEARCH_ENTRY },
        { GH_OPERATION_BIND, LDAP_RES_SEARCH_REFERENCE },
        { GH_OPERATION_BIND, LDAP_RES_MODIFY },
        { GH_OPERATION_ADD, LDAP_RES_MODIFY },
        { GH_OPERATION_MODIFY, LDAP_RES_ADD },
        { GH_OPERATION_DELETE, LDAP_RES_BIND },
        { GH_OPERATION_STARTTLS, LDAP_RES_BIND },
        { GH_OPERATION_STARTTLS, LDAP_RES_INTERMEDIATE },
        { GH_OPERATION_NONE, LDAP_RES_BIND },
        { GH_OPERATION_NONE, LDAP_RES_SEARCH_RESULT },
    };
    pair_t *pair = *state;

    for (size_t i = 0; i < COUNT(cases); i++) {
        client_send(pair, search_new());
        server_result(pair, cases[i].tag, 0, "");
        assert_int_equal(client_take(pair, cases[i].operation, 9), GH_WIRE_BAD);
        assert_int_equal(pair->answer.result, GH_RESULT_MALFORMED);
        assert_int_equal(pair->answer.entry_count, 0);
        gh_answer_cleanup(&pair->answer);
    }
}

static void
test_too_many_entries(void **state)
{
    pair_t       *pair = *state;
    struct berval attr = { 3, "uid" }, value = { 5, "61234" };

    client_send(pair, search_new());

    for (int i = 0; i < 3; i++) {
        server_entry(pair, DN, &attr, &value);
    }

    assert_int_equal(client_take(pair, GH_OPERATION_SEARCH, 2), GH_WIRE_MORE);
    assert_int_equal(client_take(pair, GH_OPERATION_SEARCH, 2), GH_WIRE_MORE);
    assert_int_equal(client_take(pair, GH_OPERATION_SEARCH, 2), GH_WIRE_BAD);
    assert_int_equal(pair->answer.result, GH_RESULT_MALFORMED);
    assert_int_equal(pair->answer.entry_count, 2);
}

/* Entries of 60 000 bytes: 4 MiB hold 69 of them. */
static void
test_too_many_bytes(void **state)
{
    static char   large[60000];
    pair_t       *pair = *state;
    struct berval attr = { 9, "jpegPhoto" }, value = { sizeof(large), large };

    client_send(pair, search_new());

    for (int i = 0; i < 69; i++) {
        server_entry(pair, DN, &attr, &value);
        assert_int_equal(client_take(pair, GH_OPERATION_SEARCH, 1000), GH_WIRE_MORE);
    }

    server_entry(pair, DN, &attr, &value);
    assert_int_equal(client_take(pair, GH_OPERATION_SEARCH, 1000), GH_WIRE_BAD);
    assert_int_equal(pair->answer.result, GH_RESULT_MALFORMED);
}

static void
server_reference(pair_t *pair)
{
    BerElement *ber = message_new();

    ber_printf(ber, "{it{s}}", pair->msgid, LDAP_RES_SEARCH_REFERENCE, "ldap://evil.example/");
    server_write(pair, ber);
}

/* References are passed over, but not for ever. */
static void
test_endless_references(void **state)
{
    pair_t *pair = *state;

    client_send(pair, search_new());

    for (int i = 0; i < 4096; i++) {
        server_reference(pair);
        assert_int_equal(client_take(pair, GH_OPERATION_SEARCH, 1), GH_WIRE_MORE);
    }

    assert_int_equal(pair->answer.entry_count, 0);
    server_reference(pair);
    assert_int_equal(client_take(pair, GH_OPERATION_SEARCH, 1), GH_WIRE_BAD);
    assert_int_equal(pair->answer.result, GH_RESULT_MALFORMED);
}

/* Entries that hold what can't be passed on, or can't be decoded. */
static void
test_malformed_entries(void **state)
{
    static const struct {
        const char   *name;
        struct berval content; /* of the entry's sequence */
    } cases[] = {
        { "nothing", { 0, "" } },
        { "no attributes", { 3, "\x04\x01x" } },
        { "a DN that is cut", { 3, "\x04\x09x" } },
        { "a NUL in the DN", { 7, "\x04\x03x\0y\x30\x00" } },
        { "attributes that are cut", { 5, "\x04\x01x\x30\x09" } },
        { "an attribute without values", { 10, "\x04\x01x\x30\x05\x30\x03\x04\x01y" } },
        { "values that are cut", { 12, "\x04\x01x\x30\x07\x30\x05\x04\x01y\x31\x09" } },
        { "a NUL in a name", { 14, "\x04\x01x\x30\x09\x30\x07\x04\x03y\0z\x31\x00" } },
    };
    pair_t *pair = *state;

    for (size_t i = 0; i < COUNT(cases); i++) {
        BerElement *ber = message_new();

        client_send(pair, search_new());
        ber_printf(ber, "{ito}", pair->msgid, LDAP_RES_SEARCH_ENTRY, cases[i].content.bv_val,
            cases[i].content.bv_len);
        server_write(pair, ber);

        if (client_take(pair, GH_OPERATION_SEARCH, 1) != GH_WIRE_BAD
            || pair->answer.result != GH_RESULT_MALFORMED)
        {
            fail_msg("%s: %d", cases[i].name, pair->answer.result);
        }

        gh_answer_cleanup(&pair->answer);
    }
}

/* ---- The password policy control ---- */

static void
test_takes_policy(void **state)
{
    static const struct {
        struct berval     value;
        gh_policy_error_t error;
        long              expires_in, grace_left;
    } cases[] = {
        { { 2, "\x30\x00" }, GH_POLICY_NONE, -1, -1 },
        { { 5, "\x30\x03\x81\x01\x00" }, GH_POLICY_EXPIRED, -1, -1 },
        { { 5, "\x30\x03\x81\x01\x01" }, GH_POLICY_LOCKED, -1, -1 },
        { { 5, "\x30\x03\x81\x01\x02" }, GH_POLICY_CHANGE_AFTER_RESET, -1, -1 },
        { { 5, "\x30\x03\x81\x01\x08" }, GH_POLICY_IN_HISTORY, -1, -1 },
        { { 8, "\x30\x06\xa0\x04\x80\x02\x0e\x10" }, GH_POLICY_NONE, 3600, -1 },
        { { 7, "\x30\x05\xa0\x03\x80\x01\x00" }, GH_POLICY_NONE, 0, -1 },
        { { 7, "\x30\x05\xa0\x03\x81\x01\x02" }, GH_POLICY_NONE, -1, 2 },
        { { 10, "\x30\x08\xa0\x03\x81\x01\x02\x81\x01\x02" }, GH_POLICY_CHANGE_AFTER_RESET, -1,
            2 },
    };
    pair_t *pair = *state;

    for (size_t i = 0; i < COUNT(cases); i++) {
        client_send(pair, bind_new(DN, "level plumb and square"));
        server_result_with(pair, 49, POLICY, &cases[i].value);
        assert_int_equal(client_take(pair, GH_OPERATION_BIND, 0), GH_WIRE_DONE);
        assert_int_equal(pair->answer.result, 49);
        assert_true(pair->answer.policy.present);
        assert_int_equal(pair->answer.policy.error, cases[i].error);
        assert_int_equal(pair->answer.policy.expires_in, cases[i].expires_in);
        assert_int_equal(pair->answer.policy.grace_left, cases[i].grace_left);
        gh_answer_cleanup(&pair->answer);
    }
}

/* Success with a policy that can't be read is no success. */
static void
test_malformed_policies(void **state)
{
    static const struct {
        const char   *name;
        struct berval value;
    } cases[] = {
        { "nothing", { 0, "" } },
        { "no sequence", { 3, "\x04\x01x" } },
        { "a sequence that is cut", { 2, "\x30\x05" } },
        { "an error that is cut", { 4, "\x30\x02\x81\x01" } },
        { "an error that is cut, behind another", { 7, "\x30\x05\x81\x01\x01\x81\x01" } },
        { "a length that is cut", { 3, "\x30\x01\x81" } },
        { "bytes behind the sequence", { 7, "\x30\x00\x30\x03\x81\x01\x01" } },
        { "an error past the last", { 5, "\x30\x03\x81\x01\x09" } },
        { "an error below the first", { 5, "\x30\x03\x81\x01\xff" } },
        { "an error far below", { 5, "\x30\x03\x81\x01\x80" } },
        { "an error of five bytes", { 9, "\x30\x07\x81\x05\x01\x00\x00\x00\x00" } },
        { "a warning of another kind", { 7, "\x30\x05\xa0\x03\x82\x01\x02" } },
        { "a warning without its number", { 4, "\x30\x02\xa0\x00" } },
        { "a time that is negative", { 7, "\x30\x05\xa0\x03\x80\x01\xfe" } },
        { "sign-ins that are negative", { 7, "\x30\x05\xa0\x03\x81\x01\xfe" } },
        { "something else", { 5, "\x30\x03\x83\x01\x00" } },
    };
    pair_t *pair = *state;

    for (size_t i = 0; i < COUNT(cases); i++) {
        client_send(pair, bind_new(DN, "level plumb and square"));
        server_result_with(pair, 0, POLICY, &cases[i].value);

        if (client_take(pair, GH_OPERATION_BIND, 0) != GH_WIRE_BAD
            || pair->answer.result != GH_RESULT_MALFORMED)
        {
            fail_msg("%s: %d", cases[i].name, pair->answer.result);
        }

        gh_answer_cleanup(&pair->answer);
    }
}

static void
test_policy_without_a_value(void **state)
{
    pair_t *pair = *state;

    client_send(pair, bind_new(DN, "level plumb and square"));
    server_result_with(pair, 0, POLICY, NULL);
    assert_int_equal(client_take(pair, GH_OPERATION_BIND, 0), GH_WIRE_BAD);
    assert_int_equal(pair->answer.result, GH_RESULT_MALFORMED);
}

static void
test_other_controls_are_passed_over(void **state)
{
    pair_t       *pair = *state;
    struct berval value = { 3, "\xff\xff\xff" };

    client_send(pair, bind_new(DN, "level plumb and square"));
    server_result_with(pair, 0, "2.16.840.1.113730.3.4.5", &value);
    assert_int_equal(client_take(pair, GH_OPERATION_BIND, 0), GH_WIRE_DONE);
    assert_int_equal(pair->answer.result, 0);
    assert_false(pair->answer.policy.present);
    assert_int_equal(pair->answer.policy.error, GH_POLICY_NONE);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        PAIR_TEST(test_takes_entry),
        PAIR_TEST(test_entries_are_no_result),
        PAIR_TEST(test_takes_result),
        PAIR_TEST(test_negative_results),
        PAIR_TEST(test_messages_of_another_kind),
        PAIR_TEST(test_too_many_entries),
        PAIR_TEST(test_too_many_bytes),
        PAIR_TEST(test_endless_references),
        PAIR_TEST(test_malformed_entries),
        PAIR_TEST(test_takes_policy),
        PAIR_TEST(test_malformed_policies),
        PAIR_TEST(test_policy_without_a_value),
        PAIR_TEST(test_other_controls_are_passed_over),
    };

    if (pair_prepare() != 0) {
        return 1;
    }

    return cmocka_run_group_tests_name("wire answer", tests, NULL, NULL);
}
