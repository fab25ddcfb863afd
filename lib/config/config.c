/*
 * Configuration: the sections and keys of gatehouse.conf, and what they must be
 * together.
 *
 * The tables at the end say what may stand in the file.  The functions above
 * them check what no single value shows: keys that need or forbid each other.
 */

/* System. */
#include <stdlib.h>
#include <strings.h>

/* Config. */
#include "config/config_int.h"

/* What a realm's sign_in and username_canonical fill. */
_Static_assert(sizeof(gh_find_t) == sizeof(unsigned), "gh_find_t is filled as an unsigned");

static const gh_reader_section_t gh_config_sections[];

/* Writes `first` and `second` as one string that the caller frees. */
static char *
gh_config_join(const char *first, const char *second)
{
    gh_buf_t joined;

    gh_buf_init(&joined);
    gh_buf_add_string(&joined, first);
    gh_buf_add_string(&joined, second);

    return gh_buf_take(&joined);
}

static void *
gh_config_open_directory(gh_reader_t *reader, gh_config_t *config, const char *title)
{
    (void) reader;
    (void) title;
    return &config->directory;
}

static void *
gh_config_open_session(gh_reader_t *reader, gh_config_t *config, const char *title)
{
    (void) reader;
    (void) title;
    return &config->session;
}

static void *
gh_config_open_portal(gh_reader_t *reader, gh_config_t *config, const char *title)
{
    (void) reader;
    (void) title;
    return &config->portal;
}

static void *
gh_config_open_pam(gh_reader_t *reader, gh_config_t *config, const char *title)
{
    (void) reader;
    (void) title;
    return &config->directory.pam;
}

static void *
gh_config_open_realm(gh_reader_t *reader, gh_config_t *config, const char *title)
{
    const char *fault = gh_value_realm_name(title);
    gh_realm_t *realms, *realm;

    if (fault != NULL) {
        gh_reader_refuse(reader, "realm", NULL, "%s", fault);
        return NULL;
    }

    realms = realloc(config->realms, (config->realm_count + 1) * sizeof(gh_realm_t));
    if (realms == NULL) {
        return NULL;
    }

    config->realms = realms;
    realm = &realms[config->realm_count];
    *realm = (gh_realm_t){ .name = strdup(title) };

    if (realm->name == NULL) {
        return NULL;
    }

    config->realm_count++;
    return realm;
}

/* SASL EXTERNAL needs a transport that says who we are. */
static int
gh_config_check_external(gh_reader_t *reader, const gh_directory_settings_t *directory)
{
    for (size_t i = 0; directory->uris[i] != NULL; i++) {
        if (strncasecmp(directory->uris[i], "ldap://", strlen("ldap://")) == 0) {
            return gh_reader_refuse(reader, "directory", "uri",
                "uri: without bind_dn every address must be ldapi:// or ldaps://");
        }
    }

    return 0;
}

static int
gh_config_check_identity(gh_reader_t *reader, const gh_directory_settings_t *directory)
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

    return has_dn ? 0 : gh_config_check_external(reader, directory);
}

static int
gh_config_finish_directory(gh_reader_t *reader, void *target)
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

    if (directory->decoy_dn == NULL) {
        directory->decoy_dn = gh_config_join("cn=decoy,ou=services,", directory->base);
    }

    if (directory->decoy_dn == NULL) {
        return gh_reader_refuse(reader, "directory", NULL, "memory is out");
    }

    return gh_config_check_identity(reader, directory);
}

static int
gh_config_finish_realm(gh_reader_t *reader, void *target)
{
    const unsigned both = GH_CANONICAL_LOWER | GH_CANONICAL_UPPER;
    gh_realm_t    *realm = target;
    gh_error_t     fault;

    if (realm->find == GH_FIND_BY_NAME && gh_reader_value(reader, "login_attributes") != NULL) {
        return gh_reader_refuse(reader, "realm", "login_attributes",
            "login_attributes: only with sign_in = search");
    }

    if ((realm->canonical & both) == both) {
        return gh_reader_refuse(reader, "realm", "username_canonical",
            "username_canonical: lower and upper exclude each other");
    }

    if (gh_realm_compile(realm, &fault) != 0) {
        return gh_reader_refuse(
            reader, "realm", "username_pattern", "username_pattern: %s", fault.text);
    }

    return 0;
}

static int
gh_config_finish_session(gh_reader_t *reader, void *target)
{
    gh_session_settings_t *session = target;

    if (gh_reader_value(reader, "idle") == NULL && session->idle > session->lifetime) {
        session->idle = session->lifetime;
    }

    if (session->idle > session->lifetime) {
        return gh_reader_refuse(reader, "session", "idle",
            "idle = %ld: must not be above lifetime = %ld", (long) (session->idle / GH_SECOND),
            (long) (session->lifetime / GH_SECOND));
    }

    return 0;
}

