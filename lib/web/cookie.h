/*
 * Cookies: one value found in a Cookie header, and the header without ours.
 */
#ifndef GH_WEB_COOKIE_H
#define GH_WEB_COOKIE_H

/* Base. */
#include "base/buf.h"

/*
 * Finds the cookie `name`, in its exact spelling, in a Cookie header's value
 * (RFC 6265, section 4.2.1) and sets `*value` to what stands in the header.
 * Returns how often the name is there; with 0, `*value` is empty, with more than
 * one it is the first.
 */
size_t gh_cookie_find(gh_text_t header, const char *name, gh_text_t *value);

/*
 * Appends the header to `out` without the cookies of the NULL-ended `names`; nothing
 * is appended when no other is left.  Returns 0 or GH_ERR_NOMEM with `out` undefined.
 */
int gh_cookie_cut(gh_text_t header, const char *const *names, gh_buf_t *out);

#endif
