/*
 * Alive: whether the directory answers, and can be used.
 */
#ifndef GH_ACCOUNT_ALIVE_H
#define GH_ACCOUNT_ALIVE_H

/* Config. */
#include "config/config.h"

/* Account. */
#include "account/flow.h"

/*
 * A flow that looks for the entry above the people of the first realm, as the gateway.
 * NULL when memory is out.
 */
gh_flow_t *gh_alive_new(const gh_config_t *config);

/*
 * The directory's code, below zero when it did not answer; only GH_RESULT_SUCCESS means
 * that it can be used.  Stands when the flow is done.
 */
int gh_alive_result(const gh_flow_t *flow);

#endif
