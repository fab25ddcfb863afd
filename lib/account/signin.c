/*
 * Sign in: search and bind, side by side where the DN follows from the name,
 * then the bind that makes every refusal cost the same.
 */

/* System. */
#include <stdlib.h>

/* Directory. */
#include "directory/dn.h"
#include "directory/filter.h"

/* Account. */
#include "account/settle.h"
#include "account/signin.h"
#include "account/stamp.h"

/* Under the decoy stands nobody: a bind there is refused without a hash. */
#define NOBODY "cn=nobody,"

/* Tells of the security question, the only entry that there is below a person (X.501). */
#define CHILDREN "hasSubordinates"

typedef enum {
    STEP_DONE = 0, /* MUST BE ZERO: nothing is sent, the verdict stands */
    STEP_FIND,     /* the search, and by name the bind beside it */
    STEP_BIND,     /* the bind that follows a search */
    STEP_EVEN_OUT  /* the second bind of a refusal */
} step_t;

typedef struct {
    gh_flow_t           flow; /* MUST BE FIRST */
    const gh_config_t  *config;
    gh_time_t           now;
    gh_secret_t        *password;
    step_t              step;
    gh_request_t       *search;
    gh_request_t       *bind;
    gh_request_t       *second;
    const gh_request_t *ready[3]; /* in the order they go out */
    size_t              ready_count;
    size_t              given;    /* of `ready` */
    size_t              answered; /* of `given` */
    gh_answer_t         bound;    /* the bind's code and policy, no entries */
    gh_state_t          state;
    gh_verdict_t        trouble; /* the search's, which no bind can mend */
    gh_signin_result_t  result;
} signin_t;

static const char *const attributes[] = { GH_CARD_ATTRIBUTES, GH_STATE_ATTRIBUTES,
    GH_STAMP_ATTRIBUTE, GH_SETTLE_ATTRIBUTE, CHILDREN, NULL };

static void
signin_end(signin_t *signin, gh_verdict_t verdict)
{
    signin->result.verdict = verdict;
    signin->step = STEP_DONE;
    gh_secret_reset(signin->password);
}

/* Puts a request in line; one that could not be built ends the flow. */
static void
signin_ready(signin_t *signin, gh_request_t *request)
{
    if (!gh_request_is_ok(request)) {
        signin->result.result = GH_RESULT_NOMEM;
        signin_end(signin, GH_VERDICT_UNAVAILABLE);
        return;
    }

    signin->ready[signin->ready_count++] = request;
}

static void
signin_bind(signin_t *signin, gh_request_t **slot, const char *dn)
{
    *slot = gh_request_bind(dn, signin->password);
    signin_ready(signin, *slot);
}

static void
signin_bind_nobody(signin_t *signin, gh_request_t **slot)
{
    gh_buf_t dn;

    gh_buf_init(&dn);
    gh_buf_add_string(&dn, NOBODY);
    gh_buf_add_string(&dn, signin->config->directory.decoy_dn);

    if (gh_buf_is_ok(&dn)) {
        signin_bind(signin, slot, gh_buf_string(&dn));
    } else {
        signin_ready(signin, NULL);
    }

    gh_buf_cleanup(&dn);
}

/* `(&(objectClass=gatehouseAccount)(|(uid=NAME)(mail=NAME)))` */
static int
search_filter(const gh_realm_t *realm, gh_text_t name, gh_buf_t *out)
{
    gh_buf_add_string(out, "(&(objectClass=gatehouseAccount)(|");

    for (char **attr = realm->login_attributes; *attr != NULL; attr++) {
        gh_filter_equal(out, *attr, name);
    }

    gh_buf_add_string(out, "))");

    return gh_buf_is_ok(out) ? 0 : GH_ERR_NOMEM;
}

static void
find_by_name(signin_t *signin, gh_text_t name)
{
    const gh_realm_t *realm = signin->result.who.realm;
    gh_buf_t          dn;

    gh_buf_init(&dn);

    if (gh_dn_child(&dn, "uid", name, realm->base) == 0) {
        signin->search = gh_request_search(
            gh_buf_string(&dn), GH_SCOPE_BASE, "(objectClass=gatehouseAccount)", attributes, 1);
        signin_ready(signin, signin->search);
        signin_bind(signin, &signin->bind, gh_buf_string(&dn));
    } else {
        signin_ready(signin, NULL);
    }

    gh_buf_cleanup(&dn);
}

