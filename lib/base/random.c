/*
 * Randomness: the kernel's, asked each time.
 *
 * OpenSSL's generator gives the same quality and costs twenty times as much for
 * the few bytes that a nonce takes.
 */

/* System. */
#include <string.h>
#include <sys/random.h>

/* Base. */
#include "base/random.h"

/* Up to here the kernel gives all or nothing, and no signal breaks in (getrandom(2)). */
#define GH_RANDOM_MAX 256

int
gh_random_fill(void *out, size_t len)
{
    if (len <= GH_RANDOM_MAX && getrandom(out, len, 0) == (ssize_t) len) {
        return 0;
    }

    memset(out, 0, len);
    return GH_ERR_IO;
}
