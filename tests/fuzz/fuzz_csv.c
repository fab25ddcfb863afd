/*
 * Fuzz: a license file, and each of its rows as a license.
 */

/* Tests. */
#include "fuzz.h"
#include "fuzz_file.h"

/* ctl. */
#include "master_file.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    fuzz_file_t            file;
    gh_master_file_t      *master;
    const gh_master_row_t *row;
    unsigned long          last = 0;

    fuzz_file_open(&file, data, size);
    master = gh_master_file_open(file.path, NULL);

    while (master != NULL && gh_master_file_next(master, &row, NULL) > 0) {
        FUZZ_HOLDS(row->row > 0 && row->line > last);
        last = row->line;
    }

    gh_master_file_close(master);
    fuzz_file_close(&file);

    return 0;
}
