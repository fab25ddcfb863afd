/*
 * Sessions: what a cookie carries, what is refused in one, and when it is over.
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
#include "session/seal.h"
#include "session/session.h"

#define RING "00c0ffee 2026-11-23T07:05:00Z AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=\n"
#define UUID "6f1c2a34-5b6d-4e7f-8091-a2b3c4d5e6f7"
#define ID   "\"id\":\"00112233445566778899aabbccddeeff\""

/* 2026-11-23T07:05:00Z */
#define NOW INT64_C(1795417500000000)

static int
setup(void **state)
{
    char path[] = "/tmp/gh-test-session.XXXXXX";
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

/* A string of `count` times `unit`, which the caller frees. */
static char *
repeat(const char *unit, size_t count)
{
    size_t len = strlen(unit);
    char  *string = calloc(count + 1, len);

    assert_non_null(string);
    for (size_t i = 0; i < count; i++) {
        memcpy(string + i * len, unit, len);
    }

    return string;
}

/* Seals `json` as if it were a session, and opens that. */
static gh_session_t *
open_json(const gh_keyring_t *ring, const char *json)
{
    gh_session_t *session;
    gh_buf_t      sealed;

    gh_buf_init(&sealed);
    assert_int_equal(gh_seal(ring, GH_PURPOSE_SESSION, gh_text(json), &sealed), 0);
    session = gh_session_open(gh_buf_text(&sealed), ring);
    gh_buf_cleanup(&sealed);
    return session;
}

static void
test_comes_back_as_it_was(void **state)
{
    gh_session_t *session, *opened;
    gh_buf_t      sealed;

    session = gh_session_new(
        "public", "maria.lopez", UUID, "María \"Mia\" López", "maria@city.example", NOW);
    assert_non_null(session);
    session->seen = NOW + 5;

    gh_buf_init(&sealed);
    assert_int_equal(gh_session_seal(session, *state, &sealed), 0);

    opened = gh_session_open(gh_buf_text(&sealed), *state);
    assert_non_null(opened);
    assert_memory_equal(opened->id, session->id, 16);
    assert_string_equal(opened->id_text, session->id_text);
    assert_string_equal(opened->realm, "public");
    assert_string_equal(opened->uid, "maria.lopez");
    assert_string_equal(opened->uuid, UUID);
    assert_string_equal(opened->name, "María \"Mia\" López");
    assert_string_equal(opened->mail, "maria@city.example");
    assert_true(opened->signed_in == NOW);
    assert_true(opened->seen == NOW + 5);

    gh_session_free(opened);
    gh_session_free(session);
    gh_buf_cleanup(&sealed);
}

static void
test_ids_differ(void **state)
{
    gh_session_t *a = gh_session_new("public", "a", UUID, "A", "", NOW);
    gh_session_t *b = gh_session_new("public", "a", UUID, "A", "", NOW);

    (void) state;
    assert_non_null(a);
    assert_non_null(b);
    assert_int_equal(strlen(a->id_text), 32);
    assert_int_equal(strspn(a->id_text, "0123456789abcdef"), 32);
    assert_string_not_equal(a->id_text, b->id_text);

    gh_session_free(a);
    gh_session_free(b);
}

static void
test_longest_fits_a_cookie(void **state)
{
    /* JSON doubles every one of these. */
    char         *realm = repeat("\"", 64), *uid = repeat("\\", 256);
    char         *uuid = repeat("\"", 64), *name = repeat("\"", 256);
    char         *mail = repeat("\\", 256);
    gh_session_t *session, *opened;
    gh_buf_t      sealed;

    session = gh_session_new(realm, uid, uuid, name, mail, INT64_C(253402300800000000));
    assert_non_null(session);

    gh_buf_init(&sealed);
    assert_int_equal(gh_session_seal(session, *state, &sealed), 0);
    assert_true(sealed.len <= 2800);

    opened = gh_session_open(gh_buf_text(&sealed), *state);
    assert_non_null(opened);
    assert_string_equal(opened->uid, uid);
    assert_string_equal(opened->mail, mail);

    gh_session_free(opened);
    gh_session_free(session);
    gh_buf_cleanup(&sealed);
    free(realm);
    free(uid);
    free(uuid);
    free(name);
    free(mail);
}

static void
test_cuts_names_at_a_character(void **state)
{
    static const struct {
        const char *unit;
        size_t      count;
        size_t      want; /* bytes */
    } cases[] = {
        { "n", 256, 256 },
        { "n", 257, 256 },
        { "é", 128, 256 },
        { "é", 129, 256 },
        { "€", 86, 255 },
        { "😀", 65, 256 },
        { "nn😀", 45, 254 },
    };

    (void) state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        char         *name = repeat(cases[i].unit, cases[i].count);
        gh_session_t *session = gh_session_new("public", "u", UUID, name, "", NOW);

        assert_non_null(session);
        assert_int_equal(strlen(session->name), cases[i].want);
        assert_memory_equal(session->name, name, cases[i].want);
        assert_true(gh_text_is_clean(gh_text(session->name)));
        gh_session_free(session);
        free(name);
    }
}

