/*
 * directory_load KIND URI BASE SECRET_FILE PREFIX COUNT CLIENTS SECONDS: what a
 * directory can do for a program that does nothing else.
 *
 * One thread, epoll and libldap's asynchronous calls.  CLIENTS pieces of work are
 * under way at any time.  KIND is what a piece is:
 *
 *   sign-in  a search for a person on one of two shared connections, and beside
 *            it a bind as that person on a connection of its own
 *   bind     the bind alone
 *   set-up   an account added, then its security question, on one connection
 *
 * People are PREFIX.0000000 to PREFIX.<COUNT - 1> below ou=public,BASE; a set-up
 * counts on from COUNT.  The shared connections are cn=gatehouse's, whose
 * password is in SECRET_FILE; people's is in BENCH_PASSWORD.
 */

/* System. */
#include <ldap.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <time.h>
#include <unistd.h>

/* Bench. */
#include "meter.h"

#define SHARED_MAX  2
#define CLIENTS_MAX 256

/* Message ids under way on one connection, one by one in a ring. */
#define RING 4096

#define SECRET_MAX    256
#define NAME_MAX_TEXT 64
#define DN_MAX_TEXT   256

typedef struct piece_s piece_t;

typedef struct {
    LDAP    *ld;
    piece_t *waits[RING]; /* by message id */
} link_t;

/* What CLIENTS of are under way. */
struct piece_s {
    link_t  *shared;
    link_t  *own;
    unsigned pending;   /* operations */
    bool     is_well;   /* so far */
    bool     is_second; /* of two steps */
    int64_t  began;
    char     name[NAME_MAX_TEXT];
    char     dn[DN_MAX_TEXT];
};

/* A kind of work: how it begins, and how it goes on when nothing is pending. */
typedef struct {
    const char *name;
    unsigned    shared; /* connections */
    bool        has_own;
    void (*begin)(piece_t *piece);
    bool (*goes_on)(piece_t *piece);
} kind_t;

static meter_t       meter;
static const char   *base;
static const char   *prefix;
static unsigned      count;
static struct berval password;
static LDAPControl  *bind_controls[2];
static LDAPControl   policy_control = { .ldctl_oid = LDAP_CONTROL_PASSWORDPOLICYREQUEST };

/* Connections. */

static LDAP *
link_open(const char *uri)
{
    LDAP *ld;
    int   version = LDAP_VERSION3;

    if (ldap_initialize(&ld, uri) != LDAP_SUCCESS) {
        meter_die("%s: no such address", uri);
    }

    ldap_set_option(ld, LDAP_OPT_PROTOCOL_VERSION, &version);
    ldap_set_option(ld, LDAP_OPT_REFERRALS, LDAP_OPT_OFF);

    return ld;
}

/* Connects, and binds as the gateway or as nobody. */
static void
link_init(link_t *link, const char *uri, int epoll, const char *secret_file)
{
    char               dn[DN_MAX_TEXT] = "", secret[SECRET_MAX] = "";
    struct berval      credentials;
    struct epoll_event event = { .events = EPOLLIN, .data.ptr = link };
    FILE              *file;
    int                fd, rc;

    link->ld = link_open(uri);

    if (secret_file != NULL) {
        file = fopen(secret_file, "r");

        if (file == NULL || fgets(secret, sizeof(secret), file) == NULL) {
            meter_die("%s can't be read", secret_file);
        }

        fclose(file);
        secret[strcspn(secret, "\n")] = '\0';
        snprintf(dn, sizeof(dn), "cn=gatehouse,ou=services,%s", base);
    }

    credentials.bv_val = secret;
    credentials.bv_len = strlen(secret);
    rc = ldap_sasl_bind_s(link->ld, dn, LDAP_SASL_SIMPLE, &credentials, NULL, NULL, NULL);

    if (rc != LDAP_SUCCESS) {
        meter_die("%s: bind as \"%s\": %s", uri, dn, ldap_err2string(rc));
    }

    if (ldap_get_option(link->ld, LDAP_OPT_DESC, &fd) != LDAP_OPT_SUCCESS
        || epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &event) != 0)
    {
        meter_die("%s: can't be watched", uri);
    }
}

/* Notes who waits for the operation that was just sent. */
static void
link_sent(link_t *link, piece_t *piece, int rc, int msgid)
{
    if (rc != LDAP_SUCCESS) {
        meter_die("an operation can't be sent: %s", ldap_err2string(rc));
    }

    link->waits[msgid % RING] = piece;
    piece->pending++;
}

/* Operations. */

static void
piece_bind(piece_t *piece)
{
    int msgid;
    int rc = ldap_sasl_bind(
        piece->own->ld, piece->dn, LDAP_SASL_SIMPLE, &password, bind_controls, NULL, &msgid);

    link_sent(piece->own, piece, rc, msgid);
}

