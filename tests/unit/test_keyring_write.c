/*
 * Key rings: how a file is created, and how its keys are rotated.
 */

/* System. */
#include <signal.h>
#include <sys/resource.h>
#include <sys/wait.h>

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

/* 2026-11-23T07:05:00Z, and an hour as a session's lifetime. */
#define THEN (1795417500 * GH_SECOND)
#define HOUR (3600 * GH_SECOND)

static void
write_ring(const scratch_t *scratch, const char *content)
{
    scratch_write(scratch, content, strlen(content), 0600);
}

static void
read_file(const scratch_t *scratch, char *content, size_t size)
{
    FILE  *file = fopen(scratch->path, "r");
    size_t len;

    assert_non_null(file);
    len = fread(content, 1, size - 1, file);
    content[len] = '\0';
    fclose(file);
}

static void
test_creates(void **state)
{
    scratch_t    *scratch = *state;
    gh_error_t    error = { "" };
    gh_keyring_t *ring;
    struct stat   info;

    assert_int_equal(gh_keyring_create(scratch->path, &error), 0);
    assert_string_equal(error.text, "");

    assert_int_equal(stat(scratch->path, &info), 0);
    assert_int_equal(info.st_mode & 07777, 0600);
    assert_int_equal(info.st_size, 8 + 1 + 20 + 1 + 44 + 1);

    ring = gh_keyring_read(scratch->path, &error);
    assert_string_equal(error.text, "");
    assert_non_null(ring);
    gh_keyring_free(ring);
}

static void
test_creates_another_key_each_time(void **state)
{
    scratch_t    *scratch = *state;
    gh_key_t      first;
    gh_keyring_t *ring;

    assert_int_equal(gh_keyring_create(scratch->path, NULL), 0);
    ring = gh_keyring_read(scratch->path, NULL);
    assert_non_null(ring);
    first = *gh_keyring_newest(ring);
    gh_keyring_free(ring);
    assert_int_equal(unlink(scratch->path), 0);

    assert_int_equal(gh_keyring_create(scratch->path, NULL), 0);
    ring = gh_keyring_read(scratch->path, NULL);
    assert_non_null(ring);
    assert_memory_not_equal(first.bytes, gh_keyring_newest(ring)->bytes, GH_KEY_SIZE);
    gh_keyring_free(ring);
}

static void
test_never_overwrites(void **state)
{
    scratch_t    *scratch = *state;
    gh_error_t    error = { "" };
    char          want[256];
    gh_keyring_t *ring;

    write_ring(scratch, "00c0ffee " TIME " " COUNTED "\n");
    assert_int_equal(gh_keyring_create(scratch->path, &error), GH_ERR_INVALID);

    snprintf(want, sizeof(want),
        "%s: is there already; remove it first if everybody may be signed out", scratch->path);
    assert_string_equal(error.text, want);

    ring = gh_keyring_read(scratch->path, NULL);
    assert_non_null(ring);
    assert_int_equal(gh_keyring_newest(ring)->id, 0x00c0ffee);
    gh_keyring_free(ring);
}

static void
test_creates_through_no_link(void **state)
{
    scratch_t *scratch = *state;
    char       target[96];

    snprintf(target, sizeof(target), "%s/elsewhere", scratch->folder);
    assert_int_equal(symlink(target, scratch->path), 0);

    assert_int_equal(gh_keyring_create(scratch->path, NULL), GH_ERR_INVALID);
    assert_int_equal(access(target, F_OK), -1);
}

static void
test_says_why_it_cannot_create(void **state)
{
    gh_error_t error = { "" };

    (void) state;
    assert_int_equal(
        gh_keyring_create("/nonexistent-folder/of/gatehouse/keys", &error), GH_ERR_IO);
    assert_string_equal(error.text,
        "/nonexistent-folder/of/gatehouse/keys: can't be "
        "created: No such file or directory");
}

