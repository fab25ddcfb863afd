/*
 * Wire: each kind of request to its libldap call, each libldap message to its
 * place in an answer.
 */

/* System. */
#include <limits.h>
#include <stdlib.h>

/* Directory. */
#include "directory/wire.h"

/* request.h and answer.h don't know libldap; here the numbers must agree. */
_Static_assert((int) GH_SCOPE_BASE == LDAP_SCOPE_BASE, "scope");
_Static_assert((int) GH_SCOPE_ONE == LDAP_SCOPE_ONELEVEL, "scope");
_Static_assert((int) GH_SCOPE_SUBTREE == LDAP_SCOPE_SUBTREE, "scope");
_Static_assert((int) GH_CHANGE_ADD == LDAP_MOD_ADD, "change");
_Static_assert((int) GH_CHANGE_DELETE == LDAP_MOD_DELETE, "change");
_Static_assert((int) GH_CHANGE_REPLACE == LDAP_MOD_REPLACE, "change");
_Static_assert(GH_RESULT_SIZE_LIMIT == LDAP_SIZELIMIT_EXCEEDED, "result");
_Static_assert(GH_RESULT_INVALID_CREDENTIALS == LDAP_INVALID_CREDENTIALS, "result");
_Static_assert(GH_RESULT_UNAVAILABLE == LDAP_UNAVAILABLE, "result");
_Static_assert(GH_RESULT_ALREADY_EXISTS == LDAP_ALREADY_EXISTS, "result");
_Static_assert(GH_RESULT_ASSERTION_FAILED == LDAP_ASSERTION_FAILED, "result");
_Static_assert(GH_RESULT_UNKNOWN_CONTROL == LDAP_UNAVAILABLE_CRITICAL_EXTENSION, "result");
_Static_assert(GH_RESULT_REHEARSED == LDAP_X_NO_OPERATION, "result");
_Static_assert((int) GH_POLICY_EXPIRED == PP_passwordExpired, "policy");
_Static_assert((int) GH_POLICY_IN_HISTORY == PP_passwordInHistory, "policy");

/* What a search reference counts for against GH_WIRE_ANSWER_MAX, bytes. */
#define GH_WIRE_REFERENCE 1024

int
gh_wire_prepare(LDAP *ld)
{
    int       version = LDAP_VERSION3;
    int       deref = LDAP_DEREF_NEVER;
    ber_len_t max = GH_WIRE_MESSAGE_MAX;
    Sockbuf  *sockbuf = NULL;

    if (ldap_set_option(ld, LDAP_OPT_PROTOCOL_VERSION, &version) != LDAP_OPT_SUCCESS
        || ldap_set_option(ld, LDAP_OPT_REFERRALS, LDAP_OPT_OFF) != LDAP_OPT_SUCCESS
        || ldap_set_option(ld, LDAP_OPT_DEREF, &deref) != LDAP_OPT_SUCCESS
        || ldap_get_option(ld, LDAP_OPT_SOCKBUF, &sockbuf) != LDAP_OPT_SUCCESS
        || sockbuf == NULL
        || ber_sockbuf_ctrl(sockbuf, LBER_SB_OPT_SET_MAX_INCOMING, &max) != 1)
    {
        return GH_ERR_IO;
    }

    return 0;
}

/* What libldap says when it could not send, as the answer it stands for. */
static int
wire_failure(int rc)
{
    switch (rc) {

    case LDAP_SUCCESS:
        return 0;

    case LDAP_NO_MEMORY:
        return GH_RESULT_NOMEM;

    case LDAP_ENCODING_ERROR:
    case LDAP_PARAM_ERROR:
    case LDAP_FILTER_ERROR:
        return GH_RESULT_MALFORMED;

    default:
        return GH_RESULT_UNREACHABLE;
    }
}

