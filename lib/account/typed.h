/*
 * Typed: what a person typed into the fields of a form, as attributes.
 *
 * Which attributes there are is the configuration's business; nothing of an
 * account's state or of its passwords is among them.
 */
#ifndef GH_ACCOUNT_TYPED_H
#define GH_ACCOUNT_TYPED_H

/* Directory. */
#include "directory/answer.h"
#include "directory/request.h"

/* One value; an attribute with several comes several times. */
typedef struct {
    const char *attr;
    gh_text_t   value; /* empty: the field was left empty */
} gh_typed_t;

/*
 * Copies `count` values into `out` (empty before), an attribute each with all its
 * values.  A field left empty becomes an attribute without values.  The
 * caller releases it with gh_entry_cleanup.  Returns 0, GH_ERR_NOMEM, or
 * GH_ERR_INVALID (a NUL byte in a value), with `out` empty.
 */
int gh_typed_copy(gh_entry_t *out, const gh_typed_t *typed, size_t count);

/*
 * Adds the names that follow from what was typed, unless they were typed: of a
 * contractor `cn` and `sn` are the business name (o), of anybody else `cn` is
 * given name and last name, with what was not typed taken from `stored` (may
 * be empty).  Adds nothing when neither was typed.  Returns 0 or GH_ERR_NOMEM.
 */
int gh_typed_names(gh_entry_t *typed, const gh_entry_t *stored, bool is_contractor);

/* The same for an entry that is new and needs both: `uid` stands in for them. */
int gh_typed_new_names(gh_entry_t *typed, gh_text_t uid, bool is_contractor);

/* Adds what has values to an add. */
void gh_typed_put(gh_request_t *add, const gh_entry_t *typed);

/*
 * Whether nobody has given `stored` that attribute: it has no value, or is an `sn`
 * that only repeats the `cn`.  Every person must have one (RFC 4519, section
 * 3.12), and a license file knows none.
 */
bool gh_typed_is_missing(const gh_entry_t *stored, const char *attr);

/* Adds to a modify what is missing in `stored`. */
void gh_typed_put_missing(
    gh_request_t *modify, const gh_entry_t *typed, const gh_entry_t *stored);

/* Adds to a modify what differs from `stored`; what was left empty goes. */
void gh_typed_put_changed(
    gh_request_t *modify, const gh_entry_t *typed, const gh_entry_t *stored);

/*
 * The attributes of `fixed` (NULL-ended) and of `typed`, for a search;
 * NULL-ended, the caller frees the list and nothing in it.  NULL when memory
 * is out.
 */
const char **gh_typed_attributes(const char *const *fixed, const gh_entry_t *typed);

#endif
