/* Tests of lib/config/reader.c: libConfuse, on a small table of keys. */

/* cmocka, in the order it asks for. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

/* System. */
#include <pthread.h>
#include <sys/wait.h>

/* Config. */
#include "config/config_int.h"

/* Tests. */
#include "scratch.h"

/* Seconds after which a child that hangs is ended. */
#define TEST_HANGS 20

/* Links of one file, at most. */
#define TEST_LINKS 4

/* Words of the long file's list. */
#define TEST_WORDS 3000

static const gh_setting_t test_portal_keys[] = { { .name = "title",
                                                     .type = GH_SETTING_STRING,
                                                     .offset =
                                                         offsetof(gh_portal_settings_t, title),
                                                     .is_required = true },
    { .name = "pages",
        .type = GH_SETTING_FILE,
        .offset = offsetof(gh_portal_settings_t, pages) },
    { .name = NULL } };

static const gh_setting_t test_link_keys[] = { { .name = "url",
                                                   .type = GH_SETTING_STRING,
                                                   .offset = offsetof(gh_portal_link_t, url),
                                                   .is_required = true },
    { .name = NULL } };

static const gh_setting_t test_throttle_keys[] = {
    { .name = "free_attempts",
        .type = GH_SETTING_NUMBER,
        .offset = offsetof(gh_throttle_settings_t, free_attempts),
        .least = 1,
        .most = 9,
        .number = 5,
        .unit = "refusals" },
    { .name = NULL }
};

static const gh_setting_t test_realm_keys[] = { { .name = "login_attributes",
                                                    .type = GH_SETTING_LIST,
                                                    .offset = offsetof(
                                                        gh_realm_t, login_attributes) },
    { .name = NULL } };

static void *
test_open_portal(gh_reader_t *reader, gh_config_t *config, const char *title)
{
    (void) reader;
    assert_null(title);
    return &config->portal;
}

/* Room for one realm of the test's own. */
static void *
test_open_realm(gh_reader_t *reader, gh_config_t *config, const char *title)
{
    (void) reader;
    assert_non_null(title);
    gh_realm_cleanup(config->realms);
    config->realm_count++;
    return config->realms;
}

static int
test_finish_portal(gh_reader_t *reader, void *target)
{
    gh_portal_settings_t *portal = target;

    if (strcmp(gh_reader_value(reader, "title"), portal->title) != 0) {
        return gh_reader_refuse(reader, "portal", NULL, "the value is not what was filled");
    }

    if (strcmp(portal->title, "unwanted") == 0) {
        return gh_reader_refuse(reader, "portal", "title", "title: is %s", portal->title);
    }

    return 0;
}

static int
test_finish(gh_reader_t *reader, gh_config_t *config)
{
    if (strcmp(config->portal.title, "late") == 0) {
        return gh_reader_refuse(reader, "portal", "title", "too late");
    }

    return 0;
}

static void *
test_open_link(gh_reader_t *reader, gh_config_t *config, const char *title)
{
    gh_portal_settings_t *portal = &config->portal;

    (void) reader;

    if (strcmp(title, "unwanted") == 0) {
        gh_reader_refuse(reader, "link", NULL, "is unwanted");
        return NULL;
    }

    assert_in_range(portal->link_count, 0, TEST_LINKS - 1);
    return &portal->links[portal->link_count++];
}

static void *
test_open_throttle(gh_reader_t *reader, gh_config_t *config, const char *title)
{
    (void) reader;
    assert_null(title);
    return &config->throttle;
}

static const gh_reader_section_t test_portal = { .name = "portal",
    .keys = test_portal_keys,
    .open = test_open_portal,
    .finish = test_finish_portal };

static const gh_reader_section_t test_link = { .name = "link",
    .parent = &test_portal,
    .is_titled = true,
    .keys = test_link_keys,
    .open = test_open_link };

static const gh_reader_section_t test_realm = { .name = "realm",
    .keys = test_realm_keys,
    .is_titled = true,
    .is_optional = true,
    .open = test_open_realm };

