/*
 * Wire pair: libldap on one end of a socket pair, and on the other one the
 * test, which plays the server with lber.
 *
 * Used as cmocka's setup and teardown; the state is the pair_t.
 */
#ifndef GH_TESTS_WIRE_PAIR_H
#define GH_TESTS_WIRE_PAIR_H

/* System. */
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

/* libldap. */
#include <openldap.h>

/* Directory. */
#include "directory/wire.h"

#define DN "uid=61234,ou=contractors,dc=city,dc=example"

/* The password policy and assertion controls, and the tag of a message's controls. */
#define POLICY    "1.3.6.1.4.1.42.2.27.8.5.1"
#define ASSERTION "1.3.6.1.1.12"
#define CONTROLS  ((ber_tag_t) 0xa0)

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

typedef struct {
    LDAP       *ld;
    Sockbuf    *server;
    int         fd;      /* the server's */
    BerElement *request; /* the one that the server reads */
    int         msgid;
    gh_answer_t answer;
} pair_t;

static inline int
pair_setup(void **state)
{
    struct timeval patience = { 10, 0 };
    pair_t        *pair = calloc(1, sizeof(*pair));
    int            fds[2];

    if (pair == NULL || socketpair(AF_UNIX, SOCK_STREAM, 0, fds) != 0) {
        free(pair);
        return -1;
    }

    /* A test that waits for nothing fails; it does not hang. */
    for (int i = 0; i < 2; i++) {
        (void) setsockopt(fds[i], SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
        (void) setsockopt(fds[i], SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof(patience));
    }

    *state = pair;
    pair->fd = fds[1];
    pair->server = ber_sockbuf_alloc();
    gh_answer_init(&pair->answer);

    if (pair->server == NULL
        || ber_sockbuf_add_io(
               pair->server, &ber_sockbuf_io_tcp, LBER_SBIOD_LEVEL_PROVIDER, &pair->fd)
            != 0
        || ldap_init_fd(fds[0], LDAP_PROTO_TCP, NULL, &pair->ld) != LDAP_SUCCESS)
    {
        return -1;
    }

    return gh_wire_prepare(pair->ld);
}

static inline int
pair_teardown(void **state)
{
    pair_t *pair = *state;

    gh_answer_cleanup(&pair->answer);
    ber_free(pair->request, 1);
    ldap_unbind_ext(pair->ld, NULL, NULL);
    ber_sockbuf_free(pair->server); /* closes the descriptor */
    free(pair);

    return 0;
}

/* ---- The server answers ---- */

static inline BerElement *
message_new(void)
{
    BerElement *ber = ber_alloc_t(LBER_USE_DER);

    assert_non_null(ber);
    return ber;
}

static inline void
server_write(pair_t *pair, BerElement *ber)
{
    assert_int_equal(ber_flush2(pair->server, ber, LBER_FLUSH_FREE_ALWAYS), 0);
}

static inline void
server_result_of(pair_t *pair, int msgid, ber_tag_t tag, int result, const char *diagnostic)
{
    BerElement *ber = message_new();

    ber_printf(ber, "{it{ess}}", msgid, tag, result, "", diagnostic);
    server_write(pair, ber);
}

static inline void
server_result(pair_t *pair, ber_tag_t tag, int result, const char *diagnostic)
{
    server_result_of(pair, pair->msgid, tag, result, diagnostic);
}

/* A bind's result with one control; a NULL value leaves its value away. */
static inline void
server_result_with(pair_t *pair, int result, const char *oid, const struct berval *value)
{
    BerElement *ber = message_new();

    ber_printf(ber, "{it{ess}t{{s", pair->msgid, LDAP_RES_BIND, result, "", "", CONTROLS, oid);

    if (value != NULL) {
        ber_printf(ber, "O", value);
    }

    ber_printf(ber, "}}}");
    server_write(pair, ber);
}

/* An entry with one attribute of one value. */
static inline void
server_entry(pair_t *pair, const char *dn, struct berval *attr, struct berval *value)
{
    BerElement *ber = message_new();

    ber_printf(ber, "{it{s{{O[O]}}}}", pair->msgid, LDAP_RES_SEARCH_ENTRY, dn, attr, value);
    server_write(pair, ber);
}

/* ---- The client ---- */

static inline void
client_send(pair_t *pair, gh_request_t *request)
{
    assert_non_null(request);
    assert_int_equal(gh_wire_send(pair->ld, request, &pair->msgid), 0);
    assert_true(pair->msgid > 0);
    gh_request_free(request);
}

/* Waits for a message; NULL when libldap gave the connection up. */
static inline LDAPMessage *
client_message(pair_t *pair)
{
    struct timeval patience = { 10, 0 };
    LDAPMessage   *message = NULL;

    if (ldap_result(pair->ld, LDAP_RES_ANY, LDAP_MSG_ONE, &patience, &message) <= 0) {
        return NULL;
    }

    assert_non_null(message);
    return message;
}

static inline gh_wire_t
client_take(pair_t *pair, gh_operation_t operation, size_t entry_max)
{
    LDAPMessage *message = client_message(pair);
    gh_wire_t    wire;

    assert_non_null(message);
    assert_int_equal(gh_wire_msgid(message), pair->msgid);
    wire = gh_wire_take(pair->ld, message, operation, entry_max, &pair->answer);
    ldap_msgfree(message);

    return wire;
}

static inline gh_request_t *
search_new(void)
{
    static const char *const attrs[] = { "uid", "mail", NULL };

    return gh_request_search(DN, GH_SCOPE_SUBTREE, "(uid=61234)", attrs, 7);
}

static inline gh_request_t *
bind_new(const char *dn, const char *password)
{
    gh_secret_t  *secret = gh_secret_new();
    gh_request_t *request;

    assert_non_null(secret);
    assert_int_equal(gh_secret_set(secret, gh_text(password)), 0);
    request = gh_request_bind(dn, secret);
    gh_secret_free(secret);

    return request;
}

/*
 * No ldap.conf(5) of the machine decides what a test sees, and a write to
 * nobody is an error and not the end.
 */
static inline int
pair_prepare(void)
{
    return setenv("LDAPNOINIT", "1", 1) != 0 || signal(SIGPIPE, SIG_IGN) == SIG_ERR;
}

#define PAIR_TEST(function) cmocka_unit_test_setup_teardown(function, pair_setup, pair_teardown)

#endif
