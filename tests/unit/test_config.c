/* Tests of lib/config/config.c: the sections of gatehouse.conf, and all of it. */

/* cmocka, in the order it asks for. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

/* Config. */
#include "config/config.h"

/* Tests. */
#include "sections.h"

/* Every section fills its part. */
static void
test_everything(void **state)
{
    static const char more[] =
        "realm contractor { " REALM "}\n"
        "mail { url = \"smtp://city.example\" from = \"portal@city.example\" }\n"
        "throttle { free_attempts = 3 }\n"
        "audit { file = \"/var/log/gatehouse/audit.log\" }\n"
        "pam { bind_dn = \"cn=pam\" bind_password_file = \"/etc/gatehouse/pam.secret\" }\n";
    const scratch_t *scratch = *state;
    gh_config_t     *config = test_read(scratch, ONE_MORE, more);

    assert_string_equal(config->path, scratch->path);
    assert_string_equal(config->directory.uris[0], "ldapi:///");
    assert_int_equal(config->realm_count, 2);
    assert_string_equal(config->realms[0].name, "people");
    assert_string_equal(config->realms[1].name, "contractor");
    assert_string_equal(config->session.keys, "/etc/gatehouse/keys");
    assert_string_equal(config->portal.url, "https://www.city.example/account");
    assert_string_equal(config->mail.url, "smtp://city.example");
    assert_int_equal(config->throttle.free_attempts, 3);
    assert_string_equal(config->audit.file, "/var/log/gatehouse/audit.log");
    assert_string_equal(config->pam.identity.bind_dn, "cn=pam");

    gh_config_free(config);
}

static void
test_realm_by_name(void **state)
{
    static const char more[] = "realm staff { " REALM " }";
    gh_config_t      *config;

    config = gh_config_read(test_write(*state, DIRECTORY, REALM, SESSION, PORTAL, more), NULL);
    assert_non_null(config);

    assert_ptr_equal(gh_config_realm(config, GH_TEXT("people")), &config->realms[0]);
    assert_ptr_equal(gh_config_realm(config, GH_TEXT("staff")), &config->realms[1]);
    assert_null(gh_config_realm(config, GH_TEXT("People")));
    assert_null(gh_config_realm(config, GH_TEXT("peopl")));
    assert_null(gh_config_realm(config, GH_TEXT("people\0")));
    assert_null(gh_config_realm(config, GH_TEXT("")));

    gh_config_free(config);
    gh_config_free(NULL);
}

/* What one section says is held against another. */
static void
test_session_and_portal(void **state)
{
    static const struct {
        const char *name;
        const char *session, *url;
        const char *want; /* NULL: nothing is wrong */
    } cases[] = {
        { "https", "", "https://www.city.example/a", NULL },
        { "http in a demo", "plain_http = yes", "http://127.0.0.1:8080/a", NULL },
        { "http elsewhere", "", "http://www.city.example/a",
            ":11: portal: url: must begin with https:// unless plain_http = yes in section "
            "session" },
        { "the host", "cookie_domain = www.city.example", "https://www.city.example/a", NULL },
        { "above the host", "cookie_domain = city.example", "https://www.city.example/a",
            NULL },
        { "in another case", "cookie_domain = City.Example", "https://www.city.example:8443/a",
            NULL },
        { "the end of a label", "\ncookie_domain = y.example", "https://www.city.example/a",
            ":9: session: cookie_domain: must be the host of the portal's url, "
            "or a domain above it" },
        { "below the host", "cookie_domain = sub.www.city.example",
            "https://www.city.example/a",
            ":8: session: cookie_domain: must be the host of the portal's url, "
            "or a domain above it" },
    };
    const scratch_t *scratch = *state;

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        char         session[128], portal[256], want[512] = "";
        gh_error_t   error = { "" };
        gh_config_t *config;

        snprintf(session, sizeof(session), SESSION "%s", cases[i].session);
        snprintf(portal, sizeof(portal), "url = \"%s\" title = City pages = \"/srv/pages\"",
            cases[i].url);
        config =
            gh_config_read(test_write(scratch, DIRECTORY, REALM, session, portal, ""), &error);

        if (cases[i].want != NULL) {
            snprintf(want, sizeof(want), "%s%s", scratch->path, cases[i].want);
        }

        if (strcmp(error.text, want) != 0 || (config == NULL) != (cases[i].want != NULL)) {
            fail_msg("%s: got `%s`", cases[i].name, error.text);
        }

        gh_config_free(config);
    }
}