/* A child that may not write a byte to files stands for a full disk. */
static void
test_leaves_no_partial_file(void **state)
{
    scratch_t *scratch = *state;
    gh_error_t error = { "" };
    pid_t      child = fork();
    int        status;

    if (child == 0) {
        struct rlimit none = { 0, 0 };
        bool          is_right;

        signal(SIGXFSZ, SIG_IGN);
        setrlimit(RLIMIT_FSIZE, &none);
        is_right = gh_keyring_create(scratch->path, &error) == GH_ERR_IO
            && strstr(error.text, ": can't be written: File too large") != NULL
            && access(scratch->path, F_OK) != 0;
        _exit(is_right ? 0 : 1);
    }

    assert_true(child > 0);
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_int_equal(status, 0);
}

static void
test_rotates(void **state)
{
    static const char kept[] = "00c0ffee " TIME " " COUNTED "\n";

    scratch_t    *scratch = *state;
    gh_error_t    error = { "" };
    gh_keyring_t *ring;
    struct stat   info;
    char          content[512];
    size_t        dropped = 7;

    write_ring(scratch, "# mine\n00C0FFEE " TIME " " COUNTED "\n");
    assert_int_equal(gh_keyring_rotate(scratch->path, HOUR, THEN + HOUR, &dropped, &error), 0);
    assert_string_equal(error.text, "");
    assert_int_equal(dropped, 0);

    assert_int_equal(stat(scratch->path, &info), 0);
    assert_int_equal(info.st_mode & 07777, 0600);
    read_file(scratch, content, sizeof(content));
    assert_memory_equal(content, kept, strlen(kept));
    assert_memory_equal(content + strlen(kept) + 8, " 2026-11-23T08:05:00Z ", 22);

    ring = gh_keyring_read(scratch->path, &error);
    assert_non_null(ring);
    assert_int_equal(gh_keyring_count(ring), 2);
    assert_int_equal(gh_keyring_newest(ring)->created, THEN + HOUR);
    assert_int_not_equal(gh_keyring_newest(ring)->id, 0x00c0ffee);
    gh_keyring_free(ring);
}

/* The first key sealed until the second came, so that is what counts. */
static void
test_drops_what_sealed_nothing_that_lasts(void **state)
{
    static const struct {
        const char *name;
        gh_time_t   now;
        size_t      dropped;
        uint32_t    oldest;
    } cases[] = {
        { "a day and a session's life behind the second key", THEN + 86400 * GH_SECOND + HOUR,
            0, 0x00c0ffee },
        { "a second later", THEN + 86401 * GH_SECOND + HOUR, 1, 0xdeadbeef },
        { "ten years later: the newest sealed until now", THEN + 315360000 * GH_SECOND, 1,
            0xdeadbeef },
    };
    scratch_t *scratch = *state;

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        gh_keyring_t *ring;
        size_t        dropped = 7;

        print_message("%s\n", cases[i].name);
        write_ring(scratch,
            "00c0ffee 2001-01-01T00:00:00Z " COUNTED "\n"
            "deadbeef " TIME " " SEVENS "\n");
        assert_int_equal(
            gh_keyring_rotate(scratch->path, HOUR, cases[i].now, &dropped, NULL), 0);
        assert_int_equal(dropped, cases[i].dropped);

        ring = gh_keyring_read(scratch->path, NULL);
        assert_non_null(ring);
        assert_int_equal(gh_keyring_count(ring), 3 - cases[i].dropped);
        assert_int_equal(gh_keyring_at(ring, 0)->id, cases[i].oldest);
        gh_keyring_free(ring);
    }
}

