/*
 * Rules: one search of one entry.
 */

/* System. */
#include <stdlib.h>

/* Directory. */
#include "directory/dn.h"

/* Account. */
#include "account/rule.h"

#define DAY (24 * 3600 * GH_SECOND)

typedef struct {
    gh_flow_t     flow; /* MUST BE FIRST */
    gh_request_t *search;
    bool          is_given;
    bool          is_done;
    gh_verdict_t  verdict;
    int           result;
} rule_t;

/* No attribute at all (RFC 4511, section 4.5.1.8). */
static const char *const nothing[] = { "1.1", NULL };

static const gh_request_t *
rule_next(gh_flow_t *flow)
{
    rule_t *rule = (rule_t *) flow;

    if (rule->is_given) {
        return NULL;
    }

    rule->is_given = true;
    return rule->search;
}

static void
rule_take(gh_flow_t *flow, const gh_request_t *request, const gh_answer_t *answer)
{
    rule_t *rule = (rule_t *) flow;

    rule->is_done = true;
    rule->result = answer->result;

    if (answer->result != GH_RESULT_SUCCESS && answer->result != GH_RESULT_NO_SUCH_OBJECT) {
        rule->verdict = GH_VERDICT_UNAVAILABLE;

    } else if (answer->result == GH_RESULT_SUCCESS && answer->entry_count == 1
        && gh_dn_equal(answer->entries[0].dn, request->dn))
    {
        rule->verdict = GH_VERDICT_SIGNED_IN;

    } else {
        rule->verdict = GH_VERDICT_FORBIDDEN;
    }
}

static bool
rule_is_done(const gh_flow_t *flow)
{
    return ((const rule_t *) flow)->is_done;
}

static void
rule_free(gh_flow_t *flow)
{
    gh_request_free(((rule_t *) flow)->search);
    free(flow);
}

static const gh_flow_kind_t rule_kind = {
    .next = rule_next,
    .take = rule_take,
    .is_done = rule_is_done,
    .free = rule_free,
};

/* Appends the filter with the times in it.  Returns 0 or GH_ERR_NOMEM. */
static int
rule_expand(const char *filter, gh_time_t now, gh_buf_t *out)
{
    static const char *const names[] = { "%{now}", "%{today}" };

    char times[2][GH_CLOCK_TEXT];

    gh_clock_format(now - now % GH_SECOND, times[0]);
    gh_clock_format(now - now % DAY, times[1]);

    while (*filter != '\0') {
        size_t i = 0;

        while (i < 2 && strncmp(filter, names[i], strlen(names[i])) != 0) {
            i++;
        }

        if (i < 2) {
            gh_buf_add_string(out, times[i]);
            filter += strlen(names[i]);
        } else {
            gh_buf_add(out, filter++, 1);
        }
    }

    return gh_buf_is_ok(out) ? 0 : GH_ERR_NOMEM;
}

gh_flow_t *
gh_rule_new(const char *dn, const char *filter, gh_time_t now)
{
    rule_t  *rule = calloc(1, sizeof(*rule));
    gh_buf_t whole;

    if (rule == NULL) {
        return NULL;
    }

    rule->flow.kind = &rule_kind;
    gh_buf_init(&whole);

    if (rule_expand(filter, now, &whole) == 0) {
        rule->search = gh_request_search(dn, GH_SCOPE_BASE, gh_buf_string(&whole), nothing, 1);
    }

    gh_buf_cleanup(&whole);

    if (rule->search == NULL) {
        free(rule);
        return NULL;
    }

    return &rule->flow;
}

gh_verdict_t
gh_rule_verdict(const gh_flow_t *flow)
{
    return ((const rule_t *) flow)->verdict;
}

int
gh_rule_result(const gh_flow_t *flow)
{
    return ((const rule_t *) flow)->result;
}