static const gh_reader_section_t test_throttle = { .name = "throttle",
    .keys = test_throttle_keys,
    .is_optional = true,
    .open = test_open_throttle };

static const gh_reader_section_t *const test_sections[] = { &test_portal, &test_link,
    &test_realm, &test_throttle, NULL };

typedef struct {
    gh_config_t      config;
    gh_realm_t       realm;
    gh_portal_link_t links[TEST_LINKS];
} test_config_t;

static int
test_run(const char *path, test_config_t *into, gh_error_t *error)
{
    *into = (test_config_t){ 0 };
    into->config.realms = &into->realm;
    into->config.portal.links = into->links;
    return gh_reader_run(path, test_sections, test_finish, &into->config, error);
}

static void
test_cleanup(test_config_t *into)
{
    gh_realm_cleanup(&into->realm);
    for (size_t i = 0; i < TEST_LINKS; i++) {
        free(into->links[i].url);
    }

    free(into->config.portal.title);
    free(into->config.portal.pages);
}

static void
test_reads(void **state)
{
    static const struct {
        const char *input, *title;
    } cases[] = { { "portal { title = City }", "City" },
        { "portal { title = \"City of Almond Grove\" }", "City of Almond Grove" },
        { "portal { title = 'single \"quotes\"' }", "single \"quotes\"" },
        { "portal { title = \"escaped \\\"quotes\\\"\" }", "escaped \"quotes\"" },
        { "# portal { title = a }\nportal { title = b } // c", "b" },
        { "portal\n{\ntitle\n=\nCity\n}", "City" }, { "portal { title = City }\r\n", "City" },
        { "realm a { }\nportal { title = City }\nrealm b { login_attributes = { } }", "City" },
        { "portal { title = $HOME }", "$HOME" }, { "portal { title = \"~\" }", "~" } };
    scratch_t *scratch = *state;

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        test_config_t into;
        gh_error_t    error = { "" };

        scratch_write(scratch, cases[i].input, strlen(cases[i].input), 0644);
        assert_int_equal(test_run(scratch->path, &into, &error), 0);
        assert_string_equal(into.config.portal.title, cases[i].title);
        test_cleanup(&into);
    }
}

static void
test_lists(void **state)
{
    static const char  input[] = "portal { title = City }\n"
                                 "realm a { login_attributes = { uid, \"mail\", }\n"
                                 "          login_attributes += { cn } }";
    static const char *good = "portal { title = City }\n"
                              "realm a { login_attributes = { uid, \"mail\" }\n"
                              "          login_attributes += { cn } }";
    scratch_t         *scratch = *state;
    test_config_t      into;
    gh_error_t         error = { "" };

    scratch_write(scratch, good, strlen(good), 0644);
    assert_int_equal(test_run(scratch->path, &into, &error), 0);
    assert_string_equal(into.realm.login_attributes[0], "uid");
    assert_string_equal(into.realm.login_attributes[1], "mail");
    assert_string_equal(into.realm.login_attributes[2], "cn");
    assert_null(into.realm.login_attributes[3]);
    test_cleanup(&into);

    /* libConfuse takes a comma before the brace; so do we. */
    scratch_write(scratch, input, sizeof(input) - 1, 0644);
    assert_int_equal(test_run(scratch->path, &into, &error), 0);
    assert_int_equal(into.config.realm_count, 1);
    test_cleanup(&into);
}

/* Sections in a section, in front of its keys and behind them. */
static void
test_nested(void **state)
{
    static const char input[] = "portal {\n"
                                "  link one { url = a }\n"
                                "  title = City\n"
                                "  link \"two words\" {\n"
                                "    url = b }\n"
                                "  pages = /srv\n"
                                "}";
    scratch_t        *scratch = *state;
    test_config_t     into;
    gh_error_t        error = { "" };

    scratch_write(scratch, input, sizeof(input) - 1, 0644);
    assert_int_equal(test_run(scratch->path, &into, &error), 0);
    assert_string_equal(into.config.portal.title, "City");
    assert_string_equal(into.config.portal.pages, "/srv");
    assert_int_equal(into.config.portal.link_count, 2);
    assert_string_equal(into.links[0].url, "a");
    assert_string_equal(into.links[1].url, "b");
    test_cleanup(&into);
}

