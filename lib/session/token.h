/*
 * Tokens: what a mailed password reset link carries.
 *
 * A token is 256 random bits, written as 64 lower-case hex digits.  Only its
 * digest, SHA-256 over those digits and written in the same way, is stored: who
 * reads the directory can't make a link from it.
 */
#ifndef GH_SESSION_TOKEN_H
#define GH_SESSION_TOKEN_H

/* Base. */
#include "base/error.h"
#include "base/secret.h"

#define GH_TOKEN_SIZE   32 /* random bytes */
#define GH_TOKEN_TEXT   (2 * GH_TOKEN_SIZE)
#define GH_TOKEN_DIGEST 64 /* hex digits of SHA-256 */

/*
 * Puts a new token into `token`.  Returns 0, or GH_ERR_IO with the
 * token empty when there is no randomness.
 */
int gh_token_new(gh_secret_t *token);

/* Whether `text` has the one spelling of a token. */
bool gh_token_is_valid(gh_text_t text);

/*
 * Writes the digest of a token, NUL-terminated.  Returns 0, or with `digest` empty
 * GH_ERR_INVALID (not a token) or GH_ERR_IO (no SHA-256 to be had).
 */
int gh_token_digest(gh_text_t token, char digest[GH_TOKEN_DIGEST + 1]);

#endif
