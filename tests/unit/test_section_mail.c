/* Tests of lib/config/section_mail.c. */

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

#define MAIL "url = \"smtp://city.example\" from = \"portal@city.example\" "

static void
test_values(void **state)
{
    gh_config_t *config = test_read(*state, ONE_MORE,
        "mail { url = \"smtp://127.0.0.1:2525\" from = \"portal@city.example\"\n"
        " username = portal password_file = \"/etc/gatehouse/mail.secret\"\n"
        " tls_ca = \"/etc/gatehouse/mail-ca.pem\" }\n");

    assert_string_equal(config->mail.url, "smtp://127.0.0.1:2525");
    assert_string_equal(config->mail.from, "portal@city.example");
    assert_int_equal(config->mail.starttls, GH_STARTTLS_REQUIRED);
    assert_string_equal(config->mail.tls_ca, "/etc/gatehouse/mail-ca.pem");
    assert_string_equal(config->mail.username, "portal");
    assert_string_equal(config->mail.password_file, "/etc/gatehouse/mail.secret");

    gh_config_free(config);
}

static void
test_defaults(void **state)
{
    gh_config_t *config = test_read(*state, ONE_MORE, "mail { " MAIL "}");

    assert_int_equal(config->mail.starttls, GH_STARTTLS_REQUIRED);
    assert_null(config->mail.tls_ca);
    assert_null(config->mail.username);
    assert_null(config->mail.password_file);

    gh_config_free(config);
}

/* No section: no mail is sent. */
static void
test_absent(void **state)
{
    gh_config_t *config = test_read(*state, ONE_MORE, "");

    assert_null(config->mail.url);
    assert_null(config->mail.from);
    gh_config_free(config);
}

static void
test_starttls(void **state)
{
    static const struct {
        const char   *section;
        gh_starttls_t want;
    } cases[] = {
        { "mail { " MAIL "starttls = required }", GH_STARTTLS_REQUIRED },
        { "mail { " MAIL "starttls = optional }", GH_STARTTLS_OPTIONAL },
        { "mail { " MAIL "starttls = off }", GH_STARTTLS_OFF },
    };

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        gh_config_t *config = test_read(*state, ONE_MORE, cases[i].section);

        assert_int_equal(config->mail.starttls, cases[i].want);
        gh_config_free(config);
    }
}

static void
test_refuses(void **state)
{
    static const test_case_t cases[] = { { "mail { url = \"smtp://city.example\" }",
                                             ":13: mail: from is missing" },
        { "mail { from = \"portal@city.example\" }", ":13: mail: url is missing" },
        { "mail { " MAIL "}", NULL }, { "mail { " MAIL "starttls = off }", NULL },
        { "mail { url = \"http://city.example\" }",
            ":13: mail: url: must begin with smtp:// or smtps://" },
        { "mail { from = \"City <portal@city.example>\" }",
            ":13: mail: from: must be a mail address" },
        { "mail { " MAIL "\nusername = a }",
            ":14: mail: username and password_file go together: give both or none" },
        { "mail { " MAIL "\npassword_file = \"/a\" }",
            ":14: mail: username and password_file go together: give both or none" },
        { "mail { " MAIL "\nusername = a password_file = \"/a\"\nstarttls = optional }",
            ":15: mail: starttls: must be required where there is a password" },
        { "mail { url = \"smtps://city.example\" from = \"portal@city.example\"\n"
          "starttls = required }",
            ":14: mail: starttls: only with smtp://; smtps:// is encrypted from its first "
            "byte" },
        { "mail { url = \"smtps://city.example\" from = \"portal@city.example\"\n"
          "username = a password_file = \"/a\" }",
            NULL },
        { "mail { " MAIL "starttls = sometimes }",
            ":13: mail: starttls = sometimes: must be required or optional or off" } };

    TEST_EACH(ONE_MORE, cases);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        IN_SCRATCH(test_values),
        IN_SCRATCH(test_defaults),
        IN_SCRATCH(test_absent),
        IN_SCRATCH(test_starttls),
        IN_SCRATCH(test_refuses),
    };

    return cmocka_run_group_tests_name("section_mail", tests, NULL, NULL);
}
