/*
 * Links: the socket, libldap on top of it, TLS on top of that, each step with
 * the same deadline.
 */

/* System. */
#include <errno.h>
#include <limits.h>
#include <openldap.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

/* Base. */
#include "base/clock.h"

/* Directory. */
#include "directory/dial.h"
#include "directory/link.h"
#include "directory/uri.h"
#include "directory/way.h"
#include "directory/wire.h"

/* Milliseconds until the deadline, as poll() takes them. */
static int
link_left(int64_t deadline)
{
    int64_t left = deadline - gh_clock_monotonic();

    return left <= 0 ? 0 : left > INT_MAX ? INT_MAX : (int) left;
}

/*
 * Waits for the socket during a handshake.  libldap's knows no timeout: asked to
 * try again it does so at once and for ever, so that the waiting is done here.
 */
static bool
socket_wait(const gh_link_t *link, short events)
{
    struct pollfd poll_fd = { .fd = link->fd, .events = events };
    int           left = link_left(link->handshake);

    if (left > 0) {
        poll(&poll_fd, 1, left);
        return true;
    }

    errno = ETIMEDOUT;
    return false;
}

/* Whether a read or write that could not go on at once is tried again. */
static bool
socket_again(const gh_link_t *link, short events)
{
    if (errno == EINTR) {
        return true;
    }

    return errno == EAGAIN && link->handshake != 0 && socket_wait(link, events);
}

/* Whether a handshake has come to its deadline, also with a peer that keeps talking. */
static bool
socket_is_late(const gh_link_t *link)
{
    if (link->handshake == 0 || link_left(link->handshake) > 0) {
        return false;
    }

    errno = ETIMEDOUT;
    return true;
}

static int
socket_setup(Sockbuf_IO_Desc *sbiod, void *arg)
{
    sbiod->sbiod_pvt = arg;
    return 0;
}

/* Nothing is ready above the socket, whatever libldap asks for. */
static int
socket_ctrl(Sockbuf_IO_Desc *sbiod, int opt, void *arg)
{
    (void) sbiod;
    (void) opt;
    (void) arg;

    return 0;
}

static ber_slen_t
socket_read(Sockbuf_IO_Desc *sbiod, void *data, ber_len_t len)
{
    gh_link_t *link = sbiod->sbiod_pvt;
    ssize_t    got;

    if (socket_is_late(link)) {
        return -1;
    }

    do {
        got = recv(link->fd, data, len, MSG_DONTWAIT);
    } while (got == -1 && socket_again(link, POLLIN));

    return got;
}

static ber_slen_t
socket_write(Sockbuf_IO_Desc *sbiod, void *data, ber_len_t len)
{
    gh_link_t *link = sbiod->sbiod_pvt;
    ssize_t    sent;

    do {
        sent = send(link->fd, data, len, MSG_DONTWAIT | MSG_NOSIGNAL);
    } while (sent == -1 && socket_again(link, POLLOUT));

    link->has_output = sent == -1 && errno == EAGAIN;

    return sent;
}

/* The descriptor is the link's: gh_link_close closes it. */
static int
socket_release(Sockbuf_IO_Desc *sbiod)
{
    (void) sbiod;
    return 0;
}

static const Sockbuf_IO socket_io = {
    .sbi_setup = socket_setup,
    .sbi_remove = socket_release,
    .sbi_ctrl = socket_ctrl,
    .sbi_read = socket_read,
    .sbi_write = socket_write,
    .sbi_close = socket_release,
};

/* What libldap says about its last failure, after our own words. */
static int
link_fail(gh_link_t *link, const char *what, gh_error_t *error)
{
    char *words = NULL;
    int   code = LDAP_SUCCESS;

    ldap_get_option(link->ld, LDAP_OPT_RESULT_CODE, &code);
    ldap_get_option(link->ld, LDAP_OPT_DIAGNOSTIC_MESSAGE, &words);

    if (code != LDAP_TIMEOUT && words != NULL && words[0] != '\0'
        && gh_text_is_clean(gh_text(words)))
    {
        gh_error_set(error, GH_ERR_IO, "%s: %s", what, words);
    } else {
        gh_error_set(error, GH_ERR_IO, "%s: %s", what, ldap_err2string(code));
    }

    ldap_memfree(words);

    return GH_ERR_IO;
}

/*
 * Waits for the answer to `msgid`, which the caller frees.  NULL when the
 * deadline came first or the connection died.
 */
static LDAPMessage *
link_wait(gh_link_t *link, int msgid, int64_t deadline)
{
    LDAPMessage *message = NULL;

    for (;;) {
        struct timeval at_once = { 0, 0 };
        struct pollfd  poll_fd = { .fd = link->fd, .events = gh_link_events(link) };
        int            rc, left;

        rc = ldap_result(link->ld, msgid, LDAP_MSG_ALL, &at_once, &message);

        if (rc != 0) {
            return rc > 0 ? message : NULL;
        }

        left = link_left(deadline);

        if (left == 0) {
            return NULL;
        }

        /* A signal only means to look again. */
        poll(&poll_fd, 1, left);
    }
}

