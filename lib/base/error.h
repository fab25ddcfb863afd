/*
 * Errors: a code for the program and a sentence for the one who can act.
 *
 * The sentence says what happened, to what, and what to do.
 */
#ifndef GH_BASE_ERROR_H
#define GH_BASE_ERROR_H

/* What functions of lib/ return when they fail; success is 0. */
enum {
    GH_ERR_NOMEM = -1,   /* memory is out */
    GH_ERR_INVALID = -2, /* the input is not what it has to be */
    GH_ERR_LIMIT = -3,   /* the input is well formed but too much */
    GH_ERR_IO = -4       /* a file or a connection failed */
};

typedef struct {
    char text[512]; /* always NUL-terminated; empty: no error yet */
} gh_error_t;

/*
 * Writes the sentence, cut at the size of `error`, and returns `code`, so
 * that a refusal is one line.  `error` may be NULL.
 */
int gh_error_set(gh_error_t *error, int code, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

#endif
