/*
 * Charsets: text that is UTF-8 or windows-1252, nobody says which.
 */
#ifndef GH_CTL_CHARSET_H
#define GH_CTL_CHARSET_H

/* Base. */
#include "base/buf.h"
#include "base/error.h"
#include "base/text.h"

typedef struct gh_charset_s gh_charset_t;

/* A converter, which the caller frees.  NULL on a fault, with `error` set. */
gh_charset_t *gh_charset_new(gh_error_t *error);

/* NULL is fine. */
void gh_charset_free(gh_charset_t *charset);

/*
 * Appends `bytes` as UTF-8: what is well-formed UTF-8 stays, everything else
 * is read as windows-1252.  Returns 0, or GH_ERR_NOMEM, or GH_ERR_INVALID when
 * it is neither, with `out` unchanged.
 */
int gh_charset_utf8(gh_charset_t *charset, gh_text_t bytes, gh_buf_t *out);

#endif
