/*
 * Cards: copying who it is from an entry.
 */

/* System. */
#include <stdlib.h>

/* Directory. */
#include "directory/dn.h"

/* Account. */
#include "account/card.h"

/* The one value of the attribute; empty when it is absent, doubled or not clean. */
static gh_text_t
only_value(const gh_entry_t *entry, const char *attr)
{
    const gh_attribute_t *attribute = gh_entry_attribute(entry, attr);

    if (attribute == NULL || attribute->count != 1 || !gh_text_is_clean(attribute->values[0])) {
        return gh_text(NULL);
    }

    return attribute->values[0];
}

bool
gh_card_read(gh_identity_card_t *card, const gh_entry_t *entry)
{
    gh_text_t uid = only_value(entry, "uid");
    gh_text_t uuid = only_value(entry, "entryUUID");
    gh_text_t name = gh_entry_value(entry, "cn");
    gh_text_t mail = gh_entry_value(entry, "mail");

    if (gh_text_is_empty(uid) || gh_text_is_empty(uuid) || !gh_dn_is_valid(entry->dn)) {
        return false;
    }

    if (gh_text_is_empty(name) || !gh_text_is_clean(name)) {
        name = uid;
    }

    if (!gh_text_is_clean(mail)) {
        mail = gh_text(NULL);
    }

    gh_card_cleanup(card);
    card->dn = strdup(entry->dn);
    card->uid = gh_text_dup(uid);
    card->uuid = gh_text_dup(uuid);
    card->name = gh_text_dup(name);
    card->mail = gh_text_dup(mail);

    if (card->dn == NULL || card->uid == NULL || card->uuid == NULL || card->name == NULL
        || card->mail == NULL)
    {
        gh_card_cleanup(card);
        return false;
    }

    return true;
}

void
gh_card_cleanup(gh_identity_card_t *card)
{
    free(card->dn);
    free(card->uid);
    free(card->uuid);
    free(card->name);
    free(card->mail);
    *card = (gh_identity_card_t){ .realm = card->realm };
}

int
gh_card_copy(gh_identity_card_t *out, const gh_identity_card_t *card)
{
    out->realm = card->realm;
    out->dn = strdup(card->dn);
    out->uid = strdup(card->uid);
    out->uuid = strdup(card->uuid);
    out->name = strdup(card->name);
    out->mail = strdup(card->mail);

    return out->dn != NULL && out->uid != NULL && out->uuid != NULL && out->name != NULL
            && out->mail != NULL
        ? 0
        : GH_ERR_NOMEM;
}
