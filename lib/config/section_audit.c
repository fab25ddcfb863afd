/*
 * Section audit: the trail of who did what.
 */

/* Config. */
#include "config/config_int.h"

static void *
gh_section_open_audit(gh_reader_t *reader, gh_config_t *config, const char *title)
{
    (void) reader;
    (void) title;
    return &config->audit;
}

static const gh_setting_t gh_section_audit_keys[] = {
    { GH_SETTING_KEY("file", FILE, gh_audit_settings_t, file), .is_required = true },
    { .name = NULL }
};

const gh_reader_section_t gh_section_audit = { .name = "audit",
    .is_optional = true,
    .keys = gh_section_audit_keys,
    .open = gh_section_open_audit };
