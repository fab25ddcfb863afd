/* Tests of lib/config/config.c: the keys of gatehouse.conf. */

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
test_everything(void **state)
{
    static const char text[] =
        "directory {\n"
        "    uri = { \"ldaps://one.city.example\", \"ldap://two.city.example\" }\n"
        "    base = \"dc=city,dc=example\"\n"
        "    bind_dn = \"cn=gatehouse,dc=city,dc=example\"\n"
        "    bind_password_file = \"/etc/gatehouse/gatehouse.secret\"\n"
        "    sasl_external = no\n"
        "    decoy_dn = \"cn=nobody,dc=city,dc=example\"\n"
        "    tls_ca = \"/etc/gatehouse/ca.pem\"\n"
        "    starttls = yes\n"
        "    tls_verify = no\n"
        "    timeout = 3000\n"
        "    connect_timeout = 3000\n"
        "    lockout = 900\n"
        "    bind_connections = 64\n"
        "    queue = 100000\n"
        "}\n"
        "realm public {\n"
        "    label = \"Public user\"\n"
        "    base = \"ou=public,dc=city,dc=example\"\n"
        "    sign_in = search\n"
        "    login_attributes = { uid, mail }\n"
        "    username_pattern = \"^[a-z]+$\"\n"
        "    username_canonical = { lower, strip-zeros }\n"
        "}\n"
        "realm contractor {\n"
        "    label = \"Contractor\"\n"
        "    username_label = \"State license number\"\n"
        "    base = \"ou=contractors,dc=city,dc=example\"\n"
        "    username_pattern = \"[0-9]{1,8}\"\n"
        "}\n"
        "session {\n"
        "    keys = \"/etc/gatehouse/keys\"\n"
        "    lifetime = 2592000\n"
        "    idle = 2592000\n"
        "    cookie_domain = \"City.example\"\n"
        "    plain_http = on\n"
        "}\n"
        "portal {\n"
        "    url = \"http://www.city.example:8080/city/account\"\n"
        "    title = \"City of Almond Grove\"\n"
        "    pages = \"/srv/pages/en\"\n"
        "    help_phone = \"(555) 010-0142\"\n"
        "}\n"
        "pam {\n"
        "    bind_dn = \"cn=pam,dc=city,dc=example\"\n"
        "    bind_password_file = \"/etc/gatehouse/pam.secret\"\n"
        "}\n";
    const scratch_t *scratch = *state;
    gh_error_t       error = { "" };
    gh_config_t     *config;

    scratch_write(scratch, text, sizeof(text) - 1, 0600);
    config = gh_config_read(scratch->path, &error);
    assert_string_equal(error.text, "");
    assert_non_null(config);

    assert_string_equal(config->path, scratch->path);
    assert_string_equal(config->directory.uris[0], "ldaps://one.city.example");
    assert_string_equal(config->directory.uris[1], "ldap://two.city.example");
    assert_null(config->directory.uris[2]);
    assert_string_equal(config->directory.base, "dc=city,dc=example");
    assert_string_equal(config->directory.gateway.bind_dn, "cn=gatehouse,dc=city,dc=example");
    assert_string_equal(
        config->directory.gateway.bind_password_file, "/etc/gatehouse/gatehouse.secret");
    assert_string_equal(config->directory.pam.bind_dn, "cn=pam,dc=city,dc=example");
    assert_string_equal(config->directory.pam.bind_password_file, "/etc/gatehouse/pam.secret");
    assert_string_equal(config->directory.decoy_dn, "cn=nobody,dc=city,dc=example");
    assert_string_equal(config->directory.tls_ca, "/etc/gatehouse/ca.pem");
    assert_true(config->directory.starttls);
    assert_false(config->directory.tls_verify);
    assert_int_equal(config->directory.timeout, 3000);
    assert_int_equal(config->directory.connect_timeout, 3000);
    assert_int_equal(config->directory.lockout, 900);
    assert_int_equal(config->directory.bind_connections, 64);
    assert_int_equal(config->directory.queue, 100000);

    assert_int_equal(config->realm_count, 2);
    assert_string_equal(config->realms[0].name, "public");
    assert_string_equal(config->realms[0].label, "Public user");
    assert_string_equal(config->realms[0].username_label, "User name");
    assert_string_equal(config->realms[0].base, "ou=public,dc=city,dc=example");
    assert_int_equal(config->realms[0].find, GH_FIND_BY_SEARCH);
    assert_string_equal(config->realms[0].login_attributes[0], "uid");
    assert_string_equal(config->realms[0].login_attributes[1], "mail");
    assert_null(config->realms[0].login_attributes[2]);
    assert_int_equal(
        config->realms[0].canonical, GH_CANONICAL_LOWER | GH_CANONICAL_STRIP_ZEROS);
    assert_string_equal(config->realms[0].pattern, "^[a-z]+$");
    assert_true(config->realms[0].has_regex);
    assert_string_equal(config->realms[1].name, "contractor");
    assert_string_equal(config->realms[1].username_label, "State license number");

    assert_string_equal(config->session.keys, "/etc/gatehouse/keys");
    assert_int_equal(config->session.lifetime, 2592000000000);
    assert_int_equal(config->session.idle, 2592000000000);
    assert_string_equal(config->session.cookie_domain, "City.example");
    assert_true(config->session.plain_http);

    assert_string_equal(config->portal.url, "http://www.city.example:8080/city/account");
    assert_string_equal(config->portal.origin, "http://www.city.example:8080");
    assert_string_equal(config->portal.prefix, "/city/account");
    assert_string_equal(config->portal.title, "City of Almond Grove");
    assert_string_equal(config->portal.pages, "/srv/pages/en");
    assert_string_equal(config->portal.help_phone, "(555) 010-0142");

    gh_config_free(config);
}

