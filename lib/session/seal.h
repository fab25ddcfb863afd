/*
 * Seals: text that only a holder of the key ring can make or read.
 *
 * AES-256-GCM (NIST SP 800-38D) with a random nonce of 96 bits.  The sealed
 * text is base64url (RFC 4648, section 5) of version, key id, nonce, ciphertext
 * and tag; version, key id and the purpose are authenticated, so that a seal for
 * one purpose never opens as another.
 */
#ifndef GH_SESSION_SEAL_H
#define GH_SESSION_SEAL_H

/* Base. */
#include "base/buf.h"
#include "base/clock.h"

/* Session. */
#include "session/keyring.h"

/* What a seal is for. */
typedef enum {
    GH_PURPOSE_NONE = 0, /* never sealed, never opened */
    GH_PURPOSE_SESSION = 's',
    GH_PURPOSE_FORM = 'f',  /* a form's CSRF token */
    GH_PURPOSE_FIRST = 'i', /* the page that replaces a temporary password */
    GH_PURPOSE_RESET = 'r', /* the token of a mailed link */
    GH_PURPOSE_KNOWN = 'k'  /* a browser that has signed an account in */
} gh_purpose_t;

#define GH_SEAL_PLAIN_MAX 2048 /* bytes of what is sealed */
#define GH_SEAL_TEXT_MAX  2800 /* bytes of a sealed text */

/*
 * How far the clocks of gateways that share a key ring may be apart: what was
 * sealed so much later than now is not from the future.
 */
#define GH_SEAL_SKEW (30 * GH_SECOND)

/*
 * Seals `plain` with the newest key and appends the sealed text to `out`.
 * Returns 0, GH_ERR_INVALID (no purpose), GH_ERR_LIMIT, GH_ERR_NOMEM or GH_ERR_IO
 * (no randomness) with `out` unchanged.
 */
int gh_seal(const gh_keyring_t *ring, gh_purpose_t purpose, gh_text_t plain, gh_buf_t *out);

/*
 * Opens a sealed text and appends what was sealed to `out`.  Returns 0, or
 * GH_ERR_INVALID (not ours, tampered with, another purpose, a key that is gone)
 * or GH_ERR_NOMEM with `out` unchanged.
 */
int gh_unseal(const gh_keyring_t *ring, gh_purpose_t purpose, gh_text_t sealed, gh_buf_t *out);

#endif
