/*
 * Meter: how many were done in a time, and how long each took.
 */
#ifndef GH_BENCH_METER_H
#define GH_BENCH_METER_H

/* System. */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Times are in µs of the monotonic clock. */
typedef struct {
    int64_t   begin;
    int64_t   end;
    size_t    done;   /* well, within the time */
    size_t    late;   /* well, but when the time was over */
    size_t    failed; /* at any time */
    uint32_t *took;   /* µs each, of what was done well; METER_KEPT at most */
} meter_t;

/* The time, µs. */
int64_t meter_now(void);

/* Begins to measure, for so many seconds.  Ends the program when memory is out. */
void meter_start(meter_t *meter, double seconds);

/* Whether the time is over. */
bool meter_is_over(const meter_t *meter);

/* Counts one that was begun at `began` and has ended now. */
void meter_count(meter_t *meter, int64_t began, bool is_well);

/*
 * Prints what came out, a JSON object in one line: `done`, `late`, `failed`,
 * `seconds`, `rate` (done a second), `p50` and `p99` (µs).  Frees what start has taken.
 */
void meter_print(meter_t *meter);

/* One of `count` names at random, such as `crowd.0000042`; cuts off what is too long. */
void meter_name(char *name, size_t size, const char *prefix, unsigned count);

/* Says what went wrong, and ends the program. */
void meter_die(const char *format, ...) __attribute__((noreturn, format(printf, 1, 2)));

#endif
