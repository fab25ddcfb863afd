/*
 * Tickets: one purpose, one bearer, for a while.
 */

/* System. */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* cmocka. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

/* Base. */
#include "base/error.h"

/* Session. */
#include "session/ticket.h"

#define RING   "00c0ffee 2026-11-23T07:05:00Z AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=\n"
#define BEARER GH_TEXT("token-of-this-browser")

/* 2026-11-23T07:05:00Z, and a while in µs. */
#define NOW   INT64_C(1795417500000000)
#define WHILE INT64_C(60000000)

static int
setup(void **state)
{
    char path[] = "/tmp/gh-test-ticket.XXXXXX";
    int  fd = mkstemp(path);

    if (fd < 0 || write(fd, RING, sizeof(RING) - 1) != sizeof(RING) - 1) {
        return -1;
    }

    close(fd);
    *state = gh_keyring_read(path, NULL);
    unlink(path);
    return *state != NULL ? 0 : -1;
}

static int
teardown(void **state)
{
    gh_keyring_free(*state);
    return 0;
}

/* A ticket for BEARER that begins at NOW. */
static void
issue(const gh_keyring_t *ring, gh_buf_t *ticket)
{
    gh_buf_init(ticket);
    assert_int_equal(gh_ticket_issue(ring, GH_PURPOSE_FORM, BEARER, NOW, ticket), 0);
}

static void
test_lives_for_a_while(void **state)
{
    static const struct {
        const char *name;
        gh_time_t   now;
        bool        want;
    } cases[] = {
        { "at once", NOW, true },
        { "to its last moment", NOW + WHILE, true },
        { "too late", NOW + WHILE + 1, false },
        { "by another gateway's clock", NOW - 30000000, true },
        { "from the future", NOW - 30000001, false },
        { "at the end of time", INT64_MAX, false },
        { "at the beginning", 0, false },
        { "before it", -1, false },
        { "long before it", INT64_MIN, false },
    };
    gh_buf_t ticket;

    issue(*state, &ticket);

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        if (gh_ticket_is_good(
                *state, GH_PURPOSE_FORM, gh_buf_text(&ticket), BEARER, WHILE, cases[i].now)
            != cases[i].want)
        {
            fail_msg("%s", cases[i].name);
        }
    }

    gh_buf_cleanup(&ticket);
}

static void
test_is_for_one_bearer(void **state)
{
    static const char *const others[] = {
        "",
        "t",
        "token-of-this-browse",
        "token-of-this-browser2",
        "token-of-that-browser",
        "Token-of-this-browser",
    };
    gh_buf_t ticket;

    issue(*state, &ticket);

    for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++) {
        assert_false(gh_ticket_is_good(
            *state, GH_PURPOSE_FORM, gh_buf_text(&ticket), gh_text(others[i]), WHILE, NOW));
    }

    gh_buf_cleanup(&ticket);
}

static void
test_is_for_one_purpose(void **state)
{
    gh_buf_t ticket;

    issue(*state, &ticket);
    assert_false(gh_ticket_is_good(
        *state, GH_PURPOSE_SESSION, gh_buf_text(&ticket), BEARER, WHILE, NOW));
    assert_false(
        gh_ticket_is_good(*state, GH_PURPOSE_NONE, gh_buf_text(&ticket), BEARER, WHILE, NOW));
    gh_buf_cleanup(&ticket);
}

static void
test_refuses_what_is_no_ticket(void **state)
{
    static const char *const plain[] = {
        "",
        "1234567",
        "12345678",
        "\xff\xff\xff\xff\xff\xff\xff\xfftoken-of-this-browser",
    };
    gh_buf_t sealed;

    assert_false(gh_ticket_is_good(*state, GH_PURPOSE_FORM, GH_TEXT(""), BEARER, WHILE, NOW));
    assert_false(gh_ticket_is_good(*state, GH_PURPOSE_FORM, GH_TEXT("x"), BEARER, WHILE, NOW));

    gh_buf_init(&sealed);
    for (size_t i = 0; i < sizeof(plain) / sizeof(plain[0]); i++) {
        gh_buf_reset(&sealed);
        assert_int_equal(gh_seal(*state, GH_PURPOSE_FORM, gh_text(plain[i]), &sealed), 0);
        assert_false(gh_ticket_is_good(
            *state, GH_PURPOSE_FORM, gh_buf_text(&sealed), BEARER, WHILE, NOW));
        assert_false(gh_ticket_is_good(
            *state, GH_PURPOSE_FORM, gh_buf_text(&sealed), GH_TEXT(""), WHILE, NOW));
    }
    gh_buf_cleanup(&sealed);
}

static void
test_is_not_issued_to_nobody(void **state)
{
    char     bearer[2041];
    gh_buf_t ticket;

    memset(bearer, 'b', sizeof(bearer));
    gh_buf_init(&ticket);

    assert_int_equal(
        gh_ticket_issue(*state, GH_PURPOSE_FORM, GH_TEXT(""), NOW, &ticket), GH_ERR_INVALID);
    assert_int_equal(
        gh_ticket_issue(*state, GH_PURPOSE_NONE, BEARER, NOW, &ticket), GH_ERR_INVALID);
    assert_int_equal(
        gh_ticket_issue(*state, GH_PURPOSE_FORM, BEARER, -1, &ticket), GH_ERR_INVALID);
    assert_int_equal(gh_ticket_issue(*state, GH_PURPOSE_FORM,
                         (gh_text_t){ bearer, sizeof(bearer) }, NOW, &ticket),
        GH_ERR_LIMIT);
    assert_int_equal(ticket.len, 0);

    assert_int_equal(gh_ticket_issue(*state, GH_PURPOSE_FORM,
                         (gh_text_t){ bearer, sizeof(bearer) - 1 }, NOW, &ticket),
        0);
    assert_true(gh_ticket_is_good(*state, GH_PURPOSE_FORM, gh_buf_text(&ticket),
        (gh_text_t){ bearer, sizeof(bearer) - 1 }, WHILE, NOW));
    gh_buf_cleanup(&ticket);
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, setup, teardown)

int
main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_lives_for_a_while),
        TEST(test_is_for_one_bearer),
        TEST(test_is_for_one_purpose),
        TEST(test_refuses_what_is_no_ticket),
        TEST(test_is_not_issued_to_nobody),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
