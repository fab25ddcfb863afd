/*
 * Seen: a bitmap says whether, a table of the latest says where.
 *
 * Both are taken whole from the kernel, which gives no memory before a part is
 * written to: a file whose numbers lie close together touches little of them.
 */

/* System. */
#include <stdlib.h>

/* Ctl. */
#include "seen.h"

/* A power of two above the numbers that California has given so far, so that in
 * its files no number takes the place of another. */
#define PLACES (1u << 21)

typedef struct {
    uint32_t number;
    uint32_t row; /* 0: none */
} place_t;

struct gh_seen_s {
    uint8_t *bits;
    place_t *places; /* `number` modulo PLACES is its place */
};

gh_seen_t *
gh_seen_new(void)
{
    gh_seen_t *seen = calloc(1, sizeof(*seen));

    if (seen == NULL) {
        return NULL;
    }

    seen->bits = calloc(GH_SEEN_NUMBERS / 8, sizeof(*seen->bits));
    seen->places = calloc(PLACES, sizeof(*seen->places));

    if (seen->bits == NULL || seen->places == NULL) {
        gh_seen_free(seen);
        return NULL;
    }

    return seen;
}

void
gh_seen_free(gh_seen_t *seen)
{
    if (seen == NULL) {
        return;
    }

    free(seen->bits);
    free(seen->places);
    free(seen);
}

int
gh_seen_add(gh_seen_t *seen, uint32_t number, unsigned long row, unsigned long *earlier)
{
    uint8_t *bits = &seen->bits[number / 8];
    uint8_t  bit = (uint8_t) (1u << number % 8);
    place_t *place = &seen->places[number % PLACES];

    *earlier = 0;

    if (*bits & bit) {
        *earlier = place->number == number ? place->row : 0;
        return 1;
    }

    *bits |= bit;
    *place = (place_t){ number, row <= UINT32_MAX ? (uint32_t) row : 0 };

    return 0;
}
