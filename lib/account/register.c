/*
 * Register: search, add, add the question, search.
 *
 *     FIND -> ADD -> QUESTION -> READ -> done
 *              |-> COLLISION, when somebody else was faster
 *              |-> MAIL, when an address may be taken
 */

/* System. */
#include <stdlib.h>

/* Directory. */
#include "directory/dn.h"

/* Account. */
#include "account/lookup.h"
#include "account/recovery.h"
#include "account/register.h"

typedef enum {
    STEP_DONE = 0,  /* MUST BE ZERO: nothing is sent, the outcome stands */
    STEP_FIND,      /* whether the name is free */
    STEP_ADD,       /* the account */
    STEP_COLLISION, /* whose the name is that was free just now */
    STEP_MAIL,      /* whether the address is somebody's */
    STEP_QUESTION,  /* its security question */
    STEP_READ       /* who it is now */
} step_t;

typedef struct {
    gh_flow_t            flow; /* MUST BE FIRST */
    const gh_realm_t    *realm;
    step_t               step;
    const gh_request_t  *ready; /* to be handed out next */
    char                *uid;
    char                *mail;
    gh_lookup_t          find;
    gh_lookup_t          second; /* of COLLISION, MAIL or READ: one of them at most */
    gh_request_t        *add;
    gh_request_t        *question; /* NULL: none is asked */
    bool                 is_contractor;
    gh_register_result_t result;
} registration_t;

static const char *const attributes[] = { GH_CARD_ATTRIBUTES, "objectClass", NULL };

static void
register_end(registration_t *reg, gh_outcome_t outcome)
{
    reg->result.report.outcome = outcome;
    reg->step = STEP_DONE;
    reg->ready = NULL;
}

static void
register_go(registration_t *reg, step_t step, const gh_request_t *ready)
{
    reg->step = step;
    reg->ready = ready;
}

static void register_looked(registration_t *reg);

/* Begins a search; one that could not be built is answered already. */
static void
register_look(
    registration_t *reg, step_t step, gh_lookup_t *lookup, const char *attr, const char *value)
{
    gh_lookup_add_equal(lookup, reg->realm, attr, gh_text(value), attributes);
    register_go(reg, step, gh_lookup_next(lookup));

    if (gh_lookup_is_done(lookup)) {
        register_looked(reg);
    }
}

/*
 * Somebody has the name; a license on file is staff's to hand over.  Where nobody
 * can say whose it is (a busy directory), it is what was asked for: there is no
 * other license number to choose.
 */
static void
register_refuse_name(registration_t *reg, const gh_lookup_t *lookup)
{
    bool is_on_file = lookup->outcome == GH_LOOKUP_FOUND
        ? gh_entry_has(&lookup->entry, "objectClass", GH_TEXT("gatehouseContractor"))
        : reg->is_contractor;

    register_end(reg, is_on_file ? GH_OUTCOME_ON_FILE : GH_OUTCOME_TAKEN);
}

/* The account is there; who it is only matters for signing it in at once. */
static void
register_read(registration_t *reg)
{
    if (reg->second.outcome == GH_LOOKUP_FOUND) {
        reg->result.who = reg->second.who;
        reg->second.who = (gh_identity_card_t){ 0 };
    }

    register_end(reg, GH_OUTCOME_DONE);
}

/* The answer to a search is there, in whichever step. */
static void
register_looked(registration_t *reg)
{
    switch (reg->step) {

    case STEP_FIND:
        if (reg->find.outcome == GH_LOOKUP_UNAVAILABLE) {
            gh_outcome_of_lookup(&reg->find, &reg->result.report);
            register_end(reg, GH_OUTCOME_UNAVAILABLE);

        } else if (reg->find.outcome == GH_LOOKUP_NOBODY) {
            register_go(reg, STEP_ADD, reg->add);

        } else {
            register_refuse_name(reg, &reg->find);
        }
        break;

    case STEP_COLLISION:
        register_refuse_name(reg, &reg->second);
        break;

    case STEP_MAIL:
        gh_outcome_of_mail(&reg->second, NULL, &reg->result.report);
        register_end(reg, reg->result.report.outcome);
        break;

    case STEP_READ:
        register_read(reg);
        break;

    default:
        break;
    }
}

