/*
 * Section realm, and in it field: a kind of people and what they are asked for.
 */

/* System. */
#include <stdlib.h>
#include <strings.h>

/* Config. */
#include "config/config_int.h"

/* What choices fill. */
_Static_assert(sizeof(gh_find_t) == sizeof(unsigned), "gh_find_t is filled as an unsigned");
_Static_assert(sizeof(gh_question_t) == sizeof(unsigned), "so is gh_question_t");
_Static_assert(sizeof(gh_field_type_t) == sizeof(unsigned), "and gh_field_type_t");

static void *
gh_section_open_realm(gh_reader_t *reader, gh_config_t *config, const char *title)
{
    const char *fault = gh_value_realm_name(title);
    gh_realm_t *realms, *realm;

    if (fault != NULL) {
        gh_reader_refuse(reader, "realm", NULL, "%s", fault);
        return NULL;
    }

    realms = realloc(config->realms, (config->realm_count + 1) * sizeof(gh_realm_t));
    if (realms == NULL) {
        return NULL;
    }

    config->realms = realms;
    realm = &realms[config->realm_count];
    *realm = (gh_realm_t){ .name = strdup(title) };

    if (realm->name == NULL) {
        return NULL;
    }

    config->realm_count++;
    return realm;
}

static void *
gh_section_open_field(gh_reader_t *reader, gh_config_t *config, const char *title)
{
    gh_realm_t *realm = &config->realms[config->realm_count - 1];
    const char *fault = gh_value_field_name(title);
    gh_field_t *fields, *field;

    if (fault == NULL && gh_realm_field(realm, gh_text(title)) != NULL) {
        fault = "is a field of this realm already, in another case";
    }

    if (fault != NULL) {
        gh_reader_refuse(reader, "field", NULL, "%s", fault);
        return NULL;
    }

    fields = realloc(realm->fields, (realm->field_count + 1) * sizeof(gh_field_t));
    if (fields == NULL) {
        return NULL;
    }

    realm->fields = fields;
    field = &fields[realm->field_count];
    *field =
        (gh_field_t){ .attribute = strdup(title), .is_official = gh_value_is_official(title) };

    if (field->attribute == NULL) {
        return NULL;
    }

    realm->field_count++;
    return field;
}

/* The license board's own is shown and never asked for. */
static int
gh_section_check_official(gh_reader_t *reader, gh_field_t *field)
{
    static const char *const asking[] = { "required", "editable", "pattern", "autocomplete",
        "hint", NULL };

    for (size_t i = 0; asking[i] != NULL; i++) {
        if (gh_reader_value(reader, asking[i]) != NULL) {
            return gh_reader_refuse(reader, "field", asking[i],
                "%s: nobody is asked for what the license board says", asking[i]);
        }
    }

    field->is_editable = false;
    return 0;
}

static int
gh_section_finish_field(gh_reader_t *reader, void *target)
{
    gh_field_t *field = target;
    gh_error_t  fault;
    bool        has_choices = field->choices[0] != NULL;

    if (has_choices != (field->type == GH_FIELD_CHOICE)) {
        return gh_reader_refuse(reader, "field", has_choices ? "choices" : "type",
            "type = choice and choices go together: give both or none");
    }

    /* Links that open an account go there. */
    if (strcasecmp(field->attribute, "mail") == 0 && field->type != GH_FIELD_EMAIL) {
        return gh_reader_refuse(reader, "field", "type", "type: must be email");
    }

    if (field->pattern != NULL) {
        field->has_regex = gh_pattern_compile(field->pattern, &field->regex, &fault) == 0;

        if (!field->has_regex) {
            return gh_reader_refuse(reader, "field", "pattern", "pattern: %s", fault.text);
        }
    }

    return field->is_official ? gh_section_check_official(reader, field) : 0;
}

static bool
gh_section_is_asked(const gh_realm_t *realm, const char *attribute)
{
    const gh_field_t *field = gh_realm_field(realm, gh_text(attribute));

    return field != NULL && field->is_required;
}

