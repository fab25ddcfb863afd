/*
 * Requests: building them, and letting them go with their secrets wiped.
 */

/* System. */
#include <stdlib.h>

/* Directory. */
#include "directory/request.h"

static gh_request_t *
request_new(gh_operation_t operation, gh_lane_t lane, const char *dn)
{
    gh_request_t *request = calloc(1, sizeof(*request));

    if (request == NULL) {
        return NULL;
    }

    request->operation = operation;
    request->lane = lane;
    request->dn = strdup(dn);
    request->failed = request->dn == NULL;

    return request;
}

/* The request when it is whole; otherwise it goes, and NULL comes back. */
static gh_request_t *
request_finished(gh_request_t *request)
{
    if (!gh_request_is_ok(request)) {
        gh_request_free(request);
        return NULL;
    }

    return request;
}

static char **
strings_dup(const char *const *strings)
{
    size_t count = 0;
    char **copy;

    while (strings[count] != NULL) {
        count++;
    }

    copy = calloc(count + 1, sizeof(*copy));

    for (size_t i = 0; copy != NULL && i < count; i++) {
        copy[i] = strdup(strings[i]);

        if (copy[i] == NULL) {
            while (i > 0) {
                free(copy[--i]);
            }
            free(copy);
            return NULL;
        }
    }

    return copy;
}

gh_request_t *
gh_request_search(const char *dn, gh_scope_t scope, const char *filter,
    const char *const *attrs, int size_limit)
{
    gh_request_t *request = request_new(GH_OPERATION_SEARCH, GH_LANE_SERVICE, dn);

    if (request == NULL) {
        return NULL;
    }

    request->scope = scope;
    request->size_limit = size_limit;
    request->filter = strdup(filter);
    request->attrs = strings_dup(attrs);
    request->failed |= request->filter == NULL || request->attrs == NULL;

    return request_finished(request);
}

void
gh_request_read_anywhere(gh_request_t *search)
{
    search->lane = GH_LANE_READ;
}

/* A copy of the secret; without one the request has failed. */
static gh_secret_t *
request_secret(gh_request_t *request, const gh_secret_t *secret)
{
    gh_secret_t *copy = gh_secret_new();

    request->failed |= copy == NULL || gh_secret_set(copy, gh_secret_text(secret)) != 0;

    return copy;
}

gh_request_t *
gh_request_bind(const char *dn, const gh_secret_t *secret)
{
    gh_request_t *request = request_new(GH_OPERATION_BIND, GH_LANE_BIND, dn);

    if (request == NULL) {
        return NULL;
    }

    request->secret = request_secret(request, secret);

    return request_finished(request);
}

gh_request_t *
gh_request_password(const char *dn, const gh_secret_t *secret)
{
    gh_request_t *request = request_new(GH_OPERATION_PASSWORD, GH_LANE_SERVICE, dn);

    if (request == NULL) {
        return NULL;
    }

    request->secret = request_secret(request, secret);

    return request_finished(request);
}

gh_request_t *
gh_request_add(const char *dn)
{
    return request_finished(request_new(GH_OPERATION_ADD, GH_LANE_SERVICE, dn));
}

gh_request_t *
gh_request_modify(const char *dn)
{
    return request_finished(request_new(GH_OPERATION_MODIFY, GH_LANE_SERVICE, dn));
}

gh_request_t *
gh_request_delete(const char *dn)
{
    return request_finished(request_new(GH_OPERATION_DELETE, GH_LANE_SERVICE, dn));
}

static void
change_cleanup(gh_change_t *change)
{
    for (size_t i = 0; i < change->count; i++) {
        if (change->is_secret && change->values[i] != NULL) {
            gh_secret_wipe(change->values[i], strlen(change->values[i]));
        }
        free(change->values[i]);
    }

    free(change->values);
    free(change->attr);
}

void
gh_request_free(gh_request_t *request)
{
    if (request == NULL) {
        return;
    }

    for (char **attr = request->attrs; attr != NULL && *attr != NULL; attr++) {
        free(*attr);
    }

    for (size_t i = 0; i < request->change_count; i++) {
        change_cleanup(&request->changes[i]);
    }

    free(request->attrs);
    free(request->changes);
    free(request->dn);
    free(request->filter);
    free(request->assertion);
    gh_secret_free(request->secret);
    free(request);
}

/* Fills `change`; false leaves what was taken to change_cleanup. */
static bool
change_init(gh_change_t *change, gh_change_kind_t kind, const char *attr,
    const gh_text_t *values, size_t count)
{
    change->kind = kind;
    change->attr = strdup(attr);
    change->values = calloc(count + 1, sizeof(*change->values));

    if (change->attr == NULL || change->values == NULL) {
        return false;
    }

    for (size_t i = 0; i < count; i++) {
        change->values[i] = gh_text_dup(values[i]);

        if (change->values[i] == NULL) {
            return false;
        }
        change->count++;
    }

    return true;
}

void
gh_request_change(gh_request_t *request, gh_change_kind_t kind, const char *attr,
    const gh_text_t *values, size_t count)
{
    gh_change_t  change = { 0 };
    gh_change_t *changes;

    changes = realloc(request->changes, (request->change_count + 1) * sizeof(*changes));

    if (changes == NULL) {
        request->failed = true;
        return;
    }

    request->changes = changes;

    if (!change_init(&change, kind, attr, values, count)) {
        change_cleanup(&change);
        request->failed = true;
        return;
    }

    request->changes[request->change_count++] = change;
}

void
gh_request_set(gh_request_t *request, gh_change_kind_t kind, const char *attr, gh_text_t value)
{
    gh_request_change(request, kind, attr, &value, 1);
}

void
gh_request_set_secret(
    gh_request_t *request, gh_change_kind_t kind, const char *attr, const gh_secret_t *secret)
{
    size_t before = request->change_count;

    gh_request_set(request, kind, attr, gh_secret_text(secret));

    if (request->change_count > before) {
        request->changes[before].is_secret = true;
    }
}

void
gh_request_assert(gh_request_t *request, const char *filter)
{
    free(request->assertion);
    request->assertion = strdup(filter);
    request->failed |= request->assertion == NULL;
}

void
gh_request_rehearse(gh_request_t *request)
{
    request->is_rehearsal = true;
}

bool
gh_request_is_ok(const gh_request_t *request)
{
    return request != NULL && !request->failed;
}

bool
gh_request_is_repeatable(const gh_request_t *request)
{
    return request->operation == GH_OPERATION_SEARCH || request->operation == GH_OPERATION_BIND;
}

bool
gh_request_is_write(const gh_request_t *request)
{
    return request->operation == GH_OPERATION_ADD || request->operation == GH_OPERATION_MODIFY
        || request->operation == GH_OPERATION_DELETE;
}
