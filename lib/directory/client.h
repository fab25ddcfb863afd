/*
 * The waiting client: drives flows with a poll loop and deadlines, for pam/
 * and ctl/.  nginx never uses it.
 *
 * One service connection carries what may share one; each bind in flight has
 * a connection of its own, kept for the next.  Servers are tried in the order
 * of the list.  ldaps:// and StartTLS verify chain and name unless the
 * settings say otherwise.
 *
 * The client speaks requests and answers and does not know flows: it takes a
 * request with a tag and gives the tag back with the answer.  account/drive.h
 * puts flows on top.
 */
#ifndef GH_DIRECTORY_CLIENT_H
#define GH_DIRECTORY_CLIENT_H

/* Base. */
#include "base/error.h"

/* Config. */
#include "config/config.h"

/* Directory. */
#include "directory/answer.h"
#include "directory/request.h"

typedef struct gh_client_s gh_client_t;

/*
 * Has libldap initialise itself, which it otherwise does when it is first used, and not
 * safely when two threads do that at once.  Whoever will have threads calls it before.
 */
void gh_client_prepare(void);

/*
 * A client of the directory; connects when the first request is sent.
 * `identity` with NULL members binds by SASL EXTERNAL.  `password`, when not
 * NULL, is used in place of identity's file and copied.  `settings`,
 * `identity` outlive the client.  NULL when memory is out or the password file
 * can't be used, `error` says which.
 */
gh_client_t *gh_client_new(const gh_directory_settings_t *settings,
    const gh_identity_t *identity, const gh_secret_t *password, gh_error_t *error);

/* Closes all connections.  NULL is fine. */
void gh_client_free(gh_client_t *client);

/*
 * Sends a request; its answer comes from gh_client_receive with `tag`.
 * `request` has to live until then.  `deadline` is by gh_clock_monotonic(), ms.
 * A request that can't be sent is answered all the same, with a GH_RESULT_ code
 * below zero.  Returns 0 or GH_ERR_NOMEM.
 */
int gh_client_send(
    gh_client_t *client, const gh_request_t *request, void *tag, int64_t deadline);

/*
 * Waits for the next answer of any request under way, no longer than its
 * deadline: a request whose deadline has come is answered GH_RESULT_TIMEOUT.
 * What is safe to repeat is sent once more, to the next server, when its
 * connection died.  Fills `answer` (which the caller cleans up) and `*tag`.
 * Returns true, or false when nothing is under way.
 */
bool gh_client_receive(gh_client_t *client, void **tag, gh_answer_t *answer);

/* How many requests are under way. */
size_t gh_client_pending(const gh_client_t *client);

/* What went wrong with the last connection, for a message; "" if nothing did. */
const char *gh_client_trouble(const gh_client_t *client);

#endif
