/*
 * Two false directories, a client of both, and what it is asked.
 */
#ifndef TEST_TWO_SERVERS_H
#define TEST_TWO_SERVERS_H

/* Directory. */
#include "directory/client.h"

/* Tests. */
#include "false_directory.h"

#define SERVICE_BIND "bind cn=gatehouse: open sesame\n"

extern const gh_identity_t two_gateway;

/* Two servers and a client of both. */
typedef struct {
    false_directory_t      *first, *second;
    char                   *uris[3];
    gh_directory_settings_t settings;
    gh_secret_t            *password;
    gh_client_t            *client;
} two_t;

/* For cmocka: `*state` is a two_t. */
int two_setup(void **state);
int two_teardown(void **state);

#define WITH_TWO(test) cmocka_unit_test_setup_teardown(test, two_setup, two_teardown)

/* Requests about uid=61234; the caller frees them. */
gh_request_t *search_new(void);
gh_request_t *bind_new(void);
gh_request_t *add_new(void);
gh_request_t *modify_new(void);
gh_request_t *delete_new(void);

/* Waits for the next answer, which has to be that of the tag.  Its result. */
int result_of(gh_client_t *client, const void *want);

/* Sends a request, waits for its answer, and frees it.  `deadline`: gh_clock_monotonic(). */
int ask_by(gh_client_t *client, gh_request_t *request, int64_t deadline);
int ask(gh_client_t *client, gh_request_t *request);

#endif
