/*
 * Dialling: who listens is reached, who does not is told of, nobody waits past the deadline.
 */

/* System. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

/* Base. */
#include "base/clock.h"

/* Directory. */
#include "directory/dial.h"

/* Long enough for any loopback, ms. */
#define PATIENCE 20000

/* A socket that listens on a free loopback port; sets `*port`. */
static int
listening(int *port)
{
    struct sockaddr_in address = { .sin_family = AF_INET };
    socklen_t          len = sizeof(address);
    int                fd = socket(AF_INET, SOCK_STREAM, 0);

    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    assert_int_equal(bind(fd, (struct sockaddr *) &address, sizeof(address)), 0);
    assert_int_equal(listen(fd, 1), 0);
    assert_int_equal(getsockname(fd, (struct sockaddr *) &address, &len), 0);
    *port = ntohs(address.sin_port);

    return fd;
}

static int64_t
soon(void)
{
    return gh_clock_monotonic() + PATIENCE;
}

static void
test_host_that_listens(void **state)
{
    gh_error_t error = { "" };
    int        port, server = listening(&port);
    int        fd = gh_dial_host("127.0.0.1", port, GH_WAY_LOCAL, soon(), &error);

    (void) state;

    assert_true(fd >= 0);
    assert_string_equal(error.text, "");
    close(fd);
    close(server);
}

static void
test_host_that_does_not(void **state)
{
    gh_error_t error = { "" };
    int        port, server = listening(&port);

    (void) state;

    close(server);
    assert_int_equal(gh_dial_host("127.0.0.1", port, GH_WAY_LOCAL, soon(), &error), -1);
    assert_string_equal(error.text, "can't connect: Connection refused");
}

static void
test_another_machine(void **state)
{
    gh_error_t error = { "" };

    (void) state;

    /* TEST-NET-1 (RFC 5737): refused before anything is sent. */
    assert_int_equal(gh_dial_host("192.0.2.1", 389, GH_WAY_LOCAL, soon(), &error), -1);
    assert_string_equal(error.text,
        "passwords would cross the network in clear: the name leads to another machine");
}

static void
test_deadline_that_has_come(void **state)
{
    gh_error_t error = { "" };
    int        port, server = listening(&port);

    (void) state;

    assert_int_equal(
        gh_dial_host("127.0.0.1", port, GH_WAY_LOCAL, gh_clock_monotonic() - 1, &error), -1);
    assert_string_equal(error.text, "can't connect: Connection timed out");
    close(server);
}

static void
test_path(void **state)
{
    struct sockaddr_un address = { .sun_family = AF_UNIX };
    char               folder[] = "/tmp/gatehouse-dial-XXXXXX";
    gh_error_t         error = { "" };
    int                server = socket(AF_UNIX, SOCK_STREAM, 0);
    int                fd;

    (void) state;

    assert_non_null(mkdtemp(folder));
    snprintf(address.sun_path, sizeof(address.sun_path), "%s/ldapi", folder);

    assert_int_equal(gh_dial_path(address.sun_path, soon(), &error), -1);
    assert_string_not_equal(error.text, "");

    assert_int_equal(bind(server, (struct sockaddr *) &address, sizeof(address)), 0);
    assert_int_equal(listen(server, 1), 0);
    fd = gh_dial_path(address.sun_path, soon(), &error);
    assert_true(fd >= 0);

    close(fd);
    close(server);
    unlink(address.sun_path);
    rmdir(folder);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_host_that_listens),
        cmocka_unit_test(test_host_that_does_not),
        cmocka_unit_test(test_another_machine),
        cmocka_unit_test(test_deadline_that_has_come),
        cmocka_unit_test(test_path),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
