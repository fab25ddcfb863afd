/*
 * Values: what a single value of gatehouse.conf has to look like.
 *
 * Each check says what is wrong as the end of a sentence, or NULL.
 */

/* System. */
#include <errno.h>
#include <stdlib.h>
#include <strings.h>

/* Config. */
#include "config/config_int.h"

#define GH_VALUE_LOWER  "abcdefghijklmnopqrstuvwxyz"
#define GH_VALUE_UPPER  "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
#define GH_VALUE_DIGITS "0123456789"
#define GH_VALUE_ALNUM  GH_VALUE_LOWER GH_VALUE_UPPER GH_VALUE_DIGITS

#define GH_VALUE_PORT_MAX 65535

/* Drops `prefix` from `*value`; false when it does not begin with it. */
static bool
gh_value_skip(const char **value, const char *prefix)
{
    size_t len = strlen(prefix);

    if (strncasecmp(*value, prefix, len) != 0) {
        return false;
    }

    *value += len;
    return true;
}

/* Whether `first` holds the first byte, and `rest` all others. */
static bool
gh_value_is_made_of(const char *value, const char *first, const char *rest)
{
    return *value != '\0' && strchr(first, *value) != NULL
        && value[strspn(value + 1, rest) + 1] == '\0';
}

static bool
gh_value_is_port(gh_text_t port)
{
    long number = 0;

    if (port.len == 0 || port.len > 5) {
        return false;
    }

    for (size_t i = 0; i < port.len; i++) {
        if (port.data[i] < '0' || port.data[i] > '9') {
            return false;
        }

        number = number * 10 + (port.data[i] - '0');
    }

    return number >= 1 && number <= GH_VALUE_PORT_MAX;
}

/* A host name or an address, IPv6 in brackets, and a port or none. */
static bool
gh_value_is_authority(gh_text_t authority)
{
    const char *allowed = GH_VALUE_ALNUM ".-";
    size_t      host = 0;

    if (authority.len > 0 && authority.data[0] == '[') {
        host = strspn(authority.data + 1, "0123456789abcdefABCDEF:.") + 1;

        if (host == 1 || host >= authority.len || authority.data[host++] != ']') {
            return false;
        }

    } else {
        host = strspn(authority.data, allowed);
    }

    if (host == 0 || host == authority.len) {
        return host != 0;
    }

    return authority.data[host] == ':'
        && gh_value_is_port((gh_text_t){ authority.data + host + 1, authority.len - host - 1 });
}

/* Segments that no browser, proxy or nginx rewrites; at least one. */
static bool
gh_value_is_prefix(const char *path)
{
    if (*path == '\0') {
        return false;
    }

    while (*path != '\0') {
        size_t len;

        if (*path++ != '/') {
            return false;
        }

        len = strspn(path, GH_VALUE_ALNUM "._~-");
        if (len == 0 || strspn(path, ".") == len) {
            return false;
        }

        path += len;
    }

    return true;
}

const char *
gh_value_text(const char *value)
{
    if (*value == '\0') {
        return "must not be empty";
    }

    return gh_text_is_clean(gh_text(value)) ? NULL : "must be text without control characters";
}

const char *
gh_value_file(const char *value)
{
    /* The folder a PAM caller happens to stand in must not choose the file. */
    return *value == '/' ? NULL : "must be an absolute path";
}

const char *
gh_value_uri(const char *value)
{
    if (gh_value_skip(&value, "ldap://") || gh_value_skip(&value, "ldaps://")
        || gh_value_skip(&value, "ldapi://"))
    {
        return NULL;
    }

    return "must begin with ldap://, ldaps:// or ldapi://";
}

const char *
gh_value_attribute(const char *value)
{
    return gh_value_is_made_of(value, GH_VALUE_LOWER GH_VALUE_UPPER, GH_VALUE_ALNUM "-")
        ? NULL
        : "must be the name of an attribute";
}

const char *
gh_value_domain(const char *value)
{
    return gh_value_is_made_of(value, GH_VALUE_ALNUM, GH_VALUE_ALNUM ".-")
        ? NULL
        : "must be a domain name, without a dot in front";
}

const char *
gh_value_url(const char *value)
{
    const char *path;

    if (!gh_value_skip(&value, "https://") && !gh_value_skip(&value, "http://")) {
        return "must begin with https://";
    }

    path = value + strcspn(value, "/");
    if (!gh_value_is_authority((gh_text_t){ value, (size_t) (path - value) })) {
        return "must name a host, and a port if need be, after its scheme";
    }

    return gh_value_is_prefix(path)
        ? NULL
        : "must end with a path such as /account, of letters, digits and ._~- between "
          "single slashes, without one at its end";
}

const char *
gh_value_realm_name(const char *value)
{
    /* What gatehouse_access says where it names no realm. */
    static const char *const reserved[] = { "off", "optional", "any" };

    for (size_t i = 0; i < sizeof(reserved) / sizeof(reserved[0]); i++) {
        if (strcmp(value, reserved[i]) == 0) {
            return "is a word that gatehouse_access keeps for itself; choose another name";
        }
    }

    return gh_value_is_made_of(value, GH_VALUE_LOWER, GH_VALUE_LOWER GH_VALUE_DIGITS "-")
        ? NULL
        : "a realm's name is a lower-case letter, then lower-case letters, digits and -";
}

bool
gh_value_number(const char *value, long *out)
{
    /* Stricter than strtol: no blanks, no plus sign, no octal or hex. */
    const char *digits = value + (*value == '-');

    if (*digits == '\0' || digits[strspn(digits, GH_VALUE_DIGITS)] != '\0') {
        return false;
    }

    errno = 0;
    *out = strtol(value, NULL, 10);
    return errno == 0;
}

bool
gh_value_switch(const char *value, bool *out)
{
    static const char *const words[] = { "no", "yes", "false", "true", "off", "on" };

    for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
        if (strcasecmp(value, words[i]) == 0) {
            *out = i % 2 == 1;
            return true;
        }
    }

    return false;
}
