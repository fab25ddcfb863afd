/*
 * Directory URIs: where a server listens, taken apart by libldap.
 */
#ifndef GH_DIRECTORY_URI_H
#define GH_DIRECTORY_URI_H

/* System. */
#include <stdbool.h>

/* Base. */
#include "base/error.h"

typedef enum {
    GH_URI_NONE = 0,
    GH_URI_LDAP,  /* TCP */
    GH_URI_LDAPS, /* TLS from the first byte */
    GH_URI_LDAPI  /* a unix socket */
} gh_uri_scheme_t;

typedef struct {
    gh_uri_scheme_t scheme;
    char           *host; /* LDAPI: the path of the socket */
    int             port; /* 0 for LDAPI; the scheme's own when left out */
} gh_uri_t;

/*
 * Takes `ldap://HOST[:PORT]`, `ldaps://HOST[:PORT]` or `ldapi://PATH` (percent-escaped)
 * apart (RFC 4516, section 2); anything behind the host is refused.  Returns 0, or an
 * error with `uri` empty and `error` saying what is wrong.
 */
int gh_uri_parse(gh_uri_t *uri, const char *text, gh_error_t *error);

/* Releases what gh_uri_parse filled in. */
void gh_uri_cleanup(gh_uri_t *uri);

/* Whether what is sent there stays on this machine. */
bool gh_uri_is_local(const gh_uri_t *uri);

#endif
