/*
 * pam_storm CONFDIR THREADS ROUNDS USER GUESSED: sign-ins from many threads of one process.
 *
 * Each thread signs the user in ROUNDS times, one handle after the other, by the service
 * `portal` of CONFDIR, with the password in PROBE_PASSWORD; every fourth time it guesses
 * at the password of GUESSED instead, every fifth time it asks for the account alone.
 * Prints `right N wrong N account N other N`: what was let in, refused and admitted as
 * it should be, and what was not.
 */

/* System. */
#include <pthread.h>
#include <security/pam_appl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define THREADS 64

typedef struct {
    pthread_t   thread;
    const char *confdir;
    const char *user;
    const char *guessed;
    const char *password;
    long        rounds;
    long        right, wrong, account, other;
} storm_t;

/* Answers every question with the password. */
static int
converse(
    int count, const struct pam_message **messages, struct pam_response **responses, void *data)
{
    *responses = calloc((size_t) count, sizeof(**responses));

    for (int i = 0; *responses != NULL && i < count; i++) {
        if (messages[i]->msg_style == PAM_PROMPT_ECHO_OFF) {
            (*responses)[i].resp = strdup(data);
        }
    }

    return *responses != NULL ? PAM_SUCCESS : PAM_BUF_ERR;
}

/* A refusal asks for a delay: not here. */
static void
no_delay(int status, unsigned microseconds, void *data)
{
    (void) status;
    (void) microseconds;
    (void) data;
}

/* One handle; returns what it ends with. */
static int
round_of(const storm_t *storm, const char *user, const char *password, int signs_in)
{
    struct pam_conv conversation = { converse, (void *) password };
    pam_handle_t   *pamh = NULL;
    int rc = pam_start_confdir("portal", user, &conversation, storm->confdir, &pamh);

    if (rc != PAM_SUCCESS) {
        return rc;
    }

    pam_set_item(pamh, PAM_FAIL_DELAY, (const void *) no_delay);

    if (signs_in) {
        rc = pam_authenticate(pamh, 0);
    }

    if (rc == PAM_SUCCESS) {
        rc = pam_acct_mgmt(pamh, 0);
    }

    pam_end(pamh, rc);

    return rc;
}

static void *
storm_run(void *data)
{
    storm_t *storm = data;

    for (long i = 1; i <= storm->rounds; i++) {
        if (i % 5 == 0) {
            *(round_of(storm, storm->user, "", 0) == PAM_SUCCESS ? &storm->account
                                                                 : &storm->other) += 1;
        } else if (i % 4 == 0) {
            *(round_of(storm, storm->guessed, "not the right one", 1) == PAM_AUTH_ERR
                    ? &storm->wrong
                    : &storm->other) += 1;
        } else {
            *(round_of(storm, storm->user, storm->password, 1) == PAM_SUCCESS
                    ? &storm->right
                    : &storm->other) += 1;
        }
    }

    return NULL;
}

int
main(int argc, char **argv)
{
    static storm_t storms[THREADS];
    storm_t        all = { 0 };
    const char    *password = getenv("PROBE_PASSWORD");
    long           threads = argc == 6 ? strtol(argv[2], NULL, 10) : 0;

    if (threads < 1 || threads > THREADS || password == NULL) {
        fprintf(stderr,
            "usage: PROBE_PASSWORD=... pam_storm CONFDIR THREADS ROUNDS USER GUESSED\n");
        return 2;
    }

    for (long i = 0; i < threads; i++) {
        storms[i] = (storm_t){ .confdir = argv[1],
            .rounds = strtol(argv[3], NULL, 10),
            .user = argv[4],
            .guessed = argv[5],
            .password = password };

        if (pthread_create(&storms[i].thread, NULL, storm_run, &storms[i]) != 0) {
            perror("pam_storm: a thread can't be had");
            return 1;
        }
    }

    for (long i = 0; i < threads; i++) {
        pthread_join(storms[i].thread, NULL);
        all.right += storms[i].right;
        all.wrong += storms[i].wrong;
        all.account += storms[i].account;
        all.other += storms[i].other;
    }

    printf("right %ld wrong %ld account %ld other %ld\n", all.right, all.wrong, all.account,
        all.other);

    return all.other == 0 ? 0 : 1;
}
