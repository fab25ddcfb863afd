/*
 * Wire: requests as a server reads them, and what a lost or hostile connection
 * comes to.
 */

/* cmocka. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

/* Tests. */
#include "wire_pair.h"

/* ---- The server reads ---- */

/* Takes one request off the wire, opens it, and returns its tag. */
static inline ber_tag_t
server_read(pair_t *pair)
{
    ber_len_t len;
    ber_int_t msgid;

    ber_free(pair->request, 1);
    pair->request = ber_alloc_t(LBER_USE_DER);
    assert_non_null(pair->request);
    assert_int_equal(ber_get_next(pair->server, &len, pair->request), LBER_SEQUENCE);
    assert_int_not_equal(ber_scanf(pair->request, "i", &msgid), LBER_ERROR);
    assert_int_equal(msgid, pair->msgid);

    return ber_peek_tag(pair->request, &len);
}

/* The next string, octets or enumerated value of the request. */
static inline void
assert_octets(pair_t *pair, const char *want)
{
    struct berval value;

    assert_int_not_equal(ber_scanf(pair->request, "m", &value), LBER_ERROR);
    assert_int_equal(value.bv_len, strlen(want));
    assert_memory_equal(value.bv_val, want, value.bv_len);
}

static inline void
assert_enum(pair_t *pair, ber_int_t want)
{
    ber_int_t value;

    assert_int_not_equal(ber_scanf(pair->request, "e", &value), LBER_ERROR);
    assert_int_equal(value, want);
}

static inline void
assert_integer(pair_t *pair, ber_int_t want)
{
    ber_int_t value;

    assert_int_not_equal(ber_scanf(pair->request, "i", &value), LBER_ERROR);
    assert_int_equal(value, want);
}

/* Steps into a sequence or a set. */
static inline void
server_enter(pair_t *pair, ber_tag_t tag)
{
    ber_len_t len;

    assert_int_equal(ber_skip_tag(pair->request, &len), tag);
}

/* The request is over; no control stands behind it. */
static inline void
assert_end(pair_t *pair)
{
    ber_len_t len;

    assert_int_equal(ber_peek_tag(pair->request, &len), LBER_DEFAULT);
}

/* The one control behind the request; its value is left to be read. */
static inline void
assert_control(pair_t *pair, const char *oid, bool is_critical)
{
    ber_int_t critical = 0;
    ber_len_t len;

    server_enter(pair, CONTROLS);
    server_enter(pair, LBER_SEQUENCE);
    assert_octets(pair, oid);

    if (ber_peek_tag(pair->request, &len) == LBER_BOOLEAN) {
        assert_int_not_equal(ber_scanf(pair->request, "b", &critical), LBER_ERROR);
    }

    assert_int_equal(critical != 0, is_critical);
}

/* ---- Requests ---- */

static void
test_sends_search(void **state)
{
    pair_t   *pair = *state;
    ber_int_t types_only = 1;

    client_send(pair, search_new());
    assert_int_equal(server_read(pair), LDAP_REQ_SEARCH);
    server_enter(pair, LDAP_REQ_SEARCH);
    assert_octets(pair, DN);
    assert_enum(pair, LDAP_SCOPE_SUBTREE);
    assert_enum(pair, LDAP_DEREF_NEVER);
    assert_integer(pair, 7); /* size limit */
    assert_integer(pair, 0); /* time limit */
    assert_int_not_equal(ber_scanf(pair->request, "b", &types_only), LBER_ERROR);
    assert_int_equal(types_only, 0);
    server_enter(pair, LDAP_FILTER_EQUALITY);
    assert_octets(pair, "uid");
    assert_octets(pair, "61234");
    server_enter(pair, LBER_SEQUENCE);
    assert_octets(pair, "uid");
    assert_octets(pair, "mail");
    assert_end(pair);
}

/* A person's bind asks for the password policy, and works without it. */
static void
test_sends_bind(void **state)
{
    pair_t *pair = *state;

    client_send(pair, bind_new(DN, "level plumb and square"));
    assert_int_equal(server_read(pair), LDAP_REQ_BIND);
    server_enter(pair, LDAP_REQ_BIND);
    assert_integer(pair, 3);
    assert_octets(pair, DN);
    assert_octets(pair, "level plumb and square");
    assert_control(pair, POLICY, false);
    assert_end(pair);
}

