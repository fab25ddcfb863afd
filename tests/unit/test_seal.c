/*
 * Seals: what opens, and everything that must not.
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

/* The bytes 0 to 31, and 32 times 7. */
#define COUNTED "00c0ffee 2026-11-23T07:05:00Z AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=\n"
#define SEVENS  "deadbeef 2026-12-23T07:05:00Z BwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwc=\n"

/* The id of the counted key with the other key's bytes. */
#define IMPOSTOR "00c0ffee 2026-11-23T07:05:00Z BwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwc=\n"

/*
 * Made by another implementation (the AESGCM of Python's cryptography): key
 * 00c0ffee, nonce `defghijklmno`, purpose `f`; of PLAIN and of nothing.
 */
#define PLAIN        "level plumb and square"
#define SEALED       "AQDA_-5kZWZnaGlqa2xtbm8kfqgDFckm8ksPPci7Cw7dMbNza_kJLJnU5uZXtaJ66dfNzbOGZQ"
#define SEALED_EMPTY "AQDA_-5kZWZnaGlqa2xtbm-bfPoFjeqk1YFTTU0tSjhP"

static gh_keyring_t *
make_ring(const char *content)
{
    char          path[] = "/tmp/gh-test-seal.XXXXXX";
    int           fd = mkstemp(path);
    gh_keyring_t *ring;

    assert_true(fd >= 0);
    assert_int_equal(write(fd, content, strlen(content)), strlen(content));
    close(fd);

    ring = gh_keyring_read(path, NULL);
    unlink(path);
    assert_non_null(ring);
    return ring;
}

static int
setup(void **state)
{
    *state = make_ring(COUNTED);
    return 0;
}

static int
teardown(void **state)
{
    gh_keyring_free(*state);
    return 0;
}

/* Opens and compares; `want` NULL: it must not open, and nothing is appended. */
static void
assert_opens(const gh_keyring_t *ring, gh_purpose_t purpose, gh_text_t sealed, const char *want)
{
    gh_buf_t out;

    gh_buf_init(&out);
    assert_int_equal(gh_buf_add_string(&out, "before"), 0);

    if (want != NULL) {
        assert_int_equal(gh_unseal(ring, purpose, sealed, &out), 0);
        assert_memory_equal(out.data, "before", 6);
        assert_string_equal(out.data + 6, want);

    } else {
        assert_int_equal(gh_unseal(ring, purpose, sealed, &out), GH_ERR_INVALID);
        assert_string_equal(gh_buf_string(&out), "before");
    }

    gh_buf_cleanup(&out);
}

static void
test_opens_what_another_implementation_sealed(void **state)
{
    assert_opens(*state, GH_PURPOSE_FORM, GH_TEXT(SEALED), PLAIN);
    assert_opens(*state, GH_PURPOSE_FORM, GH_TEXT(SEALED_EMPTY), "");
}

static void
test_opens_what_it_sealed(void **state)
{
    static const char *const texts[] = {
        "",
        "a",
        "ab",
        "abc",
        "abcd",
        "Łódź \"quoted\"",
        "a text that is a little longer than one block of the cipher",
    };
    gh_buf_t sealed;

    gh_buf_init(&sealed);

    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        gh_buf_reset(&sealed);
        assert_int_equal(gh_seal(*state, GH_PURPOSE_SESSION, gh_text(texts[i]), &sealed), 0);
        assert_opens(*state, GH_PURPOSE_SESSION, gh_buf_text(&sealed), texts[i]);
    }

    gh_buf_cleanup(&sealed);
}

static void
test_seals_nothing_without_a_pointer(void **state)
{
    gh_buf_t sealed;

    gh_buf_init(&sealed);
    assert_int_equal(gh_seal(*state, GH_PURPOSE_FORM, (gh_text_t){ NULL, 0 }, &sealed), 0);
    assert_opens(*state, GH_PURPOSE_FORM, gh_buf_text(&sealed), "");
    gh_buf_cleanup(&sealed);
}

static void
test_writes_only_the_url_alphabet(void **state)
{
    static const char alphabet[] =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    gh_buf_t sealed;

    gh_buf_init(&sealed);

    for (size_t i = 0; i < 64; i++) {
        gh_buf_reset(&sealed);
        assert_int_equal(gh_seal(*state, GH_PURPOSE_FORM, GH_TEXT(PLAIN), &sealed), 0);
        assert_int_equal(sealed.len, 74);
        assert_int_equal(strspn(sealed.data, alphabet), 74);
    }

    gh_buf_cleanup(&sealed);
}

static void
test_never_seals_alike(void **state)
{
    gh_buf_t first, second;

    gh_buf_init(&first);
    gh_buf_init(&second);
    assert_int_equal(gh_seal(*state, GH_PURPOSE_FORM, GH_TEXT(PLAIN), &first), 0);
    assert_int_equal(gh_seal(*state, GH_PURPOSE_FORM, GH_TEXT(PLAIN), &second), 0);

    /* The same version and key, another nonce. */
    assert_memory_equal(first.data, second.data, 6);
    assert_string_not_equal(first.data + 6, second.data + 6);

    gh_buf_cleanup(&first);
    gh_buf_cleanup(&second);
}

static void
test_refuses_every_changed_byte(void **state)
{
    char   text[] = SEALED;
    size_t len = sizeof(text) - 1;

    for (size_t i = 0; i < len; i++) {
        char right = text[i];

        for (int c = 0; c < 256; c++) {
            if ((char) c != right) {
                text[i] = (char) c;
                assert_opens(*state, GH_PURPOSE_FORM, (gh_text_t){ text, len }, NULL);
            }
        }

        text[i] = right;
    }

    assert_opens(*state, GH_PURPOSE_FORM, (gh_text_t){ text, len }, PLAIN);
}

