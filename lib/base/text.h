/*
 * Text: a run of bytes that somebody else owns.
 *
 * What comes from a browser, a directory or a file is passed around as
 * gh_text_t: a pointer and a length, so that a NUL byte inside never cuts
 * it short.
 */
#ifndef GH_BASE_TEXT_H
#define GH_BASE_TEXT_H

/* System. */
#include <stdbool.h>
#include <stddef.h>
#include <string.h>

typedef struct {
    const char *data;
    size_t      len; /* bytes */
} gh_text_t;

/* A constant string as text. */
#define GH_TEXT(literal) ((gh_text_t){ (literal), sizeof(literal) - 1 })

/* A C string as text; NULL gives the empty text. */
static inline gh_text_t
gh_text(const char *string)
{
    return (gh_text_t){ string != NULL ? string : "", string != NULL ? strlen(string) : 0 };
}

static inline bool
gh_text_is_empty(gh_text_t text)
{
    return text.len == 0;
}

/* Whether both hold the same bytes.  Not for secrets: time depends on both. */
bool gh_text_equal(gh_text_t a, gh_text_t b);

/* The same, taking A-Z and a-z for each other and nothing else. */
bool gh_text_equal_nocase(gh_text_t a, gh_text_t b);

/* The text without the ASCII blanks at its ends. */
gh_text_t gh_text_trim(gh_text_t text);

/*
 * Whether the text is well-formed UTF-8 (RFC 3629, section 3) without
 * control characters (C0, DEL, C1): fit to be shown, logged and sent on.
 */
bool gh_text_is_clean(gh_text_t text);

/*
 * A NUL-terminated copy that the caller frees.  NULL when memory is out or
 * when a NUL byte inside would make the copy mean something else.
 */
char *gh_text_dup(gh_text_t text);

#endif
