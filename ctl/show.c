/*
 * `gatehousectl show`: why somebody can't get in, in one screen.
 */

/* System. */
#include <stdio.h>

/* Jansson. */
#include <jansson.h>

/* Account. */
#include "account/state.h"

/* Ctl. */
#include "staff.h"

/* Locked until staff unlock it (draft-behera-ldap-password-policy-10, 5.3.3). */
#define LOCKED_FOR_GOOD GH_TEXT("000001010000Z")

/* What the entry says, as texts to show; "" where there is nothing to say. */
typedef struct {
    gh_state_t  state;
    const char *verdict;
    const char *password; /* `set`, `temporary`, `none` */
    const char *license;  /* "" for who is no contractor */
    bool        is_disabled;
    bool        is_locked;
    size_t      wrong_passwords;
    char        set[GH_CTL_TIME];
    char        until[GH_CTL_TIME];
    char        locked_since[GH_CTL_TIME];
    char        locked_until[GH_CTL_TIME]; /* "" for good */
    char        expiry[GH_CTL_TIME];
    char        last[GH_CTL_TIME];
} facts_t;

static const char usage[] =
    "usage: gatehousectl [-c FILE] [--json] show USER\n"
    "\n"
    "Shows what decides whether somebody gets in: password, lock, mail address,\n"
    "license, last sign-in.\n"
    "\n"
    "Exit: 0 shown, 1 nobody by that name, 2 usage, 3 the directory can't be\n"
    "reached.\n";

static const char *const verdicts[GH_STATE_COUNT] = {
    [GH_STATE_UNKNOWN] = "Can't sign in.",
    [GH_STATE_OPEN] = "Can sign in.",
    [GH_STATE_TEMPORARY] =
        "Can sign in with the temporary password, and has to choose a new one then.",
    [GH_STATE_NO_PASSWORD] = "Can't sign in: on file, but no password was set yet.",
    [GH_STATE_LOCKED] = "Can't sign in: locked after too many wrong passwords.",
    [GH_STATE_ENDED] = "Can't sign in: the temporary password has ended.",
    [GH_STATE_DISABLED] = "Can't sign in: disabled by staff.",
};

/* A time of the entry as text; "" where it is absent or no time. */
static void
fact_time(const gh_entry_t *entry, const char *attr, bool is_json, char out[GH_CTL_TIME])
{
    gh_time_t when;

    out[0] = '\0';

    if (gh_clock_parse(gh_entry_value(entry, attr), &when) == 0) {
        gh_ctl_time_write(when, is_json, out);
    }
}

/* When the lock goes by itself. */
static void
fact_lock(facts_t *facts, const gh_ctl_staff_t *staff, const gh_entry_t *entry)
{
    gh_text_t since = gh_entry_value(entry, "pwdAccountLockedTime");
    long      lockout = staff->ctl->config->directory.lockout;
    bool      is_json = staff->ctl->is_json;
    gh_time_t when;

    if (gh_text_is_empty(since)) {
        return;
    }

    if (gh_text_equal(since, LOCKED_FOR_GOOD) || lockout == 0
        || gh_clock_parse(since, &when) != 0) {
        facts->is_locked = true;
        return;
    }

    facts->is_locked = staff->now < when + lockout * GH_SECOND;
    gh_ctl_time_write(when, is_json, facts->locked_since);
    gh_ctl_time_write(when + lockout * GH_SECOND, is_json, facts->locked_until);
}

static const char *
fact_password(const gh_entry_t *entry)
{
    if (gh_entry_has(entry, "pwdReset", GH_TEXT("TRUE"))) {
        return "temporary";
    }

    return gh_entry_attribute(entry, "gatehousePasswordSet") != NULL ? "set" : "none";
}

static const char *
fact_license(const gh_entry_t *entry)
{
    gh_text_t status = gh_entry_value(entry, "gatehouseLicenseStatus");

    if (!gh_entry_has(entry, "objectClass", GH_TEXT("gatehouseContractor"))) {
        return "";
    }

    if (gh_text_is_empty(status) || !gh_text_is_clean(status)) {
        return "unverified";
    }

    return status.data;
}

