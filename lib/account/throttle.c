/*
 * Throttle: nothing, then a delay that doubles up to its bound.
 */

/* Account. */
#include "account/throttle.h"

gh_time_t
gh_throttle_delay(
    const gh_throttle_settings_t *settings, unsigned long free, unsigned long refusals)
{
    gh_time_t delay = settings->base_delay;

    if (refusals <= free) {
        return 0;
    }

    for (unsigned long i = free + 1; i < refusals && delay < settings->max_delay; i++) {
        delay *= 2;
    }

    return delay < settings->max_delay ? delay : settings->max_delay;
}
