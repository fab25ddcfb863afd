/*
 * On file: search, then add or modify.
 *
 *     find -> nobody   -> add    -> done
 *          -> an entry -> modify -> done
 *
 * Somebody else may write between the search and the write.  An add that finds
 * the entry there, a modify that finds it gone or that meets a password set in
 * the meantime (its assertion, RFC 4528, fails), start over, a few times.
 */

/* System. */
#include <stdlib.h>

/* Directory. */
#include "directory/dn.h"

/* Account. */
#include "account/onfile.h"

#define ROUNDS_MAX   3
#define REQUESTS_MAX (2 * ROUNDS_MAX)

/* Bytes of the directory's own words, so that an error never cuts them. */
#define WORDS_MAX 400

/* What tells that a person uses the entry, and a filter for nobody does.  Where
 * it can't be read, the filter is undefined and so never true. */
#define PASSWORD_SET "gatehousePasswordSet"
#define UNUSED_ENTRY "(!(" PASSWORD_SET "=*))"

typedef enum {
    ONFILE_INVALID = 0,
    ONFILE_FIND, /* the search is to be sent */
    ONFILE_FINDING,
    ONFILE_WRITE, /* the add or modify is to be sent */
    ONFILE_WRITING,
    ONFILE_DONE
} state_t;

typedef struct {
    gh_flow_t          flow;
    state_t            state;
    gh_license_t      *license;
    char              *dn;
    unsigned           flags;
    unsigned           rounds;                 /* searches so far */
    gh_request_t      *requests[REQUESTS_MAX]; /* kept until the end */
    size_t             request_count;          /* the last one is current */
    gh_onfile_result_t result;
} onfile_t;

static const gh_flow_kind_t onfile_kind;

/* What an entry of a contractor is; the last two hold Gatehouse's attributes. */
static const char *const classes_needed[] = { "top", "person", "organizationalPerson",
    "inetOrgPerson", "gatehouseAccount", "gatehouseContractor" };

#define CLASS_COUNT (sizeof(classes_needed) / sizeof(classes_needed[0]))
#define CLASS_OWN   4 /* the first of the last two */

static void
onfile_end(onfile_t *onfile, gh_onfile_outcome_t outcome)
{
    onfile->state = ONFILE_DONE;
    onfile->result.outcome = outcome;
}

static void
onfile_refuse(onfile_t *onfile, int result, const char *reason)
{
    onfile->result.result = result;
    gh_error_set(&onfile->result.error, GH_ERR_INVALID, "%s", reason);
    onfile_end(onfile, GH_ONFILE_REFUSED);
}

/* Refuses with the directory's own reason, where it gave one that can be shown. */
static void
onfile_refuse_answer(onfile_t *onfile, const gh_answer_t *answer)
{
    gh_text_t   text = gh_text(answer->diagnostic);
    const char *words = answer->diagnostic;
    bool        is_fit = text.len > 0 && text.len <= WORDS_MAX && gh_text_is_clean(text);

    onfile->result.result = answer->result;
    gh_error_set(&onfile->result.error, GH_ERR_INVALID, "the directory refused it%s%s (%d)",
        is_fit ? ": " : "", is_fit ? words : "", answer->result);
    onfile_end(onfile, GH_ONFILE_REFUSED);
}

/* Takes a request over as the current one and waits for it to be fetched. */
static void
onfile_offer(onfile_t *onfile, gh_request_t *request, state_t state)
{
    if (!gh_request_is_ok(request)) {
        gh_request_free(request);
        onfile_refuse(onfile, GH_RESULT_NOMEM, "memory is out");
        return;
    }

    onfile->requests[onfile->request_count++] = request;
    onfile->state = state;
}

static void
onfile_find(onfile_t *onfile)
{
    const char *attrs[GH_LICENSE_FIELDS + 3] = { "objectClass", PASSWORD_SET };

    if (onfile->rounds++ == ROUNDS_MAX) {
        onfile_refuse(onfile, GH_RESULT_BUSY, "others keep changing the entry");
        return;
    }

    for (size_t i = 0; i < GH_LICENSE_FIELDS; i++) {
        attrs[2 + i] = gh_license_attribute(i);
    }

    onfile_offer(onfile,
        gh_request_search(onfile->dn, GH_SCOPE_BASE, "(objectClass=*)", attrs, 1), ONFILE_FIND);
}

