/*
 * Calls: options, configuration, the user, and a client for flows.
 */

/* System. */
#include <security/pam_ext.h>
#include <security/pam_modutil.h>
#include <string.h>
#include <syslog.h>

/* Directory. */
#include "directory/way.h"

/* Account. */
#include "account/drive.h"

/* PAM. */
#include "call.h"
#include "conversation.h"

/* Accounts of the system have numbers below this one (login.defs, UID_MIN). */
#define PERSON_UID 1000

/* The next name of a list with commas; the list goes on behind it. */
static gh_text_t
next_name(const char **list)
{
    gh_text_t name = { *list, strcspn(*list, ",") };

    *list += name.len;
    *list += **list == ',' ? 1 : 0;

    return name;
}

/* Whether every realm that the option names is in the configuration. */
static bool
call_knows_realms(const gh_call_t *call)
{
    const char *list = call->options.realms;

    while (list != NULL && list[0] != '\0') {
        gh_text_t name = next_name(&list);

        if (gh_config_realm(call->config, name) == NULL) {
            pam_syslog(call->pamh, LOG_ERR, "option realm=: \"%.*s\" is no realm of %s",
                (int) name.len, name.data, call->config->path);
            return false;
        }
    }

    return true;
}

static void
call_find_service(gh_call_t *call)
{
    const void *name = NULL;

    if (pam_get_item(call->pamh, PAM_SERVICE, &name) == PAM_SUCCESS && name != NULL) {
        call->service = gh_config_service(call->config, name);
    }
}

int
gh_call_begin(gh_call_t *call, pam_handle_t *pamh, int flags, int argc, const char **argv)
{
    *call = (gh_call_t){ .pamh = pamh, .flags = flags };

    return gh_options_parse(pamh, argc, argv, &call->options) ? PAM_SUCCESS : PAM_SERVICE_ERR;
}

int
gh_call_configure(gh_call_t *call)
{
    gh_error_t error = { "" };

    call->config = gh_config_read(call->options.config, &error);

    if (call->config == NULL) {
        pam_syslog(call->pamh, LOG_ERR, "%s", error.text);
        return PAM_SERVICE_ERR;
    }

    if (call->config->pam.identity.bind_dn == NULL) {
        pam_syslog(call->pamh, LOG_ERR,
            "%s: section pam is missing: as whom does this module bind?", call->options.config);
        return PAM_SERVICE_ERR;
    }

    if (!call_knows_realms(call)) {
        return PAM_SERVICE_ERR;
    }

    call_find_service(call);
    gh_call_wind(call);

    return PAM_SUCCESS;
}

void
gh_call_end(gh_call_t *call)
{
    gh_client_free(call->client);
    gh_config_free(call->config);
    call->client = NULL;
    call->config = NULL;
}

int
gh_call_rename(gh_call_t *call, const char *name)
{
    int rc = pam_set_item(call->pamh, PAM_USER, name);

    /* The old copy is gone. */
    call->user = NULL;

    return rc == PAM_SUCCESS ? gh_call_user(call) : rc;
}

bool
gh_call_is_system(const gh_call_t *call, const char *name)
{
    const struct passwd *account = pam_modutil_getpwnam(call->pamh, name);

    return account != NULL && account->pw_uid < PERSON_UID;
}

int
gh_call_user(gh_call_t *call)
{
    return gh_conversation_user(call->pamh, &call->user);
}

/* Whether the service's rule lets people of that realm in. */
static bool
service_allows(const gh_service_t *service, const gh_realm_t *realm)
{
    if (service == NULL || service->realms[0] == NULL) {
        return true;
    }

    for (char **name = service->realms; *name != NULL; name++) {
        if (strcmp(*name, realm->name) == 0) {
            return true;
        }
    }

    return false;
}

/* Whether the user's name can be one of the realm's; in doubt it can. */
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

/* The realm in that place of whichever list gives the order; NULL: the list is over. */
static const gh_realm_t *
call_realm_at(const gh_call_t *call, size_t place)
{
    const gh_config_t *config = call->config;
    const char        *list = call->options.realms;
    gh_text_t          name = { NULL, 0 };

    if (list != NULL) {
        for (size_t i = 0; i <= place; i++) {
            if (list[0] == '\0') {
                return NULL;
            }
            name = next_name(&list);
        }
        return gh_config_realm(config, name);
    }

    if (call->service != NULL && call->service->realms[0] != NULL) {
        const char *chosen = call->service->realms[place];

        return chosen != NULL ? gh_config_realm(config, gh_text(chosen)) : NULL;
    }

    return place < config->realm_count ? &config->realms[place] : NULL;
}

const gh_realm_t *
gh_call_realm(const gh_call_t *call, size_t *next)
{
    const gh_realm_t *realm;

    while ((realm = call_realm_at(call, *next)) != NULL) {
        ++*next;

        if (service_allows(call->service, realm)
            && (call->options.realms != NULL || realm_fits(realm, call->user)))
        {
            break;
        }
    }

    return realm;
}

void
gh_call_wind(gh_call_t *call)
{
    call->deadline = gh_clock_monotonic() + call->config->directory.timeout;
}

/* What the settings allow that only a test should. */
static void
call_warn(const gh_call_t *call)
{
    const char *danger;

    for (size_t i = 0; (danger = gh_way_danger(&call->config->directory, i)) != NULL; i++) {
        pam_syslog(call->pamh, LOG_WARNING, "%s", danger);
    }
}

int
gh_call_run(gh_call_t *call, gh_flow_t *flow)
{
    gh_error_t error = { "" };

    if (call->client == NULL) {
        call_warn(call);
        call->client =
            gh_client_new(&call->config->directory, &call->config->pam.identity, NULL, &error);
    }

    if (call->client == NULL) {
        pam_syslog(call->pamh, LOG_ERR, "%s", error.text);
        return PAM_SERVICE_ERR;
    }

    return gh_drive(call->client, flow, call->deadline) == 0 ? PAM_SUCCESS : PAM_BUF_ERR;
}

const char *
gh_call_name(const gh_call_t *call)
{
    return gh_text_is_clean(gh_text(call->user)) ? call->user : "(not printable)";
}

int
gh_call_code(const gh_call_t *call, int code)
{
    return gh_options_code(&call->options, code);
}
