/* Tests of lib/config/section_pam.c: sections pam and service. */

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

#define PAM "pam { bind_dn = \"cn=pam\" bind_password_file = \"/a\" "

static void
test_values(void **state)
{
    gh_config_t *config = test_read(*state, ONE_MORE,
        "pam { bind_dn = \"cn=pam,dc=city,dc=example\"\n"
        " bind_password_file = \"/etc/gatehouse/pam.secret\"\n"
        " throttle_file = \"/var/lib/gatehouse/refusals\"\n"
        " service sshd { realms = { people }\n"
        "  filter = \"(gatehouseLicenseExpiry>=%{today})\" }\n"
        " service postgresql { filter = \"(a>=%{now})\" } }\n");

    assert_string_equal(config->pam.identity.bind_dn, "cn=pam,dc=city,dc=example");
    assert_string_equal(config->pam.identity.bind_password_file, "/etc/gatehouse/pam.secret");
    assert_string_equal(config->pam.throttle_file, "/var/lib/gatehouse/refusals");
    assert_int_equal(config->pam.service_count, 2);
    assert_string_equal(gh_config_service(config, "sshd")->realms[0], "people");
    assert_null(gh_config_service(config, "sshd")->realms[1]);
    assert_string_equal(
        gh_config_service(config, "sshd")->filter, "(gatehouseLicenseExpiry>=%{today})");
    assert_null(gh_config_service(config, "postgresql")->realms[0]);
    assert_string_equal(gh_config_service(config, "postgresql")->filter, "(a>=%{now})");
    assert_null(gh_config_service(config, "login"));

    gh_config_free(config);
}

static void
test_defaults(void **state)
{
    gh_config_t *config = test_read(*state, ONE_MORE, PAM "}");

    assert_string_equal(config->pam.throttle_file, "/run/gatehouse/pam-throttle");
    assert_int_equal(config->pam.service_count, 0);
    assert_null(gh_config_service(config, "sshd"));
    gh_config_free(config);

    config = test_read(*state, ONE_MORE, "");
    assert_null(config->pam.identity.bind_dn);
    assert_null(config->pam.identity.bind_password_file);
    gh_config_free(config);
}

static void
test_refuses(void **state)
{
    static const test_case_t cases[] = { { "pam {\nbind_dn = \"cn=pam\" }",
                                             ":13: pam: bind_password_file is missing" },
        { "pam {\nbind_password_file = \"/a\" }", ":13: pam: bind_dn is missing" },
        { "pam { }", ":13: pam: bind_dn is missing" },
        { "pam { bind_dn = \"cn=pam\" bind_password_file = pam.secret }",
            ":13: pam: bind_password_file: must be an absolute path" } };

    TEST_EACH(ONE_MORE, cases);
}

static void
test_refuses_services(void **state)
{
    static const test_case_t cases[] = {
        { "pam { service sshd { realms = { people } } }", ":13: pam: bind_dn is missing" },
        { PAM "service sshd { } }", ":13: service sshd: realms or filter is missing" },
        { PAM "service \"../sshd\" { realms = { people } } }",
            ":13: service ../sshd: a service is named in lower case, such as sshd" },
        { PAM "service sshd { realms = { people }\n}\nservice sshd { realms = { people } } }",
            ":15: pam: found duplicate title 'sshd'" },
        { PAM "\nservice sshd { realms = { people, \"staff\" } } }",
            ":13: pam: service sshd: realms: \"staff\" is no realm of this file" },
        { PAM "service sshd { filter = \"o=x\" } }",
            ":13: service sshd: filter: must be one LDAP filter in brackets, such as (o=*)" },
        { PAM "service sshd { filter = \"(a=b)(c=d)\" } }",
            ":13: service sshd: filter: must be one LDAP filter in brackets, such as (o=*)" },
        { PAM "service sshd { filter = \"(&(a=b)(c=d)\" } }",
            ":13: service sshd: filter: must be one LDAP filter in brackets, such as (o=*)" },
        { PAM "service sshd { filter = \"(a>=%{yesterday})\" } }",
            ":13: service sshd: filter: only %{now} and %{today} can stand in it" },
        { PAM "service sshd { filter = \"(a>=%{NOW})\" } }",
            ":13: service sshd: filter: only %{now} and %{today} can stand in it" },
    };

    TEST_EACH(ONE_MORE, cases);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        IN_SCRATCH(test_values),
        IN_SCRATCH(test_defaults),
        IN_SCRATCH(test_refuses),
        IN_SCRATCH(test_refuses_services),
    };

    return cmocka_run_group_tests_name("section_pam", tests, NULL, NULL);
}
