/*
 * Forms: what a browser posts as application/x-www-form-urlencoded.
 *
 * A form decodes into one block of its own, which is wiped when the form goes: a
 * password may stand in it.
 */
#ifndef GH_WEB_FORM_H
#define GH_WEB_FORM_H

/* Base. */
#include "base/error.h"
#include "base/text.h"

#define GH_FORM_FIELDS 64 /* fields at most */

typedef struct {
    gh_text_t name;
    gh_text_t value; /* decoded; may hold any byte */
} gh_form_field_t;

typedef struct {
    char           *data; /* what the fields point into */
    size_t          size;
    gh_form_field_t fields[GH_FORM_FIELDS];
    size_t          count;
} gh_form_t;

/*
 * Decodes a body (URL Standard, section 5.1).  Returns 0, or with the form empty
 * GH_ERR_LIMIT (over GH_FORM_FIELDS fields), GH_ERR_INVALID (a broken percent
 * escape, a field named twice) or GH_ERR_NOMEM.
 */
int gh_form_parse(gh_form_t *form, gh_text_t body);

/* Wipes and releases; the form is empty again. */
void gh_form_cleanup(gh_form_t *form);

/* The value of a field; empty when it is not there. */
gh_text_t gh_form_value(const gh_form_t *form, const char *name);

#endif