static void
test_does_without_bad_names_and_addresses(void **state)
{
    char         *long_mail = repeat("m", 257);
    gh_session_t *session;

    (void) state;
    session = gh_session_new("public", "u", UUID, "bell\a", "a\nb@city.example", NOW);
    assert_non_null(session);
    assert_string_equal(session->name, "u");
    assert_string_equal(session->mail, "");
    gh_session_free(session);

    session = gh_session_new("public", "u", UUID, "", NULL, NOW);
    assert_non_null(session);
    assert_string_equal(session->name, "u");
    assert_string_equal(session->mail, "");
    gh_session_free(session);

    session = gh_session_new("public", "u", UUID, "latin \xe9", long_mail, NOW);
    assert_non_null(session);
    assert_string_equal(session->name, "u");
    assert_string_equal(session->mail, "");
    gh_session_free(session);

    free(long_mail);
}

static void
test_refuses_bad_identities(void **state)
{
    char *long_realm = repeat("r", 65), *long_uid = repeat("u", 257);
    char *long_uuid = repeat("0", 65);

    (void) state;
    assert_null(gh_session_new("", "u", UUID, "N", "", NOW));
    assert_null(gh_session_new(NULL, "u", UUID, "N", "", NOW));
    assert_null(gh_session_new("public", "", UUID, "N", "", NOW));
    assert_null(gh_session_new("public", "u", "", "N", "", NOW));
    assert_null(gh_session_new(long_realm, "u", UUID, "N", "", NOW));
    assert_null(gh_session_new("public", long_uid, UUID, "N", "", NOW));
    assert_null(gh_session_new("public", "u", long_uuid, "N", "", NOW));
    assert_null(gh_session_new("public", "u\r\nRemote-User: x", UUID, "N", "", NOW));
    assert_null(gh_session_new("public", "\xff", UUID, "N", "", NOW));
    assert_null(gh_session_new("public", "u", UUID, "N", "", -1));
    assert_null(gh_session_new("public", "u", UUID, "N", "", INT64_MAX));

    free(long_realm);
    free(long_uid);
    free(long_uuid);
}

static void
test_opens_the_documented_form(void **state)
{
    gh_session_t *session = open_json(*state,
        "{" ID ",\"realm\":\"contractor\",\"uid\":\"1012345\",\"uuid\":\"" UUID "\","
        "\"name\":\"Almond Builders\",\"mail\":\"\",\"begun\":1000000,\"seen\":2000000}");

    assert_non_null(session);
    assert_int_equal(session->id[0], 0x00);
    assert_int_equal(session->id[15], 0xff);
    assert_string_equal(session->id_text, "00112233445566778899aabbccddeeff");
    assert_string_equal(session->realm, "contractor");
    assert_string_equal(session->uid, "1012345");
    assert_true(session->signed_in == 1000000);
    assert_true(session->seen == 2000000);
    gh_session_free(session);
}

#define TEXTS \
    "\"realm\":\"public\",\"uid\":\"u\",\"uuid\":\"" UUID "\",\"name\":\"N\",\"mail\":\"m\""
#define TIMES "\"begun\":1,\"seen\":2"

/* A session with these members, given as JSON. */
#define JSON(realm, uid, uuid, name, mail)                                         \
    "{" ID ",\"realm\":" realm ",\"uid\":" uid ",\"uuid\":" uuid ",\"name\":" name \
    ",\"mail\":" mail "," TIMES "}"

static void
test_refuses_other_forms(void **state)
{
    static const char *const cases[] = {
        "",
        "null",
        "[]",
        "{}",
        "not json",
        "{" ID "," TEXTS "," TIMES,
        "{" ID "," TEXTS "," TIMES "}x",
        "{" ID "," TEXTS "," TIMES ",\"more\":1}",
        "{" ID "," TEXTS "," TIMES ",\"seen\":2}",
        "[{" ID "," TEXTS "," TIMES "}]",
        /* a member short */
        "{" TEXTS "," TIMES "}",
        "{" ID "," TIMES "}",
        "{" ID "," TEXTS ",\"begun\":1}",
        "{" ID "," TEXTS ",\"begun\":1,\"other\":2}",
        /* the id */
        "{\"id\":17," TEXTS "," TIMES "}",
        "{\"id\":\"\"," TEXTS "," TIMES "}",
        "{\"id\":\"00112233445566778899aabbccddeef\"," TEXTS "," TIMES "}",
        "{\"id\":\"00112233445566778899aabbccddeefff\"," TEXTS "," TIMES "}",
        "{\"id\":\"00112233445566778899AABBCCDDEEFF\"," TEXTS "," TIMES "}",
        "{\"id\":\"00112233445566778899aabbccddeefg\"," TEXTS "," TIMES "}",
        "{\"id\":\"+0112233445566778899aabbccddeeff\"," TEXTS "," TIMES "}",
        /* the times */
        "{" ID "," TEXTS ",\"begun\":2,\"seen\":1}",
        "{" ID "," TEXTS ",\"begun\":-1,\"seen\":2}",
        "{" ID "," TEXTS ",\"begun\":1.0,\"seen\":2}",
        "{" ID "," TEXTS ",\"begun\":\"1\",\"seen\":2}",
        "{" ID "," TEXTS ",\"begun\":1,\"seen\":true}",
        "{" ID "," TEXTS ",\"begun\":1,\"seen\":253402300800000001}",
        "{" ID "," TEXTS ",\"begun\":1,\"seen\":9223372036854775808}",
        /* the texts */
        JSON("\"\"", "\"u\"", "\"x\"", "\"N\"", "\"m\""),
        JSON("\"r\"", "\"\"", "\"x\"", "\"N\"", "\"m\""),
        JSON("\"r\"", "\"u\"", "\"\"", "\"N\"", "\"m\""),
        JSON("\"r\"", "\"u\"", "\"x\"", "\"\"", "\"m\""),
        JSON("\"r\"", "7", "\"x\"", "\"N\"", "\"m\""),
        JSON("\"r\"", "\"u\"", "\"x\"", "\"N\"", "null"),
        JSON("\"r\"", "\"u\\n\"", "\"x\"", "\"N\"", "\"m\""),
        JSON("\"r\"", "\"u\\u0000\"", "\"x\"", "\"N\"", "\"m\""),
        JSON("\"r\"", "\"u\"", "\"x\"", "\"\xc3(\"", "\"m\""),
    };
    gh_session_t *session = open_json(*state, "{" ID "," TEXTS "," TIMES "}");

    assert_non_null(session);
    gh_session_free(session);

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        session = open_json(*state, cases[i]);

        if (session != NULL) {
            fail_msg("opened: %s", cases[i]);
        }
    }
}

