/*
 * Files: opening what only root or the caller can have written.
 *
 * Configuration, passwords and keys decide who may sign in.  A file that
 * somebody else can change is refused, not read.
 */
#ifndef GH_BASE_FILE_H
#define GH_BASE_FILE_H

/* System. */
#include <sys/types.h>

/* Base. */
#include "base/error.h"

/* Who may read a file. */
typedef enum {
    GH_FILE_PRIVATE = 0, /* its owner alone */
    GH_FILE_SECRET,      /* its group, too */
    GH_FILE_PUBLIC       /* everybody */
} gh_file_readers_t;

/*
 * Opens a regular file for reading.  Its owner must be root or the caller;
 * nobody else may write it, and nobody may read it but whom `readers` says.
 *
 * Returns a descriptor that the caller closes, or GH_ERR_IO or GH_ERR_INVALID,
 * with `error` naming the file and what to do.
 */
int gh_file_open(const char *path, gh_file_readers_t readers, gh_error_t *error);

/*
 * Reads `size` bytes, less only where the file ends before.  Returns their
 * number, or -1 with errno set.
 */
ssize_t gh_file_read(int fd, void *data, size_t size);

#endif
