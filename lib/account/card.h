/*
 * Cards: who somebody is, as the directory spells it.
 */
#ifndef GH_ACCOUNT_CARD_H
#define GH_ACCOUNT_CARD_H

/* Config. */
#include "config/realm.h"

/* Directory. */
#include "directory/answer.h"

typedef struct {
    const gh_realm_t *realm;
    char             *dn;
    char             *uid;  /* the directory's own spelling */
    char             *uuid; /* entryUUID */
    char             *name; /* cn; the uid where it is missing */
    char             *mail; /* "" when there is none */
} gh_identity_card_t;

/* The attributes that gh_card_read reads, for a search. */
#define GH_CARD_ATTRIBUTES "uid", "cn", "mail", "entryUUID"

/*
 * Copies what stands in the entry; the realm stays.  False, with the card
 * empty, when memory is out or it can't be an account's: no uid or entryUUID, or
 * several, or not clean.
 */
bool gh_card_read(gh_identity_card_t *card, const gh_entry_t *entry);

/* Copies a card that is filled.  Returns 0, or GH_ERR_NOMEM with `out` to be cleaned up. */
int gh_card_copy(gh_identity_card_t *out, const gh_identity_card_t *card);

/* Frees its strings; it is empty again, its realm stays. */
void gh_card_cleanup(gh_identity_card_t *card);

#endif
