/* Tests of lib/base/file.c. */

/* cmocka, in the order it asks for. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

/* Base. */
#include "base/file.h"

/* Tests. */
#include "scratch.h"

/* Whom the code under test takes for the caller. */
static uid_t test_caller;

uid_t
geteuid(void)
{
    return test_caller;
}

#define OTHERS_USE    "which lets others use it; chmod it to 0600 or 0640"
#define OTHERS_CHANGE "which lets others change it; chmod it"

static void
test_modes(void **state)
{
    static const struct {
        mode_t            mode;
        gh_file_readers_t readers;
        const char       *want; /* NULL: it is opened */
    } cases[] = { { 0400, GH_FILE_PRIVATE, NULL }, { 0600, GH_FILE_PRIVATE, NULL },
        { 0640, GH_FILE_PRIVATE, "has mode 0640, which lets a group use it; chmod it to 0600" },
        { 0660, GH_FILE_PRIVATE, "has mode 0660, " OTHERS_CHANGE " to 0600" },
        { 0604, GH_FILE_PRIVATE, "has mode 0604, which lets others use it; chmod it to 0600" },
        { 0400, GH_FILE_SECRET, NULL }, { 0600, GH_FILE_SECRET, NULL },
        { 0640, GH_FILE_SECRET, NULL }, { 0700, GH_FILE_SECRET, NULL },
        { 0604, GH_FILE_SECRET, "has mode 0604, " OTHERS_USE },
        { 0644, GH_FILE_SECRET, "has mode 0644, " OTHERS_USE },
        { 0601, GH_FILE_SECRET, "has mode 0601, " OTHERS_USE },
        { 0660, GH_FILE_SECRET, "has mode 0660, " OTHERS_CHANGE " to 0600 or 0640" },
        { 0602, GH_FILE_SECRET, "has mode 0602, " OTHERS_CHANGE " to 0600 or 0640" },
        { 0600, GH_FILE_PUBLIC, NULL }, { 0644, GH_FILE_PUBLIC, NULL },
        { 0755, GH_FILE_PUBLIC, NULL },
        { 0664, GH_FILE_PUBLIC, "has mode 0664, " OTHERS_CHANGE " to 0644" },
        { 0646, GH_FILE_PUBLIC, "has mode 0646, " OTHERS_CHANGE " to 0644" },
        { 0666, GH_FILE_PUBLIC, "has mode 0666, " OTHERS_CHANGE " to 0644" } };
    scratch_t *scratch = *state;

    test_caller = getuid();

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        gh_error_t error = { "" };
        char       want[256] = "";
        int        fd;

        scratch_write(scratch, "x", 1, cases[i].mode);
        fd = gh_file_open(scratch->path, cases[i].readers, &error);

        if (cases[i].want == NULL) {
            assert_true(fd >= 0);
            close(fd);

        } else {
            assert_int_equal(fd, GH_ERR_INVALID);
            snprintf(want, sizeof(want), "%s: %s", scratch->path, cases[i].want);
        }

        assert_string_equal(error.text, want);
    }
}

/* The file belongs to somebody who is not root; root can make it so. */
static void
test_owner(void **state)
{
    scratch_t *scratch = *state;
    uid_t      owner = getuid() != 0 ? getuid() : 12345;
    char       want[256];
    gh_error_t error = { "" };
    int        fd;

    scratch_write(scratch, "x", 1, 0644);
    assert_int_equal(chown(scratch->path, owner, (gid_t) -1), 0);

    test_caller = owner;
    fd = gh_file_open(scratch->path, GH_FILE_PUBLIC, &error);
    assert_true(fd >= 0);
    close(fd);

    snprintf(want, sizeof(want), "%s: belongs to user %lu; make root its owner", scratch->path,
        (unsigned long) owner);

    test_caller = owner + 1;
    assert_int_equal(gh_file_open(scratch->path, GH_FILE_PUBLIC, &error), GH_ERR_INVALID);
    assert_string_equal(error.text, want);

    test_caller = 0;
    assert_int_equal(gh_file_open(scratch->path, GH_FILE_SECRET, NULL), GH_ERR_INVALID);
}

static void
test_not_a_file(void **state)
{
    scratch_t *scratch = *state;
    gh_error_t error = { "" };
    char       want[256];

    test_caller = getuid();

    snprintf(
        want, sizeof(want), "%s: can't be opened: No such file or directory", scratch->path);
    assert_int_equal(gh_file_open(scratch->path, GH_FILE_PUBLIC, &error), GH_ERR_IO);
    assert_string_equal(error.text, want);

    snprintf(want, sizeof(want), "%s: is not a regular file", scratch->folder);
    assert_int_equal(gh_file_open(scratch->folder, GH_FILE_PUBLIC, &error), GH_ERR_INVALID);
    assert_string_equal(error.text, want);

    /* Nobody writes to this FIFO: opening it must not wait. */
    snprintf(want, sizeof(want), "%s: is not a regular file", scratch->path);
    assert_int_equal(mkfifo(scratch->path, 0600), 0);
    assert_int_equal(gh_file_open(scratch->path, GH_FILE_SECRET, &error), GH_ERR_INVALID);
    assert_string_equal(error.text, want);
}

static void
test_closed_on_exec(void **state)
{
    scratch_t *scratch = *state;
    int        fd;

    test_caller = getuid();
    scratch_write(scratch, "x", 1, 0600);

    fd = gh_file_open(scratch->path, GH_FILE_SECRET, NULL);
    assert_true(fd >= 0);
    assert_int_equal(fcntl(fd, F_GETFD) & FD_CLOEXEC, FD_CLOEXEC);
    close(fd);
}

static void
test_read(void **state)
{
    scratch_t *scratch = *state;
    char       data[8] = "";
    int        fd;

    test_caller = getuid();
    scratch_write(scratch, "0123456789", 10, 0600);

    fd = gh_file_open(scratch->path, GH_FILE_SECRET, NULL);
    assert_int_equal(gh_file_read(fd, data, 4), 4);
    assert_memory_equal(data, "0123", 4);
    assert_int_equal(gh_file_read(fd, data, 8), 6);
    assert_memory_equal(data, "456789", 6);
    assert_int_equal(gh_file_read(fd, data, 8), 0);
    close(fd);

    assert_int_equal(gh_file_read(-1, data, 8), -1);
}

int
main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test_setup_teardown(
                                            test_modes, scratch_setup, scratch_teardown),
        cmocka_unit_test_setup_teardown(test_owner, scratch_setup, scratch_teardown),
        cmocka_unit_test_setup_teardown(test_not_a_file, scratch_setup, scratch_teardown),
        cmocka_unit_test_setup_teardown(test_closed_on_exec, scratch_setup, scratch_teardown),
        cmocka_unit_test_setup_teardown(test_read, scratch_setup, scratch_teardown) };

    return cmocka_run_group_tests_name("file", tests, NULL, NULL);
}
