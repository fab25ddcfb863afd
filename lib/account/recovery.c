/*
 * Recovery: building the writes of the security question.
 */

/* Directory. */
#include "directory/dn.h"

/* Account. */
#include "account/recovery.h"

#define RECOVERY_POLICY "cn=recovery,ou=policies,"

int
gh_recovery_dn(gh_buf_t *out, const char *dn)
{
    return gh_dn_child(out, "cn", GH_TEXT("recovery"), dn);
}

/* An add or a modify of the recovery entry of `dn`; NULL when memory is out. */
static gh_request_t *
recovery_request(gh_request_t *(*build)(const char *dn), const char *dn)
{
    gh_request_t *request = NULL;
    gh_buf_t      child;

    gh_buf_init(&child);

    if (gh_recovery_dn(&child, dn) == 0) {
        request = build(gh_buf_string(&child));
    }

    gh_buf_cleanup(&child);
    return request;
}

static void
recovery_fill(
    gh_request_t *request, gh_change_kind_t kind, gh_text_t question, const gh_secret_t *answer)
{
    gh_request_set(request, kind, "gatehouseQuestion", question);
    gh_request_set_secret(request, kind, "userPassword", answer);
}

gh_request_t *
gh_recovery_add(const char *base, const char *dn, gh_text_t question, const gh_secret_t *answer)
{
    const gh_text_t classes[] = { GH_TEXT("top"), GH_TEXT("gatehouseRecovery") };
    gh_request_t   *add = recovery_request(gh_request_add, dn);
    gh_buf_t        policy;

    if (add == NULL) {
        return NULL;
    }

    gh_buf_init(&policy);
    gh_buf_add_string(&policy, RECOVERY_POLICY);
    gh_buf_add_string(&policy, base);
    add->failed |= !gh_buf_is_ok(&policy);

    gh_request_change(add, GH_CHANGE_ADD, "objectClass", classes, 2);
    gh_request_set(add, GH_CHANGE_ADD, "cn", GH_TEXT("recovery"));
    gh_request_set(add, GH_CHANGE_ADD, "pwdPolicySubentry", gh_buf_text(&policy));
    recovery_fill(add, GH_CHANGE_ADD, question, answer);
    gh_buf_cleanup(&policy);

    return add;
}

gh_request_t *
gh_recovery_modify(const char *dn, gh_text_t question, const gh_secret_t *answer)
{
    gh_request_t *modify = recovery_request(gh_request_modify, dn);

    if (modify != NULL) {
        recovery_fill(modify, GH_CHANGE_REPLACE, question, answer);
    }

    return modify;
}
