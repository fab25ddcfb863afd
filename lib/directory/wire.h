/*
 * Wire: requests become libldap calls, libldap messages become answers.
 *
 * The one place that knows both.  libldap encodes, decodes and escapes; what
 * came from the directory is checked and bounded here.  Nothing here waits: on a
 * handle whose transport never blocks, neither does this.
 */
#ifndef GH_DIRECTORY_WIRE_H
#define GH_DIRECTORY_WIRE_H

/* System. */
#include <ldap.h>

/* Directory. */
#include "directory/answer.h"
#include "directory/request.h"

/* Bounds on what a directory may send. */
#define GH_WIRE_MESSAGE_MAX (1024 * 1024)     /* bytes, one LDAP message */
#define GH_WIRE_ANSWER_MAX  (4 * 1024 * 1024) /* bytes, all entries of an answer */

/*
 * Sets what every handle of ours has: LDAPv3, no referrals chased, no aliases
 * followed, no message over GH_WIRE_MESSAGE_MAX.  Returns 0 or GH_ERR_IO.
 */
int gh_wire_prepare(LDAP *ld);

/*
 * Sends `request` and sets `*msgid`.  Returns 0, or GH_RESULT_NOMEM,
 * GH_RESULT_UNREACHABLE (the handle is of no more use) or GH_RESULT_MALFORMED (libldap
 * can't encode the request, or it is a bind or a change of password with an empty DN or
 * password), which all stand for an answer, with `*msgid` -1.
 */
int gh_wire_send(LDAP *ld, const gh_request_t *request, int *msgid);

/*
 * Binds the handle as a service identity: a simple bind as `dn` with `password`,
 * or SASL EXTERNAL (RFC 4422, appendix A) when `dn` is NULL.  Returns as
 * gh_wire_send does; the answer is taken as that of a GH_OPERATION_BIND.
 */
int gh_wire_bind(LDAP *ld, const char *dn, const gh_secret_t *password, int *msgid);

/*
 * Asks for TLS on a connection that is in clear (RFC 4511, section 4.14.1).  Nothing
 * else may be under way.  Returns as gh_wire_send does; the answer is taken as that of
 * a GH_OPERATION_STARTTLS, and TLS begins right behind it: bytes that came with the
 * answer are somebody else's.
 */
int gh_wire_start_tls(LDAP *ld, int *msgid);

typedef enum {
    GH_WIRE_BAD = 0, /* not an answer to that request: drop the connection */
    GH_WIRE_MORE,    /* an entry; more messages will come */
    GH_WIRE_DONE     /* the result: the answer is whole */
} gh_wire_t;

/*
 * Adds one message, an answer to a request of kind `operation`, to `answer`, and
 * leaves the message to the caller.  More than `entry_max` entries, too many
 * bytes, a message of another kind or one that can't be decoded is GH_WIRE_BAD, with
 * `answer->result` GH_RESULT_MALFORMED (or GH_RESULT_NOMEM).  A password policy
 * control (draft-behera-ldap-password-policy-10) is decoded; one that can't be is
 * GH_WIRE_BAD.
 */
gh_wire_t gh_wire_take(LDAP *ld, LDAPMessage *message, gh_operation_t operation,
    size_t entry_max, gh_answer_t *answer);

/*
 * The message id that an answer came for; 0 is an unsolicited notification
 * (RFC 4511, section 4.4), which ends the connection.
 */
int gh_wire_msgid(LDAPMessage *message);

#endif
