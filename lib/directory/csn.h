/*
 * CSNs: how far a provider has come, by the contextCSN of its base entry.
 */
#ifndef GH_DIRECTORY_CSN_H
#define GH_DIRECTORY_CSN_H

/* Directory. */
#include "directory/answer.h"

/* The operational attribute with one value for each provider that has written. */
#define GH_CSN_ATTRIBUTE "contextCSN"

/*
 * Whether an entry with the values of `own` has all that one with those of `other` has: for
 * each provider that has written, a change as late or later.  NULL is an entry without the
 * attribute: nothing is missing from `own` then where `other` is NULL, everything is where
 * `own` is.  A value that is no CSN has to be there letter by letter.
 */
bool gh_csn_has_caught_up(const gh_attribute_t *own, const gh_attribute_t *other);

#endif
