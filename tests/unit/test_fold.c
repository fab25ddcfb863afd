/* Tests of lib/base/fold.c. */

/* cmocka, in the order it asks for. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

/* Base. */
#include "base/fold.h"

static void
test_answers(void **state)
{
    static const struct {
        gh_text_t   typed;
        const char *want; /* NULL: GH_ERR_INVALID */
    } cases[] = { { GH_TEXT("Rex"), "rex" }, { GH_TEXT("  Rex \t"), NULL },
        { GH_TEXT("  Rex  "), "rex" }, { GH_TEXT("  San   Jos\xc3\xa9 "), "san jose" },
        { GH_TEXT("San Jose\xcc\x81"), "san jose" }, { GH_TEXT("STRASSE"), "strasse" },
        { GH_TEXT("Stra\xc3\x9f"
                  "e"),
            "strasse" },
        { GH_TEXT("\xc3\x84NGSTR\xc3\x96M"), "angstrom" },
        { GH_TEXT("\xc4\xb0stanbul"), "istanbul" },
        { GH_TEXT("\xce\x9f\xce\x94\xce\x9f\xce\xa3"), "\xce\xbf\xce\xb4\xce\xbf\xcf\x83" },
        { GH_TEXT("\xce\xbf\xce\xb4\xcf\x8c\xcf\x82"), "\xce\xbf\xce\xb4\xce\xbf\xcf\x83" },

        /* Blanks of any width, and what can't be seen. */
        { GH_TEXT("a\xc2\xa0"
                  "b\xe2\x80\x83\xe3\x80\x80"
                  "c"),
            "a b c" },
        { GH_TEXT("soft\xc2\xadhyphen\xe2\x80\x8b!"), "softhyphen!" },
        { GH_TEXT("\xef\xbc\xb2\xef\xbd\x85\xef\xbd\x98"), "rex" },
        { GH_TEXT("\xef\xac\x81sh"), "fish" },

        /* Punctuation counts. */
        { GH_TEXT("O'Brien & Co."), "o'brien & co." },

        /* Nothing, and what is no text. */
        { GH_TEXT(""), NULL }, { GH_TEXT("   "), NULL }, { GH_TEXT("\xc2\xa0"), NULL },
        { GH_TEXT("\xcc\x81"), NULL }, { GH_TEXT("\xe2\x80\x8b"), NULL },
        { GH_TEXT("a\0b"), NULL }, { GH_TEXT("a\nb"), NULL }, { GH_TEXT("Jos\xe9"), NULL },
        { GH_TEXT("\xed\xa0\x80"), NULL } };
    gh_secret_t *folded = gh_secret_new();

    (void) state;
    assert_non_null(folded);

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        const char *want = cases[i].want;
        int         rc = gh_fold_answer(cases[i].typed, folded);

        if (rc != (want != NULL ? 0 : GH_ERR_INVALID)
            || strcmp(folded->data, want != NULL ? want : "") != 0)
        {
            fail_msg("case %zu: %d with '%s'", i, rc, folded->data);
        }
    }

    gh_secret_free(folded);
}

static void
test_answers_are_bounded(void **state)
{
    char         typed[GH_SECRET_MAX + 1];
    gh_secret_t *folded = gh_secret_new();

    (void) state;
    assert_non_null(folded);
    memset(typed, 'A', sizeof(typed));

    assert_int_equal(gh_fold_answer((gh_text_t){ typed, GH_SECRET_MAX }, folded), 0);
    assert_int_equal(folded->len, 1024);
    assert_int_equal(folded->data[1023], 'a');

    assert_int_equal(
        gh_fold_answer((gh_text_t){ typed, GH_SECRET_MAX + 1 }, folded), GH_ERR_LIMIT);
    assert_int_equal(folded->len, 0);

    /* U+FDFA: three bytes that become 33. */
    for (size_t i = 0; i + 3 <= GH_SECRET_MAX; i += 3) {
        memcpy(typed + i, "\xef\xb7\xba", 3);
    }

    assert_int_equal(gh_fold_answer((gh_text_t){ typed, 1023 }, folded), GH_ERR_LIMIT);
    assert_int_equal(folded->len, 0);
    assert_int_equal(gh_fold_answer((gh_text_t){ typed, 30 }, folded), 0);
    assert_int_equal(folded->len, 330);

    gh_secret_free(folded);
}

/* What was folded stays as it is. */
static void
test_folded_twice(void **state)
{
    gh_secret_t *once = gh_secret_new(), *twice = gh_secret_new();

    (void) state;
    assert_non_null(once);
    assert_non_null(twice);

    for (uint32_t point = 0xa0; point < 0x3000; point++) {
        char typed[] = { 'x', (char) (0xe0 | point >> 12), (char) (0x80 | (point >> 6 & 0x3f)),
            (char) (0x80 | (point & 0x3f)) };
        gh_text_t text = { typed, sizeof(typed) };

        if (point < 0x800) {
            typed[1] = (char) (0xc0 | point >> 6);
            typed[2] = typed[3];
            text.len = 3;
        }

        assert_int_equal(gh_fold_answer(text, once), 0);
        assert_int_equal(gh_fold_answer(gh_secret_text(once), twice), 0);

        if (strcmp(once->data, twice->data) != 0) {
            fail_msg("U+%04X: '%s', then '%s'", point, once->data, twice->data);
        }
    }

    gh_secret_free(once);
    gh_secret_free(twice);
}

