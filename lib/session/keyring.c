/*
 * Key rings: a small text file, read whole and checked line by line.
 */

/* System. */
#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <unistd.h>

/* OpenSSL. */
#include <openssl/crypto.h>
#include <openssl/evp.h>

/* Base. */
#include "base/file.h"
#include "base/secret.h"
#include "base/text.h"

/* Session. */
#include "session/keyring_int.h"

#define GH_KEYRING_FILE_MAX 8192 /* bytes, comments included */
#define GH_KEY_ID_TEXT      8    /* hex digits */

/* Cuts the text in front of the first `separator` off `*rest`, the separator too. */
static gh_text_t
gh_keyring_cut(gh_text_t *rest, char separator)
{
    const char *end = rest->len > 0 ? memchr(rest->data, separator, rest->len) : NULL;
    gh_text_t   part = *rest;

    if (end == NULL) {
        rest->data += rest->len;
        rest->len = 0;
        return part;
    }

    part.len = (size_t) (end - rest->data);
    rest->data += part.len + 1;
    rest->len -= part.len + 1;
    return part;
}

static bool
gh_key_parse_id(gh_text_t text, uint32_t *id)
{
    *id = 0;

    if (text.len != GH_KEY_ID_TEXT) {
        return false;
    }

    for (size_t i = 0; i < text.len; i++) {
        int digit = OPENSSL_hexchar2int((unsigned char) text.data[i]);

        if (digit < 0) {
            return false;
        }

        *id = *id << 4 | (uint32_t) digit;
    }

    return true;
}

/* The UTC time that the text is: the generalized time inside it has to be one. */
static bool
gh_key_parse_created(gh_text_t text, gh_time_t *created)
{
    static const char shape[] = "dddd-dd-ddTdd:dd:ddZ";
    char              digits[GH_KEY_CREATED_TEXT];
    size_t            len = 0;

    if (text.len != GH_KEY_CREATED_TEXT) {
        return false;
    }

    for (size_t i = 0; i < text.len; i++) {
        char c = text.data[i];

        if (shape[i] != 'd') {
            if (c != shape[i]) {
                return false;
            }

        } else if (c >= '0' && c <= '9') {
            digits[len++] = c;

        } else {
            return false;
        }
    }

    digits[len++] = 'Z';
    return gh_clock_parse((gh_text_t){ digits, len }, created) == 0;
}

/*
 * The key's bytes.  Only the one spelling that EVP_EncodeBlock gives is a key:
 * the decoder alone would also take blanks and stray bits at the end.
 */
static bool
gh_key_parse_bytes(gh_text_t text, unsigned char bytes[GH_KEY_SIZE])
{
    unsigned char decoded[GH_KEY_BASE64];
    unsigned char again[GH_KEY_BASE64 + 1];
    bool          is_key = false;

    if (text.len != GH_KEY_BASE64) {
        return false;
    }

    /* The padding counts as one zero byte. */
    if (EVP_DecodeBlock(decoded, (const unsigned char *) text.data, GH_KEY_BASE64)
        == GH_KEY_SIZE + 1)
    {
        EVP_EncodeBlock(again, decoded, GH_KEY_SIZE);
        is_key = CRYPTO_memcmp(again, text.data, GH_KEY_BASE64) == 0;
    }

    if (is_key) {
        memcpy(bytes, decoded, GH_KEY_SIZE);
    }

    gh_secret_wipe(decoded, sizeof(decoded));
    gh_secret_wipe(again, sizeof(again));
    return is_key;
}

/* Adds the key of one line; what is wrong never quotes the line, which is a secret. */
static int
gh_keyring_add_line(
    gh_keyring_t *ring, gh_text_t line, const char *path, unsigned number, gh_error_t *error)
{
    gh_key_t *key;
    gh_time_t created;
    uint32_t  id;

    if (!gh_key_parse_id(gh_keyring_cut(&line, ' '), &id)) {
        return gh_error_set(error, GH_ERR_INVALID,
            "%s:%u: a key begins with its id, eight hex digits and a blank", path, number);
    }

    if (!gh_key_parse_created(gh_keyring_cut(&line, ' '), &created)) {
        return gh_error_set(error, GH_ERR_INVALID,
            "%s:%u: after the id comes a UTC time such as 2026-11-23T07:05:00Z and a blank",
            path, number);
    }

    if (gh_keyring_find(ring, id) != NULL) {
        return gh_error_set(error, GH_ERR_INVALID,
            "%s:%u: key %08x is there twice; remove one of the two lines", path, number,
            (unsigned) id);
    }

    if (ring->count == GH_KEYRING_MAX) {
        return gh_error_set(error, GH_ERR_INVALID,
            "%s:%u: more than %d keys; remove the oldest, at the top", path, number,
            GH_KEYRING_MAX);
    }

    key = &ring->keys[ring->count];
    if (!gh_key_parse_bytes(line, key->bytes)) {
        return gh_error_set(error, GH_ERR_INVALID,
            "%s:%u: a key ends with %d bytes in base64, %d characters", path, number,
            GH_KEY_SIZE, GH_KEY_BASE64);
    }

    key->id = id;
    key->created = created;
    ring->count++;
    return 0;
}

