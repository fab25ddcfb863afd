/*
 * Records: one a handle.
 */

/* System. */
#include <stdlib.h>
#include <string.h>

/* PAM. */
#include "record.h"

/* The name of our data in the PAM handle. */
#define RECORD "pam_gatehouse"

gh_record_t *
gh_record_new(void)
{
    return calloc(1, sizeof(gh_record_t));
}

void
gh_record_free(gh_record_t *record)
{
    if (record == NULL) {
        return;
    }

    gh_secret_free(record->password);
    gh_card_cleanup(&record->who);
    free(record->user);
    free(record->portal);
    free(record->realm);
    free(record);
}

static void
record_cleanup(pam_handle_t *pamh, void *data, int status)
{
    (void) pamh;
    (void) status;
    gh_record_free(data);
}

int
gh_record_put(pam_handle_t *pamh, gh_record_t **record)
{
    gh_record_t *taken = *record;

    *record = NULL;

    if (taken == NULL || pam_set_data(pamh, RECORD, taken, record_cleanup) != PAM_SUCCESS) {
        gh_record_free(taken);
        return PAM_BUF_ERR;
    }

    return PAM_SUCCESS;
}

gh_record_t *
gh_record_get(pam_handle_t *pamh)
{
    const void  *data = NULL;
    const void  *user = NULL;
    gh_record_t *record;

    if (pam_get_data(pamh, RECORD, &data) != PAM_SUCCESS || data == NULL) {
        return NULL;
    }

    record = (gh_record_t *) data;

    if (record->user == NULL) {
        return record;
    }

    return pam_get_item(pamh, PAM_USER, &user) == PAM_SUCCESS && user != NULL
            && strcmp(record->user, user) == 0
        ? record
        : NULL;
}
