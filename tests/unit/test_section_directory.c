/* Tests of lib/config/section_directory.c. */

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
    static const char section[] =
        "uri = { \"ldaps://one.city.example\", \"ldap://two.city.example\" }\n"
        "write_uri = { \"ldaps://three.city.example\" }\n"
        "read_uri = { \"ldapi://%2Frun%2Fldapi\", \"ldaps://one.city.example\" }\n"
        "base = \"dc=city,dc=example\"\n"
        "bind_dn = \"cn=gatehouse,dc=city,dc=example\"\n"
        "bind_password_file = \"/etc/gatehouse/gatehouse.secret\"\n"
        "sasl_external = no\n"
        "decoy_dn = \"cn=nobody,dc=city,dc=example\"\n"
        "tls_ca = \"/etc/gatehouse/ca.pem\"\n"
        "tls_certificate = \"/etc/gatehouse/gateway.pem\"\n"
        "tls_certificate_key = \"/etc/gatehouse/gateway.key\"\n"
        "starttls = yes\n"
        "tls_verify = no\n"
        "allow_plaintext = yes\n"
        "timeout = 3000\n"
        "connect_timeout = 3000\n"
        "patience = 250\n"
        "lockout = 900\n"
        "bind_connections = 64\n"
        "queue = 100000\n";
    gh_config_t *config = test_read(*state, THE_DIRECTORY, section);

    assert_string_equal(config->directory.uris[0], "ldaps://one.city.example");
    assert_string_equal(config->directory.uris[1], "ldap://two.city.example");
    assert_null(config->directory.uris[2]);
    assert_string_equal(config->directory.write_uris[0], "ldaps://three.city.example");
    assert_null(config->directory.write_uris[1]);
    assert_string_equal(config->directory.read_uris[0], "ldapi://%2Frun%2Fldapi");
    assert_string_equal(config->directory.read_uris[1], "ldaps://one.city.example");
    assert_null(config->directory.read_uris[2]);
    assert_ptr_equal(gh_directory_writers(&config->directory), config->directory.write_uris);
    assert_string_equal(config->directory.base, "dc=city,dc=example");
    assert_string_equal(config->directory.gateway.bind_dn, "cn=gatehouse,dc=city,dc=example");
    assert_string_equal(
        config->directory.gateway.bind_password_file, "/etc/gatehouse/gatehouse.secret");
    assert_string_equal(config->directory.decoy_dn, "cn=nobody,dc=city,dc=example");
    assert_string_equal(config->directory.tls_ca, "/etc/gatehouse/ca.pem");
    assert_string_equal(config->directory.certificate, "/etc/gatehouse/gateway.pem");
    assert_string_equal(config->directory.certificate_key, "/etc/gatehouse/gateway.key");
    assert_true(config->directory.starttls);
    assert_false(config->directory.tls_verify);
    assert_true(config->directory.allow_plaintext);
    assert_int_equal(config->directory.timeout, 3000);
    assert_int_equal(config->directory.connect_timeout, 3000);
    assert_int_equal(config->directory.patience, 250);
    assert_int_equal(config->directory.lockout, 900);
    assert_int_equal(config->directory.bind_connections, 64);
    assert_int_equal(config->directory.queue, 100000);

    gh_config_free(config);
}

static void
test_defaults(void **state)
{
    gh_config_t *config = test_read(*state, THE_DIRECTORY, DIRECTORY);

    assert_null(config->directory.gateway.bind_dn);
    assert_null(config->directory.gateway.bind_password_file);
    assert_null(config->pam.identity.bind_dn);
    assert_null(config->pam.identity.bind_password_file);
    assert_string_equal(config->directory.decoy_dn, "cn=decoy,ou=services,dc=city,dc=example");
    assert_null(config->directory.tls_ca);
    assert_null(config->directory.certificate);
    assert_null(config->directory.certificate_key);
    assert_false(config->directory.starttls);
    assert_true(config->directory.tls_verify);
    assert_false(config->directory.allow_plaintext);
    assert_int_equal(config->directory.timeout, 5000);
    assert_int_equal(config->directory.connect_timeout, 2000);
    assert_int_equal(config->directory.patience, 625);
    assert_null(config->directory.write_uris[0]);
    assert_null(config->directory.read_uris[0]);
    assert_ptr_equal(gh_directory_writers(&config->directory), config->directory.uris);
    assert_int_equal(config->directory.lockout, 60);
    assert_int_equal(config->directory.bind_connections, 4);
    assert_int_equal(config->directory.queue, 512);

    gh_config_free(config);
}

