/*
 * Settings: one key of gatehouse.conf, as a row of a table describes it.
 */

/* System. */
#include <stdio.h>
#include <stdlib.h>

/* Config. */
#include "config/config_int.h"

/* Whether the value is one of the setting's words; what it stands for in `*out`. */
static bool
gh_setting_choose(const gh_setting_t *setting, const char *value, unsigned *out)
{
    for (const gh_setting_choice_t *choice = setting->choices; choice->word != NULL; choice++) {
        if (strcmp(choice->word, value) == 0) {
            *out = choice->value;
            return true;
        }
    }

    return false;
}

static int
gh_setting_check_number(const gh_setting_t *setting, const char *value, gh_error_t *fault)
{
    long number;

    if (!gh_value_number(value, &number) || number < setting->least || number > setting->most) {
        return gh_error_set(fault, GH_ERR_INVALID, "%s = %s: must be from %ld to %ld %s",
            setting->name, value, setting->least, setting->most, setting->unit);
    }

    return 0;
}

static int
gh_setting_check_choice(const gh_setting_t *setting, const char *value, gh_error_t *fault)
{
    gh_buf_t words;
    unsigned ignored;
    int      rc;

    if (gh_setting_choose(setting, value, &ignored)) {
        return 0;
    }

    gh_buf_init(&words);

    for (const gh_setting_choice_t *choice = setting->choices; choice->word != NULL; choice++) {
        gh_buf_add_format(&words, "%s%s", words.len > 0 ? " or " : "", choice->word);
    }

    rc = gh_error_set(fault, GH_ERR_INVALID, "%s = %s: must be %s", setting->name, value,
        gh_buf_string(&words));

    gh_buf_cleanup(&words);
    return rc;
}

static int
gh_setting_check_string(const gh_setting_t *setting, const char *value, gh_error_t *fault)
{
    const char *wrong = gh_value_text(value);

    if (wrong == NULL && setting->type == GH_SETTING_FILE) {
        wrong = gh_value_file(value);
    }

    if (wrong == NULL && setting->check != NULL) {
        wrong = setting->check(value);
    }

    /* Not the value: it could be a password where its file should be named. */
    return wrong == NULL ? 0
                         : gh_error_set(fault, GH_ERR_INVALID, "%s: %s", setting->name, wrong);
}

int
gh_setting_check(const gh_setting_t *setting, const char *value, gh_error_t *fault)
{
    bool ignored;

    switch (setting->type) {

    case GH_SETTING_NUMBER:
    case GH_SETTING_SECONDS:
        return gh_setting_check_number(setting, value, fault);

    case GH_SETTING_CHOICE:
    case GH_SETTING_CHOICES:
        return gh_setting_check_choice(setting, value, fault);

    case GH_SETTING_SWITCH:
        return gh_value_switch(value, &ignored)
            ? 0
            : gh_error_set(
                fault, GH_ERR_INVALID, "%s = %s: must be yes or no", setting->name, value);

    default:
        return gh_setting_check_string(setting, value, fault);
    }
}

static void
gh_setting_free_list(char **list)
{
    for (size_t i = 0; list != NULL && list[i] != NULL; i++) {
        free(list[i]);
    }

    free(list);
}

static char **
gh_setting_copy_list(const char *const *values, size_t count)
{
    char **list = calloc(count + 1, sizeof(char *));

    for (size_t i = 0; list != NULL && i < count; i++) {
        list[i] = strdup(values[i]);

        if (list[i] == NULL) {
            gh_setting_free_list(list);
            return NULL;
        }
    }

    return list;
}

/* The default's words; none for kinds that have it in `number`. */
static const char *const *
gh_setting_default(const gh_setting_t *setting, size_t *count)
{
    if (setting->string != NULL) {
        *count = 1;
        return &setting->string;
    }

    while (setting->list != NULL && setting->list[*count] != NULL) {
        ++*count;
    }

    return setting->list;
}

static unsigned
gh_setting_join_choices(const gh_setting_t *setting, const char *const *values, size_t count)
{
    unsigned joined = 0, value = 0;

    for (size_t i = 0; i < count; i++) {
        gh_setting_choose(setting, values[i], &value);
        joined |= value;
    }

    return joined;
}

int
gh_setting_fill(
    const gh_setting_t *setting, const char *const *values, size_t count, void *target)
{
    void *member;
    long  number = setting->number;
    bool  is_on = setting->number != 0;

    if (setting->offset == GH_SETTING_NOWHERE) {
        return 0;
    }

    member = (char *) target + setting->offset;

    if (count == 0 && (values == NULL || !setting->may_be_empty)) {
        values = gh_setting_default(setting, &count);
    }

    switch (setting->type) {

    case GH_SETTING_STRING:
    case GH_SETTING_FILE:
        *(char **) member = count > 0 ? strdup(values[0]) : NULL;
        return count > 0 && *(char **) member == NULL ? GH_ERR_NOMEM : 0;

    case GH_SETTING_LIST:
        *(char ***) member = gh_setting_copy_list(values, count);
        return *(char ***) member == NULL ? GH_ERR_NOMEM : 0;

    case GH_SETTING_NUMBER:
    case GH_SETTING_SECONDS:
        if (count > 0) {
            gh_value_number(values[0], &number);
        }

        if (setting->type == GH_SETTING_NUMBER) {
            *(long *) member = number;

        } else {
            *(gh_time_t *) member = number * GH_SECOND;
        }

        return 0;

    case GH_SETTING_SWITCH:
        if (count > 0) {
            gh_value_switch(values[0], &is_on);
        }

        *(bool *) member = is_on;
        return 0;

    default:
        *(unsigned *) member = gh_setting_join_choices(setting, values, count);
        return 0;
    }
}

void
gh_setting_cleanup(const gh_setting_t *settings, void *target)
{
    for (; settings->name != NULL; settings++) {
        void *member;

        if (settings->offset == GH_SETTING_NOWHERE) {
            continue;
        }

        member = (char *) target + settings->offset;

        if (settings->type == GH_SETTING_STRING || settings->type == GH_SETTING_FILE) {
            free(*(char **) member);
            *(char **) member = NULL;

        } else if (settings->type == GH_SETTING_LIST) {
            gh_setting_free_list(*(char ***) member);
            *(char ***) member = NULL;
        }
    }
}
