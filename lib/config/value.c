/*
 * Values: what a single value of gatehouse.conf has to look like.
 *
 * Each check says what is wrong as the end of a sentence, or NULL.
 */

/* System. */
#include <arpa/inet.h>
#include <errno.h>
#include <stdlib.h>
#include <strings.h>

/* Config. */
#include "config/config_int.h"

#define GH_VALUE_LOWER  "abcdefghijklmnopqrstuvwxyz"
#define GH_VALUE_UPPER  "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
#define GH_VALUE_DIGITS "0123456789"
#define GH_VALUE_ALNUM  GH_VALUE_LOWER GH_VALUE_UPPER GH_VALUE_DIGITS

#define GH_VALUE_PORT_MAX     65535
#define GH_VALUE_CLASS_MAX    16  /* bytes of a license class, by the schema */
#define GH_VALUE_QUESTION_MAX 256 /* bytes of a security question, by the schema */
#define GH_VALUE_ADDRESS_MAX  254 /* RFC 5321, section 4.5.3.1.3, without <> */
#define GH_VALUE_LOCAL_MAX    64  /* RFC 5321, section 4.5.3.1.1 */

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

/* Labels of letters, digits and hyphens between single dots. */
static bool
gh_value_is_host(const char *host)
{
    const char *at = host;

    while (*at != '\0') {
        size_t len = strspn(at, GH_VALUE_ALNUM "-");

        if (len == 0 || at[0] == '-' || at[len - 1] == '-') {
            return false;
        }

        at += len;
        if (*at == '\0') {
            return true;
        }

        if (*at++ != '.') {
            return false;
        }
    }

    return false;
}

const char *
gh_value_address(const char *value)
{
    /* The attribute `mail` is ASCII (RFC 4524), quoted local parts are not used. */
    const char *at = strchr(value, '@');
    size_t      local = strspn(value, GH_VALUE_ALNUM ".!#$%&'*+/=?^_`{|}~-");

    return at != NULL && local > 0 && local <= GH_VALUE_LOCAL_MAX && value + local == at
            && strlen(value) <= GH_VALUE_ADDRESS_MAX && gh_value_is_host(at + 1)
        ? NULL
        : "must be a mail address";
}

const char *
gh_value_mail_url(const char *value)
{
    if (!gh_value_skip(&value, "smtp://") && !gh_value_skip(&value, "smtps://")) {
        return "must begin with smtp:// or smtps://";
    }

    return gh_value_is_authority(gh_text(value))
        ? NULL
        : "must name a host, a port if need be, and nothing else after its scheme";
}

const char *
gh_value_link(const char *value)
{
    const char *path = value;

    if (value[strcspn(value, " \"<>\\^`{|}")] != '\0') {
        return "must not hold blanks or any of \" < > \\ ^ ` { | }";
    }

    if (gh_value_skip(&path, "https://") || gh_value_skip(&path, "http://")) {
        return gh_value_is_authority((gh_text_t){ path, strcspn(path, "/?#") })
            ? NULL
            : "must name a host, and a port if need be, after its scheme";
    }

    /* `//host` leads to another host. */
    return path[0] == '/' && path[1] != '/'
        ? NULL
        : "must begin with https://, or with one slash for a page of this host";
}

/* Whether the bits of an address behind the first `bits` are all zero. */
static bool
gh_value_is_zero_after(const unsigned char *address, size_t len, size_t bits)
{
    for (size_t i = bits; i < len * 8; i++) {
        if ((address[i / 8] >> (7 - i % 8) & 1) != 0) {
            return false;
        }
    }

    return true;
}

const char *
gh_value_network(const char *value)
{
    static const char wrong[] = "must be an address, or a network such as 10.0.0.0/8";
    unsigned char     address[sizeof(struct in6_addr)];
    char              host[INET6_ADDRSTRLEN];
    size_t            len = strcspn(value, "/");
    bool              is_v6 = memchr(value, ':', len) != NULL;
    size_t            size = is_v6 ? sizeof(struct in6_addr) : sizeof(struct in_addr);
    long              bits = (long) size * 8;

    if (len >= sizeof(host)) {
        return wrong;
    }

    memcpy(host, value, len);
    host[len] = '\0';

    if (inet_pton(is_v6 ? AF_INET6 : AF_INET, host, address) != 1
        || (value[len] == '/' && !gh_value_number(value + len + 1, &bits)) || bits < 0
        || bits > (long) size * 8)
    {
        return wrong;
    }

    return gh_value_is_zero_after(address, size, (size_t) bits)
        ? NULL
        : "has bits of the address behind those of the network; write the first address";
}