/* A default gives way to what the file says. */
static void
test_default_yields(void **state)
{
    gh_config_t *config = test_read(*state, THE_DIRECTORY, DIRECTORY "timeout = 100");

    assert_int_equal(config->directory.connect_timeout, 100);
    gh_config_free(config);
}

#define BIND_DN   "bind_dn = \"cn=gatehouse\" "
#define BIND_FILE "bind_password_file = \"/etc/gatehouse.secret\" "
#define TOGETHER  "bind_dn and bind_password_file go together: give both or none"
#define BASE      "base = \"dc=city\" "
#define EXTERNAL  "uri: without bind_dn every address must be ldapi:// or encrypted"
#define NAMELESS                                                                    \
    "uri: without bind_dn an address other than ldapi:// needs a tls_certificate, " \
    "which says who we are"
#define CERTIFICATE "tls_certificate = \"/etc/gatehouse/gateway.pem\" "
#define KEY         "tls_certificate_key = \"/etc/gatehouse/gateway.key\" "
#define PAIR        "tls_certificate and tls_certificate_key go together: give both or none"

static void
test_refuses(void **state)
{
    static const test_case_t cases[] = { { BASE, ":1: directory: uri is missing" },
        { BASE "uri = { }", ":1: directory: uri is missing" },
        { "uri = { \"ldapi:///\" }", ":1: directory: base is missing" },
        { "uri = { \"ldapi:///\" }\nbase = \"\"", ":3: directory: base: must not be empty" },
        { BASE "uri = { \"ldapi:///\",\n\"www.city.example\" }",
            ":3: directory: uri: must begin with ldap://, ldaps:// or ldapi://" },
        { BASE CERTIFICATE KEY "uri = { \"ldapi:///\", \"ldaps://one.city.example\" }", NULL },
        { BASE CERTIFICATE KEY "starttls = yes uri = \"ldap://one.city.example\"", NULL },
        { BASE "\nuri = { \"ldapi:///\", \"ldaps://one.city.example\" }",
            ":3: directory: " NAMELESS },
        { BASE "starttls = yes\nuri = \"ldap://one.city.example\"",
            ":3: directory: " NAMELESS },
        { BASE BIND_DN BIND_FILE "uri = \"ldaps://one.city.example\"", NULL },
        { DIRECTORY CERTIFICATE KEY, NULL },
        { DIRECTORY "\n" CERTIFICATE, ":3: directory: " PAIR },
        { DIRECTORY "\n" KEY, ":3: directory: " PAIR },
        { DIRECTORY "tls_certificate = gateway.pem",
            ":2: directory: tls_certificate: must be an absolute path" },
        { DIRECTORY "tls_certificate_key = gateway.key",
            ":2: directory: tls_certificate_key: must be an absolute path" },
        { DIRECTORY "allow_plaintext = sometimes",
            ":2: directory: allow_plaintext = sometimes: must be yes or no" },
        { BASE CERTIFICATE KEY
            "\nuri = { \"ldaps://one.city.example\",\n\"ldap://two.city.example\" }",
            ":3: directory: " EXTERNAL },
        { BASE "uri = \"LDAP://one.city.example\" sasl_external = yes",
            ":2: directory: " EXTERNAL },
        { DIRECTORY "write_uri = \"ldap://one.city.example\"",
            ":2: directory: write_" EXTERNAL },
        { DIRECTORY "read_uri = \"ldap://one.city.example\"", ":2: directory: read_" EXTERNAL },
        { DIRECTORY "write_uri = { }", NULL },
        { DIRECTORY "write_uri = \"one.city.example\"",
            ":2: directory: write_uri: must begin with ldap://, ldaps:// or ldapi://" },
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
        { DIRECTORY "patience = 9",
            ":2: directory: patience = 9: must be from 10 to 60000 milliseconds" },
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

    TEST_EACH(THE_DIRECTORY, cases);
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

    return cmocka_run_group_tests_name("section_directory", tests, NULL, NULL);
}
