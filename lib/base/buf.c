/*
 * Buffers: bytes that grow, by doubling, in one allocation.
 */

/* System. */
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

/* Base. */
#include "base/buf.h"
#include "base/error.h"

/* The first allocation: most of what is built here fits. */
#define GH_BUF_FIRST 64

static int
gh_buf_fail(gh_buf_t *buf)
{
    buf->failed = true;
    return GH_ERR_NOMEM;
}

/* Makes room for `len` more bytes and the NUL behind them. */
static int
gh_buf_reserve(gh_buf_t *buf, size_t len)
{
    size_t need, size;
    char  *data;

    if (buf->failed || len >= SIZE_MAX / 2 - buf->len) {
        return gh_buf_fail(buf);
    }

    need = buf->len + len + 1;
    if (need <= buf->size) {
        return 0;
    }

    size = buf->size > 0 ? buf->size : GH_BUF_FIRST;
    while (size < need) {
        size *= 2;
    }

    data = realloc(buf->data, size);
    if (data == NULL) {
        return gh_buf_fail(buf);
    }

    buf->data = data;
    buf->size = size;
    return 0;
}

void
gh_buf_init(gh_buf_t *buf)
{
    *buf = (gh_buf_t){ 0 };
}

void
gh_buf_cleanup(gh_buf_t *buf)
{
    free(buf->data);
    gh_buf_init(buf);
}

void
gh_buf_reset(gh_buf_t *buf)
{
    buf->len = 0;
    buf->failed = false;

    if (buf->data != NULL) {
        buf->data[0] = '\0';
    }
}

int
gh_buf_add(gh_buf_t *buf, const void *data, size_t len)
{
    int rc = gh_buf_reserve(buf, len);

    if (rc != 0) {
        return rc;
    }

    /* memcpy from NULL is undefined even for no bytes. */
    if (len > 0) {
        memcpy(buf->data + buf->len, data, len);
    }

    buf->len += len;
    buf->data[buf->len] = '\0';
    return 0;
}

int
gh_buf_add_text(gh_buf_t *buf, gh_text_t text)
{
    return gh_buf_add(buf, text.data, text.len);
}

int
gh_buf_add_string(gh_buf_t *buf, const char *string)
{
    return gh_buf_add_text(buf, gh_text(string));
}

int
gh_buf_add_format(gh_buf_t *buf, const char *format, ...)
{
    va_list args;
    int     len, rc;

    va_start(args, format);
    len = vsnprintf(NULL, 0, format, args);
    va_end(args);

    if (len < 0) {
        return gh_buf_fail(buf);
    }

    rc = gh_buf_reserve(buf, (size_t) len);
    if (rc != 0) {
        return rc;
    }

    va_start(args, format);
    vsnprintf(buf->data + buf->len, (size_t) len + 1, format, args);
    va_end(args);

    buf->len += (size_t) len;
    return 0;
}

bool
gh_buf_is_ok(const gh_buf_t *buf)
{
    return !buf->failed;
}

gh_text_t
gh_buf_text(const gh_buf_t *buf)
{
    return (gh_text_t){ gh_buf_string(buf), buf->len };
}

const char *
gh_buf_string(const gh_buf_t *buf)
{
    return buf->data != NULL ? buf->data : "";
}

char *
gh_buf_take(gh_buf_t *buf)
{
    char *data = NULL;

    /* An empty buffer still hands over a string: adding nothing makes one. */
    if (gh_buf_add(buf, NULL, 0) == 0) {
        data = buf->data;
        buf->data = NULL;
    }

    gh_buf_cleanup(buf);
    return data;
}
