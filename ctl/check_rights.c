/*
 * Check: what the gateway's identity can do and what it can't, tried as that identity.
 *
 * Every write is a rehearsal, which the directory carries through and then drops; what it
 * would have stored is random or of no meaning all the same.
 */

/* System. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Base. */
#include "base/clock.h"
#include "base/random.h"

/* Ctl. */
#include "check.h"

/* Random bytes of a password that nobody ever has; as text it is twice as long. */
#define PASSWORD_BYTES 24

/* The name of somebody who is never added. */
#define NOBODY "gatehousectl-check"

/* Entries that a right is tried on. */
typedef enum {
    ON_ENTRY = 1, /* `place`, in front of the base */
    ON_ROOT,      /* `place` itself */
    ON_DECOY,
    ON_PERSON, /* one of each realm */
    ON_RECOVERY
} right_target_t;

typedef struct {
    const char        *what;      /* as the end of `can't` */
    bool               is_needed; /* else it must be refused */
    right_target_t     target;
    const char        *place;
    gh_operation_t     operation;
    const char *const *attrs; /* that are read or written; NULL-ended */
} right_t;

typedef struct {
    gh_check_t              *check;
    const gh_check_server_t *server;
    char                     password[2 * PASSWORD_BYTES + 1];
    char                     now[GH_CLOCK_TEXT];
} rights_t;

#define ATTRS(...) ((const char *const[]){ __VA_ARGS__, NULL })

static const right_t rights[] = {
    { "read the policies", true, ON_ENTRY, "cn=default,ou=policies,", GH_OPERATION_SEARCH,
        ATTRS("pwdLockoutDuration") },
    { "write a policy", false, ON_ENTRY, "cn=default,ou=policies,", GH_OPERATION_MODIFY,
        ATTRS("description") },
    { "add a policy", false, ON_ENTRY, "uid=" NOBODY ",ou=policies,", GH_OPERATION_ADD, NULL },
    { "add to staff", false, ON_ENTRY, "uid=" NOBODY ",ou=staff,", GH_OPERATION_ADD, NULL },
    { "add to services", false, ON_ENTRY, "uid=" NOBODY ",ou=services,", GH_OPERATION_ADD,
        NULL },
    { "set the password of a service", false, ON_DECOY, "", GH_OPERATION_MODIFY,
        ATTRS("userPassword") },
    { "read the password of a service", false, ON_DECOY, "", GH_OPERATION_SEARCH,
        ATTRS("userPassword") },
    { "read the audit trail", false, ON_ROOT, "cn=log", GH_OPERATION_SEARCH,
        ATTRS("objectClass") },
    { "read the server's configuration", false, ON_ROOT, "cn=config", GH_OPERATION_SEARCH,
        ATTRS("objectClass") },
    { "set a password", true, ON_PERSON, "", GH_OPERATION_MODIFY,
        ATTRS("userPassword", "gatehousePasswordSet", "-pwdEndTime", "-pwdPolicySubentry") },
    { "end sessions", true, ON_PERSON, "", GH_OPERATION_MODIFY,
        ATTRS("gatehouseSessionsNotBefore", "gatehouseMarked") },
    { "write down a sign-in", true, ON_PERSON, "", GH_OPERATION_MODIFY,
        ATTRS("gatehouseLastSignIn") },
    { "mail a link", true, ON_PERSON, "", GH_OPERATION_MODIFY,
        ATTRS("gatehouseResetDigest", "gatehouseResetUntil") },
    { "read passwords", false, ON_PERSON, "", GH_OPERATION_SEARCH, ATTRS("userPassword") },
    { "read old passwords", false, ON_PERSON, "", GH_OPERATION_SEARCH, ATTRS("pwdHistory") },
    { "read answers", false, ON_RECOVERY, "", GH_OPERATION_SEARCH, ATTRS("userPassword") },
    { "disable people, or enable them", false, ON_PERSON, "", GH_OPERATION_MODIFY,
        ATTRS("gatehouseDisabled") },
    { "write official license data", false, ON_PERSON, "", GH_OPERATION_MODIFY,
        ATTRS("gatehouseLicenseStatus") },
    { "give people another policy", false, ON_PERSON, "", GH_OPERATION_MODIFY,
        ATTRS("pwdPolicySubentry") },
    { "unlock people", false, ON_PERSON, "", GH_OPERATION_MODIFY,
        ATTRS("pwdAccountLockedTime") },
    { "remove people", false, ON_PERSON, "", GH_OPERATION_DELETE, NULL },
};