static void
register_added(registration_t *reg, const gh_answer_t *answer)
{
    gh_outcome_report_t *report = &reg->result.report;

    gh_outcome_of_write(reg->add, answer, report);

    if (report->outcome == GH_OUTCOME_DONE) {
        if (reg->question != NULL) {
            register_go(reg, STEP_QUESTION, reg->question);
        } else {
            register_look(reg, STEP_READ, &reg->second, "uid", reg->uid);
        }

    } else if (report->outcome == GH_OUTCOME_TAKEN) {
        register_look(reg, STEP_COLLISION, &reg->second, "uid", reg->uid);

    } else if (gh_outcome_may_be_mail(reg->add, report)) {
        register_look(reg, STEP_MAIL, &reg->second, "mail", reg->mail);

    } else if (report->outcome == GH_OUTCOME_GONE) {
        /* It is the realm's own base that is missing. */
        register_end(reg, GH_OUTCOME_UNAVAILABLE);

    } else {
        register_end(reg, report->outcome);
    }
}

static const gh_request_t *
register_next(gh_flow_t *flow)
{
    registration_t     *reg = (registration_t *) flow;
    const gh_request_t *ready = reg->ready;

    reg->ready = NULL;

    return ready;
}

static void
register_take(gh_flow_t *flow, const gh_request_t *request, const gh_answer_t *answer)
{
    registration_t *reg = (registration_t *) flow;

    switch (reg->step) {

    case STEP_FIND:
        gh_lookup_take(&reg->find, request, answer);
        register_looked(reg);
        break;

    case STEP_COLLISION:
    case STEP_MAIL:
    case STEP_READ:
        gh_lookup_take(&reg->second, request, answer);
        register_looked(reg);
        break;

    case STEP_ADD:
        register_added(reg, answer);
        break;

    case STEP_QUESTION:
        reg->result.has_question = answer->result == GH_RESULT_SUCCESS;
        register_look(reg, STEP_READ, &reg->second, "uid", reg->uid);
        break;

    case STEP_DONE:
        break;
    }
}

static bool
register_is_done(const gh_flow_t *flow)
{
    return ((const registration_t *) flow)->step == STEP_DONE;
}

static void
register_free(gh_flow_t *flow)
{
    registration_t *reg = (registration_t *) flow;

    gh_lookup_cleanup(&reg->find);
    gh_lookup_cleanup(&reg->second);
    gh_request_free(reg->add);
    gh_request_free(reg->question);
    gh_card_cleanup(&reg->result.who);
    free(reg->uid);
    free(reg->mail);
    free(reg);
}

static const gh_flow_kind_t register_kind = {
    .next = register_next,
    .take = register_take,
    .is_done = register_is_done,
    .free = register_free,
};

/* The account, whole, in one add. */
static gh_request_t *
register_add(const char *dn, const registration_t *reg, const gh_entry_t *typed,
    bool is_contractor, const gh_secret_t *password, gh_time_t now)
{
    const gh_text_t classes[] = { GH_TEXT("top"), GH_TEXT("person"),
        GH_TEXT("organizationalPerson"), GH_TEXT("inetOrgPerson"), GH_TEXT("gatehouseAccount"),
        GH_TEXT("gatehouseContractor") };
    gh_request_t   *add = gh_request_add(dn);
    char            stamp[GH_CLOCK_TEXT];

    if (add == NULL) {
        return NULL;
    }

    gh_clock_format(now, stamp);
    gh_request_change(add, GH_CHANGE_ADD, "objectClass", classes, is_contractor ? 6 : 5);
    gh_request_set(add, GH_CHANGE_ADD, "uid", gh_text(reg->uid));
    gh_typed_put(add, typed);
    gh_request_set(add, GH_CHANGE_ADD, "gatehousePasswordSet", gh_text(stamp));
    gh_request_set(add, GH_CHANGE_ADD, "gatehouseLastSignIn", gh_text(stamp));
    gh_request_set_secret(add, GH_CHANGE_ADD, "userPassword", password);

    return add;
}

