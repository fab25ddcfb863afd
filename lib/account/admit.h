/*
 * Admit: may somebody in whom another has signed in, with a key or by a timetable?
 *
 *     find the entry
 *
 * No password is shown, so it is not known whether one has expired.  Who is disabled,
 * whose temporary password has ended or who has none yet stays out; a temporary
 * one is to be changed; a lock from wrong guesses says nothing about who comes
 * without a guess.
 */
#ifndef GH_ACCOUNT_ADMIT_H
#define GH_ACCOUNT_ADMIT_H

/* Base. */
#include "base/clock.h"

/* Config. */
#include "config/config.h"

/* Account. */
#include "account/card.h"
#include "account/flow.h"
#include "account/verdict.h"

typedef struct {
    gh_verdict_t       verdict;
    gh_identity_card_t who;    /* its strings are NULL before an entry was found */
    int                result; /* the directory's code, for the log, with UNAVAILABLE */
} gh_admit_result_t;

/*
 * A flow that decides about the name `typed` in `realm` at `now`.  `realm`
 * outlives the flow.  NULL when memory is out.
 */
gh_flow_t *gh_admit_new(const gh_realm_t *realm, gh_text_t typed, gh_time_t now);

/* What it came to; stands when the flow is done, lives as long as the flow. */
const gh_admit_result_t *gh_admit_result(const gh_flow_t *flow);

#endif
