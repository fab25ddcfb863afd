/*
 * CSV rows: fields, places in the file, and damage.
 */

/* System. */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* cmocka. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

/* Ctl. */
#include "csv_rows.h"

/* Opens a file of these bytes, which has no name any more. */
static gh_csv_rows_t *
rows_of(gh_text_t bytes)
{
    char           path[] = "/tmp/gh-test-csv.XXXXXX";
    int            fd = mkstemp(path);
    gh_csv_rows_t *rows;

    assert_true(fd >= 0);
    assert_int_equal(write(fd, bytes.data, bytes.len), bytes.len);
    close(fd);

    rows = gh_csv_rows_open(path, NULL);
    unlink(path);
    assert_non_null(rows);

    return rows;
}

static void
assert_row(
    gh_csv_rows_t *rows, unsigned long line, unsigned long last_line, const char *const *fields)
{
    const gh_csv_row_t *row;
    size_t              count = 0;

    assert_int_equal(gh_csv_rows_next(rows, &row, NULL), 1);
    assert_null(row->damage);
    assert_int_equal(row->line, line);
    assert_int_equal(row->last_line, last_line);

    for (; fields[count] != NULL; count++) {
        assert_true(count < row->count);
        assert_int_equal(row->fields[count].len, strlen(fields[count]));
        assert_memory_equal(row->fields[count].data, fields[count], row->fields[count].len);
    }

    assert_int_equal(row->count, count);
}

static void
assert_damage(gh_csv_rows_t *rows, unsigned long line, const char *damage)
{
    const gh_csv_row_t *row;

    assert_int_equal(gh_csv_rows_next(rows, &row, NULL), 1);
    assert_int_equal(row->line, line);
    assert_non_null(row->damage);
    assert_string_equal(row->damage, damage);
}

static void
assert_end(gh_csv_rows_t *rows)
{
    const gh_csv_row_t *row;

    assert_int_equal(gh_csv_rows_next(rows, &row, NULL), 0);
    assert_null(row);
    gh_csv_rows_close(rows);
}

#define ROW(...) ((const char *const[]){ __VA_ARGS__, NULL })

static void
test_reads_fields(void **state)
{
    gh_csv_rows_t *rows = rows_of(GH_TEXT("\xef\xbb\xbf"
                                          "a,b , c\r\n"
                                          "\"x, y\",\"say \"\"hi\"\"\",\r\n"
                                          "\xd1,,last"));

    (void) state;

    assert_row(rows, 1, 1, ROW("a", "b", "c"));
    assert_row(rows, 2, 2, ROW("x, y", "say \"hi\"", ""));
    assert_row(rows, 3, 3, ROW("\xd1", "", "last"));
    assert_end(rows);
}

static void
test_keeps_nul_bytes(void **state)
{
    gh_csv_rows_t      *rows = rows_of(GH_TEXT("a\0b,c\n"));
    const gh_csv_row_t *row;

    (void) state;

    assert_int_equal(gh_csv_rows_next(rows, &row, NULL), 1);
    assert_int_equal(row->count, 2);
    assert_int_equal(row->fields[0].len, 3);
    assert_memory_equal(row->fields[0].data, "a\0b", 3);
    assert_end(rows);
}

static void
test_counts_lines(void **state)
{
    gh_csv_rows_t *rows = rows_of(GH_TEXT("\n  \na\r\n\r\nb\rc\n\"d\r\ne\",f\ng\n"));

    (void) state;

    assert_row(rows, 3, 3, ROW("a"));
    assert_row(rows, 5, 5, ROW("b"));
    assert_row(rows, 6, 6, ROW("c"));
    assert_row(rows, 7, 8, ROW("d\r\ne", "f"));
    assert_row(rows, 9, 9, ROW("g"));
    assert_end(rows);
}

