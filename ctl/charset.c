/*
 * Charsets: iconv reads both.
 */

/* System. */
#include <errno.h>
#include <iconv.h>
#include <stdlib.h>

/* Ctl. */
#include "charset.h"

/* A byte of windows-1252 is at most three of UTF-8: the euro sign. */
#define GROWTH 3

#define NO_ICONV ((iconv_t) -1)

struct gh_charset_s {
    iconv_t utf8;
    iconv_t windows;
};

gh_charset_t *
gh_charset_new(gh_error_t *error)
{
    gh_charset_t *charset = calloc(1, sizeof(*charset));

    if (charset == NULL) {
        gh_error_set(error, GH_ERR_NOMEM, "memory is out");
        return NULL;
    }

    charset->utf8 = iconv_open("UTF-8", "UTF-8");
    charset->windows = iconv_open("UTF-8", "WINDOWS-1252");

    if (charset->utf8 == NO_ICONV || charset->windows == NO_ICONV) {
        gh_error_set(error, GH_ERR_IO, "iconv can't read windows-1252: %s", strerror(errno));
        gh_charset_free(charset);
        return NULL;
    }

    return charset;
}

void
gh_charset_free(gh_charset_t *charset)
{
    if (charset == NULL) {
        return;
    }

    if (charset->utf8 != NO_ICONV) {
        iconv_close(charset->utf8);
    }

    if (charset->windows != NO_ICONV) {
        iconv_close(charset->windows);
    }

    free(charset);
}

static int
convert(iconv_t from, gh_text_t bytes, gh_buf_t *out)
{
    size_t room = bytes.len * GROWTH;
    size_t left = room;
    size_t in_left = bytes.len;
    char  *in = (char *) bytes.data;
    char  *text = malloc(room);
    char  *to = text;
    int    rc;

    if (text == NULL) {
        return GH_ERR_NOMEM;
    }

    iconv(from, NULL, NULL, NULL, NULL);

    if (iconv(from, &in, &in_left, &to, &left) == (size_t) -1) {
        rc = GH_ERR_INVALID;
    } else {
        rc = gh_buf_add(out, text, room - left);
    }

    free(text);
    return rc;
}

int
gh_charset_utf8(gh_charset_t *charset, gh_text_t bytes, gh_buf_t *out)
{
    int rc;

    /* Nearly all text, without a conversion. */
    if (gh_text_is_clean(bytes)) {
        return gh_buf_add_text(out, bytes);
    }

    rc = convert(charset->utf8, bytes, out);

    return rc == GH_ERR_INVALID ? convert(charset->windows, bytes, out) : rc;
}