/* Builds both writes, which hold all that was typed.  0 or an error. */
static int
register_build(registration_t *reg, const gh_config_t *config, const gh_register_form_t *form,
    const gh_secret_t *password, const gh_secret_t *answer, gh_time_t now)
{
    gh_entry_t typed = { 0 };
    gh_buf_t   dn;
    int        rc;

    gh_buf_init(&dn);
    rc = gh_typed_copy(&typed, form->typed, form->typed_count);

    if (rc == 0) {
        rc = gh_typed_new_names(&typed, gh_text(reg->uid), form->is_contractor);
    }

    if (rc == 0) {
        rc = gh_dn_child(&dn, "uid", gh_text(reg->uid), reg->realm->base);
    }

    if (rc == 0) {
        reg->mail = gh_text_dup(gh_entry_value(&typed, "mail"));
        reg->add =
            register_add(gh_buf_string(&dn), reg, &typed, form->is_contractor, password, now);
        rc = reg->mail != NULL && gh_request_is_ok(reg->add) ? 0 : GH_ERR_NOMEM;
    }

    if (rc == 0 && !gh_text_is_empty(form->question) && answer != NULL && answer->len > 0) {
        reg->question =
            gh_recovery_add(config->directory.base, gh_buf_string(&dn), form->question, answer);
        rc = gh_request_is_ok(reg->question) ? 0 : GH_ERR_NOMEM;
    }

    gh_buf_cleanup(&dn);
    gh_entry_cleanup(&typed);

    return rc;
}

/* Refuses what the directory need not be asked, or begins.  0 or an error. */
static int
register_start(registration_t *reg, const gh_config_t *config, const gh_register_form_t *form,
    const gh_secret_t *password, const gh_secret_t *answer, gh_time_t now)
{
    gh_buf_t name;
    int      rc;

    gh_buf_init(&name);
    rc = gh_realm_canonical(reg->realm, form->username, &name);

    if (rc == 0) {
        reg->uid = gh_buf_take(&name);
    }

    gh_buf_cleanup(&name);

    if (rc == GH_ERR_INVALID) {
        reg->result.report.attr = "uid";
        register_end(reg, GH_OUTCOME_BAD_VALUE);
        return 0;
    }

    if (rc != 0 || reg->uid == NULL) {
        return GH_ERR_NOMEM;
    }

    if (password->len == 0) {
        reg->result.report.policy = GH_POLICY_TOO_SHORT;
        register_end(reg, GH_OUTCOME_BAD_PASSWORD);
        return 0;
    }

    rc = register_build(reg, config, form, password, answer, now);

    if (rc == 0) {
        register_look(reg, STEP_FIND, &reg->find, "uid", reg->uid);
    }

    return rc;
}

gh_flow_t *
gh_register_new(const gh_config_t *config, const gh_realm_t *realm,
    const gh_register_form_t *form, gh_secret_t **password, gh_secret_t **answer, gh_time_t now)
{
    registration_t *reg = calloc(1, sizeof(*reg));
    gh_flow_t      *flow = NULL;

    if (reg != NULL) {
        reg->flow.kind = &register_kind;
        reg->realm = realm;
        reg->is_contractor = form->is_contractor;
        gh_lookup_init(&reg->find);
        gh_lookup_init(&reg->second);
        gh_outcome_init(&reg->result.report);

        if (register_start(reg, config, form, *password, *answer, now) == 0) {
            flow = &reg->flow;
        } else {
            register_free(&reg->flow);
        }
    }

    gh_secret_free(*password);
    gh_secret_free(*answer);
    *password = NULL;
    *answer = NULL;

    return flow;
}

const gh_register_result_t *
gh_register_result(const gh_flow_t *flow)
{
    return &((const registration_t *) flow)->result;
}