static void
test_refuses_every_other_length(void **state)
{
    for (size_t len = 0; len < sizeof(SEALED) - 1; len++) {
        assert_opens(*state, GH_PURPOSE_FORM, (gh_text_t){ SEALED, len }, NULL);
    }

    assert_opens(*state, GH_PURPOSE_FORM, GH_TEXT(SEALED "A"), NULL);
    assert_opens(*state, GH_PURPOSE_FORM, GH_TEXT(SEALED "AA"), NULL);
    assert_opens(*state, GH_PURPOSE_FORM, GH_TEXT(SEALED SEALED), NULL);
}

static void
test_refuses_other_spellings(void **state)
{
    static const char *const texts[] = {
        SEALED "==", /* padded */
        SEALED "=",
        " " SEALED,
        SEALED "\n",
        "AQDA/+5kZWZnaGlqa2xtbm8kfqgDFckm8ksPPci7Cw7dMbNza/kJLJnU5uZXtaJ66dfNzbOGZQ",
        "AQDA_-5kZWZnaGlqa2xtbm8kfqgDFckm8ksPPci7Cw7dMbNza_kJLJnU5uZXtaJ66dfNzbOGZR",
        "AQDA_-5kZWZnaGlqa2xtbm8kfqgDFckm8ksPPci7Cw7dMbNza_kJLJnU5uZXtaJ66dfNzbOGZf",
    };

    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        assert_opens(*state, GH_PURPOSE_FORM, gh_text(texts[i]), NULL);
    }
}

static void
test_refuses_another_purpose(void **state)
{
    gh_buf_t out;

    assert_opens(*state, GH_PURPOSE_SESSION, GH_TEXT(SEALED), NULL);
    assert_opens(*state, GH_PURPOSE_NONE, GH_TEXT(SEALED), NULL);

    gh_buf_init(&out);
    assert_int_equal(gh_seal(*state, GH_PURPOSE_NONE, GH_TEXT(PLAIN), &out), GH_ERR_INVALID);
    assert_int_equal(out.len, 0);
    gh_buf_cleanup(&out);
}

static void
test_refuses_foreign_keys(void **state)
{
    gh_keyring_t *foreign = make_ring(SEVENS);
    gh_keyring_t *impostor = make_ring(IMPOSTOR);

    (void) state;
    assert_opens(foreign, GH_PURPOSE_FORM, GH_TEXT(SEALED), NULL);
    assert_opens(impostor, GH_PURPOSE_FORM, GH_TEXT(SEALED), NULL);

    gh_keyring_free(foreign);
    gh_keyring_free(impostor);
}

static void
test_newest_seals_and_all_open(void **state)
{
    gh_keyring_t *both = make_ring(COUNTED SEVENS);
    gh_keyring_t *sevens = make_ring(SEVENS);
    gh_buf_t      sealed;

    assert_opens(both, GH_PURPOSE_FORM, GH_TEXT(SEALED), PLAIN);

    gh_buf_init(&sealed);
    assert_int_equal(gh_seal(both, GH_PURPOSE_FORM, GH_TEXT(PLAIN), &sealed), 0);
    assert_opens(sevens, GH_PURPOSE_FORM, gh_buf_text(&sealed), PLAIN);
    assert_opens(*state, GH_PURPOSE_FORM, gh_buf_text(&sealed), NULL);

    gh_buf_cleanup(&sealed);
    gh_keyring_free(both);
    gh_keyring_free(sevens);
}

static void
test_bounds_the_plain_text(void **state)
{
    char     plain[2049 + 1] = { 0 };
    gh_buf_t sealed;

    memset(plain, 'x', 2049);
    gh_buf_init(&sealed);
    assert_int_equal(
        gh_seal(*state, GH_PURPOSE_FORM, (gh_text_t){ plain, 2049 }, &sealed), GH_ERR_LIMIT);
    assert_int_equal(sealed.len, 0);

    assert_int_equal(gh_seal(*state, GH_PURPOSE_FORM, (gh_text_t){ plain, 2048 }, &sealed), 0);
    assert_int_equal(sealed.len, 2775);

    plain[2048] = '\0';
    assert_opens(*state, GH_PURPOSE_FORM, gh_buf_text(&sealed), plain);
    gh_buf_cleanup(&sealed);
}

static void
test_refuses_long_garbage(void **state)
{
    static char text[8192];

    memset(text, 'A', sizeof(text));
    for (size_t len = 2770; len <= 2810; len++) {
        assert_opens(*state, GH_PURPOSE_FORM, (gh_text_t){ text, len }, NULL);
    }

    assert_opens(*state, GH_PURPOSE_FORM, (gh_text_t){ text, sizeof(text) }, NULL);
    assert_opens(*state, GH_PURPOSE_FORM, (gh_text_t){ NULL, 0 }, NULL);
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, setup, teardown)

int
main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_opens_what_another_implementation_sealed),
        TEST(test_opens_what_it_sealed),
        TEST(test_seals_nothing_without_a_pointer),
        TEST(test_writes_only_the_url_alphabet),
        TEST(test_never_seals_alike),
        TEST(test_refuses_every_changed_byte),
        TEST(test_refuses_every_other_length),
        TEST(test_refuses_other_spellings),
        TEST(test_refuses_another_purpose),
        TEST(test_refuses_foreign_keys),
        TEST(test_newest_seals_and_all_open),
        TEST(test_bounds_the_plain_text),
        TEST(test_refuses_long_garbage),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