/* A value that the attribute takes. */
static gh_text_t
right_value(const rights_t *run, const char *attr)
{
    static const char *const times[] = { "gatehousePasswordSet", "gatehouseSessionsNotBefore",
        "gatehouseMarked", "gatehouseLastSignIn", "gatehouseResetUntil",
        "pwdAccountLockedTime" };

    for (size_t i = 0; i < sizeof(times) / sizeof(times[0]); i++) {
        if (strcmp(attr, times[i]) == 0) {
            return gh_text(run->now);
        }
    }

    if (strcmp(attr, "gatehouseDisabled") == 0) {
        return GH_TEXT("FALSE");
    }

    if (strcmp(attr, "pwdPolicySubentry") == 0) {
        return gh_text(run->server->settings.decoy_dn);
    }

    return gh_text(run->password);
}

/* An attribute with `-` in front is emptied. */
static void
right_change(const rights_t *run, gh_request_t *request, const char *attr)
{
    if (attr[0] == '-') {
        gh_request_change(request, GH_CHANGE_REPLACE, attr + 1, NULL, 0);
    } else {
        gh_request_set(request, GH_CHANGE_REPLACE, attr, right_value(run, attr));
    }
}

/*
 * Somebody whom no rule of schema or policy refuses.  With a password only where adding is
 * needed: a refusal for want of a right must not hide behind one of the password.
 */
static gh_request_t *
right_add(const rights_t *run, const right_t *right, const char *dn)
{
    static const gh_text_t classes[] = { { "inetOrgPerson", 13 }, { "gatehouseAccount", 16 } };

    gh_request_t *request = gh_request_add(dn);

    if (request != NULL) {
        gh_request_change(request, GH_CHANGE_ADD, "objectClass", classes, 2);
        gh_request_set(request, GH_CHANGE_ADD, "uid", GH_TEXT(NOBODY));
        gh_request_set(request, GH_CHANGE_ADD, "cn", GH_TEXT(NOBODY));
        gh_request_set(request, GH_CHANGE_ADD, "sn", GH_TEXT(NOBODY));
    }

    if (request != NULL && right->is_needed) {
        gh_request_set(request, GH_CHANGE_ADD, "userPassword", gh_text(run->password));
        gh_request_set(request, GH_CHANGE_ADD, "gatehousePasswordSet", gh_text(run->now));
    }

    return request;
}

static gh_request_t *
right_request(const rights_t *run, const right_t *right, const char *dn)
{
    gh_request_t *request = NULL;

    switch (right->operation) {

    case GH_OPERATION_SEARCH:
        return gh_request_search(dn, GH_SCOPE_BASE, "(objectClass=*)", right->attrs, 1);

    case GH_OPERATION_ADD:
        request = right_add(run, right, dn);
        break;

    case GH_OPERATION_MODIFY:
        request = gh_request_modify(dn);
        for (size_t i = 0; request != NULL && right->attrs[i] != NULL; i++) {
            right_change(run, request, right->attrs[i]);
        }
        break;

    case GH_OPERATION_DELETE:
        request = gh_request_delete(dn);
        break;

    default:
        break;
    }

    if (request != NULL) {
        gh_request_rehearse(request);
    }
    return request;
}

/* Whether a search has shown what it asked for. */
static bool
right_was_shown(const right_t *right, const gh_answer_t *answer)
{
    return answer->entry_count > 0
        && gh_entry_attribute(answer->entries, right->attrs[0]) != NULL;
}

/* Whether a refusal is one for want of a right, and not for something that came before. */
static bool
right_was_refused(const right_t *right, const gh_answer_t *answer)
{
    switch (answer->result) {

    case GH_RESULT_SUCCESS:
        return right->operation == GH_OPERATION_SEARCH && !right_was_shown(right, answer);

    case GH_RESULT_NO_SUCH_OBJECT:
    case GH_RESULT_INSUFFICIENT_ACCESS:
        return true;

    default:
        return false;
    }
}

static bool
right_was_had(const right_t *right, const gh_answer_t *answer)
{
    return right->operation == GH_OPERATION_SEARCH ? right_was_shown(right, answer)
                                                   : answer->result == GH_RESULT_REHEARSED;
}

#define TOO_WIDE   "make the access rules of 30-database.ldif the first ones of its database"
#define TOO_NARROW "bring back the access rules of 30-database.ldif"

static void
right_report(
    const rights_t *run, const right_t *right, const char *dn, const gh_answer_t *answer)
{
    gh_findings_t *findings = &run->check->findings;
    const char    *uri = run->server->uris[0];

    if (answer->result == GH_RESULT_UNKNOWN_CONTROL) {
        gh_finding_note(findings, uri, "read its access rules",
            "knows no rehearsals: whether the gateway can %s is not told", right->what);

    } else if (right->is_needed && right_was_had(right, answer)) {
        gh_finding_good(findings, uri, "the gateway can %s (%s)", right->what, dn);

    } else if (right->is_needed) {
        gh_finding_fault(findings, uri, TOO_NARROW, "the gateway can't %s (%s): %s (%d)",
            right->what, dn, gh_check_words(answer), answer->result);

    } else if (right_was_refused(right, answer)) {
        gh_finding_good(findings, uri, "the gateway can't %s (%s)", right->what, dn);

    } else if (right_was_had(right, answer)) {
        gh_finding_fault(findings, uri, TOO_WIDE, "the gateway can %s (%s)", right->what, dn);

    } else {
        gh_finding_fault(findings, uri, TOO_WIDE,
            "the gateway is not refused the right to %s (%s): %s (%d)", right->what, dn,
            gh_check_words(answer), answer->result);
    }
}

