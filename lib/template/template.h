/*
 * Templates: Mustache over JSON values.
 *
 * As the Mustache specification says: variables (escaped, and with {{{ }}} or
 * {{& }} not), sections, inverted sections, partials, comments, dotted names,
 * standalone lines.  Set-delimiters and lambdas are left out: a tag that asks for
 * them is an error.
 *
 * As there, a section is passed over for a missing value, null, false and the empty
 * list alone: the empty string and 0 are values.  Names are made of A-Z a-z 0-9 _ -.
 */
#ifndef GH_TEMPLATE_TEMPLATE_H
#define GH_TEMPLATE_TEMPLATE_H

/* System. */
#include <jansson.h>

/* Base. */
#include "base/buf.h"
#include "base/error.h"

typedef struct gh_template_s  gh_template_t;
typedef struct gh_templates_s gh_templates_t;

/*
 * Reads every `NAME.mustache` in the folder.  What it returns is never written
 * again and is freed by the caller.  NULL on a fault, with `error` naming file,
 * line and what is wrong: a tag that does not close, a section that ends another,
 * a partial that is not in the folder.
 */
gh_templates_t *gh_templates_read(const char *folder, gh_error_t *error);

/*
 * The same from memory, for tests: `count` pairs of name and source.
 */
gh_templates_t *gh_templates_parse(
    const char *const pairs[][2], size_t count, gh_error_t *error);

/* NULL is fine. */
void gh_templates_free(gh_templates_t *templates);

/* The template of that name; NULL: there is none. */
const gh_template_t *gh_templates_find(const gh_templates_t *templates, const char *name);

/*
 * Appends the template filled with `context` (borrowed) to `out`.  Partials nest up
 * to 16 deep, output ends at 1 MiB.  Returns 0, GH_ERR_LIMIT or GH_ERR_NOMEM with
 * `out` unchanged.
 */
int gh_template_render(const gh_template_t *tmpl, json_t *context, gh_buf_t *out);

#endif
