/*
 * Links: what is bound, what is secured, what is refused before a password goes out,
 * and that nobody waits past the deadline.
 */

/* cmocka, in the order it asks for. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

/* System. */
#include <arpa/inet.h>
#include <poll.h>
#include <sys/socket.h>

/* Directory. */
#include "directory/link.h"

/* Tests. */
#include "false_directory.h"
#include "scratch.h"

#define IN_SCRATCH(test) cmocka_unit_test_setup_teardown(test, scratch_setup, scratch_teardown)

/* Milliseconds of a deadline that is to come. */
#define BRIEF 1000

#define START_TLS  "extended 1.3.6.1.4.1.1466.20037\n"
#define TLS_FAILED "TLS failed (is the certificate for this name, and of tls_ca?): "

static const gh_directory_settings_t plain = { .tls_verify = true };

/* Opens a link that has to open. */
static gh_link_t *
open_link(const gh_directory_settings_t *settings, const char *uri)
{
    gh_error_t error = { "" };
    gh_link_t *link = gh_link_open(settings, uri, false_soon(), &error);

    assert_string_equal(error.text, "");
    assert_non_null(link);

    return link;
}

/*
 * Opens a link that must not open, for the reason that begins with `want`, behind its
 * URI.  What follows is up to libldap and its TLS library.
 */
static void
refuse_link(const gh_directory_settings_t *settings, const char *uri, int64_t deadline,
    const char *want)
{
    gh_error_t error = { "" };
    char       text[512];
    size_t     len = (size_t) snprintf(text, sizeof(text), "%s: %s", uri, want);

    assert_null(gh_link_open(settings, uri, deadline, &error));

    if (strncmp(error.text, text, len) != 0) {
        fail_msg("got `%s`, want `%s`", error.text, text);
    }
}

static int
bind_link(gh_link_t *link, const char *dn, int64_t deadline, gh_error_t *error)
{
    gh_secret_t *password = gh_secret_new();
    int          rc;

    assert_non_null(password);
    assert_int_equal(gh_secret_set(password, GH_TEXT("open sesame")), 0);
    rc = gh_link_bind(link, dn, password, deadline, error);
    gh_secret_free(password);

    return rc;
}

static void
test_bind(void **state)
{
    static const struct {
        const char *name;
        bool        is_local;
        const char *dn;
        const char *want;
    } cases[] = {
        { "simple", false, "cn=gatehouse", "1 bind cn=gatehouse: open sesame\n" },
        { "simple, local", true, "cn=gatehouse", "1 bind cn=gatehouse: open sesame\n" },
        { "EXTERNAL, local", true, NULL, "1 bind EXTERNAL\n" },
    };

    (void) state;

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        false_directory_t *directory = false_directory_start(false_well, NULL, false);
        gh_error_t         error = { "" };
        gh_link_t         *link;

        link = open_link(&plain,
            cases[i].is_local ? false_directory_local_uri(directory)
                              : false_directory_uri(directory));

        if (bind_link(link, cases[i].dn, false_soon(), &error) != 0) {
            fail_msg("%s: %s", cases[i].name, error.text);
        }

        assert_heard(directory, cases[i].want);
        gh_link_close(link);
        false_directory_stop(directory);
    }
}

static void
test_bind_that_fails(void **state)
{
    static const struct {
        const char    *name;
        const char    *dn;
        false_manner_t manner;
        int64_t        patience; /* ms */
        const char    *want;
    } cases[] = {
        { "refused", "cn=gatehouse", false_refusal, FALSE_PATIENCE,
            "the bind as cn=gatehouse is refused: Server is unwilling to perform (53)" },
        { "EXTERNAL refused", NULL, false_refusal, FALSE_PATIENCE,
            "the bind as SASL EXTERNAL is refused: Server is unwilling to perform (53)" },
        { "hung up", "cn=gatehouse", false_hang_up, FALSE_PATIENCE,
            "no answer to the bind: Can't contact LDAP server" },
        { "not answered", "cn=gatehouse", false_silence, 50,
            "no answer to the bind: Timed out" },
    };

    (void) state;

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        false_directory_t *directory = false_directory_start(cases[i].manner, NULL, false);
        gh_link_t         *link = open_link(&plain, false_directory_uri(directory));
        gh_error_t         error = { "" };
        int64_t            deadline = gh_clock_monotonic() + cases[i].patience;

        assert_int_equal(bind_link(link, cases[i].dn, deadline, &error), GH_ERR_IO);
        assert_string_equal(error.text, cases[i].want);

        gh_link_close(link);
        false_directory_stop(directory);
    }
}