static int
gh_keyring_parse(gh_keyring_t *ring, gh_text_t content, const char *path, gh_error_t *error)
{
    unsigned number = 0;

    while (content.len > 0) {
        gh_text_t line = gh_text_trim(gh_keyring_cut(&content, '\n'));
        int       rc;

        number++;
        if (line.len == 0 || line.data[0] == '#') {
            continue;
        }

        rc = gh_keyring_add_line(ring, line, path, number, error);
        if (rc != 0) {
            return rc;
        }
    }

    if (ring->count == 0) {
        return gh_error_set(error, GH_ERR_INVALID,
            "%s: holds no key; remove it and run `gatehousectl keys new`", path);
    }

    return 0;
}

/* Reads and parses the open file. */
static int
gh_keyring_load(gh_keyring_t *ring, int fd, const char *path, gh_error_t *error)
{
    char    content[GH_KEYRING_FILE_MAX + 1];
    ssize_t len;
    int     rc;

    len = gh_file_read(fd, content, sizeof(content));
    if (len < 0) {
        rc = gh_error_set(error, GH_ERR_IO, "%s: can't be read: %m", path);

    } else if (len > GH_KEYRING_FILE_MAX) {
        rc = gh_error_set(error, GH_ERR_INVALID,
            "%s: is longer than %d bytes; a key ring is not", path, GH_KEYRING_FILE_MAX);

    } else {
        rc = gh_keyring_parse(ring, (gh_text_t){ content, (size_t) len }, path, error);
    }

    gh_secret_wipe(content, sizeof(content));
    return rc;
}

/* A ring without keys; NULL when memory is out. */
static gh_keyring_t *
gh_keyring_new(void)
{
    gh_keyring_t *ring = calloc(1, sizeof(*ring));

    if (ring == NULL) {
        return NULL;
    }

    ring->cipher = EVP_CIPHER_fetch(NULL, "AES-256-GCM", NULL);

    if (ring->cipher == NULL) {
        free(ring);
        return NULL;
    }

    return ring;
}

gh_keyring_t *
gh_keyring_read(const char *path, gh_error_t *error)
{
    gh_keyring_t *ring;
    int           fd, rc;

    if (access(path, F_OK) != 0 && errno == ENOENT) {
        gh_error_set(error, GH_ERR_IO,
            "%s: is not there; `gatehousectl keys new` writes a new key ring", path);
        return NULL;
    }

    /* A group may read passwords; keys make anybody anybody. */
    fd = gh_file_open(path, GH_FILE_PRIVATE, error);
    if (fd < 0) {
        return NULL;
    }

    ring = gh_keyring_new();
    rc = ring != NULL ? gh_keyring_load(ring, fd, path, error)
                      : gh_error_set(error, GH_ERR_NOMEM, "%s: memory is out", path);

    close(fd);

    if (rc != 0) {
        gh_keyring_free(ring);
        return NULL;
    }

    return ring;
}

void
gh_keyring_free(gh_keyring_t *ring)
{
    if (ring != NULL) {
        EVP_CIPHER_free(ring->cipher);
        gh_secret_wipe(ring, sizeof(*ring));
        free(ring);
    }
}

const EVP_CIPHER *
gh_keyring_cipher(const gh_keyring_t *ring)
{
    return ring->cipher;
}

const gh_key_t *
gh_keyring_newest(const gh_keyring_t *ring)
{
    return &ring->keys[ring->count - 1];
}

const gh_key_t *
gh_keyring_find(const gh_keyring_t *ring, uint32_t id)
{
    for (size_t i = 0; i < ring->count; i++) {
        if (ring->keys[i].id == id) {
            return &ring->keys[i];
        }
    }

    return NULL;
}

size_t
gh_keyring_count(const gh_keyring_t *ring)
{
    return ring->count;
}

const gh_key_t *
gh_keyring_at(const gh_keyring_t *ring, size_t index)
{
    return &ring->keys[index];
}
