/*
 * Find: contractors on file, for everybody, without a log-in.
 *
 * By license number, or by the beginnings of words of the business name, case
 * and accents ignored.  Asks for the fields of the realm that gatehouse.conf
 * calls public and for nothing else, so that what comes never says who has an
 * account.
 */
#ifndef GH_ACCOUNT_FIND_H
#define GH_ACCOUNT_FIND_H

/* Config. */
#include "config/realm.h"

/* Account. */
#include "account/flow.h"

#define GH_FIND_MAX  200 /* contractors that one search gives, at most */
#define GH_FIND_PAGE 20  /* of them on a page */

typedef enum {
    GH_FIND_UNAVAILABLE = 0, /* `code` says why */
    GH_FIND_DONE,            /* maybe nobody */
    GH_FIND_TOO_SHORT,       /* fewer than two letters, or nothing to look for */
    GH_FIND_TOO_MANY         /* be more specific; up to GH_FIND_MAX all the same */
} gh_find_outcome_t;

typedef struct {
    gh_find_outcome_t outcome;
    int               code;    /* the directory's, with UNAVAILABLE */
    gh_entry_t       *entries; /* uid and public fields; by first public field, then uid */
    size_t            count;
} gh_find_result_t;

/*
 * A flow that finds what was typed among the contractors of the realm, which
 * outlives it.  NULL when memory is out.
 */
gh_flow_t *gh_find_new(const gh_realm_t *realm, gh_text_t typed);

/* The same for exactly one license number, as in the address of its page. */
gh_flow_t *gh_find_license_new(const gh_realm_t *realm, gh_text_t number);

/* What it came to; stands when the flow is done, lives as long as the flow. */
const gh_find_result_t *gh_find_result(const gh_flow_t *flow);

/* A page of the result. */
typedef struct {
    size_t first; /* of `entries`, from 0 */
    size_t count; /* of them */
    size_t page;  /* from 1; a number that is none has become the nearest */
    size_t pages; /* at least 1 */
} gh_find_page_t;

gh_find_page_t gh_find_page(const gh_find_result_t *result, size_t page);

#endif
