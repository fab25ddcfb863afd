/*
 * CSV rows: the rows of a CSV file, one after the other.
 *
 * libcsv reads the format.  The file is read in chunks and one row is held at a
 * time, so memory does not grow with the file; what an open quote would swallow
 * is bounded.
 */
#ifndef GH_CTL_CSV_ROWS_H
#define GH_CTL_CSV_ROWS_H

/* Base. */
#include "base/error.h"
#include "base/text.h"

/* Bounds of one row. */
#define GH_CSV_ROW_MAX    (64 * 1024) /* bytes */
#define GH_CSV_FIELDS_MAX 256

typedef struct gh_csv_rows_s gh_csv_rows_t;

typedef struct {
    unsigned long    line;      /* of the file, from 1, where it begins */
    unsigned long    last_line; /* where it ends: a field may hold line breaks */
    const gh_text_t *fields;    /* bytes as they stand in the file */
    size_t           count;
    const char      *damage; /* why it can't be used; NULL: it is whole */
} gh_csv_row_t;

/*
 * Opens a file.  Returns NULL on a fault, with `error` naming the file; the
 * caller closes what it gets.
 */
gh_csv_rows_t *gh_csv_rows_open(const char *path, gh_error_t *error);

/*
 * Reads the next row into `*row`, which stays until the next call.  Empty lines
 * are passed over, and a byte order mark of UTF-8 at the start.  After a row over
 * GH_CSV_ROW_MAX reading goes on with the line that follows.
 *
 * Returns 1, 0 at the end of the file, or GH_ERR_IO or GH_ERR_NOMEM with `error` set.
 */
int gh_csv_rows_next(gh_csv_rows_t *rows, const gh_csv_row_t **row, gh_error_t *error);

/* Closes the file.  NULL is fine. */
void gh_csv_rows_close(gh_csv_rows_t *rows);

#endif
