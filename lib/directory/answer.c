/*
 * Answers: looking things up in them, and letting them go.
 */

/* System. */
#include <stdlib.h>
#include <strings.h>

/* Directory. */
#include "directory/answer.h"

void
gh_answer_init(gh_answer_t *answer)
{
    *answer = (gh_answer_t){
        .result = GH_RESULT_UNREACHABLE,
        .policy = { .error = GH_POLICY_NONE, .expires_in = -1, .grace_left = -1 },
    };
}

static void
attribute_cleanup(gh_attribute_t *attribute)
{
    for (size_t i = 0; i < attribute->count; i++) {
        free((char *) attribute->values[i].data);
    }

    free(attribute->values);
    free(attribute->name);
}

void
gh_answer_cleanup(gh_answer_t *answer)
{
    for (size_t i = 0; i < answer->entry_count; i++) {
        gh_entry_t *entry = &answer->entries[i];

        for (size_t j = 0; j < entry->count; j++) {
            attribute_cleanup(&entry->attributes[j]);
        }
        free(entry->attributes);
        free(entry->dn);
    }

    free(answer->entries);
    free(answer->diagnostic);
    gh_answer_init(answer);
}

const gh_attribute_t *
gh_entry_attribute(const gh_entry_t *entry, const char *attr)
{
    for (size_t i = 0; i < entry->count; i++) {
        if (strcasecmp(entry->attributes[i].name, attr) == 0) {
            return &entry->attributes[i];
        }
    }

    return NULL;
}

gh_text_t
gh_entry_value(const gh_entry_t *entry, const char *attr)
{
    const gh_attribute_t *attribute = gh_entry_attribute(entry, attr);

    if (attribute == NULL || attribute->count == 0) {
        return gh_text(NULL);
    }

    return attribute->values[0];
}

bool
gh_entry_has(const gh_entry_t *entry, const char *attr, gh_text_t value)
{
    const gh_attribute_t *attribute = gh_entry_attribute(entry, attr);

    for (size_t i = 0; attribute != NULL && i < attribute->count; i++) {
        if (gh_text_equal_nocase(attribute->values[i], value)) {
            return true;
        }
    }

    return false;
}

bool
gh_answer_is_lost(const gh_answer_t *answer)
{
    switch (answer->result) {

    case GH_RESULT_UNREACHABLE:
    case GH_RESULT_MALFORMED:
    case GH_RESULT_BUSY:
    case GH_RESULT_UNAVAILABLE:
        return true;

    default:
        return false;
    }
}
