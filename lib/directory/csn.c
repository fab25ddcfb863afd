/*
 * CSNs: `time#count#provider#modification`, of fixed length, so that those of one provider
 * are in order as texts are.
 */

/* System. */
#include <string.h>

/* Directory. */
#include "directory/csn.h"

/* The provider's number within a CSN; empty where it is none. */
static gh_text_t
csn_provider(gh_text_t csn)
{
    const char *end = csn.data + csn.len;
    const char *from = csn.data;
    const char *hash;

    for (int field = 0; field < 2; field++) {
        from = from < end ? memchr(from, '#', (size_t) (end - from)) : NULL;

        if (from == NULL) {
            return (gh_text_t){ "", 0 };
        }
        from++;
    }

    hash = from < end ? memchr(from, '#', (size_t) (end - from)) : NULL;

    return hash != NULL ? (gh_text_t){ from, (size_t) (hash - from) } : (gh_text_t){ "", 0 };
}

/* Whether `own`, of the same provider, is as late as `other`. */
static bool
csn_covers(gh_text_t own, gh_text_t other)
{
    gh_text_t provider = csn_provider(other);

    if (provider.len == 0 || own.len != other.len) {
        return gh_text_equal(own, other);
    }

    return gh_text_equal(csn_provider(own), provider)
        && memcmp(own.data, other.data, own.len) >= 0;
}

static bool
csn_is_covered(const gh_attribute_t *own, gh_text_t other)
{
    for (size_t i = 0; i < own->count; i++) {
        if (csn_covers(own->values[i], other)) {
            return true;
        }
    }

    return false;
}

bool
gh_csn_has_caught_up(const gh_attribute_t *own, const gh_attribute_t *other)
{
    if (other == NULL) {
        return true;
    }

    for (size_t i = 0; i < other->count; i++) {
        if (own == NULL || !csn_is_covered(own, other->values[i])) {
            return false;
        }
    }

    return true;
}