/* A closed link says good-bye, so that the server need not find out. */
static void
test_close(void **state)
{
    false_directory_t *directory = false_directory_start(false_well, NULL, false);

    (void) state;

    gh_link_close(open_link(&plain, false_directory_uri(directory)));
    assert_heard(directory, "1 unbind\n");

    gh_link_close(NULL);
    false_directory_stop(directory);
}

static void
test_events(void **state)
{
    const gh_link_t idle = { .has_output = false };
    const gh_link_t full = { .has_output = true };

    (void) state;

    assert_int_equal(gh_link_events(&idle), POLLIN);
    assert_int_equal(gh_link_events(&full), POLLIN | POLLOUT);
}

static void
test_nowhere_to_go(void **state)
{
    static const struct {
        const char *name;
        const char *uri;
        const char *want;
    } cases[] = {
        { "another machine in clear", "ldap://192.0.2.1",
            "passwords would cross the network in clear: use ldaps:// or starttls = yes "
            "(or allow_plaintext = yes, where nobody can listen)" },
        { "nobody listens", FALSE_NOWHERE, "can't connect: No such file or directory" },
    };

    (void) state;

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        refuse_link(&plain, cases[i].uri, false_soon(), cases[i].want);
    }
}

static void
test_uri_that_is_none(void **state)
{
    gh_error_t error = { "" };

    (void) state;

    assert_null(gh_link_open(&plain, "http://directory.example", false_soon(), &error));
    assert_string_not_equal(error.text, "");
}

static void
test_starttls_that_fails(void **state)
{
    static const struct {
        const char    *name;
        false_manner_t manner;
        int64_t        patience; /* ms */
        const char    *want;
    } cases[] = {
        { "refused", false_refusal, FALSE_PATIENCE,
            "the server refuses StartTLS: Server is unwilling to perform" },
        { "hung up", false_hang_up, FALSE_PATIENCE,
            "no answer to StartTLS: Can't contact LDAP server" },
        { "not answered", false_silence, BRIEF, "no answer to StartTLS: Timed out" },
    };
    static const gh_directory_settings_t settings = { .starttls = true, .tls_verify = true };

    (void) state;

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        false_directory_t *directory = false_directory_start(cases[i].manner, NULL, false);

        refuse_link(&settings, false_directory_uri(directory),
            gh_clock_monotonic() + cases[i].patience, cases[i].want);

        false_directory_stop(directory);
    }
}

/* Agrees to StartTLS, and then never reads what the handshake says. */
static void
agree_and_hang(false_directory_t *directory, const false_request_t *request)
{
    (void) directory;
    false_result(request, 0);
    request->connection->is_deaf = true;
}

static void
test_starttls_whose_handshake_hangs(void **state)
{
    const scratch_t              *scratch = *state;
    const gh_directory_settings_t settings = {
        .starttls = true, .tls_verify = true, .tls_ca = (char *) scratch->path
    };
    SSL_CTX           *tls = false_tls_new("127.0.0.1", scratch->path);
    false_directory_t *directory = false_directory_start(agree_and_hang, tls, false);

    refuse_link(&settings, false_directory_uri(directory), gh_clock_monotonic() + BRIEF,
        "TLS failed: no answer in time");
    assert_heard(directory, "1 " START_TLS);

    false_directory_stop(directory);
    SSL_CTX_free(tls);
}

