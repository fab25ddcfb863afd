/*
 * Probes: a server that is usable or not, and its certificate in both cases.
 */

/* cmocka, in the order it asks for. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

/* Directory. */
#include "directory/probe.h"

/* Tests. */
#include "false_directory.h"
#include "scratch.h"

/* What false_tls_new gives a certificate before and behind now, and room for a slow test, µs. */
#define HOUR (3600 * GH_SECOND)
#define ROOM (60 * GH_SECOND)

static void
test_without_tls(void **state)
{
    static const gh_directory_settings_t settings = { .tls_verify = true };

    false_directory_t *directory = false_directory_start(false_well, NULL, false);
    gh_probe_t         probe;

    (void) state;
    gh_probe(&probe, &settings, false_directory_uri(directory), FALSE_PATIENCE);
    assert_string_equal(probe.trouble.text, "");
    assert_true(probe.is_usable);
    assert_true(probe.took >= 0);
    assert_false(probe.has_certificate);
    assert_heard(directory, "1 unbind\n");
    false_directory_stop(directory);
}

static void
test_nobody_there(void **state)
{
    static const gh_directory_settings_t settings = { .tls_verify = true };

    gh_probe_t probe;

    (void) state;
    gh_probe(&probe, &settings, FALSE_NOWHERE, FALSE_PATIENCE);
    assert_false(probe.is_usable);
    assert_false(probe.has_certificate);
    assert_string_equal(
        probe.trouble.text, FALSE_NOWHERE ": can't connect: No such file or directory");
}

/* A certificate that can't be trusted is read all the same: it says why. */
static void
test_certificates(void **state)
{
    static const struct {
        const char *name;
        bool        is_ldaps;
        const char *ip;
        bool        is_usable;
    } cases[] = {
        { "ldaps", true, "127.0.0.1", true },
        { "StartTLS", false, "127.0.0.1", true },
        { "ldaps, wrong name", true, "192.0.2.1", false },
        { "StartTLS, wrong name", false, "192.0.2.1", false },
    };
    const scratch_t *scratch = *state;

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        gh_time_t               now = gh_clock_now();
        SSL_CTX                *tls = false_tls_new(cases[i].ip, scratch->path);
        gh_directory_settings_t settings = {
            .starttls = true, .tls_verify = true, .tls_ca = (char *) scratch->path
        };
        false_directory_t *directory =
            false_directory_start(false_start_tls, tls, cases[i].is_ldaps);
        gh_probe_t probe;

        print_message("%s\n", cases[i].name);
        gh_probe(&probe, &settings, false_directory_uri(directory), FALSE_PATIENCE);
        assert_int_equal(probe.is_usable, cases[i].is_usable);
        assert_int_equal(probe.trouble.text[0] == '\0', cases[i].is_usable);
        assert_true(probe.has_certificate);
        assert_in_range(probe.begins, now - HOUR - ROOM, now - HOUR + ROOM);
        assert_in_range(probe.ends, now + HOUR - ROOM, now + HOUR + ROOM);

        false_directory_stop(directory);
        SSL_CTX_free(tls);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_without_tls),
        cmocka_unit_test(test_nobody_there),
        cmocka_unit_test_setup_teardown(test_certificates, scratch_setup, scratch_teardown),
    };

    return cmocka_run_group_tests_name("probe", tests, NULL, NULL);
}
