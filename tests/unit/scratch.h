/*
 * Scratch: a folder with one file, for tests that need a real one.
 *
 * Used as cmocka's setup and teardown; the state is the scratch_t.
 */
#ifndef GH_TESTS_SCRATCH_H
#define GH_TESTS_SCRATCH_H

/* System. */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

typedef struct {
    char folder[64];
    char path[96]; /* of the file, which a test writes */
} scratch_t;

static inline int
scratch_setup(void **state)
{
    scratch_t *scratch = calloc(1, sizeof(*scratch));

    if (scratch == NULL) {
        return -1;
    }

    strcpy(scratch->folder, "/tmp/gatehouse-unit-XXXXXX");
    if (mkdtemp(scratch->folder) == NULL) {
        free(scratch);
        return -1;
    }

    snprintf(scratch->path, sizeof(scratch->path), "%s/file", scratch->folder);
    *state = scratch;
    return 0;
}

static inline int
scratch_teardown(void **state)
{
    scratch_t *scratch = *state;

    unlink(scratch->path);
    rmdir(scratch->folder);
    free(scratch);
    return 0;
}

/* Writes the file anew, with exactly this mode. */
static inline void
scratch_write(const scratch_t *scratch, const void *data, size_t len, mode_t mode)
{
    int fd;

    unlink(scratch->path);
    fd = open(scratch->path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);

    assert_true(fd >= 0);
    assert_int_equal(write(fd, data, len), (ssize_t) len);
    assert_int_equal(fchmod(fd, mode), 0);
    assert_int_equal(close(fd), 0);
}

#endif