static void
test_defaults(void **state)
{
    gh_error_t   error = { "" };
    gh_config_t *config;

    config = gh_config_read(test_write(*state, DIRECTORY, REALM, SESSION, PORTAL, ""), &error);
    assert_string_equal(error.text, "");
    assert_non_null(config);

    assert_null(config->directory.gateway.bind_dn);
    assert_null(config->directory.gateway.bind_password_file);
    assert_null(config->directory.pam.bind_dn);
    assert_null(config->directory.pam.bind_password_file);
    assert_string_equal(config->directory.decoy_dn, "cn=decoy,ou=services,dc=city,dc=example");
    assert_null(config->directory.tls_ca);
    assert_false(config->directory.starttls);
    assert_true(config->directory.tls_verify);
    assert_int_equal(config->directory.timeout, 5000);
    assert_int_equal(config->directory.connect_timeout, 2000);
    assert_int_equal(config->directory.lockout, 60);
    assert_int_equal(config->directory.bind_connections, 4);
    assert_int_equal(config->directory.queue, 512);

    assert_int_equal(config->realms[0].find, GH_FIND_BY_NAME);
    assert_string_equal(config->realms[0].login_attributes[0], "uid");
    assert_null(config->realms[0].login_attributes[1]);
    assert_int_equal(config->realms[0].canonical, 0);

    assert_int_equal(config->session.lifetime, 43200000000);
    assert_int_equal(config->session.idle, 3600000000);
    assert_null(config->session.cookie_domain);
    assert_false(config->session.plain_http);

    assert_string_equal(config->portal.origin, "https://www.city.example");
    assert_string_equal(config->portal.prefix, "/account");
    assert_null(config->portal.help_phone);

    gh_config_free(config);
}

