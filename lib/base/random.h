/*
 * Randomness: nonces, ids and tokens.
 */
#ifndef GH_BASE_RANDOM_H
#define GH_BASE_RANDOM_H

/* System. */
#include <stddef.h>

/* Base. */
#include "base/error.h"

/*
 * Fills `out` with `len` random bytes of the kernel's (getrandom(2)), 256 at
 * most: never the same in two processes, whoever forked from whom.  Returns 0,
 * or GH_ERR_IO with `out` all zero.
 */
int gh_random_fill(void *out, size_t len);

#endif