static void
onfile_add(onfile_t *onfile)
{
    const gh_license_field_t *fields = gh_license_fields(onfile->license);
    gh_text_t                 classes[CLASS_COUNT];
    gh_request_t             *add;

    if (onfile->flags & GH_ONFILE_UPDATE_ONLY) {
        onfile_end(onfile, GH_ONFILE_ABSENT);
        return;
    }

    if (onfile->flags & GH_ONFILE_DRY_RUN) {
        onfile_end(onfile, GH_ONFILE_CREATED);
        return;
    }

    for (size_t i = 0; i < CLASS_COUNT; i++) {
        classes[i] = gh_text(classes_needed[i]);
    }

    add = gh_request_add(onfile->dn);

    if (add != NULL) {
        gh_request_change(add, GH_CHANGE_ADD, "objectClass", classes, CLASS_COUNT);
        gh_request_set(add, GH_CHANGE_ADD, "uid", gh_license_number(onfile->license));
    }

    for (size_t i = 0; add != NULL && i < GH_LICENSE_FIELDS; i++) {
        if (fields[i].count > 0) {
            gh_request_change(
                add, GH_CHANGE_ADD, fields[i].attr, fields[i].values, fields[i].count);
        }
    }

    onfile_offer(onfile, add, ONFILE_WRITE);
}

static bool
values_have(const gh_text_t *values, size_t count, gh_text_t value)
{
    for (size_t i = 0; i < count; i++) {
        if (gh_text_equal(values[i], value)) {
            return true;
        }
    }

    return false;
}

/* Whether the entry says the same as the license, in whatever order. */
static bool
field_is_same(const gh_license_field_t *field, const gh_entry_t *entry)
{
    const gh_attribute_t *stored = gh_entry_attribute(entry, field->attr);

    /* Neither has a value twice, so the same number and all there are enough. */
    if ((stored != NULL ? stored->count : 0) != field->count) {
        return false;
    }

    for (size_t i = 0; i < field->count; i++) {
        if (!values_have(stored->values, stored->count, field->values[i])) {
            return false;
        }
    }

    return true;
}

/* An entry that somebody else made may lack the classes our attributes need. */
static void
modify_classes(gh_request_t *modify, const gh_entry_t *entry)
{
    for (size_t i = CLASS_OWN; i < CLASS_COUNT; i++) {
        gh_text_t class = gh_text(classes_needed[i]);

        if (!gh_entry_has(entry, "objectClass", class)) {
            gh_request_set(modify, GH_CHANGE_ADD, "objectClass", class);
        }
    }
}

static void
modify_fields(gh_request_t *modify, const gh_license_field_t *fields, const gh_entry_t *entry)
{
    bool is_used = gh_entry_attribute(entry, PASSWORD_SET) != NULL;

    for (size_t i = 0; i < GH_LICENSE_FIELDS; i++) {
        const gh_license_field_t *field = &fields[i];

        if ((field->is_contact && is_used) || field_is_same(field, entry)) {
            continue;
        }

        gh_request_change(modify, GH_CHANGE_REPLACE, field->attr, field->values, field->count);

        if (field->is_contact) {
            gh_request_assert(modify, UNUSED_ENTRY);
        }
    }
}

static void
onfile_modify(onfile_t *onfile, const gh_entry_t *entry)
{
    gh_request_t *modify = gh_request_modify(onfile->dn);

    if (modify != NULL) {
        modify_classes(modify, entry);
        modify_fields(modify, gh_license_fields(onfile->license), entry);
    }

    if (!gh_request_is_ok(modify)) {
        onfile_offer(onfile, modify, ONFILE_WRITE);
        return;
    }

    if (modify->change_count > 0 && !(onfile->flags & GH_ONFILE_DRY_RUN)) {
        onfile_offer(onfile, modify, ONFILE_WRITE);
        return;
    }

    onfile_end(onfile, modify->change_count > 0 ? GH_ONFILE_UPDATED : GH_ONFILE_UNCHANGED);
    gh_request_free(modify);
}

static void
onfile_found(onfile_t *onfile, const gh_answer_t *answer)
{
    switch (answer->result) {

    case GH_RESULT_SUCCESS:
        break;

    case GH_RESULT_NO_SUCH_OBJECT:
        onfile_add(onfile);
        return;

    default:
        onfile_refuse_answer(onfile, answer);
        return;
    }

    if (answer->entry_count != 1 || !gh_dn_equal(answer->entries[0].dn, onfile->dn)) {
        onfile_refuse(onfile, GH_RESULT_MALFORMED, "the directory did not show the entry");
        return;
    }

    onfile_modify(onfile, &answer->entries[0]);
}

