/*
 * Claims.
 */

/* lib. */
#include "account/license.h"

/* Module. */
#include "ngx_http_gatehouse_attempt.h"
#include "ngx_http_gatehouse_claim.h"

ngx_uint_t
ngx_http_gatehouse_claim_is_moot(const gh_field_t *field, const gh_entry_t *entry)
{
    static const char  claim[] = "gatehouseClaimed";

    return ngx_strncmp(field->attribute, claim, sizeof(claim) - 1) == 0
           && !gh_text_is_empty(gh_entry_value(entry, "gatehouseLicenseStatus"));
}

/* What the form says in a field that it shows; `*is_shown` whether it does. */
static gh_text_t
ngx_http_gatehouse_claim_value(const ngx_http_gatehouse_attempt_t *attempt, const char *name,
    ngx_http_gatehouse_fields_pt shows, void *data, ngx_uint_t *is_shown)
{
    const gh_field_t  *field = gh_realm_field(attempt->realm, gh_text(name));

    *is_shown = field != NULL && shows(field, data);

    return *is_shown ? gh_text_trim(ngx_http_gatehouse_attempt_value(attempt, name))
                     : gh_text(NULL);
}

/* A contractor who may not be exempt from workers' compensation, by class, and says so. */
static void
ngx_http_gatehouse_claim_check_exempt(ngx_http_gatehouse_attempt_t *attempt,
    ngx_http_gatehouse_fields_pt shows, void *data)
{
    char       **class;
    gh_text_t    classes;
    ngx_uint_t   is_shown;

    classes = ngx_http_gatehouse_claim_value(attempt, "gatehouseClaimedClass", shows, data,
                                             &is_shown);

    for (class = attempt->realm->no_exempt_classes; class != NULL && *class != NULL; class++) {
        if (gh_license_is_class(classes, *class)) {
            ngx_http_gatehouse_attempt_wrong(
                attempt, "gatehouseClaimedComp",
                "Contractors of this class can't be exempt from workers' compensation.");
        }
    }
}

/* An insurance is named whole, where the form asks for it. */
static void
ngx_http_gatehouse_claim_check_policy(ngx_http_gatehouse_attempt_t *attempt,
    ngx_http_gatehouse_fields_pt shows, void *data)
{
    gh_text_t                 typed;
    ngx_uint_t                i, is_shown;
    static const char *const  parts[] = { "gatehouseClaimedCompCarrier",
                                          "gatehouseClaimedCompPolicy",
                                          "gatehouseClaimedCompExpiry" };

    for (i = 0; i < sizeof(parts) / sizeof(parts[0]); i++) {
        typed = ngx_http_gatehouse_claim_value(attempt, parts[i], shows, data, &is_shown);

        if (is_shown && gh_text_is_empty(typed)) {
            ngx_http_gatehouse_attempt_wrong(attempt, parts[i],
                                             "Fill this in: you are insured.");
        }
    }
}

void
ngx_http_gatehouse_claim_check(ngx_http_gatehouse_attempt_t *attempt,
    ngx_http_gatehouse_fields_pt shows, void *data)
{
    gh_text_t   comp;
    ngx_uint_t  is_shown;

    comp = ngx_http_gatehouse_claim_value(attempt, "gatehouseClaimedComp", shows, data,
                                          &is_shown);

    if (gh_text_equal_nocase(comp, gh_text("Exempt"))) {
        ngx_http_gatehouse_claim_check_exempt(attempt, shows, data);

    } else if (gh_text_equal_nocase(comp, gh_text("Workers' Compensation Insurance"))) {
        ngx_http_gatehouse_claim_check_policy(attempt, shows, data);
    }
}
