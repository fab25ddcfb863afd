/*
 * Folding: text without what people don't remember of it.
 *
 * Everything is decomposed (NFKD, UAX #15), loses its accents (nonspacing and
 * enclosing marks) and what can't be seen (default ignorable code points), is
 * case-folded as Unicode does it without a language, and has one space for
 * each run of blanks of any kind and none at its ends.  So `  José  LÓPEZ` is
 * `jose lopez`.
 *
 * What was folded is compared with, and stored next to, what was folded
 * years ago: a change here makes answers wrong and names unfindable.
 */
#ifndef GH_BASE_FOLD_H
#define GH_BASE_FOLD_H

/* Base. */
#include "base/buf.h"
#include "base/error.h"
#include "base/secret.h"
#include "base/text.h"

#define GH_FOLD_VALUES    16   /* of one name, at most */
#define GH_FOLD_VALUE_MAX 64   /* bytes of one of them */
#define GH_FOLD_NAME_MAX  1024 /* bytes of a name that is looked at */
#define GH_FOLD_QUERY_MIN 2    /* letters and digits that are worth a search */

/*
 * Folds the answer to a security question.  Punctuation counts.
 *
 * Returns 0, or with `out` empty GH_ERR_NOMEM, GH_ERR_INVALID (not clean text, or
 * nothing is left) or GH_ERR_LIMIT (over GH_SECRET_MAX bytes, typed or folded).
 * Wipes every copy it made.
 */
int gh_fold_answer(gh_text_t answer, gh_secret_t *out);

/* The search key of a business name; no two values the same. */
typedef struct {
    char   values[GH_FOLD_VALUES][GH_FOLD_VALUE_MAX + 1]; /* NUL-terminated */
    size_t count;
} gh_fold_words_t;

/*
 * Makes the search key of a business name: it is folded, apostrophes and full
 * stops go, all else that is neither letter nor digit parts words, and each
 * word gives one value, from that word to the end of the name.  So
 * `RIVERA & SONS PLUMBING` gives `rivera sons plumbing`, `sons plumbing` and
 * `plumbing`.
 *
 * A value is cut at a character, to GH_FOLD_VALUE_MAX bytes; words beyond the
 * first GH_FOLD_VALUES begin no value.  Returns 0, or with `out` empty
 * GH_ERR_NOMEM, GH_ERR_INVALID (not clean text) or GH_ERR_LIMIT (over
 * GH_FOLD_NAME_MAX bytes).  A name without letters and digits has no values.
 */
int gh_fold_words(gh_text_t name, gh_fold_words_t *out);

/*
 * Appends what somebody looks for, folded and cut as the values of a search key
 * are: a value that begins with it is a hit.
 *
 * Returns 0, GH_ERR_NOMEM, or with `out` unchanged GH_ERR_INVALID (not clean
 * text, or fewer than GH_FOLD_QUERY_MIN letters and digits) or GH_ERR_LIMIT
 * (over GH_FOLD_NAME_MAX bytes).
 */
int gh_fold_query(gh_text_t typed, gh_buf_t *out);

#endif