static int
wire_simple_bind(
    LDAP *ld, const char *dn, gh_text_t password, LDAPControl **controls, int *msgid)
{
    struct berval credentials = { password.len, (char *) password.data };

    /* Binds that succeed and prove nothing (RFC 4513, sections 5.1.1, 5.1.2). */
    if (dn[0] == '\0' || password.len == 0) {
        return LDAP_PARAM_ERROR;
    }

    return ldap_sasl_bind(ld, dn, LDAP_SASL_SIMPLE, &credentials, controls, NULL, msgid);
}

/* A bind of a person: asks for the password policy control. */
static int
send_bind(LDAP *ld, const gh_request_t *request, int *msgid)
{
    LDAPControl  policy = { .ldctl_oid = LDAP_CONTROL_PASSWORDPOLICYREQUEST };
    LDAPControl *controls[] = { &policy, NULL };

    return wire_simple_bind(ld, request->dn, gh_secret_text(request->secret), controls, msgid);
}

static int
send_search(LDAP *ld, const gh_request_t *request, int *msgid)
{
    return ldap_search_ext(ld, request->dn, (int) request->scope, request->filter,
        request->attrs, 0, NULL, NULL, NULL, request->size_limit, msgid);
}

/*
 * The changes as libldap wants them: NULL-ended pointers to mods, which borrow
 * everything.  One block; NULL when memory is out.
 */
static LDAPMod **
wire_mods(const gh_request_t *request)
{
    size_t    count = request->change_count;
    LDAPMod **pointers;
    LDAPMod  *mods;

    pointers = calloc(1, (count + 1) * sizeof(*pointers) + count * sizeof(*mods));

    if (pointers == NULL) {
        return NULL;
    }

    mods = (LDAPMod *) (void *) (pointers + count + 1);

    for (size_t i = 0; i < count; i++) {
        mods[i].mod_op = (int) request->changes[i].kind;
        mods[i].mod_type = request->changes[i].attr;
        mods[i].mod_values = request->changes[i].count > 0 ? request->changes[i].values : NULL;
        pointers[i] = &mods[i];
    }

    return pointers;
}

static bool
has_secret(const gh_request_t *request)
{
    for (size_t i = 0; i < request->change_count; i++) {
        if (request->changes[i].is_secret) {
            return true;
        }
    }

    return false;
}

/*
 * An add, a modify or a delete, with the assertion it may carry.  One that sets a password asks
 * for the password policy control, which says why it was refused.
 */
static int
send_write(LDAP *ld, const gh_request_t *request, int *msgid)
{
    LDAPControl  policy = { .ldctl_oid = LDAP_CONTROL_PASSWORDPOLICYREQUEST };
    LDAPControl  rehearsal = { .ldctl_oid = LDAP_CONTROL_NOOP, .ldctl_iscritical = 1 };
    LDAPControl *assertion = NULL;
    LDAPControl *controls[] = { NULL, NULL, NULL, NULL };
    size_t       count = 0;
    LDAPMod    **mods;
    int          rc = LDAP_SUCCESS;

    if (request->assertion != NULL) {
        rc = ldap_create_assertion_control(ld, request->assertion, 1, &assertion);

        if (rc != LDAP_SUCCESS) {
            return rc;
        }
        controls[count++] = assertion;
    }

    if (request->is_rehearsal) {
        controls[count++] = &rehearsal;
    }

    if (has_secret(request)) {
        controls[count++] = &policy;
    }

    mods = wire_mods(request);

    if (mods == NULL) {
        rc = LDAP_NO_MEMORY;

    } else if (request->operation == GH_OPERATION_DELETE) {
        rc = ldap_delete_ext(ld, request->dn, controls, NULL, msgid);

    } else if (request->operation == GH_OPERATION_ADD) {
        rc = ldap_add_ext(ld, request->dn, mods, controls, NULL, msgid);

    } else {
        rc = ldap_modify_ext(ld, request->dn, mods, controls, NULL, msgid);
    }

    free(mods);

    if (assertion != NULL) {
        ldap_control_free(assertion);
    }

    return rc;
}

