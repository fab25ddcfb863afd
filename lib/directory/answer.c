/*
 * Answers: looking things up in them, and letting them go.
 */

/* System. */
#include <stdlib.h>
#include <string.h>
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
gh_entry_cleanup(gh_entry_t *entry)
{
    for (size_t i = 0; i < entry->count; i++) {
        attribute_cleanup(&entry->attributes[i]);
    }

    free(entry->attributes);
    free(entry->dn);
    *entry = (gh_entry_t){ 0 };
}

/* False leaves what was copied to attribute_cleanup. */
static bool
attribute_copy(gh_attribute_t *out, const gh_attribute_t *attribute)
{
    out->name = strdup(attribute->name);
    out->values = calloc(attribute->count + 1, sizeof(*out->values));

    if (out->name == NULL || out->values == NULL) {
        return false;
    }

    for (size_t i = 0; i < attribute->count; i++) {
        gh_text_t value = attribute->values[i];
        char     *data = malloc(value.len + 1);

        if (data == NULL) {
            return false;
        }

        memcpy(data, value.data, value.len);
        data[value.len] = '\0';
        out->values[i] = (gh_text_t){ data, value.len };
        out->count++;
    }

    return true;
}

int
gh_entry_copy(gh_entry_t *out, const gh_entry_t *entry)
{
    bool is_whole;

    out->dn = strdup(entry->dn);
    out->attributes = calloc(entry->count + 1, sizeof(*out->attributes));
    is_whole = out->dn != NULL && out->attributes != NULL;

    while (is_whole && out->count < entry->count) {
        is_whole = attribute_copy(&out->attributes[out->count], &entry->attributes[out->count]);
        out->count++;
    }

    if (!is_whole) {
        gh_entry_cleanup(out);
        return GH_ERR_NOMEM;
    }

    return 0;
}

void
gh_answer_cleanup(gh_answer_t *answer)
{
    for (size_t i = 0; i < answer->entry_count; i++) {
        gh_entry_cleanup(&answer->entries[i]);
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

bool
gh_answer_is_unwell(const gh_answer_t *answer)
{
    return answer->result == GH_RESULT_BUSY || answer->result == GH_RESULT_UNAVAILABLE;
}

bool
gh_answer_is_read_only(const gh_answer_t *answer)
{
    return answer->result == GH_RESULT_REFERRAL || answer->result == GH_RESULT_UNWILLING
        || answer->result == GH_RESULT_NO_REFERRALS_FOUND
        || answer->result == GH_RESULT_CANNOT_CHAIN;
}
