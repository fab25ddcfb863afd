/* Tests of lib/base/random.c. */

/* cmocka, in the order it asks for. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

/* System. */
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

/* Base. */
#include "base/random.h"

static void
test_fill_changes_every_byte(void **state)
{
    unsigned char bytes[32], seen[sizeof(bytes)] = { 0 };

    (void) state;

    /* A byte stays zero sixteen times with a chance of 2^-128. */
    for (int i = 0; i < 16; i++) {
        assert_int_equal(gh_random_fill(bytes, sizeof(bytes)), 0);

        for (size_t j = 0; j < sizeof(bytes); j++) {
            seen[j] |= bytes[j];
        }
    }

    for (size_t j = 0; j < sizeof(bytes); j++) {
        assert_int_not_equal(seen[j], 0);
    }
}

static void
test_fill_stays_within_its_bounds(void **state)
{
    unsigned char bytes[12] = "----------\0";

    (void) state;
    assert_int_equal(gh_random_fill(bytes + 4, 4), 0);
    assert_memory_equal(bytes, "----", 4);
    assert_memory_equal(bytes + 8, "--\0", 4);
    assert_int_equal(gh_random_fill(bytes, 0), 0);
    assert_memory_equal(bytes, "----", 4);
}

static void
test_fill_differs_in_a_child(void **state)
{
    unsigned char ours[16], theirs[16];
    int           ends[2], status;
    pid_t         child;

    (void) state;
    assert_int_equal(pipe(ends), 0);
    child = fork();

    if (child == 0) {
        _exit(gh_random_fill(theirs, sizeof(theirs)) != 0
            || write(ends[1], theirs, sizeof(theirs)) != sizeof(theirs));
    }

    assert_int_equal(gh_random_fill(ours, sizeof(ours)), 0);
    assert_int_equal(read(ends[0], theirs, sizeof(theirs)), sizeof(theirs));
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_int_equal(status, 0);
    assert_memory_not_equal(ours, theirs, sizeof(ours));
    close(ends[0]);
    close(ends[1]);
}

static void
test_fill_refuses_too_much(void **state)
{
    static const unsigned char zero[257];
    unsigned char              bytes[257];

    (void) state;
    memset(bytes, 'x', sizeof(bytes));
    assert_int_equal(gh_random_fill(bytes, sizeof(bytes)), GH_ERR_IO);
    assert_memory_equal(bytes, zero, sizeof(bytes));
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_fill_changes_every_byte),
        cmocka_unit_test(test_fill_stays_within_its_bounds),
        cmocka_unit_test(test_fill_differs_in_a_child),
        cmocka_unit_test(test_fill_refuses_too_much),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