/* A section that needs no key has its defaults where it is absent. */
static void
test_absent(void **state)
{
    scratch_t    *scratch = *state;
    test_config_t into;
    gh_error_t    error = { "" };

    scratch_write(scratch, "portal { title = a }", 20, 0644);
    assert_int_equal(test_run(scratch->path, &into, &error), 0);
    assert_int_equal(into.config.throttle.free_attempts, 5);
    test_cleanup(&into);

    scratch_write(scratch, "portal { title = a } throttle { free_attempts = 7 }", 51, 0644);
    assert_int_equal(test_run(scratch->path, &into, &error), 0);
    assert_int_equal(into.config.throttle.free_attempts, 7);
    test_cleanup(&into);
}

static void
test_refuses(void **state)
{
    static const struct {
        const char *input, *want;
    } cases[] = { /* Lines stay right behind comments of both kinds. */
        { "# a\n# b\n\nportal {\n  nope = 1\n}\n", ":5: portal: no such option 'nope'" },
        { "/* a\n * b\n */\nportal {\n# c\n  title = \"\"\n}",
            ":6: portal: title: must not be empty" },
        { "portal { title = a }\n\nrealm x {\n\nlabel = a }",
            ":5: realm x: no such option 'label'" },

        /* What is absent: the line that opens the section. */
        { "\nportal {\n\n  pages = /a\n}\n", ":2: portal: title is missing" },
        { "portal { }", ":1: portal: title is missing" },
        { "", ": there is no section portal" },
        { "realm a { }", ": there is no section portal" },

        /* What is there twice. */
        { "portal {\ntitle = a\ntitle = a\n}", ":3: portal: title: is on line 2 already" },
        { "portal { title = a }\nportal {\ntitle = b }",
            ":2: portal: there is such a section already" },
        { "portal { title = a }\nrealm x { }\nrealm x { }", ":3: found duplicate title 'x'" },
        { "portal { title = a }\n"
          "realm x {\nlogin_attributes = { a, b }\nlogin_attributes = { c } }",
            ":4: realm x: login_attributes: is on line 3 already" },

        /* Sections in sections. */
        { "portal {\n link a {\n url = b\n }\n link c {\n\n }\n title = d }",
            ":7: link c: url is missing" },
        { "portal {\n link a {\n\n nope = b } title = d }",
            ":4: link a: no such option 'nope'" },
        { "portal {\n link a {\n url = b\n url = c } title = d }",
            ":4: link a: url: is on line 3 already" },
        { "portal {\n link a { url = b }\n link a { url = b } title = d }",
            ":3: portal: found duplicate title 'a'" },
        { "portal {\n title = c\n link unwanted {\n url = b } }",
            ":3: link unwanted: is unwanted" },
        { "portal {\n link a {\n url = b }\n title = a\n title = b }",
            ":5: portal: title: is on line 4 already" },
        { "portal {\n link a {\n url = b }\n\n title = unwanted }",
            ":5: portal: title: is unwanted" },
        { "portal {\n link a { url = b }\n pages = /a }", ":1: portal: title is missing" },
        { "link a { url = b }\nportal { title = c }", ":1: no such option 'link'" },
        { "portal { title = c }\nrealm x {\n link a { url = b } }",
            ":3: realm x: no such option 'link'" },
        { "portal { portal { title = a } }", ":1: portal: no such option 'portal'" },
        { "portal { title = c }\nportal|link a { url = b }", ":2: no such option 'link'" },
        { "portal|link a { url = b }\nportal { title = c }",
            ":1: no sub-section title/index for 'portal'" },
        { "portal {\n link a { url = b }\n link|url = d title = e }",
            ":3: portal: no such option 'url'" },

        /* Ways around the sections, and into our own pointer. */
        { "title = a", ":1: no such option 'title'" },
        { "portal { title = a }\nportal|title = b", ":2: no such option 'title'" },
        { "portal { title = a }\n\"\" = b", ":2: can't be understood" },
        { "portal { title = a\n\"\" = b }", ":1: can't be understood" },
        { "include(\"/etc/passwd\")", ":1: no such option 'include'" },
        { "portal { include(\"/etc/passwd\") }", ":1: portal: no such option 'include'" },

        /* Syntax. */
        { "portal { title a }", ":1: portal: missing equal sign after option 'title'" },
        { "portal { title = { a } }", ":1: portal: unexpected token '{'" },
        { "portal { title += a }", ":1: portal: attempt to append to non-list option 'title'" },
        { "portal title = a", ":1: missing opening brace for section 'portal'" },
        { "realm { }", ":1: missing title for section 'realm'" },
        { "portal { title = a } }", ":1: unexpected closing brace" },
        { "portal { title = a }\nrealm x {\n\n", ":2: the brace opened here is not closed" },
        { "portal { title =\n}", ":2: portal: unexpected token '}'" },
        { "portal { title = \"\\999\" }", ":1: portal: bad escape sequence '\\999'" },

        /* Bytes that an escape makes go into no log. */
        { "portal { \"a\\x1b[0m\\n\" = 1 }", ":1: portal: no such option 'a?[0m?'" },

        /* From the environment nothing. */
        { "portal {\ntitle = \"${HOME}\"\n}",
            ":2: ${...} would be taken from the environment; write the value itself" },

        /* What finishing callbacks refuse. */
        { "portal {\npages = /a\ntitle = unwanted\n}", ":3: portal: title: is unwanted" },
        { "portal {\n\ntitle = late }\nrealm x { }", ":3: portal: too late" }
    };
    scratch_t *scratch = *state;

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        test_config_t into;
        gh_error_t    error = { "" };
        char          want[256];
        int           rc;

        snprintf(want, sizeof(want), "%s%s", scratch->path, cases[i].want);
        scratch_write(scratch, cases[i].input, strlen(cases[i].input), 0644);
        rc = test_run(scratch->path, &into, &error);
        test_cleanup(&into);

        assert_string_equal(error.text, want);
        assert_int_equal(rc, GH_ERR_INVALID);
    }
}