static void
onfile_written(onfile_t *onfile, const gh_answer_t *answer, gh_operation_t operation)
{
    bool is_add = operation == GH_OPERATION_ADD;

    switch (answer->result) {

    case GH_RESULT_SUCCESS:
        onfile_end(onfile, is_add ? GH_ONFILE_CREATED : GH_ONFILE_UPDATED);
        return;

    case GH_RESULT_ALREADY_EXISTS:
    case GH_RESULT_ASSERTION_FAILED:
        onfile_find(onfile);
        return;

    case GH_RESULT_NO_SUCH_OBJECT:
        /* For an add it is the realm's base that is missing. */
        if (!is_add) {
            onfile_find(onfile);
            return;
        }
        break;

    default:
        break;
    }

    onfile_refuse_answer(onfile, answer);
}

/* Whether the directory is not there, as opposed to refusing this one. */
static bool
answer_is_absence(const gh_answer_t *answer)
{
    switch (answer->result) {

    case GH_RESULT_UNREACHABLE:
    case GH_RESULT_TIMEOUT:
    case GH_RESULT_OVERLOADED:
    case GH_RESULT_BUSY:
    case GH_RESULT_UNAVAILABLE:
        return true;

    default:
        return false;
    }
}

static const gh_request_t *
onfile_next(gh_flow_t *flow)
{
    onfile_t *onfile = (onfile_t *) flow;

    switch (onfile->state) {

    case ONFILE_FIND:
        onfile->state = ONFILE_FINDING;
        break;

    case ONFILE_WRITE:
        onfile->state = ONFILE_WRITING;
        break;

    default:
        return NULL;
    }

    return onfile->requests[onfile->request_count - 1];
}

static void
onfile_take(gh_flow_t *flow, const gh_request_t *request, const gh_answer_t *answer)
{
    onfile_t *onfile = (onfile_t *) flow;

    if (request != onfile->requests[onfile->request_count - 1]) {
        return;
    }

    if (answer_is_absence(answer)) {
        onfile->result.result = answer->result;
        gh_error_set(&onfile->result.error, GH_ERR_IO, "the directory does not answer (%d)",
            answer->result);
        onfile_end(onfile, GH_ONFILE_UNREACHABLE);
        return;
    }

    switch (onfile->state) {

    case ONFILE_FINDING:
        onfile_found(onfile, answer);
        return;

    case ONFILE_WRITING:
        onfile_written(onfile, answer, request->operation);
        return;

    default:
        return;
    }
}

static bool
onfile_is_done(const gh_flow_t *flow)
{
    return ((const onfile_t *) flow)->state == ONFILE_DONE;
}

static void
onfile_free(gh_flow_t *flow)
{
    onfile_t *onfile = (onfile_t *) flow;

    for (size_t i = 0; i < onfile->request_count; i++) {
        gh_request_free(onfile->requests[i]);
    }

    gh_license_free(onfile->license);
    free(onfile->dn);
    free(onfile);
}

gh_flow_t *
gh_onfile_new(const gh_realm_t *realm, gh_license_t **license, unsigned flags)
{
    onfile_t *onfile = calloc(1, sizeof(*onfile));
    gh_buf_t  dn;

    if (onfile == NULL) {
        gh_license_free(*license);
        *license = NULL;
        return NULL;
    }

    onfile->flow.kind = &onfile_kind;
    onfile->flags = flags;
    onfile->license = *license;
    *license = NULL;

    gh_buf_init(&dn);

    if (gh_dn_child(&dn, "uid", gh_license_number(onfile->license), realm->base) == 0) {
        onfile->dn = gh_buf_take(&dn);
    }

    gh_buf_cleanup(&dn);

    if (onfile->dn == NULL) {
        onfile_free(&onfile->flow);
        return NULL;
    }

    onfile_find(onfile);
    return &onfile->flow;
}

const gh_onfile_result_t *
gh_onfile_result(const gh_flow_t *flow)
{
    return &((const onfile_t *) flow)->result;
}

static const gh_flow_kind_t onfile_kind = { onfile_next, onfile_take, onfile_is_done,
    onfile_free };
