/*
 * Requests: one LDAP operation as data.
 *
 * A flow builds requests and owns them; whoever sends one (a connection of
 * nginx's, the waiting client) only reads it.  wire.c turns it into a libldap
 * call.
 */
#ifndef GH_DIRECTORY_REQUEST_H
#define GH_DIRECTORY_REQUEST_H

/* Base. */
#include "base/secret.h"
#include "base/text.h"

typedef enum {
    GH_OPERATION_NONE = 0, /* not a request: nobody sends it */
    GH_OPERATION_SEARCH,
    GH_OPERATION_BIND,
    GH_OPERATION_ADD,
    GH_OPERATION_MODIFY,
    GH_OPERATION_DELETE,
    GH_OPERATION_PASSWORD, /* RFC 3062 */
    GH_OPERATION_STARTTLS  /* a connection's own, never a flow's */
} gh_operation_t;

/* Which kind of connection a request needs. */
typedef enum {
    GH_LANE_SERVICE = 0, /* shared, bound as the gateway's identity */
    GH_LANE_BIND,        /* its own for the length of one bind */
    GH_LANE_READ         /* as SERVICE, of any server: for searches that may be behind */
} gh_lane_t;

typedef enum { GH_SCOPE_BASE = 0, GH_SCOPE_ONE, GH_SCOPE_SUBTREE } gh_scope_t;

typedef enum {
    GH_CHANGE_ADD = 0,
    GH_CHANGE_DELETE,
    GH_CHANGE_REPLACE /* with no value: empty, absent or not */
} gh_change_kind_t;

/* One attribute of an add or a modify. */
typedef struct {
    gh_change_kind_t kind;
    char            *attr;
    char           **values; /* `count` UTF-8 strings */
    size_t           count;
    bool             is_secret; /* its values are wiped before they go */
} gh_change_t;

typedef struct gh_request_s gh_request_t;

struct gh_request_s {
    gh_operation_t operation;
    gh_lane_t      lane;
    char          *dn; /* the entry, the base of a search, who binds */

    /* SEARCH */
    gh_scope_t scope;
    char      *filter;
    char     **attrs;      /* NULL-terminated */
    int        size_limit; /* entries; more is a fault of the answer */

    /* BIND: the password presented.  PASSWORD: the new one. */
    gh_secret_t *secret;

    /* ADD, MODIFY */
    gh_change_t *changes;
    size_t       change_count;

    /* A filter that must hold for the entry, or nothing changes (RFC 4528). */
    char *assertion;

    bool is_rehearsal; /* an add, modify or delete that keeps nothing */
    bool failed;       /* memory ran out while it was built */
};

/*
 * Each builds a request that the caller frees.  Texts are copied.  NULL when
 * memory is out or an argument holds a NUL byte.
 */
gh_request_t *gh_request_search(const char *dn, gh_scope_t scope, const char *filter,
    const char *const *attrs, int size_limit);
gh_request_t *gh_request_bind(const char *dn, const gh_secret_t *secret);
gh_request_t *gh_request_add(const char *dn);
gh_request_t *gh_request_modify(const char *dn);
gh_request_t *gh_request_delete(const char *dn);

/*
 * The search may be answered by any server, also by one that has not heard of the latest
 * changes.  Not for what decides who gets in, nor for what is read to be written.
 */
void gh_request_read_anywhere(gh_request_t *search);

/*
 * The same for a change of the password of `dn` to `secret` (RFC 3062), on the
 * service lane.  The one that it replaces is not sent: who is bound has shown it.
 */
gh_request_t *gh_request_password(const char *dn, const gh_secret_t *secret);

/* Wipes the secrets and frees everything.  NULL is fine. */
void gh_request_free(gh_request_t *request);

/*
 * Adds a change to an add (kind GH_CHANGE_ADD) or a modify.  A failure is
 * remembered in `failed`; gh_request_is_ok() at the end tells.
 */
void gh_request_change(gh_request_t *request, gh_change_kind_t kind, const char *attr,
    const gh_text_t *values, size_t count);

/* The same with one value. */
void gh_request_set(
    gh_request_t *request, gh_change_kind_t kind, const char *attr, gh_text_t value);

/* The same with a secret value, which is wiped when the request is freed. */
void gh_request_set_secret(
    gh_request_t *request, gh_change_kind_t kind, const char *attr, const gh_secret_t *secret);

/* The add, modify or delete happens only if `filter` matches the entry. */
void gh_request_assert(gh_request_t *request, const char *filter);

/*
 * The add, modify or delete is rehearsed: the directory checks access, schema and policy
 * and then keeps nothing (the no-op control of OpenLDAP).  GH_RESULT_REHEARSED says that it
 * would have been done; a server that knows no rehearsals refuses it (12).
 */
void gh_request_rehearse(gh_request_t *request);

/* Whether the request is there and whole. */
bool gh_request_is_ok(const gh_request_t *request);

/*
 * Whether sending it twice does no more than sending it once: searches and
 * binds are, writes are not.
 */
bool gh_request_is_repeatable(const gh_request_t *request);

/* Whether it changes the directory. */
bool gh_request_is_write(const gh_request_t *request);

#endif
