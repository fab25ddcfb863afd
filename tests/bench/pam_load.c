/*
 * pam_load SERVICE PREFIX COUNT SECONDS: authentications through PAM, one after
 * the other in one process: start, authenticate, account, end.
 *
 * People are PREFIX.0000000 to PREFIX.<COUNT - 1>, their password is in
 * BENCH_PASSWORD.  SERVICE is a file of /etc/pam.d, or of pam_wrapper's folder.
 */

/* System. */
#include <security/pam_appl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Bench. */
#include "meter.h"

/* Answers every question with the password. */
static int
converse(int count, const struct pam_message **messages, struct pam_response **responses,
    void *password)
{
    struct pam_response *answers = calloc((size_t) count, sizeof(*answers));

    if (answers == NULL) {
        return PAM_BUF_ERR;
    }

    for (int i = 0; i < count; i++) {
        if (messages[i]->msg_style == PAM_PROMPT_ECHO_OFF) {
            answers[i].resp = strdup(password);
        }
    }

    *responses = answers;

    return PAM_SUCCESS;
}

static bool
sign_in(const char *service, const char *name, char *password)
{
    struct pam_conv conversation = { converse, password };
    pam_handle_t   *pamh = NULL;
    int             code = pam_start(service, name, &conversation, &pamh);

    if (code == PAM_SUCCESS) {
        code = pam_authenticate(pamh, PAM_SILENT);
    }

    if (code == PAM_SUCCESS) {
        code = pam_acct_mgmt(pamh, PAM_SILENT);
    }

    pam_end(pamh, code);

    return code == PAM_SUCCESS;
}

int
main(int argc, char **argv)
{
    char    name[64];
    meter_t meter;

    if (argc != 5 || getenv("BENCH_PASSWORD") == NULL) {
        meter_die("usage: BENCH_PASSWORD=... pam_load SERVICE PREFIX COUNT SECONDS");
    }

    srandom((unsigned) getpid());
    meter_start(&meter, atof(argv[4]));

    while (!meter_is_over(&meter)) {
        int64_t began = meter_now();

        meter_name(name, sizeof(name), argv[2], (unsigned) atoi(argv[3]));
        meter_count(&meter, began, sign_in(argv[1], name, getenv("BENCH_PASSWORD")));
    }

    meter_print(&meter);

    return 0;
}