static void
test_rotates_through_a_link(void **state)
{
    scratch_t  *scratch = *state;
    char        link[96];
    struct stat info;
    size_t      dropped;

    snprintf(link, sizeof(link), "%s/link", scratch->folder);
    write_ring(scratch, "00c0ffee " TIME " " COUNTED "\n");
    assert_int_equal(symlink(scratch->path, link), 0);

    assert_int_equal(gh_keyring_rotate(link, HOUR, THEN, &dropped, NULL), 0);
    assert_int_equal(lstat(link, &info), 0);
    assert_true(S_ISLNK(info.st_mode));
    assert_int_equal(stat(scratch->path, &info), 0);
    assert_int_equal(info.st_size, 2 * (8 + 1 + 20 + 1 + 44 + 1));
    assert_int_equal(unlink(link), 0);
}

/* Refused with `want` behind the path, and the file as it was, nothing beside it. */
static void
assert_kept(const scratch_t *scratch, const char *content, const char *want)
{
    gh_error_t error = { "" };
    char       after[2048];
    size_t     dropped = 7;

    assert_true(gh_keyring_rotate(scratch->path, HOUR, THEN, &dropped, &error) < 0);
    assert_int_equal(dropped, 0);
    assert_string_equal(error.text + strlen(scratch->path), want);
    read_file(scratch, after, sizeof(after));
    assert_string_equal(after, content);
}

static void
test_rotates_no_broken_ring(void **state)
{
    scratch_t *scratch = *state;
    char       beside[128];

    write_ring(scratch, "00c0ffee\n");
    assert_kept(scratch, "00c0ffee\n",
        ":1: after the id comes a UTC time such as 2026-11-23T07:05:00Z and a blank");

    snprintf(beside, sizeof(beside), "%s.new", scratch->path);
    assert_int_equal(access(beside, F_OK), -1);
}

static void
test_rotates_no_full_ring(void **state)
{
    scratch_t *scratch = *state;
    char       content[2048] = "";

    for (int i = 0; i < GH_KEYRING_MAX; i++) {
        char line[128];

        snprintf(line, sizeof(line), "%08x " TIME " " COUNTED "\n", i);
        strcat(content, line);
    }

    write_ring(scratch, content);
    assert_kept(
        scratch, content, ": has 16 keys that sessions may still need; rotate less often");
}

static void
test_rotates_one_at_a_time(void **state)
{
    static const char ring[] = "00c0ffee " TIME " " COUNTED "\n";

    scratch_t *scratch = *state;
    char       beside[128];
    int        fd;

    write_ring(scratch, ring);
    snprintf(beside, sizeof(beside), "%s.new", scratch->path);
    fd = open(beside, O_WRONLY | O_CREAT | O_EXCL, 0600);
    assert_true(fd >= 0);
    close(fd);

    assert_kept(
        scratch, ring, ".new: is there already; remove it if no other rotation is under way");
    assert_int_equal(unlink(beside), 0);
}

static void
test_rotates_nothing_that_is_not_there(void **state)
{
    gh_error_t error = { "" };
    size_t     dropped = 7;

    (void) state;
    assert_int_equal(
        gh_keyring_rotate("/nonexistent-folder/keys", HOUR, THEN, &dropped, &error), GH_ERR_IO);
    assert_string_equal(
        error.text, "/nonexistent-folder/keys: can't be opened: No such file or directory");
    assert_int_equal(dropped, 0);
}

#define TEST(function) \
    cmocka_unit_test_setup_teardown(function, scratch_setup, scratch_teardown)

int
main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_creates),
        TEST(test_creates_another_key_each_time),
        TEST(test_never_overwrites),
        TEST(test_creates_through_no_link),
        TEST(test_says_why_it_cannot_create),
        TEST(test_leaves_no_partial_file),
        TEST(test_rotates),
        TEST(test_drops_what_sealed_nothing_that_lasts),
        TEST(test_rotates_through_a_link),
        TEST(test_rotates_no_broken_ring),
        TEST(test_rotates_no_full_ring),
        TEST(test_rotates_one_at_a_time),
        cmocka_unit_test(test_rotates_nothing_that_is_not_there),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
