/*
 * Key rings: what a file may hold, and who may own it.
 */

/* cmocka. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

/* Base. */
#include "base/buf.h"

/* Session. */
#include "session/keyring.h"

/* Tests. */
#include "scratch.h"

/* The bytes 0 to 31, and 32 times 7. */
#define COUNTED "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="
#define SEVENS  "BwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwc="
#define TIME    "2026-11-23T07:05:00Z"

static void
write_ring(const scratch_t *scratch, const char *content)
{
    scratch_write(scratch, content, strlen(content), 0600);
}

/* Reads the ring, which has to be refused with exactly this behind its path. */
static void
assert_refused(const scratch_t *scratch, const char *want)
{
    gh_error_t error = { "" };
    size_t     len = strlen(scratch->path);

    assert_null(gh_keyring_read(scratch->path, &error));
    assert_memory_equal(error.text, scratch->path, len);
    assert_string_equal(error.text + len, want);
}

static void
test_reads_keys_in_order(void **state)
{
    scratch_t    *scratch = *state;
    gh_keyring_t *ring;
    gh_error_t    error = { "" };

    write_ring(scratch,
        "# the first\n"
        "00c0ffee " TIME " " COUNTED "\n"
        "\n"
        "  # the second, without a line end\r\n"
        "DEADBEEF 2024-02-29T23:59:59Z " SEVENS);

    ring = gh_keyring_read(scratch->path, &error);
    assert_string_equal(error.text, "");
    assert_non_null(ring);

    assert_int_equal(gh_keyring_newest(ring)->id, 0xdeadbeef);
    assert_memory_equal(gh_keyring_newest(ring)->bytes, "\7\7\7\7\7\7\7\7", 8);

    assert_non_null(gh_keyring_find(ring, 0x00c0ffee));
    assert_int_equal(gh_keyring_find(ring, 0x00c0ffee)->bytes[0], 0);
    assert_int_equal(gh_keyring_find(ring, 0x00c0ffee)->bytes[31], 31);
    assert_null(gh_keyring_find(ring, 0));
    assert_null(gh_keyring_find(ring, 0x00c0ffef));

    gh_keyring_free(ring);
}

static void
test_refuses_broken_lines(void **state)
{
    static const char *const no_id =
        ":1: a key begins with its id, eight hex digits and a blank";
    static const char *const no_time = ":1: after the id comes a UTC time such as "
                                       "2026-11-23T07:05:00Z and a blank";
    static const char *const no_key = ":1: a key ends with 32 bytes in base64, 44 characters";
    const struct {
        const char *name;
        const char *line;
        const char *want;
    } cases[] = {
        { "one word", "keys", no_id },
        { "short id", "0c0ffee " TIME " " COUNTED, no_id },
        { "long id", "000c0ffee " TIME " " COUNTED, no_id },
        { "id not hex", "00c0ffeg " TIME " " COUNTED, no_id },
        { "signed id", "+0c0ffee " TIME " " COUNTED, no_id },
        { "id only", "00c0ffee", no_time },
        { "two blanks", "00c0ffee  " TIME " " COUNTED, no_time },
        { "date only", "00c0ffee 2026-11-23 " COUNTED, no_time },
        { "month 13", "00c0ffee 2026-13-23T07:05:00Z " COUNTED, no_time },
        { "30 February", "00c0ffee 2026-02-30T07:05:00Z " COUNTED, no_time },
        { "no Z", "00c0ffee 2026-11-23T07:05:00+ " COUNTED, no_time },
        { "letters", "00c0ffee 2o26-11-23T07:05:00Z " COUNTED, no_time },
        { "no key", "00c0ffee " TIME, no_key },
        { "31 bytes",
            "00c0ffee " TIME " AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHg==", no_key },
        { "33 bytes", "00c0ffee " TIME " AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8g",
            no_key },
        { "no padding", "00c0ffee " TIME " AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8",
            no_key },
        { "stray bits",
            "00c0ffee " TIME " AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh9=", no_key },
        { "url alphabet",
            "00c0ffee " TIME " AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdH-8=", no_key },
        { "blank in it",
            "00c0ffee " TIME " AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh 8=", no_key },
        { "blank before it", "00c0ffee " TIME "  AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8",
            no_key },
        { "a fourth word", "00c0ffee " TIME " " COUNTED " x", no_key },
    };
    scratch_t *scratch = *state;

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        print_message("  %s\n", cases[i].name);
        write_ring(scratch, cases[i].line);
        assert_refused(scratch, cases[i].want);
    }
}

static void
test_names_the_line(void **state)
{
    scratch_t *scratch = *state;

    write_ring(scratch, "# one\n\n00c0ffee " TIME " " COUNTED "\nbroken\n");
    assert_refused(scratch, ":4: a key begins with its id, eight hex digits and a blank");

    write_ring(scratch,
        "00c0ffee " TIME " " COUNTED "\n"
        "00C0FFEE " TIME " " SEVENS "\n");
    assert_refused(scratch, ":2: key 00c0ffee is there twice; remove one of the two lines");
}