static void
test_sends_service_bind(void **state)
{
    pair_t      *pair = *state;
    gh_secret_t *password = gh_secret_new();

    assert_int_equal(gh_secret_set(password, GH_TEXT("a service's own")), 0);
    assert_int_equal(gh_wire_bind(pair->ld, "cn=gatehouse,dc=city", password, &pair->msgid), 0);
    gh_secret_free(password);

    assert_int_equal(server_read(pair), LDAP_REQ_BIND);
    server_enter(pair, LDAP_REQ_BIND);
    assert_integer(pair, 3);
    assert_octets(pair, "cn=gatehouse,dc=city");
    assert_octets(pair, "a service's own");
    assert_end(pair);
}

/* RFC 4422, appendix A: an empty response, and not none. */
static void
test_sends_external_bind(void **state)
{
    pair_t *pair = *state;

    assert_int_equal(gh_wire_bind(pair->ld, NULL, NULL, &pair->msgid), 0);
    assert_int_equal(server_read(pair), LDAP_REQ_BIND);
    server_enter(pair, LDAP_REQ_BIND);
    assert_integer(pair, 3);
    assert_octets(pair, "");
    server_enter(pair, LDAP_AUTH_SASL);
    assert_octets(pair, "EXTERNAL");
    assert_octets(pair, "");
    assert_end(pair);
}

static void
test_sends_add(void **state)
{
    static const gh_text_t classes[] = { GH_TEXT("inetOrgPerson"),
        GH_TEXT("gatehouseAccount") };
    pair_t                *pair = *state;
    gh_request_t          *add = gh_request_add(DN);

    gh_request_change(add, GH_CHANGE_ADD, "objectClass", classes, 2);
    gh_request_set(add, GH_CHANGE_ADD, "cn", GH_TEXT("SIERRA ROOFING"));
    client_send(pair, add);

    assert_int_equal(server_read(pair), LDAP_REQ_ADD);
    server_enter(pair, LDAP_REQ_ADD);
    assert_octets(pair, DN);
    server_enter(pair, LBER_SEQUENCE);
    server_enter(pair, LBER_SEQUENCE);
    assert_octets(pair, "objectClass");
    server_enter(pair, LBER_SET);
    assert_octets(pair, "inetOrgPerson");
    assert_octets(pair, "gatehouseAccount");
    server_enter(pair, LBER_SEQUENCE);
    assert_octets(pair, "cn");
    server_enter(pair, LBER_SET);
    assert_octets(pair, "SIERRA ROOFING");
    assert_end(pair);
}

static void
test_sends_modify(void **state)
{
    pair_t       *pair = *state;
    gh_request_t *modify = gh_request_modify(DN);

    gh_request_set(modify, GH_CHANGE_ADD, "mail", GH_TEXT("new@city.example"));
    gh_request_set(modify, GH_CHANGE_DELETE, "mail", GH_TEXT("old@city.example"));
    gh_request_change(modify, GH_CHANGE_REPLACE, "pwdEndTime", NULL, 0);
    client_send(pair, modify);

    assert_int_equal(server_read(pair), LDAP_REQ_MODIFY);
    server_enter(pair, LDAP_REQ_MODIFY);
    assert_octets(pair, DN);
    server_enter(pair, LBER_SEQUENCE);

    server_enter(pair, LBER_SEQUENCE);
    assert_enum(pair, 0);
    server_enter(pair, LBER_SEQUENCE);
    assert_octets(pair, "mail");
    server_enter(pair, LBER_SET);
    assert_octets(pair, "new@city.example");

    server_enter(pair, LBER_SEQUENCE);
    assert_enum(pair, 1);
    server_enter(pair, LBER_SEQUENCE);
    assert_octets(pair, "mail");
    server_enter(pair, LBER_SET);
    assert_octets(pair, "old@city.example");

    server_enter(pair, LBER_SEQUENCE);
    assert_enum(pair, 2);
    server_enter(pair, LBER_SEQUENCE);
    assert_octets(pair, "pwdEndTime");
    server_enter(pair, LBER_SET);
    assert_end(pair);
}

/* The control of RFC 4528 is critical: a server that can't hold to it refuses. */
static void
test_sends_assertion(void **state)
{
    static const gh_operation_t operations[] = { GH_OPERATION_ADD, GH_OPERATION_MODIFY,
        GH_OPERATION_DELETE };
    pair_t                     *pair = *state;

    for (size_t i = 0; i < COUNT(operations); i++) {
        gh_request_t *request = operations[i] == GH_OPERATION_ADD ? gh_request_add(DN)
            : operations[i] == GH_OPERATION_MODIFY                ? gh_request_modify(DN)
                                                                  : gh_request_delete(DN);
        struct berval operation;

        if (operations[i] != GH_OPERATION_DELETE) {
            gh_request_set(request, GH_CHANGE_ADD, "l", GH_TEXT("Almond Grove"));
        }

        gh_request_assert(request, "(pwdReset=TRUE)");
        client_send(pair, request);
        server_read(pair);
        assert_int_not_equal(ber_skip_element(pair->request, &operation), LBER_DEFAULT);
        assert_control(pair, ASSERTION, true);

        /* The value holds a filter, encoded. */
        server_enter(pair, LBER_OCTETSTRING);
        server_enter(pair, LDAP_FILTER_EQUALITY);
        assert_octets(pair, "pwdReset");
        assert_octets(pair, "TRUE");
        assert_end(pair);
    }
}

