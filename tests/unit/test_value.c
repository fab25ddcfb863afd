/* Tests of lib/config/value.c. */

/* cmocka, in the order it asks for. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

/* System. */
#include <limits.h>

/* Config. */
#include "config/config_int.h"

typedef struct {
    const char *value;
    bool        is_good;
} test_case_t;

/* Checks a table that ends with a NULL value. */
static void
test_all(gh_value_check_t check, const test_case_t *cases)
{
    for (; cases->value != NULL; cases++) {
        if ((check(cases->value) == NULL) != cases->is_good) {
            fail_msg("'%s': is_good is not %d", cases->value, cases->is_good);
        }
    }
}

static void
test_text(void **state)
{
    (void) state;

    assert_null(gh_value_text("City of Almond Grove"));
    assert_string_equal(gh_value_text(""), "must not be empty");
    assert_string_equal(gh_value_text("a\nb"), "must be text without control characters");
    assert_string_equal(gh_value_text("\xff"), "must be text without control characters");
}

static void
test_file(void **state)
{
    (void) state;

    assert_null(gh_value_file("/etc/gatehouse/keys"));
    assert_string_equal(gh_value_file("keys"), "must be an absolute path");
    assert_string_equal(gh_value_file("./keys"), "must be an absolute path");
    assert_string_equal(gh_value_file("~/keys"), "must be an absolute path");
}

static void
test_uri(void **state)
{
    static const test_case_t cases[] = { { "ldap://directory.example", true },
        { "ldaps://directory.example:1636", true }, { "ldapi:///", true },
        { "ldapi://%2Frun%2Fslapd%2Fldapi", true }, { "LDAPS://directory.example", true },
        { "http://directory.example", false }, { "ldap:/directory.example", false },
        { "cldap://directory.example", false }, { " ldap://directory.example", false },
        { "directory.example", false }, { "", false }, { NULL, false } };

    (void) state;
    test_all(gh_value_uri, cases);
}

static void
test_attribute(void **state)
{
    static const test_case_t cases[] = { { "uid", true }, { "x", true }, { "street-2", true },
        { "", false }, { "2uid", false }, { "-uid", false }, { "uid)", false },
        { "uid;binary", false }, { "u id", false }, { NULL, false } };

    (void) state;
    test_all(gh_value_attribute, cases);
}

static void
test_domain(void **state)
{
    static const test_case_t cases[] = { { "city.example", true }, { "a", true },
        { "1.example", true }, { "", false }, { ".city.example", false },
        { "-city.example", false }, { "city.example; Secure", false },
        { "city.example/", false }, { "ci ty", false }, { NULL, false } };

    (void) state;
    test_all(gh_value_domain, cases);
}

static void
test_url(void **state)
{
    static const test_case_t cases[] = { { "https://permits.city.example/account", true },
        { "http://127.0.0.1:8080/account", true }, { "https://[2001:db8::1]/a", true },
        { "https://[::1]:443/a", true }, { "https://city.example:65535/a/b-c/d_e.f~1", true },
        { "https://city.example/.well-known", true }, { "ftp://city.example/account", false },
        { "//city.example/account", false }, { "/account", false }, { "https://", false },
        { "https:///account", false }, { "https://city.example", false },
        { "https://city.example/", false }, { "https://city.example/account/", false },
        { "https://city.example//account", false }, { "https://city.example/a//b", false },
        { "https://city.example/a/../b", false }, { "https://city.example/./b", false },
        { "https://city.example/...", false }, { "https://city.example/a?b", false },
        { "https://city.example/a#b", false }, { "https://city.example/a%2fb", false },
        { "https://city.example/a b", false }, { "https://city.example/a;b", false },
        { "https://user@city.example/a", false }, { "https://city.example:/a", false },
        { "https://city.example:0/a", false }, { "https://city.example:65536/a", false },
        { "https://city.example:123456/a", false }, { "https://city.example:80x/a", false },
        { "https://city.example:80:80/a", false }, { "https://ci ty.example/a", false },
        { "https://city.example\\a/b", false }, { "https://:443/a", false },
        { "https://[::1/a", false }, { "https://[]/a", false }, { "https://[::1]443/a", false },
        { "https://[::1]]/a", false }, { "https://[city]/a", false }, { "", false },
        { NULL, false } };

    (void) state;
    test_all(gh_value_url, cases);
}

