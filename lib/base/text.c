/*
 * Text: comparing, trimming and checking runs of bytes.
 *
 * Nothing here asks the locale: the same bytes give the same answer in every
 * process, whatever LANG its caller has set.
 */

/* System. */
#include <stdint.h>
#include <stdlib.h>

/* Base. */
#include "base/text.h"

static char
gh_text_lower(char c)
{
    return c >= 'A' && c <= 'Z' ? (char) (c - 'A' + 'a') : c;
}

static bool
gh_text_is_blank(char c)
{
    return c == ' ' || c == '\t';
}

/*
 * The length of the well-formed UTF-8 sequence at `data`, its code point in
 * `*point`; 0 when there is none in the `len` bytes left.
 */
static size_t
gh_text_decode(const unsigned char *data, size_t len, uint32_t *point)
{
    /* The smallest code point that needs a sequence of this many bytes. */
    static const uint32_t least[] = { 0, 0, 0x80, 0x800, 0x10000 };
    uint32_t              value = data[0];
    size_t                need = value < 0x80 ? 1
                       : value < 0xc0         ? 0
                       : value < 0xe0         ? 2
                       : value < 0xf0         ? 3
                       : value < 0xf8         ? 4
                                              : 0;

    if (need == 0 || need > len) {
        return 0;
    }

    if (need > 1) {
        value &= 0x7fu >> need;
    }

    for (size_t i = 1; i < need; i++) {
        if ((data[i] & 0xc0) != 0x80) {
            return 0;
        }

        value = value << 6 | (data[i] & 0x3f);
    }

    /* Overlong forms, surrogates, and what lies beyond Unicode. */
    if (value < least[need] || (value >= 0xd800 && value <= 0xdfff) || value > 0x10ffff) {
        return 0;
    }

    *point = value;
    return need;
}

bool
gh_text_equal(gh_text_t a, gh_text_t b)
{
    return a.len == b.len && (a.len == 0 || memcmp(a.data, b.data, a.len) == 0);
}

bool
gh_text_equal_nocase(gh_text_t a, gh_text_t b)
{
    if (a.len != b.len) {
        return false;
    }

    for (size_t i = 0; i < a.len; i++) {
        if (gh_text_lower(a.data[i]) != gh_text_lower(b.data[i])) {
            return false;
        }
    }

    return true;
}

gh_text_t
gh_text_trim(gh_text_t text)
{
    while (text.len > 0 && gh_text_is_blank(text.data[0])) {
        text.data++;
        text.len--;
    }

    while (text.len > 0 && gh_text_is_blank(text.data[text.len - 1])) {
        text.len--;
    }

    return text;
}

bool
gh_text_is_clean(gh_text_t text)
{
    const unsigned char *data = (const unsigned char *) text.data;
    size_t               at = 0;

    while (at < text.len) {
        uint32_t point;
        size_t   len = gh_text_decode(data + at, text.len - at, &point);

        if (len == 0 || point < 0x20 || (point >= 0x7f && point <= 0x9f)) {
            return false;
        }

        at += len;
    }

    return true;
}

char *
gh_text_dup(gh_text_t text)
{
    char *copy;

    if (text.len > 0 && memchr(text.data, '\0', text.len) != NULL) {
        return NULL;
    }

    copy = malloc(text.len + 1);
    if (copy == NULL) {
        return NULL;
    }

    if (text.len > 0) {
        memcpy(copy, text.data, text.len);
    }

    copy[text.len] = '\0';
    return copy;
}