static void
right_try(const rights_t *run, const right_t *right, const char *dn)
{
    gh_request_t *request = right_request(run, right, dn);
    gh_answer_t   answer;

    gh_check_ask(run->server, run->server->gateway, &request, &answer);
    right_report(run, right, dn, &answer);
    gh_answer_cleanup(&answer);
}

/* Tries a right that is about one entry of the tree or none. */
static void
right_try_once(const rights_t *run, const right_t *right)
{
    gh_buf_t dn;

    gh_buf_init(&dn);

    if (right->target == ON_DECOY) {
        gh_buf_add_string(&dn, run->server->settings.decoy_dn);
    } else {
        gh_buf_add_string(&dn, right->place);
        gh_buf_add_string(&dn, right->target == ON_ENTRY ? run->server->settings.base : "");
    }

    right_try(run, right, gh_buf_string(&dn));
    gh_buf_cleanup(&dn);
}

/*
 * The DN of somebody with a password in the realm, which the caller frees; NULL: there is
 * nobody, or nobody whom anyone here may see.
 */
static char *
realm_person(const rights_t *run, const gh_realm_t *realm)
{
    static const char *const attrs[] = { "1.1", NULL };

    gh_client_t *client =
        run->server->admin != NULL ? run->server->admin : run->server->gateway;
    gh_answer_t answer;
    char       *dn = NULL;

    /* One is enough: the directory stops there, and says so. */
    gh_check_search(run->server, client, realm->base, GH_SCOPE_ONE,
        "(&(objectClass=gatehouseAccount)(gatehousePasswordSet=*))", attrs, 1, &answer);

    if (answer.entry_count > 0) {
        dn = strdup(answer.entries[0].dn);
    }

    gh_answer_cleanup(&answer);
    return dn;
}

/* The rights on one person, the security question below included. */
static void
realm_rights(const rights_t *run, const char *person)
{
    gh_buf_t recovery;

    gh_buf_init(&recovery);
    gh_buf_add_format(&recovery, "cn=recovery,%s", person);

    for (size_t i = 0; i < sizeof(rights) / sizeof(rights[0]); i++) {
        if (rights[i].target == ON_PERSON) {
            right_try(run, &rights[i], person);
        } else if (rights[i].target == ON_RECOVERY) {
            right_try(run, &rights[i], gh_buf_string(&recovery));
        }
    }

    gh_buf_cleanup(&recovery);
}

static void
realm_check(const rights_t *run, const gh_realm_t *realm)
{
    static const right_t add = { "add people", true, ON_ENTRY, NULL, GH_OPERATION_ADD, NULL };

    char    *person = realm_person(run, realm);
    gh_buf_t dn;

    gh_buf_init(&dn);
    gh_buf_add_format(&dn, "uid=" NOBODY ",%s", realm->base);

    if (realm->has_registration) {
        right_try(run, &add, gh_buf_string(&dn));
    }

    if (person != NULL) {
        realm_rights(run, person);
    } else {
        gh_finding_note(&run->check->findings, run->server->uris[0],
            "run this again once somebody has an account",
            "nobody with a password is seen below %s: rights on people are not told",
            realm->base);
    }

    gh_buf_cleanup(&dn);
    free(person);
}

/* Text for the password: hexadecimal, of random bytes. */
static bool
rights_init(rights_t *run)
{
    unsigned char bytes[PASSWORD_BYTES];

    if (gh_random_fill(bytes, sizeof(bytes)) != 0) {
        return false;
    }

    for (size_t i = 0; i < sizeof(bytes); i++) {
        snprintf(run->password + 2 * i, 3, "%02x", bytes[i]);
    }

    gh_clock_format(gh_clock_now() / GH_SECOND * GH_SECOND, run->now);
    return true;
}

void
gh_check_rights(gh_check_t *check, gh_check_server_t *server)
{
    const gh_config_t *config = check->ctl->config;
    rights_t           run = { .check = check, .server = server };

    if (server->gateway == NULL || !rights_init(&run)) {
        return;
    }

    for (size_t i = 0; i < sizeof(rights) / sizeof(rights[0]); i++) {
        if (rights[i].target < ON_PERSON) {
            right_try_once(&run, &rights[i]);
        }
    }

    for (size_t i = 0; i < config->realm_count; i++) {
        realm_check(&run, &config->realms[i]);
    }
}
