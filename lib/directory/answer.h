/*
 * Answers: what the directory said to one request, as data.
 *
 * The directory is not trusted to be well formed: wire.c checks and bounds
 * what stands here.  Nothing here is interpreted yet; account/verdict.c does.
 */
#ifndef GH_DIRECTORY_ANSWER_H
#define GH_DIRECTORY_ANSWER_H

/* Base. */
#include "base/error.h"
#include "base/text.h"

/*
 * Result codes (RFC 4511, section 4.1.9; RFC 4528).  Other codes of the
 * directory stand as they came.  Negative ones are ours: no answer came.
 */
typedef enum {
    GH_RESULT_UNREACHABLE = -1, /* no connection, or it died */
    GH_RESULT_TIMEOUT = -2,     /* nothing by the deadline */
    GH_RESULT_MALFORMED = -3,   /* an answer that can't be used */
    GH_RESULT_OVERLOADED = -4,  /* our own queue is full */
    GH_RESULT_NOMEM = -5,
    GH_RESULT_SUCCESS = 0,
    GH_RESULT_SIZE_LIMIT = 4,
    GH_RESULT_REFERRAL = 10,
    GH_RESULT_ADMIN_LIMIT = 11,
    GH_RESULT_UNKNOWN_CONTROL = 12, /* a critical one, so nothing was done */
    GH_RESULT_NO_SUCH_ATTRIBUTE = 16,
    GH_RESULT_CONSTRAINT = 19,
    GH_RESULT_VALUE_EXISTS = 20,
    GH_RESULT_NO_SUCH_OBJECT = 32,
    GH_RESULT_INAPPROPRIATE_AUTH = 48,
    GH_RESULT_INVALID_CREDENTIALS = 49,
    GH_RESULT_INSUFFICIENT_ACCESS = 50,
    GH_RESULT_BUSY = 51,
    GH_RESULT_UNAVAILABLE = 52,
    GH_RESULT_UNWILLING = 53,
    GH_RESULT_ALREADY_EXISTS = 68,
    GH_RESULT_ASSERTION_FAILED = 122,
    GH_RESULT_REHEARSED = 0x410e,          /* OpenLDAP's own: would have been done */
    GH_RESULT_NO_REFERRALS_FOUND = 0x4110, /* these two by slapd's chain overlay */
    GH_RESULT_CANNOT_CHAIN = 0x4111
} gh_result_t;

/* Errors of the password policy control (draft-behera-ldap-password-policy-10,
 * section 6.2). */
typedef enum {
    GH_POLICY_NONE = -1, /* the control carried no error */
    GH_POLICY_EXPIRED = 0,
    GH_POLICY_LOCKED = 1,
    GH_POLICY_CHANGE_AFTER_RESET = 2,
    GH_POLICY_MODIFICATION_NOT_ALLOWED = 3,
    GH_POLICY_MUST_SUPPLY_OLD = 4,
    GH_POLICY_QUALITY = 5,
    GH_POLICY_TOO_SHORT = 6,
    GH_POLICY_TOO_YOUNG = 7,
    GH_POLICY_IN_HISTORY = 8
} gh_policy_error_t;

typedef struct {
    bool              present; /* the control came */
    gh_policy_error_t error;
    long              expires_in; /* seconds; -1: not said */
    long              grace_left; /* sign-ins; -1: not said */
} gh_policy_t;

typedef struct {
    char      *name;
    gh_text_t *values;
    size_t     count;
} gh_attribute_t;

typedef struct {
    char           *dn;
    gh_attribute_t *attributes;
    size_t          count;
} gh_entry_t;

typedef struct {
    int         result;     /* gh_result_t, or another code as it came */
    char       *diagnostic; /* the directory's own words; NULL: none */
    gh_policy_t policy;
    gh_entry_t *entries;
    size_t      entry_count;
    size_t      bytes; /* of all entries, for the bound in wire.c */
} gh_answer_t;

/* An answer to fill; `result` is GH_RESULT_UNREACHABLE until something came. */
void gh_answer_init(gh_answer_t *answer);

/* Releases what it holds and inits it again. */
void gh_answer_cleanup(gh_answer_t *answer);

/*
 * Values of an attribute, by its name in any case: the first one (empty when
 * there is none), or the attribute (NULL when it is absent).
 */
gh_text_t             gh_entry_value(const gh_entry_t *entry, const char *attr);
const gh_attribute_t *gh_entry_attribute(const gh_entry_t *entry, const char *attr);

/* Whether one of the values is `value`, ASCII case ignored. */
bool gh_entry_has(const gh_entry_t *entry, const char *attr, gh_text_t value);

/*
 * Copies an entry into `out`, which is empty before and holds the caller's own copy
 * after, to be released with gh_entry_cleanup.  Returns 0, or GH_ERR_NOMEM with
 * `out` empty.
 */
int gh_entry_copy(gh_entry_t *out, const gh_entry_t *entry);

/* Releases what an entry holds; it is empty again. */
void gh_entry_cleanup(gh_entry_t *entry);

/* Whether the server says that it can't just now: another may. */
bool gh_answer_is_unwell(const gh_answer_t *answer);

/*
 * Whether it is what a server says to a write that takes none: a referral, a refusal without
 * another reason, or that the server it hands writes on to can't be had.
 */
bool gh_answer_is_read_only(const gh_answer_t *answer);

/* Whether no answer came, for a reason that another server may not have. */
bool gh_answer_is_lost(const gh_answer_t *answer);

#endif
