/* Tests of lib/config/section_portal.c: sections portal and link. */

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
    static const char section[] = "url = \"https://www.city.example:8443/city/account\"\n"
                                  "title = \"City of Almond Grove\"\n"
                                  "pages = \"/srv/pages/en\"\n"
                                  "help_phone = \"(555) 010-0142\"\n"
                                  "city = \"Almond Grove\"\n"
                                  "questions = { \"Who?\", \"Where?\" }\n";
    gh_config_t      *config = test_read(*state, THE_PORTAL, section);

    assert_string_equal(config->portal.url, "https://www.city.example:8443/city/account");
    assert_string_equal(config->portal.origin, "https://www.city.example:8443");
    assert_string_equal(config->portal.prefix, "/city/account");
    assert_string_equal(config->portal.title, "City of Almond Grove");
    assert_string_equal(config->portal.pages, "/srv/pages/en");
    assert_string_equal(config->portal.help_phone, "(555) 010-0142");
    assert_string_equal(config->portal.city, "Almond Grove");
    assert_string_equal(config->portal.questions[0], "Who?");
    assert_string_equal(config->portal.questions[1], "Where?");
    assert_null(config->portal.questions[2]);

    gh_config_free(config);
}

static void
test_defaults(void **state)
{
    gh_config_t *config = test_read(*state, THE_PORTAL, PORTAL);

    assert_string_equal(config->portal.origin, "https://www.city.example");
    assert_string_equal(config->portal.prefix, "/account");
    assert_null(config->portal.help_phone);
    assert_null(config->portal.city);
    assert_string_equal(
        config->portal.questions[0], "What was the name of your first teacher?");
    assert_string_equal(
        config->portal.questions[4], "Who was your best friend when you were ten?");
    assert_null(config->portal.questions[5]);
    assert_int_equal(config->portal.link_count, 0);

    gh_config_free(config);
}

static void
test_empty_list_is_no_default(void **state)
{
    gh_config_t *config = test_read(*state, THE_PORTAL, PORTAL "questions = { }");

    assert_null(config->portal.questions[0]);
    gh_config_free(config);
}

#define TITLE "title = \"City\" "
#define PAGES "pages = \"/srv/pages\" "

static void
test_refuses(void **state)
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
            "._~- between single slashes, without one at its end" } };

    TEST_EACH(THE_PORTAL, cases);
}

static void
test_links(void **state)
{
    static const char section[] = PORTAL "link \"Permit search\" { url = \"/search?a=1\" }\n"
                                         "link Map { url = \"https://map.city.example\" }";
    gh_config_t      *config = test_read(*state, THE_PORTAL, section);
    const gh_portal_link_t *links = config->portal.links;

    assert_int_equal(config->portal.link_count, 2);
    assert_string_equal(links[0].title, "Permit search");
    assert_string_equal(links[0].url, "/search?a=1");
    assert_string_equal(links[1].title, "Map");
    assert_string_equal(links[1].url, "https://map.city.example");

    gh_config_free(config);
}

static void
test_links_refuse(void **state)
{
    static const test_case_t cases[] = { { PORTAL "link a { }", ":11: link a: url is missing" },
        { PORTAL "link a {\nurl = \"javascript:x\" }",
            ":12: link a: url: must begin with https://, or with one slash for a page of this "
            "host" },
        { PORTAL "link a { url = \"/\" }\nlink a { url = \"/\" }",
            ":12: portal: found duplicate title 'a'" },
        { PORTAL "link \"\" { url = \"/\" }", ":11: link : its title must not be empty" } };

    TEST_EACH(THE_PORTAL, cases);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        IN_SCRATCH(test_values),
        IN_SCRATCH(test_defaults),
        IN_SCRATCH(test_empty_list_is_no_default),
        IN_SCRATCH(test_refuses),
        IN_SCRATCH(test_links),
        IN_SCRATCH(test_links_refuse),
    };

    return cmocka_run_group_tests_name("section_portal", tests, NULL, NULL);
}
