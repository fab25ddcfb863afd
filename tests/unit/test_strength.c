/* Tests of lib/account/strength.c. */

/* cmocka, in the order it asks for. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

/* Account. */
#include "account/strength.h"

/* What is known of the person who chooses. */
static const gh_text_t test_words[] = { GH_TEXT("Mar\xc3\xad"
                                                "a"),
    GH_TEXT("Lopez"), GH_TEXT("City of Almond Grove"), GH_TEXT("heron@mail.example"),
    GH_TEXT("Pe\xc3\xb1"
            "a & Sons Tile"),
    GH_TEXT("") };

static gh_strength_t
test_check(gh_text_t password)
{
    return gh_strength_check(password, GH_TEXT("maria.lopez-1234567"), test_words,
        sizeof(test_words) / sizeof(test_words[0]), 15);
}

static void
test_passwords(void **state)
{
    static const struct {
        gh_text_t     password;
        gh_strength_t want;
    } cases[] = { { GH_TEXT("blue otter over the pier"), GH_STRENGTH_GOOD },
        { GH_TEXT("level plumb and square"), GH_STRENGTH_GOOD },
        { GH_TEXT("  \"<>&'; \\ %s $(x) "), GH_STRENGTH_GOOD },
        { GH_TEXT("\xe5\xb1\xb1\xe3\x81\xaf\xe9\x9d\x92\xe3\x81\x84\xe3\x81\xad\xe3\x80\x81"
                  "\xe6\xb5\xb7\xe3\x82\x82\xe5\xba\x83\xe3\x81\x84\xe3\x82\x88\xe3\x81\xad"
                  "\xe5\x90\x9b\xe3\x80\x82\xe5\xa4\x8f"),
            GH_STRENGTH_GOOD },

        /* Code points are counted, not bytes. */
        { GH_TEXT("lamp otter wave"), GH_STRENGTH_GOOD },
        { GH_TEXT("lamp otter wav"), GH_STRENGTH_TOO_SHORT },
        { GH_TEXT("lamp otter w\xc3\xa4v"), GH_STRENGTH_TOO_SHORT },
        { GH_TEXT(""), GH_STRENGTH_TOO_SHORT },

        /* What is no text. */
        { GH_TEXT("lamp otter wave\n"), GH_STRENGTH_NOT_TEXT },
        { GH_TEXT("lamp otter\0wave"), GH_STRENGTH_NOT_TEXT },
        { GH_TEXT("lamp otter wave\xe9"), GH_STRENGTH_NOT_TEXT },
        { GH_TEXT("lamp otter wave\x7f"), GH_STRENGTH_NOT_TEXT },

        /* What the directory would take for a hash. */
        { GH_TEXT("{CLEARTEXT}lamp otter wave"), GH_STRENGTH_HASH },
        { GH_TEXT("{cleartext}lamp otter wave"), GH_STRENGTH_HASH },
        { GH_TEXT("{PBKDF2-SHA512}lamp otter wave"), GH_STRENGTH_HASH },
        { GH_TEXT("{}lamp otter wave"), GH_STRENGTH_GOOD },
        { GH_TEXT("{lamp otter} wave"), GH_STRENGTH_GOOD },
        { GH_TEXT("lamp {otter} wave"), GH_STRENGTH_GOOD },
        { GH_TEXT("{lampotterwaveriver"), GH_STRENGTH_GOOD },

        /* The person's own. */
        { GH_TEXT("maria.lopez-1234567"), GH_STRENGTH_USER_NAME },
        { GH_TEXT(" Maria.LOPEZ-1234567"), GH_STRENGTH_USER_NAME },
        { GH_TEXT("MariaLopez123456"), GH_STRENGTH_GUESSABLE },
        { GH_TEXT("mar\xc3\xad"
                  "alopezlopezlopez"),
            GH_STRENGTH_GUESSABLE },
        { GH_TEXT("AlmondGroveAlmondGrove"), GH_STRENGTH_GUESSABLE },
        { GH_TEXT("Almond Grove 2026"), GH_STRENGTH_GUESSABLE },
        { GH_TEXT("pena  & SONS tile"), GH_STRENGTH_GUESSABLE },

        /* Anybody's. */
        { GH_TEXT("passwordpassword1"), GH_STRENGTH_GUESSABLE },
        { GH_TEXT("qwertyuiopasdfgh"), GH_STRENGTH_GUESSABLE },
        { GH_TEXT("123456789012345"), GH_STRENGTH_GUESSABLE },
        { GH_TEXT("               "), GH_STRENGTH_GUESSABLE },
        { GH_TEXT("letmeinletmein123"), GH_STRENGTH_GUESSABLE } };

    (void) state;

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        gh_strength_t strength = test_check(cases[i].password);

        if (strength != cases[i].want) {
            fail_msg(
                "case %zu, '%s': %s", i, cases[i].password.data, gh_strength_name(strength));
        }
    }
}

