/*
 * Servers: which of them is in use, and a bounded list of links to it.
 */

/* System. */
#include <poll.h>

/* Base. */
#include "base/clock.h"

/* Directory. */
#include "directory/servers.h"

int
gh_servers_init(gh_servers_t *servers, const gh_directory_settings_t *settings,
    const gh_identity_t *identity, const gh_secret_t *password, gh_error_t *error)
{
    int rc;

    *servers = (gh_servers_t){
        .settings = settings, .identity = identity, .uris = gh_directory_writers(settings)
    };

    while (servers->uris[servers->count] != NULL) {
        servers->count++;
    }

    servers->password = gh_secret_new();

    if (servers->password == NULL) {
        return gh_error_set(error, GH_ERR_NOMEM, "memory is out");
    }

    /* SASL EXTERNAL: the socket says who we are. */
    if (identity->bind_dn == NULL) {
        return 0;
    }

    if (password != NULL) {
        rc = gh_secret_set(servers->password, gh_secret_text(password));

    } else if (identity->bind_password_file != NULL) {
        rc = gh_secret_read_file(servers->password, identity->bind_password_file, error);

        if (rc != 0) {
            return rc;
        }

    } else {
        rc = GH_ERR_INVALID;
    }

    /* A bind with a DN and no password is an anonymous one that succeeds
     * (RFC 4513, section 5.1.2). */
    if (rc != 0 || servers->password->len == 0) {
        return gh_error_set(error, GH_ERR_INVALID, "no password for %s", identity->bind_dn);
    }

    return 0;
}

void
gh_servers_cleanup(gh_servers_t *servers)
{
    for (size_t i = 0; i < servers->link_count; i++) {
        gh_link_close(servers->links[i]);
    }

    gh_secret_free(servers->password);
    *servers = (gh_servers_t){ 0 };
}

static void
servers_close(gh_servers_t *servers, gh_link_t *link)
{
    for (size_t i = 0; i < servers->link_count; i++) {
        if (servers->links[i] == link) {
            servers->links[i] = servers->links[--servers->link_count];
            break;
        }
    }

    gh_link_close(link);
}

/* A bind may need two: the service link that chooses the server, and its own. */
static bool
servers_have_room(const gh_servers_t *servers)
{
    return servers->link_count + 2 <= GH_SERVERS_LINKS;
}

bool
gh_servers_make_room(gh_servers_t *servers)
{
    size_t i = 0;

    while (i < servers->link_count && !servers_have_room(servers)) {
        gh_link_t *link = servers->links[i];

        if (link->lane == GH_LANE_BIND && link->busy == 0) {
            servers_close(servers, link);
        } else {
            i++;
        }
    }

    return servers_have_room(servers);
}

static void
servers_turn(gh_servers_t *servers)
{
    servers->current = (servers->current + 1) % servers->count;
}

/*
 * Whether an idle link is still what it was: a server that says something when
 * nothing was asked says good-bye.
 */
static bool
link_is_fresh(const gh_link_t *link)
{
    struct pollfd poll_fd = { .fd = link->fd, .events = POLLIN };

    return poll(&poll_fd, 1, 0) == 0;
}

/* A link of that lane to the server in use that can take a request; or NULL. */
static gh_link_t *
servers_find(gh_servers_t *servers, gh_lane_t lane)
{
    size_t i = 0;

    while (i < servers->link_count) {
        gh_link_t *link = servers->links[i];
        bool       is_current = link->server == servers->current;

        if (link->busy == 0 && (!is_current || !link_is_fresh(link))) {
            servers_close(servers, link);
            continue;
        }

        if (link->lane == lane && is_current && !link->is_retired
            && (lane == GH_LANE_SERVICE || link->busy == 0))
        {
            return link;
        }

        i++;
    }

    return NULL;
}

/* A new link to the server in use; NULL with the trouble noted. */
static gh_link_t *
servers_open(gh_servers_t *servers, gh_lane_t lane, int64_t deadline)
{
    const char *uri = servers->uris[servers->current];
    int64_t     limit = gh_clock_monotonic() + servers->settings->connect_timeout;
    gh_error_t  reason;
    gh_link_t  *link;

    limit = limit < deadline ? limit : deadline;
    link = gh_link_open(servers->settings, uri, limit, &servers->trouble);

    if (link == NULL) {
        return NULL;
    }

    if (lane == GH_LANE_SERVICE
        && gh_link_bind(link, servers->identity->bind_dn, servers->password, limit, &reason)
            != 0)
    {
        gh_error_set(&servers->trouble, GH_ERR_IO, "%s: %s", uri, reason.text);
        gh_link_close(link);
        return NULL;
    }

    servers->trouble.text[0] = '\0';
    link->lane = lane;
    link->server = servers->current;
    servers->links[servers->link_count++] = link;

    return link;
}

static gh_link_t *
servers_find_or_open(gh_servers_t *servers, gh_lane_t lane, int64_t deadline)
{
    gh_link_t *link = servers_find(servers, lane);

    return link != NULL ? link : servers_open(servers, lane, deadline);
}

gh_link_t *
gh_servers_link(gh_servers_t *servers, gh_lane_t lane, int64_t deadline)
{
    for (size_t tried = 0; tried < servers->count; tried++) {
        gh_link_t *link = servers_find_or_open(servers, GH_LANE_SERVICE, deadline);

        /* What may be read anywhere is read where everything else is. */
        if (link != NULL && lane == GH_LANE_BIND) {
            link = servers_find_or_open(servers, lane, deadline);
        }

        if (link != NULL) {
            return link;
        }

        servers_turn(servers);
    }

    return NULL;
}

bool
gh_servers_leave(gh_servers_t *servers, gh_link_t *link)
{
    if (servers->count < 2) {
        return false;
    }

    link->is_retired = true;

    if (link->server == servers->current) {
        servers_turn(servers);
    }

    return true;
}

void
gh_servers_lost(gh_servers_t *servers, gh_link_t *link)
{
    gh_error_set(&servers->trouble, GH_ERR_IO, "%s: the connection was lost",
        servers->uris[link->server]);

    if (link->server == servers->current) {
        servers_turn(servers);
    }

    servers_close(servers, link);
}

void
gh_servers_release(gh_servers_t *servers, gh_link_t *link)
{
    link->busy--;

    if (link->is_retired && link->busy == 0) {
        servers_close(servers, link);
    }
}
