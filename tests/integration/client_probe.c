/*
 * client_probe CONFIG REQUEST...: what the waiting client makes of requests.
 *
 * A REQUEST is `search:DN` (the entry itself) or `bind:DN` (with the password in
 * PROBE_PASSWORD); all of them go out side by side, as PAM's identity, or the gateway's
 * where PROBE_AS is `gateway`, with one deadline, the configuration's timeout.  The word
 * `pause` takes all answers, prints `pause` and waits for a line on the standard input.
 *
 * Prints a line for each answer, `NUMBER RESULT ENTRIES`, and at the end
 * `trouble TEXT`.
 */

/* System. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Base. */
#include "base/clock.h"

/* Config. */
#include "config/config.h"

/* Directory. */
#include "directory/client.h"

#define REQUESTS 128

/* The request that a word asks for; NULL: none. */
static gh_request_t *
probe_request(const char *word)
{
    static const char *const attrs[] = { "uid", NULL };
    gh_secret_t             *secret;
    gh_request_t            *request = NULL;

    if (strncmp(word, "search:", 7) == 0) {
        return gh_request_search(word + 7, GH_SCOPE_BASE, "(objectClass=*)", attrs, 1);
    }

    if (strncmp(word, "bind:", 5) == 0 && getenv("PROBE_PASSWORD") != NULL) {
        secret = gh_secret_new();

        if (secret != NULL && gh_secret_set(secret, gh_text(getenv("PROBE_PASSWORD"))) == 0) {
            request = gh_request_bind(word + 5, secret);
        }
        gh_secret_free(secret);
    }

    return request;
}

/* Takes every answer there is to come. */
static void
probe_receive(gh_client_t *client)
{
    gh_answer_t answer;
    void       *tag;

    while (gh_client_receive(client, &tag, &answer)) {
        printf("%d %d %zu\n", *(const int *) tag, answer.result, answer.entry_count);
        gh_answer_cleanup(&answer);
    }
}

static int
probe(gh_client_t *client, const gh_config_t *config, int count, char **words)
{
    gh_request_t *requests[REQUESTS] = { NULL };
    int           numbers[REQUESTS];
    int64_t       deadline = gh_clock_monotonic() + config->directory.timeout;
    char          line[16];
    int           rc = EXIT_SUCCESS;

    for (int i = 0; i < count && i < REQUESTS && rc == EXIT_SUCCESS; i++) {
        if (strcmp(words[i], "pause") == 0) {
            probe_receive(client);
            puts("pause");
            fflush(stdout);
            rc = fgets(line, sizeof(line), stdin) != NULL ? EXIT_SUCCESS : EXIT_FAILURE;
            deadline = gh_clock_monotonic() + config->directory.timeout;
            continue;
        }

        numbers[i] = i;
        requests[i] = probe_request(words[i]);

        if (requests[i] == NULL
            || gh_client_send(client, requests[i], &numbers[i], deadline) != 0) {
            rc = EXIT_FAILURE;
        }
    }

    probe_receive(client);
    printf("trouble %s\n", gh_client_trouble(client));

    for (int i = 0; i < REQUESTS; i++) {
        gh_request_free(requests[i]);
    }

    return rc;
}

/* As whom the client binds. */
static const gh_identity_t *
probe_identity(const gh_config_t *config)
{
    const char *as = getenv("PROBE_AS");

    return as != NULL && strcmp(as, "gateway") == 0 ? &config->directory.gateway
                                                    : &config->pam.identity;
}

int
main(int argc, char **argv)
{
    gh_error_t   error = { "" };
    gh_config_t *config = argc > 1 ? gh_config_read(argv[1], &error) : NULL;
    gh_client_t *client = NULL;
    int          rc = EXIT_FAILURE;

    if (config != NULL) {
        client = gh_client_new(&config->directory, probe_identity(config), NULL, &error);
    }

    if (client != NULL) {
        rc = probe(client, config, argc - 2, argv + 2);
    } else {
        fprintf(stderr, "client_probe: %s\n", error.text);
    }

    gh_client_free(client);
    gh_config_free(config);

    return rc;
}
