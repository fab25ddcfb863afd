/*
 * Person: a lookup and nothing else.
 */

/* System. */
#include <stdlib.h>

/* Account. */
#include "account/person.h"

typedef struct {
    gh_flow_t   flow; /* MUST BE FIRST */
    gh_lookup_t lookup;
} person_t;

static const char *const card[] = { GH_CARD_ATTRIBUTES };

static const gh_request_t *
person_next(gh_flow_t *flow)
{
    return gh_lookup_next(&((person_t *) flow)->lookup);
}

static void
person_take(gh_flow_t *flow, const gh_request_t *request, const gh_answer_t *answer)
{
    gh_lookup_take(&((person_t *) flow)->lookup, request, answer);
}

static bool
person_is_done(const gh_flow_t *flow)
{
    return gh_lookup_is_done(&((const person_t *) flow)->lookup);
}

static void
person_free(gh_flow_t *flow)
{
    gh_lookup_cleanup(&((person_t *) flow)->lookup);
    free(flow);
}

static const gh_flow_kind_t person_kind = {
    .next = person_next,
    .take = person_take,
    .is_done = person_is_done,
    .free = person_free,
};

gh_flow_t *
gh_person_new(const gh_realm_t *realm, gh_text_t uid, gh_text_t uuid)
{
    size_t       fixed = sizeof(card) / sizeof(card[0]);
    person_t    *person = calloc(1, sizeof(*person));
    const char **attributes = calloc(fixed + realm->field_count + 1, sizeof(*attributes));

    if (person == NULL || attributes == NULL) {
        free(person);
        free(attributes);
        return NULL;
    }

    memcpy(attributes, card, sizeof(card));

    for (size_t i = 0; i < realm->field_count; i++) {
        attributes[fixed + i] = realm->fields[i].attribute;
    }

    person->flow.kind = &person_kind;
    gh_lookup_init(&person->lookup);
    gh_lookup_add_account(&person->lookup, realm, uid, uuid, attributes);
    free(attributes);

    return &person->flow;
}

const gh_lookup_t *
gh_person_result(const gh_flow_t *flow)
{
    return &((const person_t *) flow)->lookup;
}

size_t
gh_person_words(const gh_lookup_t *person, const gh_portal_settings_t *portal,
    gh_text_t words[GH_PERSON_WORDS])
{
    const gh_entry_t *entry = &person->entry;
    size_t            n = 0;

    words[n++] = gh_text(portal->title);
    words[n++] = gh_text(portal->city);

    for (size_t i = 0; i < entry->count; i++) {
        for (size_t k = 0; k < entry->attributes[i].count && n < GH_PERSON_WORDS; k++) {
            words[n++] = entry->attributes[i].values[k];
        }
    }

    return n;
}
