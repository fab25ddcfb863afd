/*
 * Section directory: where the directory is, and who asks it.
 */

/* System. */
#include <strings.h>

/* Config. */
#include "config/config_int.h"

/* Writes `first` and `second` as one string that the caller frees. */
static char *
gh_section_join(const char *first, const char *second)
{
    gh_buf_t joined;

    gh_buf_init(&joined);
    gh_buf_add_string(&joined, first);
    gh_buf_add_string(&joined, second);

    return gh_buf_take(&joined);
}

static void *
gh_section_open_directory(gh_reader_t *reader, gh_config_t *config, const char *title)
{
    (void) reader;
    (void) title;
    return &config->directory;
}

static bool
gh_section_has_scheme(const char *uri, const char *scheme)
{
    return strncasecmp(uri, scheme, strlen(scheme)) == 0;
}

/* SASL EXTERNAL needs a transport that says who we are. */
static int
gh_section_check_transport(gh_reader_t *reader, const gh_directory_settings_t *directory,
    const char *key, char *const *uris)
{
    for (size_t i = 0; uris[i] != NULL; i++) {
        const char *uri = uris[i];

        if (gh_section_has_scheme(uri, "ldap://") && !directory->starttls) {
            return gh_reader_refuse(reader, "directory", key,
                "%s: without bind_dn every address must be ldapi:// or encrypted", key);
        }

        if (!gh_section_has_scheme(uri, "ldapi://") && directory->certificate == NULL) {
            return gh_reader_refuse(reader, "directory", key,
                "%s: without bind_dn an address other than ldapi:// needs a "
                "tls_certificate, which says who we are",
                key);
        }
    }

    return 0;
}

static int
gh_section_check_external(gh_reader_t *reader, const gh_directory_settings_t *directory)
{
    int rc = gh_section_check_transport(reader, directory, "uri", directory->uris);

    if (rc == 0) {
        rc = gh_section_check_transport(reader, directory, "write_uri", directory->write_uris);
    }

    return rc != 0
        ? rc
        : gh_section_check_transport(reader, directory, "read_uri", directory->read_uris);
}

static int
gh_section_check_certificate(gh_reader_t *reader, const gh_directory_settings_t *directory)
{
    if ((directory->certificate != NULL) == (directory->certificate_key != NULL)) {
        return 0;
    }

    return gh_reader_refuse(reader, "directory",
        directory->certificate != NULL ? "tls_certificate" : "tls_certificate_key",
        "tls_certificate and tls_certificate_key go together: give both or none");
}

static int
gh_section_check_identity(gh_reader_t *reader, const gh_directory_settings_t *directory)
{
    const char *external = gh_reader_value(reader, "sasl_external");
    bool        has_dn = directory->gateway.bind_dn != NULL;
    bool        is_external;

    if (has_dn != (directory->gateway.bind_password_file != NULL)) {
        return gh_reader_refuse(reader, "directory", has_dn ? "bind_dn" : "bind_password_file",
            "bind_dn and bind_password_file go together: give both or none");
    }

    if (external != NULL && gh_value_switch(external, &is_external) && is_external == has_dn) {
        return gh_reader_refuse(reader, "directory", "sasl_external", "sasl_external = %s: %s",
            external,
            has_dn ? "there is a bind_dn; leave one of them out"
                   : "there is no bind_dn either; give one");
    }

    return has_dn ? 0 : gh_section_check_external(reader, directory);
}

static int
gh_section_finish_directory(gh_reader_t *reader, void *target)
{
    gh_directory_settings_t *directory = target;

    /* A default never makes a fault of what the file does say. */
    if (gh_reader_value(reader, "connect_timeout") == NULL
        && directory->connect_timeout > directory->timeout)
    {
        directory->connect_timeout = directory->timeout;
    }

    if (directory->connect_timeout > directory->timeout) {
        return gh_reader_refuse(reader, "directory", "connect_timeout",
            "connect_timeout = %ld: must not be above timeout = %ld",
            directory->connect_timeout, directory->timeout);
    }

    if (directory->patience == 0) {
        directory->patience = directory->timeout / 8;
    }

    if (directory->decoy_dn == NULL) {
        directory->decoy_dn = gh_section_join("cn=decoy,ou=services,", directory->base);
    }

    if (directory->decoy_dn == NULL) {
        return gh_reader_refuse(reader, "directory", NULL, "memory is out");
    }

    if (gh_section_check_certificate(reader, directory) != 0) {
        return GH_ERR_INVALID;
    }

    return gh_section_check_identity(reader, directory);
}

#define GH_DIRECTORY_KEY(word, kind, member) \
    GH_SETTING_KEY(word, kind, gh_directory_settings_t, member)

static const gh_setting_t gh_section_directory_keys[] = {
    { GH_DIRECTORY_KEY("uri", LIST, uris), .is_required = true, .check = gh_value_uri },
    { GH_DIRECTORY_KEY("write_uri", LIST, write_uris), .check = gh_value_uri },
    { GH_DIRECTORY_KEY("read_uri", LIST, read_uris), .check = gh_value_uri },
    { GH_DIRECTORY_KEY("base", STRING, base), .is_required = true },
    { GH_DIRECTORY_KEY("bind_dn", STRING, gateway.bind_dn) },
    { GH_DIRECTORY_KEY("bind_password_file", FILE, gateway.bind_password_file) },
    { .name = "sasl_external", .type = GH_SETTING_SWITCH, .offset = GH_SETTING_NOWHERE },
    { GH_DIRECTORY_KEY("decoy_dn", STRING, decoy_dn) },
    { GH_DIRECTORY_KEY("tls_ca", FILE, tls_ca) },
    { GH_DIRECTORY_KEY("tls_certificate", FILE, certificate) },
    { GH_DIRECTORY_KEY("tls_certificate_key", FILE, certificate_key) },
    { GH_DIRECTORY_KEY("starttls", SWITCH, starttls) },
    { GH_DIRECTORY_KEY("tls_verify", SWITCH, tls_verify), .number = true },
    { GH_DIRECTORY_KEY("allow_plaintext", SWITCH, allow_plaintext) },
    { GH_DIRECTORY_KEY("timeout", NUMBER, timeout), .least = 100, .most = 60000, .number = 5000,
        .unit = "milliseconds" },
    { GH_DIRECTORY_KEY("connect_timeout", NUMBER, connect_timeout), .least = 50, .most = 30000,
        .number = 2000, .unit = "milliseconds" },
    { GH_DIRECTORY_KEY("patience", NUMBER, patience), .least = 10, .most = 60000,
        .unit = "milliseconds" },
    { GH_DIRECTORY_KEY("lockout", NUMBER, lockout), .least = 1, .most = 86400, .number = 60,
        .unit = "seconds" },
    { GH_DIRECTORY_KEY("bind_connections", NUMBER, bind_connections), .least = 1, .most = 64,
        .number = 4, .unit = "connections" },
    { GH_DIRECTORY_KEY("queue", NUMBER, queue), .least = 1, .most = 100000, .number = 512,
        .unit = "operations" },
    { .name = NULL }
};

const gh_reader_section_t gh_section_directory = { .name = "directory",
    .keys = gh_section_directory_keys,
    .open = gh_section_open_directory,
    .finish = gh_section_finish_directory };