/* A change of password (RFC 3062), which says why it was refused. */
static int
send_password(LDAP *ld, const gh_request_t *request, int *msgid)
{
    LDAPControl   policy = { .ldctl_oid = LDAP_CONTROL_PASSWORDPOLICYREQUEST };
    LDAPControl  *controls[] = { &policy, NULL };
    struct berval who = { strlen(request->dn), request->dn };
    struct berval secret = { request->secret->len, request->secret->data };

    /* Without a name it is who is bound; without a new password the server makes one. */
    if (who.bv_len == 0 || secret.bv_len == 0) {
        return LDAP_PARAM_ERROR;
    }

    return ldap_passwd(ld, &who, NULL, &secret, controls, NULL, msgid);
}

int
gh_wire_send(LDAP *ld, const gh_request_t *request, int *msgid)
{
    int rc = LDAP_PARAM_ERROR;

    *msgid = -1;

    switch (request->operation) {

    case GH_OPERATION_SEARCH:
        rc = send_search(ld, request, msgid);
        break;

    case GH_OPERATION_BIND:
        rc = send_bind(ld, request, msgid);
        break;

    case GH_OPERATION_ADD:
    case GH_OPERATION_MODIFY:
    case GH_OPERATION_DELETE:
        rc = send_write(ld, request, msgid);
        break;

    case GH_OPERATION_PASSWORD:
        rc = send_password(ld, request, msgid);
        break;

    case GH_OPERATION_NONE:
    case GH_OPERATION_STARTTLS:
        break;
    }

    if (rc != LDAP_SUCCESS) {
        *msgid = -1;
    }

    return wire_failure(rc);
}

int
gh_wire_bind(LDAP *ld, const char *dn, const gh_secret_t *password, int *msgid)
{
    /* A NULL value in place of the empty one gives 14 (SASL in progress). */
    struct berval external = { 0, "" };
    int           rc;

    *msgid = -1;

    if (dn == NULL) {
        rc = ldap_sasl_bind(ld, NULL, "EXTERNAL", &external, NULL, NULL, msgid);

    } else {
        rc = wire_simple_bind(ld, dn, gh_secret_text(password), NULL, msgid);
    }

    return wire_failure(rc);
}

int
gh_wire_start_tls(LDAP *ld, int *msgid)
{
    int rc;

    *msgid = -1;
    rc = ldap_start_tls(ld, NULL, NULL, msgid);

    return wire_failure(rc);
}

/* Adds one attribute to the entry; `values` are copied. */
static int
take_attribute(
    gh_entry_t *entry, const struct berval *name, const struct berval *values, size_t *bytes)
{
    gh_attribute_t *attribute = &entry->attributes[entry->count];
    size_t          count = 0;

    while (values != NULL && values[count].bv_val != NULL) {
        count++;
    }

    attribute->name = gh_text_dup((gh_text_t){ name->bv_val, name->bv_len });
    attribute->values = calloc(count + 1, sizeof(*attribute->values));
    entry->count++;

    if (attribute->name == NULL) {
        return GH_RESULT_MALFORMED;
    }

    if (attribute->values == NULL) {
        return GH_RESULT_NOMEM;
    }

    for (size_t i = 0; i < count; i++) {
        /* A NUL behind the value serves who hands it to a C function. */
        char *copy = malloc(values[i].bv_len + 1);

        if (copy == NULL) {
            return GH_RESULT_NOMEM;
        }

        memcpy(copy, values[i].bv_val, values[i].bv_len);
        copy[values[i].bv_len] = '\0';
        attribute->values[i] = (gh_text_t){ copy, values[i].bv_len };
        attribute->count++;
        *bytes += values[i].bv_len + sizeof(gh_text_t);
    }

    *bytes += name->bv_len + sizeof(*attribute);

    return 0;
}