static void
test_names_open_quote_at_end(void **state)
{
    gh_csv_rows_t *rows = rows_of(GH_TEXT("a,b\n1,\"2\n3,4\n"));

    (void) state;

    assert_row(rows, 1, 1, ROW("a", "b"));
    assert_damage(rows, 2, "has a quote that is still open at the end of the file");
    assert_end(rows);
}

/* A quote that nobody closes costs one row, whatever the file's size. */
static void
test_bounds_a_row(void **state)
{
    enum { LINES = 100000 };
    char          *text = malloc(LINES * 4 + 3);
    gh_csv_rows_t *rows;
    size_t         at = 0;

    (void) state;

    memcpy(text, "a,\"", 3);
    at = 3;
    for (int i = 0; i < LINES; i++) {
        memcpy(text + at, "b,c\n", 4);
        at += 4;
    }

    rows = rows_of((gh_text_t){ text, at });
    assert_damage(rows, 1, "is longer than 64 KiB: a quote in it may not be closed");
    /* Line 16384 ends with byte 65539, the first above the bound. */
    assert_row(rows, 16385, 16385, ROW("b", "c"));
    gh_csv_rows_close(rows);
    free(text);
}

static void
test_bounds_a_row_without_line_end(void **state)
{
    size_t         len = 300000;
    char          *text = malloc(len);
    gh_csv_rows_t *rows;

    (void) state;

    memset(text, 'x', len);
    memcpy(text + len - 4, "\na,b", 4);

    rows = rows_of((gh_text_t){ text, len });
    assert_damage(rows, 1, "is longer than 64 KiB: a quote in it may not be closed");
    assert_row(rows, 2, 2, ROW("a", "b"));
    assert_end(rows);
    free(text);
}

static void
test_bounds_columns(void **state)
{
    char           text[300 + 4];
    gh_csv_rows_t *rows;

    (void) state;

    memset(text, ',', 300);
    memcpy(text + 300, "\na\n", 4);

    rows = rows_of(gh_text(text));
    assert_damage(rows, 1, "has more than 256 columns");
    assert_row(rows, 2, 2, ROW("a"));
    assert_end(rows);
}

/* Rows lie across the chunks in which the file is read. */
static void
test_reads_across_chunks(void **state)
{
    enum { ROWS = 20000 };
    char          *text = malloc(ROWS * 14);
    gh_csv_rows_t *rows;
    size_t         at = 0;

    (void) state;

    for (int i = 0; i < ROWS; i++) {
        memcpy(text + at, "ab,\"c,d\",efg\r\n", 14);
        at += 14;
    }

    rows = rows_of((gh_text_t){ text, at });
    for (unsigned long i = 1; i <= ROWS; i++) {
        assert_row(rows, i, i, ROW("ab", "c,d", "efg"));
    }
    assert_end(rows);
    free(text);
}

static void
test_names_a_file_it_cannot_read(void **state)
{
    gh_error_t error;

    (void) state;

    assert_null(gh_csv_rows_open("/nowhere/file.csv", &error));
    assert_string_equal(
        error.text, "/nowhere/file.csv can't be opened: No such file or directory");
    assert_null(gh_csv_rows_open("/", &error));
    assert_string_equal(error.text, "/ can't be read: Is a directory");
}

static void
test_an_empty_file_has_no_rows(void **state)
{
    (void) state;

    assert_end(rows_of(GH_TEXT("")));
    assert_end(rows_of(GH_TEXT("\r\n \t\r\n")));
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_reads_fields),
        cmocka_unit_test(test_keeps_nul_bytes),
        cmocka_unit_test(test_counts_lines),
        cmocka_unit_test(test_names_open_quote_at_end),
        cmocka_unit_test(test_bounds_a_row),
        cmocka_unit_test(test_bounds_a_row_without_line_end),
        cmocka_unit_test(test_bounds_columns),
        cmocka_unit_test(test_reads_across_chunks),
        cmocka_unit_test(test_names_a_file_it_cannot_read),
        cmocka_unit_test(test_an_empty_file_has_no_rows),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
