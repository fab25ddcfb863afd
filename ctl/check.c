/*
 * `gatehousectl check`: whether everything that Gatehouse stands on is as it has to be.
 */

/* System. */
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>

/* Base. */
#include "base/clock.h"

/* Ctl. */
#include "check.h"

static const char usage[] =
    "usage: gatehousectl [-c FILE] [--json] [--bind-dn DN [--password-file FILE]] check\n"
    "\n"
    "Looks at the configuration, its files, and each directory server: certificate,\n"
    "schema, policies, database, and what the gateway's identity may do.  Changes\n"
    "nothing.  A finding a line, with its remedy; a note is no fault.\n"
    "\n"
    "Exit: 0 no fault, 1 a fault, 2 usage, 3 no server can be reached.\n";

/* The checks of a server, in the order of the report. */
static const struct {
    const char *name;
    void (*run)(gh_check_t *check, gh_check_server_t *server);
} checks[] = {
    { "identity", gh_check_identity },
    { "schema", gh_check_schema },
    { "policies", gh_check_policies },
    { "database", gh_check_database },
    { "rights", gh_check_rights },
};

void
gh_check_ask(const gh_check_server_t *server, gh_client_t *client, gh_request_t **request,
    gh_answer_t *answer)
{
    int64_t deadline = gh_clock_monotonic() + server->settings.timeout;
    void   *tag;

    gh_answer_init(answer);

    if (!gh_request_is_ok(*request) || gh_client_send(client, *request, NULL, deadline) != 0) {
        answer->result = GH_RESULT_NOMEM;
    } else {
        gh_client_receive(client, &tag, answer);
    }

    gh_request_free(*request);
    *request = NULL;
}

void
gh_check_search(const gh_check_server_t *server, gh_client_t *client, const char *dn,
    gh_scope_t scope, const char *filter, const char *const *attrs, int size_limit,
    gh_answer_t *answer)
{
    gh_request_t *request = gh_request_search(dn, scope, filter, attrs, size_limit);

    gh_check_ask(server, client, &request, answer);
}

const char *
gh_check_words(const gh_answer_t *answer)
{
    if (answer->diagnostic != NULL) {
        return answer->diagnostic;
    }

    switch (answer->result) {

    case GH_RESULT_SUCCESS:
        return "nothing is shown";

    case GH_RESULT_UNREACHABLE:
        return "the connection died";

    case GH_RESULT_TIMEOUT:
        return "no answer in time";

    case GH_RESULT_MALFORMED:
        return "an answer that can't be used";

    case GH_RESULT_NOMEM:
        return "memory is out";

    case GH_RESULT_NO_SUCH_OBJECT:
        return "no such entry, or no right to see it";

    case GH_RESULT_INSUFFICIENT_ACCESS:
        return "refused for want of a right";

    case GH_RESULT_ADMIN_LIMIT:
        return "more entries than slapd looks at";

    default:
        return "refused";
    }
}

/* The servers of the configuration, each with settings that name it alone. */
static int
check_begin(gh_check_t *check)
{
    const gh_directory_settings_t *settings = &check->ctl->config->directory;
    size_t                         count = 0;

    while (settings->uris[count] != NULL) {
        count++;
    }

    check->servers = calloc(count, sizeof(*check->servers));
    if (check->servers == NULL) {
        return -1;
    }

    for (size_t i = 0; i < count; i++) {
        gh_check_server_t *server = &check->servers[i];

        server->uris[0] = settings->uris[i];
        server->settings = *settings;
        server->settings.uris = server->uris;
    }

    check->server_count = count;
    return 0;
}

static void
check_end(gh_check_t *check)
{
    for (size_t i = 0; i < check->server_count; i++) {
        gh_client_free(check->servers[i].gateway);
        gh_client_free(check->servers[i].admin);
    }

    free(check->servers);
}

/* Runs all checks.  Returns how many servers are up. */
static size_t
check_run(gh_check_t *check)
{
    size_t up = 0;

    check->findings.check = "files";
    gh_check_files(check);
    check->findings.check = "servers";
    gh_check_servers(check);

    for (size_t i = 0; i < check->server_count; i++) {
        up += check->servers[i].is_up;

        for (size_t j = 0; check->servers[i].is_up && j < sizeof(checks) / sizeof(checks[0]);
             j++) {
            check->findings.check = checks[j].name;
            checks[j].run(check, &check->servers[i]);
        }
    }

    return up;
}

/* Reads the configuration: without it there is nothing more to look at. */
static int
check_all(gh_check_t *check)
{
    gh_error_t error = { "" };
    size_t     up = 1;

    check->findings.check = "configuration";

    if (gh_ctl_configure(check->ctl, &error) != 0) {
        gh_finding_error(&check->findings, check->ctl->config_path, NULL, &error);

    } else if (gh_ctl_identify(check->ctl, &error) != 0 || check_begin(check) != 0) {
        return gh_ctl_fail(GH_CTL_REFUSED, &error);

    } else {
        gh_finding_good(&check->findings, check->ctl->config_path, "can be used");
        up = check_run(check);
    }

    if (gh_findings_end(&check->findings) != 0) {
        gh_error_set(&error, GH_ERR_IO, "the report can't be written: %m");
        return gh_ctl_fail(GH_CTL_REFUSED, &error);
    }

    if (up == 0) {
        return GH_CTL_UNREACHABLE;
    }

    return check->findings.counts[GH_FINDING_FAULT] > 0 ? GH_CTL_REFUSED : GH_CTL_DONE;
}

int
gh_ctl_check(gh_ctl_t *ctl, int argc, char **argv)
{
    static const struct option known[] = {
        { "help", no_argument, NULL, 'h' },
        { NULL, 0, NULL, 0 },
    };
    gh_check_t run = { .ctl = ctl, .findings.is_json = ctl->is_json };
    int        option, code;

    while ((option = getopt_long(argc, argv, "h", known, NULL)) != -1) {
        fputs(usage, option == 'h' ? stdout : stderr);
        return option == 'h' ? GH_CTL_DONE : GH_CTL_USAGE;
    }

    if (optind < argc) {
        fprintf(stderr, "gatehousectl check: no words behind it\n%s", usage);
        return GH_CTL_USAGE;
    }

    code = check_all(&run);
    check_end(&run);
    return code;
}
