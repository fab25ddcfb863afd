/* Tests of lib/config/section_realm.c: sections realm and field. */

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

static void
test_values(void **state)
{
    static const char section[] = "label = \"Public user\"\n"
                                  "username_label = \"Name\"\n"
                                  "base = \"ou=public,dc=city,dc=example\"\n"
                                  "sign_in = search\n"
                                  "login_attributes = { uid, mail }\n"
                                  "username_pattern = \"^[a-z]+$\"\n"
                                  "username_canonical = { lower, strip-zeros }\n"
                                  "registration = yes\n"
                                  "security_question = optional\n"
                                  "password_min_length = 12\n"
                                  "no_exempt_classes = { C8, \"C61/D12\" }\n" SN;
    gh_config_t      *config = test_read(*state, THE_REALM, section);
    const gh_realm_t *people = &config->realms[0];

    assert_int_equal(config->realm_count, 1);
    assert_string_equal(people->name, "people");
    assert_string_equal(people->label, "Public user");
    assert_string_equal(people->username_label, "Name");
    assert_string_equal(people->base, "ou=public,dc=city,dc=example");
    assert_int_equal(people->find, GH_FIND_BY_SEARCH);
    assert_string_equal(people->login_attributes[0], "uid");
    assert_string_equal(people->login_attributes[1], "mail");
    assert_null(people->login_attributes[2]);
    assert_int_equal(people->canonical, GH_CANONICAL_LOWER | GH_CANONICAL_STRIP_ZEROS);
    assert_string_equal(people->pattern, "^[a-z]+$");
    assert_true(people->has_regex);
    assert_true(people->has_registration);
    assert_int_equal(people->question, GH_QUESTION_OPTIONAL);
    assert_int_equal(people->password_min_length, 12);
    assert_string_equal(people->no_exempt_classes[0], "C8");
    assert_string_equal(people->no_exempt_classes[1], "C61/D12");
    assert_null(people->no_exempt_classes[2]);

    gh_config_free(config);
}

static void
test_defaults(void **state)
{
    gh_config_t      *config = test_read(*state, THE_REALM, REALM);
    const gh_realm_t *people = &config->realms[0];

    assert_string_equal(people->username_label, "User name");
    assert_int_equal(people->find, GH_FIND_BY_NAME);
    assert_string_equal(people->login_attributes[0], "uid");
    assert_null(people->login_attributes[1]);
    assert_int_equal(people->canonical, 0);
    assert_false(people->has_registration);
    assert_int_equal(people->question, GH_QUESTION_REQUIRED);
    assert_int_equal(people->password_min_length, 15);
    assert_int_equal(people->field_count, 0);
    assert_string_equal(people->no_exempt_classes[0], "C8");
    assert_string_equal(people->no_exempt_classes[5], "D49");
    assert_null(people->no_exempt_classes[6]);

    gh_config_free(config);
}

static void
test_empty_list_is_no_default(void **state)
{
    gh_config_t *config = test_read(*state, THE_REALM, REALM "no_exempt_classes = { }");

    assert_null(config->realms[0].no_exempt_classes[0]);
    gh_config_free(config);
}

/* A pattern works from the file to the user name. */
static void
test_canonical(void **state)
{
    static const char realm[] = "label = \"Contractor\" base = \"ou=contractors\" "
                                "username_pattern = \"^[0-9]{1,8}$\" "
                                "username_canonical = { \"strip-zeros\" }";
    gh_config_t      *config = test_read(*state, THE_REALM, realm);
    gh_buf_t          name;

    gh_buf_init(&name);

    assert_int_equal(gh_realm_canonical(&config->realms[0], GH_TEXT(" 00765432 "), &name), 0);
    assert_string_equal(gh_buf_string(&name), "765432");
    assert_int_equal(
        gh_realm_canonical(&config->realms[0], GH_TEXT("76543A"), &name), GH_ERR_INVALID);

    gh_buf_cleanup(&name);
    gh_config_free(config);
}

#define BASE    "base = \"dc=city\" "
#define LABEL   "label = \"People\" "
#define PATTERN "username_pattern = \"[a-z]+\" "

