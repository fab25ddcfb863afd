/*
 * CSV rows: libcsv is fed one line at a time, so that it never ends two rows
 * in one call, and each row knows its place in the file.
 */

/* System. */
#include <csv.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

/* Base. */
#include "base/buf.h"

/* Ctl. */
#include "csv_rows.h"

#define CHUNK (64 * 1024)

struct gh_csv_rows_s {
    FILE             *file;
    char             *path;
    struct csv_parser parser;
    char              chunk[CHUNK];
    gh_text_t         left;         /* of the chunk, not parsed yet */
    unsigned long     line;         /* where `left` begins */
    bool              is_after_cr;  /* a line feed would belong to it */
    bool              is_begun;     /* something of a row was parsed */
    bool              is_skipping;  /* to the end of this line */
    bool              is_row_whole; /* the parser came to the end of one */
    size_t            row_bytes;    /* parsed since the row began */
    gh_buf_t          bytes;        /* of all fields, one after the other */
    gh_text_t         fields[GH_CSV_FIELDS_MAX];
    gh_csv_row_t      row;
};

static void
on_field(void *data, size_t len, void *context)
{
    gh_csv_rows_t *rows = context;

    if (rows->row.count == GH_CSV_FIELDS_MAX) {
        rows->row.damage = "has more than 256 columns";
        return;
    }

    /* Where the bytes lie is not known before the last of them came. */
    gh_buf_add(&rows->bytes, data, len);
    rows->fields[rows->row.count++] = (gh_text_t){ NULL, len };
}

static void
on_row(int terminator, void *context)
{
    gh_csv_rows_t *rows = context;
    const char    *at = gh_buf_string(&rows->bytes);

    (void) terminator;

    for (size_t i = 0; i < rows->row.count; i++) {
        rows->fields[i].data = at;
        at += rows->fields[i].len;
    }

    rows->is_row_whole = true;
}

static int
row_give(gh_csv_rows_t *rows, const gh_csv_row_t **row, gh_error_t *error)
{
    if (!gh_buf_is_ok(&rows->bytes)) {
        return gh_error_set(
            error, GH_ERR_NOMEM, "%s, line %lu: memory is out", rows->path, rows->row.line);
    }

    rows->is_begun = false;
    rows->row.fields = rows->fields;
    *row = &rows->row;

    return 1;
}

static void
row_begin(gh_csv_rows_t *rows)
{
    gh_buf_reset(&rows->bytes);

    rows->row = (gh_csv_row_t){ .line = rows->line };
    rows->row_bytes = 0;
    rows->is_row_whole = false;
    rows->is_begun = true;
}

/* The rest of the chunk up to the end of a line, which is taken off it. */
static gh_text_t
line_take(gh_csv_rows_t *rows, bool *has_end)
{
    gh_text_t line = { rows->left.data, 0 };

    *has_end = false;

    while (line.len < rows->left.len && !*has_end) {
        char c = line.data[line.len++];

        *has_end = c == '\n' || c == '\r';
    }

    rows->left.data += line.len;
    rows->left.len -= line.len;

    return line;
}

/* CR, LF and CR LF each end one line. */
static void
line_count(gh_csv_rows_t *rows, gh_text_t line, bool has_end)
{
    bool is_second_half = rows->is_after_cr && line.data[0] == '\n';

    if (has_end && !is_second_half) {
        rows->line++;
    }

    rows->is_after_cr = line.data[line.len - 1] == '\r';
}

static bool
line_is_blank(gh_text_t line)
{
    for (size_t i = 0; i < line.len; i++) {
        if (strchr(" \t\r\n", line.data[i]) == NULL || line.data[i] == '\0') {
            return false;
        }
    }

    return true;
}