/* Looks for the person, with the attributes that a sign-in asks for. */
static void
piece_search(piece_t *piece)
{
    static char *attributes[] = { "uid", "cn", "mail", "entryUUID", "gatehouseDisabled",
        "gatehousePasswordSet", "pwdEndTime", "pwdReset", "pwdAccountLockedTime",
        "gatehouseLastSignIn", "hasSubordinates", NULL };
    int          msgid;
    int          rc = ldap_search_ext(piece->shared->ld, piece->dn, LDAP_SCOPE_BASE,
                 "(objectClass=gatehouseAccount)", attributes, 0, NULL, NULL, NULL, 1, &msgid);

    link_sent(piece->shared, piece, rc, msgid);
}

static void
piece_add(piece_t *piece, const char *dn, LDAPMod **mods)
{
    int msgid;
    int rc = ldap_add_ext(piece->shared->ld, dn, mods, NULL, NULL, &msgid);

    link_sent(piece->shared, piece, rc, msgid);
}

static void
piece_choose(piece_t *piece)
{
    meter_name(piece->name, sizeof(piece->name), prefix, count);
    snprintf(piece->dn, sizeof(piece->dn), "uid=%s,ou=public,%s", piece->name, base);
}

/* Kinds. */

static void
sign_in_begin(piece_t *piece)
{
    piece_choose(piece);
    piece_search(piece);
    piece_bind(piece);
}

static void
bind_begin(piece_t *piece)
{
    piece_choose(piece);
    piece_bind(piece);
}

static bool
goes_not_on(piece_t *piece)
{
    (void) piece;
    return false;
}

/* What the portal's form for members of the public makes. */
static void
set_up_begin(piece_t *piece)
{
    char    mail[DN_MAX_TEXT], stamp[32];
    char   *classes[] = { "top", "person", "organizationalPerson", "inetOrgPerson",
          "gatehouseAccount", NULL };
    char   *uid[] = { piece->name, NULL }, *cn[] = { "Crowd Member", NULL };
    char   *first[] = { "Crowd", NULL }, *last[] = { "Member", NULL };
    char   *address[] = { mail, NULL }, *now[] = { stamp, NULL };
    char   *secret[] = { password.bv_val, NULL };
    LDAPMod mods[] = {
        { LDAP_MOD_ADD, "objectClass", { classes } },
        { LDAP_MOD_ADD, "uid", { uid } },
        { LDAP_MOD_ADD, "cn", { cn } },
        { LDAP_MOD_ADD, "givenName", { first } },
        { LDAP_MOD_ADD, "sn", { last } },
        { LDAP_MOD_ADD, "mail", { address } },
        { LDAP_MOD_ADD, "gatehousePasswordSet", { now } },
        { LDAP_MOD_ADD, "gatehouseLastSignIn", { now } },
        { LDAP_MOD_ADD, "userPassword", { secret } },
    };
    LDAPMod *list[] = { &mods[0], &mods[1], &mods[2], &mods[3], &mods[4], &mods[5], &mods[6],
        &mods[7], &mods[8], NULL };
    time_t   seconds = time(NULL);

    snprintf(piece->name, sizeof(piece->name), "%s.%07u", prefix, count++);
    snprintf(piece->dn, sizeof(piece->dn), "uid=%s,ou=public,%s", piece->name, base);
    snprintf(mail, sizeof(mail), "%s@example.org", piece->name);
    strftime(stamp, sizeof(stamp), "%Y%m%d%H%M%SZ", gmtime(&seconds));
    piece_add(piece, piece->dn, list);
}

static bool
set_up_goes_on(piece_t *piece)
{
    char    dn[2 * DN_MAX_TEXT], policy_dn[DN_MAX_TEXT];
    char   *classes[] = { "top", "gatehouseRecovery", NULL }, *cn[] = { "recovery", NULL };
    char   *question[] = { "What was the name of your first teacher?", NULL };
    char   *answer[] = { "rex", NULL }, *policy[] = { policy_dn, NULL };
    LDAPMod mods[] = {
        { LDAP_MOD_ADD, "objectClass", { classes } },
        { LDAP_MOD_ADD, "cn", { cn } },
        { LDAP_MOD_ADD, "gatehouseQuestion", { question } },
        { LDAP_MOD_ADD, "userPassword", { answer } },
        { LDAP_MOD_ADD, "pwdPolicySubentry", { policy } },
    };
    LDAPMod *list[] = { &mods[0], &mods[1], &mods[2], &mods[3], &mods[4], NULL };

    if (piece->is_second || !piece->is_well) {
        return false;
    }

    piece->is_second = true;
    snprintf(dn, sizeof(dn), "cn=recovery,%s", piece->dn);
    snprintf(policy_dn, sizeof(policy_dn), "cn=recovery,ou=policies,%s", base);
    piece_add(piece, dn, list);

    return true;
}