static void
test_sections_that_are_refused(void **state)
{
    static const test_case_t cases[] = { { "realm people { " REALM " }",
                                             ":13: found duplicate title 'people'" },
        { "portal { " PORTAL " }", ":13: portal: there is such a section already" },
        { "mailer { }", ":13: no such option 'mailer'" },
        { "include(\"/etc/gatehouse/more.conf\")", ":13: no such option 'include'" } };

    TEST_EACH(ONE_MORE, cases);
}

static void
test_sections_are_required(void **state)
{
    static const test_case_t cases[] = { { "realm a { " REALM " } session { " SESSION
                                           " } portal { " PORTAL " }",
                                             ": there is no section directory" },
        { "directory { " DIRECTORY " } session { " SESSION " } portal { " PORTAL " }",
            ": there is no section realm" },
        { "directory { " DIRECTORY " } realm a { " REALM " } portal { " PORTAL " }",
            ": there is no section session" },
        { "directory { " DIRECTORY " } realm a { " REALM " } session { " SESSION " }",
            ": there is no section portal" } };
    const scratch_t         *scratch = *state;

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        gh_error_t error = { "" };
        char       want[256];

        scratch_write(scratch, cases[i].section, strlen(cases[i].section), 0644);
        snprintf(want, sizeof(want), "%s%s", scratch->path, cases[i].want);

        assert_null(gh_config_read(scratch->path, &error));
        assert_string_equal(error.text, want);
    }
}

/* Whoever runs `su` chooses its environment, and must not choose the directory. */
static void
test_environment(void **state)
{
    static const char *const bodies[] = {
        "base = \"dc=city\" uri = { \"${GATEHOUSE_TEST_URI}\" }",
        "base = \"dc=city\" uri = { ${GATEHOUSE_TEST_URI} }",
        "base = \"dc=city\" uri = { \"${GATEHOUSE_TEST_NONE:-ldapi:///}\" }",
        "base = \"dc=city\" uri = { '${GATEHOUSE_TEST_URI}' }"
    };

    assert_int_equal(setenv("GATEHOUSE_TEST_URI", "ldapi:///", 1), 0);

    for (size_t i = 0; i < sizeof(bodies) / sizeof(bodies[0]); i++) {
        const scratch_t *scratch = *state;
        gh_error_t       error = { "" };
        char             want[256];

        snprintf(want, sizeof(want),
            "%s:2: ${...} would be taken from the environment; write the value itself",
            scratch->path);
        test_write(scratch, bodies[i], REALM, SESSION, PORTAL, "");

        assert_null(gh_config_read(scratch->path, &error));
        assert_string_equal(error.text, want);
    }
}

static void
test_files_that_are_refused(void **state)
{
    const scratch_t *scratch = *state;
    gh_error_t       error = { "" };
    char             want[256];

    snprintf(
        want, sizeof(want), "%s: can't be opened: No such file or directory", scratch->path);
    assert_null(gh_config_read(scratch->path, &error));
    assert_string_equal(error.text, want);

    snprintf(want, sizeof(want), "%s: is not a regular file", scratch->folder);
    assert_null(gh_config_read(scratch->folder, &error));
    assert_string_equal(error.text, want);

    test_write(scratch, DIRECTORY, REALM, SESSION, PORTAL, "");
    assert_int_equal(chmod(scratch->path, 0664), 0);
    snprintf(want, sizeof(want),
        "%s: has mode 0664, which lets others change it; chmod it to 0644", scratch->path);
    assert_null(gh_config_read(scratch->path, &error));
    assert_string_equal(error.text, want);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        IN_SCRATCH(test_everything),
        IN_SCRATCH(test_realm_by_name),
        IN_SCRATCH(test_session_and_portal),
        IN_SCRATCH(test_sections_that_are_refused),
        IN_SCRATCH(test_sections_are_required),
        IN_SCRATCH(test_environment),
        IN_SCRATCH(test_files_that_are_refused),
    };

    return cmocka_run_group_tests_name("config", tests, NULL, NULL);
}