const char *
gh_value_class(const char *value)
{
    const char *allowed = GH_VALUE_UPPER GH_VALUE_DIGITS "/";

    return strlen(value) <= GH_VALUE_CLASS_MAX && gh_value_is_made_of(value, allowed, allowed)
        ? NULL
        : "must be a class without blanks and hyphens, such as C8";
}

const char *
gh_value_question(const char *value)
{
    return strlen(value) <= GH_VALUE_QUESTION_MAX ? NULL : "must not be longer than 256 bytes";
}

const char *
gh_value_token(const char *value)
{
    return gh_value_is_made_of(value, GH_VALUE_LOWER, GH_VALUE_LOWER GH_VALUE_DIGITS " -")
        ? NULL
        : "must be a token of HTML such as family-name";
}

/* Whether the value begins with one of the words, in whatever case. */
static bool
gh_value_has_prefix(const char *value, const char *const *words)
{
    while (*words != NULL && !gh_value_skip(&value, *words)) {
        words++;
    }

    return *words != NULL;
}

/* What people say themselves about their license. */
static bool
gh_value_is_claimed(const char *value)
{
    static const char *const prefixes[] = { "gatehouseClaimed", NULL };

    return gh_value_has_prefix(value, prefixes);
}

const char *
gh_value_field_name(const char *value)
{
    /* Those of forms, and what Gatehouse or the directory itself writes. */
    static const char *const kept[] = { "username", "password", "question", "answer", "csrf",
        "next", "realm", "token", "all", "uid", "cn", "userPassword", "objectClass", NULL };
    static const char *const prefixes[] = { "pwd", "entry", "gatehouse", NULL };

    for (size_t i = 0; kept[i] != NULL; i++) {
        if (strcasecmp(value, kept[i]) == 0) {
            return "is a name that Gatehouse keeps for itself";
        }
    }

    if (gh_value_has_prefix(value, prefixes) && !gh_value_is_official(value)
        && !gh_value_is_claimed(value))
    {
        return "is a name that Gatehouse keeps for itself";
    }

    return gh_value_attribute(value);
}

bool
gh_value_is_official(const char *value)
{
    static const char *const prefixes[] = { "gatehouseLicense", "gatehouseBusinessType",
        "gatehouseWorkersComp", NULL };

    return gh_value_has_prefix(value, prefixes);
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

/* Linux-PAM puts service names in lower case, and looks for a file of that name. */
const char *
gh_value_service_name(const char *value)
{
    return gh_value_is_made_of(
               value, GH_VALUE_LOWER GH_VALUE_DIGITS, GH_VALUE_LOWER GH_VALUE_DIGITS "._-")
        ? NULL
        : "a service is named in lower case, such as sshd";
}

/* Whether every `%{` of the value begins one of the words that stand for a time. */
static bool
gh_value_has_known_words(const char *value)
{
    static const char now[] = "%{now}", today[] = "%{today}";

    while ((value = strstr(value, "%{")) != NULL) {
        if (strncmp(value, now, strlen(now)) != 0 && strncmp(value, today, strlen(today)) != 0)
        {
            return false;
        }
        value++;
    }

    return true;
}

/* Its brackets and ours; libldap has the last word (RFC 4515). */
const char *
gh_value_filter(const char *value)
{
    long depth = 0;

    for (const char *at = value; *at != '\0'; at++) {
        depth += *at == '(' ? 1 : *at == ')' ? -1 : 0;

        if (depth < 0 || (depth == 0 && at[1] != '\0')) {
            return "must be one LDAP filter in brackets, such as (o=*)";
        }
    }

    if (depth != 0 || *value != '(') {
        return "must be one LDAP filter in brackets, such as (o=*)";
    }

    return gh_value_has_known_words(value) ? NULL : "only %{now} and %{today} can stand in it";
}
