/*
 * Seen: which license numbers a file has had so far.
 *
 * Takes the same memory for any file: one bit for each number there can be, and
 * the rows of the last two million of them.
 */
#ifndef GH_CTL_SEEN_H
#define GH_CTL_SEEN_H

/* System. */
#include <stdint.h>

/* Base. */
#include "base/error.h"

/* Numbers have up to eight digits. */
#define GH_SEEN_NUMBERS 100000000

typedef struct gh_seen_s gh_seen_t;

/* An empty set, which the caller frees.  NULL when memory is out. */
gh_seen_t *gh_seen_new(void);

/* NULL is fine. */
void gh_seen_free(gh_seen_t *seen);

/*
 * Adds `number`, below GH_SEEN_NUMBERS, of row `row`.  Returns 0 when it is
 * new.  Otherwise returns 1 and sets `*earlier` to the row that had it, or to 0
 * when that is not known any more.
 */
int gh_seen_add(gh_seen_t *seen, uint32_t number, unsigned long row, unsigned long *earlier);

#endif