/* A default gives way to what the file says. */
static void
test_defaults_yield(void **state)
{
    gh_error_t   error = { "" };
    gh_config_t *config;

    config = gh_config_read(test_write(*state, DIRECTORY "timeout = 100", REALM,
                                SESSION "lifetime = 60", PORTAL, ""),
        &error);
    assert_string_equal(error.text, "");
    assert_non_null(config);

    assert_int_equal(config->directory.connect_timeout, 100);
    assert_int_equal(config->session.idle, 60000000);

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

/* A pattern works from the file to the user name. */
static void
test_realm_canonical(void **state)
{
    static const char realm[] = "label = \"Contractor\" base = \"ou=contractors\" "
                                "username_pattern = \"^[0-9]{1,8}$\" "
                                "username_canonical = { \"strip-zeros\" }";
    gh_config_t      *config;
    gh_buf_t          name;

    config = gh_config_read(test_write(*state, DIRECTORY, realm, SESSION, PORTAL, ""), NULL);
    assert_non_null(config);
    gh_buf_init(&name);

    assert_int_equal(gh_realm_canonical(&config->realms[0], GH_TEXT(" 00765432 "), &name), 0);
    assert_string_equal(gh_buf_string(&name), "765432");
    assert_int_equal(
        gh_realm_canonical(&config->realms[0], GH_TEXT("76543A"), &name), GH_ERR_INVALID);

    gh_buf_cleanup(&name);
    gh_config_free(config);
}

#define BIND_DN   "bind_dn = \"cn=gatehouse\" "
#define BIND_FILE "bind_password_file = \"/etc/gatehouse.secret\" "
#define TOGETHER  "bind_dn and bind_password_file go together: give both or none"
#define BASE      "base = \"dc=city\" "
#define EXTERNAL  "uri: without bind_dn every address must be ldapi:// or ldaps://"

static void
test_directory(void **state)
{
    static const test_case_t cases[] = { { BASE, ":1: directory: uri is missing" },
        { BASE "uri = { }", ":1: directory: uri is missing" },
        { "uri = { \"ldapi:///\" }", ":1: directory: base is missing" },
        { "uri = { \"ldapi:///\" }\nbase = \"\"", ":3: directory: base: must not be empty" },
        { BASE "uri = { \"ldapi:///\",\n\"www.city.example\" }",
            ":3: directory: uri: must begin with ldap://, ldaps:// or ldapi://" },
        { BASE "uri = { \"ldapi:///\", \"ldaps://one.city.example\" }", NULL },
        { BASE "\nuri = { \"ldaps://one.city.example\",\n\"ldap://two.city.example\" }",
            ":3: directory: " EXTERNAL },
        { BASE "uri = \"LDAP://one.city.example\" sasl_external = yes",
            ":2: directory: " EXTERNAL },
        { BASE BIND_DN BIND_FILE "uri = { \"ldap://one.city.example\" }", NULL },
        { DIRECTORY "\n" BIND_DN, ":3: directory: " TOGETHER },
        { DIRECTORY "\n\n" BIND_FILE, ":4: directory: " TOGETHER },
        { DIRECTORY BIND_DN BIND_FILE "sasl_external = off", NULL },
        { DIRECTORY "sasl_external = true", NULL },
        { DIRECTORY BIND_DN BIND_FILE "\nsasl_external = yes",
            ":3: directory: sasl_external = yes: there is a bind_dn; leave one of them out" },
        { DIRECTORY "sasl_external = no",
            ":2: directory: sasl_external = no: there is no bind_dn either; give one" },
        { DIRECTORY "sasl_external = 1",
            ":2: directory: sasl_external = 1: must be yes or no" },
        { DIRECTORY BIND_DN "bind_password_file = gatehouse.secret",
            ":2: directory: bind_password_file: must be an absolute path" },
        { DIRECTORY "bind_password = hunter2",
            ":2: directory: no such option 'bind_password'" },
        { DIRECTORY "tls_ca = ca.pem", ":2: directory: tls_ca: must be an absolute path" },
        { DIRECTORY "starttls = perhaps",
            ":2: directory: starttls = perhaps: must be yes or no" },
        { DIRECTORY "tls_verify = 0", ":2: directory: tls_verify = 0: must be yes or no" },
        { DIRECTORY "timeout = 60000", NULL },
        { DIRECTORY "timeout = 5",
            ":2: directory: timeout = 5: must be from 100 to 60000 milliseconds" },
        { DIRECTORY "timeout = 99",
            ":2: directory: timeout = 99: must be from 100 to 60000 milliseconds" },
        { DIRECTORY "timeout = 60001",
            ":2: directory: timeout = 60001: must be from 100 to 60000 milliseconds" },
        { DIRECTORY "timeout = 5s",
            ":2: directory: timeout = 5s: must be from 100 to 60000 milliseconds" },
        { DIRECTORY "timeout = 99999999999999999999",
            ":2: directory: timeout = 99999999999999999999: must be from 100 to 60000 "
            "milliseconds" },
        { DIRECTORY "connect_timeout = 50", NULL },
        { DIRECTORY "timeout = 60000 connect_timeout = 30000", NULL },
        { DIRECTORY "connect_timeout = 49",
            ":2: directory: connect_timeout = 49: must be from 50 to 30000 milliseconds" },
        { DIRECTORY "connect_timeout = 30001",
            ":2: directory: connect_timeout = 30001: must be from 50 to 30000 milliseconds" },
        { DIRECTORY "timeout = 1000\nconnect_timeout = 1001",
            ":3: directory: connect_timeout = 1001: must not be above timeout = 1000" },
        { DIRECTORY "lockout = 0",
            ":2: directory: lockout = 0: must be from 1 to 86400 seconds" },
        { DIRECTORY "lockout = 86401",
            ":2: directory: lockout = 86401: must be from 1 to 86400 seconds" },
        { DIRECTORY "bind_connections = 0",
            ":2: directory: bind_connections = 0: must be from 1 to 64 connections" },
        { DIRECTORY "bind_connections = 65",
            ":2: directory: bind_connections = 65: must be from 1 to 64 connections" },
        { DIRECTORY "queue = 0",
            ":2: directory: queue = 0: must be from 1 to 100000 operations" },
        { DIRECTORY "queue = 100001",
            ":2: directory: queue = 100001: must be from 1 to 100000 operations" },
        { DIRECTORY "retries = 3", ":2: directory: no such option 'retries'" } };

    TEST_EACH(0, cases);
}

#define LABEL   "label = \"People\" "
#define PATTERN "username_pattern = \"[a-z]+\" "

static void
test_realm(void **state)
{
    static const test_case_t cases[] = { { BASE PATTERN, ":4: realm people: label is missing" },
        { LABEL PATTERN, ":4: realm people: base is missing" },
        { LABEL BASE, ":4: realm people: username_pattern is missing" },
        { REALM "username_label = \"\"",
            ":5: realm people: username_label: must not be empty" },
        { LABEL BASE "\nusername_pattern = \"[a-z\"",
            ":6: realm people: username_pattern: Unmatched [, [^, [:, [., or [=" },
        { LABEL BASE "username_pattern = \"a)|(b\"",
            ":5: realm people: username_pattern: Unmatched ( or \\(" },
        { LABEL BASE "username_pattern = \"a)|b\"",
            ":5: realm people: username_pattern: Unmatched ) or \\)" },
        { REALM "sign_in = dn", NULL },
        { REALM "sign_in = bind", ":5: realm people: sign_in = bind: must be dn or search" },
        { REALM "sign_in = search", NULL },
        { REALM "sign_in = search login_attributes = { mail }", NULL },
        { REALM "\nlogin_attributes = { mail }",
            ":6: realm people: login_attributes: only with sign_in = search" },
        { REALM "sign_in = search login_attributes = { \"mail)(uid=*\" }",
            ":5: realm people: login_attributes: must be the name of an attribute" },
        { REALM "username_canonical = { upper, strip-zeros }", NULL },
        { REALM "username_canonical = { lower, trim }",
            ":5: realm people: username_canonical = trim: must be lower or upper or "
            "strip-zeros" },
        { REALM "\nusername_canonical = { lower, upper }",
            ":6: realm people: username_canonical: lower and upper exclude each other" } };

    TEST_EACH(1, cases);
}

static void
test_session(void **state)
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
        { SESSION "plain_http = ja", ":8: session: plain_http = ja: must be yes or no" },
        { SESSION "cookie_domain = www.city.example", NULL },
        { SESSION "cookie_domain = city.example", NULL },
        { SESSION "cookie_domain = .city.example",
            ":8: session: cookie_domain: must be a domain name, without a dot in front" },
        { SESSION "cookie_domain = \"city.example; Path=/x\"",
            ":8: session: cookie_domain: must be a domain name, without a dot in front" },
        { SESSION "\ncookie_domain = y.example",
            ":9: session: cookie_domain: must be the host of the portal's url, "
            "or a domain above it" },
        { SESSION "cookie_domain = sub.www.city.example",
            ":8: session: cookie_domain: must be the host of the portal's url, "
            "or a domain above it" } };

    TEST_EACH(2, cases);
}

