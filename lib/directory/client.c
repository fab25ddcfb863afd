/*
 * The waiting client: a list of requests, the links they went out on, and a
 * poll() over those until one request has its answer.
 */

/* System. */
#include <limits.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/queue.h>

/* Base. */
#include "base/clock.h"

/* Directory. */
#include "directory/client.h"
#include "directory/servers.h"
#include "directory/wire.h"

typedef enum {
    ITEM_ANSWERED = 0, /* MUST BE ZERO: waits to be handed over */
    ITEM_TO_SEND,
    ITEM_SENT
} item_state_t;

/* A request under way.  It has a link while it is SENT, and only then. */
typedef struct item_s item_t;

struct item_s {
    TAILQ_ENTRY(item_s) entry;
    item_state_t        state;
    const gh_request_t *request;
    void               *tag;
    int64_t             deadline;
    gh_link_t          *link;
    int                 msgid;
    bool                was_repeated;
    bool                was_referred; /* a write that was sent to a server that takes none */
    gh_answer_t         answer;
};

struct gh_client_s {
    gh_servers_t servers;
    TAILQ_HEAD(, item_s) items;
    size_t item_count;
};

void
gh_client_prepare(void)
{
    int version;

    (void) ldap_get_option(NULL, LDAP_OPT_PROTOCOL_VERSION, &version);
}

gh_client_t *
gh_client_new(const gh_directory_settings_t *settings, const gh_identity_t *identity,
    const gh_secret_t *password, gh_error_t *error)
{
    gh_client_t *client = calloc(1, sizeof(*client));

    if (client == NULL) {
        gh_error_set(error, GH_ERR_NOMEM, "memory is out");
        return NULL;
    }

    TAILQ_INIT(&client->items);

    if (gh_servers_init(&client->servers, settings, identity, password, error) != 0) {
        gh_client_free(client);
        return NULL;
    }

    return client;
}

void
gh_client_free(gh_client_t *client)
{
    item_t *item;

    if (client == NULL) {
        return;
    }

    while ((item = TAILQ_FIRST(&client->items)) != NULL) {
        TAILQ_REMOVE(&client->items, item, entry);
        gh_answer_cleanup(&item->answer);
        free(item);
    }

    gh_servers_cleanup(&client->servers);
    free(client);
}

/* Ends an item without an answer of the directory's. */
static void
item_fail(item_t *item, gh_result_t result)
{
    gh_answer_cleanup(&item->answer);
    item->answer.result = result;
    item->link = NULL;
    item->state = ITEM_ANSWERED;
}

/*
 * The item's connection died.  What may be repeated goes to the list of what is
 * to be sent, once; of a write nobody knows whether it was done.
 */
static void
item_lost(item_t *item)
{
    if (item->was_repeated || !gh_request_is_repeatable(item->request)) {
        item_fail(item, GH_RESULT_UNREACHABLE);
        return;
    }

    gh_answer_cleanup(&item->answer);
    item->was_repeated = true;
    item->link = NULL;
    item->state = ITEM_TO_SEND;
}

/* The link died: all that wait on it learn it. */
static void
client_lost(gh_client_t *client, gh_link_t *link)
{
    item_t *item;

    TAILQ_FOREACH(item, &client->items, entry)
    {
        if (item->link == link) {
            item_lost(item);
        }
    }

    gh_servers_lost(&client->servers, link);
}

