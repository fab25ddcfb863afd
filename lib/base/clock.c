/*
 * Time: the clocks, and LDAP's generalized time read and written in UTC.
 */

/* System. */
#include <stdio.h>
#include <time.h>

/* Base. */
#include "base/clock.h"

/* What is left to read of a generalized time. */
typedef struct {
    const char *at;
    const char *end;
} gh_clock_reader_t;

static bool
gh_clock_is_digit(const gh_clock_reader_t *reader)
{
    return reader->at < reader->end && *reader->at >= '0' && *reader->at <= '9';
}

/* Reads exactly `digits` digits; false when there are fewer. */
static bool
gh_clock_read_number(gh_clock_reader_t *reader, int digits, int *out)
{
    *out = 0;

    while (digits-- > 0) {
        if (!gh_clock_is_digit(reader)) {
            return false;
        }

        *out = *out * 10 + (*reader->at++ - '0');
    }

    return true;
}

/* Reads two digits of a range. */
static bool
gh_clock_read_two(gh_clock_reader_t *reader, int least, int most, int *out)
{
    return gh_clock_read_number(reader, 2, out) && *out >= least && *out <= most;
}

static int
gh_clock_days(int year, int month)
{
    static const int days[] = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };
    bool             is_leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;

    return month == 2 && is_leap ? 29 : days[month - 1];
}

static bool
gh_clock_read_date(gh_clock_reader_t *reader, struct tm *tm)
{
    int year, month, day;

    if (!gh_clock_read_number(reader, 4, &year) || !gh_clock_read_two(reader, 1, 12, &month)
        || !gh_clock_read_two(reader, 1, gh_clock_days(year, month), &day))
    {
        return false;
    }

    tm->tm_year = year - 1900;
    tm->tm_mon = month - 1;
    tm->tm_mday = day;
    return true;
}

/*
 * Reads the time of day.  `*unit` becomes the seconds of the last part that
 * is there, of which a fraction may follow: 3600, 60 or 1.
 */
static bool
gh_clock_read_day_time(gh_clock_reader_t *reader, struct tm *tm, int *unit)
{
    if (!gh_clock_read_two(reader, 0, 23, &tm->tm_hour)) {
        return false;
    }

    *unit = 3600;
    if (!gh_clock_is_digit(reader)) {
        return true;
    }

    if (!gh_clock_read_two(reader, 0, 59, &tm->tm_min)) {
        return false;
    }

    *unit = 60;
    if (!gh_clock_is_digit(reader)) {
        return true;
    }

    /* 60 is a leap second; timegm makes it the first of the next minute. */
    *unit = 1;
    return gh_clock_read_two(reader, 0, 60, &tm->tm_sec);
}

/* Reads `.` or `,` and digits, if they are there, as a part of `unit` seconds. */
static bool
gh_clock_read_fraction(gh_clock_reader_t *reader, int unit, gh_time_t *out)
{
    int64_t weight = 100000000000; /* of the first of twelve digits */
    int64_t value = 0;

    *out = 0;
    if (reader->at == reader->end || (*reader->at != '.' && *reader->at != ',')) {
        return true;
    }

    reader->at++;
    if (!gh_clock_is_digit(reader)) {
        return false;
    }

    /* The weight ends at 0, and so what is finer is read and dropped. */
    for (; gh_clock_is_digit(reader); weight /= 10) {
        value += (*reader->at++ - '0') * weight;
    }

    *out = value * unit / 1000000;
    return true;
}

/* Reads `Z`, or an offset, whose sign says how far ahead of UTC the time is. */
static bool
gh_clock_read_zone(gh_clock_reader_t *reader, gh_time_t *ahead)
{
    int  hours, minutes = 0;
    char sign;

    *ahead = 0;
    if (reader->at == reader->end) {
        return false;
    }

    sign = *reader->at++;
    if (sign == 'Z') {
        return true;
    }

    if ((sign != '+' && sign != '-') || !gh_clock_read_two(reader, 0, 23, &hours)) {
        return false;
    }

    if (gh_clock_is_digit(reader) && !gh_clock_read_two(reader, 0, 59, &minutes)) {
        return false;
    }

    *ahead = (hours * 60 + minutes) * 60 * GH_SECOND;
    if (sign == '-') {
        *ahead = -*ahead;
    }

    return true;
}

gh_time_t
gh_clock_now(void)
{
    struct timespec now;

    clock_gettime(CLOCK_REALTIME, &now);
    return now.tv_sec * GH_SECOND + now.tv_nsec / 1000;
}

int64_t
gh_clock_monotonic(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t) now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

int
gh_clock_parse(gh_text_t text, gh_time_t *out)
{
    gh_clock_reader_t reader = { text.data, text.data + text.len };
    struct tm         tm = { 0 };
    gh_time_t         fraction, ahead;
    int               unit;

    *out = 0;

    if (!gh_clock_read_date(&reader, &tm) || !gh_clock_read_day_time(&reader, &tm, &unit)
        || !gh_clock_read_fraction(&reader, unit, &fraction)
        || !gh_clock_read_zone(&reader, &ahead) || reader.at != reader.end)
    {
        return GH_ERR_INVALID;
    }

    *out = timegm(&tm) * GH_SECOND + fraction - ahead;
    return 0;
}

void
gh_clock_format(gh_time_t when, char out[GH_CLOCK_TEXT])
{
    /* The years that four digits can say. */
    const gh_time_t least = -62167219200 * GH_SECOND;
    const gh_time_t most = 253402300800 * GH_SECOND - 1;
    struct tm       tm;
    time_t          seconds;
    unsigned        micros;
    char            day[sizeof("YYYYMMDDhhmmss")];

    when = when < least ? least : when > most ? most : when;

    /* Round down, also before 1970, so that the fraction is never negative. */
    seconds = when / GH_SECOND - (when % GH_SECOND < 0);
    micros = (unsigned) (when - seconds * GH_SECOND);
    gmtime_r(&seconds, &tm);

    snprintf(day, sizeof(day), "%04u%02u%02u%02u%02u%02u",
        (unsigned) (tm.tm_year + 1900) % 10000, (unsigned) (tm.tm_mon + 1) % 100,
        (unsigned) tm.tm_mday % 100, (unsigned) tm.tm_hour % 100, (unsigned) tm.tm_min % 100,
        (unsigned) tm.tm_sec % 100);

    if (micros == 0) {
        snprintf(out, GH_CLOCK_TEXT, "%sZ", day);

    } else {
        snprintf(out, GH_CLOCK_TEXT, "%s.%06uZ", day, micros % 1000000);
    }
}
