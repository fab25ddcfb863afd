/*
 * Attempts: the sign-in flow, for one realm after the other.
 */

/* System. */
#include <security/pam_ext.h>
#include <security/pam_modutil.h>
#include <stdlib.h>
#include <string.h>
#include <syslog.h>

/* Directory. */
#include "directory/client.h"
#include "directory/way.h"

/* Account. */
#include "account/drive.h"
#include "account/signin.h"

/* PAM. */
#include "attempt.h"
#include "conversation.h"

/* Accounts of the system have numbers below this one (login.defs, UID_MIN). */
#define PERSON_UID 1000

typedef struct {
    pam_handle_t       *pamh;
    const gh_options_t *options;
    const gh_config_t  *config;
    const char         *user;     /* as typed; PAM's */
    const char         *password; /* PAM's */
    gh_client_t        *client;
    int64_t             deadline;
    gh_record_t        *record;
} attempt_t;

void
gh_record_free(gh_record_t *record)
{
    if (record != NULL) {
        free(record->user);
        free(record->portal);
        free(record);
    }
}

bool
gh_attempt_is_system(pam_handle_t *pamh, const char *name)
{
    const struct passwd *account = pam_modutil_getpwnam(pamh, name);

    return account != NULL && account->pw_uid < PERSON_UID;
}

/* A name for the log: what somebody typed may hold anything. */
static const char *
printable(const char *name)
{
    return gh_text_is_clean(gh_text(name)) ? name : "(not printable)";
}

static void
attempt_log(
    const attempt_t *attempt, const gh_realm_t *realm, const gh_record_t *record, int result)
{
    const char *user = printable(attempt->user);
    const char *verdict = gh_verdict_name(record->verdict);

    switch (record->verdict) {

    case GH_VERDICT_UNAVAILABLE:
        pam_syslog(attempt->pamh, LOG_ERR,
            "user %s, realm %s: the directory can't say (%d): %s", user, realm->name, result,
            gh_client_trouble(attempt->client));
        break;

    case GH_VERDICT_SIGNED_IN:
    case GH_VERDICT_EXPIRING:
    case GH_VERDICT_GRACE:
    case GH_VERDICT_MUST_CHANGE:
        if (attempt->options->debug) {
            pam_syslog(
                attempt->pamh, LOG_DEBUG, "user %s, realm %s: %s", user, realm->name, verdict);
        }
        break;

    default:
        pam_syslog(attempt->pamh, LOG_NOTICE, "user %s, realm %s: refused, %s", user,
            realm->name, verdict);
    }
}

/* Whether the directory's spelling of a name can be passed on to PAM. */
static bool
is_good_name(pam_handle_t *pamh, const char *uid)
{
    return uid != NULL && uid[0] != '\0' && gh_text_is_clean(gh_text(uid))
        && !gh_attempt_is_system(pamh, uid);
}

/* Whether the person has shown that they know the password. */
static bool
is_right_password(gh_verdict_t verdict)
{
    return gh_verdict_is_in(verdict) || verdict == GH_VERDICT_MUST_CHANGE
        || verdict == GH_VERDICT_EXPIRED;
}

/* Takes over what the flow has found, and the name by which PAM goes on. */
static void
attempt_take(attempt_t *attempt, const gh_signin_result_t *result)
{
    gh_record_t *record = attempt->record;
    char        *user = NULL;

    record->verdict = result->verdict;
    record->expires_in = result->expires_in;
    record->grace_left = result->grace_left;

    if (!is_right_password(result->verdict)) {
        return;
    }

    if (is_good_name(attempt->pamh, result->who.uid)) {
        user = strdup(result->who.uid);
    }

    if (user == NULL) {
        pam_syslog(attempt->pamh, LOG_NOTICE,
            "user %s: the name in the directory can't be used", printable(attempt->user));
        record->verdict = GH_VERDICT_DENY;
        return;
    }

    free(record->user);
    record->user = user;
}

/* Signs in to one realm; afterwards the record says what came of it. */
static void
attempt_realm(attempt_t *attempt, const gh_realm_t *realm)
{
    gh_secret_t              *secret = gh_secret_new();
    gh_flow_t                *flow;
    const gh_signin_result_t *result;

    attempt->record->verdict = GH_VERDICT_DENY;

    if (secret == NULL || gh_secret_set(secret, gh_text(attempt->password)) != 0) {
        pam_syslog(attempt->pamh, LOG_NOTICE, "user %s: the password is too long",
            printable(attempt->user));
        gh_secret_free(secret);
        return;
    }

    flow =
        gh_signin_new(attempt->config, realm, gh_text(attempt->user), &secret, gh_clock_now());

    if (flow != NULL && gh_drive(attempt->client, flow, attempt->deadline) == 0) {
        result = gh_signin_result(flow);
        attempt_take(attempt, result);
        attempt_log(attempt, realm, attempt->record, result->result);
    }

    gh_flow_free(flow);
}