/* A file that breaks off inside a string leaves nothing to the next one. */
static void
test_reads_after_a_fault(void **state)
{
    static const char bad[] = "portal { title = \"\\999\" }";
    static const char good[] = "portal { title = City }";
    scratch_t        *scratch = *state;

    for (int i = 0; i < 3; i++) {
        test_config_t into;
        gh_error_t    error = { "" };

        scratch_write(scratch, bad, sizeof(bad) - 1, 0644);
        assert_int_equal(test_run(scratch->path, &into, NULL), GH_ERR_INVALID);
        test_cleanup(&into);

        scratch_write(scratch, good, sizeof(good) - 1, 0644);
        assert_int_equal(test_run(scratch->path, &into, &error), 0);
        assert_string_equal(into.config.portal.title, "City");
        test_cleanup(&into);
    }
}

static void
test_missing_file(void **state)
{
    scratch_t    *scratch = *state;
    test_config_t into;
    gh_error_t    error = { "" };
    char          want[256];

    snprintf(
        want, sizeof(want), "%s: can't be opened: No such file or directory", scratch->path);
    assert_int_equal(test_run(scratch->path, &into, &error), GH_ERR_IO);
    assert_string_equal(error.text, want);
    test_cleanup(&into);
}

/* A file that takes so long to read that readers do meet: a list of many words. */
static void
test_write_long(const scratch_t *scratch)
{
    gh_buf_t text;

    gh_buf_init(&text);
    gh_buf_add_string(&text, "portal { title = \"City\" }\nrealm a { login_attributes = {\n");

    for (int i = 0; i < TEST_WORDS - 1; i++) {
        gh_buf_add_string(&text, "\"word\",\n");
    }

    gh_buf_add_string(&text, "word } }\n");
    assert_true(gh_buf_is_ok(&text));

    scratch_write(scratch, text.data, text.len, 0644);
    gh_buf_cleanup(&text);
}

