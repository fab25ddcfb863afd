/*
 * Tickets: short-lived sealed promises that travel through a form.
 *
 * A ticket is made for one purpose and one bearer (the browser's own random
 * token, or that and the session id) and for a while.
 */
#ifndef GH_SESSION_TICKET_H
#define GH_SESSION_TICKET_H

/* Base. */
#include "base/buf.h"
#include "base/clock.h"

/* Session. */
#include "session/keyring.h"
#include "session/seal.h"

/*
 * Appends a ticket for `bearer` that begins at `now` to `out`.  Returns 0, what
 * gh_seal returned, or GH_ERR_INVALID for an empty bearer: a ticket for nobody
 * would be everybody's.
 */
int gh_ticket_issue(const gh_keyring_t *ring, gh_purpose_t purpose, gh_text_t bearer,
    gh_time_t now, gh_buf_t *out);

/*
 * Whether `ticket` was issued for this purpose and this bearer (compared in
 * constant time) no longer than `lifetime` (µs) before `now`, and not after it (by
 * more than GH_SEAL_SKEW).
 */
bool gh_ticket_is_good(const gh_keyring_t *ring, gh_purpose_t purpose, gh_text_t ticket,
    gh_text_t bearer, gh_time_t lifetime, gh_time_t now);

#endif
