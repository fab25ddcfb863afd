/*
 * Lookups: the one account that a filter names, for flows that begin with it.
 *
 * One search a realm, all side by side.  An account that two entries could be is
 * nobody's: it is ambiguous, never the first that came.
 *
 * A lookup is part of a flow's struct: the flow hands out its requests and gives
 * it the answers.
 */
#ifndef GH_ACCOUNT_LOOKUP_H
#define GH_ACCOUNT_LOOKUP_H

/* Config. */
#include "config/config.h"

/* Directory. */
#include "directory/answer.h"
#include "directory/request.h"

/* Account. */
#include "account/card.h"

#define GH_LOOKUP_REALMS 16 /* more of them make a lookup UNAVAILABLE */

typedef enum {
    GH_LOOKUP_UNAVAILABLE = 0, /* `code` says why */
    GH_LOOKUP_NOBODY,
    GH_LOOKUP_FOUND,
    GH_LOOKUP_AMBIGUOUS
} gh_lookup_outcome_t;

typedef struct {
    gh_lookup_outcome_t outcome;                  /* stands when the lookup is done */
    int                 code;                     /* the directory's, with UNAVAILABLE */
    gh_identity_card_t  who;                      /* with FOUND */
    gh_entry_t          entry;                    /* with FOUND */
    const gh_realm_t   *realms[GH_LOOKUP_REALMS]; /* of each search */
    gh_request_t       *searches[GH_LOOKUP_REALMS];
    size_t              count;
    size_t              given;
    size_t              answered;
} gh_lookup_t;

/* A lookup without searches, which is done and finds nobody. */
void gh_lookup_init(gh_lookup_t *lookup);

/* Releases what it holds. */
void gh_lookup_cleanup(gh_lookup_t *lookup);

/*
 * Adds a search of `realm` for accounts that match `filter`, such as
 * `(uid=61234)`.  `attributes` is NULL-ended and has GH_CARD_ATTRIBUTES among it.
 * A search that can't be built makes the outcome UNAVAILABLE.
 */
void gh_lookup_add(gh_lookup_t *lookup, const gh_realm_t *realm, const char *filter,
    const char *const *attributes);

/* The same with the filter `(attr=value)`, the value escaped. */
void gh_lookup_add_equal(gh_lookup_t *lookup, const gh_realm_t *realm, const char *attr,
    gh_text_t value, const char *const *attributes);

/* The same for the account `uid`, if it is still the entry of that entryUUID. */
void gh_lookup_add_account(gh_lookup_t *lookup, const gh_realm_t *realm, gh_text_t uid,
    gh_text_t uuid, const char *const *attributes);

/* The next search to send; NULL: all are under way. */
const gh_request_t *gh_lookup_next(gh_lookup_t *lookup);

/* Takes the answer to one of its searches. */
void gh_lookup_take(
    gh_lookup_t *lookup, const gh_request_t *request, const gh_answer_t *answer);

/* Whether all answers are there. */
bool gh_lookup_is_done(const gh_lookup_t *lookup);

#endif
