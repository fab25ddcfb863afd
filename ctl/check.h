/*
 * What the checks of `gatehousectl check` share: the run, its servers, and one question to
 * one of them.
 *
 * A check is a function that looks at one thing and says its findings.  None changes
 * anything that stays: writes are rehearsed.
 */
#ifndef GH_CTL_CHECK_H
#define GH_CTL_CHECK_H

/* Ctl. */
#include "ctl.h"
#include "finding.h"

/* One server of the configuration, alone: no check may end up on another. */
typedef struct {
    char                   *uris[2];
    gh_directory_settings_t settings;
    bool                    is_up;
    gh_client_t            *gateway; /* bound as the gateway; NULL: it can't be */
    gh_client_t            *admin;   /* bound as who runs this; NULL: can't be */
} gh_check_server_t;

typedef struct {
    gh_ctl_t          *ctl;
    gh_findings_t      findings;
    gh_check_server_t *servers;
    size_t             server_count;
} gh_check_t;

/*
 * Sends one request and waits for its answer, which the caller cleans up.  Takes the request;
 * one that could not be built (NULL) gives GH_RESULT_NOMEM.
 */
void gh_check_ask(const gh_check_server_t *server, gh_client_t *client, gh_request_t **request,
    gh_answer_t *answer);

/* A search, asked the same way. */
void gh_check_search(const gh_check_server_t *server, gh_client_t *client, const char *dn,
    gh_scope_t scope, const char *filter, const char *const *attrs, int size_limit,
    gh_answer_t *answer);

/* The result of an answer in words: the directory's own, or what its code stands for. */
const char *gh_check_words(const gh_answer_t *answer);

/* The checks: the first two for the run, the others for each server that is up. */
void gh_check_files(gh_check_t *check);
void gh_check_servers(gh_check_t *check);
void gh_check_identity(gh_check_t *check, gh_check_server_t *server);
void gh_check_schema(gh_check_t *check, gh_check_server_t *server);
void gh_check_policies(gh_check_t *check, gh_check_server_t *server);
void gh_check_database(gh_check_t *check, gh_check_server_t *server);
void gh_check_rights(gh_check_t *check, gh_check_server_t *server);

#endif