/* Sends one item; afterwards it is SENT, ANSWERED, or TO_SEND once more. */
static void
client_send(gh_client_t *client, item_t *item)
{
    gh_link_t *link;
    int        rc;

    if (item->request->operation == GH_OPERATION_NONE) {
        item_fail(item, GH_RESULT_MALFORMED);
        return;
    }

    if (!gh_servers_make_room(&client->servers)) {
        item_fail(item, GH_RESULT_OVERLOADED);
        return;
    }

    link = gh_servers_link(&client->servers, item->request->lane, item->deadline);

    if (link == NULL) {
        item_fail(item,
            gh_clock_monotonic() < item->deadline ? GH_RESULT_UNREACHABLE : GH_RESULT_TIMEOUT);
        return;
    }

    rc = gh_wire_send(link->ld, item->request, &item->msgid);

    if (rc == 0) {
        item->link = link;
        item->state = ITEM_SENT;
        link->busy++;

    } else if (rc == GH_RESULT_UNREACHABLE) {
        item_lost(item);
        client_lost(client, link);

    } else {
        item_fail(item, (gh_result_t) rc);
    }
}

/* Sends all that is to be sent, what a lost connection gave back included. */
static void
client_send_all(gh_client_t *client)
{
    item_t *item = TAILQ_FIRST(&client->items);

    while (item != NULL) {
        if (item->state != ITEM_TO_SEND) {
            item = TAILQ_NEXT(item, entry);
            continue;
        }

        client_send(client, item);
        item = TAILQ_FIRST(&client->items);
    }
}

int
gh_client_send(gh_client_t *client, const gh_request_t *request, void *tag, int64_t deadline)
{
    item_t *item = calloc(1, sizeof(*item));

    if (item == NULL) {
        return GH_ERR_NOMEM;
    }

    item->state = ITEM_TO_SEND;
    item->request = request;
    item->tag = tag;
    item->deadline = deadline;
    gh_answer_init(&item->answer);
    TAILQ_INSERT_TAIL(&client->items, item, entry);
    client->item_count++;
    client_send_all(client);

    return 0;
}

/*
 * Gives up what has reached its deadline.  A late answer on a connection must
 * not be taken for another's, and a server that was silent for so long gets no
 * more requests on it: the connection is retired.
 */
static void
client_expire(gh_client_t *client)
{
    int64_t now = gh_clock_monotonic();
    item_t *item;

    TAILQ_FOREACH(item, &client->items, entry)
    {
        gh_link_t *link = item->link;

        if (item->state != ITEM_SENT || item->deadline > now) {
            continue;
        }

        /* A bind can't be abandoned (RFC 4511, section 4.11). */
        if (link->lane == GH_LANE_SERVICE) {
            ldap_abandon_ext(link->ld, item->msgid, NULL, NULL);
        }

        gh_error_set(&client->servers.trouble, GH_ERR_IO, "%s: no answer in time",
            client->servers.uris[link->server]);
        link->is_retired = true;
        item_fail(item, GH_RESULT_TIMEOUT);
        gh_servers_release(&client->servers, link);
    }
}

static item_t *
client_item(gh_client_t *client, const gh_link_t *link, int msgid)
{
    item_t *item;

    TAILQ_FOREACH(item, &client->items, entry)
    {
        if (item->link == link && item->msgid == msgid) {
            return item;
        }
    }

    return NULL;
}

/*
 * Whether the server that answered leads to another one: it can't do just now what was asked,
 * or takes no writes.  Who is busy has not begun; who is unavailable may have handed a write
 * on to somebody.
 */
static bool
item_leads_on(item_t *item)
{
    bool is_write = gh_request_is_write(item->request);

    if (gh_answer_is_unwell(&item->answer) && !item->was_repeated) {
        item->was_repeated = true;
        return !is_write || item->answer.result == GH_RESULT_BUSY;
    }

    if (is_write && gh_answer_is_read_only(&item->answer) && !item->was_referred) {
        item->was_referred = true;
        return true;
    }

    return false;
}

/* The item has its answer, or is to be sent to the next server. */
static void
client_answer(gh_client_t *client, gh_link_t *link, item_t *item)
{
    item->link = NULL;
    item->state = ITEM_ANSWERED;

    if (item_leads_on(item) && gh_servers_leave(&client->servers, link)) {
        gh_answer_cleanup(&item->answer);
        item->state = ITEM_TO_SEND;
    }

    gh_servers_release(&client->servers, link);
}