static facts_t
facts_read(const gh_ctl_staff_t *staff, const gh_entry_t *entry)
{
    const gh_attribute_t *failures = gh_entry_attribute(entry, "pwdFailureTime");
    bool                  is_json = staff->ctl->is_json;
    facts_t               facts = { 0 };

    facts.state = gh_state_of(entry, staff->now, staff->ctl->config->directory.lockout);
    facts.verdict = verdicts[facts.state];
    facts.password = fact_password(entry);
    facts.license = fact_license(entry);
    facts.is_disabled = gh_entry_has(entry, "gatehouseDisabled", GH_TEXT("TRUE"));
    facts.wrong_passwords = failures != NULL ? failures->count : 0;
    fact_lock(&facts, staff, entry);
    fact_time(entry, "gatehousePasswordSet", is_json, facts.set);
    fact_time(entry, "pwdEndTime", is_json, facts.until);
    fact_time(entry, "gatehouseLicenseExpiry", is_json, facts.expiry);
    fact_time(entry, "gatehouseLastSignIn", is_json, facts.last);

    return facts;
}

/* A text, or null for the empty one. */
static json_t *
json_or_null(const char *text)
{
    return text[0] != '\0' ? json_string(text) : json_null();
}

static int
show_json(const facts_t *facts, const gh_identity_card_t *who)
{
    bool    can = facts->state == GH_STATE_OPEN || facts->state == GH_STATE_TEMPORARY;
    json_t *json = json_pack("{s:s, s:s, s:s, s:b, s:s, s:s, s:o, s:o, s:b, s:o, s:o, s:i, s:b,"
                             " s:o, s:o, s:o, s:o}",
        "realm", who->realm->name, "uid", who->uid, "name", who->name, "can_sign_in", can,
        "verdict", facts->verdict, "password", facts->password, "password_set",
        json_or_null(facts->set), "password_until", json_or_null(facts->until), "locked",
        facts->is_locked, "locked_since", json_or_null(facts->locked_since), "locked_until",
        json_or_null(facts->locked_until), "wrong_passwords", (int) facts->wrong_passwords,
        "disabled", facts->is_disabled, "mail", json_or_null(who->mail), "license_status",
        json_or_null(facts->license), "license_expiry", json_or_null(facts->expiry),
        "last_sign_in", json_or_null(facts->last));
    int     rc = json != NULL ? json_dumpf(json, stdout, JSON_COMPACT) : -1;

    json_decref(json);
    return rc != 0 || putchar('\n') == EOF ? -1 : 0;
}

static void
show_password(const facts_t *facts)
{
    printf("  password      %s", facts->password);

    if (facts->until[0] != '\0') {
        printf(", until %s", facts->until);
    } else if (facts->set[0] != '\0') {
        printf(", since %s", facts->set);
    }

    putchar('\n');
}

static void
show_lock(const facts_t *facts)
{
    printf("  locked        %s", facts->is_locked ? "yes" : "no");

    if (facts->is_locked) {
        printf(", %s%s", facts->locked_until[0] != '\0' ? "until " : "until staff unlock it",
            facts->locked_until);
    }

    if (facts->wrong_passwords > 0) {
        printf(" (wrong passwords: %zu)", facts->wrong_passwords);
    }

    putchar('\n');
}

static int
show_text(const facts_t *facts, const gh_identity_card_t *who)
{
    printf("%s: %s\n%s\n\n", who->uid, who->name, facts->verdict);
    printf("  realm         %s\n", who->realm->name);
    show_password(facts);
    show_lock(facts);
    printf("  disabled      %s\n", facts->is_disabled ? "yes" : "no");
    printf("  mail          %s\n", who->mail[0] != '\0' ? who->mail : "none on file");

    if (facts->license[0] != '\0') {
        printf("  license       %s%s%.10s\n", facts->license,
            facts->expiry[0] != '\0' ? ", expires " : "", facts->expiry);
    }

    printf("  last sign-in  %s\n", facts->last[0] != '\0' ? facts->last : "none known");

    return ferror(stdout) ? -1 : 0;
}

static int
report(const gh_ctl_staff_t *staff, const gh_staff_result_t *result)
{
    facts_t facts = facts_read(staff, result->entry);

    if (staff->ctl->is_json) {
        return show_json(&facts, &result->who);
    }

    return show_text(&facts, &result->who);
}

static const gh_ctl_staff_command_t command = {
    .name = "show",
    .event = NULL,
    .usage = usage,
    .action = GH_STAFF_SHOW,
    .report = report,
};

int
gh_ctl_show(gh_ctl_t *ctl, int argc, char **argv)
{
    return gh_ctl_staff(&command, ctl, argc, argv);
}
