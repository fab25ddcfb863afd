/*
 * Throttle: nothing, then a delay that doubles up to its bound; and what it counts by.
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

int
gh_throttle_account(const gh_realm_t *realm, gh_text_t typed, gh_buf_t *out)
{
    size_t first = out->len;

    if (realm == NULL || gh_realm_canonical(realm, typed, out) != 0) {
        gh_buf_add_text(out, gh_text_trim(typed));
    }

    if (!gh_buf_is_ok(out)) {
        return GH_ERR_NOMEM;
    }

    for (size_t i = first; i < out->len; i++) {
        if (out->data[i] >= 'A' && out->data[i] <= 'Z') {
            out->data[i] = (char) (out->data[i] - 'A' + 'a');
        }
    }

    return 0;
}