/* OpenLDAP's no-op control is critical: a server without it must not do the thing. */
static void
test_sends_rehearsal(void **state)
{
    pair_t       *pair = *state;
    gh_request_t *requests[] = { gh_request_add(DN), gh_request_modify(DN),
        gh_request_delete(DN) };

    gh_request_set(requests[0], GH_CHANGE_ADD, "l", GH_TEXT("Almond Grove"));
    gh_request_set(requests[1], GH_CHANGE_ADD, "l", GH_TEXT("Almond Grove"));

    for (size_t i = 0; i < COUNT(requests); i++) {
        struct berval operation;

        gh_request_rehearse(requests[i]);
        client_send(pair, requests[i]);
        server_read(pair);
        assert_int_not_equal(ber_skip_element(pair->request, &operation), LBER_DEFAULT);
        assert_control(pair, "1.3.6.1.4.1.4203.666.5.2", true);
        assert_end(pair);
    }
}

static void
test_sends_delete(void **state)
{
    pair_t *pair = *state;

    client_send(pair, gh_request_delete(DN));
    assert_int_equal(server_read(pair), LDAP_REQ_DELETE);
    assert_octets(pair, DN);
    assert_end(pair);
}

/* RFC 4511, section 4.14.1: a name, no value. */
static void
test_asks_for_tls(void **state)
{
    pair_t *pair = *state;

    assert_int_equal(gh_wire_start_tls(pair->ld, &pair->msgid), 0);
    assert_int_equal(server_read(pair), LDAP_REQ_EXTENDED);
    server_enter(pair, LDAP_REQ_EXTENDED);
    assert_octets(pair, "1.3.6.1.4.1.1466.20037");
    assert_end(pair);
}

/* Nothing is sent, and the answer that stands for it says so. */
static void
assert_not_sent(pair_t *pair, gh_request_t *request)
{
    char byte;

    assert_non_null(request);
    pair->msgid = 99;
    assert_int_equal(gh_wire_send(pair->ld, request, &pair->msgid), -3 /* malformed */);
    assert_int_equal(pair->msgid, -1);
    assert_int_equal(recv(pair->fd, &byte, 1, MSG_DONTWAIT), -1);
    gh_request_free(request);
}

/* As RFC 3062, section 2, has it. */
static void
test_sends_password(void **state)
{
    pair_t      *pair = *state;
    gh_secret_t *secret = gh_secret_new();
    ber_len_t    len;

    assert_int_equal(gh_secret_set(secret, GH_TEXT("level plumb and square")), 0);
    client_send(pair, gh_request_password(DN, secret));

    assert_int_equal(server_read(pair), LDAP_REQ_EXTENDED);
    server_enter(pair, LDAP_REQ_EXTENDED);
    assert_octets(pair, "1.3.6.1.4.1.4203.1.11.1");
    server_enter(pair, LDAP_TAG_EXOP_REQ_VALUE);
    server_enter(pair, LBER_SEQUENCE);
    assert_octets(pair, DN);
    assert_int_equal(ber_peek_tag(pair->request, &len), LDAP_TAG_EXOP_MODIFY_PASSWD_NEW);
    assert_octets(pair, "level plumb and square");
    assert_control(pair, POLICY, false);
    assert_end(pair);
    gh_secret_free(secret);
}

/* The server would make up a password of its own. */
static void
test_refuses_no_password(void **state)
{
    pair_t       *pair = *state;
    gh_secret_t  *empty = gh_secret_new();
    gh_request_t *request = gh_request_password(DN, empty);

    assert_int_equal(gh_wire_send(pair->ld, request, &pair->msgid), -3 /* malformed */);
    assert_int_equal(pair->msgid, -1);
    gh_request_free(request);
    gh_secret_free(empty);
}