static void
test_refuses(void **state)
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
            ":6: realm people: username_canonical: lower and upper exclude each other" },
        { REALM "registration = yes " SN, NULL },
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
            "such as C8" } };

    TEST_EACH(THE_REALM, cases);
}

static void
test_names(void **state)
{
    static const test_case_t cases[] = {
        { "realm staff-2 { " REALM " }", NULL },
        { "realm Staff { " REALM " }",
            ":13: realm Staff: a realm's name is a lower-case letter, then lower-case letters, "
            "digits and -" },
        { "realm any { " REALM " }",
            ":13: realm any: is a word that gatehouse_access keeps for itself; choose another "
            "name" },
    };

    TEST_EACH(ONE_MORE, cases);
}

static void
test_fields(void **state)
{
    static const char section[] =
        REALM "field sn { label = \"Last name\" required = yes }\n"
              "field mail { label = Mail type = email required = yes editable = no\n"
              "  autocomplete = email hint = \"We write to it\" }\n"
              "field gatehouseClaimedComp { label = Coverage type = choice\n"
              "  choices = { Exempt, \"Self-Insured\" } pattern = \"[A-Z].*\" }\n"
              "field gatehouseLicenseStatus { label = Status public = yes }";
    gh_config_t      *config = test_read(*state, THE_REALM, section);
    const gh_field_t *fields = config->realms[0].fields;

    assert_int_equal(config->realms[0].field_count, 4);
    assert_string_equal(fields[0].attribute, "sn");
    assert_string_equal(fields[0].label, "Last name");
    assert_int_equal(fields[0].type, GH_FIELD_TEXT);
    assert_true(fields[0].is_required);
    assert_true(fields[0].is_editable);
    assert_false(fields[0].is_public);
    assert_false(fields[0].is_official);
    assert_null(fields[0].hint);
    assert_null(fields[0].pattern);
    assert_null(fields[0].autocomplete);
    assert_string_equal(fields[1].attribute, "mail");
    assert_int_equal(fields[1].type, GH_FIELD_EMAIL);
    assert_string_equal(fields[1].autocomplete, "email");
    assert_string_equal(fields[1].hint, "We write to it");
    assert_false(fields[1].is_editable);
    assert_int_equal(fields[2].type, GH_FIELD_CHOICE);
    assert_string_equal(fields[2].choices[0], "Exempt");
    assert_string_equal(fields[2].choices[1], "Self-Insured");
    assert_null(fields[2].choices[2]);
    assert_true(fields[2].has_regex);
    assert_true(fields[3].is_public);
    assert_true(fields[3].is_official);
    assert_false(fields[3].is_editable);

    gh_config_free(config);
}

#define GO_TOGETHER "type = choice and choices go together: give both or none"
#define KEPT        "is a name that Gatehouse keeps for itself"
#define OFFICIAL    ": nobody is asked for what the license board says"

static void
test_fields_refuse(void **state)
{
    static const test_case_t cases[] = { { REALM "\nfield sn {\n required = yes }",
                                             ":6: field sn: label is missing" },
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
            ":6: field gatehouseLicenseStatus: required" OFFICIAL },
        { REALM "field gatehouseLicenseStatus { label = a\neditable = no }",
            ":6: field gatehouseLicenseStatus: editable" OFFICIAL },
        { REALM "field gatehouseLicenseStatus { label = a\npattern = \"a\" }",
            ":6: field gatehouseLicenseStatus: pattern" OFFICIAL },
        { REALM "field gatehouseLicenseStatus { label = a\nautocomplete = name }",
            ":6: field gatehouseLicenseStatus: autocomplete" OFFICIAL },
        { REALM "field gatehouseLicenseStatus { label = a\nhint = a }",
            ":6: field gatehouseLicenseStatus: hint" OFFICIAL } };

    TEST_EACH(THE_REALM, cases);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        IN_SCRATCH(test_values),
        IN_SCRATCH(test_defaults),
        IN_SCRATCH(test_empty_list_is_no_default),
        IN_SCRATCH(test_canonical),
        IN_SCRATCH(test_refuses),
        IN_SCRATCH(test_names),
        IN_SCRATCH(test_fields),
        IN_SCRATCH(test_fields_refuse),
    };

    return cmocka_run_group_tests_name("section_realm", tests, NULL, NULL);
}
