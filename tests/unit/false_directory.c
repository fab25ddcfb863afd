/*
 * False directory: one thread, one poll() over all connections, one request at a
 * time.
 */

/* System. */
#include <arpa/inet.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

/* cmocka. */
#include <cmocka.h>

/* Tests. */
#include "false_directory.h"

#define CONNECTIONS 128

/* The places of what is polled besides connections. */
enum { AT_STOP = 0, AT_TCP, AT_LOCAL, AT_FIRST };

struct false_directory_s {
    pthread_t thread;
    SSL_CTX  *tls;
    bool      is_ldaps;
    int       stop[2]; /* a pipe: to be read from means to end */
    int       tcp, local;
    char      folder[64], path[96];
    char      uri[64], local_uri[128];

    /* Both threads', under the lock. */
    pthread_mutex_t lock;
    pthread_cond_t  heard;
    false_manner_t  manner;
    size_t          lines;
    char            log[16384];
    char            copy[16384]; /* the test's */

    /* The thread's own. */
    false_connection_t connections[CONNECTIONS];
    int                count;
};

/* ---- The thread: its ears ---- */

static void
note(false_directory_t *directory, const false_connection_t *connection, const char *what,
    const char *about)
{
    size_t len;

    pthread_mutex_lock(&directory->lock);
    len = strlen(directory->log);
    snprintf(directory->log + len, sizeof(directory->log) - len, "%d %s%s%s\n",
        connection->number, what, about[0] != '\0' ? " " : "", about);
    directory->lines++;
    pthread_cond_signal(&directory->heard);
    pthread_mutex_unlock(&directory->lock);
}

/* Whom a bind is for, and with what. */
static void
read_bind(BerElement *ber, char *about, size_t size)
{
    struct berval dn, text;
    ber_int_t     version;
    ber_tag_t     method;
    ber_len_t     len;

    if (ber_scanf(ber, "{im", &version, &dn) == LBER_ERROR) {
        snprintf(about, size, "that can't be read");
        return;
    }

    method = ber_peek_tag(ber, &len);

    if (method == LDAP_AUTH_SIMPLE && ber_scanf(ber, "m", &text) != LBER_ERROR) {
        snprintf(about, size, "%s: %s", dn.bv_val, text.bv_val);
    } else if (method == LDAP_AUTH_SASL && ber_scanf(ber, "{m", &text) != LBER_ERROR) {
        snprintf(about, size, "%s%s", dn.bv_val, text.bv_val);
    }
}

/* What the request is about: a DN, or the name of an extended operation. */
static void
read_about(BerElement *ber, ber_tag_t operation, char *about, size_t size)
{
    struct berval text = { 0, NULL };

    about[0] = '\0';

    if (operation == LDAP_REQ_BIND) {
        read_bind(ber, about, size);

    } else if (operation == LDAP_REQ_DELETE) {
        (void) ber_scanf(ber, "m", &text);

    } else if (operation != LDAP_REQ_UNBIND && operation != LDAP_REQ_ABANDON) {
        (void) ber_scanf(ber, "{m", &text);
    }

    if (text.bv_val != NULL) {
        snprintf(about, size, "%s", text.bv_val);
    }
}

static const char *
name_of(ber_tag_t operation)
{
    static const struct {
        ber_tag_t   operation;
        const char *name;
    } names[] = {
        { LDAP_REQ_BIND, "bind" },
        { LDAP_REQ_UNBIND, "unbind" },
        { LDAP_REQ_SEARCH, "search" },
        { LDAP_REQ_MODIFY, "modify" },
        { LDAP_REQ_ADD, "add" },
        { LDAP_REQ_DELETE, "delete" },
        { LDAP_REQ_ABANDON, "abandon" },
        { LDAP_REQ_EXTENDED, "extended" },
    };

    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        if (names[i].operation == operation) {
            return names[i].name;
        }
    }

    return "unknown";
}

/* Hears one request and does with it what the manner says. */
static void
hear(false_directory_t *directory, false_connection_t *connection)
{
    BerElement     *ber = ber_alloc_t(LBER_USE_DER);
    false_request_t request = { .connection = connection };
    false_manner_t  manner;
    char            about[256];
    ber_len_t       len;

    if (ber == NULL || ber_get_next(connection->sockbuf, &len, ber) != LDAP_TAG_MESSAGE
        || ber_scanf(ber, "it", &request.msgid, &request.operation) == LBER_ERROR)
    {
        ber_free(ber, 1);
        connection->is_over = true;
        return;
    }

    read_about(ber, request.operation, about, sizeof(about));
    ber_free(ber, 1);
    note(directory, connection, name_of(request.operation), about);

    if (request.operation == LDAP_REQ_UNBIND) {
        connection->is_over = true;
        return;
    }

    pthread_mutex_lock(&directory->lock);
    manner = directory->manner;
    pthread_mutex_unlock(&directory->lock);

    manner(directory, &request);
}

/* ---- The thread: connections ---- */