static void
test_refuses_to_send(void **state)
{
    static const char *const none[] = { NULL };
    pair_t                  *pair = *state;
    gh_request_t            *request;

    assert_not_sent(pair, gh_request_search(DN, GH_SCOPE_BASE, "(uid)", none, 1));
    assert_not_sent(pair, gh_request_search(DN, GH_SCOPE_BASE, "(uid=\\zz)", none, 1));

    request = gh_request_modify(DN);
    gh_request_set(request, GH_CHANGE_ADD, "l", GH_TEXT("Almond Grove"));
    gh_request_assert(request, "pwdReset=TRUE)");
    assert_not_sent(pair, request);

    request = gh_request_delete(DN);
    request->operation = GH_OPERATION_NONE;
    assert_not_sent(pair, request);

    request = gh_request_delete(DN);
    request->operation = GH_OPERATION_STARTTLS;
    assert_not_sent(pair, request);
}

/* RFC 4513, section 5.1: such a bind succeeds and proves nothing. */
static void
test_refuses_binds_that_prove_nothing(void **state)
{
    pair_t      *pair = *state;
    gh_secret_t *empty = gh_secret_new();
    char         byte;

    assert_not_sent(pair, bind_new(DN, ""));
    assert_not_sent(pair, bind_new("", "level plumb and square"));
    assert_not_sent(pair, bind_new("", ""));

    assert_int_equal(gh_wire_bind(pair->ld, "cn=gatehouse,dc=city", empty, &pair->msgid), -3);
    assert_int_equal(pair->msgid, -1);
    assert_int_equal(recv(pair->fd, &byte, 1, MSG_DONTWAIT), -1);
    gh_secret_free(empty);
}

/* ---- The connection ---- */

static void
test_prepared_handle(void **state)
{
    pair_t *pair = *state;
    int     version = 0, deref = -1, referrals = 1;

    assert_int_equal(ldap_get_option(pair->ld, LDAP_OPT_PROTOCOL_VERSION, &version), 0);
    assert_int_equal(ldap_get_option(pair->ld, LDAP_OPT_DEREF, &deref), 0);
    assert_int_equal(ldap_get_option(pair->ld, LDAP_OPT_REFERRALS, &referrals), 0);
    assert_int_equal(version, 3);
    assert_int_equal(deref, LDAP_DEREF_NEVER);
    assert_int_equal(referrals, 0);
}

/* The head of a message of 1 MiB and a byte is enough to give up. */
static void
test_message_too_large(void **state)
{
    static const char head[] = "\x30\x84\x00\x10\x00\x01";
    pair_t           *pair = *state;

    client_send(pair, search_new());
    assert_int_equal(write(pair->fd, head, sizeof(head) - 1), sizeof(head) - 1);
    assert_null(client_message(pair));
}

static void
test_notice_of_disconnection(void **state)
{
    pair_t      *pair = *state;
    LDAPMessage *message;

    client_send(pair, search_new());
    server_result_of(pair, 0, LDAP_RES_EXTENDED, 52, "");
    message = client_message(pair);
    assert_non_null(message);
    assert_int_equal(gh_wire_msgid(message), 0);
    ldap_msgfree(message);
}

static void
test_server_is_gone(void **state)
{
    pair_t *pair = *state;

    assert_int_equal(shutdown(pair->fd, SHUT_RDWR), 0);

    for (int i = 0; i < 2; i++) {
        gh_request_t *search = search_new();

        assert_int_equal(gh_wire_send(pair->ld, search, &pair->msgid), -1 /* unreachable */);
        assert_int_equal(pair->msgid, -1);
        gh_request_free(search);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        PAIR_TEST(test_sends_search),
        PAIR_TEST(test_sends_bind),
        PAIR_TEST(test_sends_service_bind),
        PAIR_TEST(test_sends_external_bind),
        PAIR_TEST(test_sends_add),
        PAIR_TEST(test_sends_modify),
        PAIR_TEST(test_sends_assertion),
        PAIR_TEST(test_sends_rehearsal),
        PAIR_TEST(test_sends_delete),
        PAIR_TEST(test_asks_for_tls),
        PAIR_TEST(test_sends_password),
        PAIR_TEST(test_refuses_no_password),
        PAIR_TEST(test_refuses_to_send),
        PAIR_TEST(test_refuses_binds_that_prove_nothing),
        PAIR_TEST(test_prepared_handle),
        PAIR_TEST(test_message_too_large),
        PAIR_TEST(test_notice_of_disconnection),
        PAIR_TEST(test_server_is_gone),
    };

    if (pair_prepare() != 0) {
        return 1;
    }

    return cmocka_run_group_tests_name("wire", tests, NULL, NULL);
}
