/*
 * Directory URIs: what is taken apart, what is refused, what stays on this
 * machine.
 */

/* cmocka. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

/* System. */
#include <string.h>

/* Directory. */
#include "directory/uri.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static void
test_takes_apart(void **state)
{
    static const struct {
        const char     *text;
        gh_uri_scheme_t scheme;
        const char     *host;
        int             port;
        bool            is_local;
    } cases[] = {
        { "ldap://ldap.example", GH_URI_LDAP, "ldap.example", 389, false },
        { "ldap://ldap.example/", GH_URI_LDAP, "ldap.example", 389, false },
        { "ldap://ldap.example:1389", GH_URI_LDAP, "ldap.example", 1389, false },
        { "ldap://ldap.example:1/", GH_URI_LDAP, "ldap.example", 1, false },
        { "ldap://ldap.example:65535", GH_URI_LDAP, "ldap.example", 65535, false },
        { "LDAP://Ldap.Example", GH_URI_LDAP, "Ldap.Example", 389, false },
        { "ldaps://ldap.example", GH_URI_LDAPS, "ldap.example", 636, false },
        { "ldaps://ldap.example:1636", GH_URI_LDAPS, "ldap.example", 1636, false },
        { "ldap://192.0.2.7", GH_URI_LDAP, "192.0.2.7", 389, false },
        { "ldap://[2001:db8::7]:390", GH_URI_LDAP, "2001:db8::7", 390, false },
        { "ldap://localhost", GH_URI_LDAP, "localhost", 389, true },
        { "ldap://LocalHost:390", GH_URI_LDAP, "LocalHost", 390, true },
        { "ldap://127.0.0.1", GH_URI_LDAP, "127.0.0.1", 389, true },
        { "ldap://127.255.0.9", GH_URI_LDAP, "127.255.0.9", 389, true },
        { "ldap://[::1]", GH_URI_LDAP, "::1", 389, true },
        { "ldaps://127.0.0.1", GH_URI_LDAPS, "127.0.0.1", 636, true },
        { "ldapi://%2Frun%2Fslapd%2Fldapi", GH_URI_LDAPI, "/run/slapd/ldapi", 0, true },
        { "ldapi://%2Frun%2Fslapd%2Fldapi/", GH_URI_LDAPI, "/run/slapd/ldapi", 0, true },

        /* Names that only begin like this machine's. */
        { "ldap://localhost.example", GH_URI_LDAP, "localhost.example", 389, false },
        { "ldap://127.0.0.1.example", GH_URI_LDAP, "127.0.0.1.example", 389, false },
        { "ldap://128.0.0.1", GH_URI_LDAP, "128.0.0.1", 389, false },
        { "ldap://127.1", GH_URI_LDAP, "127.1", 389, false },
        { "ldap://0.0.0.0", GH_URI_LDAP, "0.0.0.0", 389, false },
        { "ldap://[::2]", GH_URI_LDAP, "::2", 389, false },
    };
    gh_error_t error = { "" };
    gh_uri_t   uri;

    (void) state;

    for (size_t i = 0; i < COUNT(cases); i++) {
        if (gh_uri_parse(&uri, cases[i].text, &error) != 0) {
            fail_msg("%s", error.text);
        }

        assert_int_equal(uri.scheme, cases[i].scheme);
        assert_string_equal(uri.host, cases[i].host);
        assert_int_equal(uri.port, cases[i].port);

        if (gh_uri_is_local(&uri) != cases[i].is_local) {
            fail_msg("%s: is_local is not %d", cases[i].text, cases[i].is_local);
        }

        gh_uri_cleanup(&uri);
        assert_null(uri.host);
        gh_uri_cleanup(&uri);
    }
}

static void
test_refuses(void **state)
{
    static const struct {
        const char *text;
        const char *reason;
    } cases[] = {
        { "", "not an LDAP URI" },
        { "ldap.example", "not an LDAP URI" },
        { "ldap:ldap.example", "not an LDAP URI" },
        { "http://ldap.example", "not an LDAP URI" },
        { "ldap://ldap.example:", "not an LDAP URI" },
        { "ldap://ldap.example:38x", "not an LDAP URI" },
        { "ldap://[::1", "not an LDAP URI" },
        { "pldap://ldap.example", "must be ldap, ldaps or ldapi" },
        { "ldap://", "has no host or socket" },
        { "ldap:///", "has no host or socket" },
        { "ldaps://:636", "has no host or socket" },
        { "ldapi:///", "has no host or socket" },
        { "ldap://ldap.example/dc=city", "must end behind the host" },
        { "ldap://ldap.example/?uid", "must end behind the host" },
        { "ldap://ldap.example/??sub", "must end behind the host" },
        { "ldap://ldap.example/??"
          "?(uid=x)",
            "must end behind the host" },
        { "ldap://ldap.example/????x-extension", "must end behind the host" },
        { "ldap://ldap.example/?", "must end behind the host" },
        { "ldap://ldap.example?x", "must end behind the host" },
        { "ldapi://run/slapd/ldapi", "must end behind the host" },
        { "ldap://ldap.example:65536", "has no port between 1 and 65535" },
        { "ldap://ldap.example:-1", "has no port between 1 and 65535" },
    };
    gh_error_t error;
    gh_uri_t   uri;

    (void) state;

    for (size_t i = 0; i < COUNT(cases); i++) {
        error.text[0] = '\0';

        if (gh_uri_parse(&uri, cases[i].text, &error) != GH_ERR_INVALID) {
            fail_msg("%s is taken", cases[i].text);
        }

        if (strstr(error.text, cases[i].reason) == NULL) {
            fail_msg("%s, and not: %s", error.text, cases[i].reason);
        }

        assert_int_equal(uri.scheme, GH_URI_NONE);
        assert_null(uri.host);
        assert_int_equal(uri.port, 0);
        assert_int_equal(gh_uri_parse(&uri, cases[i].text, NULL), GH_ERR_INVALID);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_takes_apart),
        cmocka_unit_test(test_refuses),
    };

    return cmocka_run_group_tests_name("uri", tests, NULL, NULL);
}
