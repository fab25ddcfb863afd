/*
 * Fields: each type's own reading of what was typed, then the realm's pattern.
 */

/* System. */
#include <stdio.h>
#include <stdlib.h>

/* Base. */
#include "base/clock.h"

/* Config. */
#include "config/config_int.h"

/* Fewer digits than this are no phone number. */
#define GH_FIELD_TEL_DIGITS 7

/* The length of 2026-12-31. */
#define GH_FIELD_DATE_TEXT 10

/* A year before this is a slip of the finger. */
#define GH_FIELD_YEAR_LEAST "1900"

/* What is wrong with typed text; NULL: nothing. */
typedef const char *(*gh_field_check_t)(const gh_field_t *field, const char *value);

static const char *
gh_field_check_text(const gh_field_t *field, const char *value)
{
    (void) field;
    (void) value;
    return NULL;
}

static const char *
gh_field_check_email(const gh_field_t *field, const char *value)
{
    (void) field;

    return gh_value_address(value) == NULL
        ? NULL
        : "Enter an e-mail address, such as name@mail.example.";
}

/* The telephone number syntax of RFC 4517, section 3.3.31. */
static const char *
gh_field_check_tel(const gh_field_t *field, const char *value)
{
    static const char allowed[] = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                  "abcdefghijklmnopqrstuvwxyz '()+,-./:=?";
    size_t            digits = 0;

    (void) field;

    for (const char *at = value; *at != '\0'; at++) {
        digits += *at >= '0' && *at <= '9';
    }

    return value[strspn(value, allowed)] == '\0' && digits >= GH_FIELD_TEL_DIGITS
        ? NULL
        : "Enter a phone number, such as (555) 010-0142.";
}

static const char *
gh_field_check_date(const gh_field_t *field, const char *value)
{
    static const char shape[] = "dddd-dd-dd";
    gh_time_t         ignored;
    char              stored[GH_CLOCK_TEXT];
    bool              is_date = strlen(value) == GH_FIELD_DATE_TEXT;

    (void) field;

    for (size_t i = 0; is_date && i < GH_FIELD_DATE_TEXT; i++) {
        is_date = shape[i] == 'd' ? value[i] >= '0' && value[i] <= '9' : value[i] == shape[i];
    }

    if (is_date) {
        snprintf(stored, sizeof(stored), "%.4s%.2s%.2s000000Z", value, value + 5, value + 8);
        is_date = strcmp(value, GH_FIELD_YEAR_LEAST) >= 0
            && gh_clock_parse(gh_text(stored), &ignored) == 0;
    }

    return is_date ? NULL : "Enter a date as year-month-day, such as 2026-12-31.";
}

static const char *
gh_field_check_choice(const gh_field_t *field, const char *value)
{
    for (size_t i = 0; field->choices != NULL && field->choices[i] != NULL; i++) {
        if (strcmp(field->choices[i], value) == 0) {
            return NULL;
        }
    }

    return "Choose one of the list.";
}

static const gh_field_check_t gh_field_checks[] = { [GH_FIELD_TEXT] = gh_field_check_text,
    [GH_FIELD_EMAIL] = gh_field_check_email,
    [GH_FIELD_TEL] = gh_field_check_tel,
    [GH_FIELD_DATE] = gh_field_check_date,
    [GH_FIELD_CHOICE] = gh_field_check_choice };

/* What is wrong with a value that is there; NULL: nothing. */
static const char *
gh_field_check(const gh_field_t *field, const char *value)
{
    const char *wrong = gh_field_checks[field->type](field, value);

    if (wrong == NULL && field->pattern != NULL
        && (!field->has_regex || regexec(&field->regex, value, 0, NULL, 0) != 0))
    {
        wrong = "This does not look as it should; please check it.";
    }

    return wrong;
}

int
gh_field_read(const gh_field_t *field, gh_text_t typed, gh_buf_t *out, gh_error_t *reason)
{
    gh_text_t   text = gh_text_trim(typed);
    char        value[GH_FIELD_MAX + 1];
    const char *wrong;

    if (field->is_official) {
        return gh_error_set(reason, GH_ERR_INVALID, "This can't be changed here.");
    }

    if (text.len == 0) {
        return field->is_required ? gh_error_set(reason, GH_ERR_INVALID, "Please fill this in.")
                                  : 0;
    }

    if (text.len > GH_FIELD_MAX) {
        return gh_error_set(reason, GH_ERR_INVALID, "This is too long.");
    }

    if (!gh_text_is_clean(text)) {
        return gh_error_set(
            reason, GH_ERR_INVALID, "This holds a character that can't be stored.");
    }

    memcpy(value, text.data, text.len);
    value[text.len] = '\0';

    wrong = gh_field_check(field, value);
    if (wrong != NULL) {
        return gh_error_set(reason, GH_ERR_INVALID, "%s", wrong);
    }

    return field->type == GH_FIELD_DATE
        ? gh_buf_add_format(out, "%.4s%.2s%.2s000000Z", value, value + 5, value + 8)
        : gh_buf_add_text(out, text);
}

int
gh_field_show(const gh_field_t *field, gh_text_t stored, gh_buf_t *out)
{
    gh_time_t when;
    char      date[GH_CLOCK_TEXT];

    if (!gh_text_is_clean(stored)) {
        return GH_ERR_INVALID;
    }

    if (field->type != GH_FIELD_DATE) {
        return gh_buf_add_text(out, stored);
    }

    if (gh_clock_parse(stored, &when) != 0) {
        return GH_ERR_INVALID;
    }

    gh_clock_format(when, date);
    return gh_buf_add_format(out, "%.4s-%.2s-%.2s", date, date + 4, date + 6);
}

void
gh_field_cleanup(gh_field_t *field)
{
    if (field->has_regex) {
        regfree(&field->regex);
    }

    gh_setting_cleanup(gh_section_field.keys, field);
    free(field->attribute);
    *field = (gh_field_t){ 0 };
}
