/*
 * yes_daemon: a daemon that says yes to every HTTP request.
 *
 * It answers 204 and keeps connections alive: what any daemon that nginx asks
 * with auth_request has to do at the least.  Listens on the socket that is its
 * standard input; ends when it is told to.
 *
 * It looks no further than for the empty line at a request's end: the requests
 * come from nginx, without a body.
 */

/* System. */
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

/* Bench. */
#include "meter.h"

#define EVENTS      64
#define REQUEST_MAX 8192

#define YES "HTTP/1.1 204 No Content\r\nServer: yes\r\n\r\n"

typedef struct {
    int    fd;
    size_t len;
    char   request[REQUEST_MAX];
} client_t;

static void
watch(int epoll, int fd, client_t *client)
{
    struct epoll_event event = { .events = EPOLLIN, .data.ptr = client };

    client->fd = fd;

    if (epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &event) != 0) {
        meter_die("a socket can't be watched");
    }
}

static void
client_accept(int epoll, int listening)
{
    client_t *client = calloc(1, sizeof(*client));
    int       fd = accept4(listening, NULL, NULL, SOCK_CLOEXEC);

    if (client == NULL || fd < 0) {
        free(client);
        return;
    }

    watch(epoll, fd, client);
}

/* Answers each request that is whole. */
static bool
client_answer(client_t *client)
{
    char *end;

    while ((end = memmem(client->request, client->len, "\r\n\r\n", 4)) != NULL) {
        client->len -= (size_t) (end + 4 - client->request);
        memmove(client->request, end + 4, client->len);

        if (send(client->fd, YES, sizeof(YES) - 1, MSG_NOSIGNAL) != sizeof(YES) - 1) {
            return false;
        }
    }

    return client->len < REQUEST_MAX;
}

static void
client_read(client_t *client)
{
    ssize_t got = recv(client->fd, client->request + client->len, REQUEST_MAX - client->len, 0);

    if (got > 0) {
        client->len += (size_t) got;

        if (client_answer(client)) {
            return;
        }
    }

    close(client->fd);
    free(client);
}

int
main(void)
{
    struct epoll_event events[EVENTS];
    client_t           listening;
    int                epoll = epoll_create1(EPOLL_CLOEXEC);

    if (epoll < 0) {
        meter_die("no epoll");
    }

    watch(epoll, STDIN_FILENO, &listening);

    for (;;) {
        int ready = epoll_wait(epoll, events, EVENTS, -1);

        for (int i = 0; i < ready; i++) {
            if (events[i].data.ptr == &listening) {
                client_accept(epoll, STDIN_FILENO);
            } else {
                client_read(events[i].data.ptr);
            }
        }
    }
}
