/*
 * Directory URIs: libldap parses, we keep what a connection needs.
 */

/* System. */
#include <arpa/inet.h>
#include <ldap.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* Directory. */
#include "directory/uri.h"

static gh_uri_scheme_t
scheme_of(const char *name)
{
    if (strcmp(name, "ldap") == 0) {
        return GH_URI_LDAP;
    }

    if (strcmp(name, "ldaps") == 0) {
        return GH_URI_LDAPS;
    }

    return strcmp(name, "ldapi") == 0 ? GH_URI_LDAPI : GH_URI_NONE;
}

/* Whether anything but a lone slash stands behind the host. */
static bool
has_tail(const char *text)
{
    const char *authority = strstr(text, "://");
    const char *tail = authority != NULL ? strpbrk(authority + 3, "/?#") : NULL;

    return tail != NULL && strcmp(tail, "/") != 0;
}

int
gh_uri_parse(gh_uri_t *uri, const char *text, gh_error_t *error)
{
    LDAPURLDesc *url = NULL;
    int          rc = 0;

    *uri = (gh_uri_t){ 0 };

    if (ldap_url_parse(text, &url) != LDAP_URL_SUCCESS) {
        return gh_error_set(error, GH_ERR_INVALID, "%s: not an LDAP URI", text);
    }

    uri->scheme = scheme_of(url->lud_scheme);

    if (uri->scheme == GH_URI_NONE) {
        rc = gh_error_set(error, GH_ERR_INVALID, "%s: must be ldap, ldaps or ldapi", text);

    } else if (url->lud_host == NULL || url->lud_host[0] == '\0') {
        rc = gh_error_set(error, GH_ERR_INVALID, "%s: has no host or socket", text);

    } else if (has_tail(text)) {
        rc = gh_error_set(error, GH_ERR_INVALID, "%s: must end behind the host", text);

    } else if (uri->scheme != GH_URI_LDAPI && (url->lud_port < 1 || url->lud_port > 65535)) {
        rc = gh_error_set(error, GH_ERR_INVALID, "%s: has no port between 1 and 65535", text);

    } else {
        uri->port = uri->scheme == GH_URI_LDAPI ? 0 : url->lud_port;
        uri->host = strdup(url->lud_host);
        rc = uri->host != NULL ? 0 : GH_ERR_NOMEM;
    }

    ldap_free_urldesc(url);

    if (rc != 0) {
        gh_uri_cleanup(uri);
    }

    return rc;
}

void
gh_uri_cleanup(gh_uri_t *uri)
{
    free(uri->host);
    *uri = (gh_uri_t){ 0 };
}

bool
gh_uri_is_local(const gh_uri_t *uri)
{
    struct in_addr address;

    if (uri->scheme == GH_URI_LDAPI || strcasecmp(uri->host, "localhost") == 0
        || strcmp(uri->host, "::1") == 0)
    {
        return true;
    }

    return inet_pton(AF_INET, uri->host, &address) == 1 && (ntohl(address.s_addr) >> 24) == 127;
}
