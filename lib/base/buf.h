/*
 * Buffers: bytes that grow.
 *
 * A buffer remembers that an append failed: a run of appends is checked
 * once, at its end, with gh_buf_is_ok().  The bytes always have a NUL behind
 * them that `len` does not count.
 */
#ifndef GH_BASE_BUF_H
#define GH_BASE_BUF_H

/* Base. */
#include "base/error.h"
#include "base/text.h"

typedef struct {
    char  *data;   /* NULL until something was appended */
    size_t len;    /* bytes used */
    size_t size;   /* bytes allocated */
    bool   failed; /* memory ran out once; all later appends fail */
} gh_buf_t;

/* An empty buffer; holds nothing that has to be released. */
void gh_buf_init(gh_buf_t *buf);

/* Releases the bytes; the buffer is empty again. */
void gh_buf_cleanup(gh_buf_t *buf);

/* Drops the content, keeps the memory, forgets a failure. */
void gh_buf_reset(gh_buf_t *buf);

/* Each appends and returns 0, or GH_ERR_NOMEM with the content unchanged. */
int gh_buf_add(gh_buf_t *buf, const void *data, size_t len);
int gh_buf_add_text(gh_buf_t *buf, gh_text_t text);
int gh_buf_add_string(gh_buf_t *buf, const char *string);
int gh_buf_add_format(gh_buf_t *buf, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* Whether every append since init or reset worked. */
bool gh_buf_is_ok(const gh_buf_t *buf);

/* The content; valid until the next change of the buffer. */
gh_text_t gh_buf_text(const gh_buf_t *buf);

/* The content as a C string ("" when empty); the same lifetime. */
const char *gh_buf_string(const gh_buf_t *buf);

/*
 * Hands the content over as a C string that the caller frees, and leaves the
 * buffer empty.  NULL when an append had failed.
 */
char *gh_buf_take(gh_buf_t *buf);

#endif
