/*
 * Fuzz files: bytes as a file in memory, for what reads by a path.
 */
#ifndef GH_TESTS_FUZZ_FILE_H
#define GH_TESTS_FUZZ_FILE_H

/* System. */
#include <stddef.h>
#include <stdint.h>

typedef struct {
    int  fd;
    char path[32]; /* as good as a file's, for as long as `fd` is open */
} fuzz_file_t;

/* Makes a file that only its owner reads, with those bytes. */
void fuzz_file_open(fuzz_file_t *file, const uint8_t *data, size_t size);

/* Closes it; the file is gone. */
void fuzz_file_close(fuzz_file_t *file);

#endif
