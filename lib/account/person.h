/*
 * Person: what is on file about somebody who is signed in, for the forms that show
 * it.
 */
#ifndef GH_ACCOUNT_PERSON_H
#define GH_ACCOUNT_PERSON_H

/* Account. */
#include "account/flow.h"
#include "account/lookup.h"

/*
 * A flow that reads the account `uid` (entryUUID `uuid`) of `realm`: the attributes
 * of the realm's fields.  Copies the texts; the realm outlives the flow.  NULL
 * when memory is out.
 */
gh_flow_t *gh_person_new(const gh_realm_t *realm, gh_text_t uid, gh_text_t uuid);

/* Texts that gh_person_words gives, at most. */
#define GH_PERSON_WORDS 24

/*
 * What whoever knows the person tries first as a password, for gh_strength_check: the
 * portal's title and city, and what is on file of them.  Returns how many; they
 * live as long as `portal` and the lookup.
 */
size_t gh_person_words(const gh_lookup_t *person, const gh_portal_settings_t *portal,
    gh_text_t words[GH_PERSON_WORDS]);

/* Whom it found; stands when the flow is done, lives as long as the flow. */
const gh_lookup_t *gh_person_result(const gh_flow_t *flow);

#endif
