/*
 * Fuzz targets: one function that takes any bytes at all and comes back.
 *
 * libFuzzer calls it with bytes that it makes up (`make fuzz`), replay.c with those
 * of the corpus (`make check`).  What must hold whatever the bytes are is asked for
 * with FUZZ_HOLDS.
 */
#ifndef GH_TESTS_FUZZ_H
#define GH_TESTS_FUZZ_H

/* System. */
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Ends the process when `condition` is false, assertions switched off or not. */
#define FUZZ_HOLDS(condition)                                                    \
    do {                                                                         \
        if (!(condition)) {                                                      \
            fprintf(stderr, "%s:%d: not: %s\n", __FILE__, __LINE__, #condition); \
            abort();                                                             \
        }                                                                        \
    } while (0)

#endif
