/*
 * Key rings, written: a new one, and a new key in one that is there.
 */

/* System. */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

/* OpenSSL. */
#include <openssl/evp.h>

/* Base. */
#include "base/random.h"
#include "base/secret.h"

/* Session. */
#include "session/keyring_int.h"

#define GH_KEY_LINE 128 /* bytes; a written line fits */

/* Makes a fresh key; false without randomness. */
static bool
gh_key_make(gh_key_t *key, gh_time_t now)
{
    key->created = now;

    return gh_random_fill(&key->id, sizeof(key->id)) == 0
        && gh_random_fill(key->bytes, sizeof(key->bytes)) == 0;
}

/* Adds a fresh key to the ring, which has room; its id is no other's. */
static int
gh_keyring_add(gh_keyring_t *ring, gh_time_t now, const char *path, gh_error_t *error)
{
    gh_key_t *key = &ring->keys[ring->count];

    do {
        if (!gh_key_make(key, now)) {
            return gh_error_set(error, GH_ERR_IO, "%s: no random bytes for a key", path);
        }
    } while (gh_keyring_find(ring, key->id) != NULL);

    ring->count++;
    return 0;
}

/* Writes the key's line into `line`; its length, or 0 for a time that is none. */
static size_t
gh_key_write_line(const gh_key_t *key, char line[GH_KEY_LINE])
{
    unsigned char base64[GH_KEY_BASE64 + 1];
    char          created[GH_KEY_CREATED_TEXT + 1];
    time_t        when = (time_t) (key->created / GH_SECOND);
    struct tm     utc;
    int           len = 0;

    if (gmtime_r(&when, &utc) != NULL
        && strftime(created, sizeof(created), "%Y-%m-%dT%H:%M:%SZ", &utc)
            == GH_KEY_CREATED_TEXT)
    {
        EVP_EncodeBlock(base64, key->bytes, GH_KEY_SIZE);
        len = snprintf(line, GH_KEY_LINE, "%08x %s %s\n", (unsigned) key->id, created,
            (const char *) base64);
    }

    gh_secret_wipe(base64, sizeof(base64));
    return len > 0 && len < GH_KEY_LINE ? (size_t) len : 0;
}

static bool
gh_keyring_write_bytes(int fd, const char *data, size_t len)
{
    while (len > 0) {
        ssize_t n = write(fd, data, len);

        if (n >= 0) {
            data += n;
            len -= (size_t) n;

        } else if (errno != EINTR) {
            return false;
        }
    }

    return true;
}

/* Writes all keys and has them on the disk. */
static bool
gh_keyring_write(const gh_keyring_t *ring, int fd)
{
    char line[GH_KEY_LINE];
    bool is_written = true;

    for (size_t i = 0; is_written && i < ring->count; i++) {
        size_t len = gh_key_write_line(&ring->keys[i], line);

        is_written = len > 0 && gh_keyring_write_bytes(fd, line, len);
    }

    gh_secret_wipe(line, sizeof(line));
    return is_written && fsync(fd) == 0;
}

/* A file that was not there, for nobody but its owner. */
static int
gh_keyring_open_new(const char *path)
{
    return open(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
}

int
gh_keyring_create(const char *path, gh_error_t *error)
{
    gh_keyring_t ring = { 0 };
    int          fd, rc;

    rc = gh_keyring_add(&ring, gh_clock_now(), path, error);
    if (rc != 0) {
        return rc;
    }

    fd = gh_keyring_open_new(path);
    if (fd < 0) {
        rc = errno == EEXIST ? gh_error_set(error, GH_ERR_INVALID,
                 "%s: is there already; remove it first if everybody may be signed out", path)
                             : gh_error_set(error, GH_ERR_IO, "%s: can't be created: %m", path);

    } else if (!gh_keyring_write(&ring, fd)) {
        rc = gh_error_set(error, GH_ERR_IO, "%s: can't be written: %m", path);
        unlink(path);
    }

    gh_secret_wipe(&ring, sizeof(ring));
    if (fd >= 0) {
        close(fd);
    }
    return rc;
}

/*
 * Drops the keys whose last seal has ended.  A key seals until gateways know
 * the one behind it, however old it is itself.
 */
static size_t
gh_keyring_drop(gh_keyring_t *ring, gh_time_t lifetime, gh_time_t now)
{
    size_t count = 0;

    while (count + 1 < ring->count
        && ring->keys[count + 1].created + lifetime + GH_KEYRING_RELOAD < now)
    {
        count++;
    }

    ring->count -= count;
    memmove(ring->keys, ring->keys + count, ring->count * sizeof(ring->keys[0]));
    gh_secret_wipe(ring->keys + ring->count, count * sizeof(ring->keys[0]));

    return count;
}

/* The ring in the file, with a new key and without those that have ended. */
static gh_keyring_t *
gh_keyring_turned(
    const char *path, gh_time_t lifetime, gh_time_t now, size_t *dropped, gh_error_t *error)
{
    gh_keyring_t *ring = gh_keyring_read(path, error);

    if (ring == NULL) {
        return NULL;
    }

    *dropped = gh_keyring_drop(ring, lifetime, now);

    if (ring->count == GH_KEYRING_MAX) {
        gh_error_set(error, GH_ERR_LIMIT,
            "%s: has %d keys that sessions may still need; rotate less often", path,
            GH_KEYRING_MAX);

    } else if (gh_keyring_add(ring, now, path, error) == 0) {
        return ring;
    }

    gh_keyring_free(ring);
    return NULL;
}

/* Writes the ring to `beside`, which is open, and puts that in the place of `path`. */
static int
gh_keyring_replace(
    const gh_keyring_t *ring, int fd, const char *beside, const char *path, gh_error_t *error)
{
    struct stat old;

    if (!gh_keyring_write(ring, fd)) {
        return gh_error_set(error, GH_ERR_IO, "%s: can't be written: %m", beside);
    }

    if (stat(path, &old) != 0
        || (old.st_uid != geteuid() && fchown(fd, old.st_uid, old.st_gid) != 0)
        || rename(beside, path) != 0)
    {
        return gh_error_set(error, GH_ERR_IO, "%s: can't be replaced: %m", path);
    }

    return 0;
}

int
gh_keyring_rotate(
    const char *path, gh_time_t lifetime, gh_time_t now, size_t *dropped, gh_error_t *error)
{
    gh_keyring_t *ring;
    char          target[PATH_MAX], beside[PATH_MAX + sizeof(".new")];
    size_t        count = 0;
    int           fd, rc = GH_ERR_INVALID;

    *dropped = 0;

    /* Where it is a link, what it leads to is replaced. */
    if (realpath(path, target) == NULL) {
        return gh_error_set(error, GH_ERR_IO, "%s: can't be opened: %m", path);
    }

    /* Of two rotations at once, one finds the other's file, and reads nothing. */
    snprintf(beside, sizeof(beside), "%s.new", target);
    fd = gh_keyring_open_new(beside);

    if (fd < 0) {
        return errno == EEXIST
            ? gh_error_set(error, GH_ERR_INVALID,
                "%s: is there already; remove it if no other rotation is under way", beside)
            : gh_error_set(error, GH_ERR_IO, "%s: can't be created: %m", beside);
    }

    ring = gh_keyring_turned(target, lifetime, now, &count, error);
    if (ring != NULL) {
        rc = gh_keyring_replace(ring, fd, beside, target, error);
    }

    if (rc == 0) {
        *dropped = count;
    } else {
        unlink(beside);
    }

    close(fd);
    gh_keyring_free(ring);
    return rc;
}