static void
test_refuses_overlong_texts(void **state)
{
    static const struct {
        const char *format;
        size_t      max;
    } cases[] = {
        { JSON("\"%s\"", "\"u\"", "\"x\"", "\"N\"", "\"m\""), 64 },
        { JSON("\"r\"", "\"%s\"", "\"x\"", "\"N\"", "\"m\""), 256 },
        { JSON("\"r\"", "\"u\"", "\"%s\"", "\"N\"", "\"m\""), 64 },
        { JSON("\"r\"", "\"u\"", "\"x\"", "\"%s\"", "\"m\""), 256 },
        { JSON("\"r\"", "\"u\"", "\"x\"", "\"N\"", "\"%s\""), 256 },
    };

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        for (size_t more = 0; more <= 1; more++) {
            char         *text = repeat("x", cases[i].max + more);
            gh_buf_t      json;
            gh_session_t *session;

            gh_buf_init(&json);
            gh_buf_add_format(&json, cases[i].format, text);
            session = open_json(*state, gh_buf_string(&json));
            assert_int_equal(session != NULL, more == 0);

            gh_session_free(session);
            gh_buf_cleanup(&json);
            free(text);
        }
    }
}

static void
test_refuses_other_seals(void **state)
{
    gh_buf_t sealed;

    gh_buf_init(&sealed);
    assert_int_equal(
        gh_seal(*state, GH_PURPOSE_FORM, GH_TEXT("{" ID "," TEXTS "," TIMES "}"), &sealed), 0);

    assert_null(gh_session_open(gh_buf_text(&sealed), *state));
    assert_null(gh_session_open(GH_TEXT(""), *state));
    assert_null(gh_session_open(GH_TEXT("garbage"), *state));
    gh_buf_cleanup(&sealed);
}

static void
test_is_alive(void **state)
{
    static const struct {
        const char *name;
        gh_time_t   signed_in;
        gh_time_t   seen;
        bool        want;
    } cases[] = {
        { "just now", NOW, NOW, true },
        { "as old as may be", NOW - 1000, NOW, true },
        { "too old", NOW - 1001, NOW, false },
        { "as idle as may be", NOW - 500, NOW - 100, true },
        { "too idle", NOW - 500, NOW - 101, false },
        { "another gateway's clock", NOW + 30000000, NOW + 30000000, true },
        { "from the future", NOW, NOW + 30000001, false },
        { "all from the future", NOW + 30000001, NOW + 30000001, false },
        { "from 1970", 0, 0, false },
    };
    gh_session_t *session = gh_session_new("public", "u", UUID, "N", "", NOW);

    (void) state;
    assert_non_null(session);

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        session->signed_in = cases[i].signed_in;
        session->seen = cases[i].seen;

        if (gh_session_is_alive(session, 1000, 100, NOW) != cases[i].want) {
            fail_msg("%s", cases[i].name);
        }
    }

    session->signed_in = session->seen = 0;
    assert_false(gh_session_is_alive(session, INT64_MAX, INT64_MAX, -1));
    gh_session_free(session);
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, setup, teardown)

int
main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_comes_back_as_it_was),
        TEST(test_ids_differ),
        TEST(test_longest_fits_a_cookie),
        TEST(test_cuts_names_at_a_character),
        TEST(test_does_without_bad_names_and_addresses),
        TEST(test_refuses_bad_identities),
        TEST(test_opens_the_documented_form),
        TEST(test_refuses_other_forms),
        TEST(test_refuses_overlong_texts),
        TEST(test_refuses_other_seals),
        TEST(test_is_alive),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
