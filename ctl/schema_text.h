/*
 * The LDIFs of schema/, as they are when gatehousectl is built.
 *
 * They stay the one source of every definition: what a directory is held
 * against is read out of them, too.
 */
#ifndef GH_CTL_SCHEMA_TEXT_H
#define GH_CTL_SCHEMA_TEXT_H

/* System. */
#include <stdbool.h>

/* Base. */
#include "base/buf.h"
#include "base/text.h"

typedef struct {
    const char *name; /* `10-modules.ldif` */
    const char *text;
} gh_schema_text_t;

/* All of them in the order in which they are added; ends with a NULL name. */
extern const gh_schema_text_t gh_schema_texts[];

/* What a name between @ signs stands for. */
typedef struct {
    const char *name; /* `@BASE@`; NULL: the end of a list */
    const char *value;
} gh_schema_value_t;

/*
 * Appends `text` to `out` with every name of `values` replaced.  Returns 0 or
 * GH_ERR_NOMEM.
 */
int gh_schema_fill(gh_buf_t *out, const char *text, const gh_schema_value_t *values);

/*
 * The next line of `*text` that gives `attr`, `olcDbIndex` say: sets `*value` to what
 * stands behind `attr: ` and `*text` behind the line.  False when there is none.  For
 * attributes whose values stand on one line.
 */
bool gh_schema_next(const char **text, const char *attr, gh_text_t *value);

/*
 * The next name of ours in a schema file (`NAME 'gatehouseDisabled'`), in the same way.
 */
bool gh_schema_next_name(const char **text, gh_text_t *name);

/* The text of the file; NULL: there is none of that name. */
const char *gh_schema_find(const char *name);

#endif