static void
test_refuses_nul(void **state)
{
    static const char line[] = "00c0ffee " TIME " AAECAwQFBgcICQoLDA0ODx\0"
                               "REhMUFRYXGBkaGxwdHh8=\n";
    scratch_t        *scratch = *state;

    scratch_write(scratch, line, sizeof(line) - 1, 0600);
    assert_refused(scratch, ":1: a key ends with 32 bytes in base64, 44 characters");
}

static void
test_refuses_no_keys(void **state)
{
    static const char *const want = ": holds no key; remove it and run `gatehousectl keys new`";
    scratch_t               *scratch = *state;

    write_ring(scratch, "");
    assert_refused(scratch, want);

    write_ring(scratch, "# all gone\n\n");
    assert_refused(scratch, want);
}

/* Writes a ring of `count` keys. */
static void
write_keys(const scratch_t *scratch, unsigned count)
{
    gh_buf_t content;

    gh_buf_init(&content);
    for (unsigned i = 0; i < count; i++) {
        gh_buf_add_format(&content, "%08x " TIME " " SEVENS "\n", i);
    }

    write_ring(scratch, gh_buf_string(&content));
    gh_buf_cleanup(&content);
}

static void
test_bounds_the_number_of_keys(void **state)
{
    scratch_t    *scratch = *state;
    gh_keyring_t *ring;

    write_keys(scratch, 16);
    ring = gh_keyring_read(scratch->path, NULL);
    assert_non_null(ring);
    assert_int_equal(gh_keyring_newest(ring)->id, 15);
    gh_keyring_free(ring);

    write_keys(scratch, 17);
    assert_refused(scratch, ":17: more than 16 keys; remove the oldest, at the top");
}

static void
test_bounds_the_file(void **state)
{
    scratch_t *scratch = *state;
    char       content[8193];

    memset(content, '\n', sizeof(content));
    scratch_write(scratch, content, sizeof(content), 0600);
    assert_refused(scratch, ": is longer than 8192 bytes; a key ring is not");
}

static void
test_refuses_modes(void **state)
{
    static const struct {
        mode_t      mode;
        const char *want;
    } cases[] = {
        { 0640, ": has mode 0640, which lets a group use it; chmod it to 0600" },
        { 0610, ": has mode 0610, which lets a group use it; chmod it to 0600" },
        { 0604, ": has mode 0604, which lets others use it; chmod it to 0600" },
        { 0602, ": has mode 0602, which lets others change it; chmod it to 0600" },
        { 0644, ": has mode 0644, which lets others use it; chmod it to 0600" },
    };
    scratch_t    *scratch = *state;
    gh_keyring_t *ring;

    write_ring(scratch, "00c0ffee " TIME " " COUNTED "\n");

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        assert_int_equal(chmod(scratch->path, cases[i].mode), 0);
        assert_refused(scratch, cases[i].want);
    }

    assert_int_equal(chmod(scratch->path, 0400), 0);
    ring = gh_keyring_read(scratch->path, NULL);
    assert_non_null(ring);
    gh_keyring_free(ring);
}

static void
test_refuses_what_is_no_file(void **state)
{
    scratch_t *scratch = *state;

    assert_refused(scratch, ": is not there; `gatehousectl keys new` writes a new key ring");

    /* Nobody writes to this FIFO: reading it must not wait. */
    assert_int_equal(mkfifo(scratch->path, 0600), 0);
    assert_refused(scratch, ": is not a regular file");
}

static void
test_counts_from_the_oldest(void **state)
{
    scratch_t    *scratch = *state;
    gh_keyring_t *ring;

    write_ring(scratch,
        "00c0ffee 2026-11-23T07:05:00Z " COUNTED "\n"
        "deadbeef 2026-11-24T07:05:00Z " SEVENS "\n");

    ring = gh_keyring_read(scratch->path, NULL);
    assert_non_null(ring);
    assert_int_equal(gh_keyring_count(ring), 2);
    assert_int_equal(gh_keyring_at(ring, 0)->id, 0x00c0ffee);
    assert_int_equal(gh_keyring_at(ring, 0)->created, 1795417500 * GH_SECOND);
    assert_int_equal(gh_keyring_at(ring, 1)->id, 0xdeadbeef);
    assert_int_equal(gh_keyring_at(ring, 1)->created, 1795503900 * GH_SECOND);
    gh_keyring_free(ring);
}

static void
test_free_takes_null(void **state)
{
    (void) state;
    gh_keyring_free(NULL);
}

#define TEST(function) \
    cmocka_unit_test_setup_teardown(function, scratch_setup, scratch_teardown)

int
main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_reads_keys_in_order),
        TEST(test_refuses_broken_lines),
        TEST(test_names_the_line),
        TEST(test_refuses_nul),
        TEST(test_refuses_no_keys),
        TEST(test_bounds_the_number_of_keys),
        TEST(test_bounds_the_file),
        TEST(test_refuses_modes),
        TEST(test_refuses_what_is_no_file),
        TEST(test_counts_from_the_oldest),
        cmocka_unit_test(test_free_takes_null),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
