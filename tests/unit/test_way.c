/*
 * Ways: what is refused, what is in clear, what is encrypted, and where each may lead.
 */

/* cmocka. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

/* System. */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <string.h>

/* Directory. */
#include "directory/way.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static void
test_ways(void **state)
{
    static const struct {
        const char *uri;
        bool        starttls, allow_plaintext;
        gh_way_t    want;
        bool        is_encrypted;
    } cases[] = {
        { "ldaps://ldap.example", false, false, GH_WAY_TLS, true },
        { "ldaps://127.0.0.1", false, true, GH_WAY_TLS, true },
        { "ldaps://ldap.example", true, true, GH_WAY_TLS, true },
        { "ldap://ldap.example", true, false, GH_WAY_STARTTLS, true },
        { "ldap://127.0.0.1", true, false, GH_WAY_STARTTLS, true },
        { "ldap://ldap.example", true, true, GH_WAY_STARTTLS, true },
        { "ldapi://%2Frun%2Fldapi", false, false, GH_WAY_LOCAL, false },
        { "ldapi://%2Frun%2Fldapi", true, true, GH_WAY_LOCAL, false },
        { "ldap://127.0.0.1", false, false, GH_WAY_LOCAL, false },
        { "ldap://localhost", false, false, GH_WAY_LOCAL, false },
        { "ldap://[::1]", false, true, GH_WAY_LOCAL, false },
        { "ldap://ldap.example", false, true, GH_WAY_CLEAR, false },
        { "ldap://192.0.2.1", false, true, GH_WAY_CLEAR, false },
        { "ldap://ldap.example", false, false, GH_WAY_REFUSED, false },
        { "ldap://192.0.2.1", false, false, GH_WAY_REFUSED, false },
        { "ldap://localhost.example", false, false, GH_WAY_REFUSED, false },
    };

    (void) state;

    for (size_t i = 0; i < COUNT(cases); i++) {
        gh_directory_settings_t settings = { .starttls = cases[i].starttls,
            .allow_plaintext = cases[i].allow_plaintext };
        gh_error_t              error = { "" };
        gh_uri_t                uri;
        gh_way_t                way;

        assert_int_equal(gh_uri_parse(&uri, cases[i].uri, &error), 0);
        way = gh_way_to(&settings, &uri, &error);
        gh_uri_cleanup(&uri);

        if (way != cases[i].want) {
            fail_msg("%s: way %d, not %d", cases[i].uri, way, cases[i].want);
        }

        assert_int_equal(gh_way_is_encrypted(way), cases[i].is_encrypted);
        assert_int_equal(error.text[0] != '\0', way == GH_WAY_REFUSED);
    }
}

static void
test_refusal_says_what_to_do(void **state)
{
    gh_directory_settings_t settings = { 0 };
    gh_error_t              error = { "" };
    gh_uri_t                uri;

    (void) state;

    assert_int_equal(gh_uri_parse(&uri, "ldap://ldap.example", &error), 0);
    assert_int_equal(gh_way_to(&settings, &uri, &error), GH_WAY_REFUSED);
    assert_string_equal(error.text,
        "passwords would cross the network in clear: use ldaps:// or starttls = yes "
        "(or allow_plaintext = yes, where nobody can listen)");
    gh_uri_cleanup(&uri);
}

/* Where only this machine may be reached, whatever a name may have led to. */
static void
test_addresses(void **state)
{
    static const struct {
        int         family;
        const char *address;
        bool        is_here;
    } cases[] = {
        { AF_INET, "127.0.0.1", true },
        { AF_INET, "127.255.255.254", true },
        { AF_INET, "126.255.255.255", false },
        { AF_INET, "128.0.0.1", false },
        { AF_INET, "192.0.2.1", false },
        { AF_INET, "0.0.0.0", false },
        { AF_INET6, "::1", true },
        { AF_INET6, "::2", false },
        { AF_INET6, "::ffff:192.0.2.1", false },
        { AF_INET6, "2001:db8::1", false },
    };
    static const gh_way_t anywhere[] = { GH_WAY_CLEAR, GH_WAY_STARTTLS, GH_WAY_TLS };
    struct sockaddr       socket = { .sa_family = AF_UNIX };

    (void) state;

    assert_true(gh_way_admits(GH_WAY_LOCAL, &socket));

    for (size_t i = 0; i < COUNT(cases); i++) {
        struct sockaddr_in6 six = { .sin6_family = AF_INET6 };
        struct sockaddr_in  four = { .sin_family = AF_INET };
        struct sockaddr    *address =
            cases[i].family == AF_INET6 ? (struct sockaddr *) &six : (struct sockaddr *) &four;
        void *into = cases[i].family == AF_INET6 ? (void *) &six.sin6_addr : &four.sin_addr;

        assert_int_equal(inet_pton(cases[i].family, cases[i].address, into), 1);
        assert_int_equal(gh_way_admits(GH_WAY_LOCAL, address), cases[i].is_here);
        assert_false(gh_way_admits(GH_WAY_REFUSED, address));

        for (size_t j = 0; j < COUNT(anywhere); j++) {
            assert_true(gh_way_admits(anywhere[j], address));
        }
    }
}

static void
test_authorities(void **state)
{
    gh_directory_settings_t settings = { 0 };

    (void) state;

    assert_string_equal(gh_way_authorities(&settings), "/etc/ssl/certs/ca-certificates.crt");
    settings.tls_ca = "/etc/gatehouse/ca.pem";
    assert_string_equal(gh_way_authorities(&settings), "/etc/gatehouse/ca.pem");
}

static void
test_dangers(void **state)
{
    gh_directory_settings_t settings = { .tls_verify = true };

    (void) state;

    assert_null(gh_way_danger(&settings, 0));

    settings.allow_plaintext = true;
    assert_non_null(strstr(gh_way_danger(&settings, 0), "allow_plaintext = yes"));
    assert_null(gh_way_danger(&settings, 1));

    settings.tls_verify = false;
    assert_non_null(strstr(gh_way_danger(&settings, 0), "tls_verify = no"));
    assert_non_null(strstr(gh_way_danger(&settings, 1), "allow_plaintext = yes"));
    assert_null(gh_way_danger(&settings, 2));
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_ways),
        cmocka_unit_test(test_refusal_says_what_to_do),
        cmocka_unit_test(test_addresses),
        cmocka_unit_test(test_authorities),
        cmocka_unit_test(test_dangers),
    };

    return cmocka_run_group_tests_name("way", tests, NULL, NULL);
}
