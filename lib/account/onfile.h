/*
 * On file: puts what the license board says about one contractor into the
 * directory.
 *
 * The entry is looked up first.  A missing one is added; of one that is there
 * only what differs is changed, in one modify.  What a person typed stays: once
 * an entry has a password (gatehousePasswordSet), its contact attributes are
 * not touched any more, and password and mail address never are.
 */
#ifndef GH_ACCOUNT_ONFILE_H
#define GH_ACCOUNT_ONFILE_H

/* Config. */
#include "config/realm.h"

/* Account. */
#include "account/flow.h"
#include "account/license.h"

enum {
    GH_ONFILE_UPDATE_ONLY = 1 << 0, /* create nobody */
    GH_ONFILE_DRY_RUN = 1 << 1      /* look, and write nothing */
};

typedef enum {
    GH_ONFILE_UNDECIDED = 0,
    GH_ONFILE_CREATED, /* or would be, in a dry run */
    GH_ONFILE_UPDATED, /* or would be, in a dry run */
    GH_ONFILE_UNCHANGED,
    GH_ONFILE_ABSENT,      /* nobody there, with UPDATE_ONLY */
    GH_ONFILE_REFUSED,     /* by the directory; `error` says why */
    GH_ONFILE_UNREACHABLE, /* unknown whether a write was done */
    GH_ONFILE_OUTCOMES     /* how many there are */
} gh_onfile_outcome_t;

typedef struct {
    gh_onfile_outcome_t outcome;
    int                 result; /* the directory's code, with REFUSED and UNREACHABLE */
    gh_error_t          error;  /* with REFUSED and UNREACHABLE */
} gh_onfile_result_t;

/*
 * A flow that puts `*license` on file in `realm`, as `flags` say.  Takes the
 * license over (`*license` is NULL afterwards, also on failure); the realm outlives
 * the flow.  NULL when memory is out.
 *
 * Two flows for the same license must not be under way at the same time.
 */
gh_flow_t *gh_onfile_new(const gh_realm_t *realm, gh_license_t **license, unsigned flags);

/* What it came to; stands when the flow is done, lives as long as the flow. */
const gh_onfile_result_t *gh_onfile_result(const gh_flow_t *flow);

#endif
