/*
 * Master files: CSV rows under a header, in whichever of two charsets.
 */

/* System. */
#include <stdlib.h>

/* Ctl. */
#include "charset.h"
#include "csv_rows.h"
#include "master_file.h"

struct gh_master_file_s {
    gh_csv_rows_t  *rows;
    gh_charset_t   *charset;
    size_t          place[GH_LICENSE_COLUMNS]; /* of each column in a row */
    size_t          width;                     /* columns of the header */
    gh_buf_t        text;                      /* of the row, as UTF-8 */
    gh_master_row_t row;
};

/* Where the header has `name`; `width` when nowhere, or more than once. */
static size_t
header_find(const gh_csv_row_t *header, const char *name)
{
    size_t place = header->count;

    for (size_t i = 0; i < header->count; i++) {
        if (gh_text_equal_nocase(gh_text_trim(header->fields[i]), gh_text(name))) {
            if (place != header->count) {
                return header->count;
            }
            place = i;
        }
    }

    return place;
}

static int
header_take(
    gh_master_file_t *file, const gh_csv_row_t *header, const char *path, gh_error_t *error)
{
    gh_buf_t missing;
    int      rc = 0;

    gh_buf_init(&missing);
    file->width = header->count;

    for (gh_license_column_t i = 0; i < GH_LICENSE_COLUMNS; i++) {
        const char *name = gh_license_column_name(i);

        file->place[i] = header_find(header, name);

        if (file->place[i] == header->count) {
            gh_buf_add_format(&missing, "%s%s", missing.len > 0 ? ", " : "", name);
        }
    }

    if (missing.len > 0) {
        rc = gh_error_set(error, GH_ERR_INVALID,
            "%s: the first line is not the header of a license master file; it has to "
            "name once each: %s",
            path, gh_buf_string(&missing));
    }

    gh_buf_cleanup(&missing);
    return rc;
}

static int
header_read(gh_master_file_t *file, const char *path, gh_error_t *error)
{
    const gh_csv_row_t *header;
    int                 rc = gh_csv_rows_next(file->rows, &header, error);

    if (rc < 0) {
        return rc;
    }

    if (rc == 0) {
        return gh_error_set(error, GH_ERR_INVALID, "%s is empty", path);
    }

    return header_take(file, header, path, error);
}

gh_master_file_t *
gh_master_file_open(const char *path, gh_error_t *error)
{
    gh_master_file_t *file = calloc(1, sizeof(*file));

    if (file == NULL) {
        gh_error_set(error, GH_ERR_NOMEM, "memory is out");
        return NULL;
    }

    gh_buf_init(&file->text);

    file->charset = gh_charset_new(error);
    file->rows = file->charset != NULL ? gh_csv_rows_open(path, error) : NULL;

    if (file->rows == NULL || header_read(file, path, error) != 0) {
        gh_master_file_close(file);
        return NULL;
    }

    return file;
}

void
gh_master_file_close(gh_master_file_t *file)
{
    if (file == NULL) {
        return;
    }

    gh_csv_rows_close(file->rows);
    gh_charset_free(file->charset);
    gh_buf_cleanup(&file->text);
    free(file);
}

/* What makes a whole row unfit, before its columns are looked at. */
static const char *
row_fault(const gh_master_file_t *file, const gh_csv_row_t *csv)
{
    if (csv->damage != NULL) {
        return csv->damage;
    }

    /* A quote that is not closed swallows rows up to the next quote. */
    if (csv->last_line != csv->line) {
        return "goes on over more than one line: a quote in it may not be closed";
    }

    if (csv->count != file->width) {
        return csv->count < file->width ? "has fewer columns than the header"
                                        : "has more columns than the header";
    }

    return NULL;
}

static int
row_take(gh_master_file_t *file, const gh_csv_row_t *csv)
{
    gh_master_row_t *row = &file->row;
    const char      *at;

    gh_buf_reset(&file->text);

    for (gh_license_column_t i = 0; i < GH_LICENSE_COLUMNS; i++) {
        size_t before = file->text.len;
        int    rc = gh_charset_utf8(file->charset, csv->fields[file->place[i]], &file->text);

        if (rc == GH_ERR_INVALID) {
            row->column = gh_license_column_name(i);
            row->fault = "is neither UTF-8 nor windows-1252";
            return 0;
        }

        if (rc != 0) {
            return rc;
        }

        row->columns[i].len = file->text.len - before;
    }

    at = gh_buf_string(&file->text);

    for (gh_license_column_t i = 0; i < GH_LICENSE_COLUMNS; i++) {
        row->columns[i].data = at;
        at += row->columns[i].len;
    }

    return 0;
}

int
gh_master_file_next(gh_master_file_t *file, const gh_master_row_t **row, gh_error_t *error)
{
    const gh_csv_row_t *csv;
    int                 rc = gh_csv_rows_next(file->rows, &csv, error);

    *row = NULL;

    if (rc != 1) {
        return rc;
    }

    file->row = (gh_master_row_t){
        .row = file->row.row + 1, .line = csv->line, .fault = row_fault(file, csv)
    };

    if (file->row.fault == NULL && row_take(file, csv) != 0) {
        return gh_error_set(error, GH_ERR_NOMEM, "line %lu: memory is out", csv->line);
    }

    *row = &file->row;
    return 1;
}