/* The same password, for somebody else. */
static void
test_without_words(void **state)
{
    (void) state;

    assert_int_equal(gh_strength_check(GH_TEXT("Almond Grove 2026"), GH_TEXT("x"), NULL, 0, 15),
        GH_STRENGTH_GOOD);
    assert_int_equal(
        gh_strength_check(GH_TEXT("k3T#9fLq"), GH_TEXT("x"), NULL, 0, 8), GH_STRENGTH_GOOD);
    assert_int_equal(
        gh_strength_check(GH_TEXT(""), GH_TEXT("x"), NULL, 0, 0), GH_STRENGTH_TOO_SHORT);
}

/*
 * zxcvbn would not come back from the whole of these.  Only the beginning counts:
 * what follows the first 24 bytes changes nothing.
 */
static void
test_long(void **state)
{
    char password[GH_SECRET_MAX + 1];

    (void) state;

    for (size_t i = 0; i < sizeof(password); i++) {
        password[i] = i % 2 == 0 ? '1' : '2';
    }

    assert_int_equal(test_check((gh_text_t){ password, 1024 }), GH_STRENGTH_GUESSABLE);
    assert_int_equal(test_check((gh_text_t){ password, 1025 }), GH_STRENGTH_TOO_LONG);

    memcpy(password + 24, "blue otter over the pier", 24);
    assert_int_equal(test_check((gh_text_t){ password, 48 }), GH_STRENGTH_GUESSABLE);

    memcpy(password, "blue otter over the pier", 24);
    memset(password + 24, '1', 1000);
    assert_int_equal(test_check((gh_text_t){ password, 1024 }), GH_STRENGTH_GOOD);
}

/* More words than there is room for, and words that are long. */
static void
test_many_words(void **state)
{
    static char text[600];
    gh_text_t   words[64];

    (void) state;

    for (size_t i = 0; i < sizeof(text); i++) {
        text[i] = i % 4 == 3 ? ' ' : (char) ('a' + i % 23);
    }

    for (size_t i = 0; i < 64; i++) {
        words[i] = (gh_text_t){ text, sizeof(text) };
    }

    assert_int_equal(
        gh_strength_check(GH_TEXT("blue otter over the pier"), GH_TEXT("x"), words, 64, 15),
        GH_STRENGTH_GOOD);

    /* Of a word that is longer than what zxcvbn sees, its beginning. */
    words[0] = GH_TEXT("zkvqwmtjhplxbngdrcfsyoiuzkvqwmt");
    assert_int_equal(gh_strength_check(GH_TEXT("zkvqwmtjhplxbngdrcfsyoiuzkvqwmt"), GH_TEXT("x"),
                         words, 1, 15),
        GH_STRENGTH_GUESSABLE);
    assert_int_equal(gh_strength_check(
                         GH_TEXT("zkvqwmtjhplxbngdrcfsyoiuzkvqwmt"), GH_TEXT("x"), NULL, 0, 15),
        GH_STRENGTH_GOOD);
}

static void
test_explain(void **state)
{
    static const struct {
        gh_strength_t strength;
        const char   *want;
    } cases[] = { { GH_STRENGTH_NOT_TEXT,
                      "This password holds a control character, or is not text." },
        { GH_STRENGTH_TOO_SHORT,
            "Use at least 12 characters; a few words in a row are easy to remember." },
        { GH_STRENGTH_TOO_LONG, "This password is too long: use at most 1024 bytes." },
        { GH_STRENGTH_HASH, "A password can't begin with a word in braces." },
        { GH_STRENGTH_USER_NAME, "Choose a password that is not your user name." },
        { GH_STRENGTH_GUESSABLE,
            "This password is too easy to guess: its beginning is common, repeats itself, or "
            "is made of your own name or data. Take words that have nothing to do with each "
            "other or with you." },
        { GH_STRENGTH_GOOD, "" } };

    (void) state;

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        gh_error_t reason = { "before" };

        gh_strength_explain(cases[i].strength, 12, &reason);
        assert_string_equal(reason.text, cases[i].want);
    }

    assert_string_equal(gh_strength_name(GH_STRENGTH_TOO_SHORT), "too-short");
    assert_string_equal(gh_strength_name(GH_STRENGTH_GOOD), "good");
}

int
main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(test_passwords),
        cmocka_unit_test(test_without_words), cmocka_unit_test(test_long),
        cmocka_unit_test(test_many_words), cmocka_unit_test(test_explain) };

    return cmocka_run_group_tests_name("strength", tests, NULL, NULL);
}