/* A socket that is connected to, and never accepts. */
static void
test_ldaps_whose_handshake_hangs(void **state)
{
    const scratch_t              *scratch = *state;
    const gh_directory_settings_t settings = { .tls_verify = true,
        .tls_ca = (char *) scratch->path };
    struct sockaddr_in            address = { .sin_family = AF_INET };
    socklen_t                     len = sizeof(address);
    int                           fd = socket(AF_INET, SOCK_STREAM, 0);
    char                          uri[64];

    SSL_CTX_free(false_tls_new("127.0.0.1", scratch->path));
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    assert_int_equal(bind(fd, (struct sockaddr *) &address, len), 0);
    assert_int_equal(listen(fd, 1), 0);
    assert_int_equal(getsockname(fd, (struct sockaddr *) &address, &len), 0);
    snprintf(uri, sizeof(uri), "ldaps://127.0.0.1:%d", ntohs(address.sin_port));

    refuse_link(&settings, uri, gh_clock_monotonic() + BRIEF, "TLS failed: no answer in time");
    close(fd);
}

static void
test_tls(void **state)
{
    static const struct {
        const char *name;
        bool        is_ldaps;
        const char *ip;     /* that the certificate is for */
        bool        is_own; /* tls_ca is its authority, and no other */
        bool        verify;
        const char *want; /* what is heard; NULL: the link does not open */
    } cases[] = {
        { "ldaps", true, "127.0.0.1", true, true, "1 bind cn=gatehouse: open sesame\n" },
        { "StartTLS", false, "127.0.0.1", true, true,
            "1 " START_TLS "1 bind cn=gatehouse: open sesame\n" },
        { "ldaps, wrong authority", true, "127.0.0.1", false, true, NULL },
        { "StartTLS, wrong authority", false, "127.0.0.1", false, true, NULL },
        { "ldaps, wrong name", true, "192.0.2.1", true, true, NULL },
        { "StartTLS, wrong name", false, "192.0.2.1", true, true, NULL },
        { "ldaps, not verified", true, "192.0.2.1", false, false,
            "1 bind cn=gatehouse: open sesame\n" },
        { "StartTLS, not verified", false, "192.0.2.1", false, false,
            "1 " START_TLS "1 bind cn=gatehouse: open sesame\n" },
    };
    const scratch_t *scratch = *state;

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        SSL_CTX                *tls = false_tls_new(cases[i].ip, scratch->path);
        false_directory_t      *directory;
        gh_directory_settings_t settings = {
            .starttls = true, .tls_verify = cases[i].verify, .tls_ca = (char *) scratch->path
        };

        /* The same name, and another key. */
        if (!cases[i].is_own) {
            SSL_CTX_free(false_tls_new(cases[i].ip, scratch->path));
        }

        directory = false_directory_start(false_start_tls, tls, cases[i].is_ldaps);

        if (cases[i].want == NULL) {
            refuse_link(&settings, false_directory_uri(directory), false_soon(), TLS_FAILED);
        } else {
            gh_link_t *link = open_link(&settings, false_directory_uri(directory));
            gh_error_t error = { "" };

            if (bind_link(link, "cn=gatehouse", false_soon(), &error) != 0) {
                fail_msg("%s: %s", cases[i].name, error.text);
            }

            assert_heard(directory, cases[i].want);
            gh_link_close(link);
        }

        false_directory_stop(directory);
        SSL_CTX_free(tls);
    }
}

static void
test_authority_that_is_not_there(void **state)
{
    static const gh_directory_settings_t settings = {
        .starttls = true, .tls_verify = true, .tls_ca = (char *) "/nonexistent/ca.pem"
    };
    const scratch_t   *scratch = *state;
    SSL_CTX           *tls = false_tls_new("127.0.0.1", scratch->path);
    false_directory_t *directory = false_directory_start(false_start_tls, tls, false);

    refuse_link(&settings, false_directory_uri(directory), false_soon(),
        "can't prepare TLS (are tls_ca, tls_certificate and its key readable?): ");

    false_directory_stop(directory);
    SSL_CTX_free(tls);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_bind),
        cmocka_unit_test(test_bind_that_fails),
        cmocka_unit_test(test_close),
        cmocka_unit_test(test_events),
        cmocka_unit_test(test_nowhere_to_go),
        cmocka_unit_test(test_uri_that_is_none),
        cmocka_unit_test(test_starttls_that_fails),
        IN_SCRATCH(test_starttls_whose_handshake_hangs),
        IN_SCRATCH(test_ldaps_whose_handshake_hangs),
        IN_SCRATCH(test_tls),
        IN_SCRATCH(test_authority_that_is_not_there),
    };

    return cmocka_run_group_tests_name("link", tests, NULL, NULL);
}
