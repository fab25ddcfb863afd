/*
 * Section throttle: how guessing is slowed down.
 */

/* Config. */
#include "config/config_int.h"

static void *
gh_section_open_throttle(gh_reader_t *reader, gh_config_t *config, const char *title)
{
    (void) reader;
    (void) title;
    return &config->throttle;
}

static int
gh_section_finish_throttle(gh_reader_t *reader, void *target)
{
    gh_throttle_settings_t *throttle = target;

    /* A default never makes a fault of what the file does say. */
    if (gh_reader_value(reader, "max_delay") == NULL
        && throttle->max_delay < throttle->base_delay) {
        throttle->max_delay = throttle->base_delay;
    }

    if (gh_reader_value(reader, "window") == NULL && throttle->window < throttle->max_delay) {
        throttle->window = throttle->max_delay;
    }

    if (throttle->max_delay < throttle->base_delay) {
        return gh_reader_refuse(reader, "throttle", "max_delay",
            "max_delay = %ld: must not be below base_delay = %ld",
            (long) (throttle->max_delay / GH_SECOND),
            (long) (throttle->base_delay / GH_SECOND));
    }

    if (throttle->window < throttle->max_delay) {
        return gh_reader_refuse(reader, "throttle", "window",
            "window = %ld: must not be below max_delay = %ld",
            (long) (throttle->window / GH_SECOND), (long) (throttle->max_delay / GH_SECOND));
    }

    return 0;
}

#define GH_THROTTLE_KEY(word, kind, member) \
    GH_SETTING_KEY(word, kind, gh_throttle_settings_t, member)

static const gh_setting_t gh_section_throttle_keys[] = {
    { GH_THROTTLE_KEY("free_attempts", NUMBER, free_attempts), .least = 1, .most = 50,
        .number = 5, .unit = "refusals" },
    { GH_THROTTLE_KEY("base_delay", SECONDS, base_delay), .least = 1, .most = 3600, .number = 1,
        .unit = "seconds" },
    { GH_THROTTLE_KEY("max_delay", SECONDS, max_delay), .least = 1, .most = 3600, .number = 300,
        .unit = "seconds" },
    { GH_THROTTLE_KEY("window", SECONDS, window), .least = 1, .most = 86400, .number = 3600,
        .unit = "seconds" },
    { GH_THROTTLE_KEY("exempt", LIST, exempt), .check = gh_value_network }, { .name = NULL }
};

const gh_reader_section_t gh_section_throttle = { .name = "throttle",
    .is_optional = true,
    .keys = gh_section_throttle_keys,
    .open = gh_section_open_throttle,
    .finish = gh_section_finish_throttle };
