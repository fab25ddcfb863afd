/*
 * Folders of templates: what is read from one, and what is refused.
 */

/* System. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* cmocka. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

/* Template. */
#include "template/template.h"

typedef struct {
    char path[64]; /* of the folder */
    char files[4][128];
    int  count;
} folder_fixture_t;

static int
setup(void **state)
{
    folder_fixture_t *folder = calloc(1, sizeof(*folder));

    if (folder == NULL) {
        return -1;
    }

    strcpy(folder->path, "/tmp/gh-test-template.XXXXXX");
    if (mkdtemp(folder->path) == NULL) {
        free(folder);
        return -1;
    }

    *state = folder;
    return 0;
}

static int
teardown(void **state)
{
    folder_fixture_t *folder = *state;

    for (int i = 0; i < folder->count; i++) {
        remove(folder->files[i]);
    }

    rmdir(folder->path);
    free(folder);
    return 0;
}

/* The path of a file that goes with the folder. */
static const char *
path_of(folder_fixture_t *folder, const char *name)
{
    char *path = folder->files[folder->count++];

    assert_true(folder->count <= 4);
    stpcpy(stpcpy(stpcpy(path, folder->path), "/"), name);
    return path;
}

static void
put_bytes(folder_fixture_t *folder, const char *name, const char *data, size_t len)
{
    FILE *file = fopen(path_of(folder, name), "w");

    assert_non_null(file);
    assert_int_equal(fwrite(data, 1, len, file), len);
    assert_int_equal(fclose(file), 0);
}

static void
put(folder_fixture_t *folder, const char *name, const char *content)
{
    put_bytes(folder, name, content, strlen(content));
}

/* Reads the folder, which has to be refused with exactly this behind its path. */
static void
assert_folder_refused(const folder_fixture_t *folder, const char *want)
{
    gh_error_t error = { "" };
    size_t     len = strlen(folder->path);

    assert_null(gh_templates_read(folder->path, &error));
    assert_memory_equal(error.text, folder->path, len);
    assert_string_equal(error.text + len, want);
}

static void
test_reads_a_folder(void **state)
{
    folder_fixture_t *folder = *state;
    gh_templates_t   *templates;
    gh_error_t        error = { "" };
    json_t           *data = json_pack("{s:s}", "who", "Maria");
    gh_buf_t          out;

    put(folder, "page.mustache", "{{>top-line}}\nBye, {{who}}.\n");
    put(folder, "top-line.mustache", "Hello, {{who}}!\n");
    put(folder, ".page.mustache", "{{a swap file");
    put(folder, "style.css", "{{ no template");

    templates = gh_templates_read(folder->path, &error);
    assert_string_equal(error.text, "");
    assert_non_null(templates);
    assert_non_null(gh_templates_find(templates, "top-line"));
    assert_null(gh_templates_find(templates, "style"));
    assert_null(gh_templates_find(templates, "pag"));
    assert_null(gh_templates_find(templates, ""));

    gh_buf_init(&out);
    assert_int_equal(gh_template_render(gh_templates_find(templates, "page"), data, &out), 0);
    assert_string_equal(gh_buf_string(&out), "Hello, Maria!\nBye, Maria.\n");

    gh_buf_cleanup(&out);
    json_decref(data);
    gh_templates_free(templates);
}

static void
test_names_file_and_line(void **state)
{
    folder_fixture_t *folder = *state;

    put(folder, "page.mustache", "\n\n{{#a}}");
    assert_folder_refused(folder, "/page.mustache:3: this section is never closed: a");

    put(folder, "page.mustache", "{{>other}}");
    assert_folder_refused(folder, "/page.mustache:1: there is no partial other.mustache");
}

static void
test_bounds_files(void **state)
{
    folder_fixture_t *folder = *state;
    char             *content = malloc(262145);
    gh_templates_t   *templates;

    assert_non_null(content);
    memset(content, 'x', 262145);

    put_bytes(folder, "page.mustache", content, 262144);
    templates = gh_templates_read(folder->path, NULL);
    assert_non_null(templates);
    gh_templates_free(templates);

    put_bytes(folder, "page.mustache", content, 262145);
    assert_folder_refused(folder, "/page.mustache: is longer than 262144 bytes");
    free(content);
}

static void
test_refuses_odd_files(void **state)
{
    folder_fixture_t *folder = *state;

    assert_folder_refused(folder, ": holds no NAME.mustache");

    put_bytes(folder, "page.mustache", "a\0b", 3);
    assert_folder_refused(folder, "/page.mustache: holds a NUL byte");

    /* Nobody writes to this FIFO: reading it must not wait. */
    assert_int_equal(unlink(folder->files[0]), 0);
    assert_int_equal(mkfifo(path_of(folder, "fifo.mustache"), 0600), 0);
    assert_folder_refused(folder, "/fifo.mustache: is not a regular file");

    assert_int_equal(unlink(folder->files[1]), 0);
    put(folder, "copy of page.mustache", "");
    assert_folder_refused(folder,
        "/copy of page.mustache: a template's name has only letters, digits, `_` and "
        "`-`, at most 64");
}

static void
test_refuses_no_folder(void **state)
{
    gh_error_t error = { "" };

    (void) state;
    assert_null(gh_templates_read("/nonexistent-folder/of/gatehouse", &error));
    assert_string_equal(error.text,
        "/nonexistent-folder/of/gatehouse: can't be opened as "
        "a folder: No such file or directory");
    gh_templates_free(NULL);
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, setup, teardown)

int
main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_reads_a_folder),
        TEST(test_names_file_and_line),
        TEST(test_bounds_files),
        TEST(test_refuses_odd_files),
        cmocka_unit_test(test_refuses_no_folder),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