/* Makes room for one attribute more. */
static int
entry_grow(gh_entry_t *entry)
{
    gh_attribute_t *attributes;

    attributes = realloc(entry->attributes, (entry->count + 1) * sizeof(*attributes));

    if (attributes == NULL) {
        return GH_RESULT_NOMEM;
    }

    attributes[entry->count] = (gh_attribute_t){ 0 };
    entry->attributes = attributes;

    return 0;
}

/* The attributes of the entry in `message`; 0 or a GH_RESULT_ below zero. */
static int
take_attributes(LDAP *ld, LDAPMessage *message, gh_entry_t *entry, size_t *bytes)
{
    BerElement    *ber = NULL;
    struct berval  dn, name;
    struct berval *values = NULL;
    int            rc;

    if (ldap_get_dn_ber(ld, message, &ber, &dn) != LDAP_SUCCESS) {
        return GH_RESULT_MALFORMED;
    }

    entry->dn = gh_text_dup((gh_text_t){ dn.bv_val, dn.bv_len });
    rc = entry->dn != NULL ? 0 : GH_RESULT_MALFORMED;

    while (rc == 0) {
        rc = ldap_get_attribute_ber(ld, message, ber, &name, &values);

        if (rc != LDAP_SUCCESS) {
            rc = GH_RESULT_MALFORMED;
            break;
        }

        if (name.bv_val == NULL) {
            break;
        }

        rc = entry_grow(entry);

        if (rc == 0) {
            rc = take_attribute(entry, &name, values, bytes);
        }

        /* The values point into the message; only their list is ours. */
        ldap_memfree(values);
        values = NULL;
    }

    ber_free(ber, 0);
    return rc;
}

static gh_wire_t
take_entry(LDAP *ld, LDAPMessage *message, size_t entry_max, gh_answer_t *answer)
{
    gh_entry_t *entries;
    int         rc;

    if (answer->entry_count >= entry_max) {
        answer->result = GH_RESULT_MALFORMED;
        return GH_WIRE_BAD;
    }

    entries = realloc(answer->entries, (answer->entry_count + 1) * sizeof(*entries));

    if (entries == NULL) {
        answer->result = GH_RESULT_NOMEM;
        return GH_WIRE_BAD;
    }

    answer->entries = entries;
    entries[answer->entry_count] = (gh_entry_t){ 0 };
    answer->entry_count++;

    rc = take_attributes(ld, message, &entries[answer->entry_count - 1], &answer->bytes);

    if (rc == 0 && answer->bytes > GH_WIRE_ANSWER_MAX) {
        rc = GH_RESULT_MALFORMED;
    }

    if (rc != 0) {
        answer->result = rc;
        return GH_WIRE_BAD;
    }

    return GH_WIRE_MORE;
}

/*
 * Whether the control's value is one sequence of whole elements and no more:
 * libldap takes an element that is cut for the end, and an error in it for none.
 */
static bool
is_whole_sequence(struct berval *value)
{
    BerElement   *ber = value->bv_len > 0 ? ber_init(value) : NULL;
    ber_len_t     len = 0, left = 0;
    struct berval element;
    bool          is_whole;

    if (ber == NULL) {
        return false;
    }

    is_whole = ber_skip_tag(ber, &len) == LBER_SEQUENCE
        && ber_get_option(ber, LBER_OPT_REMAINING_BYTES, &left) == LBER_OPT_SUCCESS
        && left == len;

    while (is_whole && left > 0) {
        is_whole = ber_skip_element(ber, &element) != LBER_DEFAULT
            && ber_get_option(ber, LBER_OPT_REMAINING_BYTES, &left) == LBER_OPT_SUCCESS;
    }

    ber_free(ber, 1);
    return is_whole;
}

