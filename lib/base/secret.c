/*
 * Secrets: bounded bytes that are wiped when they are no longer needed.
 */

/* System. */
#include <stdlib.h>
#include <unistd.h>

/* OpenSSL. */
#include <openssl/crypto.h>

/* Base. */
#include "base/file.h"
#include "base/secret.h"

/* A secret, the CR and LF behind it: what has to be read of a file. */
#define GH_SECRET_LINE (GH_SECRET_MAX + 2)

/* Takes over the first line of the `len` bytes at `data`. */
static int
gh_secret_set_line(
    gh_secret_t *secret, const char *data, size_t len, const char *path, gh_error_t *error)
{
    const char *end = memchr(data, '\n', len);
    int         rc;

    if (end != NULL) {
        len = (size_t) (end - data);

        if (len > 0 && data[len - 1] == '\r') {
            len--;
        }
    }

    if (len == 0) {
        return gh_error_set(
            error, GH_ERR_INVALID, "%s: its first line is empty; put the secret there", path);
    }

    rc = gh_secret_set(secret, (gh_text_t){ data, len });
    if (rc == GH_ERR_LIMIT) {
        return gh_error_set(
            error, rc, "%s: its first line is longer than %d bytes", path, GH_SECRET_MAX);
    }

    if (rc != 0) {
        return gh_error_set(error, rc, "%s: its first line holds a NUL byte", path);
    }

    return 0;
}

gh_secret_t *
gh_secret_new(void)
{
    return calloc(1, sizeof(gh_secret_t));
}

void
gh_secret_free(gh_secret_t *secret)
{
    if (secret != NULL) {
        gh_secret_reset(secret);
        free(secret);
    }
}

void
gh_secret_reset(gh_secret_t *secret)
{
    gh_secret_wipe(secret, sizeof(*secret));
}

int
gh_secret_set(gh_secret_t *secret, gh_text_t text)
{
    if (text.len > GH_SECRET_MAX) {
        gh_secret_reset(secret);
        return GH_ERR_LIMIT;
    }

    if (text.len > 0 && memchr(text.data, '\0', text.len) != NULL) {
        gh_secret_reset(secret);
        return GH_ERR_INVALID;
    }

    /* Move first, wipe behind: `text` may be a part of this very secret. */
    if (text.len > 0) {
        memmove(secret->data, text.data, text.len);
    }

    gh_secret_wipe(secret->data + text.len, sizeof(secret->data) - text.len);
    secret->len = text.len;
    return 0;
}

int
gh_secret_read_file(gh_secret_t *secret, const char *path, gh_error_t *error)
{
    char    line[GH_SECRET_LINE];
    ssize_t len;
    int     fd, rc;

    gh_secret_reset(secret);

    fd = gh_file_open(path, GH_FILE_SECRET, error);
    if (fd < 0) {
        return fd;
    }

    len = gh_file_read(fd, line, sizeof(line));
    if (len < 0) {
        rc = gh_error_set(error, GH_ERR_IO, "%s: can't be read: %m", path);

    } else {
        rc = gh_secret_set_line(secret, line, (size_t) len, path, error);
    }

    gh_secret_wipe(line, sizeof(line));
    close(fd);
    return rc;
}

void
gh_secret_wipe(void *data, size_t len)
{
    OPENSSL_cleanse(data, len);
}
