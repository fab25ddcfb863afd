/*
 * Typed: values of a form gathered by attribute, held against an entry, and
 * put into requests.
 */

/* System. */
#include <stdlib.h>
#include <strings.h>

/* Base. */
#include "base/buf.h"

/* Account. */
#include "account/typed.h"

static bool
has_value(const gh_attribute_t *attribute, gh_text_t value)
{
    for (size_t i = 0; i < attribute->count; i++) {
        if (gh_text_equal(attribute->values[i], value)) {
            return true;
        }
    }

    return false;
}

/* The attribute of that name, without values when it is new; NULL: memory is out. */
static gh_attribute_t *
typed_attribute(gh_entry_t *typed, const char *attr)
{
    gh_attribute_t *attribute = (gh_attribute_t *) gh_entry_attribute(typed, attr);
    gh_attribute_t *attributes;

    if (attribute != NULL) {
        return attribute;
    }

    attributes = realloc(typed->attributes, (typed->count + 1) * sizeof(*attributes));

    if (attributes == NULL) {
        return NULL;
    }

    typed->attributes = attributes;
    attribute = &attributes[typed->count];
    *attribute = (gh_attribute_t){ .name = strdup(attr) };

    if (attribute->name == NULL) {
        return NULL;
    }

    typed->count++;

    return attribute;
}

/* Adds a value that is not there yet, or with an empty one the attribute alone. */
static int
typed_add(gh_entry_t *typed, const char *attr, gh_text_t value)
{
    gh_attribute_t *attribute = typed_attribute(typed, attr);
    gh_text_t      *values;
    char           *copy;

    if (attribute == NULL) {
        return GH_ERR_NOMEM;
    }

    if (gh_text_is_empty(value) || has_value(attribute, value)) {
        return 0;
    }

    if (memchr(value.data, '\0', value.len) != NULL) {
        return GH_ERR_INVALID;
    }

    values = realloc(attribute->values, (attribute->count + 1) * sizeof(*values));

    if (values == NULL) {
        return GH_ERR_NOMEM;
    }

    attribute->values = values;
    copy = gh_text_dup(value);

    if (copy == NULL) {
        return GH_ERR_NOMEM;
    }

    values[attribute->count++] = (gh_text_t){ copy, value.len };

    return 0;
}

int
gh_typed_copy(gh_entry_t *out, const gh_typed_t *typed, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        int rc = typed_add(out, typed[i].attr, typed[i].value);

        if (rc != 0) {
            gh_entry_cleanup(out);
            return rc;
        }
    }

    return 0;
}

/* What was typed, or where nothing could be typed, what is stored. */
static gh_text_t
typed_or_stored(const gh_entry_t *typed, const gh_entry_t *stored, const char *attr)
{
    return gh_entry_value(gh_entry_attribute(typed, attr) != NULL ? typed : stored, attr);
}

static bool
was_typed(const gh_entry_t *typed, const char *attr)
{
    return gh_entry_attribute(typed, attr) != NULL;
}

/* A name that nobody typed; an empty one is not worth storing. */
static int
typed_derive(gh_entry_t *typed, const char *attr, gh_text_t name)
{
    if (was_typed(typed, attr) || gh_text_is_empty(name)) {
        return 0;
    }

    return typed_add(typed, attr, name);
}

static int
names_of_business(gh_entry_t *typed)
{
    gh_text_t business = gh_entry_value(typed, "o");
    int       rc = typed_derive(typed, "cn", business);

    return rc == 0 ? typed_derive(typed, "sn", gh_entry_value(typed, "o")) : rc;
}

static int
names_of_person(gh_entry_t *typed, const gh_entry_t *stored)
{
    gh_buf_t full;
    int      rc;

    gh_buf_init(&full);
    gh_buf_add_text(&full, typed_or_stored(typed, stored, "givenName"));
    gh_buf_add_string(&full, " ");
    gh_buf_add_text(&full, typed_or_stored(typed, stored, "sn"));

    rc = gh_buf_is_ok(&full) ? typed_derive(typed, "cn", gh_text_trim(gh_buf_text(&full)))
                             : GH_ERR_NOMEM;
    gh_buf_cleanup(&full);

    return rc;
}

