/* Tests of lib/config/section_*.c: what accounts need of gatehouse.conf. */

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

#define SN "field sn { label = \"Last name\" required = yes } "

/* All that accounts need. */
static void
test_accounts(void **state)
{
    static const char realm[] =
        REALM "registration = yes security_question = optional password_min_length = 12\n"
              "no_exempt_classes = { C8, \"C61/D12\" }\n" SN
              "field mail { label = Mail type = email required = yes editable = no\n"
              "  autocomplete = email hint = \"We write to it\" }\n"
              "field gatehouseClaimedComp { label = Coverage type = choice\n"
              "  choices = { Exempt, \"Self-Insured\" } pattern = \"[A-Z].*\" }\n"
              "field gatehouseLicenseStatus { label = Status public = yes }";
    static const char portal[] =
        PORTAL "city = \"Almond Grove\" questions = { \"Who?\", \"Where?\" }\n"
               "link \"Permit search\" { url = \"/search?a=1\" }\n"
               "link Map { url = \"https://map.city.example\" }";
    static const char more[] =
        "mail { url = \"smtp://127.0.0.1:2525\" from = \"portal@city.example\"\n"
        " username = portal password_file = \"/etc/gatehouse/mail.secret\"\n"
        " tls_ca = \"/etc/gatehouse/mail-ca.pem\" }\n"
        "throttle { free_attempts = 3 base_delay = 2 max_delay = 60 window = 600\n"
        " exempt = { \"10.0.0.0/8\", \"::1\" } }\n"
        "audit { file = \"/var/log/gatehouse/audit.log\" }\n";
    gh_error_t        error = { "" };
    gh_config_t      *config;
    const gh_realm_t *people;

    config =
        gh_config_read(test_write(*state, DIRECTORY, realm, SESSION, portal, more), &error);
    assert_string_equal(error.text, "");
    assert_non_null(config);
    people = &config->realms[0];

    assert_true(people->has_registration);
    assert_int_equal(people->question, GH_QUESTION_OPTIONAL);
    assert_int_equal(people->password_min_length, 12);
    assert_string_equal(people->no_exempt_classes[0], "C8");
    assert_string_equal(people->no_exempt_classes[1], "C61/D12");
    assert_null(people->no_exempt_classes[2]);

    assert_int_equal(people->field_count, 4);
    assert_string_equal(people->fields[0].attribute, "sn");
    assert_string_equal(people->fields[0].label, "Last name");
    assert_int_equal(people->fields[0].type, GH_FIELD_TEXT);
    assert_true(people->fields[0].is_required);
    assert_true(people->fields[0].is_editable);
    assert_false(people->fields[0].is_public);
    assert_false(people->fields[0].is_official);
    assert_null(people->fields[0].hint);
    assert_null(people->fields[0].pattern);
    assert_null(people->fields[0].autocomplete);
    assert_string_equal(people->fields[1].attribute, "mail");
    assert_int_equal(people->fields[1].type, GH_FIELD_EMAIL);
    assert_string_equal(people->fields[1].autocomplete, "email");
    assert_string_equal(people->fields[1].hint, "We write to it");
    assert_false(people->fields[1].is_editable);
    assert_int_equal(people->fields[2].type, GH_FIELD_CHOICE);
    assert_string_equal(people->fields[2].choices[0], "Exempt");
    assert_string_equal(people->fields[2].choices[1], "Self-Insured");
    assert_null(people->fields[2].choices[2]);
    assert_true(people->fields[2].has_regex);
    assert_true(people->fields[3].is_public);
    assert_true(people->fields[3].is_official);
    assert_false(people->fields[3].is_editable);
    assert_ptr_equal(gh_realm_field(people, GH_TEXT("MAIL")), &people->fields[1]);
    assert_null(gh_realm_field(people, GH_TEXT("mai")));

    assert_string_equal(config->portal.city, "Almond Grove");
    assert_string_equal(config->portal.questions[0], "Who?");
    assert_string_equal(config->portal.questions[1], "Where?");
    assert_null(config->portal.questions[2]);
    assert_int_equal(config->portal.link_count, 2);
    assert_string_equal(config->portal.links[0].title, "Permit search");
    assert_string_equal(config->portal.links[0].url, "/search?a=1");
    assert_string_equal(config->portal.links[1].title, "Map");

    assert_string_equal(config->mail.url, "smtp://127.0.0.1:2525");
    assert_string_equal(config->mail.from, "portal@city.example");
    assert_int_equal(config->mail.starttls, GH_STARTTLS_REQUIRED);
    assert_string_equal(config->mail.username, "portal");
    assert_string_equal(config->mail.password_file, "/etc/gatehouse/mail.secret");
    assert_string_equal(config->mail.tls_ca, "/etc/gatehouse/mail-ca.pem");

    assert_int_equal(config->throttle.free_attempts, 3);
    assert_int_equal(config->throttle.base_delay, 2000000);
    assert_int_equal(config->throttle.max_delay, 60000000);
    assert_int_equal(config->throttle.window, 600000000);
    assert_string_equal(config->throttle.exempt[0], "10.0.0.0/8");
    assert_string_equal(config->throttle.exempt[1], "::1");
    assert_null(config->throttle.exempt[2]);

    assert_string_equal(config->audit.file, "/var/log/gatehouse/audit.log");

    gh_config_free(config);
}

