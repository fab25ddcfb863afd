/*
 * Dial: a connected socket, by a deadline.
 */
#ifndef GH_DIRECTORY_DIAL_H
#define GH_DIRECTORY_DIAL_H

/* System. */
#include <stdint.h>

/* Base. */
#include "base/error.h"

/* Directory. */
#include "directory/way.h"

/*
 * Connects to `host` and `port` over TCP.  The addresses of the name share the
 * time until `deadline` (gh_clock_monotonic(), ms).  An address that the way does
 * not admit is refused before anything is sent to it.
 *
 * The name is looked up by the system's resolver, which keeps its own timeouts
 * (resolv.conf) and not this deadline.
 *
 * Returns a socket that the caller closes, or -1 with `error` set.
 */
int gh_dial_host(const char *host, int port, gh_way_t way, int64_t deadline, gh_error_t *error);

/* The same for the socket at `path` in the file system. */
int gh_dial_path(const char *path, int64_t deadline, gh_error_t *error);

#endif
