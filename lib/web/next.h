/*
 * Next: the address to go to after signing in.
 */
#ifndef GH_WEB_NEXT_H
#define GH_WEB_NEXT_H

/* Base. */
#include "base/text.h"

#define GH_NEXT_MAX 2048 /* bytes */

/*
 * Whether `next` is a path on this site and can't be read as anything else: one
 * slash and no second one or backslash behind it, printable ASCII only, no backslash
 * anywhere, at most GH_NEXT_MAX bytes (RFC 3986, section 4.2; browsers read `\` as `/`).
 */
bool gh_next_is_safe(gh_text_t next);

#endif
