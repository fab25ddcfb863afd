/*
 * flow_probe CONFIG FLOW REALM UID [NAME=VALUE...]: what a flow makes of the
 * directory.
 *
 * FLOW is `register`, `contractor` (a register, too), `first`, `question`,
 * `password` or `profile`.  A NAME is `uuid` (entryUUID), `question`, or an attribute
 * that was typed.  The secrets are in PROBE_PASSWORD, PROBE_CURRENT and
 * PROBE_ANSWER.
 *
 * Prints a line `NAME VALUE` for each thing that the flow came to.
 */

/* System. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Account. */
#include "account/drive.h"
#include "account/firstsignin.h"
#include "account/password.h"
#include "account/profile.h"
#include "account/register.h"

#define TYPED_MAX 32

typedef struct {
    const char *uid;
    const char *uuid;
    const char *question;
    gh_typed_t  typed[TYPED_MAX];
    size_t      typed_count;
} form_t;

/* A secret from the environment; NULL when it is not there. */
static gh_secret_t *
probe_secret(const char *name)
{
    const char  *value = getenv(name);
    gh_secret_t *secret = value != NULL ? gh_secret_new() : NULL;

    if (secret != NULL && gh_secret_set(secret, gh_text(value)) != 0) {
        gh_secret_free(secret);
        return NULL;
    }

    return secret;
}

static void
probe_form(form_t *form, int count, char **words)
{
    for (int i = 0; i < count; i++) {
        char *value = strchr(words[i], '=');

        if (value == NULL || form->typed_count == TYPED_MAX) {
            continue;
        }
        *value++ = '\0';

        if (strcmp(words[i], "uuid") == 0) {
            form->uuid = value;
        } else if (strcmp(words[i], "question") == 0) {
            form->question = value;
        } else {
            form->typed[form->typed_count++] = (gh_typed_t){ words[i], gh_text(value) };
        }
    }
}

static void
print_report(const gh_outcome_report_t *report, const gh_identity_card_t *who)
{
    printf("outcome %s\n", gh_outcome_name(report->outcome));
    printf("policy %d\n", (int) report->policy);
    printf("attr %s\n", report->attr != NULL ? report->attr : "");
    printf("result %d\n", report->result);

    if (who->uid != NULL) {
        printf("dn %s\nuid %s\nuuid %s\n", who->dn, who->uid, who->uuid);
        printf("name %s\nmail %s\n", who->name, who->mail);
    }
}

static gh_flow_t *
probe_register(
    const gh_config_t *config, const gh_realm_t *realm, const form_t *form, bool is_contractor)
{
    gh_secret_t       *password = probe_secret("PROBE_PASSWORD");
    gh_secret_t       *answer = probe_secret("PROBE_ANSWER");
    gh_register_form_t registration = {
        .username = gh_text(form->uid),
        .typed = form->typed,
        .typed_count = form->typed_count,
        .is_contractor = is_contractor,
        .question = gh_text(form->question),
    };

    return gh_register_new(config, realm, &registration, &password, &answer, gh_clock_now());
}

static gh_flow_t *
probe_first(
    const gh_config_t *config, const gh_realm_t *realm, const form_t *form, bool is_question)
{
    gh_secret_t          *password = is_question ? NULL : probe_secret("PROBE_PASSWORD");
    gh_secret_t          *answer = probe_secret("PROBE_ANSWER");
    gh_firstsignin_form_t first = {
        .uid = gh_text(form->uid),
        .uuid = gh_text(form->uuid),
        .typed = form->typed,
        .typed_count = form->typed_count,
        .question = gh_text(form->question),
    };

    return is_question
        ? gh_firstsignin_question_new(config, realm, &first, &answer)
        : gh_firstsignin_new(config, realm, &first, &password, &answer, gh_clock_now());
}

static gh_flow_t *
probe_password(const gh_config_t *config, const gh_realm_t *realm, const form_t *form)
{
    gh_secret_t *current = probe_secret("PROBE_CURRENT");
    gh_secret_t *password = probe_secret("PROBE_PASSWORD");

    return gh_password_new(config, realm, gh_text(form->uid), gh_text(form->uuid), &current,
        &password, gh_clock_now());
}

static gh_flow_t *
probe_profile(const gh_config_t *config, const gh_realm_t *realm, const form_t *form)
{
    gh_secret_t *current = probe_secret("PROBE_CURRENT");

    return gh_profile_new(config, realm, gh_text(form->uid), gh_text(form->uuid), form->typed,
        form->typed_count, &current, gh_clock_now());
}

/* Runs the flow of that name; false when there is none. */
static bool
probe(gh_client_t *client, const gh_config_t *config, const char *name, const gh_realm_t *realm,
    const form_t *form)
{
    bool       is_register = strcmp(name, "register") == 0 || strcmp(name, "contractor") == 0;
    bool       is_first = strcmp(name, "first") == 0 || strcmp(name, "question") == 0;
    gh_flow_t *flow = NULL;

    if (is_register) {
        flow = probe_register(config, realm, form, strcmp(name, "contractor") == 0);
    } else if (is_first) {
        flow = probe_first(config, realm, form, strcmp(name, "question") == 0);
    } else if (strcmp(name, "password") == 0) {
        flow = probe_password(config, realm, form);
    } else if (strcmp(name, "profile") == 0) {
        flow = probe_profile(config, realm, form);
    }

    if (flow == NULL
        || gh_drive(client, flow, gh_clock_monotonic() + config->directory.timeout) != 0)
    {
        gh_flow_free(flow);
        return false;
    }

    if (is_register) {
        const gh_register_result_t *result = gh_register_result(flow);

        print_report(&result->report, &result->who);
        printf("question %d\n", result->has_question);

    } else if (is_first) {
        const gh_firstsignin_result_t *result = gh_firstsignin_result(flow);

        print_report(&result->report, &result->who);
        printf("question %d\n", result->has_question);

    } else if (strcmp(name, "password") == 0) {
        const gh_password_result_t *result = gh_password_result(flow);

        print_report(&result->report, &result->who);
        printf("verdict %s\n", gh_verdict_name(result->verdict));

    } else {
        const gh_profile_result_t *result = gh_profile_result(flow);

        print_report(&result->report, &result->who);
        printf("old_mail %s\n", result->old_mail != NULL ? result->old_mail : "");
    }

    gh_flow_free(flow);

    return true;
}

int
main(int argc, char **argv)
{
    gh_error_t        error = { "" };
    gh_config_t      *config = argc > 4 ? gh_config_read(argv[1], &error) : NULL;
    const gh_realm_t *realm = config != NULL ? gh_config_realm(config, gh_text(argv[3])) : NULL;
    gh_client_t      *client = NULL;
    form_t            form = { .uid = argc > 4 ? argv[4] : "", .uuid = "", .question = "" };
    int               rc = EXIT_FAILURE;

    if (realm != NULL) {
        client = gh_client_new(&config->directory, &config->directory.gateway, NULL, &error);
    }

    if (client != NULL) {
        probe_form(&form, argc - 5, argv + 5);
        rc = probe(client, config, argv[2], realm, &form) ? EXIT_SUCCESS : EXIT_FAILURE;
    } else {
        fprintf(stderr, "flow_probe: %s\n", error.text);
    }

    gh_client_free(client);
    gh_config_free(config);

    return rc;
}