static const kind_t kinds[] = {
    { "sign-in", 2, true, sign_in_begin, goes_not_on },
    { "bind", 0, true, bind_begin, goes_not_on },
    { "set-up", 1, false, set_up_begin, set_up_goes_on },
};

/* The loop. */

static void
piece_begin(const kind_t *kind, piece_t *piece)
{
    if (meter_is_over(&meter)) {
        return;
    }

    piece->is_well = true;
    piece->is_second = false;
    piece->began = meter_now();
    kind->begin(piece);
}

/* An answer is there, in part or whole. */
static void
piece_take(const kind_t *kind, link_t *link, LDAPMessage *message)
{
    piece_t *piece = link->waits[ldap_msgid(message) % RING];
    int      code = LDAP_OTHER;

    if (piece == NULL) {
        meter_die("an answer to nothing");
    }

    if (ldap_msgtype(message) == LDAP_RES_SEARCH_ENTRY) {
        return;
    }

    if (ldap_parse_result(link->ld, message, &code, NULL, NULL, NULL, NULL, 0) != LDAP_SUCCESS
        || code != LDAP_SUCCESS)
    {
        piece->is_well = false;
    }

    link->waits[ldap_msgid(message) % RING] = NULL;

    if (--piece->pending == 0 && !kind->goes_on(piece)) {
        meter_count(&meter, piece->began, piece->is_well);
        piece_begin(kind, piece);
    }
}

/* Takes all that has come in. */
static void
link_read(const kind_t *kind, link_t *link)
{
    struct timeval at_once = { 0 };
    LDAPMessage   *message;
    int            rc;

    while ((rc = ldap_result(link->ld, LDAP_RES_ANY, LDAP_MSG_ONE, &at_once, &message)) > 0) {
        piece_take(kind, link, message);
        ldap_msgfree(message);
    }

    if (rc < 0) {
        meter_die("a connection was lost");
    }
}

static bool
is_under_way(const piece_t *pieces, unsigned clients)
{
    for (unsigned i = 0; i < clients; i++) {
        if (pieces[i].pending > 0) {
            return true;
        }
    }

    return false;
}

static void
run(const kind_t *kind, piece_t *pieces, unsigned clients, int epoll)
{
    struct epoll_event events[CLIENTS_MAX];

    for (unsigned i = 0; i < clients; i++) {
        piece_begin(kind, &pieces[i]);
    }

    while (!meter_is_over(&meter) || is_under_way(pieces, clients)) {
        int ready = epoll_wait(epoll, events, CLIENTS_MAX, 1000);

        for (int i = 0; i < ready; i++) {
            link_read(kind, events[i].data.ptr);
        }
    }
}

static const kind_t *
kind_of(const char *name)
{
    for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
        if (strcmp(kinds[i].name, name) == 0) {
            return &kinds[i];
        }
    }

    meter_die("%s is no kind of work", name);
}

int
main(int argc, char **argv)
{
    static link_t  shared[SHARED_MAX], own[CLIENTS_MAX];
    static piece_t pieces[CLIENTS_MAX];
    const kind_t  *kind;
    unsigned       clients;
    int            epoll = epoll_create1(0);

    if (argc != 9 || getenv("BENCH_PASSWORD") == NULL || epoll < 0) {
        meter_die("usage: BENCH_PASSWORD=... directory_load KIND URI BASE SECRET_FILE PREFIX"
                  " COUNT CLIENTS SECONDS");
    }

    kind = kind_of(argv[1]);
    base = argv[3];
    prefix = argv[5];
    count = (unsigned) atoi(argv[6]);
    clients = (unsigned) atoi(argv[7]);

    if (clients < 1 || clients > CLIENTS_MAX || count < 1) {
        meter_die("CLIENTS has to be 1 to %d, COUNT at least 1", CLIENTS_MAX);
    }

    password.bv_val = getenv("BENCH_PASSWORD");
    password.bv_len = strlen(password.bv_val);
    bind_controls[0] = &policy_control;
    srandom((unsigned) getpid());

    for (unsigned i = 0; i < kind->shared; i++) {
        link_init(&shared[i], argv[2], epoll, argv[4]);
    }

    for (unsigned i = 0; i < clients; i++) {
        pieces[i].shared = kind->shared > 0 ? &shared[i % kind->shared] : NULL;
        pieces[i].own = kind->has_own ? &own[i] : NULL;

        if (kind->has_own) {
            link_init(&own[i], argv[2], epoll, NULL);
        }
    }

    meter_start(&meter, atof(argv[8]));
    run(kind, pieces, clients, epoll);
    meter_print(&meter);

    return 0;
}
