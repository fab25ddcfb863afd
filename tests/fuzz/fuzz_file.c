/*
 * Fuzz files.
 */

/* System. */
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

/* Tests. */
#include "fuzz.h"
#include "fuzz_file.h"

void
fuzz_file_open(fuzz_file_t *file, const uint8_t *data, size_t size)
{
    file->fd = memfd_create("fuzz", MFD_CLOEXEC);
    FUZZ_HOLDS(file->fd >= 0);
    FUZZ_HOLDS(fchmod(file->fd, 0600) == 0);
    FUZZ_HOLDS(write(file->fd, data, size) == (ssize_t) size);
    snprintf(file->path, sizeof(file->path), "/proc/self/fd/%d", file->fd);
}

void
fuzz_file_close(fuzz_file_t *file)
{
    close(file->fd);
}
