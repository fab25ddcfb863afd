/*
 * Basic: user name and password as scripts send them with each request.
 */
#ifndef GH_WEB_BASIC_H
#define GH_WEB_BASIC_H

/* Base. */
#include "base/buf.h"
#include "base/secret.h"

/* Bytes; the longest name of a realm, a slash, and the longest user name. */
#define GH_BASIC_USER_MAX 321

/*
 * Whether the value of an Authorization header is of the scheme Basic, in
 * whatever case (RFC 9110, section 11.1), well formed or not.
 */
bool gh_basic_is_used(gh_text_t header);

/*
 * Takes such a value apart (RFC 7617, section 2): `user`, which must be
 * initialised, gets what stands in front of the first colon, `password` what
 * stands behind it, which may be nothing.  Both are clean UTF-8, as the RFC asks for.
 *
 * Returns 0; GH_ERR_INVALID when it is of another scheme, not base64 in its one
 * spelling, without a colon, without a user, or not clean; GH_ERR_LIMIT when user or
 * password are too long; GH_ERR_NOMEM.  A failure leaves both empty.
 */
int gh_basic_parse(gh_text_t header, gh_buf_t *user, gh_secret_t *password);

#endif
