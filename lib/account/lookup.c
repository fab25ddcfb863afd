/*
 * Lookups: searches side by side, and what they come to together.
 */

/* Directory. */
#include "directory/filter.h"

/* Account. */
#include "account/lookup.h"

/* Enough to know that there is more than one. */
#define HITS_MAX 2

void
gh_lookup_init(gh_lookup_t *lookup)
{
    *lookup = (gh_lookup_t){ .outcome = GH_LOOKUP_NOBODY };
}

/* Drops whom it had found. */
static void
lookup_forget(gh_lookup_t *lookup)
{
    gh_card_cleanup(&lookup->who);
    gh_entry_cleanup(&lookup->entry);
}

void
gh_lookup_cleanup(gh_lookup_t *lookup)
{
    for (size_t i = 0; i < lookup->count; i++) {
        gh_request_free(lookup->searches[i]);
    }

    lookup_forget(lookup);
    gh_lookup_init(lookup);
}

static void
lookup_fail(gh_lookup_t *lookup, int code)
{
    lookup->outcome = GH_LOOKUP_UNAVAILABLE;
    lookup->code = code;
    lookup_forget(lookup);
}

/* Whether the lookup has failed, which no later answer mends. */
static bool
lookup_has_failed(const gh_lookup_t *lookup)
{
    return lookup->outcome == GH_LOOKUP_UNAVAILABLE;
}

void
gh_lookup_add(gh_lookup_t *lookup, const gh_realm_t *realm, const char *filter,
    const char *const *attributes)
{
    gh_scope_t    scope = realm->find == GH_FIND_BY_NAME ? GH_SCOPE_ONE : GH_SCOPE_SUBTREE;
    gh_request_t *search = NULL;
    gh_buf_t      whole;

    if (lookup->count == GH_LOOKUP_REALMS) {
        lookup_fail(lookup, GH_RESULT_OVERLOADED);
        return;
    }

    gh_buf_init(&whole);

    if (gh_buf_add_format(&whole, "(&(objectClass=gatehouseAccount)%s)", filter) == 0) {
        search =
            gh_request_search(realm->base, scope, gh_buf_string(&whole), attributes, HITS_MAX);
    }

    gh_buf_cleanup(&whole);

    if (search == NULL) {
        lookup_fail(lookup, GH_RESULT_NOMEM);
        return;
    }

    lookup->realms[lookup->count] = realm;
    lookup->searches[lookup->count++] = search;
}

void
gh_lookup_add_equal(gh_lookup_t *lookup, const gh_realm_t *realm, const char *attr,
    gh_text_t value, const char *const *attributes)
{
    gh_buf_t filter;

    gh_buf_init(&filter);

    if (gh_filter_equal(&filter, attr, value) == 0) {
        gh_lookup_add(lookup, realm, gh_buf_string(&filter), attributes);
    } else {
        lookup_fail(lookup, GH_RESULT_NOMEM);
    }

    gh_buf_cleanup(&filter);
}

void
gh_lookup_add_account(gh_lookup_t *lookup, const gh_realm_t *realm, gh_text_t uid,
    gh_text_t uuid, const char *const *attributes)
{
    gh_buf_t filter;

    gh_buf_init(&filter);
    gh_filter_equal(&filter, "uid", uid);
    gh_filter_equal(&filter, "entryUUID", uuid);

    if (gh_buf_is_ok(&filter)) {
        gh_lookup_add(lookup, realm, gh_buf_string(&filter), attributes);
    } else {
        lookup_fail(lookup, GH_RESULT_NOMEM);
    }

    gh_buf_cleanup(&filter);
}

const gh_request_t *
gh_lookup_next(gh_lookup_t *lookup)
{
    return lookup->given < lookup->count ? lookup->searches[lookup->given++] : NULL;
}

/* At least one entry of `realm` matches, shown or not. */
static void
lookup_hit(gh_lookup_t *lookup, const gh_realm_t *realm, const gh_answer_t *answer)
{
    bool is_only = lookup->outcome == GH_LOOKUP_NOBODY && answer->entry_count == 1
        && answer->result == GH_RESULT_SUCCESS;

    if (!is_only) {
        lookup_forget(lookup);
        lookup->outcome = GH_LOOKUP_AMBIGUOUS;
        return;
    }

    lookup->who.realm = realm;

    if (!gh_card_read(&lookup->who, &answer->entries[0])) {
        lookup_fail(lookup, GH_RESULT_MALFORMED);
        return;
    }

    if (gh_entry_copy(&lookup->entry, &answer->entries[0]) != 0) {
        lookup_fail(lookup, GH_RESULT_NOMEM);
        return;
    }

    lookup->outcome = GH_LOOKUP_FOUND;
}

void
gh_lookup_take(gh_lookup_t *lookup, const gh_request_t *request, const gh_answer_t *answer)
{
    size_t which = 0;

    while (which < lookup->count && lookup->searches[which] != request) {
        which++;
    }

    if (which == lookup->count) {
        return;
    }

    lookup->answered++;

    if (lookup_has_failed(lookup) || answer->result == GH_RESULT_NO_SUCH_OBJECT) {
        return;
    }

    if (answer->result != GH_RESULT_SUCCESS && answer->result != GH_RESULT_SIZE_LIMIT) {
        lookup_fail(lookup, answer->result);
        return;
    }

    if (answer->entry_count > 0 || answer->result == GH_RESULT_SIZE_LIMIT) {
        lookup_hit(lookup, lookup->realms[which], answer);
    }
}

bool
gh_lookup_is_done(const gh_lookup_t *lookup)
{
    return lookup->answered == lookup->count;
}
