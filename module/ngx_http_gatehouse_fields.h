/*
 * Fields: the rows of a form, as the template `form` takes them, and what people typed
 * into those that gatehouse.conf asks for.
 */
#ifndef NGX_HTTP_GATEHOUSE_FIELDS_H
#define NGX_HTTP_GATEHOUSE_FIELDS_H

/* System. */
#include <jansson.h>

/* lib. */
#include "account/typed.h"

/* Module. */
#include "ngx_http_gatehouse_attempt.h"

/* A row that every form of its kind has. */
typedef struct {
    const char  *name;
    const char  *label;
    const char  *type;              /* `text`, `password`, `email` */
    const char  *autocomplete;
    const char  *hint;              /* NULL: none */
    ngx_uint_t   is_required;
} ngx_http_gatehouse_row_t;

/*
 * Appends a row to `rows`.  `value` is shown when it is clean text, and never for a
 * password; `attempt`, which may be NULL, says what is wrong with it.  Returns the row,
 * borrowed; NULL: no memory.
 */
json_t *ngx_http_gatehouse_fields_row(json_t *rows, const ngx_http_gatehouse_row_t *row,
    gh_text_t value, const ngx_http_gatehouse_attempt_t *attempt);

/* Which of a realm's fields a form shows. */
typedef ngx_uint_t (*ngx_http_gatehouse_fields_pt)(const gh_field_t *field, void *data);

/*
 * Appends a row for each field of the realm that `shows` picks.  Values come from the
 * attempt's form or, where there is none, from `entry`; both may be NULL.
 */
void ngx_http_gatehouse_fields_rows(json_t *rows, const gh_realm_t *realm,
    ngx_http_gatehouse_fields_pt shows, void *data,
    const ngx_http_gatehouse_attempt_t *attempt, const gh_entry_t *entry);

/*
 * Reads what was typed into those fields into `typed` and says in the attempt what is
 * wrong.  The values live as long as the request.  NGX_OK or NGX_ERROR (no memory).
 */
ngx_int_t ngx_http_gatehouse_fields_read(ngx_http_gatehouse_attempt_t *attempt,
    ngx_http_gatehouse_fields_pt shows, void *data, ngx_array_t *typed /* gh_typed_t */);

/*
 * Reads `password` and `password_confirm`, held against the rules with what is known of
 * the person, and says in the attempt what is wrong.  NULL: wrong, or no memory.  The
 * caller frees it.
 */
gh_secret_t *ngx_http_gatehouse_fields_password(ngx_http_gatehouse_attempt_t *attempt,
    gh_text_t username, const ngx_array_t *typed, const gh_text_t *words, ngx_uint_t count);

/*
 * Reads `question` and `answer` where the realm wants them.  `*question` is "" and
 * `*answer` NULL when none was chosen; the answer is folded, and the caller frees it.
 */
void ngx_http_gatehouse_fields_question(ngx_http_gatehouse_attempt_t *attempt,
    gh_text_t *question, gh_secret_t **answer);

/*
 * Appends a row that shows the user name and takes no other, so that what keeps passwords
 * knows whose the new one is.
 */
void ngx_http_gatehouse_fields_username_row(json_t *rows, const gh_realm_t *realm,
    const char *uid);

/*
 * Appends the rows for a new password, and for the security question where the realm has
 * one.
 */
void ngx_http_gatehouse_fields_password_rows(json_t *rows, const gh_realm_t *realm,
    const ngx_http_gatehouse_attempt_t *attempt);
void ngx_http_gatehouse_fields_question_rows(ngx_http_request_t *r, json_t *rows,
    const gh_realm_t *realm, const ngx_http_gatehouse_attempt_t *attempt);

#endif
