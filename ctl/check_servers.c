/*
 * Check: each server of the list, the way to it, its certificate, and who is let in.
 */

/* System. */
#include <string.h>
#include <strings.h>
#include <unistd.h>

/* Directory. */
#include "directory/probe.h"

/* Ctl. */
#include "check.h"

#define LDAPI "ldapi://"
#define DAY   (86400 * GH_SECOND)

/* A certificate that ends sooner is worth a note. */
#define CERTIFICATE_SOON 21 /* days */

static void
server_certificate(gh_check_t *check, const char *uri, const gh_probe_t *probe, gh_time_t now)
{
    long days = (long) ((probe->ends - now) / DAY);
    char when[GH_CTL_TIME];

    gh_ctl_time_write(probe->ends, check->findings.is_json, when);

    if (probe->ends <= now) {
        gh_finding_fault(&check->findings, uri, "give the server a new certificate",
            "the certificate ended on %s", when);

    } else if (probe->begins > now) {
        gh_ctl_time_write(probe->begins, check->findings.is_json, when);
        gh_finding_fault(&check->findings, uri, "set the clocks, or wait",
            "the certificate is good only from %s on", when);

    } else if (days < CERTIFICATE_SOON) {
        gh_finding_note(&check->findings, uri, "give the server a new certificate before that",
            "the certificate ends in %ld days, on %s", days, when);

    } else {
        gh_finding_good(
            &check->findings, uri, "the certificate ends in %ld days, on %s", days, when);
    }
}

/* What to do where a connection did not come about. */
static const char *
server_remedy(const gh_probe_t *probe, gh_time_t now)
{
    if (!probe->has_certificate) {
        return "start the server, or mend uri in section directory, or what lies between";
    }

    if (probe->ends <= now || probe->begins > now) {
        return "see the certificate";
    }

    return "put the authority that signed its certificate into tls_ca, and into uri a name "
           "that "
           "is in the certificate";
}

static void
server_check(gh_check_t *check, gh_check_server_t *server)
{
    const char *uri = server->uris[0];
    gh_time_t   now = gh_clock_now();
    gh_probe_t  probe;

    gh_probe(&probe, &server->settings, uri, server->settings.connect_timeout);
    server->is_up = probe.is_usable;

    if (!probe.is_usable) {
        gh_finding_error(&check->findings, uri, server_remedy(&probe, now), &probe.trouble);
    } else {
        gh_finding_good(&check->findings, uri, "answers, connected in %.1f ms",
            (double) probe.took * 1000 / GH_SECOND);
    }

    if (probe.has_certificate) {
        server_certificate(check, uri, &probe, now);
    }

    if (probe.has_certificate && !server->settings.tls_verify) {
        gh_finding_fault(&check->findings, uri, "set tls_verify = yes, and tls_ca",
            "anybody may stand in for the server, since its certificate is not verified");
    }
}

void
gh_check_servers(gh_check_t *check)
{
    for (size_t i = 0; i < check->server_count; i++) {
        server_check(check, &check->servers[i]);
    }
}

/*
 * A client that has bound and been answered, or NULL with `error` set.  The root of the
 * directory is open to everybody.
 */
static gh_client_t *
server_bind(const gh_check_server_t *server, const gh_identity_t *identity,
    const gh_secret_t *password, gh_error_t *error)
{
    static const char *const attrs[] = { "namingContexts", NULL };

    gh_client_t *client = gh_client_new(&server->settings, identity, password, error);
    gh_answer_t  answer;

    if (client == NULL) {
        return NULL;
    }

    gh_check_search(server, client, "", GH_SCOPE_BASE, "(objectClass=*)", attrs, 1, &answer);

    if (answer.result != GH_RESULT_SUCCESS) {
        gh_error_set(error, GH_ERR_IO, "%s",
            gh_answer_is_lost(&answer) ? gh_client_trouble(client) : gh_check_words(&answer));
        gh_client_free(client);
        client = NULL;
    }

    gh_answer_cleanup(&answer);
    return client;
}

/* Who runs this, where the server can know: everywhere with a password, else on a socket. */
static void
identity_admin(gh_check_t *check, gh_check_server_t *server)
{
    const char *uri = server->uris[0];
    gh_ctl_t   *ctl = check->ctl;
    gh_error_t  error = { "" };

    if (ctl->bind_dn == NULL && strncasecmp(uri, LDAPI, strlen(LDAPI)) != 0) {
        gh_finding_note(&check->findings, uri,
            "say --bind-dn, or run this on its host with its " LDAPI " among uri",
            "its configuration can't be looked at from here");
        return;
    }

    server->admin = server_bind(server, &ctl->identity, ctl->password, &error);

    if (server->admin == NULL) {
        gh_finding_error(&check->findings, uri, "mend --bind-dn or its password", &error);
    }
}

void
gh_check_identity(gh_check_t *check, gh_check_server_t *server)
{
    const gh_identity_t *gateway = &server->settings.gateway;
    const char          *uri = server->uris[0];
    gh_error_t           error = { "" };

    identity_admin(check, server);

    if (gateway->bind_dn == NULL && geteuid() == 0) {
        gh_finding_note(&check->findings, uri,
            "run this as the user of nginx's workers, too: runuser -u www-data",
            "the gateway is who nginx runs as (SASL EXTERNAL), which root can't try");
        return;
    }

    server->gateway = server_bind(server, gateway, NULL, &error);

    if (server->gateway == NULL) {
        gh_finding_error(&check->findings, uri,
            "give the gateway's entry the password that stands in bind_password_file", &error);
    } else {
        gh_finding_good(&check->findings, uri, "lets the gateway in as %s",
            gateway->bind_dn != NULL ? gateway->bind_dn : "the user who runs this");
    }
}
