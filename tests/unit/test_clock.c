/* Tests of lib/base/clock.c. */

/* cmocka, in the order it asks for. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

/* System. */
#include <time.h>

/* Base. */
#include "base/clock.h"

static void
test_parse(void **state)
{
    static const struct {
        const char *input;
        gh_time_t   want;
    } cases[] = { { "19700101000000Z", 0 }, { "19700101000001Z", 1000000 },
        { "20261123070500Z", 1795417500000000 }, { "202611230705Z", 1795417500000000 },
        { "2026112307Z", 1795417200000000 }, { "20261123070500.5Z", 1795417500500000 },
        { "20261123070500,25Z", 1795417500250000 },
        { "20261123070500.123456Z", 1795417500123456 },
        { "20261123070500.1234569Z", 1795417500123456 },
        { "20261123070500.123456789012345678901234567890Z", 1795417500123456 },
        { "202611230705.5Z", 1795417530000000 }, { "2026112307.5Z", 1795419000000000 },
        { "2026112307.123456789012Z", 1795417644444440 },
        { "20261123070500+0000", 1795417500000000 },
        { "20261123070500-0800", 1795446300000000 },
        { "20261123070500+0530", 1795397700000000 }, { "20261123070500-08", 1795446300000000 },
        { "20261123070500.5+01", 1795413900500000 }, { "20240229000000Z", 1709164800000000 },
        { "20000229000000Z", 951782400000000 }, { "20161231235960Z", 1483228800000000 },
        { "19691231235959Z", -1000000 }, { "19691231235959.75Z", -250000 },
        { "000001010000Z", -62167219200000000 }, { "00000101000000Z", -62167219200000000 },
        { "99991231235959.999999Z", 253402300799999999 } };

    (void) state;

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        gh_time_t when = 1;

        if (gh_clock_parse(gh_text(cases[i].input), &when) != 0 || when != cases[i].want) {
            fail_msg("%s: got %lld, want %lld", cases[i].input, (long long) when,
                (long long) cases[i].want);
        }
    }
}

static void
test_parse_refuses(void **state)
{
    static const gh_text_t cases[] = { GH_TEXT(""), GH_TEXT("Z"), GH_TEXT("2026"),
        GH_TEXT("20261123Z"), GH_TEXT("20261123070500"), GH_TEXT("2026112307050Z"),
        GH_TEXT("202611230Z"), GH_TEXT("20261123070500z"), GH_TEXT("20261123070500ZZ"),
        GH_TEXT("20261123070500Z "), GH_TEXT(" 20261123070500Z"), GH_TEXT("20261123070500Z\0"),
        GH_TEXT("20261123\0070500Z"), GH_TEXT("+0261123070500Z"), GH_TEXT("-0261123070500Z"),
        GH_TEXT("2026-11-23T07:05:00Z"), GH_TEXT("20260023070500Z"), GH_TEXT("20261323070500Z"),
        GH_TEXT("20261100070500Z"), GH_TEXT("20261131070500Z"), GH_TEXT("20250229000000Z"),
        GH_TEXT("21000229000000Z"), GH_TEXT("20261123240500Z"), GH_TEXT("20261123076000Z"),
        GH_TEXT("20261123070561Z"), GH_TEXT("20261123070500.Z"), GH_TEXT("20261123070500.5"),
        GH_TEXT("20261123070500.5.5Z"), GH_TEXT("20261123070500+"), GH_TEXT("20261123070500+1"),
        GH_TEXT("20261123070500+010"), GH_TEXT("20261123070500+2400"),
        GH_TEXT("20261123070500+0160"), GH_TEXT("20261123070500+01:00"),
        GH_TEXT("20261123070500+0100Z"), GH_TEXT("202611230705000000Z") };

    (void) state;

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        gh_time_t when = 1;

        if (gh_clock_parse(cases[i], &when) != GH_ERR_INVALID || when != 0) {
            fail_msg(
                "%.*s: was taken as %lld", (int) cases[i].len, cases[i].data, (long long) when);
        }
    }
}

static void
test_format(void **state)
{
    static const struct {
        gh_time_t   when;
        const char *want;
    } cases[] = { { 0, "19700101000000Z" }, { 1, "19700101000000.000001Z" },
        { 500000, "19700101000000.500000Z" }, { 1795417500000000, "20261123070500Z" },
        { 1795417500123456, "20261123070500.123456Z" }, { -1, "19691231235959.999999Z" },
        { -1000000, "19691231235959Z" }, { 951782400000000, "20000229000000Z" },
        { -62167219200000000, "00000101000000Z" }, { -62167219200000001, "00000101000000Z" },
        { 253402300799999999, "99991231235959.999999Z" },
        { 253402300800000000, "99991231235959.999999Z" }, { INT64_MIN, "00000101000000Z" },
        { INT64_MAX, "99991231235959.999999Z" } };

    (void) state;

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        char text[GH_CLOCK_TEXT];

        gh_clock_format(cases[i].when, text);
        assert_string_equal(text, cases[i].want);
    }
}

static void
test_clocks(void **state)
{
    gh_time_t now = gh_clock_now();
    int64_t   before = gh_clock_monotonic();

    (void) state;

    /* Within two seconds of what the C library says. */
    assert_true(now / GH_SECOND >= (gh_time_t) time(NULL) - 2);
    assert_true(now / GH_SECOND <= (gh_time_t) time(NULL) + 2);
    assert_true(before >= 0);
    assert_true(gh_clock_monotonic() >= before);
}

int
main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(test_parse),
        cmocka_unit_test(test_parse_refuses), cmocka_unit_test(test_format),
        cmocka_unit_test(test_clocks) };

    return cmocka_run_group_tests_name("clock", tests, NULL, NULL);
}