/* Whether the long file gives all that it holds. */
static bool
test_reads_long(const char *path)
{
    test_config_t into;
    size_t        words = 0;
    bool          is_good = test_run(path, &into, NULL) == 0;

    for (; is_good && into.realm.login_attributes[words] != NULL; words++) {
        is_good = strcmp(into.realm.login_attributes[words], "word") == 0;
    }

    is_good = is_good && words == TEST_WORDS && strcmp(into.config.portal.title, "City") == 0;
    test_cleanup(&into);
    return is_good;
}

/* A thread: NULL when every reading went well. */
static void *
test_read_often(void *path)
{
    for (int i = 0; i < 20; i++) {
        if (!test_reads_long(path)) {
            return path;
        }
    }

    return NULL;
}

static void
test_threads(void **state)
{
    scratch_t *scratch = *state;
    pthread_t  threads[8];
    void      *bad;

    test_write_long(scratch);

    for (size_t i = 0; i < 8; i++) {
        assert_int_equal(pthread_create(&threads[i], NULL, test_read_often, scratch->path), 0);
    }

    for (size_t i = 0; i < 8; i++) {
        assert_int_equal(pthread_join(threads[i], &bad), 0);
        assert_null(bad);
    }
}

/* Reads the file in a child; false also when the child hangs. */
static bool
test_reads_in_child(const char *path)
{
    char  answer = 'n';
    int   ends[2];
    pid_t child;

    assert_int_equal(pipe(ends), 0);

    child = fork();
    if (child == 0) {
        alarm(TEST_HANGS);
        answer = test_reads_long(path) ? 'y' : 'n';
        _exit(write(ends[1], &answer, 1) != 1);
    }

    close(ends[1]);
    answer = read(ends[0], &answer, 1) == 1 ? answer : 'n';
    close(ends[0]);

    assert_int_equal(waitpid(child, NULL, 0), child);
    return answer == 'y';
}

/* A child reads, wherever another thread was when it was forked. */
static void
test_forks(void **state)
{
    scratch_t *scratch = *state;
    pthread_t  thread;
    void      *bad;

    test_write_long(scratch);
    assert_int_equal(pthread_create(&thread, NULL, test_read_often, scratch->path), 0);

    for (int i = 0; i < 20; i++) {
        assert_true(test_reads_in_child(scratch->path));
    }

    assert_int_equal(pthread_join(thread, &bad), 0);
    assert_null(bad);
}

int
main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test_setup_teardown(
                                            test_reads, scratch_setup, scratch_teardown),
        cmocka_unit_test_setup_teardown(test_lists, scratch_setup, scratch_teardown),
        cmocka_unit_test_setup_teardown(test_nested, scratch_setup, scratch_teardown),
        cmocka_unit_test_setup_teardown(test_absent, scratch_setup, scratch_teardown),
        cmocka_unit_test_setup_teardown(test_refuses, scratch_setup, scratch_teardown),
        cmocka_unit_test_setup_teardown(
            test_reads_after_a_fault, scratch_setup, scratch_teardown),
        cmocka_unit_test_setup_teardown(test_missing_file, scratch_setup, scratch_teardown),
        cmocka_unit_test_setup_teardown(test_threads, scratch_setup, scratch_teardown),
        cmocka_unit_test_setup_teardown(test_forks, scratch_setup, scratch_teardown) };

    return cmocka_run_group_tests_name("reader", tests, NULL, NULL);
}
