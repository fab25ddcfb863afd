/*
 * Audit: the line of an event, literally, and lines at the end of a file.
 */

/* System. */
#include <errno.h>
#include <string.h>

/* cmocka. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

/* Account. */
#include "account/audit.h"

/* Tests. */
#include "scratch.h"

/* 2026-11-23T07:05:00.000042Z */
#define NOW ((gh_time_t) 1795417500000042)

static gh_audit_event_t
event_new(void)
{
    return (gh_audit_event_t){ .time = NOW, .event = "sign-in", .outcome = "wrong-password" };
}

static void
assert_line(const gh_audit_event_t *event, const char *want)
{
    gh_buf_t line;

    gh_buf_init(&line);
    assert_int_equal(gh_audit_line(event, &line), 0);
    assert_string_equal(gh_buf_string(&line), want);
    gh_buf_cleanup(&line);
}

static void
test_leaves_out_what_is_empty(void **state)
{
    gh_audit_event_t event = event_new();

    (void) state;

    assert_line(&event,
        "{\"time\":\"2026-11-23T07:05:00.000042Z\",\"event\":\"sign-in\","
        "\"outcome\":\"wrong-password\"}\n");
}

static void
test_names_everything(void **state)
{
    gh_audit_event_t event = event_new();

    (void) state;

    event.realm = GH_TEXT("contractor");
    event.uid = GH_TEXT("765432");
    event.address = GH_TEXT("2001:db8::7");
    event.request = GH_TEXT("5f2c");
    event.by = GH_TEXT("uid=pat,ou=staff,dc=city,dc=example");
    event.reason = GH_TEXT("rang, \"knows\" Núñez");

    assert_line(&event,
        "{\"time\":\"2026-11-23T07:05:00.000042Z\",\"event\":\"sign-in\","
        "\"outcome\":\"wrong-password\",\"realm\":\"contractor\",\"uid\":\"765432\","
        "\"address\":\"2001:db8::7\",\"request\":\"5f2c\","
        "\"by\":\"uid=pat,ou=staff,dc=city,dc=example\","
        "\"reason\":\"rang, \\\"knows\\\" Núñez\"}\n");
}

/* Neither a second line nor bytes that aren't text get into the file. */
static void
test_stays_one_line(void **state)
{
    static const struct {
        gh_text_t   uid;
        const char *want;
    } cases[] = {
        { { "a\nb", 3 }, "a?b" },
        { { "a\0b", 3 }, "a?b" },
        { { "\xff\xfe", 2 }, "??" },
        { { "a\x1b[2J", 5 }, "a?[2J" },
        { { "\xc2\x9b", 2 }, "??" },
        { { "a\xc3\xa9\n", 4 }, "a???" },
        { { "\\", 1 }, "\\\\" },
    };

    (void) state;

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        gh_audit_event_t event = event_new();
        char             want[256];

        event.uid = cases[i].uid;
        snprintf(want, sizeof(want),
            "{\"time\":\"2026-11-23T07:05:00.000042Z\",\"event\":\"sign-in\","
            "\"outcome\":\"wrong-password\",\"uid\":\"%s\"}\n",
            cases[i].want);
        assert_line(&event, want);
    }
}

static void
test_cuts_what_is_overlong(void **state)
{
    gh_audit_event_t event = event_new();
    char             uid[301];
    gh_buf_t         line;

    (void) state;

    /* The 256th byte is the first of two: the character goes whole. */
    memset(uid, 'a', 300);
    memcpy(uid + 255, "\xc3\xa9", 2);
    event.uid = (gh_text_t){ uid, 300 };

    gh_buf_init(&line);
    assert_int_equal(gh_audit_line(&event, &line), 0);
    uid[255] = '\0';
    assert_non_null(strstr(gh_buf_string(&line), uid));
    assert_null(strstr(gh_buf_string(&line), "\xc3"));

    /* Six of the longest, each of whose bytes JSON doubles. */
    memset(uid, '"', 300);
    event.uid = event.realm = event.address = event.request = event.by = event.reason =
        (gh_text_t){ uid, 300 };
    gh_buf_reset(&line);
    assert_int_equal(gh_audit_line(&event, &line), 0);
    assert_in_range(line.len, 3072, GH_AUDIT_LINE_MAX);
    gh_buf_cleanup(&line);
}

static void
test_appends(void **state)
{
    static const char line[] = "{\"time\":\"2026-11-23T07:05:00.000042Z\","
                               "\"event\":\"sign-in\",\"outcome\":\"wrong-password\"}\n";
    const scratch_t  *scratch = *state;
    gh_audit_event_t  event = event_new();
    char              got[1024] = "";
    char              want[1024];
    gh_error_t        error;
    struct stat       status;
    int               first, second;
    FILE             *file;

    umask(022);
    first = gh_audit_open(scratch->path, &error);
    second = gh_audit_open(scratch->path, &error);
    assert_true(first >= 0 && second >= 0);
    assert_int_equal(fstat(first, &status), 0);
    assert_int_equal(status.st_mode & 07777, 0640);

    assert_int_equal(gh_audit_append(first, &event), 0);
    assert_int_equal(gh_audit_append(second, &event), 0);
    assert_int_equal(gh_audit_append(first, &event), 0);
    assert_int_equal(close(first), 0);
    assert_int_equal(close(second), 0);
    assert_int_equal(gh_audit_append(-1, &event), GH_ERR_IO);

    file = fopen(scratch->path, "r");
    assert_non_null(file);
    assert_true(fread(got, 1, sizeof(got) - 1, file) > 0);
    fclose(file);
    snprintf(want, sizeof(want), "%s%s%s", line, line, line);
    assert_string_equal(got, want);
}

static void
test_refuses_other_files(void **state)
{
    const scratch_t *scratch = *state;
    gh_error_t       error = { "" };
    char             link[128];

    assert_int_equal(gh_audit_open(scratch->folder, &error), GH_ERR_IO);
    assert_non_null(strstr(error.text, scratch->folder));
    assert_int_equal(gh_audit_open("/dev/null", &error), GH_ERR_INVALID);
    assert_string_equal(error.text, "the audit file /dev/null is not a regular file");

    scratch_write(scratch, "", 0, 0600);
    snprintf(link, sizeof(link), "%s/link", scratch->folder);
    assert_int_equal(symlink(scratch->path, link), 0);
    assert_int_equal(gh_audit_open(link, &error), GH_ERR_IO);
    assert_int_equal(unlink(link), 0);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_leaves_out_what_is_empty),
        cmocka_unit_test(test_names_everything),
        cmocka_unit_test(test_stays_one_line),
        cmocka_unit_test(test_cuts_what_is_overlong),
        cmocka_unit_test_setup_teardown(test_appends, scratch_setup, scratch_teardown),
        cmocka_unit_test_setup_teardown(
            test_refuses_other_files, scratch_setup, scratch_teardown),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