/* Parses a line or a part of one.  Returns 1 when it ended a row. */
static int
line_parse(gh_csv_rows_t *rows, gh_text_t line, bool has_end, gh_error_t *error)
{
    if (rows->is_skipping) {
        rows->is_skipping = !has_end;
        return 0;
    }

    if (!rows->is_begun) {
        if (line_is_blank(line)) {
            return 0;
        }
        row_begin(rows);
    }

    rows->row.last_line = rows->line;
    rows->row_bytes += line.len;

    if (csv_parse(&rows->parser, line.data, line.len, on_field, on_row, rows) != line.len) {
        return gh_error_set(error, GH_ERR_NOMEM, "%s, line %lu: %s", rows->path, rows->line,
            csv_strerror(csv_error(&rows->parser)));
    }

    if (rows->is_row_whole) {
        return 1;
    }

    if (rows->row_bytes > GH_CSV_ROW_MAX) {
        csv_fini(&rows->parser, NULL, NULL, NULL);
        rows->row.count = 0;
        rows->row.damage = "is longer than 64 KiB: a quote in it may not be closed";
        rows->is_skipping = !has_end;
        return 1;
    }

    return 0;
}

/* Fills the chunk.  Returns 1, 0 at the end of the file, or GH_ERR_IO. */
static int
chunk_read(gh_csv_rows_t *rows, gh_error_t *error)
{
    size_t len = fread(rows->chunk, 1, sizeof(rows->chunk), rows->file);

    if (ferror(rows->file)) {
        return gh_error_set(
            error, GH_ERR_IO, "%s can't be read: %s", rows->path, strerror(errno));
    }

    rows->left = (gh_text_t){ rows->chunk, len };

    return len > 0 ? 1 : 0;
}

/* What is left when the file ends without a line end. */
static int
file_end(gh_csv_rows_t *rows, const gh_csv_row_t **row, gh_error_t *error)
{
    if (!rows->is_begun) {
        return 0;
    }

    /* Only a strict parser tells that a quote was left open. */
    csv_set_opts(&rows->parser, CSV_STRICT | CSV_STRICT_FINI);

    if (csv_fini(&rows->parser, on_field, on_row, rows) != 0) {
        rows->row.count = 0;
        rows->row.damage = "has a quote that is still open at the end of the file";
    }

    return row_give(rows, row, error);
}

int
gh_csv_rows_next(gh_csv_rows_t *rows, const gh_csv_row_t **row, gh_error_t *error)
{
    *row = NULL;

    for (;;) {
        gh_text_t line;
        bool      has_end;
        int       rc;

        if (rows->left.len == 0) {
            rc = chunk_read(rows, error);

            if (rc < 0) {
                return rc;
            }

            if (rc == 0) {
                return file_end(rows, row, error);
            }
        }

        line = line_take(rows, &has_end);
        rc = line_parse(rows, line, has_end, error);
        line_count(rows, line, has_end);

        if (rc < 0) {
            return rc;
        }

        if (rc == 1) {
            return row_give(rows, row, error);
        }
    }
}

static void
mark_skip(gh_csv_rows_t *rows)
{
    static const char mark[] = { '\xef', '\xbb', '\xbf' };

    if (rows->left.len >= sizeof(mark) && memcmp(rows->left.data, mark, sizeof(mark)) == 0) {
        rows->left.data += sizeof(mark);
        rows->left.len -= sizeof(mark);
    }
}

gh_csv_rows_t *
gh_csv_rows_open(const char *path, gh_error_t *error)
{
    gh_csv_rows_t *rows = calloc(1, sizeof(*rows));

    if (rows == NULL || csv_init(&rows->parser, 0) != 0) {
        gh_error_set(error, GH_ERR_NOMEM, "%s can't be read: memory is out", path);
        free(rows);
        return NULL;
    }

    gh_buf_init(&rows->bytes);
    csv_set_blk_size(&rows->parser, 4096);
    rows->line = 1;
    rows->path = strdup(path);
    rows->file = fopen(path, "rb");

    if (rows->path == NULL || rows->file == NULL) {
        gh_error_set(error, GH_ERR_IO, "%s can't be opened: %s", path, strerror(errno));
        gh_csv_rows_close(rows);
        return NULL;
    }

    if (chunk_read(rows, error) < 0) {
        gh_csv_rows_close(rows);
        return NULL;
    }

    mark_skip(rows);
    return rows;
}

void
gh_csv_rows_close(gh_csv_rows_t *rows)
{
    if (rows == NULL) {
        return;
    }

    if (rows->file != NULL) {
        fclose(rows->file);
    }

    csv_free(&rows->parser);
    gh_buf_cleanup(&rows->bytes);
    free(rows->path);
    free(rows);
}