static void
test_accounts_defaults(void **state)
{
    gh_error_t   error = { "" };
    gh_config_t *config;

    config = gh_config_read(test_write(*state, DIRECTORY, REALM, SESSION, PORTAL, ""), &error);
    assert_string_equal(error.text, "");
    assert_non_null(config);

    assert_false(config->realms[0].has_registration);
    assert_int_equal(config->realms[0].question, GH_QUESTION_REQUIRED);
    assert_int_equal(config->realms[0].password_min_length, 15);
    assert_int_equal(config->realms[0].field_count, 0);
    assert_string_equal(config->realms[0].no_exempt_classes[0], "C8");
    assert_string_equal(config->realms[0].no_exempt_classes[5], "D49");
    assert_null(config->realms[0].no_exempt_classes[6]);

    assert_null(config->portal.city);
    assert_string_equal(
        config->portal.questions[0], "What was the name of your first teacher?");
    assert_null(config->portal.questions[5]);
    assert_int_equal(config->portal.link_count, 0);

    assert_null(config->mail.url);
    assert_null(config->audit.file);
    assert_int_equal(config->throttle.free_attempts, 5);
    assert_int_equal(config->throttle.base_delay, 1000000);
    assert_int_equal(config->throttle.max_delay, 300000000);
    assert_int_equal(config->throttle.window, 3600000000);
    assert_null(config->throttle.exempt[0]);

    gh_config_free(config);

    config =
        gh_config_read(test_write(*state, DIRECTORY, REALM "no_exempt_classes = { }", SESSION,
                           PORTAL "questions = { }", "throttle { max_delay = 3600 }"),
            &error);
    assert_string_equal(error.text, "");
    assert_non_null(config);

    assert_null(config->realms[0].no_exempt_classes[0]);
    assert_null(config->portal.questions[0]);
    assert_int_equal(config->throttle.free_attempts, 5);
    assert_int_equal(config->throttle.window, 3600000000);

    gh_config_free(config);
}

#define GO_TOGETHER "type = choice and choices go together: give both or none"
#define KEPT        "is a name that Gatehouse keeps for itself"

static void
test_fields(void **state)
{
    static const test_case_t cases[] = { { REALM "registration = yes " SN, NULL },
        { REALM "registration = yes field o { label = a required = yes }", NULL },
        { REALM "\nregistration = yes field sn { label = a }",
            ":6: realm people: registration: sn or o must be a required field, to name people "
            "by" },
        { REALM "security_question = never",
            ":5: realm people: security_question = never: must be required or optional or "
            "off" },
        { REALM "password_min_length = 7",
            ":5: realm people: password_min_length = 7: must be from 8 to 64 characters" },
        { REALM "no_exempt_classes = { \"C-8\" }",
            ":5: realm people: no_exempt_classes: must be a class without blanks and hyphens, "
            "such as C8" },
        { REALM "\nfield sn {\n required = yes }", ":6: field sn: label is missing" },
        { REALM "field sn {\nlabel = a\nwidth = 3 }", ":7: field sn: no such option 'width'" },
        { REALM "field uid { label = a }", ":5: field uid: " KEPT },
        { REALM "field pwdReset { label = a }", ":5: field pwdReset: " KEPT },
        { REALM "field \"a b\" { label = a }",
            ":5: field a b: must be the name of an attribute" },
        { REALM SN "\nfield SN { label = a }",
            ":6: field SN: is a field of this realm already, in another case" },
        { REALM SN SN, ":5: realm people: found duplicate title 'sn'" },
        { REALM "field l { label = a type = number }",
            ":5: field l: type = number: must be text or email or tel or date or choice" },
        { REALM "field l { label = a\ntype = choice }", ":6: field l: " GO_TOGETHER },
        { REALM "field l { label = a\nchoices = { b } }", ":6: field l: " GO_TOGETHER },
        { REALM "field Mail { label = a }", ":5: field Mail: type: must be email" },
        { REALM "field l { label = a\n\npattern = \"(a\" }",
            ":7: field l: pattern: Unmatched ( or \\(" },
        { REALM "field l { label = a autocomplete = \"A B\" }",
            ":5: field l: autocomplete: must be a token of HTML such as family-name" },
        { REALM "field gatehouseLicenseStatus { label = a\nrequired = yes }",
            ":6: field gatehouseLicenseStatus: required: nobody is asked for what the license "
            "board says" } };

    TEST_EACH(1, cases);
}