#define TITLE "title = \"City\" "
#define PAGES "pages = \"/srv/pages\" "

static void
test_portal(void **state)
{
    static const test_case_t cases[] = { { TITLE PAGES, ":10: portal: url is missing" },
        { "url = \"https://city.example/a\" " PAGES, ":10: portal: title is missing" },
        { "url = \"https://city.example/a\" " TITLE, ":10: portal: pages is missing" },
        { PORTAL "help_phone = \"\"", ":11: portal: help_phone: must not be empty" },
        { TITLE PAGES "url = \"ftp://city.example/a\"",
            ":11: portal: url: must begin with https://" },
        { TITLE PAGES "url = \"https:///a\"",
            ":11: portal: url: must name a host, and a port if need be, after its scheme" },
        { TITLE PAGES "url = \"https://city.example/a/\"",
            ":11: portal: url: must end with a path such as /account, of letters, digits and "
            "._~- between single slashes, without one at its end" },
        { TITLE PAGES "\nurl = \"http://city.example/a\"",
            ":12: portal: url: must begin with https:// unless plain_http = yes in section "
            "session" } };

    TEST_EACH(3, cases);
}

static void
test_pam_and_more(void **state)
{
    static const test_case_t cases[] = { { "pam {\nbind_dn = \"cn=pam\" }",
                                             ":13: pam: bind_password_file is missing" },
        { "pam {\nbind_password_file = \"/a\" }", ":13: pam: bind_dn is missing" },
        { "pam { }", ":13: pam: bind_dn is missing" },
        { "pam { bind_dn = \"cn=pam\" bind_password_file = pam.secret }",
            ":13: pam: bind_password_file: must be an absolute path" },
        { "realm people { " REALM " }", ":13: found duplicate title 'people'" },
        { "realm Staff { " REALM " }",
            ":13: realm Staff: a realm's name is a lower-case letter, then lower-case letters, "
            "digits and -" },
        { "realm any { " REALM " }",
            ":13: realm any: is a word that gatehouse_access keeps for itself; choose another "
            "name" },
        { "portal { " PORTAL " }", ":13: portal: there is such a section already" },
        { "mailer { }", ":13: no such option 'mailer'" },
        { "include(\"/etc/gatehouse/more.conf\")", ":13: no such option 'include'" } };

    TEST_EACH(4, cases);
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
    const struct CMUnitTest tests[] = { IN_SCRATCH(test_everything), IN_SCRATCH(test_defaults),
        IN_SCRATCH(test_defaults_yield), IN_SCRATCH(test_realm_by_name),
        IN_SCRATCH(test_realm_canonical), IN_SCRATCH(test_directory), IN_SCRATCH(test_realm),
        IN_SCRATCH(test_session), IN_SCRATCH(test_portal), IN_SCRATCH(test_pam_and_more),
        IN_SCRATCH(test_sections_are_required), IN_SCRATCH(test_environment),
        IN_SCRATCH(test_files_that_are_refused) };

    return cmocka_run_group_tests_name("config", tests, NULL, NULL);
}