/* Decodes the password policy control, if it came.  0 or GH_RESULT_MALFORMED. */
static int
take_policy(LDAP *ld, LDAPControl **controls, gh_policy_t *policy)
{
    LDAPControl            *control;
    ber_int_t               expire = -1, grace = -1;
    LDAPPasswordPolicyError error = PP_noError;

    control = ldap_control_find(LDAP_CONTROL_PASSWORDPOLICYRESPONSE, controls, NULL);

    if (control == NULL) {
        return 0;
    }

    if (!is_whole_sequence(&control->ldctl_value)
        || ldap_parse_passwordpolicy_control(ld, control, &expire, &grace, &error)
            != LDAP_SUCCESS)
    {
        return GH_RESULT_MALFORMED;
    }

    /* An error of -1 would read as GH_POLICY_NONE. */
    if (expire < -1 || grace < -1
        || (error != PP_noError
            && ((int) error < GH_POLICY_EXPIRED || (int) error > GH_POLICY_IN_HISTORY)))
    {
        return GH_RESULT_MALFORMED;
    }

    policy->present = true;
    policy->expires_in = expire;
    policy->grace_left = grace;
    policy->error = error == PP_noError ? GH_POLICY_NONE : (gh_policy_error_t) error;

    return 0;
}

static gh_wire_t
take_result(LDAP *ld, LDAPMessage *message, gh_answer_t *answer)
{
    LDAPControl **controls = NULL;
    char         *diagnostic = NULL;
    int           result = LDAP_OTHER;
    int           rc;

    rc = ldap_parse_result(ld, message, &result, NULL, &diagnostic, NULL, &controls, 0);

    /* libldap's own codes are negative: never let a server claim one of ours. */
    if (rc != LDAP_SUCCESS || result < 0) {
        rc = GH_RESULT_MALFORMED;

    } else {
        rc = controls != NULL ? take_policy(ld, controls, &answer->policy) : 0;
    }

    answer->result = rc == 0 ? result : rc;

    if (diagnostic != NULL && diagnostic[0] != '\0' && gh_text_is_clean(gh_text(diagnostic))) {
        answer->diagnostic = strdup(diagnostic);
    }

    ldap_memfree(diagnostic);
    ldap_controls_free(controls);

    return rc == 0 ? GH_WIRE_DONE : GH_WIRE_BAD;
}

/* The kind of message that ends an operation; 0: none does. */
static int
wire_result_type(gh_operation_t operation)
{
    static const int types[] = {
        [GH_OPERATION_NONE] = 0,
        [GH_OPERATION_SEARCH] = LDAP_RES_SEARCH_RESULT,
        [GH_OPERATION_BIND] = LDAP_RES_BIND,
        [GH_OPERATION_ADD] = LDAP_RES_ADD,
        [GH_OPERATION_MODIFY] = LDAP_RES_MODIFY,
        [GH_OPERATION_DELETE] = LDAP_RES_DELETE,
        [GH_OPERATION_PASSWORD] = LDAP_RES_EXTENDED,
        [GH_OPERATION_STARTTLS] = LDAP_RES_EXTENDED,
    };

    return types[operation];
}

gh_wire_t
gh_wire_take(LDAP *ld, LDAPMessage *message, gh_operation_t operation, size_t entry_max,
    gh_answer_t *answer)
{
    int type = ldap_msgtype(message);

    if (operation == GH_OPERATION_SEARCH && type == LDAP_RES_SEARCH_ENTRY) {
        return take_entry(ld, message, entry_max, answer);
    }

    /* References to elsewhere are not followed, but an endless row of them ends. */
    if (operation == GH_OPERATION_SEARCH && type == LDAP_RES_SEARCH_REFERENCE) {
        answer->bytes += GH_WIRE_REFERENCE;

        if (answer->bytes <= GH_WIRE_ANSWER_MAX) {
            return GH_WIRE_MORE;
        }
    }

    if (type == wire_result_type(operation) && operation != GH_OPERATION_NONE) {
        return take_result(ld, message, answer);
    }

    answer->result = GH_RESULT_MALFORMED;
    return GH_WIRE_BAD;
}

int
gh_wire_msgid(LDAPMessage *message)
{
    return ldap_msgid(message);
}