int
gh_typed_names(gh_entry_t *typed, const gh_entry_t *stored, bool is_contractor)
{
    if (is_contractor && was_typed(typed, "o")) {
        return names_of_business(typed);
    }

    if (!is_contractor && (was_typed(typed, "givenName") || was_typed(typed, "sn"))) {
        return names_of_person(typed, stored);
    }

    return 0;
}

/* A required name: what was left empty is no value. */
static int
typed_require(gh_entry_t *typed, const char *attr, gh_text_t name)
{
    return gh_text_is_empty(gh_entry_value(typed, attr)) ? typed_add(typed, attr, name) : 0;
}

int
gh_typed_new_names(gh_entry_t *typed, gh_text_t uid, bool is_contractor)
{
    const gh_entry_t nobody = { 0 };
    int              rc = gh_typed_names(typed, &nobody, is_contractor);

    if (rc == 0) {
        rc = typed_require(typed, "cn", uid);
    }

    return rc == 0 ? typed_require(typed, "sn", gh_entry_value(typed, "cn")) : rc;
}

void
gh_typed_put(gh_request_t *add, const gh_entry_t *typed)
{
    for (size_t i = 0; i < typed->count; i++) {
        const gh_attribute_t *attribute = &typed->attributes[i];

        if (attribute->count > 0) {
            gh_request_change(
                add, GH_CHANGE_ADD, attribute->name, attribute->values, attribute->count);
        }
    }
}

static void
typed_replace(gh_request_t *modify, const gh_attribute_t *attribute)
{
    gh_request_change(
        modify, GH_CHANGE_REPLACE, attribute->name, attribute->values, attribute->count);
}

bool
gh_typed_is_missing(const gh_entry_t *stored, const char *attr)
{
    gh_text_t value = gh_entry_value(stored, attr);

    return gh_text_is_empty(value)
        || (strcasecmp(attr, "sn") == 0 && gh_text_equal(value, gh_entry_value(stored, "cn")));
}

void
gh_typed_put_missing(gh_request_t *modify, const gh_entry_t *typed, const gh_entry_t *stored)
{
    for (size_t i = 0; i < typed->count; i++) {
        const gh_attribute_t *attribute = &typed->attributes[i];

        if (attribute->count > 0 && gh_typed_is_missing(stored, attribute->name)) {
            typed_replace(modify, attribute);
        }
    }
}

/* Whether both have the same values, in whatever order. */
static bool
is_same(const gh_attribute_t *typed, const gh_attribute_t *stored)
{
    if ((stored != NULL ? stored->count : 0) != typed->count) {
        return false;
    }

    for (size_t i = 0; i < typed->count; i++) {
        if (!has_value(stored, typed->values[i])) {
            return false;
        }
    }

    return true;
}

void
gh_typed_put_changed(gh_request_t *modify, const gh_entry_t *typed, const gh_entry_t *stored)
{
    for (size_t i = 0; i < typed->count; i++) {
        const gh_attribute_t *attribute = &typed->attributes[i];

        if (!is_same(attribute, gh_entry_attribute(stored, attribute->name))) {
            typed_replace(modify, attribute);
        }
    }
}

static bool
list_has(const char *const *list, const char *attr)
{
    for (; *list != NULL; list++) {
        if (strcasecmp(*list, attr) == 0) {
            return true;
        }
    }

    return false;
}

const char **
gh_typed_attributes(const char *const *fixed, const gh_entry_t *typed)
{
    size_t       count = 0;
    const char **list;

    while (fixed[count] != NULL) {
        count++;
    }

    list = calloc(count + typed->count + 1, sizeof(*list));

    if (list == NULL) {
        return NULL;
    }

    memcpy(list, fixed, count * sizeof(*list));

    for (size_t i = 0; i < typed->count; i++) {
        if (!list_has(fixed, typed->attributes[i].name)) {
            list[count++] = typed->attributes[i].name;
        }
    }

    return list;
}