static int
gh_section_finish_realm(gh_reader_t *reader, void *target)
{
    const unsigned both = GH_CANONICAL_LOWER | GH_CANONICAL_UPPER;
    gh_realm_t    *realm = target;
    gh_error_t     fault;

    if (realm->find == GH_FIND_BY_NAME && gh_reader_value(reader, "login_attributes") != NULL) {
        return gh_reader_refuse(reader, "realm", "login_attributes",
            "login_attributes: only with sign_in = search");
    }

    if ((realm->canonical & both) == both) {
        return gh_reader_refuse(reader, "realm", "username_canonical",
            "username_canonical: lower and upper exclude each other");
    }

    if (gh_realm_compile(realm, &fault) != 0) {
        return gh_reader_refuse(
            reader, "realm", "username_pattern", "username_pattern: %s", fault.text);
    }

    /* An entry of a person must have a name (RFC 4519, section 3.12). */
    if (realm->has_registration && !gh_section_is_asked(realm, "sn")
        && !gh_section_is_asked(realm, "o"))
    {
        return gh_reader_refuse(reader, "realm", "registration",
            "registration: sn or o must be a required field, to name people by");
    }

    return 0;
}

static const gh_setting_choice_t gh_section_sign_in[] = { { "dn", GH_FIND_BY_NAME },
    { "search", GH_FIND_BY_SEARCH }, { NULL, 0 } };

static const gh_setting_choice_t gh_section_canonical[] = { { "lower", GH_CANONICAL_LOWER },
    { "upper", GH_CANONICAL_UPPER }, { "strip-zeros", GH_CANONICAL_STRIP_ZEROS }, { NULL, 0 } };

static const gh_setting_choice_t gh_section_question[] = { { "required", GH_QUESTION_REQUIRED },
    { "optional", GH_QUESTION_OPTIONAL }, { "off", GH_QUESTION_OFF }, { NULL, 0 } };

static const gh_setting_choice_t gh_section_types[] = { { "text", GH_FIELD_TEXT },
    { "email", GH_FIELD_EMAIL }, { "tel", GH_FIELD_TEL }, { "date", GH_FIELD_DATE },
    { "choice", GH_FIELD_CHOICE }, { NULL, 0 } };

/* California's: their workers are insured, whether there are any or not. */
static const char *const gh_section_no_exempt[] = { "C8", "C20", "C22", "C39", "C49", "D49",
    NULL };

#define GH_REALM_KEY(word, kind, member) GH_SETTING_KEY(word, kind, gh_realm_t, member)

static const gh_setting_t gh_section_realm_keys[] = { { GH_REALM_KEY("label", STRING, label),
                                                          .is_required = true },
    { GH_REALM_KEY("username_label", STRING, username_label), .string = "User name" },
    { GH_REALM_KEY("base", STRING, base), .is_required = true },
    { GH_REALM_KEY("sign_in", CHOICE, find), .choices = gh_section_sign_in },
    { GH_REALM_KEY("login_attributes", LIST, login_attributes), .string = "uid",
        .check = gh_value_attribute },
    { GH_REALM_KEY("username_pattern", STRING, pattern), .is_required = true },
    { GH_REALM_KEY("username_canonical", CHOICES, canonical), .choices = gh_section_canonical },
    { GH_REALM_KEY("registration", SWITCH, has_registration) },
    { GH_REALM_KEY("security_question", CHOICE, question), .choices = gh_section_question },
    { GH_REALM_KEY("password_min_length", NUMBER, password_min_length), .least = 8, .most = 64,
        .number = 15, .unit = "characters" },
    { GH_REALM_KEY("no_exempt_classes", LIST, no_exempt_classes), .list = gh_section_no_exempt,
        .may_be_empty = true, .check = gh_value_class },
    { .name = NULL } };

const gh_reader_section_t gh_section_realm = { .name = "realm",
    .is_titled = true,
    .keys = gh_section_realm_keys,
    .open = gh_section_open_realm,
    .finish = gh_section_finish_realm };

#define GH_FIELD_KEY(word, kind, member) GH_SETTING_KEY(word, kind, gh_field_t, member)

static const gh_setting_t gh_section_field_keys[] = { { GH_FIELD_KEY("label", STRING, label),
                                                          .is_required = true },
    { GH_FIELD_KEY("type", CHOICE, type), .choices = gh_section_types },
    { GH_FIELD_KEY("choices", LIST, choices) },
    { GH_FIELD_KEY("required", SWITCH, is_required) },
    { GH_FIELD_KEY("editable", SWITCH, is_editable), .number = true },
    { GH_FIELD_KEY("public", SWITCH, is_public) }, { GH_FIELD_KEY("pattern", STRING, pattern) },
    { GH_FIELD_KEY("hint", STRING, hint) },
    { GH_FIELD_KEY("autocomplete", STRING, autocomplete), .check = gh_value_token },
    { .name = NULL } };

const gh_reader_section_t gh_section_field = { .name = "field",
    .parent = &gh_section_realm,
    .is_titled = true,
    .keys = gh_section_field_keys,
    .open = gh_section_open_field,
    .finish = gh_section_finish_field };
