/*
 * Throttle: how long whoever was refused has to wait, the same for the web and PAM.
 * Each shell counts by itself, in a place of its own.
 */
#ifndef GH_ACCOUNT_THROTTLE_H
#define GH_ACCOUNT_THROTTLE_H

/* Base. */
#include "base/clock.h"

/* Config. */
#include "config/config.h"

/* How long the next try waits after `refusals` of them, of which `free` cost nothing; µs. */
gh_time_t gh_throttle_delay(
    const gh_throttle_settings_t *settings, unsigned long free, unsigned long refusals);

#endif
