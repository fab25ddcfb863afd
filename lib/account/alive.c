/*
 * Alive: one search that finds one entry.
 */

/* System. */
#include <stdlib.h>

/* Account. */
#include "account/alive.h"

typedef struct {
    gh_flow_t     flow; /* MUST BE FIRST */
    gh_request_t *search;
    bool          is_given;
    bool          is_done;
    int           result;
} alive_t;

/* No attribute at all (RFC 4511, section 4.5.1.8). */
static const char *const attributes[] = { "1.1", NULL };

static const gh_request_t *
alive_next(gh_flow_t *flow)
{
    alive_t *alive = (alive_t *) flow;

    if (alive->is_given) {
        return NULL;
    }

    alive->is_given = true;
    return alive->search;
}

static void
alive_take(gh_flow_t *flow, const gh_request_t *request, const gh_answer_t *answer)
{
    alive_t *alive = (alive_t *) flow;

    (void) request;
    alive->result = answer->result;
    alive->is_done = true;

    /* A server without its data says that it has looked, and found nothing. */
    if (answer->result == GH_RESULT_SUCCESS && answer->entry_count != 1) {
        alive->result = GH_RESULT_NO_SUCH_OBJECT;
    }
}

static bool
alive_is_done(const gh_flow_t *flow)
{
    return ((const alive_t *) flow)->is_done;
}

static void
alive_free(gh_flow_t *flow)
{
    gh_request_free(((alive_t *) flow)->search);
    free(flow);
}

static const gh_flow_kind_t alive_kind = {
    .next = alive_next,
    .take = alive_take,
    .is_done = alive_is_done,
    .free = alive_free,
};

gh_flow_t *
gh_alive_new(const gh_config_t *config)
{
    alive_t *alive = calloc(1, sizeof(*alive));

    if (alive == NULL) {
        return NULL;
    }

    alive->flow.kind = &alive_kind;
    alive->result = GH_RESULT_NOMEM;
    alive->search = gh_request_search(
        config->realms[0].base, GH_SCOPE_BASE, "(objectClass=*)", attributes, 1);

    if (!gh_request_is_ok(alive->search)) {
        alive_free(&alive->flow);
        return NULL;
    }

    return &alive->flow;
}

int
gh_alive_result(const gh_flow_t *flow)
{
    return ((const alive_t *) flow)->result;
}