static void
test_words(void **state)
{
    static const struct {
        gh_text_t   name;
        size_t      count;
        const char *values[6];
    } cases[] = { { GH_TEXT("RIVERA & SONS PLUMBING"), 3,
                      { "rivera sons plumbing", "sons plumbing", "plumbing" } },
        { GH_TEXT("Caf\xc3\xa9 Ole"), 2, { "cafe ole", "ole" } },
        { GH_TEXT("O'BRIEN'S J.R. ELECTRIC, INC."), 4,
            { "obriens jr electric inc", "jr electric inc", "electric inc", "inc" } },
        { GH_TEXT("O\xe2\x80\x99"
                  "Brien"),
            1, { "obrien" } },
        { GH_TEXT("SMITH/JONES-HALL (WEST)"), 4,
            { "smith jones hall west", "jones hall west", "hall west", "west" } },
        { GH_TEXT("A-1 ROOFING #2"), 4, { "a 1 roofing 2", "1 roofing 2", "roofing 2", "2" } },
        { GH_TEXT("go go"), 2, { "go go", "go" } },
        { GH_TEXT("\xe5\xb1\xb1\xe7\x94\xb0"), 1, { "\xe5\xb1\xb1\xe7\x94\xb0" } },
        { GH_TEXT("  ... & ---  "), 0, { NULL } }, { GH_TEXT(""), 0, { NULL } } };

    (void) state;

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        gh_fold_words_t words;

        assert_int_equal(gh_fold_words(cases[i].name, &words), 0);
        assert_int_equal(words.count, cases[i].count);

        for (size_t k = 0; k < words.count; k++) {
            assert_string_equal(words.values[k], cases[i].values[k]);
        }
    }
}

static void
test_words_are_bounded(void **state)
{
    char            name[GH_FOLD_NAME_MAX + 1];
    gh_fold_words_t words;

    (void) state;

    /* 63 letters, then one of two bytes: the cut would go through it. */
    memset(name, 'a', 63);
    memcpy(name + 63, "\xce\xb1 b", 4);
    assert_int_equal(gh_fold_words((gh_text_t){ name, 67 }, &words), 0);
    assert_int_equal(words.count, 2);
    assert_int_equal(strlen(words.values[0]), 63);
    assert_string_equal(words.values[1], "b");

    /* The cut leaves no blank at the end. */
    memcpy(name + 63, " bc", 3);
    assert_int_equal(gh_fold_words((gh_text_t){ name, 66 }, &words), 0);
    assert_int_equal(strlen(words.values[0]), 63);

    /* Cut values may be the same; a directory takes each once. */
    memset(name, 'x', sizeof(name));
    for (size_t i = 1; i < sizeof(name); i += 2) {
        name[i] = ' ';
    }

    assert_int_equal(gh_fold_words((gh_text_t){ name, GH_FOLD_NAME_MAX }, &words), 0);
    assert_int_equal(words.count, 1);
    assert_int_equal(strlen(words.values[0]), 63);

    /* Sixteen of twenty words. */
    assert_int_equal(
        gh_fold_words(GH_TEXT("a b c d e f g h i j k l m n o p q r s t"), &words), 0);
    assert_int_equal(words.count, 16);
    assert_string_equal(words.values[15], "p q r s t");

    assert_int_equal(
        gh_fold_words((gh_text_t){ name, GH_FOLD_NAME_MAX + 1 }, &words), GH_ERR_LIMIT);
    assert_int_equal(words.count, 0);
    assert_int_equal(gh_fold_words(GH_TEXT("a\x1b"), &words), GH_ERR_INVALID);
    assert_int_equal(words.count, 0);
}

static void
test_queries(void **state)
{
    static const struct {
        gh_text_t   typed;
        const char *want; /* NULL: GH_ERR_INVALID */
    } cases[] = { { GH_TEXT(" Sons  Plumbing "), "sons plumbing" },
        { GH_TEXT("JOS\xc3\x89"), "jose" }, { GH_TEXT("O'Br"), "obr" },
        { GH_TEXT("a-1"), "a 1" }, { GH_TEXT("ab"), "ab" }, { GH_TEXT("a"), NULL },
        { GH_TEXT("*"), NULL }, { GH_TEXT("a*"), NULL }, { GH_TEXT("\xc3\xa9"), NULL },
        { GH_TEXT(""), NULL }, { GH_TEXT("ab\n"), NULL },
        { GH_TEXT("aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaabc"),
            "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa" } };

    (void) state;

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        const char *want = cases[i].want;
        gh_buf_t    out;
        int         rc;

        gh_buf_init(&out);
        rc = gh_fold_query(cases[i].typed, &out);

        if (rc != (want != NULL ? 0 : GH_ERR_INVALID)
            || strcmp(gh_buf_string(&out), want != NULL ? want : "") != 0)
        {
            fail_msg("case %zu: %d with '%s'", i, rc, gh_buf_string(&out));
        }

        gh_buf_cleanup(&out);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(test_answers),
        cmocka_unit_test(test_answers_are_bounded), cmocka_unit_test(test_folded_twice),
        cmocka_unit_test(test_words), cmocka_unit_test(test_words_are_bounded),
        cmocka_unit_test(test_queries) };

    return cmocka_run_group_tests_name("fold", tests, NULL, NULL);
}
