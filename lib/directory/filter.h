/*
 * Search filters, with every value escaped (RFC 4515, section 3) by libldap.
 */
#ifndef GH_DIRECTORY_FILTER_H
#define GH_DIRECTORY_FILTER_H

/* Base. */
#include "base/buf.h"

/*
 * Appends `(attr=value)` to `out`, with `value` escaped.
 *
 * Keeps neither pointer.  Returns 0, or GH_ERR_NOMEM with `out` unchanged.
 */
int gh_filter_equal(gh_buf_t *out, const char *attr, gh_text_t value);

/* The same for `(attr=value*)`: whatever begins with `value`. */
int gh_filter_begins(gh_buf_t *out, const char *attr, gh_text_t value);

#endif
