/*
 * Strength: the rules in the order in which a person can do something about
 * them, zxcvbn last because it costs most.
 */

/* System. */
#include <stdio.h>

/* zxcvbn. */
#include <zxcvbn.h>

/* Base. */
#include "base/fold.h"

/* Account. */
#include "account/strength.h"

#define GH_STRENGTH_WORDS      96   /* words that zxcvbn gets, at most */
#define GH_STRENGTH_WORD_LEAST 3    /* bytes of one; shorter ones are everywhere */
#define GH_STRENGTH_WORD_ROOM  2048 /* bytes of all, NULs included */

/* The person's own words, as zxcvbn takes them. */
typedef struct {
    const char *list[GH_STRENGTH_WORDS + 1]; /* NULL-ended */
    size_t      count;
    char        room[GH_STRENGTH_WORD_ROOM];
    size_t      used; /* bytes of the room */
} gh_strength_words_t;

/* Letters and digits; every byte beyond ASCII counts as one. */
static bool
gh_strength_is_word(char c)
{
    return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z')
        || (unsigned char) c >= 0x80;
}

static bool
gh_strength_is_scheme(char c)
{
    return gh_strength_is_word(c) || strchr("-_./", c) != NULL;
}

/* Adds one word while there is room; of a long one, what zxcvbn can see. */
static void
gh_strength_add_word(gh_strength_words_t *words, gh_text_t word)
{
    char *copy = words->room + words->used;

    if (word.len > GH_STRENGTH_PREFIX) {
        word.len = GH_STRENGTH_PREFIX;
    }

    if (word.len < GH_STRENGTH_WORD_LEAST || words->count == GH_STRENGTH_WORDS
        || word.len >= sizeof(words->room) - words->used)
    {
        return;
    }

    memcpy(copy, word.data, word.len);
    copy[word.len] = '\0';
    words->used += word.len + 1;
    words->list[words->count++] = copy;
    words->list[words->count] = NULL;
}

/* Adds each word of a text. */
static void
gh_strength_add_words(gh_strength_words_t *words, gh_text_t text)
{
    size_t begin = 0;

    for (size_t at = 0; at <= text.len; at++) {
        if (at == text.len || !gh_strength_is_word(text.data[at])) {
            gh_strength_add_word(words, (gh_text_t){ text.data + begin, at - begin });
            begin = at + 1;
        }
    }
}

/* Adds a text's words as they are and folded, its ends, and all of it in one word. */
static void
gh_strength_add_text(gh_strength_words_t *words, gh_text_t text)
{
    gh_fold_words_t folded;
    char            joined[GH_FOLD_VALUE_MAX];
    size_t          len = 0;

    gh_strength_add_words(words, text);

    if (gh_fold_words(text, &folded) != 0 || folded.count == 0) {
        return;
    }

    gh_strength_add_words(words, gh_text(folded.values[0]));

    /* `city of almond grove`, `of almond grove`, `almond grove`. */
    for (size_t i = 0; i < folded.count; i++) {
        gh_strength_add_word(words, gh_text(folded.values[i]));
    }

    for (const char *at = folded.values[0]; *at != '\0'; at++) {
        if (*at != ' ') {
            joined[len++] = *at;
        }
    }

    gh_strength_add_word(words, (gh_text_t){ joined, len });
}

/* How many bits the beginning of the password is worth. */
static double
gh_strength_bits(gh_text_t password, const gh_strength_words_t *words)
{
    char   prefix[GH_STRENGTH_PREFIX + 1];
    size_t len = password.len < GH_STRENGTH_PREFIX ? password.len : GH_STRENGTH_PREFIX;
    double bits;

    memcpy(prefix, password.data, len);
    prefix[len] = '\0';

    bits = ZxcvbnMatch(prefix, (const char **) words->list, NULL);

    gh_secret_wipe(prefix, sizeof(prefix));
    return bits;
}

/* Whether it is one of the texts, whatever case, accents and blanks it has. */
static bool
gh_strength_is_own(gh_text_t password, const gh_text_t *texts, size_t count)
{
    gh_secret_t *own = gh_secret_new();
    gh_secret_t *text = gh_secret_new();
    bool         is_own = own == NULL || text == NULL;

    for (size_t i = 0; !is_own && i < count; i++) {
        is_own = gh_fold_answer(password, own) == 0 && gh_fold_answer(texts[i], text) == 0
            && own->len == text->len && memcmp(own->data, text->data, own->len) == 0;
    }

    gh_secret_free(own);
    gh_secret_free(text);

    return is_own;
}

