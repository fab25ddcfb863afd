/*
 * Distinguished names, with every value escaped (RFC 4514, section 2.4) by
 * libldap.
 */
#ifndef GH_DIRECTORY_DN_H
#define GH_DIRECTORY_DN_H

/* Base. */
#include "base/buf.h"

/*
 * Appends `attr=value,parent` to `out`, with `value` escaped.
 *
 * Keeps neither pointer.  Returns 0, or GH_ERR_NOMEM or GH_ERR_INVALID (the
 * value can't stand in a DN) with `out` unchanged.
 */
int gh_dn_child(gh_buf_t *out, const char *attr, gh_text_t value, const char *parent);

/* Whether `dn` is a DN (RFC 4514) and not the empty one. */
bool gh_dn_is_valid(const char *dn);

/* Whether `a` and `b` are the same DN, whatever their spelling of case,
 * blanks and escapes. */
bool gh_dn_equal(const char *a, const char *b);

#endif