/*
 * The TLS options, every one of them: a handle starts with what ldap.conf,
 * ldaprc and the environment say, and none of that may weaken ours.
 */
static bool
link_set_tls(LDAP *ld, const gh_directory_settings_t *settings)
{
    static const int none[] = { LDAP_OPT_X_TLS_CACERTDIR, LDAP_OPT_X_TLS_CIPHER_SUITE,
        LDAP_OPT_X_TLS_CRLFILE, LDAP_OPT_X_TLS_PEERKEY_HASH };

    const char *authorities = gh_way_authorities(settings);

    int verify = settings->tls_verify ? LDAP_OPT_X_TLS_DEMAND : LDAP_OPT_X_TLS_NEVER;
    int names = LDAP_OPT_X_TLS_DEMAND; /* its subject says nothing of them (RFC 9525) */
    int lowest = LDAP_OPT_X_TLS_PROTOCOL_TLS1_2;
    int highest = 0;
    int is_server = 0;

    for (size_t i = 0; i < sizeof(none) / sizeof(none[0]); i++) {
        if (ldap_set_option(ld, none[i], NULL) != LDAP_OPT_SUCCESS) {
            return false;
        }
    }

    return ldap_set_option(ld, LDAP_OPT_X_TLS_CACERTFILE, authorities) == LDAP_OPT_SUCCESS
        && ldap_set_option(ld, LDAP_OPT_X_TLS_CERTFILE, settings->certificate)
        == LDAP_OPT_SUCCESS
        && ldap_set_option(ld, LDAP_OPT_X_TLS_KEYFILE, settings->certificate_key)
        == LDAP_OPT_SUCCESS
        && ldap_set_option(ld, LDAP_OPT_X_TLS_REQUIRE_CERT, &verify) == LDAP_OPT_SUCCESS
        && ldap_set_option(ld, LDAP_OPT_X_TLS_REQUIRE_SAN, &names) == LDAP_OPT_SUCCESS
        && ldap_set_option(ld, LDAP_OPT_X_TLS_PROTOCOL_MIN, &lowest) == LDAP_OPT_SUCCESS
        && ldap_set_option(ld, LDAP_OPT_X_TLS_PROTOCOL_MAX, &highest) == LDAP_OPT_SUCCESS
        && ldap_set_option(ld, LDAP_OPT_X_TLS_NEWCTX, &is_server) == LDAP_OPT_SUCCESS;
}

/*
 * Whether TLS 1.2 or later was agreed on.  libldap on GnuTLS takes no notice of
 * LDAP_OPT_X_TLS_PROTOCOL_MIN, and leaks 8 kB a connection when the versions are
 * named in LDAP_OPT_X_TLS_CIPHER_SUITE: so that it is looked at afterwards.
 */
static bool
link_is_modern(LDAP *ld)
{
    /* As GnuTLS spells them, and as OpenSSL does. */
    static const char *const good[] = { "TLS1.2", "TLS1.3", "TLSv1.2", "TLSv1.3" };

    char *version = NULL;
    bool  is_good = false;

    ldap_get_option(ld, LDAP_OPT_X_TLS_VERSION, &version);

    for (size_t i = 0; version != NULL && i < sizeof(good) / sizeof(good[0]); i++) {
        is_good = is_good || strcmp(version, good[i]) == 0;
    }

    ldap_memfree(version);

    return is_good;
}

/* The TLS handshake, certificate and name included. */
static int
link_secure(gh_link_t *link, const gh_directory_settings_t *settings, int64_t deadline,
    gh_error_t *error)
{
    int rc;

    if (!link_set_tls(link->ld, settings)) {
        return link_fail(link,
            "can't prepare TLS (are tls_ca, tls_certificate and its key readable?)", error);
    }

    link->handshake = deadline;
    rc = ldap_install_tls(link->ld);
    link->handshake = 0;

    if (rc == LDAP_SUCCESS && ldap_tls_inplace(link->ld) == 1) {
        return link_is_modern(link->ld)
            ? 0
            : gh_error_set(error, GH_ERR_IO, "TLS failed: the server's is older than 1.2");
    }

    if (link_left(deadline) == 0) {
        return gh_error_set(error, GH_ERR_IO, "TLS failed: no answer in time");
    }

    return link_fail(
        link, "TLS failed (is the certificate for this name, and of tls_ca?)", error);
}

