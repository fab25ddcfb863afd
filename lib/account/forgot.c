/*
 * Forgot: a lookup, and one modify.
 */

/* System. */
#include <stdlib.h>

/* Account. */
#include "account/forgot.h"
#include "account/lookup.h"
#include "account/password.h"

/* Bytes of an address; RFC 5321, section 4.5.3.1.3. */
#define MAIL_MAX 254

typedef struct {
    gh_flow_t          flow; /* MUST BE FIRST */
    gh_lookup_t        lookup;
    gh_forgot_result_t result;
    bool               is_done;
} forgot_t;

typedef struct {
    gh_flow_t           flow; /* MUST BE FIRST */
    gh_request_t       *modify;
    bool                is_sent;
    bool                is_done;
    gh_outcome_report_t report;
} link_t;

static const char *const attributes[] = { GH_CARD_ATTRIBUTES, "gatehouseDisabled", NULL };

/* Whom the lookup found, and whether a link may go there. */
static gh_outcome_t
forgot_decide(const gh_lookup_t *lookup)
{
    switch (lookup->outcome) {

    case GH_LOOKUP_FOUND:
        break;

    case GH_LOOKUP_NOBODY:
    case GH_LOOKUP_AMBIGUOUS:
        return GH_OUTCOME_GONE;

    default:
        return GH_OUTCOME_UNAVAILABLE;
    }

    if (gh_entry_has(&lookup->entry, "gatehouseDisabled", GH_TEXT("TRUE"))) {
        return GH_OUTCOME_DISABLED;
    }

    return lookup->who.mail[0] != '\0' ? GH_OUTCOME_DONE : GH_OUTCOME_BAD_VALUE;
}

static void
forgot_end(forgot_t *forgot)
{
    gh_outcome_report_t *report = &forgot->result.report;

    report->outcome = forgot_decide(&forgot->lookup);
    report->result = forgot->lookup.code;
    report->attr = report->outcome == GH_OUTCOME_BAD_VALUE ? "mail" : NULL;
    forgot->result.who = forgot->lookup.who;
    forgot->is_done = true;
}

static const gh_request_t *
forgot_next(gh_flow_t *flow)
{
    return gh_lookup_next(&((forgot_t *) flow)->lookup);
}

static void
forgot_take(gh_flow_t *flow, const gh_request_t *request, const gh_answer_t *answer)
{
    forgot_t *forgot = (forgot_t *) flow;

    gh_lookup_take(&forgot->lookup, request, answer);

    if (gh_lookup_is_done(&forgot->lookup)) {
        forgot_end(forgot);
    }
}

static bool
forgot_is_done(const gh_flow_t *flow)
{
    return ((const forgot_t *) flow)->is_done;
}

static void
forgot_free(gh_flow_t *flow)
{
    forgot_t *forgot = (forgot_t *) flow;

    gh_lookup_cleanup(&forgot->lookup);
    free(forgot);
}

static const gh_flow_kind_t forgot_kind = {
    .next = forgot_next,
    .take = forgot_take,
    .is_done = forgot_is_done,
    .free = forgot_free,
};

/* Puts the search in line; nothing that can name anybody needs one. */
static void
forgot_find(forgot_t *forgot, const gh_realm_t *realm, gh_text_t typed)
{
    gh_buf_t name;

    gh_buf_init(&name);
    typed = gh_text_trim(typed);

    if (gh_realm_canonical(realm, typed, &name) == 0) {
        gh_lookup_add_equal(&forgot->lookup, realm, "uid", gh_buf_text(&name), attributes);

    } else if (typed.len <= MAIL_MAX && memchr(typed.data, '@', typed.len) != NULL
        && gh_text_is_clean(typed))
    {
        gh_lookup_add_equal(&forgot->lookup, realm, "mail", typed, attributes);
    }

    gh_buf_cleanup(&name);
}

gh_flow_t *
gh_forgot_new(const gh_realm_t *realm, gh_text_t typed)
{
    forgot_t *forgot = calloc(1, sizeof(*forgot));

    if (forgot == NULL) {
        return NULL;
    }

    forgot->flow.kind = &forgot_kind;
    gh_outcome_init(&forgot->result.report);
    gh_lookup_init(&forgot->lookup);
    forgot_find(forgot, realm, typed);

    if (gh_lookup_is_done(&forgot->lookup)) {
        forgot_end(forgot);
    }

    return &forgot->flow;
}

const gh_forgot_result_t *
gh_forgot_result(const gh_flow_t *flow)
{
    return &((const forgot_t *) flow)->result;
}

static const gh_request_t *
link_next(gh_flow_t *flow)
{
    link_t *link = (link_t *) flow;

    if (link->is_sent) {
        return NULL;
    }

    link->is_sent = true;
    return link->modify;
}

static void
link_take(gh_flow_t *flow, const gh_request_t *request, const gh_answer_t *answer)
{
    link_t *link = (link_t *) flow;

    gh_outcome_of_write(request, answer, &link->report);
    link->is_done = true;
}

static bool
link_is_done(const gh_flow_t *flow)
{
    return ((const link_t *) flow)->is_done;
}

static void
link_free(gh_flow_t *flow)
{
    link_t *link = (link_t *) flow;

    gh_request_free(link->modify);
    free(link);
}

static const gh_flow_kind_t link_kind = {
    .next = link_next,
    .take = link_take,
    .is_done = link_is_done,
    .free = link_free,
};

gh_flow_t *
gh_forgot_link_new(const char *dn, const char *digest, gh_time_t now)
{
    link_t *link = calloc(1, sizeof(*link));
    char    until[GH_CLOCK_TEXT];

    if (link == NULL) {
        return NULL;
    }

    link->flow.kind = &link_kind;
    gh_outcome_init(&link->report);
    gh_clock_format(now + GH_FORGOT_LIFETIME, until);
    link->modify = gh_request_modify(dn);

    if (link->modify != NULL) {
        gh_request_set(
            link->modify, GH_CHANGE_REPLACE, "gatehouseResetDigest", gh_text(digest));
        gh_request_set(link->modify, GH_CHANGE_REPLACE, "gatehouseResetUntil", gh_text(until));
        gh_request_assert(link->modify, GH_PASSWORD_NOT_DISABLED);
    }

    if (!gh_request_is_ok(link->modify)) {
        link_free(&link->flow);
        return NULL;
    }

    return &link->flow;
}

const gh_outcome_report_t *
gh_forgot_link_result(const gh_flow_t *flow)
{
    return &((const link_t *) flow)->report;
}
