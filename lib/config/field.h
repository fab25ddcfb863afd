/*
 * Fields: what a realm asks people for, one attribute each.
 *
 * What somebody typed becomes the value that the directory stores, or a reason
 * why it can't, in words for that person.
 */
#ifndef GH_CONFIG_FIELD_H
#define GH_CONFIG_FIELD_H

/* System. */
#include <regex.h>

/* Base. */
#include "base/buf.h"
#include "base/error.h"
#include "base/text.h"

/* Bytes of a value, at most. */
#define GH_FIELD_MAX 256

typedef enum {
    GH_FIELD_TEXT = 0,
    GH_FIELD_EMAIL,
    GH_FIELD_TEL,
    GH_FIELD_DATE, /* typed and shown as 2026-12-31, stored as generalized time */
    GH_FIELD_CHOICE
} gh_field_type_t;

typedef struct {
    char           *attribute; /* `mail`: in the entry, and the name in forms */
    char           *label;
    char           *hint; /* NULL: none */
    gh_field_type_t type;
    char          **choices; /* with CHOICE one at least, else none; NULL-ended */
    char           *pattern; /* POSIX extended, of the whole value; NULL: none */
    regex_t         regex;   /* of the pattern */
    bool            has_regex;
    char           *autocomplete; /* token for browsers; NULL: none */
    bool            is_required;
    bool            is_editable; /* on the profile page */
    bool            is_public;   /* on the pages of the search without log-in */
    bool            is_official; /* of a license board: shown, never asked for */
} gh_field_t;

/*
 * Appends what the directory is to store for what somebody typed: nothing when a
 * field that is not required was left empty.  Blanks at the ends go.
 *
 * Returns 0, GH_ERR_NOMEM, or GH_ERR_INVALID with `out` unchanged and `reason` a
 * sentence for whoever typed it.
 */
int gh_field_read(const gh_field_t *field, gh_text_t typed, gh_buf_t *out, gh_error_t *reason);

/*
 * Appends a stored value as people type it.  Returns 0, GH_ERR_NOMEM, or
 * GH_ERR_INVALID with `out` unchanged when it is not clean text, or a
 * date that is none.
 */
int gh_field_show(const gh_field_t *field, gh_text_t stored, gh_buf_t *out);

#endif
