/*
 * Sections: whole files of gatehouse.conf for tests, one section of them varied.
 */
#ifndef GH_TESTS_SECTIONS_H
#define GH_TESTS_SECTIONS_H

/* Config. */
#include "config/config.h"

/* Tests. */
#include "scratch.h"

/* What each section must have, on one line. */
#define DIRECTORY "uri = { \"ldapi:///\" } base = \"dc=city,dc=example\" "
#define REALM                                                     \
    "label = \"People\" base = \"ou=people,dc=city,dc=example\" " \
    "username_pattern = \"[a-z]+\" "
#define SESSION "keys = \"/etc/gatehouse/keys\" "
#define PORTAL                                                     \
    "url = \"https://www.city.example/account\" title = \"City\" " \
    "pages = \"/srv/pages\" "

/* A file with these sections: their braces on lines 1, 4, 7 and 10. */
static inline const char *
test_write(const scratch_t *scratch, const char *directory, const char *realm,
    const char *session, const char *portal, const char *more)
{
    char text[4096];
    int  len;

    len = snprintf(text, sizeof(text),
        "directory {\n%s\n}\nrealm people {\n%s\n}\nsession {\n%s\n}\nportal {\n%s\n}\n%s",
        directory, realm, session, portal, more);

    assert_in_range(len, 1, sizeof(text) - 1);
    scratch_write(scratch, text, (size_t) len, 0644);
    return scratch->path;
}

/* Which of them a test is about. */
typedef enum { THE_DIRECTORY = 0, THE_REALM, THE_SESSION, THE_PORTAL, ONE_MORE } test_section_t;

/* A file with that section, and the others right. */
static inline const char *
test_write_one(const scratch_t *scratch, test_section_t which, const char *section)
{
    const char *parts[] = { DIRECTORY, REALM, SESSION, PORTAL, "" };

    parts[which] = section;
    return test_write(scratch, parts[0], parts[1], parts[2], parts[3], parts[4]);
}

/* What such a file says, which has to be right. */
static inline gh_config_t *
test_read(const scratch_t *scratch, test_section_t which, const char *section)
{
    gh_error_t   error = { "" };
    gh_config_t *config = gh_config_read(test_write_one(scratch, which, section), &error);

    assert_string_equal(error.text, "");
    assert_non_null(config);

    return config;
}

/* What is wrong with one section while the others are right. */
typedef struct {
    const char *section;
    const char *want; /* behind the file's path; NULL: nothing is wrong */
} test_case_t;

static inline void
test_each(
    const scratch_t *scratch, test_section_t which, const test_case_t *cases, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        char         want[512] = "";
        gh_error_t   error = { "" };
        gh_config_t *config;

        config = gh_config_read(test_write_one(scratch, which, cases[i].section), &error);

        if (cases[i].want != NULL) {
            snprintf(want, sizeof(want), "%s%s", scratch->path, cases[i].want);
        }

        assert_string_equal(error.text, want);
        assert_int_equal(config == NULL, cases[i].want != NULL);
        gh_config_free(config);
    }
}

#define TEST_EACH(which, cases) \
    test_each(*state, which, cases, sizeof(cases) / sizeof(cases[0]))

#define IN_SCRATCH(test) cmocka_unit_test_setup_teardown(test, scratch_setup, scratch_teardown)

#endif