/* Cuts the checked URL in two, where its path begins. */
static int
gh_config_finish_portal(gh_reader_t *reader, void *target)
{
    gh_portal_settings_t *portal = target;
    const char           *host = strstr(portal->url, "://") + strlen("://");
    size_t                len = (size_t) (host - portal->url) + strcspn(host, "/");

    portal->origin = gh_text_dup((gh_text_t){ portal->url, len });
    portal->prefix = gh_text_dup(gh_text(portal->url + len));

    if (portal->origin == NULL || portal->prefix == NULL) {
        return gh_reader_refuse(reader, "portal", NULL, "memory is out");
    }

    return 0;
}

/* Whether cookies of `domain` reach the host in `origin`. */
static bool
gh_config_has_host(const char *domain, const char *origin)
{
    const char *host = strstr(origin, "://") + strlen("://");
    gh_text_t   name = { host, strcspn(host, ":") };
    gh_text_t   end = gh_text(domain);

    if (end.len > name.len) {
        return false;
    }

    return gh_text_equal_nocase((gh_text_t){ host + name.len - end.len, end.len }, end)
        && (end.len == name.len || host[name.len - end.len - 1] == '.');
}

/* What the sections must be together. */
static int
gh_config_finish(gh_reader_t *reader, gh_config_t *config)
{
    const char *domain = config->session.cookie_domain;

    if (!config->session.plain_http
        && strncmp(config->portal.url, "https://", strlen("https://")) != 0)
    {
        return gh_reader_refuse(reader, "portal", "url",
            "url: must begin with https:// unless plain_http = yes in section session");
    }

    if (domain != NULL && !gh_config_has_host(domain, config->portal.origin)) {
        return gh_reader_refuse(reader, "session", "cookie_domain",
            "cookie_domain: must be the host of the portal's url, or a domain above it");
    }

    return 0;
}

static void
gh_config_free_identity(gh_identity_t *identity)
{
    free(identity->bind_dn);
    free(identity->bind_password_file);
}

static void
gh_config_free_directory(gh_directory_settings_t *directory)
{
    for (size_t i = 0; directory->uris != NULL && directory->uris[i] != NULL; i++) {
        free(directory->uris[i]);
    }

    free(directory->uris);
    free(directory->base);
    free(directory->decoy_dn);
    free(directory->tls_ca);
    gh_config_free_identity(&directory->gateway);
    gh_config_free_identity(&directory->pam);
}

gh_config_t *
gh_config_read(const char *path, gh_error_t *error)
{
    gh_config_t *config = calloc(1, sizeof(*config));

    if (config == NULL || (config->path = strdup(path)) == NULL) {
        gh_error_set(error, GH_ERR_NOMEM, "%s: memory is out", path);

    } else if (gh_reader_run(path, gh_config_sections, gh_config_finish, config, error) == 0) {
        return config;
    }

    gh_config_free(config);
    return NULL;
}

void
gh_config_free(gh_config_t *config)
{
    if (config == NULL) {
        return;
    }

    for (size_t i = 0; i < config->realm_count; i++) {
        gh_realm_cleanup(&config->realms[i]);
    }

    gh_config_free_directory(&config->directory);

    free(config->realms);
    free(config->session.keys);
    free(config->session.cookie_domain);
    free(config->portal.url);
    free(config->portal.prefix);
    free(config->portal.origin);
    free(config->portal.title);
    free(config->portal.pages);
    free(config->portal.help_phone);
    free(config->path);
    free(config);
}

const gh_realm_t *
gh_config_realm(const gh_config_t *config, gh_text_t name)
{
    for (size_t i = 0; i < config->realm_count; i++) {
        if (gh_text_equal(gh_text(config->realms[i].name), name)) {
            return &config->realms[i];
        }
    }

    return NULL;
}

#define GH_CONFIG_KEY(word, kind, type_t, member) \
    .name = word, .type = GH_SETTING_##kind, .offset = offsetof(type_t, member)

#define GH_CONFIG_DIRECTORY(word, kind, member) \
    GH_CONFIG_KEY(word, kind, gh_directory_settings_t, member)
#define GH_CONFIG_REALM(word, kind, member) GH_CONFIG_KEY(word, kind, gh_realm_t, member)
#define GH_CONFIG_SESSION(word, kind, member) \
    GH_CONFIG_KEY(word, kind, gh_session_settings_t, member)
#define GH_CONFIG_PORTAL(word, kind, member) \
    GH_CONFIG_KEY(word, kind, gh_portal_settings_t, member)

static const gh_setting_choice_t gh_config_sign_in[] = { { "dn", GH_FIND_BY_NAME },
    { "search", GH_FIND_BY_SEARCH }, { NULL, 0 } };

static const gh_setting_choice_t gh_config_canonical[] = { { "lower", GH_CANONICAL_LOWER },
    { "upper", GH_CANONICAL_UPPER }, { "strip-zeros", GH_CANONICAL_STRIP_ZEROS }, { NULL, 0 } };

