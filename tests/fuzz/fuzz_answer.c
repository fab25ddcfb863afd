/*
 * Fuzz: whatever a directory sends, through libldap and wire.c, as it does in nginx, PAM and
 * gatehousectl.
 *
 * Three requests are under way: a search with the message id 1, a bind with 2, an add with
 * 3.  The bytes are all that comes back before the directory hangs up.
 */

/* System. */
#include <openldap.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

/* Directory. */
#include "directory/wire.h"

/* Tests. */
#include "fuzz.h"

/* Less than a socket holds, so that writing never waits. */
#define SIZE_MAX_SENT 65536

#define DN "uid=61234,ou=contractors,dc=city,dc=example"

/*
 * libldap 2.5 itself forgets a message that it can't make sense of; what it loses is not
 * ours to find.
 */
const char *__lsan_default_suppressions(void);

const char *
__lsan_default_suppressions(void)
{
    return "leak:libldap\nleak:liblber\n";
}

/* Requests by message id. */
static gh_request_t *requests[4];

static void
requests_make(void)
{
    static const char *const attributes[] = { "uid", "mail", NULL };
    gh_secret_t             *password = gh_secret_new();

    FUZZ_HOLDS(setenv("LDAPNOINIT", "1", 1) == 0);
    FUZZ_HOLDS(password != NULL && gh_secret_set(password, GH_TEXT("open sesame")) == 0);
    requests[1] = gh_request_search(DN, GH_SCOPE_BASE, "(objectClass=*)", attributes, 3);
    requests[2] = gh_request_bind(DN, password);
    requests[3] = gh_request_add(DN);
    gh_request_set(requests[3], GH_CHANGE_ADD, "objectClass", GH_TEXT("person"));
    gh_secret_free(password);
}

static LDAP *
open_handle(int fd)
{
    LDAP *ld = NULL;
    int   msgid;

    FUZZ_HOLDS(ldap_init_fd(fd, LDAP_PROTO_TCP, NULL, &ld) == LDAP_SUCCESS);
    FUZZ_HOLDS(gh_wire_prepare(ld) == 0);

    for (int i = 1; i <= 3; i++) {
        FUZZ_HOLDS(gh_wire_send(ld, requests[i], &msgid) == 0 && msgid == i);
    }

    return ld;
}

/* Takes one message; false when the connection has to go. */
static bool
take(LDAP *ld, LDAPMessage *message, gh_answer_t *answers)
{
    int          msgid = gh_wire_msgid(message);
    gh_answer_t *answer;

    if (msgid < 1 || msgid > 3) {
        return false;
    }

    answer = &answers[msgid];

    switch (gh_wire_take(ld, message, requests[msgid]->operation, 3, answer)) {
    case GH_WIRE_MORE:
        FUZZ_HOLDS(msgid == 1 && answer->entry_count <= 3);
        FUZZ_HOLDS(answer->result != GH_RESULT_SUCCESS);
        return true;

    case GH_WIRE_DONE:
        return true;

    case GH_WIRE_BAD:
        FUZZ_HOLDS(answer->result < 0);
        break;
    }

    return false;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct timeval at_once = { 0, 0 };
    gh_answer_t    answers[4];
    LDAPMessage   *message = NULL;
    LDAP          *ld;
    int            fds[2];
    bool           goes_on = true;

    if (size > SIZE_MAX_SENT) {
        return -1;
    }

    if (requests[1] == NULL) {
        requests_make();
    }

    FUZZ_HOLDS(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds) == 0);
    ld = open_handle(fds[0]);
    FUZZ_HOLDS(write(fds[1], data, size) == (ssize_t) size);
    FUZZ_HOLDS(shutdown(fds[1], SHUT_WR) == 0);

    for (int i = 0; i < 4; i++) {
        gh_answer_init(&answers[i]);
    }

    while (goes_on && ldap_result(ld, LDAP_RES_ANY, LDAP_MSG_ONE, &at_once, &message) > 0) {
        goes_on = take(ld, message, answers);
        ldap_msgfree(message);
        message = NULL;
    }

    for (int i = 0; i < 4; i++) {
        gh_answer_cleanup(&answers[i]);
    }

    ldap_unbind_ext(ld, NULL, NULL);
    close(fds[1]);

    return 0;
}
