/*
 * Drive: requests of flows to the client, answers of the client to flows.
 *
 * A run stands for a started flow; an errand, the client's tag, for one of its
 * requests under way.  A run has one errand of its own with no request for the
 * directory, so that a flow without any comes out of gh_drive_step like the
 * others.
 */

/* System. */
#include <stdlib.h>

/* Account. */
#include "account/drive.h"

typedef struct {
    gh_flow_t *flow;
    size_t     under_way; /* errands; the run goes with the last */
} run_t;

typedef struct {
    run_t              *run;
    const gh_request_t *request;
} errand_t;

/* A request of no operation: the client answers it at once. */
static const gh_request_t nothing;

static int
drive_send(gh_client_t *client, run_t *run, const gh_request_t *request, int64_t deadline)
{
    errand_t *errand = malloc(sizeof(*errand));

    if (errand == NULL) {
        return GH_ERR_NOMEM;
    }

    errand->run = run;
    errand->request = request;

    if (gh_client_send(client, request, errand, deadline) != 0) {
        free(errand);
        return GH_ERR_NOMEM;
    }

    run->under_way++;

    return 0;
}

/* Sends all that the flow has to send; what can't be is answered here. */
static void
drive_pump(gh_client_t *client, run_t *run, int64_t deadline)
{
    const gh_request_t *request;
    gh_answer_t         answer;

    while ((request = gh_flow_next(run->flow)) != NULL) {
        if (drive_send(client, run, request, deadline) != 0) {
            gh_answer_init(&answer);
            answer.result = GH_RESULT_NOMEM;
            gh_flow_take(run->flow, request, &answer);
        }
    }
}

int
gh_drive_start(gh_client_t *client, gh_flow_t *flow, int64_t deadline)
{
    run_t *run = calloc(1, sizeof(*run));

    if (run == NULL) {
        return GH_ERR_NOMEM;
    }

    run->flow = flow;

    if (drive_send(client, run, &nothing, deadline) != 0) {
        free(run);
        return GH_ERR_NOMEM;
    }

    drive_pump(client, run, deadline);

    return 0;
}

gh_flow_t *
gh_drive_step(gh_client_t *client, int64_t deadline)
{
    gh_answer_t answer;
    void       *tag;

    while (gh_client_receive(client, &tag, &answer)) {
        errand_t  *errand = tag;
        run_t     *run = errand->run;
        gh_flow_t *flow = run->flow;

        if (errand->request != &nothing) {
            gh_flow_take(flow, errand->request, &answer);
        }

        gh_answer_cleanup(&answer);
        free(errand);
        run->under_way--;
        drive_pump(client, run, deadline);

        /* Its requests live as long as the flow: it is given back only when
         * the client holds none of them any more. */
        if (run->under_way == 0) {
            free(run);
            return flow;
        }
    }

    return NULL;
}

int
gh_drive(gh_client_t *client, gh_flow_t *flow, int64_t deadline)
{
    int rc = gh_drive_start(client, flow, deadline);

    if (rc == 0) {
        gh_drive_step(client, deadline);
    }

    return rc;
}