static const gh_setting_t gh_config_directory_keys[] = {
    { GH_CONFIG_DIRECTORY("uri", LIST, uris), .is_required = true, .check = gh_value_uri },
    { GH_CONFIG_DIRECTORY("base", STRING, base), .is_required = true },
    { GH_CONFIG_DIRECTORY("bind_dn", STRING, gateway.bind_dn) },
    { GH_CONFIG_DIRECTORY("bind_password_file", FILE, gateway.bind_password_file) },
    { .name = "sasl_external", .type = GH_SETTING_SWITCH, .offset = GH_SETTING_NOWHERE },
    { GH_CONFIG_DIRECTORY("decoy_dn", STRING, decoy_dn) },
    { GH_CONFIG_DIRECTORY("tls_ca", FILE, tls_ca) },
    { GH_CONFIG_DIRECTORY("starttls", SWITCH, starttls) },
    { GH_CONFIG_DIRECTORY("tls_verify", SWITCH, tls_verify), .number = true },
    { GH_CONFIG_DIRECTORY("timeout", NUMBER, timeout), .least = 100, .most = 60000,
        .number = 5000, .unit = "milliseconds" },
    { GH_CONFIG_DIRECTORY("connect_timeout", NUMBER, connect_timeout), .least = 50,
        .most = 30000, .number = 2000, .unit = "milliseconds" },
    { GH_CONFIG_DIRECTORY("lockout", NUMBER, lockout), .least = 1, .most = 86400, .number = 60,
        .unit = "seconds" },
    { GH_CONFIG_DIRECTORY("bind_connections", NUMBER, bind_connections), .least = 1, .most = 64,
        .number = 4, .unit = "connections" },
    { GH_CONFIG_DIRECTORY("queue", NUMBER, queue), .least = 1, .most = 100000, .number = 512,
        .unit = "operations" },
    { .name = NULL }
};

static const gh_setting_t gh_config_realm_keys[] = { { GH_CONFIG_REALM("label", STRING, label),
                                                         .is_required = true },
    { GH_CONFIG_REALM("username_label", STRING, username_label), .string = "User name" },
    { GH_CONFIG_REALM("base", STRING, base), .is_required = true },
    { GH_CONFIG_REALM("sign_in", CHOICE, find), .choices = gh_config_sign_in },
    { GH_CONFIG_REALM("login_attributes", LIST, login_attributes), .string = "uid",
        .check = gh_value_attribute },
    { GH_CONFIG_REALM("username_pattern", STRING, pattern), .is_required = true },
    { GH_CONFIG_REALM("username_canonical", CHOICES, canonical),
        .choices = gh_config_canonical },
    { .name = NULL } };

static const gh_setting_t gh_config_session_keys[] = { { GH_CONFIG_SESSION("keys", FILE, keys),
                                                           .is_required = true },
    { GH_CONFIG_SESSION("lifetime", SECONDS, lifetime), .least = 60, .most = 2592000,
        .number = 43200, .unit = "seconds" },
    { GH_CONFIG_SESSION("idle", SECONDS, idle), .least = 60, .most = 2592000, .number = 3600,
        .unit = "seconds" },
    { GH_CONFIG_SESSION("cookie_domain", STRING, cookie_domain), .check = gh_value_domain },
    { GH_CONFIG_SESSION("plain_http", SWITCH, plain_http) }, { .name = NULL } };

static const gh_setting_t gh_config_portal_keys[] = {
    { GH_CONFIG_PORTAL("url", STRING, url), .is_required = true, .check = gh_value_url },
    { GH_CONFIG_PORTAL("title", STRING, title), .is_required = true },
    { GH_CONFIG_PORTAL("pages", FILE, pages), .is_required = true },
    { GH_CONFIG_PORTAL("help_phone", STRING, help_phone) }, { .name = NULL }
};

static const gh_setting_t gh_config_pam_keys[] = {
    { GH_CONFIG_KEY("bind_dn", STRING, gh_identity_t, bind_dn), .is_required = true },
    { GH_CONFIG_KEY("bind_password_file", FILE, gh_identity_t, bind_password_file),
        .is_required = true },
    { .name = NULL }
};

static const gh_reader_section_t gh_config_sections[] = { { .name = "directory",
                                                              .keys = gh_config_directory_keys,
                                                              .open = gh_config_open_directory,
                                                              .finish =
                                                                  gh_config_finish_directory },
    { .name = "realm",
        .keys = gh_config_realm_keys,
        .is_titled = true,
        .open = gh_config_open_realm,
        .finish = gh_config_finish_realm },
    { .name = "session",
        .keys = gh_config_session_keys,
        .open = gh_config_open_session,
        .finish = gh_config_finish_session },
    { .name = "portal",
        .keys = gh_config_portal_keys,
        .open = gh_config_open_portal,
        .finish = gh_config_finish_portal },
    { .name = "pam",
        .keys = gh_config_pam_keys,
        .is_optional = true,
        .open = gh_config_open_pam },
    { .name = NULL } };
