/*
 * Ways: the scheme, the settings and the address, and what follows from them.
 */

/* System. */
#include <arpa/inet.h>
#include <netinet/in.h>

/* Directory. */
#include "directory/way.h"

/* The system's authorities, where Debian keeps them; GnuTLS looks for none itself. */
#define SYSTEM_CA "/etc/ssl/certs/ca-certificates.crt"

gh_way_t
gh_way_to(const gh_directory_settings_t *settings, const gh_uri_t *uri, gh_error_t *error)
{
    if (uri->scheme == GH_URI_LDAPS) {
        return GH_WAY_TLS;
    }

    if (uri->scheme == GH_URI_LDAP && settings->starttls) {
        return GH_WAY_STARTTLS;
    }

    if (uri->scheme != GH_URI_NONE && gh_uri_is_local(uri)) {
        return GH_WAY_LOCAL;
    }

    if (uri->scheme == GH_URI_LDAP && settings->allow_plaintext) {
        return GH_WAY_CLEAR;
    }

    gh_error_set(error, GH_ERR_INVALID,
        "passwords would cross the network in clear: use ldaps:// or starttls = yes "
        "(or allow_plaintext = yes, where nobody can listen)");

    return GH_WAY_REFUSED;
}

static bool
is_loopback(const struct sockaddr *address)
{
    const struct sockaddr_in6 *six = (const struct sockaddr_in6 *) (const void *) address;
    const struct sockaddr_in  *four = (const struct sockaddr_in *) (const void *) address;

    if (address->sa_family == AF_INET6) {
        return IN6_IS_ADDR_LOOPBACK(&six->sin6_addr);
    }

    return address->sa_family == AF_INET
        && ntohl(four->sin_addr.s_addr) >> 24 == IN_LOOPBACKNET;
}

bool
gh_way_admits(gh_way_t way, const struct sockaddr *address)
{
    /* `localhost` is a name like any other: what counts is where it leads. */
    if (way == GH_WAY_LOCAL) {
        return address->sa_family == AF_UNIX || is_loopback(address);
    }

    return way != GH_WAY_REFUSED;
}

bool
gh_way_is_encrypted(gh_way_t way)
{
    return way == GH_WAY_STARTTLS || way == GH_WAY_TLS;
}

const char *
gh_way_authorities(const gh_directory_settings_t *settings)
{
    return settings->tls_ca != NULL ? settings->tls_ca : SYSTEM_CA;
}

const char *
gh_way_danger(const gh_directory_settings_t *settings, size_t number)
{
    const char *dangers[2];
    size_t      count = 0;

    if (!settings->tls_verify) {
        dangers[count++] = "directory: tls_verify = no: anybody on the way can pose as the "
                           "directory and read passwords; this is for a test only";
    }

    if (settings->allow_plaintext) {
        dangers[count++] =
            "directory: allow_plaintext = yes: on an ldap:// without TLS anybody "
            "on the way can read passwords";
    }

    return number < count ? dangers[number] : NULL;
}
