/*
 * Find: one search on the derived key, which is indexed.
 */

/* System. */
#include <stdlib.h>
#include <strings.h>

/* Base. */
#include "base/fold.h"

/* Directory. */
#include "directory/filter.h"

/* Account. */
#include "account/find.h"

#define CONTRACTORS "(&(objectClass=gatehouseContractor)"

typedef struct {
    gh_flow_t         flow; /* MUST BE FIRST */
    const gh_realm_t *realm;
    gh_request_t     *search;
    bool              is_sent;
    bool              is_done;
    gh_find_result_t  result;
} find_t;

static void
find_end(find_t *find, gh_find_outcome_t outcome, int code)
{
    find->result.outcome = outcome;
    find->result.code = code;
    find->is_done = true;
}

/* Entries by what a reader looks for first. */
static gh_text_t
entry_title(const gh_entry_t *entry)
{
    for (size_t i = 0; i < entry->count; i++) {
        if (strcasecmp(entry->attributes[i].name, "uid") != 0) {
            return entry->attributes[i].values[0];
        }
    }

    return gh_text(NULL);
}

static int
entry_compare(const void *left, const void *right)
{
    const gh_entry_t *a = left, *b = right;
    int               order = strcasecmp(entry_title(a).data, entry_title(b).data);

    if (order != 0) {
        return order;
    }

    return strcmp(gh_entry_value(a, "uid").data, gh_entry_value(b, "uid").data);
}

/* Whether everybody may see that field of the realm; the uid is there anyway. */
static bool
is_shown(const gh_realm_t *realm, size_t field)
{
    const gh_field_t *shown = &realm->fields[field];

    return shown->is_public && strcasecmp(shown->attribute, "uid") != 0;
}

/*
 * Copies uid and public fields of an entry, in the order of the realm's fields,
 * whatever else the directory gave.  False when memory is out.
 */
static bool
find_copy(const gh_realm_t *realm, gh_entry_t *out, const gh_entry_t *entry)
{
    gh_attribute_t *shown = calloc(realm->field_count + 1, sizeof(*shown));
    gh_entry_t      part = { entry->dn, shown, 0 };
    bool            is_ok;

    if (shown == NULL) {
        return false;
    }

    part.attributes[part.count++] = *gh_entry_attribute(entry, "uid");

    for (size_t i = 0; i < realm->field_count; i++) {
        const gh_attribute_t *found = gh_entry_attribute(entry, realm->fields[i].attribute);

        if (is_shown(realm, i) && found != NULL && found->count > 0) {
            part.attributes[part.count++] = *found;
        }
    }

    is_ok = gh_entry_copy(out, &part) == 0;
    free(shown);

    return is_ok;
}

/* Whether the entry can have a page: a license number, as it is written. */
static bool
entry_has_number(const gh_entry_t *entry)
{
    const gh_attribute_t *uid = gh_entry_attribute(entry, "uid");

    return uid != NULL && uid->count == 1 && !gh_text_is_empty(uid->values[0])
        && gh_text_is_clean(uid->values[0]);
}

static bool
find_keep(find_t *find, const gh_answer_t *answer)
{
    gh_find_result_t *result = &find->result;

    result->entries = calloc(answer->entry_count + 1, sizeof(*result->entries));

    if (result->entries == NULL) {
        return false;
    }

    for (size_t i = 0; i < answer->entry_count; i++) {
        if (!entry_has_number(&answer->entries[i])) {
            continue;
        }

        if (!find_copy(find->realm, &result->entries[result->count], &answer->entries[i])) {
            return false;
        }
        result->count++;
    }

    qsort(result->entries, result->count, sizeof(*result->entries), entry_compare);
    return true;
}

static const gh_request_t *
find_next(gh_flow_t *flow)
{
    find_t *find = (find_t *) flow;

    if (find->is_sent) {
        return NULL;
    }

    find->is_sent = true;
    return find->search;
}

static void
find_take(gh_flow_t *flow, const gh_request_t *request, const gh_answer_t *answer)
{
    find_t           *find = (find_t *) flow;
    gh_find_outcome_t outcome = GH_FIND_DONE;

    (void) request;

    switch (answer->result) {

    case GH_RESULT_SUCCESS:
    case GH_RESULT_NO_SUCH_OBJECT:
        break;

    case GH_RESULT_SIZE_LIMIT:
    case GH_RESULT_ADMIN_LIMIT:
        outcome = GH_FIND_TOO_MANY;
        break;

    default:
        find_end(find, GH_FIND_UNAVAILABLE, answer->result);
        return;
    }

    if (find_keep(find, answer)) {
        find_end(find, outcome, answer->result);
    } else {
        find_end(find, GH_FIND_UNAVAILABLE, GH_RESULT_NOMEM);
    }
}

