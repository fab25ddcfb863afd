/*
 * False directory: a thread of the test that plays one server with lber, as well
 * or as badly as a manner says, and writes down what it was asked.
 *
 * Nothing here waits for time to pass: the thread sleeps until somebody speaks
 * to it, and false_directory_heard() until it has heard enough.
 */
#ifndef GH_TESTS_FALSE_DIRECTORY_H
#define GH_TESTS_FALSE_DIRECTORY_H

/* System. */
#include <stdbool.h>
#include <stdint.h>

/* libldap. */
#include <ldap.h>

/* Base. */
#include "base/clock.h"

/* Tests. */
#include "false_tls.h"

/* Milliseconds that no step of a test needs. */
#define FALSE_PATIENCE 20000

/* Where nobody listens. */
#define FALSE_NOWHERE "ldapi://%2Fnonexistent%2Fldapi"

typedef struct false_directory_s false_directory_t;

/* One connection; `number` counts them from 1 in the order they came. */
typedef struct {
    int      number;
    int      fd;
    Sockbuf *sockbuf;
    SSL     *ssl;     /* NULL: in clear */
    bool     is_over; /* to be closed */
    bool     is_deaf; /* open, and never read again */
} false_connection_t;

/* One request. */
typedef struct {
    false_connection_t *connection;
    ber_int_t           msgid;
    ber_tag_t           operation; /* LDAP_REQ_ */
} false_request_t;

/* What the directory does with a request; runs in its thread. */
typedef void (*false_manner_t)(false_directory_t *directory, const false_request_t *request);

/*
 * Starts a directory that listens on a free port of 127.0.0.1 and on a socket in a
 * folder of its own, and stops it again.  With `tls` (borrowed) a manner may begin
 * TLS, and with `is_ldaps` every connection begins with it.
 */
false_directory_t *false_directory_start(false_manner_t manner, SSL_CTX *tls, bool is_ldaps);
void               false_directory_stop(false_directory_t *directory);

/* ldap:// or ldaps:// and the port; ldapi:// and the socket. */
char *false_directory_uri(false_directory_t *directory);
char *false_directory_local_uri(false_directory_t *directory);

/* From now on it behaves like this. */
void false_directory_behave(false_directory_t *directory, false_manner_t manner);

/*
 * What it has heard, a line each, once that is as many lines as `want` has: the number
 * of the connection, the operation, and what it is about.
 *
 *     1 bind cn=gatehouse: open sesame
 *     1 bind EXTERNAL
 *     2 search uid=61234
 *     2 unbind
 *
 * A line of a connection comes behind its earlier ones; lines of different connections
 * stand in the order of the client's steps where it waited in between.
 */
const char *false_directory_heard(false_directory_t *directory, const char *want);

#define assert_heard(directory, want) \
    assert_string_equal(false_directory_heard(directory, want), want)

/* A deadline that nothing reaches. */
static inline int64_t
false_soon(void)
{
    return gh_clock_monotonic() + FALSE_PATIENCE;
}

/* ---- Manners ---- */

void false_well(false_directory_t *directory, const false_request_t *request);     /* success */
void false_silence(false_directory_t *directory, const false_request_t *request);  /* nothing */
void false_hang_up(false_directory_t *directory, const false_request_t *request);  /* closes */
void false_refusal(false_directory_t *directory, const false_request_t *request);  /* 53 */
void false_farewell(false_directory_t *directory, const false_request_t *request); /* success,
    and with it the notice that it is going (RFC 4511, section 4.4.1) */
void false_start_tls(false_directory_t *directory, const false_request_t *request); /* success,
    and TLS where that was asked for */

/* ---- What manners are made of ---- */

/* Sends a result, with the tag that belongs to the request. */
void false_result(const false_request_t *request, int result);

#endif