static void
find_by_search(signin_t *signin, gh_text_t name)
{
    const gh_realm_t *realm = signin->result.who.realm;
    gh_buf_t          filter;

    gh_buf_init(&filter);

    if (search_filter(realm, name, &filter) == 0) {
        signin->search = gh_request_search(
            realm->base, GH_SCOPE_SUBTREE, gh_buf_string(&filter), attributes, 2);
        signin_ready(signin, signin->search);
    } else {
        signin_ready(signin, NULL);
    }

    gh_buf_cleanup(&filter);
}

/*
 * Whether a search by DN has found that DN; a search by name leaves it open.
 * The directory mostly spells it as it was asked, which is seen at once.
 */
static bool
is_asked_for(const gh_request_t *search, const gh_entry_t *entry)
{
    return search->scope != GH_SCOPE_BASE || strcmp(entry->dn, search->dn) == 0
        || gh_dn_equal(entry->dn, search->dn);
}

/* The search's answer: who it is and in which state, or why that can't be said. */
static void
take_search(signin_t *signin, const gh_answer_t *answer)
{
    if (answer->result == GH_RESULT_NO_SUCH_OBJECT
        || (answer->result == GH_RESULT_SUCCESS && answer->entry_count == 0))
    {
        signin->state = GH_STATE_UNKNOWN;
        return;
    }

    if (answer->result != GH_RESULT_SUCCESS && answer->result != GH_RESULT_SIZE_LIMIT) {
        signin->trouble = GH_VERDICT_UNAVAILABLE;
        signin->result.result = answer->result;
        return;
    }

    /* More than one person by that name, whether all were sent or not, an entry
     * that nobody asked for, or one that names nobody. */
    if (answer->result == GH_RESULT_SIZE_LIMIT || answer->entry_count != 1
        || !is_asked_for(signin->search, &answer->entries[0])
        || !gh_card_read(&signin->result.who, &answer->entries[0]))
    {
        signin->state = GH_STATE_UNKNOWN;
        signin->trouble = GH_VERDICT_DENY;
        signin->result.result = GH_RESULT_MALFORMED;
        return;
    }

    signin->state =
        gh_state_of(&answer->entries[0], signin->now, signin->config->directory.lockout);
    (void) gh_clock_parse(
        gh_entry_value(&answer->entries[0], GH_STAMP_ATTRIBUTE), &signin->result.last);
    signin->result.lacks_question =
        gh_entry_has(&answer->entries[0], CHILDREN, GH_TEXT("FALSE"));
    signin->result.is_unsettled = gh_settle_is_due(signin->config, &answer->entries[0]);
}

static void
take_bind(signin_t *signin, const gh_answer_t *answer)
{
    signin->bound.result = answer->result;
    signin->bound.policy = answer->policy;
}

/* What search and bind come to together. */
static gh_verdict_t
signin_verdict(const signin_t *signin)
{
    if (signin->trouble != GH_VERDICT_COUNT) {
        return signin->trouble;
    }

    return gh_verdict(&signin->bound, signin->state);
}

/* Both answers are there: lets in, or makes the refusal cost what all cost. */
static void
signin_decide(signin_t *signin)
{
    gh_verdict_t verdict = signin_verdict(signin);

    signin->result.verdict = verdict;
    signin->result.expires_in = signin->bound.policy.expires_in;
    signin->result.grace_left = signin->bound.policy.grace_left;

    if (signin->trouble == GH_VERDICT_COUNT) {
        signin->result.result = signin->bound.result;
    }

    if (gh_verdict_is_in(verdict) || verdict == GH_VERDICT_MUST_CHANGE
        || verdict == GH_VERDICT_EXPIRED || verdict == GH_VERDICT_UNAVAILABLE)
    {
        signin_end(signin, verdict);
        return;
    }

    signin->step = STEP_EVEN_OUT;

    if (gh_verdict_was_hashed(&signin->bound, signin->state)) {
        signin_bind_nobody(signin, &signin->second);
    } else {
        signin_bind(signin, &signin->second, signin->config->directory.decoy_dn);
    }
}