/* The next name of a list with commas; the list goes on behind it. */
static gh_text_t
next_name(const char **list)
{
    gh_text_t name = { *list, strcspn(*list, ",") };

    *list += name.len;
    *list += **list == ',' ? 1 : 0;

    return name;
}

/* Whether the name can be one of the realm's; in doubt it can. */
static bool
realm_fits(const gh_realm_t *realm, const char *user)
{
    gh_buf_t canonical;
    int      rc;

    gh_buf_init(&canonical);
    rc = gh_realm_canonical(realm, gh_text(user), &canonical);
    gh_buf_cleanup(&canonical);

    return rc != GH_ERR_INVALID;
}

/*
 * Tries the realms of the option in its order, or all that the name fits in
 * the order of the file.  Whoever is unknown in one may be known in the next;
 * anything else decides.
 */
static void
attempt_realms(attempt_t *attempt)
{
    const gh_config_t *config = attempt->config;
    const char        *list = attempt->options->realms;
    gh_verdict_t      *verdict = &attempt->record->verdict;
    bool               fits = false;

    *verdict = GH_VERDICT_UNKNOWN;

    if (list != NULL) {
        while (list[0] != '\0' && *verdict == GH_VERDICT_UNKNOWN) {
            attempt_realm(attempt, gh_config_realm(config, next_name(&list)));
        }
        return;
    }

    for (size_t i = 0; i < config->realm_count && *verdict == GH_VERDICT_UNKNOWN; i++) {
        if (realm_fits(&config->realms[i], attempt->user)) {
            fits = true;
            attempt_realm(attempt, &config->realms[i]);
        }
    }

    if (!fits) {
        pam_syslog(attempt->pamh, LOG_NOTICE, "user %s: refused, no realm has such names",
            printable(attempt->user));
    }
}

/* What the settings allow that only a test should. */
static void
attempt_warn(const attempt_t *attempt)
{
    const char *danger;

    for (size_t i = 0; (danger = gh_way_danger(&attempt->config->directory, i)) != NULL; i++) {
        pam_syslog(attempt->pamh, LOG_WARNING, "%s", danger);
    }
}

/* Name and password are there: asks the directory. */
static int
attempt_run(attempt_t *attempt)
{
    gh_error_t error = { "" };

    if (gh_attempt_is_system(attempt->pamh, attempt->user)) {
        pam_syslog(attempt->pamh, LOG_NOTICE, "user %s: an account of this system, not ours",
            printable(attempt->user));
        attempt->record->verdict = GH_VERDICT_UNKNOWN;
        return PAM_SUCCESS;
    }

    attempt->client = gh_client_new(
        &attempt->config->directory, &attempt->config->pam.identity, NULL, &error);

    if (attempt->client == NULL) {
        pam_syslog(attempt->pamh, LOG_ERR, "%s", error.text);
        return PAM_SERVICE_ERR;
    }

    attempt_warn(attempt);
    attempt->deadline = gh_clock_monotonic() + attempt->config->directory.timeout;
    attempt_realms(attempt);
    gh_client_free(attempt->client);

    return PAM_SUCCESS;
}

int
gh_attempt(pam_handle_t *pamh, const gh_options_t *options, const gh_config_t *config,
    gh_record_t *record)
{
    attempt_t attempt = {
        .pamh = pamh, .options = options, .config = config, .record = record
    };
    int rc = gh_conversation_user(pamh, &attempt.user);

    if (rc == PAM_SUCCESS) {
        rc = gh_conversation_password(pamh, !options->use_first_pass, &attempt.password);
    }

    if (rc != PAM_SUCCESS) {
        return rc;
    }

    record->user = strdup(attempt.user);
    record->portal = strdup(config->portal.url);

    if (record->user == NULL || record->portal == NULL) {
        return PAM_BUF_ERR;
    }

    return attempt_run(&attempt);
}

/* Whether every realm that the option names is in the configuration. */
static bool
realms_are_known(pam_handle_t *pamh, const gh_config_t *config, const char *list)
{
    while (list != NULL && list[0] != '\0') {
        gh_text_t name = next_name(&list);

        if (gh_config_realm(config, name) == NULL) {
            pam_syslog(pamh, LOG_ERR, "option realm=: \"%.*s\" is no realm of %s",
                (int) name.len, name.data, config->path);
            return false;
        }
    }

    return true;
}

gh_config_t *
gh_attempt_config(pam_handle_t *pamh, const gh_options_t *options)
{
    gh_error_t   error = { "" };
    gh_config_t *config = gh_config_read(options->config, &error);

    if (config == NULL) {
        pam_syslog(pamh, LOG_ERR, "%s", error.text);

    } else if (config->pam.identity.bind_dn == NULL) {
        pam_syslog(pamh, LOG_ERR, "%s: section pam is missing: as whom does this module bind?",
            options->config);

    } else if (realms_are_known(pamh, config, options->realms)) {
        return config;
    }

    gh_config_free(config);

    return NULL;
}
