/*
 * Dial: connect() bounded by the socket's own send timeout, for every address
 * of a name in turn.
 */

/* System. */
#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

/* Base. */
#include "base/clock.h"

/* Directory. */
#include "directory/dial.h"

/* Bounds what connect() may wait; false when the deadline has come. */
static bool
dial_limit(int fd, int64_t deadline)
{
    int64_t        left = deadline - gh_clock_monotonic();
    struct timeval limit;

    if (left <= 0) {
        errno = ETIMEDOUT;
        return false;
    }

    limit.tv_sec = (time_t) (left / 1000);
    limit.tv_usec = (suseconds_t) (left % 1000 * 1000);

    return setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof(limit)) == 0;
}

/* A connected socket, or -1 with errno set. */
static int
dial(const struct sockaddr *address, socklen_t len, int64_t deadline)
{
    int fd = socket(address->sa_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
    int failure;

    if (fd == -1) {
        return -1;
    }

    /* After a signal the same call goes on waiting for the same connection. */
    do {
        if (dial_limit(fd, deadline) && connect(fd, address, len) == 0) {
            return fd;
        }
    } while (errno == EINTR);

    /* What Linux says when the send timeout ends a connect(). */
    failure = errno == EINPROGRESS || errno == EALREADY || errno == EAGAIN ? ETIMEDOUT : errno;
    close(fd);
    errno = failure;

    return -1;
}

/* How long the first of `count` addresses may take: its share of what is left. */
static int64_t
dial_share(int64_t deadline, size_t count)
{
    int64_t now = gh_clock_monotonic();

    return deadline <= now ? deadline : now + (deadline - now) / (int64_t) count;
}

static int
dial_addresses(const struct addrinfo *list, gh_way_t way, int64_t deadline, gh_error_t *error)
{
    size_t left = 0;
    int    on = 1;

    for (const struct addrinfo *each = list; each != NULL; each = each->ai_next) {
        left++;
    }

    for (const struct addrinfo *each = list; each != NULL; each = each->ai_next, left--) {
        int fd;

        if (!gh_way_admits(way, each->ai_addr)) {
            gh_error_set(error, GH_ERR_IO,
                "passwords would cross the network in clear: the name leads to another "
                "machine");
            continue;
        }

        fd = dial(each->ai_addr, each->ai_addrlen, dial_share(deadline, left));

        if (fd != -1) {
            /* A sign-in is small messages that wait for each other. */
            setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
            return fd;
        }

        gh_error_set(error, GH_ERR_IO, "can't connect: %s", strerror(errno));
    }

    return -1;
}

int
gh_dial_host(const char *host, int port, gh_way_t way, int64_t deadline, gh_error_t *error)
{
    struct addrinfo hints = {
        .ai_family = AF_UNSPEC, .ai_socktype = SOCK_STREAM, .ai_flags = AI_NUMERICSERV
    };
    struct addrinfo *list = NULL;
    char             service[16];
    int              fd, rc;

    snprintf(service, sizeof(service), "%d", port);
    rc = getaddrinfo(host, service, &hints, &list);

    if (rc != 0) {
        gh_error_set(error, GH_ERR_IO, "can't look up the host: %s", gai_strerror(rc));
        return -1;
    }

    fd = dial_addresses(list, way, deadline, error);
    freeaddrinfo(list);

    return fd;
}

int
gh_dial_path(const char *path, int64_t deadline, gh_error_t *error)
{
    struct sockaddr_un address = { .sun_family = AF_UNIX };
    size_t             len = strlen(path);
    int                fd;

    if (len >= sizeof(address.sun_path)) {
        gh_error_set(error, GH_ERR_IO, "the path of the socket is too long");
        return -1;
    }

    memcpy(address.sun_path, path, len);
    fd = dial((const struct sockaddr *) &address, sizeof(address), deadline);

    if (fd == -1) {
        gh_error_set(error, GH_ERR_IO, "can't connect: %s", strerror(errno));
    }

    return fd;
}
