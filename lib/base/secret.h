/*
 * Secrets: a password, an answer, a key.
 *
 * A secret is bounded, lives in one place, and is wiped when it is reset or
 * freed.  It has no print helper and never becomes a log argument.
 */
#ifndef GH_BASE_SECRET_H
#define GH_BASE_SECRET_H

/* Base. */
#include "base/error.h"
#include "base/text.h"

/* Bytes.  slapd drops a connection over far larger ones, and hashing costs. */
#define GH_SECRET_MAX 1024

typedef struct {
    size_t len;                     /* bytes; 0: there is none */
    char   data[GH_SECRET_MAX + 1]; /* NUL-terminated */
} gh_secret_t;

/* An empty secret on the heap; NULL when memory is out. */
gh_secret_t *gh_secret_new(void);

/* Wipes and frees.  NULL is fine. */
void gh_secret_free(gh_secret_t *secret);

/* Wipes the content; what is left is the empty secret. */
void gh_secret_reset(gh_secret_t *secret);

/*
 * Copies `text` in.  The caller wipes its own copy.  Returns 0, or
 * GH_ERR_LIMIT with the secret empty when `text` is longer than GH_SECRET_MAX,
 * or GH_ERR_INVALID with the secret empty when it holds a NUL byte.
 */
int gh_secret_set(gh_secret_t *secret, gh_text_t text);

/*
 * Reads the first line of a file, without its line end.  The file must be a
 * regular file that nobody but its owner can write and that others can't
 * read; its owner must be root or the caller.  Returns 0, or an error with the
 * secret empty and `error` naming the file and what to do.
 */
int gh_secret_read_file(gh_secret_t *secret, const char *path, gh_error_t *error);

/* The content; valid until the secret changes. */
static inline gh_text_t
gh_secret_text(const gh_secret_t *secret)
{
    return (gh_text_t){ secret->data, secret->len };
}

/* Wipes bytes that held a secret, in a way the compiler keeps. */
void gh_secret_wipe(void *data, size_t len);

#endif
