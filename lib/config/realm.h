/*
 * Realms: a kind of people, and how what they type becomes a user name.
 */
#ifndef GH_CONFIG_REALM_H
#define GH_CONFIG_REALM_H

/* System. */
#include <regex.h>

/* Base. */
#include "base/buf.h"
#include "base/text.h"

/* Config. */
#include "config/field.h"

/* The steps of a canonical form, applied in this order, trimming first. */
enum {
    GH_CANONICAL_LOWER = 1 << 0,      /* A-Z become a-z */
    GH_CANONICAL_UPPER = 1 << 1,      /* a-z become A-Z */
    GH_CANONICAL_STRIP_ZEROS = 1 << 2 /* leading zeros go, one digit stays */
};

/* How the entry of somebody who signs in is found. */
typedef enum {
    GH_FIND_BY_NAME = 0, /* uid=NAME,base: search and bind side by side */
    GH_FIND_BY_SEARCH    /* a search below the base, then the bind */
} gh_find_t;

/* Whether people choose a security question with their password. */
typedef enum {
    GH_QUESTION_REQUIRED = 0,
    GH_QUESTION_OPTIONAL,
    GH_QUESTION_OFF /* none is asked for, at the reset of a password neither */
} gh_question_t;

typedef struct {
    char     *name;           /* `public`, `contractor` */
    char     *label;          /* for the drop-down */
    char     *username_label; /* what its user name is called */
    char     *base;           /* DN above the entries */
    gh_find_t find;
    char    **login_attributes; /* with BY_SEARCH: `uid`, `mail`; NULL-ended */
    unsigned  canonical;        /* GH_CANONICAL_* */
    char     *pattern;          /* POSIX extended, of the canonical form */
    regex_t   regex;
    bool      has_regex;

    bool          has_registration; /* people may set up accounts themselves */
    gh_question_t question;
    long          password_min_length; /* code points */
    gh_field_t   *fields;              /* in the order of the file */
    size_t        field_count;
    char        **no_exempt_classes; /* `C8`: may not be exempt from workers' compensation */
} gh_realm_t;

/*
 * Appends the canonical form of what somebody typed: blanks trimmed, the
 * realm's steps applied, the realm's pattern matched.
 *
 * Returns 0, GH_ERR_NOMEM, or GH_ERR_INVALID with `out` unchanged when it can't
 * be a user name of this realm (over 256 bytes, not clean UTF-8, no match).
 */
int gh_realm_canonical(const gh_realm_t *realm, gh_text_t typed, gh_buf_t *out);

/*
 * The field of that attribute, in whatever case; NULL: the realm has none.
 */
const gh_field_t *gh_realm_field(const gh_realm_t *realm, gh_text_t attribute);

#endif
