/*
 * slow_line PORT MILLISECONDS: a long way to the directory.
 *
 * Takes connections on the socket that is its standard input, connects each to
 * PORT of the loopback, and hands on what comes: what clients send at once, what
 * the directory answers so much later.  Costs next to nothing, so that what it
 * slows down can be measured beside it.  Ends when it is told to.
 */

/* System. */
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/queue.h>
#include <sys/socket.h>
#include <unistd.h>

/* Bench. */
#include "meter.h"

#define EVENTS 64
#define CHUNK  65536

typedef struct line_s line_t;

/* One end of a line. */
typedef struct {
    line_t *line;
    int     fd;
    bool    is_far; /* the directory's */
} end_t;

/* Lines are few: each stays in memory for as long as the program runs. */
struct line_s {
    end_t near;
    end_t far;
    bool  is_closed;
};

/* What waits to be handed on, in the order of its time. */
typedef struct parcel_s {
    STAILQ_ENTRY(parcel_s) entry;
    line_t *line;
    int64_t due; /* µs */
    size_t  len;
    char    data[];
} parcel_t;

static STAILQ_HEAD(, parcel_s) parcels = STAILQ_HEAD_INITIALIZER(parcels);
static int            epoll;
static int64_t        delay; /* µs */
static unsigned short port;

static void
watch(int fd, end_t *end)
{
    struct epoll_event event = { .events = EPOLLIN, .data.ptr = end };
    int                at_once = 1;

    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &at_once, sizeof(at_once));

    if (epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &event) != 0) {
        meter_die("a socket can't be watched");
    }
}

static void
line_open(int listening)
{
    struct sockaddr_in address = { .sin_family = AF_INET,
        .sin_port = htons(port),
        .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
    line_t            *line = calloc(1, sizeof(*line));

    if (line == NULL) {
        meter_die("memory is out");
    }

    line->near = (end_t){ line, accept4(listening, NULL, NULL, SOCK_CLOEXEC), false };
    line->far = (end_t){ line, socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), true };

    if (line->near.fd < 0
        || connect(line->far.fd, (struct sockaddr *) &address, sizeof(address)) != 0)
    {
        meter_die("no connection to port %u", port);
    }

    watch(line->near.fd, &line->near);
    watch(line->far.fd, &line->far);
}

static void
line_close(line_t *line)
{
    if (!line->is_closed) {
        line->is_closed = true;
        close(line->near.fd);
        close(line->far.fd);
    }
}

static bool
hand_on(int fd, const char *data, size_t len)
{
    return send(fd, data, len, MSG_NOSIGNAL) == (ssize_t) len;
}

/* Something has come: hands it on, or keeps it for later. */
static void
end_read(end_t *end)
{
    static char chunk[CHUNK];
    line_t     *line = end->line;
    ssize_t     got = line->is_closed ? 0 : recv(end->fd, chunk, sizeof(chunk), 0);
    parcel_t   *parcel;

    if (got <= 0) {
        line_close(line);
        return;
    }

    if (!end->is_far) {
        if (!hand_on(line->far.fd, chunk, (size_t) got)) {
            line_close(line);
        }
        return;
    }

    parcel = malloc(sizeof(*parcel) + (size_t) got);

    if (parcel == NULL) {
        meter_die("memory is out");
    }

    parcel->line = line;
    parcel->due = meter_now() + delay;
    parcel->len = (size_t) got;
    memcpy(parcel->data, chunk, (size_t) got);
    STAILQ_INSERT_TAIL(&parcels, parcel, entry);
}

/* Hands on what is due; returns the time until the next, ms, or -1. */
static int
parcels_deliver(void)
{
    parcel_t *parcel;

    while ((parcel = STAILQ_FIRST(&parcels)) != NULL) {
        int64_t left = parcel->due - meter_now();
        line_t *line = parcel->line;

        if (left > 0) {
            return (int) ((left + 999) / 1000);
        }

        STAILQ_REMOVE_HEAD(&parcels, entry);

        if (!line->is_closed) {
            (void) hand_on(line->near.fd, parcel->data, parcel->len);
        }

        free(parcel);
    }

    return -1;
}

int
main(int argc, char **argv)
{
    struct epoll_event events[EVENTS];
    end_t              listening = { 0 };

    epoll = epoll_create1(EPOLL_CLOEXEC);

    if (argc != 3 || epoll < 0) {
        meter_die("usage: slow_line PORT MILLISECONDS < LISTENING_SOCKET");
    }

    port = (unsigned short) atoi(argv[1]);
    delay = (int64_t) atoi(argv[2]) * 1000;
    watch(STDIN_FILENO, &listening);

    for (;;) {
        int ready = epoll_wait(epoll, events, EVENTS, parcels_deliver());

        for (int i = 0; i < ready; i++) {
            end_t *end = events[i].data.ptr;

            if (end == &listening) {
                line_open(STDIN_FILENO);
            } else {
                end_read(end);
            }
        }
    }
}
