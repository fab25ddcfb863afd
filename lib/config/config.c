/*
 * Configuration: the table of sections, and what they must be together.
 */

/* System. */
#include <stdlib.h>

/* Config. */
#include "config/config_int.h"

/* Parents stand in front of what stands in them. */
static const gh_reader_section_t *const gh_config_sections[] = { &gh_section_directory,
    &gh_section_realm, &gh_section_field, &gh_section_session, &gh_section_portal,
    &gh_section_link, &gh_section_mail, &gh_section_throttle, &gh_section_audit,
    &gh_section_pam, &gh_section_service, NULL };

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

/* Whether every realm that a service names is one of the file's. */
static int
gh_config_check_services(gh_reader_t *reader, const gh_config_t *config)
{
    for (size_t i = 0; i < config->pam.service_count; i++) {
        const gh_service_t *service = &config->pam.services[i];

        for (char **name = service->realms; *name != NULL; name++) {
            if (gh_config_realm(config, gh_text(*name)) == NULL) {
                return gh_reader_refuse(reader, "pam", NULL,
                    "service %s: realms: \"%s\" is no realm of this file", service->name,
                    *name);
            }
        }
    }

    return 0;
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

    return gh_config_check_services(reader, config);
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

    gh_setting_cleanup(gh_section_directory.keys, &config->directory);
    gh_setting_cleanup(gh_section_session.keys, &config->session);
    gh_section_cleanup_portal(&config->portal);
    gh_setting_cleanup(gh_section_mail.keys, &config->mail);
    gh_setting_cleanup(gh_section_throttle.keys, &config->throttle);
    gh_setting_cleanup(gh_section_audit.keys, &config->audit);
    gh_section_cleanup_pam(&config->pam);

    free(config->realms);
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

const gh_service_t *
gh_config_service(const gh_config_t *config, const char *name)
{
    for (size_t i = 0; i < config->pam.service_count; i++) {
        if (strcmp(config->pam.services[i].name, name) == 0) {
            return &config->pam.services[i];
        }
    }

    return NULL;
}