/* Asks for TLS on a connection that is in clear. */
static int
link_start_tls(gh_link_t *link, int64_t deadline, gh_error_t *error)
{
    gh_answer_t  answer;
    gh_wire_t    taken;
    LDAPMessage *message;
    int          msgid = -1;
    int          result;

    if (gh_wire_start_tls(link->ld, &msgid) != 0) {
        return link_fail(link, "can't ask for StartTLS", error);
    }

    message = link_wait(link, msgid, deadline);

    if (message == NULL) {
        return link_fail(link, "no answer to StartTLS", error);
    }

    gh_answer_init(&answer);
    taken = gh_wire_take(link->ld, message, GH_OPERATION_STARTTLS, 0, &answer);
    result = answer.result;
    ldap_msgfree(message);
    gh_answer_cleanup(&answer);

    if (taken == GH_WIRE_DONE && result == GH_RESULT_SUCCESS) {
        return 0;
    }

    return gh_error_set(
        error, GH_ERR_IO, "the server refuses StartTLS: %s", ldap_err2string(result));
}

/* libldap on the socket, through our layer. */
static int
link_attach(gh_link_t *link, const char *uri, gh_error_t *error)
{
    Sockbuf *sockbuf = NULL;

    if (ldap_init_fd(link->fd, LDAP_PROTO_EXT, uri, &link->ld) != LDAP_SUCCESS) {
        return gh_error_set(error, GH_ERR_IO, "libldap can't be set up");
    }

    if (gh_wire_prepare(link->ld) != 0
        || ldap_get_option(link->ld, LDAP_OPT_SOCKBUF, &sockbuf) != LDAP_OPT_SUCCESS
        || ber_sockbuf_add_io(
               sockbuf, (Sockbuf_IO *) &socket_io, LBER_SBIOD_LEVEL_PROVIDER, link)
            != 0)
    {
        return gh_error_set(error, GH_ERR_IO, "libldap can't be set up");
    }

    return 0;
}

static int
link_connect(gh_link_t *link, const gh_directory_settings_t *settings, const gh_uri_t *server,
    const char *text, int64_t deadline, gh_error_t *error)
{
    gh_way_t way = gh_way_to(settings, server, error);

    if (way == GH_WAY_REFUSED) {
        return GH_ERR_IO;
    }

    link->fd = server->scheme == GH_URI_LDAPI
        ? gh_dial_path(server->host, deadline, error)
        : gh_dial_host(server->host, server->port, way, deadline, error);

    if (link->fd == -1 || link_attach(link, text, error) != 0) {
        return GH_ERR_IO;
    }

    if (way == GH_WAY_STARTTLS && link_start_tls(link, deadline, error) != 0) {
        return GH_ERR_IO;
    }

    return gh_way_is_encrypted(way) ? link_secure(link, settings, deadline, error) : 0;
}

gh_link_t *
gh_link_open(const gh_directory_settings_t *settings, const char *uri, int64_t deadline,
    gh_error_t *error)
{
    gh_uri_t   server;
    gh_error_t reason = { "" };
    gh_link_t *link;
    int        rc = gh_uri_parse(&server, uri, error);

    if (rc != 0) {
        return NULL;
    }

    link = calloc(1, sizeof(*link));

    if (link != NULL) {
        link->fd = -1;
        rc = link_connect(link, settings, &server, uri, deadline, &reason);
    } else {
        rc = gh_error_set(&reason, GH_ERR_NOMEM, "memory is out");
    }

    gh_uri_cleanup(&server);

    if (rc != 0) {
        gh_error_set(error, rc, "%s: %s", uri, reason.text);
        gh_link_close(link);
        return NULL;
    }

    return link;
}

int
gh_link_bind(gh_link_t *link, const char *dn, const gh_secret_t *password, int64_t deadline,
    gh_error_t *error)
{
    const char  *who = dn != NULL ? dn : "SASL EXTERNAL";
    gh_answer_t  answer;
    LDAPMessage *message;
    int          msgid = -1;
    int          rc = GH_ERR_IO;

    if (gh_wire_bind(link->ld, dn, password, &msgid) != 0) {
        return link_fail(link, "can't send the bind", error);
    }

    message = link_wait(link, msgid, deadline);

    if (message == NULL) {
        return link_fail(link, "no answer to the bind", error);
    }

    gh_answer_init(&answer);

    if (gh_wire_take(link->ld, message, GH_OPERATION_BIND, 0, &answer) != GH_WIRE_DONE
        || answer.result != GH_RESULT_SUCCESS)
    {
        gh_error_set(error, rc, "the bind as %s is refused: %s (%d)", who,
            ldap_err2string(answer.result), answer.result);
    } else {
        rc = 0;
    }

    ldap_msgfree(message);
    gh_answer_cleanup(&answer);

    return rc;
}

short
gh_link_events(const gh_link_t *link)
{
    return link->has_output ? POLLIN | POLLOUT : POLLIN;
}

void
gh_link_close(gh_link_t *link)
{
    if (link == NULL) {
        return;
    }

    if (link->ld != NULL) {
        ldap_unbind_ext(link->ld, NULL, NULL);
    }

    if (link->fd != -1) {
        close(link->fd);
    }

    free(link);
}