static bool
gh_strength_is_guessable(
    gh_text_t password, gh_text_t username, const gh_text_t *texts, size_t count)
{
    gh_strength_words_t words = { 0 };

    if (gh_strength_is_own(password, texts, count)) {
        return true;
    }

    gh_strength_add_text(&words, username);

    for (size_t i = 0; i < count; i++) {
        gh_strength_add_text(&words, texts[i]);
    }

    return gh_strength_bits(password, &words) < GH_STRENGTH_BITS;
}

/* Whether it begins with `{WORD}`, as hashes in a directory do (RFC 3112). */
static bool
gh_strength_is_hash(gh_text_t password)
{
    size_t at = 1;

    if (password.len == 0 || password.data[0] != '{') {
        return false;
    }

    while (at < password.len && gh_strength_is_scheme(password.data[at])) {
        at++;
    }

    return at > 1 && at < password.len && password.data[at] == '}';
}

/* Of well-formed UTF-8: bytes that do not continue a character. */
static size_t
gh_strength_length(gh_text_t password)
{
    size_t points = 0;

    for (size_t i = 0; i < password.len; i++) {
        points += ((unsigned char) password.data[i] & 0xc0) != 0x80;
    }

    return points;
}

gh_strength_t
gh_strength_check(gh_text_t password, gh_text_t username, const gh_text_t *words,
    size_t word_count, long min_length)
{
    if (password.len > GH_SECRET_MAX) {
        return GH_STRENGTH_TOO_LONG;
    }

    if (!gh_text_is_clean(password)) {
        return GH_STRENGTH_NOT_TEXT;
    }

    /* Whatever the settings say, the empty password is none. */
    if (password.len == 0 || (long) gh_strength_length(password) < min_length) {
        return GH_STRENGTH_TOO_SHORT;
    }

    if (gh_strength_is_hash(password)) {
        return GH_STRENGTH_HASH;
    }

    if (gh_text_equal_nocase(gh_text_trim(password), username)) {
        return GH_STRENGTH_USER_NAME;
    }

    return gh_strength_is_guessable(password, username, words, word_count)
        ? GH_STRENGTH_GUESSABLE
        : GH_STRENGTH_GOOD;
}

void
gh_strength_explain(gh_strength_t strength, long min_length, gh_error_t *out)
{
    switch (strength) {

    case GH_STRENGTH_TOO_SHORT:
        gh_error_set(out, 0,
            "Use at least %ld characters; a few words in a row are easy to "
            "remember.",
            min_length);
        break;

    case GH_STRENGTH_TOO_LONG:
        gh_error_set(out, 0, "This password is too long: use at most %d bytes.", GH_SECRET_MAX);
        break;

    case GH_STRENGTH_HASH:
        gh_error_set(out, 0, "A password can't begin with a word in braces.");
        break;

    case GH_STRENGTH_USER_NAME:
        gh_error_set(out, 0, "Choose a password that is not your user name.");
        break;

    case GH_STRENGTH_GUESSABLE:
        gh_error_set(out, 0,
            "This password is too easy to guess: its beginning is common, "
            "repeats itself, or is made of your own name or data. Take words that have nothing "
            "to do with each other or with you.");
        break;

    case GH_STRENGTH_GOOD:
        *out = (gh_error_t){ "" };
        break;

    default:
        gh_error_set(out, 0, "This password holds a control character, or is not text.");
    }
}

const char *
gh_strength_name(gh_strength_t strength)
{
    static const char *const names[] = { [GH_STRENGTH_NOT_TEXT] = "not-text",
        [GH_STRENGTH_TOO_SHORT] = "too-short",
        [GH_STRENGTH_TOO_LONG] = "too-long",
        [GH_STRENGTH_HASH] = "hash",
        [GH_STRENGTH_USER_NAME] = "user-name",
        [GH_STRENGTH_GUESSABLE] = "guessable",
        [GH_STRENGTH_GOOD] = "good" };

    return names[strength];
}
