/*
 * State: the stamps of gatehousectl, the gateway and slapd's password policy, read
 * together.
 */

/* Account. */
#include "account/state.h"

/* Locked until staff unlock it (draft-behera-ldap-password-policy-10, 5.3.3). */
#define LOCKED_FOR_GOOD GH_TEXT("000001010000Z")

static bool
entry_says(const gh_entry_t *entry, const char *attr)
{
    return gh_entry_has(entry, attr, GH_TEXT("TRUE"));
}

static bool
has_ended(const gh_entry_t *entry, gh_time_t now)
{
    gh_time_t when;

    if (gh_entry_attribute(entry, "pwdEndTime") == NULL) {
        return false;
    }

    return gh_clock_parse(gh_entry_value(entry, "pwdEndTime"), &when) != 0 || when <= now;
}

static bool
is_locked(const gh_entry_t *entry, gh_time_t now, long lockout)
{
    gh_text_t since = gh_entry_value(entry, "pwdAccountLockedTime");
    gh_time_t when;

    if (lockout == GH_STATE_NO_LOCKS
        || gh_entry_attribute(entry, "pwdAccountLockedTime") == NULL) {
        return false;
    }

    if (gh_text_equal(since, LOCKED_FOR_GOOD) || lockout == 0
        || gh_clock_parse(since, &when) != 0) {
        return true;
    }

    return now < when + lockout * GH_SECOND;
}

gh_state_t
gh_state_of(const gh_entry_t *entry, gh_time_t now, long lockout)
{
    if (entry_says(entry, "gatehouseDisabled")) {
        return GH_STATE_DISABLED;
    }

    if (has_ended(entry, now)) {
        return GH_STATE_ENDED;
    }

    if (is_locked(entry, now, lockout)) {
        return GH_STATE_LOCKED;
    }

    if (gh_entry_attribute(entry, "gatehousePasswordSet") == NULL) {
        return GH_STATE_NO_PASSWORD;
    }

    return entry_says(entry, "pwdReset") ? GH_STATE_TEMPORARY : GH_STATE_OPEN;
}