/* Takes one message; false when the connection is of no more use. */
static bool
client_take(gh_client_t *client, gh_link_t *link, LDAPMessage *message)
{
    int     msgid = gh_wire_msgid(message);
    item_t *item;

    if (msgid == 0) {
        return false;
    }

    item = client_item(client, link, msgid);

    if (item == NULL) {
        return true;
    }

    switch (gh_wire_take(link->ld, message, item->request->operation,
        (size_t) item->request->size_limit, &item->answer))
    {
    case GH_WIRE_MORE:
        return true;

    case GH_WIRE_DONE:
        client_answer(client, link, item);
        return true;

    case GH_WIRE_BAD:
        break;
    }

    item_fail(item, (gh_result_t) item->answer.result);
    return false;
}

/* Reads what has come on the link; true when it brought something. */
static bool
client_read(gh_client_t *client, gh_link_t *link)
{
    struct timeval at_once = { 0, 0 };
    LDAPMessage   *message = NULL;
    int            rc;
    bool           is_good;

    rc = ldap_result(link->ld, LDAP_RES_ANY, LDAP_MSG_ONE, &at_once, &message);

    if (rc == 0) {
        return false;
    }

    is_good = rc > 0 && client_take(client, link, message);
    ldap_msgfree(message);

    if (!is_good) {
        client_lost(client, link);
    }

    return true;
}

/*
 * Reads one message from whichever connection has one.  libldap may hold
 * messages that it has already read, so that every busy link is asked before
 * anybody polls.
 */
static bool
client_read_any(gh_client_t *client)
{
    const gh_servers_t *servers = &client->servers;

    for (size_t i = 0; i < servers->link_count; i++) {
        if (servers->links[i]->busy > 0 && client_read(client, servers->links[i])) {
            return true;
        }
    }

    return false;
}

/* Sleeps until a connection has something, or the first deadline. */
static void
client_wait(gh_client_t *client)
{
    const gh_servers_t *servers = &client->servers;
    struct pollfd       poll_fds[GH_SERVERS_LINKS];
    nfds_t              count = 0;
    int64_t             deadline = INT64_MAX;
    int64_t             left;
    item_t             *item;

    TAILQ_FOREACH(item, &client->items, entry)
    {
        deadline = item->deadline < deadline ? item->deadline : deadline;
    }

    for (size_t i = 0; i < servers->link_count; i++) {
        if (servers->links[i]->busy > 0) {
            poll_fds[count].fd = servers->links[i]->fd;
            poll_fds[count].events = gh_link_events(servers->links[i]);
            count++;
        }
    }

    left = deadline - gh_clock_monotonic();

    if (left > 0) {
        poll(poll_fds, count, left < INT_MAX ? (int) left : INT_MAX);
    }
}

/* The request that has had its answer for the longest time; NULL: none has. */
static item_t *
client_answered(gh_client_t *client)
{
    item_t *item;

    TAILQ_FOREACH(item, &client->items, entry)
    {
        if (item->state == ITEM_ANSWERED) {
            break;
        }
    }

    return item;
}

bool
gh_client_receive(gh_client_t *client, void **tag, gh_answer_t *answer)
{
    item_t *item;

    *tag = NULL;
    gh_answer_init(answer);

    if (TAILQ_EMPTY(&client->items)) {
        return false;
    }

    while ((item = client_answered(client)) == NULL) {
        if (!client_read_any(client)) {
            client_wait(client);
        }

        client_expire(client);
        client_send_all(client);
    }

    TAILQ_REMOVE(&client->items, item, entry);
    client->item_count--;
    *tag = item->tag;
    *answer = item->answer;
    free(item);

    return true;
}

size_t
gh_client_pending(const gh_client_t *client)
{
    return client->item_count;
}

const char *
gh_client_trouble(const gh_client_t *client)
{
    return client->servers.trouble.text;
}