static void
test_realm_name(void **state)
{
    static const test_case_t cases[] = { { "public", true }, { "a", true }, { "staff-2", true },
        { "anyone", true }, { "", false }, { "Public", false }, { "2staff", false },
        { "-a", false }, { "a_b", false }, { "a b", false }, { "a:b", false }, { "any", false },
        { "off", false }, { "optional", false }, { NULL, false } };

    (void) state;
    test_all(gh_value_realm_name, cases);
}

static void
test_number(void **state)
{
    static const struct {
        const char *value;
        bool        is_good;
        long        want;
    } cases[] = { { "0", true, 0 }, { "5000", true, 5000 }, { "-3", true, -3 },
        { "010", true, 10 }, { "9223372036854775807", true, LONG_MAX },
        { "9223372036854775808", false, 0 }, { "99999999999999999999", false, 0 },
        { "", false, 0 }, { "-", false, 0 }, { "+5", false, 0 }, { " 5", false, 0 },
        { "5 ", false, 0 }, { "5s", false, 0 }, { "0x10", false, 0 }, { "5.0", false, 0 },
        { "1e3", false, 0 }, { "yes", false, 0 } };

    (void) state;

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        long number = 0;

        assert_int_equal(gh_value_number(cases[i].value, &number), cases[i].is_good);

        if (cases[i].is_good) {
            assert_int_equal(number, cases[i].want);
        }
    }
}

static void
test_switch(void **state)
{
    static const struct {
        const char *value;
        bool        is_good, want;
    } cases[] = { { "yes", true, true }, { "true", true, true }, { "on", true, true },
        { "Yes", true, true }, { "no", true, false }, { "false", true, false },
        { "OFF", true, false }, { "", false, false }, { "1", false, false },
        { "0", false, false }, { "y", false, false }, { "yess", false, false } };

    (void) state;

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        bool is_on = !cases[i].want;

        assert_int_equal(gh_value_switch(cases[i].value, &is_on), cases[i].is_good);
        assert_int_equal(is_on, cases[i].is_good ? cases[i].want : !cases[i].want);
    }
}

static void
test_address(void **state)
{
    static const test_case_t cases[] = { { "maria.lopez@mail.example", true },
        { "o'brien+city@mail.example", true }, { "root@localhost", true },
        { "a@b-c.example", true }, { "", false }, { "maria", false },
        { "@mail.example", false }, { "maria@", false }, { "maria@mail@example", false },
        { "maria@.example", false }, { "maria@mail..example", false },
        { "maria@mail.example.", false }, { "maria@-mail.example", false },
        { "maria@mail.example,x@mail.example", false }, { "Maria <maria@mail.example>", false },
        { "<maria@mail.example>", false }, { "maria lopez@mail.example", false },
        { "\"maria\"@mail.example", false },
        { "mar\xc3\xad"
          "a@mail.example",
            false },
        { "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa@b.example", true },
        { "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa@b.example",
            false },
        { NULL, false } };

    (void) state;
    test_all(gh_value_address, cases);
}

static void
test_mail_url(void **state)
{
    static const test_case_t cases[] = { { "smtp://mail.city.example", true },
        { "smtps://mail.city.example:465", true }, { "SMTP://127.0.0.1:2525", true },
        { "smtp://[::1]:25", true }, { "smtp://", false }, { "mail.city.example", false },
        { "http://mail.city.example", false }, { "smtp://mail.city.example/", false },
        { "smtp://user:secret@mail.city.example", false }, { "smtp://mail:0", false },
        { NULL, false } };

    (void) state;
    test_all(gh_value_mail_url, cases);
}

