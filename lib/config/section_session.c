/*
 * Section session: cookies and how long they are good for.
 */

/* Config. */
#include "config/config_int.h"

static void *
gh_section_open_session(gh_reader_t *reader, gh_config_t *config, const char *title)
{
    (void) reader;
    (void) title;
    return &config->session;
}

static int
gh_section_finish_session(gh_reader_t *reader, void *target)
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

#define GH_SESSION_KEY(word, kind, member) \
    GH_SETTING_KEY(word, kind, gh_session_settings_t, member)

static const gh_setting_t gh_section_session_keys[] = { { GH_SESSION_KEY("keys", FILE, keys),
                                                            .is_required = true },
    { GH_SESSION_KEY("lifetime", SECONDS, lifetime), .least = 60, .most = 2592000,
        .number = 43200, .unit = "seconds" },
    { GH_SESSION_KEY("idle", SECONDS, idle), .least = 60, .most = 2592000, .number = 3600,
        .unit = "seconds" },
    { GH_SESSION_KEY("marks_interval", SECONDS, marks_interval), .least = 1, .most = 3600,
        .number = 2, .unit = "seconds" },
    { GH_SESSION_KEY("cookie_domain", STRING, cookie_domain), .check = gh_value_domain },
    { GH_SESSION_KEY("plain_http", SWITCH, plain_http) }, { .name = NULL } };

const gh_reader_section_t gh_section_session = { .name = "session",
    .keys = gh_section_session_keys,
    .open = gh_section_open_session,
    .finish = gh_section_finish_session };
