/*
 * Key rings: the keys that seal cookies and tickets, newest first in use.
 *
 * The file holds one key a line, `ID CREATED KEY`: eight hex digits, a UTC time
 * (`2026-11-23T07:05:00Z`), and 32 random bytes in base64.  Blank lines and
 * lines that begin with `#` are passed over.  The last line is the newest key:
 * it seals; all of them open.  All gateways that share sessions share the file.
 */
#ifndef GH_SESSION_KEYRING_H
#define GH_SESSION_KEYRING_H

/* System. */
#include <stddef.h>
#include <stdint.h>

/* Base. */
#include "base/error.h"

#define GH_KEY_SIZE    32 /* bytes, AES-256 */
#define GH_KEYRING_MAX 16 /* keys in a file */

typedef struct {
    uint32_t      id;
    unsigned char bytes[GH_KEY_SIZE];
} gh_key_t;

typedef struct gh_keyring_s gh_keyring_t;

/*
 * Reads the file.  It must be a regular file, owned by root or the caller, that
 * group and others can neither read nor write; a ring without keys, with a
 * broken line or with an id twice is refused.  NULL on a fault, with `error`
 * naming file, line and what to do.  The caller frees the ring.
 */
gh_keyring_t *gh_keyring_read(const char *path, gh_error_t *error);

/* Wipes the keys and frees.  NULL is fine. */
void gh_keyring_free(gh_keyring_t *ring);

/* The newest key; a ring always has one. */
const gh_key_t *gh_keyring_newest(const gh_keyring_t *ring);

/* The key of that id; NULL: not in the ring. */
const gh_key_t *gh_keyring_find(const gh_keyring_t *ring, uint32_t id);

/*
 * Creates the file with one new key, mode 0600, and fails if it is there
 * already: a lost ring signs everybody out.  Returns 0, or an error with no
 * file left behind.
 */
int gh_keyring_create(const char *path, gh_error_t *error);

#endif