static void
test_link(void **state)
{
    static const test_case_t cases[] = { { "https://permits.city.example/search?kind=1#a",
                                             true },
        { "http://city.example", true }, { "/account/contractors", true }, { "/", true },
        { "//evil.example", false }, { "javascript:alert(1)", false }, { "search", false },
        { "https://", false }, { "https:///x", false }, { "/a b", false }, { "/a\\b", false },
        { "/\\evil.example", false }, { "/a\"b", false }, { "/<b>", false },
        { "https://user@city.example/", false }, { "", false }, { NULL, false } };

    (void) state;
    test_all(gh_value_link, cases);
}

static void
test_network(void **state)
{
    static const test_case_t cases[] = { { "127.0.0.1", true }, { "10.0.0.0/8", true },
        { "0.0.0.0/0", true }, { "192.0.2.128/25", true }, { "::1", true },
        { "2001:db8::/32", true }, { "2001:db8::1/128", true }, { "10.0.0.1/8", false },
        { "192.0.2.64/25", false }, { "2001:db8::1/32", false }, { "10.0.0.0/33", false },
        { "::/129", false }, { "10.0.0.0/-1", false }, { "10.0.0.0/", false },
        { "10.0.0/8", false }, { "10.0.0.0/8/8", false }, { "localhost", false }, { "", false },
        { "0000:0000:0000:0000:0000:0000:0000:0000:0000:0000:0000:0000", false },
        { NULL, false } };

    (void) state;
    test_all(gh_value_network, cases);
}

static void
test_class(void **state)
{
    static const test_case_t cases[] = { { "C8", true }, { "B", true }, { "C61/D12", true },
        { "C-8", false }, { "c8", false }, { "C 8", false }, { "", false },
        { "C1234567890123456", false }, { NULL, false } };

    (void) state;
    test_all(gh_value_class, cases);
}

static void
test_token(void **state)
{
    static const test_case_t cases[] = { { "family-name", true }, { "work tel", true },
        { "address-level2", true }, { "", false }, { "Family", false }, { "a\"b", false },
        { NULL, false } };

    (void) state;
    test_all(gh_value_token, cases);
}

static void
test_field_name(void **state)
{
    static const test_case_t cases[] = { { "givenName", true }, { "mail", true }, { "o", true },
        { "gatehouseClaimedClass", true }, { "gatehouseLicenseStatus", true },
        { "gatehouseWorkersComp", true }, { "uid", false }, { "UID", false }, { "cn", false },
        { "userPassword", false }, { "objectclass", false }, { "pwdReset", false },
        { "pwdPolicySubentry", false }, { "entryUUID", false }, { "gatehouseDisabled", false },
        { "GATEHOUSEdisabled", false }, { "gatehouseResetDigest", false },
        { "gatehouseSearchKey", false }, { "csrf", false }, { "password", false },
        { "question", false }, { "two words", false }, { "mail;lang-en", false }, { "", false },
        { NULL, false } };

    (void) state;
    test_all(gh_value_field_name, cases);

    assert_true(gh_value_is_official("gatehouseLicenseStatus"));
    assert_true(gh_value_is_official("gatehouseworkerscompcarrier"));
    assert_false(gh_value_is_official("gatehouseClaimedComp"));
    assert_false(gh_value_is_official("o"));
}

static void
test_question(void **state)
{
    char question[258];

    (void) state;
    memset(question, 'a', sizeof(question));
    question[257] = '\0';
    assert_string_equal(gh_value_question(question), "must not be longer than 256 bytes");
    question[256] = '\0';
    assert_null(gh_value_question(question));
}

int
main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(test_text),
        cmocka_unit_test(test_file), cmocka_unit_test(test_uri),
        cmocka_unit_test(test_attribute), cmocka_unit_test(test_domain),
        cmocka_unit_test(test_url), cmocka_unit_test(test_realm_name),
        cmocka_unit_test(test_address), cmocka_unit_test(test_mail_url),
        cmocka_unit_test(test_link), cmocka_unit_test(test_network),
        cmocka_unit_test(test_class), cmocka_unit_test(test_token),
        cmocka_unit_test(test_field_name), cmocka_unit_test(test_question),
        cmocka_unit_test(test_number), cmocka_unit_test(test_switch) };

    return cmocka_run_group_tests_name("value", tests, NULL, NULL);
}
