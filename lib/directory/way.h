/*
 * Ways: how what is said to a server is kept from who listens.
 *
 * One truth for everybody who connects: the waiting client and nginx ask here
 * before a password goes anywhere.
 */
#ifndef GH_DIRECTORY_WAY_H
#define GH_DIRECTORY_WAY_H

/* System. */
#include <sys/socket.h>

/* Config. */
#include "config/config.h"

/* Directory. */
#include "directory/uri.h"

typedef enum {
    GH_WAY_REFUSED = 0, /* MUST BE ZERO: passwords would cross the network in clear */
    GH_WAY_LOCAL,       /* in clear, to this machine alone */
    GH_WAY_CLEAR,       /* in clear, wherever it leads: allow_plaintext */
    GH_WAY_STARTTLS,    /* TLS before anything else is said */
    GH_WAY_TLS          /* TLS from the first byte */
} gh_way_t;

/* The way to `uri`.  REFUSED comes with `error` saying what to do. */
gh_way_t gh_way_to(
    const gh_directory_settings_t *settings, const gh_uri_t *uri, gh_error_t *error);

/* Whether a connection that goes that way may go to that address. */
bool gh_way_admits(gh_way_t way, const struct sockaddr *address);

/* Whether it is, or will be, a TLS connection. */
bool gh_way_is_encrypted(gh_way_t way);

/* The PEM file of the authorities that may sign a server's certificate. */
const char *gh_way_authorities(const gh_directory_settings_t *settings);

/*
 * What the settings allow that only a test should: a sentence for the log, the
 * same in every shell.  NULL when there is no such thing with that number, which
 * counts from 0.
 */
const char *gh_way_danger(const gh_directory_settings_t *settings, size_t number);

#endif