static void
begin_tls(false_directory_t *directory, false_connection_t *connection)
{
    connection->ssl = false_tls_accept(directory->tls, connection->fd, connection->sockbuf);
    connection->is_over = connection->ssl == NULL;
}

static void
end_connection(false_connection_t *connection)
{
    if (connection->sockbuf != NULL) {
        ber_sockbuf_free(connection->sockbuf); /* closes the descriptor */
        SSL_free(connection->ssl);
    }

    connection->sockbuf = NULL;
    connection->fd = -1;
}

static void
take_connection(false_directory_t *directory, int listener)
{
    struct timeval      patience = { FALSE_PATIENCE / 1000, 0 };
    false_connection_t *connection = &directory->connections[directory->count];

    if (directory->count == CONNECTIONS) {
        abort();
    }

    *connection = (false_connection_t){ .number = ++directory->count,
        .fd = accept(listener, NULL, NULL),
        .sockbuf = ber_sockbuf_alloc() };

    (void) setsockopt(connection->fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
    connection->is_over = connection->sockbuf == NULL
        || ber_sockbuf_add_io(connection->sockbuf, &ber_sockbuf_io_tcp,
               LBER_SBIOD_LEVEL_PROVIDER, &connection->fd)
            != 0;

    if (directory->is_ldaps && !connection->is_over) {
        begin_tls(directory, connection);
    }

    if (connection->is_over) {
        end_connection(connection);
    }
}

/* Whether there is more to hear that poll() knows nothing of. */
static bool
has_more(const false_connection_t *connection)
{
    return !connection->is_over && connection->ssl != NULL && SSL_pending(connection->ssl) > 0;
}

/* What poll() is to look at; -1: nothing. */
static int
listened_to(const false_connection_t *connection)
{
    return connection->is_deaf ? -1 : connection->fd;
}

/* Hears who has something to say. */
static void
hear_all(false_directory_t *directory, const struct pollfd *fds, int count)
{
    for (int i = 0; i < count; i++) {
        false_connection_t *connection = &directory->connections[i];

        if (fds[i].revents == 0) {
            continue;
        }

        do {
            hear(directory, connection);
        } while (has_more(connection));

        if (connection->is_over) {
            end_connection(connection);
        }
    }
}

static void *
run(void *arg)
{
    false_directory_t *directory = arg;
    struct pollfd      fds[AT_FIRST + CONNECTIONS] = {
             [AT_STOP] = { .fd = directory->stop[0], .events = POLLIN },
             [AT_TCP] = { .fd = directory->tcp, .events = POLLIN },
             [AT_LOCAL] = { .fd = directory->local, .events = POLLIN },
    };
    sigset_t broken_pipe;

    /* A write to who has gone is an error here; the client has to see to it itself. */
    sigemptyset(&broken_pipe);
    sigaddset(&broken_pipe, SIGPIPE);
    pthread_sigmask(SIG_BLOCK, &broken_pipe, NULL);

    for (;;) {
        int count = directory->count;

        for (int i = 0; i < count; i++) {
            fds[AT_FIRST + i] = (struct pollfd){ .fd = listened_to(&directory->connections[i]),
                .events = POLLIN };
        }

        if (poll(fds, (nfds_t) (AT_FIRST + count), -1) < 0) {
            continue;
        }

        if (fds[AT_STOP].revents != 0) {
            return NULL;
        }

        /* Connections before listeners, so that lines stand in the client's order. */
        hear_all(directory, fds + AT_FIRST, count);

        for (int i = AT_TCP; i <= AT_LOCAL; i++) {
            if (fds[i].revents != 0) {
                take_connection(directory, fds[i].fd);
            }
        }
    }
}

/* ---- The test's side ---- */

static void
listen_tcp(false_directory_t *directory)
{
    struct sockaddr_in address = { .sin_family = AF_INET };
    socklen_t          len = sizeof(address);

    directory->tcp = socket(AF_INET, SOCK_STREAM, 0);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    assert_int_equal(bind(directory->tcp, (struct sockaddr *) &address, len), 0);
    assert_int_equal(listen(directory->tcp, CONNECTIONS), 0);
    assert_int_equal(getsockname(directory->tcp, (struct sockaddr *) &address, &len), 0);
    snprintf(directory->uri, sizeof(directory->uri), "%s://127.0.0.1:%d",
        directory->is_ldaps ? "ldaps" : "ldap", ntohs(address.sin_port));
}

static void
listen_local(false_directory_t *directory)
{
    struct sockaddr_un address = { .sun_family = AF_UNIX };

    strcpy(directory->folder, "/tmp/gatehouse-false-XXXXXX");
    assert_non_null(mkdtemp(directory->folder));
    snprintf(directory->path, sizeof(directory->path), "%s/ldapi", directory->folder);
    snprintf(address.sun_path, sizeof(address.sun_path), "%s", directory->path);
    snprintf(directory->local_uri, sizeof(directory->local_uri),
        "ldapi://%%2Ftmp%%2F%s%%2Fldapi", directory->folder + strlen("/tmp/"));

    directory->local = socket(AF_UNIX, SOCK_STREAM, 0);
    assert_int_equal(bind(directory->local, (struct sockaddr *) &address, sizeof(address)), 0);
    assert_int_equal(listen(directory->local, CONNECTIONS), 0);
}

false_directory_t *
false_directory_start(false_manner_t manner, SSL_CTX *tls, bool is_ldaps)
{
    false_directory_t *directory = calloc(1, sizeof(*directory));

    assert_non_null(directory);

    /* No ldap.conf(5) of the machine decides what a test sees. */
    assert_int_equal(setenv("LDAPNOINIT", "1", 1), 0);

    directory->manner = manner;
    directory->tls = tls;
    directory->is_ldaps = is_ldaps;

    listen_tcp(directory);
    listen_local(directory);

    assert_int_equal(pipe(directory->stop), 0);
    assert_int_equal(pthread_mutex_init(&directory->lock, NULL), 0);
    assert_int_equal(pthread_cond_init(&directory->heard, NULL), 0);
    assert_int_equal(pthread_create(&directory->thread, NULL, run, directory), 0);

    return directory;
}

void
false_directory_stop(false_directory_t *directory)
{
    close(directory->stop[1]);
    pthread_join(directory->thread, NULL);

    for (int i = 0; i < directory->count; i++) {
        end_connection(&directory->connections[i]);
    }

    pthread_cond_destroy(&directory->heard);
    pthread_mutex_destroy(&directory->lock);
    close(directory->stop[0]);
    close(directory->tcp);
    close(directory->local);
    unlink(directory->path);
    rmdir(directory->folder);
    free(directory);
}

char *
false_directory_uri(false_directory_t *directory)
{
    return directory->uri;
}

char *
false_directory_local_uri(false_directory_t *directory)
{
    return directory->local_uri;
}

void
false_directory_behave(false_directory_t *directory, false_manner_t manner)
{
    pthread_mutex_lock(&directory->lock);
    directory->manner = manner;
    pthread_mutex_unlock(&directory->lock);
}

const char *
false_directory_heard(false_directory_t *directory, const char *want)
{
    struct timespec limit;
    size_t          lines = 0;
    int             rc = 0;

    for (const char *at = want; (at = strchr(at, '\n')) != NULL; at++) {
        lines++;
    }

    clock_gettime(CLOCK_REALTIME, &limit);
    limit.tv_sec += FALSE_PATIENCE / 1000;

    pthread_mutex_lock(&directory->lock);

    while (directory->lines < lines && rc == 0) {
        rc = pthread_cond_timedwait(&directory->heard, &directory->lock, &limit);
    }

    strcpy(directory->copy, directory->log);
    pthread_mutex_unlock(&directory->lock);

    return directory->copy;
}

/* ---- Manners ---- */

static void
send_message(const false_request_t *request, BerElement *ber)
{
    if (ber_flush2(request->connection->sockbuf, ber, LBER_FLUSH_FREE_ALWAYS) != 0) {
        request->connection->is_over = true;
    }
}

static ber_tag_t
answer_to(ber_tag_t operation)
{
    return operation == LDAP_REQ_SEARCH ? LDAP_RES_SEARCH_RESULT
        : operation == LDAP_REQ_DELETE  ? LDAP_RES_DELETE
                                        : operation + 1;
}

void
false_result(const false_request_t *request, int result)
{
    BerElement *ber = ber_alloc_t(LBER_USE_DER);

    if (request->operation != LDAP_REQ_ABANDON) {
        ber_printf(
            ber, "{it{ess}}", request->msgid, answer_to(request->operation), result, "", "");
        send_message(request, ber);
    } else {
        ber_free(ber, 1);
    }
}

void
false_well(false_directory_t *directory, const false_request_t *request)
{
    (void) directory;
    false_result(request, LDAP_SUCCESS);
}

void
false_silence(false_directory_t *directory, const false_request_t *request)
{
    (void) directory;
    (void) request;
}

void
false_hang_up(false_directory_t *directory, const false_request_t *request)
{
    (void) directory;
    request->connection->is_over = true;
}

void
false_refusal(false_directory_t *directory, const false_request_t *request)
{
    (void) directory;
    false_result(request, LDAP_UNWILLING_TO_PERFORM);
}

void
false_farewell(false_directory_t *directory, const false_request_t *request)
{
    BerElement *ber = ber_alloc_t(LBER_USE_DER);

    (void) directory;

    /* One write, so that whoever has the answer has the notice, too. */
    ber_printf(ber, "{it{ess}}{it{essts}}", request->msgid, answer_to(request->operation),
        LDAP_SUCCESS, "", "", 0, LDAP_RES_EXTENDED, LDAP_UNAVAILABLE, "", "",
        LDAP_TAG_EXOP_RES_OID, LDAP_NOTICE_OF_DISCONNECTION);
    send_message(request, ber);
}

void
false_start_tls(false_directory_t *directory, const false_request_t *request)
{
    false_result(request, LDAP_SUCCESS);

    if (request->operation == LDAP_REQ_EXTENDED) {
        begin_tls(directory, request->connection);
    }
}