static void
test_links(void **state)
{
    static const test_case_t cases[] = { { PORTAL "link a { }", ":11: link a: url is missing" },
        { PORTAL "link a {\nurl = \"javascript:x\" }",
            ":12: link a: url: must begin with https://, or with one slash for a page of this "
            "host" },
        { PORTAL "link a { url = \"/\" }\nlink a { url = \"/\" }",
            ":12: portal: found duplicate title 'a'" },
        { PORTAL "link \"\" { url = \"/\" }", ":11: link : its title must not be empty" } };

    TEST_EACH(3, cases);
}

#define MAIL "url = \"smtp://city.example\" from = \"portal@city.example\" "

static void
test_mail_throttle_audit(void **state)
{
    static const test_case_t cases[] = { { "mail { url = \"smtp://city.example\" }",
                                             ":13: mail: from is missing" },
        { "mail { from = \"portal@city.example\" }", ":13: mail: url is missing" },
        { "mail { " MAIL "}", NULL }, { "mail { " MAIL "starttls = off }", NULL },
        { "mail { url = \"http://city.example\" }",
            ":13: mail: url: must begin with smtp:// or smtps://" },
        { "mail { from = \"City <portal@city.example>\" }",
            ":13: mail: from: must be a mail address" },
        { "mail { " MAIL "\nusername = a }",
            ":14: mail: username and password_file go together: give both or none" },
        { "mail { " MAIL "\npassword_file = \"/a\" }",
            ":14: mail: username and password_file go together: give both or none" },
        { "mail { " MAIL "\nusername = a password_file = \"/a\"\nstarttls = optional }",
            ":15: mail: starttls: must be required where there is a password" },
        { "mail { url = \"smtps://city.example\" from = \"portal@city.example\"\n"
          "starttls = required }",
            ":14: mail: starttls: only with smtp://; smtps:// is encrypted from its first "
            "byte" },
        { "mail { url = \"smtps://city.example\" from = \"portal@city.example\"\n"
          "username = a password_file = \"/a\" }",
            NULL },
        { "mail { " MAIL "starttls = sometimes }",
            ":13: mail: starttls = sometimes: must be required or optional or off" },
        { "throttle { }", NULL }, { "throttle { base_delay = 3600 }", NULL },
        { "throttle { free_attempts = 0 }",
            ":13: throttle: free_attempts = 0: must be from 1 to 50 refusals" },
        { "throttle { base_delay = 9\nmax_delay = 8 }",
            ":14: throttle: max_delay = 8: must not be below base_delay = 9" },
        { "throttle { max_delay = 8\nwindow = 7 }",
            ":14: throttle: window = 7: must not be below max_delay = 8" },
        { "throttle { exempt = { \"10.0.0.1/8\" } }",
            ":13: throttle: exempt: has bits of the address behind those of the network; write "
            "the first address" },
        { "audit { }", ":13: audit: file is missing" },
        { "audit { file = audit.log }", ":13: audit: file: must be an absolute path" } };

    TEST_EACH(4, cases);
}

int
main(void)
{
    const struct CMUnitTest tests[] = { IN_SCRATCH(test_accounts),
        IN_SCRATCH(test_accounts_defaults), IN_SCRATCH(test_fields), IN_SCRATCH(test_links),
        IN_SCRATCH(test_mail_throttle_audit) };

    return cmocka_run_group_tests_name("section", tests, NULL, NULL);
}
