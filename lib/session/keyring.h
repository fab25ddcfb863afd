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

/* OpenSSL. */
#include <openssl/evp.h>

/* Base. */
#include "base/clock.h"
#include "base/error.h"

#define GH_KEY_SIZE    32 /* bytes, AES-256 */
#define GH_KEYRING_MAX 16 /* keys in a file */

typedef struct {
    uint32_t      id;
    gh_time_t     created;
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

/* How many keys the ring has, and the one at `index`, oldest first. */
size_t          gh_keyring_count(const gh_keyring_t *ring);
const gh_key_t *gh_keyring_at(const gh_keyring_t *ring, size_t index);

/*
 * The cipher that the keys are for, AES-256-GCM, which the ring owns.  It is
 * looked up once, when the ring is read: OpenSSL 3 takes longer to look it up
 * than to seal a cookie with it.
 */
const EVP_CIPHER *gh_keyring_cipher(const gh_keyring_t *ring);

/*
 * Creates the file with one new key, mode 0600, and fails if it is there
 * already: a lost ring signs everybody out.  Returns 0, or an error with no
 * file left behind.
 */
int gh_keyring_create(const char *path, gh_error_t *error);

/* How long gateways may go on sealing with the old key after a rotation. */
#define GH_KEYRING_RELOAD (86400 * GH_SECOND)

/*
 * Adds a new newest key to the file, and drops each that was followed by another
 * longer than `lifetime` and GH_KEYRING_RELOAD ago, both in µs: nothing that it
 * sealed is good any more.  The file is replaced in one step, with the owner it
 * had, mode 0600 and no comments.  Sets `*dropped`, a number of keys.  Returns 0,
 * or an error with the file as it was.
 */
int gh_keyring_rotate(
    const char *path, gh_time_t lifetime, gh_time_t now, size_t *dropped, gh_error_t *error);

#endif
