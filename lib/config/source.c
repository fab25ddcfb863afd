/*
 * Source: the text of gatehouse.conf before libConfuse sees it.
 *
 * libConfuse 3.3 puts the environment's variables into strings, which would let
 * a PAM caller choose settings; it counts the lines of comments twice, which
 * spoils the line in every message; and it takes the end of the file for the end
 * of a section.  So comments are blanked here, and the rest is refused.
 */

/* System. */
#include <unistd.h>

/* Base. */
#include "base/file.h"

/* Config. */
#include "config/config_int.h"

typedef enum {
    GH_SOURCE_PLAIN = 0,
    GH_SOURCE_STRING, /* inside "..." or '...' */
    GH_SOURCE_LINE_COMMENT,
    GH_SOURCE_BLOCK_COMMENT
} gh_source_state_t;

typedef struct {
    const char       *path;
    gh_error_t       *error;
    gh_source_state_t state;
    char              quote;      /* that ends the string */
    bool              is_escaped; /* by the byte before, in a string */
    int               line;       /* of the byte looked at */
    int               begun;      /* line of the comment's first byte */
    int               depth;      /* braces open */
    int               opened;     /* line of the outermost open brace */
} gh_source_t;

static int
gh_source_refuse(const gh_source_t *source, int line, const char *reason)
{
    return gh_error_set(source->error, GH_ERR_INVALID, "%s:%d: %s", source->path, line, reason);
}

static bool
gh_source_ends_word(char c)
{
    return strchr(" \t\r\n={}(),+", c) != NULL;
}

/* One byte outside strings and comments; `is_first` of a word. */
static void
gh_source_plain(gh_source_t *source, char *at, bool is_first)
{
    if (*at == '"' || *at == '\'') {
        source->state = GH_SOURCE_STRING;
        source->quote = *at;

    } else if (*at == '#' || (is_first && at[0] == '/' && at[1] == '/')) {
        source->state = GH_SOURCE_LINE_COMMENT;
        *at = ' ';

    } else if (at[0] == '/' && at[1] == '*') {
        source->state = GH_SOURCE_BLOCK_COMMENT;
        source->begun = source->line;
        at[0] = at[1] = ' ';

    } else if (*at == '{') {
        source->opened = source->depth++ == 0 ? source->line : source->opened;

    } else if (*at == '}') {
        source->depth--;
    }
}

/* One byte inside a string. */
static void
gh_source_string(gh_source_t *source, char c)
{
    if (source->is_escaped) {
        source->is_escaped = false;

    } else if (c == '\\') {
        source->is_escaped = true;

    } else if (c == source->quote) {
        source->state = GH_SOURCE_PLAIN;
    }
}

/* One byte inside a comment; returns how many more went with it. */
static size_t
gh_source_comment(gh_source_t *source, char *at)
{
    if (source->state == GH_SOURCE_LINE_COMMENT) {
        if (*at == '\n') {
            source->state = GH_SOURCE_PLAIN;

        } else {
            *at = ' ';
        }

        return 0;
    }

    if (at[0] == '*' && at[1] == '/') {
        source->state = GH_SOURCE_PLAIN;
        at[0] = at[1] = ' ';
        return 1;
    }

    if (*at != '\n') {
        *at = ' ';
    }

    return 0;
}

/* Blanks the comments of NUL-terminated text, and refuses what must not be. */
static int
gh_source_scan(gh_source_t *source, char *text)
{
    for (char *at = text; *at != '\0'; at++) {
        char c = *at;

        if (source->state >= GH_SOURCE_LINE_COMMENT) {
            at += gh_source_comment(source, at);

        } else if (at[0] == '$' && at[1] == '{') {
            return gh_source_refuse(source, source->line,
                "${...} would be taken from the environment; write the value itself");

        } else if (source->state == GH_SOURCE_PLAIN) {
            gh_source_plain(source, at, at == text || gh_source_ends_word(at[-1]));

        } else if (c == '\n') {
            break;

        } else {
            gh_source_string(source, c);
        }

        source->line += c == '\n';
    }

    if (source->state == GH_SOURCE_STRING) {
        return gh_source_refuse(source, source->line, "a string is not closed on its line");
    }

    if (source->state == GH_SOURCE_BLOCK_COMMENT) {
        return gh_source_refuse(
            source, source->begun, "the comment that begins here has no end");
    }

    if (source->depth > 0) {
        return gh_source_refuse(source, source->opened, "the brace opened here is not closed");
    }

    return 0;
}

/* Refuses what is not text: bytes that no editor shows. */
static int
gh_source_check_text(gh_source_t *source, gh_text_t text)
{
    size_t begin = 0;

    for (size_t at = 0; at <= text.len; at++) {
        char c = at < text.len ? text.data[at] : '\n';

        if (c != '\n' && c != '\r' && c != '\t') {
            continue;
        }

        if (!gh_text_is_clean((gh_text_t){ text.data + begin, at - begin })) {
            return gh_source_refuse(
                source, source->line, "holds a control character, or is not UTF-8");
        }

        begin = at + 1;
        source->line += c == '\n';
    }

    source->line = 1;
    return 0;
}

/* Appends the whole file. */
static int
gh_source_load(const char *path, gh_buf_t *out, gh_error_t *error)
{
    char    chunk[4096];
    ssize_t n;
    int     fd, rc = 0;

    fd = gh_file_open(path, GH_FILE_PUBLIC, error);
    if (fd < 0) {
        return fd;
    }

    while ((n = gh_file_read(fd, chunk, sizeof(chunk))) > 0 && rc == 0) {
        rc = gh_buf_add(out, chunk, (size_t) n);

        if (out->len > GH_SOURCE_MAX) {
            rc = gh_error_set(
                error, GH_ERR_LIMIT, "%s: is larger than %d bytes", path, GH_SOURCE_MAX);

        } else if (rc != 0) {
            gh_error_set(error, rc, "%s: memory is out", path);
        }
    }

    if (n < 0) {
        rc = gh_error_set(error, GH_ERR_IO, "%s: can't be read: %m", path);
    }

    close(fd);
    return rc;
}

int
gh_source_read(const char *path, gh_buf_t *out, gh_error_t *error)
{
    gh_source_t source = { .path = path, .error = error, .line = 1 };
    int         rc;

    rc = gh_source_load(path, out, error);
    if (rc != 0) {
        return rc;
    }

    rc = gh_source_check_text(&source, gh_buf_text(out));
    if (rc != 0 || out->len == 0) {
        return rc;
    }

    return gh_source_scan(&source, out->data);
}
