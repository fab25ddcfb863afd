/*
 * Meter: a clock, counters, and a list of times that is sorted at the end.
 */

/* System. */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

/* Bench. */
#include "meter.h"

#define METER_KEPT 4000000

int64_t
meter_now(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);

    return (int64_t) now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

void
meter_start(meter_t *meter, double seconds)
{
    *meter = (meter_t){ .begin = meter_now() };
    meter->end = meter->begin + (int64_t) (seconds * 1000000);
    meter->took = malloc(METER_KEPT * sizeof(*meter->took));

    if (meter->took == NULL) {
        meter_die("memory is out");
    }
}

bool
meter_is_over(const meter_t *meter)
{
    return meter_now() >= meter->end;
}

void
meter_count(meter_t *meter, int64_t began, bool is_well)
{
    int64_t now = meter_now();
    size_t  kept = meter->done + meter->late;

    if (!is_well) {
        meter->failed++;
        return;
    }

    if (kept < METER_KEPT) {
        meter->took[kept] = (uint32_t) (now - began);
    }

    if (now > meter->end) {
        meter->late++;
    } else {
        meter->done++;
    }
}

static int
compare(const void *left, const void *right)
{
    uint32_t a = *(const uint32_t *) left, b = *(const uint32_t *) right;

    return (a > b) - (a < b);
}

void
meter_print(meter_t *meter)
{
    size_t well = meter->done + meter->late;
    size_t kept = well < METER_KEPT ? well : METER_KEPT;
    double seconds = (double) (meter->end - meter->begin) / 1000000;

    qsort(meter->took, kept, sizeof(*meter->took), compare);

    printf("{\"done\": %zu, \"late\": %zu, \"failed\": %zu, \"seconds\": %.3f,"
           " \"rate\": %.2f, \"p50\": %u, \"p99\": %u}\n",
        meter->done, meter->late, meter->failed, seconds, (double) meter->done / seconds,
        kept > 0 ? meter->took[kept / 2] : 0, kept > 0 ? meter->took[kept * 99 / 100] : 0);

    free(meter->took);
    meter->took = NULL;
}

void
meter_name(char *name, size_t size, const char *prefix, unsigned count)
{
    snprintf(name, size, "%s.%07u", prefix, (unsigned) random() % count);
}

void
meter_die(const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    vfprintf(stderr, format, arguments);
    va_end(arguments);
    fputc('\n', stderr);

    exit(1);
}