static bool
find_is_done(const gh_flow_t *flow)
{
    return ((const find_t *) flow)->is_done;
}

static void
find_free(gh_flow_t *flow)
{
    find_t *find = (find_t *) flow;

    for (size_t i = 0; i < find->result.count; i++) {
        gh_entry_cleanup(&find->result.entries[i]);
    }

    free(find->result.entries);
    gh_request_free(find->search);
    free(find);
}

static const gh_flow_kind_t find_kind = {
    .next = find_next,
    .take = find_take,
    .is_done = find_is_done,
    .free = find_free,
};

/* Puts the search in line, for an empty filter none at all. */
static void
find_search(find_t *find, const gh_buf_t *which, int size_limit)
{
    const gh_realm_t *realm = find->realm;
    gh_scope_t        scope = realm->find == GH_FIND_BY_NAME ? GH_SCOPE_ONE : GH_SCOPE_SUBTREE;
    const char      **attributes = calloc(realm->field_count + 2, sizeof(*attributes));
    size_t            count = 0;
    gh_buf_t          filter;

    gh_buf_init(&filter);
    gh_buf_add_format(&filter, CONTRACTORS "(|%s))", gh_buf_string(which));

    if (which->len == 0 && gh_buf_is_ok(which)) {
        find_end(find, GH_FIND_TOO_SHORT, GH_RESULT_SUCCESS);
        goto out;
    }

    if (attributes != NULL && gh_buf_is_ok(which) && gh_buf_is_ok(&filter)) {
        attributes[count++] = "uid";

        for (size_t i = 0; i < realm->field_count; i++) {
            if (is_shown(realm, i)) {
                attributes[count++] = realm->fields[i].attribute;
            }
        }

        find->search = gh_request_search(
            realm->base, scope, gh_buf_string(&filter), attributes, size_limit);
    }

    if (find->search == NULL) {
        find_end(find, GH_FIND_UNAVAILABLE, GH_RESULT_NOMEM);

    } else {
        gh_request_read_anywhere(find->search);
    }

out:
    gh_buf_cleanup(&filter);
    free(attributes);
}

/* Appends `(uid=NUMBER)` where the text can be a license number. */
static void
filter_number(gh_buf_t *out, const gh_realm_t *realm, gh_text_t text)
{
    gh_buf_t number;

    gh_buf_init(&number);

    if (gh_realm_canonical(realm, text, &number) == 0) {
        gh_filter_equal(out, "uid", gh_buf_text(&number));
    }

    gh_buf_cleanup(&number);
}

/* Appends `(gatehouseSearchKey=BEGINNING*)` where there is enough to look for. */
static void
filter_name(gh_buf_t *out, gh_text_t text)
{
    gh_buf_t key;

    gh_buf_init(&key);

    if (gh_fold_query(text, &key) == 0) {
        gh_filter_begins(out, "gatehouseSearchKey", gh_buf_text(&key));
    }

    gh_buf_cleanup(&key);
}

static find_t *
find_new(const gh_realm_t *realm)
{
    find_t *find = calloc(1, sizeof(*find));

    if (find != NULL) {
        find->flow.kind = &find_kind;
        find->realm = realm;
    }

    return find;
}

gh_flow_t *
gh_find_new(const gh_realm_t *realm, gh_text_t typed)
{
    find_t  *find = find_new(realm);
    gh_buf_t which;

    if (find == NULL) {
        return NULL;
    }

    gh_buf_init(&which);
    filter_number(&which, realm, typed);
    filter_name(&which, typed);
    find_search(find, &which, GH_FIND_MAX);
    gh_buf_cleanup(&which);

    return &find->flow;
}

gh_flow_t *
gh_find_license_new(const gh_realm_t *realm, gh_text_t number)
{
    find_t  *find = find_new(realm);
    gh_buf_t which;

    if (find == NULL) {
        return NULL;
    }

    gh_buf_init(&which);
    filter_number(&which, realm, number);
    find_search(find, &which, 1);
    gh_buf_cleanup(&which);

    return &find->flow;
}

const gh_find_result_t *
gh_find_result(const gh_flow_t *flow)
{
    return &((const find_t *) flow)->result;
}

gh_find_page_t
gh_find_page(const gh_find_result_t *result, size_t page)
{
    gh_find_page_t out = { .pages = (result->count + GH_FIND_PAGE - 1) / GH_FIND_PAGE };

    if (out.pages == 0) {
        out.pages = 1;
    }

    out.page = page < 1 ? 1 : page > out.pages ? out.pages : page;
    out.first = (out.page - 1) * GH_FIND_PAGE;
    out.count = result->count - out.first;

    if (out.count > GH_FIND_PAGE) {
        out.count = GH_FIND_PAGE;
    }

    return out;
}
