/*
 * Files: opening what only root or the caller can have written.
 */

/* System. */
#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

/* Base. */
#include "base/file.h"

/* By readers: the bits that a mode must not have, and the modes to give it. */
static const struct {
    mode_t      refused;
    const char *fit;
} gh_file_modes[] = {
    [GH_FILE_PRIVATE] = { S_IRWXG | S_IRWXO, "0600" },
    [GH_FILE_SECRET] = { S_IWGRP | S_IRWXO, "0600 or 0640" },
    [GH_FILE_PUBLIC] = { S_IWGRP | S_IWOTH, "0644" },
};

/* Checks the open file, not its name: a name may lead elsewhere a moment later. */
static int
gh_file_check(int fd, const char *path, gh_file_readers_t readers, gh_error_t *error)
{
    struct stat info;

    if (fstat(fd, &info) != 0) {
        return gh_error_set(error, GH_ERR_IO, "%s: can't be examined: %m", path);
    }

    if (!S_ISREG(info.st_mode)) {
        return gh_error_set(error, GH_ERR_INVALID, "%s: is not a regular file", path);
    }

    if (info.st_uid != 0 && info.st_uid != geteuid()) {
        return gh_error_set(error, GH_ERR_INVALID,
            "%s: belongs to user %lu; make root its owner", path, (unsigned long) info.st_uid);
    }

    if (info.st_mode & gh_file_modes[readers].refused) {
        return gh_error_set(error, GH_ERR_INVALID,
            "%s: has mode %04o, which lets %s %s it; chmod it to %s", path,
            (unsigned) (info.st_mode & 07777),
            info.st_mode & (S_IWGRP | S_IRWXO) ? "others" : "a group",
            info.st_mode & (S_IWGRP | S_IWOTH) ? "change" : "use", gh_file_modes[readers].fit);
    }

    return 0;
}

int
gh_file_open(const char *path, gh_file_readers_t readers, gh_error_t *error)
{
    int fd, rc;

    /* O_NONBLOCK: a FIFO without a writer must not hold us here. */
    fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
    if (fd < 0) {
        return gh_error_set(error, GH_ERR_IO, "%s: can't be opened: %m", path);
    }

    rc = gh_file_check(fd, path, readers, error);
    if (rc != 0) {
        close(fd);
        return rc;
    }

    return fd;
}

ssize_t
gh_file_read(int fd, void *data, size_t size)
{
    size_t len = 0;

    while (len < size) {
        ssize_t n = read(fd, (char *) data + len, size - len);

        if (n == 0) {
            break;
        }

        if (n > 0) {
            len += (size_t) n;

        } else if (errno != EINTR) {
            return -1;
        }
    }

    return (ssize_t) len;
}
