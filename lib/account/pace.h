/*
 * Pace: when answers leave that must not tell by their time what was found.
 *
 * All leave at the same multiple of a quarter of a second after their request came.  A
 * step that some kinds of them just reach and others just miss would tell them apart
 * better than any difference in their work; so the step lies well beyond what answers took
 * of late.
 */
#ifndef GH_ACCOUNT_PACE_H
#define GH_ACCOUNT_PACE_H

/* System. */
#include <stdint.h>

/* All zeros in the beginning.  Times are ms. */
typedef struct {
    int64_t step;    /* at which answers leave */
    int64_t slowest; /* what one took at most, in this while */
    int64_t until;   /* the end of the while */
} gh_pace_t;

/*
 * When an answer leaves that took `took` ms so far: in ms after its request came, more
 * than `took`.  `now` is of a clock that only goes forward.
 */
int64_t gh_pace_leave(gh_pace_t *pace, int64_t took, int64_t now);

#endif
