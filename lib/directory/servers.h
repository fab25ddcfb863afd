/*
 * Servers: the directory's servers as one client sees them, and its links.
 *
 * The service link is opened first and chooses the server; bind links go to
 * the same one, so that one provider decides.  When a link dies, or the server
 * says that it can't or may not do what is asked, the next server of the list
 * is in use from then on.
 */
#ifndef GH_DIRECTORY_SERVERS_H
#define GH_DIRECTORY_SERVERS_H

/* Directory. */
#include "directory/link.h"

/* Links at a time. */
#define GH_SERVERS_LINKS 64

typedef struct {
    const gh_directory_settings_t *settings;
    const gh_identity_t           *identity;
    gh_secret_t                   *password;
    char                         **uris; /* the writers: one provider decides */
    size_t                         count;
    size_t                         current; /* in use, or the next to try */
    gh_link_t                     *links[GH_SERVERS_LINKS];
    size_t                         link_count;
    gh_error_t                     trouble; /* of the last link; "": none */
} gh_servers_t;

/*
 * Takes note of settings and identity, which outlive it, and gets the password:
 * a copy of `password`, or else the first line of the identity's file.  Returns
 * 0, or a failure with `error` set and only gh_servers_cleanup left to do.
 */
int gh_servers_init(gh_servers_t *servers, const gh_directory_settings_t *settings,
    const gh_identity_t *identity, const gh_secret_t *password, gh_error_t *error);

/* Closes every link and wipes the password. */
void gh_servers_cleanup(gh_servers_t *servers);

/*
 * A link of that lane that can take a request, opened if need be on the first
 * server that gives one, beginning with the one in use.  There must be room.  NULL
 * when none does by `deadline`, with the trouble noted.
 */
gh_link_t *gh_servers_link(gh_servers_t *servers, gh_lane_t lane, int64_t deadline);

/*
 * Makes room for the links that one more request may need, if need be at the cost of
 * bind links that are idle.  False when all are at work.
 */
bool gh_servers_make_room(gh_servers_t *servers);

/*
 * Leaves the server of that link, which stays open for what is under way on it: another is in
 * use from now on.  False: there is no other.
 */
bool gh_servers_leave(gh_servers_t *servers, gh_link_t *link);

/* Closes a link that died, and leaves its server. */
void gh_servers_lost(gh_servers_t *servers, gh_link_t *link);

/* One request less is under way on the link; a retired one goes with its last. */
void gh_servers_release(gh_servers_t *servers, gh_link_t *link);

#endif
