/* Tests of lib/config/section_session.c. */

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

static void
test_values(void **state)
{
    static const char section[] = "keys = \"/etc/gatehouse/keys\"\n"
                                  "lifetime = 2592000\n"
                                  "idle = 86400\n"
                                  "marks_interval = 3600\n"
                                  "cookie_domain = \"City.example\"\n"
                                  "plain_http = on\n";
    gh_config_t      *config = test_read(*state, THE_SESSION, section);

    assert_string_equal(config->session.keys, "/etc/gatehouse/keys");
    assert_int_equal(config->session.lifetime, 2592000000000);
    assert_int_equal(config->session.idle, 86400000000);
    assert_int_equal(config->session.marks_interval, 3600000000);
    assert_string_equal(config->session.cookie_domain, "City.example");
    assert_true(config->session.plain_http);

    gh_config_free(config);
}

static void
test_defaults(void **state)
{
    gh_config_t *config = test_read(*state, THE_SESSION, SESSION);

    assert_int_equal(config->session.lifetime, 43200000000);
    assert_int_equal(config->session.idle, 3600000000);
    assert_int_equal(config->session.marks_interval, 2000000);
    assert_null(config->session.cookie_domain);
    assert_false(config->session.plain_http);

    gh_config_free(config);
}

/* A default gives way to what the file says. */
static void
test_default_yields(void **state)
{
    gh_config_t *config = test_read(*state, THE_SESSION, SESSION "lifetime = 60");

    assert_int_equal(config->session.idle, 60000000);
    gh_config_free(config);
}

static void
test_refuses(void **state)
{
    static const test_case_t cases[] = { { "plain_http = no", ":7: session: keys is missing" },

        /* An empty section is only seen where it ends. */
        { "", ":9: session: keys is missing" },
        { "keys = keys", ":8: session: keys: must be an absolute path" },
        { SESSION "lifetime = 59",
            ":8: session: lifetime = 59: must be from 60 to 2592000 seconds" },
        { SESSION "lifetime = 2592001",
            ":8: session: lifetime = 2592001: must be from 60 to 2592000 seconds" },
        { SESSION "idle = 59", ":8: session: idle = 59: must be from 60 to 2592000 seconds" },
        { SESSION "idle = 60 lifetime = 60", NULL },
        { SESSION "lifetime = 60\nidle = 61",
            ":9: session: idle = 61: must not be above lifetime = 60" },
        { SESSION "marks_interval = 0",
            ":8: session: marks_interval = 0: must be from 1 to 3600 seconds" },
        { SESSION "marks_interval = 3601",
            ":8: session: marks_interval = 3601: must be from 1 to 3600 seconds" },
        { SESSION "plain_http = ja", ":8: session: plain_http = ja: must be yes or no" },
        { SESSION "cookie_domain = www.city.example", NULL },
        { SESSION "cookie_domain = city.example", NULL },
        { SESSION "cookie_domain = .city.example",
            ":8: session: cookie_domain: must be a domain name, without a dot in front" },
        { SESSION "cookie_domain = \"city.example; Path=/x\"",
            ":8: session: cookie_domain: must be a domain name, without a dot in front" } };

    TEST_EACH(THE_SESSION, cases);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        IN_SCRATCH(test_values),
        IN_SCRATCH(test_defaults),
        IN_SCRATCH(test_default_yields),
        IN_SCRATCH(test_refuses),
    };

    return cmocka_run_group_tests_name("section_session", tests, NULL, NULL);
}
