/*
 * Claims: what contractors say about their classes and their workers' compensation, until
 * the license board says it.
 */
#ifndef NGX_HTTP_GATEHOUSE_CLAIM_H
#define NGX_HTTP_GATEHOUSE_CLAIM_H

/* lib. */
#include "config/field.h"
#include "directory/answer.h"

/* Module. */
#include "ngx_http_gatehouse_fields.h"

/* Whether the field asks for what the board has said already about the entry. */
ngx_uint_t ngx_http_gatehouse_claim_is_moot(const gh_field_t *field, const gh_entry_t *entry);

/*
 * Holds the claims of a form against each other, as far as it shows them: a class that
 * may not be exempt, an insurance that is not named whole.  Says in the attempt what is
 * wrong.
 */
void ngx_http_gatehouse_claim_check(ngx_http_gatehouse_attempt_t *attempt,
    ngx_http_gatehouse_fields_pt shows, void *data);

#endif
