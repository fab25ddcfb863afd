/*
 * Pace: up at once, down only when a while has passed in which even the lower step was far.
 */

/* Account. */
#include "account/pace.h"

/* ms. */
#define STEP   250
#define MARGIN 50    /* between what an answer took and the step */
#define MOST   1000  /* no step for all is beyond */
#define WHILE  60000 /* after which the step may come down */

int64_t
gh_pace_leave(gh_pace_t *pace, int64_t took, int64_t now)
{
    int64_t step = (took + MARGIN + STEP - 1) / STEP * STEP;

    if (now >= pace->until) {
        if (pace->slowest + 2 * MARGIN <= pace->step - STEP) {
            pace->step -= STEP;
        }

        pace->slowest = 0;
        pace->until = now + WHILE;
    }

    /* One that is late by itself makes nobody else wait. */
    if (step > MOST) {
        return step;
    }

    pace->slowest = took > pace->slowest ? took : pace->slowest;
    pace->step = step > pace->step ? step : pace->step;

    return pace->step;
}
