/*
 * Links: one connection of the waiting client to one server.
 *
 * The socket is ours and libldap reads and writes it through a layer of ours
 * that never blocks and never raises SIGPIPE: a server that is silent, in a
 * TLS handshake too, holds nobody past a deadline.
 *
 * A link belongs to one thread, and to the process that opened it: after
 * fork() the child leaves it alone.
 */
#ifndef GH_DIRECTORY_LINK_H
#define GH_DIRECTORY_LINK_H

/* System. */
#include <ldap.h>
#include <stdint.h>

/* Base. */
#include "base/error.h"
#include "base/secret.h"

/* Config. */
#include "config/config.h"

/* Directory. */
#include "directory/request.h"

typedef struct {
    LDAP   *ld;
    int     fd;
    bool    has_output; /* libldap holds bytes that the socket did not take */
    int64_t handshake;  /* its deadline while TLS begins, when reads and writes
                                   wait; 0 at all other times, when they never do */

    /* The client's books. */
    gh_lane_t lane;
    size_t    server;     /* which of the settings' list */
    size_t    busy;       /* requests under way */
    bool      is_retired; /* takes no more requests, goes when idle */
} gh_link_t;

/*
 * Connects to the server at `uri` by the way that leads there (directory/way.h)
 * and secures the connection, certificate and name verified unless the settings
 * say otherwise, whatever ldap.conf(5) and the environment hold.  `deadline` is
 * by gh_clock_monotonic(), ms.
 *
 * NULL when that fails, with `error` naming the server and the reason.
 */
gh_link_t *gh_link_open(const gh_directory_settings_t *settings, const char *uri,
    int64_t deadline, gh_error_t *error);

/*
 * Binds as `dn` with `password`, or by SASL EXTERNAL when `dn` is NULL.
 * Returns 0, or GH_ERR_IO with `error` set and the link of no more use.
 */
int gh_link_bind(gh_link_t *link, const char *dn, const gh_secret_t *password, int64_t deadline,
    gh_error_t *error);

/* The poll() events that libldap waits for. */
short gh_link_events(const gh_link_t *link);

/* Unbinds, closes and frees.  NULL is fine. */
void gh_link_close(gh_link_t *link);

#endif
