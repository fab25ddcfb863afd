/*
 * Basic: which Authorization headers are user name and password, and which are not.
 */

/* System. */
#include <string.h>

/* cmocka. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

/* OpenSSL. */
#include <openssl/evp.h>

/* Web. */
#include "web/basic.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static void
test_good(void **state)
{
    static const struct {
        const char *header, *user, *password;
    } cases[] = {
        /* The examples of RFC 7617, sections 2 and 2.1. */
        { "Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==", "Aladdin", "open sesame" },
        { "Basic dGVzdDoxMjPCow==", "test", "123\xc2\xa3" },
        { "basic YTpi", "a", "b" },
        { "BASIC   YTpi", "a", "b" },
        { "Basic YTpi ", "a", "b" },
        { "Basic YTo6Yjo=", "a", ":b:" },
        { "Basic YTo=", "a", "" },
        { "Basic cHVibGljL21hcmlhOng=", "public/maria", "x" },
    };
    gh_buf_t    user;
    gh_secret_t password;

    (void) state;
    gh_buf_init(&user);

    for (size_t i = 0; i < COUNT(cases); i++) {
        assert_true(gh_basic_is_used(gh_text(cases[i].header)));
        assert_int_equal(gh_basic_parse(gh_text(cases[i].header), &user, &password), 0);
        assert_string_equal(gh_buf_string(&user), cases[i].user);
        assert_string_equal(password.data, cases[i].password);
        assert_int_equal(password.len, strlen(cases[i].password));
    }

    gh_buf_cleanup(&user);
}

static void
test_everything_else(void **state)
{
    static const struct {
        const char *name;
        gh_text_t   header;
    } cases[] = {
        { "nothing", GH_TEXT("") },
        { "no bytes at all", { NULL, 0 } },
        { "another scheme", GH_TEXT("Bearer YTpi") },
        { "a longer scheme", GH_TEXT("Basics YTpi") },
        { "a shorter scheme", GH_TEXT("Basi YTpi") },
        { "a tab for the blank", GH_TEXT("Basic\tYTpi") },
        { "the scheme alone", GH_TEXT("Basic") },
        { "the scheme and blanks", GH_TEXT("Basic   ") },
        { "padding alone", GH_TEXT("Basic ====") },
        { "one equals sign", GH_TEXT("Basic =") },
        { "no base64", GH_TEXT("Basic a:b!") },
        { "base64url", GH_TEXT("Basic YTrDvz_-") },
        { "no padding", GH_TEXT("Basic YTo") },
        { "too much padding", GH_TEXT("Basic YTpi====") },
        { "stray bits at the end", GH_TEXT("Basic YTp=") },
        { "something behind the padding", GH_TEXT("Basic YTo=YTo=") },
        { "a blank within", GH_TEXT("Basic YT pi") },
        { "a parameter", GH_TEXT("Basic YTpi,charset=UTF-8") },
        { "no colon", GH_TEXT("Basic YWI=") },
        { "no user", GH_TEXT("Basic OmI=") },
        { "NUL in the user", GH_TEXT("Basic YQBjOmI=") },
        { "NUL in the password", GH_TEXT("Basic YTpiAGM=") },
        { "line end in the password", GH_TEXT("Basic YTpiCg==") },
        { "Latin-1", GH_TEXT("Basic YTpj6Q==") },
        { "a surrogate", GH_TEXT("Basic YTrtoIA=") },
        { "an overlong slash", GH_TEXT("Basic YcCvOmI=") },
    };
    gh_buf_t    user;
    gh_secret_t password;

    (void) state;
    gh_buf_init(&user);

    for (size_t i = 0; i < COUNT(cases); i++) {
        if (gh_basic_parse(cases[i].header, &user, &password) != GH_ERR_INVALID) {
            fail_msg("%s is let through", cases[i].name);
        }
        assert_int_equal(user.len, 0);
        assert_int_equal(password.len, 0);
    }

    gh_buf_cleanup(&user);
}

/* The header for `user` times u, a colon, and `password` times p. */
static gh_text_t
header_of(size_t user, size_t password)
{
    static char   header[8192];
    unsigned char plain[4096];

    memset(plain, 'u', user);
    plain[user] = ':';
    memset(plain + user + 1, 'p', password);
    strcpy(header, "Basic ");
    EVP_EncodeBlock((unsigned char *) header + 6, plain, (int) (user + 1 + password));

    return gh_text(header);
}

static void
test_length(void **state)
{
    gh_buf_t    user;
    gh_secret_t password;

    (void) state;
    gh_buf_init(&user);

    assert_int_equal(gh_basic_parse(header_of(321, 1024), &user, &password), 0);
    assert_int_equal(user.len, 321);
    assert_int_equal(password.len, 1024);

    assert_int_equal(gh_basic_parse(header_of(322, 1), &user, &password), GH_ERR_LIMIT);
    assert_int_equal(user.len, 0);
    assert_int_equal(gh_basic_parse(header_of(1, 1025), &user, &password), GH_ERR_LIMIT);
    assert_int_equal(password.len, 0);
    assert_int_equal(gh_basic_parse(header_of(321, 1025), &user, &password), GH_ERR_LIMIT);
    assert_int_equal(gh_basic_parse(header_of(1000, 3000), &user, &password), GH_ERR_LIMIT);

    gh_buf_cleanup(&user);
}

/* What stands behind the text is not looked at. */
static void
test_stays_inside(void **state)
{
    gh_buf_t    user;
    gh_secret_t password;

    (void) state;
    gh_buf_init(&user);

    assert_int_equal(gh_basic_parse((gh_text_t){ "Basic YTpiYTpi", 10 }, &user, &password), 0);
    assert_string_equal(password.data, "b");
    assert_true(gh_basic_is_used((gh_text_t){ "Basics", 5 }));
    assert_false(gh_basic_is_used((gh_text_t){ "Basic YTpi", 4 }));

    gh_buf_cleanup(&user);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_good),
        cmocka_unit_test(test_everything_else),
        cmocka_unit_test(test_length),
        cmocka_unit_test(test_stays_inside),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