/* The search alone has come back: binds as whom it found, or as nobody. */
static void
signin_follow(signin_t *signin)
{
    if (signin->trouble == GH_VERDICT_UNAVAILABLE) {
        signin_end(signin, GH_VERDICT_UNAVAILABLE);
        return;
    }

    signin->step = STEP_BIND;

    if (signin->result.who.dn != NULL && signin->trouble == GH_VERDICT_COUNT) {
        signin_bind(signin, &signin->bind, signin->result.who.dn);
    } else {
        signin_bind_nobody(signin, &signin->bind);
    }
}

static const gh_request_t *
signin_next(gh_flow_t *flow)
{
    signin_t *signin = (signin_t *) flow;

    if (signin->given == signin->ready_count) {
        return NULL;
    }

    return signin->ready[signin->given++];
}

static void
signin_take(gh_flow_t *flow, const gh_request_t *request, const gh_answer_t *answer)
{
    signin_t *signin = (signin_t *) flow;

    signin->answered++;

    /* Without an answer to both there is no verdict: the other is not waited for. */
    if (request != signin->second && answer->result < 0) {
        signin->result.result = answer->result;
        signin_end(signin, GH_VERDICT_UNAVAILABLE);
        return;
    }

    if (request == signin->search) {
        take_search(signin, answer);
    } else if (request == signin->bind) {
        take_bind(signin, answer);
    }

    if (signin->answered < signin->ready_count) {
        return;
    }

    switch (signin->step) {

    case STEP_FIND:
        if (signin->bind == NULL) {
            signin_follow(signin);
        } else {
            signin_decide(signin);
        }
        break;

    case STEP_BIND:
        signin_decide(signin);
        break;

    case STEP_EVEN_OUT:
        signin_end(signin, signin->result.verdict);
        break;

    case STEP_DONE:
        break;
    }
}

static bool
signin_is_done(const gh_flow_t *flow)
{
    return ((const signin_t *) flow)->step == STEP_DONE;
}

static void
signin_free(gh_flow_t *flow)
{
    signin_t *signin = (signin_t *) flow;

    gh_request_free(signin->search);
    gh_request_free(signin->bind);
    gh_request_free(signin->second);
    gh_secret_free(signin->password);
    gh_card_cleanup(&signin->result.who);
    free(signin);
}

static const gh_flow_kind_t signin_kind = {
    .next = signin_next,
    .take = signin_take,
    .is_done = signin_is_done,
    .free = signin_free,
};

/* Puts the first requests in line for what was typed. */
static void
signin_start(signin_t *signin, gh_text_t typed)
{
    const gh_realm_t *realm = signin->result.who.realm;
    gh_buf_t          name;

    if (signin->password->len == 0) {
        signin_end(signin, GH_VERDICT_WRONG_PASSWORD);
        return;
    }

    gh_buf_init(&name);
    signin->step = STEP_FIND;

    if (gh_realm_canonical(realm, typed, &name) != 0) {
        /* Nobody can have that name; the directory does its work all the same. */
        signin_bind_nobody(signin, &signin->bind);

    } else if (realm->find == GH_FIND_BY_NAME) {
        find_by_name(signin, gh_buf_text(&name));

    } else {
        find_by_search(signin, gh_buf_text(&name));
    }

    gh_buf_cleanup(&name);
}

gh_flow_t *
gh_signin_new(const gh_config_t *config, const gh_realm_t *realm, gh_text_t typed,
    gh_secret_t **password, gh_time_t now)
{
    signin_t *signin = calloc(1, sizeof(*signin));

    if (signin == NULL) {
        gh_secret_free(*password);
        *password = NULL;
        return NULL;
    }

    signin->flow.kind = &signin_kind;
    signin->config = config;
    signin->now = now;
    signin->password = *password;
    signin->trouble = GH_VERDICT_COUNT;
    signin->result.who.realm = realm;
    signin->result.expires_in = -1;
    signin->result.grace_left = -1;
    gh_answer_init(&signin->bound);
    *password = NULL;

    signin_start(signin, typed);

    return &signin->flow;
}

const gh_signin_result_t *
gh_signin_result(const gh_flow_t *flow)
{
    return &((const signin_t *) flow)->result;
}
