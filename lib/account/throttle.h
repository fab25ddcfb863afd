/*
 * Throttle: how long whoever was refused has to wait, the same for the web and PAM.
 * Each shell counts by itself, in a place of its own.
 */
#ifndef GH_ACCOUNT_THROTTLE_H
#define GH_ACCOUNT_THROTTLE_H

/* Base. */
#include "base/buf.h"
#include "base/clock.h"
#include "base/text.h"

/* Config. */
#include "config/config.h"

/* How long the next try waits after `refusals` of them, of which `free` cost nothing; µs. */
gh_time_t gh_throttle_delay(
    const gh_throttle_settings_t *settings, unsigned long free, unsigned long refusals);

/*
 * Appends what an account is counted under, one for all spellings of a user name or a mail
 * address that find the same entry: the realm's canonical form, or where it has none what
 * was typed without the blanks around it, with A to Z as a to z.  The directory takes those
 * for each other in both (RFC 4517, sections 4.2.7 and 4.2.11).  `realm` may be NULL.
 *
 * Returns 0, or GH_ERR_NOMEM with `out` unchanged.
 */
int gh_throttle_account(const gh_realm_t *realm, gh_text_t typed, gh_buf_t *out);

#endif
