/*
 * The LDIFs of schema/: filled in for a suffix, and searched for definitions.
 */

/* System. */
#include <string.h>

/* Ctl. */
#include "schema_text.h"

/* What stands in front of the name of a definition. */
#define NAME "NAME '"

/* Made from schema/ by the Makefile: a name and a text for each file. */
const gh_schema_text_t gh_schema_texts[] = {
#include "schema_files.inc"
    { NULL, NULL },
};

/* The value whose name stands at `text`; NULL: none does. */
static const gh_schema_value_t *
schema_value(const char *text, const gh_schema_value_t *values)
{
    for (; values->name != NULL; values++) {
        if (strncmp(text, values->name, strlen(values->name)) == 0) {
            return values;
        }
    }

    return NULL;
}

int
gh_schema_fill(gh_buf_t *out, const char *text, const gh_schema_value_t *values)
{
    while (*text != '\0') {
        const gh_schema_value_t *value = schema_value(text, values);
        size_t                   len = value != NULL ? 0 : 1 + strcspn(text + 1, "@");
        gh_text_t                part = { text, len };

        if (value != NULL) {
            part = gh_text(value->value);
            len = strlen(value->name);
        }

        if (gh_buf_add_text(out, part) != 0) {
            return GH_ERR_NOMEM;
        }

        text += len;
    }

    return 0;
}

bool
gh_schema_next(const char **text, const char *attr, gh_text_t *value)
{
    size_t len = strlen(attr);

    for (const char *line = *text; *line != '\0';) {
        size_t line_len = strcspn(line, "\n");
        bool   is_it = strncmp(line, attr, len) == 0 && strncmp(line + len, ": ", 2) == 0;

        *text = line + line_len + (line[line_len] == '\n');
        if (is_it) {
            *value = (gh_text_t){ line + len + 2, line_len - len - 2 };
            return true;
        }

        line = *text;
    }

    return false;
}

bool
gh_schema_next_name(const char **text, gh_text_t *name)
{
    const char *start = strstr(*text, NAME);

    if (start == NULL) {
        return false;
    }

    start += strlen(NAME);
    *name = (gh_text_t){ start, strcspn(start, "'") };
    *text = start + name->len;
    return true;
}

const char *
gh_schema_find(const char *name)
{
    for (const gh_schema_text_t *file = gh_schema_texts; file->name != NULL; file++) {
        if (strcmp(file->name, name) == 0) {
            return file->text;
        }
    }

    return NULL;
}
