/*
 * Master files: the license file that California's Contractors State License
 * Board publishes, row by row.
 *
 * Columns are found by their names in the header, wherever they stand.
 */
#ifndef GH_CTL_MASTER_FILE_H
#define GH_CTL_MASTER_FILE_H

/* Account. */
#include "account/license.h"

typedef struct gh_master_file_s gh_master_file_t;

typedef struct {
    unsigned long row;                         /* from 1, the header not counted */
    unsigned long line;                        /* of the file, where it begins */
    gh_text_t     columns[GH_LICENSE_COLUMNS]; /* as UTF-8 */
    const char   *column;                      /* which is at fault; NULL: the row */
    const char   *fault;                       /* why the row can't be used; NULL: it can */
} gh_master_row_t;

/*
 * Opens a file and reads its header.  A column that is read and missing is a
 * fault: the import would take its absence for empty values.  NULL on a fault, with
 * `error` naming the file and what is wrong; the caller closes what it gets.
 */
gh_master_file_t *gh_master_file_open(const char *path, gh_error_t *error);

/*
 * Reads the next row into `*row`, which stays until the next call.  Returns 1,
 * 0 at the end of the file, or GH_ERR_IO or GH_ERR_NOMEM with `error` set.
 */
int gh_master_file_next(gh_master_file_t *file, const gh_master_row_t **row, gh_error_t *error);

/* Closes the file.  NULL is fine. */
void gh_master_file_close(gh_master_file_t *file);

#endif
