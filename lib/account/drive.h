/*
 * Drive: flows on the waiting client, one or many side by side.
 */
#ifndef GH_ACCOUNT_DRIVE_H
#define GH_ACCOUNT_DRIVE_H

/* Directory. */
#include "directory/client.h"

/* Account. */
#include "account/flow.h"

/*
 * Sends what the flow has to send.  The flow and `deadline` (monotonic ms) are
 * the caller's; the flow must stay until gh_drive_step gave it back.
 * Returns 0 or GH_ERR_NOMEM.
 */
int gh_drive_start(gh_client_t *client, gh_flow_t *flow, int64_t deadline);

/*
 * Waits until one of the started flows is done and returns it; NULL when none
 * is under way.
 */
gh_flow_t *gh_drive_step(gh_client_t *client, int64_t deadline);

/* One flow from start to end.  Returns 0 when it is done, or GH_ERR_NOMEM. */
int gh_drive(gh_client_t *client, gh_flow_t *flow, int64_t deadline);

#endif
