/*
 * Section pam, and in it service: as whom PAM hosts ask the directory, and whom their
 * services let in.
 */

/* System. */
#include <stdlib.h>

/* Config. */
#include "config/config_int.h"

static void *
gh_section_open_pam(gh_reader_t *reader, gh_config_t *config, const char *title)
{
    (void) reader;
    (void) title;
    return &config->pam;
}

static void *
gh_section_open_service(gh_reader_t *reader, gh_config_t *config, const char *title)
{
    const char        *fault = gh_value_service_name(title);
    gh_pam_settings_t *pam = &config->pam;
    gh_service_t      *services, *service;

    if (fault != NULL) {
        gh_reader_refuse(reader, "service", NULL, "%s", fault);
        return NULL;
    }

    services = realloc(pam->services, (pam->service_count + 1) * sizeof(gh_service_t));
    if (services == NULL) {
        return NULL;
    }

    pam->services = services;
    service = &services[pam->service_count];
    *service = (gh_service_t){ .name = strdup(title) };

    if (service->name == NULL) {
        return NULL;
    }

    pam->service_count++;
    return service;
}

/* A service without a rule is a slip: it says nothing. */
static int
gh_section_finish_service(gh_reader_t *reader, void *target)
{
    const gh_service_t *service = target;

    return service->realms[0] != NULL || service->filter != NULL
        ? 0
        : gh_reader_refuse(reader, "service", NULL, "realms or filter is missing");
}

#define GH_PAM_KEY(word, kind, member) GH_SETTING_KEY(word, kind, gh_pam_settings_t, member)

static const gh_setting_t gh_section_pam_keys[] = {
    { GH_PAM_KEY("bind_dn", STRING, identity.bind_dn), .is_required = true },
    { GH_PAM_KEY("bind_password_file", FILE, identity.bind_password_file),
        .is_required = true },
    { GH_PAM_KEY("throttle_file", FILE, throttle_file),
        .string = "/run/gatehouse/pam-throttle" },
    { .name = NULL }
};

const gh_reader_section_t gh_section_pam = {
    .name = "pam", .is_optional = true, .keys = gh_section_pam_keys, .open = gh_section_open_pam
};

#define GH_SERVICE_KEY(word, kind, member) GH_SETTING_KEY(word, kind, gh_service_t, member)

static const gh_setting_t gh_section_service_keys[] = {
    { GH_SERVICE_KEY("realms", LIST, realms), .check = gh_value_realm_name },
    { GH_SERVICE_KEY("filter", STRING, filter), .check = gh_value_filter }, { .name = NULL }
};

const gh_reader_section_t gh_section_service = { .name = "service",
    .parent = &gh_section_pam,
    .is_titled = true,
    .keys = gh_section_service_keys,
    .open = gh_section_open_service,
    .finish = gh_section_finish_service };

void
gh_section_cleanup_pam(gh_pam_settings_t *pam)
{
    for (size_t i = 0; i < pam->service_count; i++) {
        gh_setting_cleanup(gh_section_service_keys, &pam->services[i]);
        free(pam->services[i].name);
    }

    free(pam->services);
    gh_setting_cleanup(gh_section_pam_keys, pam);
}
