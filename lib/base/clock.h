/*
 * Time: the wall clock in microseconds, a monotonic clock for deadlines, and
 * LDAP's generalized time.
 */
#ifndef GH_BASE_CLOCK_H
#define GH_BASE_CLOCK_H

/* System. */
#include <stdint.h>

/* Base. */
#include "base/error.h"
#include "base/text.h"

/* Microseconds since 1970-01-01T00:00:00Z. */
typedef int64_t gh_time_t;

#define GH_SECOND ((gh_time_t) 1000000)

/* The longest generalized time that gh_clock_format writes, NUL included. */
#define GH_CLOCK_TEXT 24

/* Now, by the wall clock. */
gh_time_t gh_clock_now(void);

/* Milliseconds of a clock that never goes back; for deadlines only. */
int64_t gh_clock_monotonic(void);

/*
 * Reads a generalized time (RFC 4517, section 3.3.13): `20261123070500Z`, with
 * or without minutes, seconds, a fraction (cut to microseconds) and an offset
 * instead of Z.  Returns 0, or GH_ERR_INVALID with `*out` 0.
 */
int gh_clock_parse(gh_text_t text, gh_time_t *out);

/*
 * Writes `when` as generalized time in UTC, whole seconds without a fraction,
 * others with six digits of one.
 */
void gh_clock_format(gh_time_t when, char out[GH_CLOCK_TEXT]);

#endif
