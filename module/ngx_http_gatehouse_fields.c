/*
 * Fields.
 */

/* lib. */
#include "account/strength.h"
#include "base/fold.h"

/* Module. */
#include "ngx_http_gatehouse_fields.h"

/* Texts that a password may not rest on, at most. */
#define NGX_HTTP_GATEHOUSE_WORDS  40

static const ngx_http_gatehouse_row_t  ngx_http_gatehouse_password_rows[] = {
    { "password", "Password", "password", "new-password", NULL, 1 },
    { "password_confirm", "Password again", "password", "new-password", NULL, 1 },
};

static const char *const  ngx_http_gatehouse_field_types[] = {
    [GH_FIELD_TEXT] = "text",
    [GH_FIELD_EMAIL] = "email",
    [GH_FIELD_TEL] = "tel",
    [GH_FIELD_DATE] = "date",
    [GH_FIELD_CHOICE] = "text",
};


/* Rows. */

json_t *
ngx_http_gatehouse_fields_row(json_t *rows, const ngx_http_gatehouse_row_t *row,
    gh_text_t value, const ngx_http_gatehouse_attempt_t *attempt)
{
    json_t      *out, *wrong;
    ngx_uint_t   is_password = ngx_strcmp(row->type, "password") == 0;

    out = json_pack("{s:s, s:s, s:s, s:b, s:b}", "name", row->name, "label", row->label, "type",
                    row->type, "required", row->is_required != 0, "is_password",
                    is_password != 0);

    if (out == NULL || json_array_append_new(rows, out) != 0) {
        return NULL;
    }

    if (row->autocomplete != NULL) {
        (void) json_object_set_new(out, "autocomplete", json_string(row->autocomplete));
    }

    if (row->hint != NULL) {
        (void) json_object_set_new(out, "hint", json_string(row->hint));
    }

    if (!is_password && !gh_text_is_empty(value) && gh_text_is_clean(value)) {
        (void) json_object_set_new(out, "value", json_stringn(value.data, value.len));
    }

    wrong = attempt != NULL ? json_object_get(attempt->errors, row->name) : NULL;

    if (wrong != NULL) {
        (void) json_object_set_new(out, "error", json_pack("{s:O}", "text", wrong));
    }

    return out;
}

static void
ngx_http_gatehouse_fields_choices(json_t *row, const gh_field_t *field, gh_text_t value)
{
    char   **choice;
    json_t  *choices = json_array();

    for (choice = field->choices; *choice != NULL; choice++) {
        (void) json_array_append_new(
            choices, json_pack("{s:s, s:b}", "value", *choice, "selected",
                               gh_text_equal(gh_text(*choice), value)));
    }

    (void) json_object_set_new(row, "is_choice", json_true());
    (void) json_object_set_new(row, "choices", choices);
}

/* What the form says, or what the entry does, as people type it. */
static void
ngx_http_gatehouse_fields_value(const gh_field_t *field,
    const ngx_http_gatehouse_attempt_t *attempt, const gh_entry_t *entry, gh_buf_t *out)
{
    if (attempt != NULL) {
        gh_buf_add_text(out, ngx_http_gatehouse_attempt_value(attempt, field->attribute));

    } else if (entry != NULL) {
        (void) gh_field_show(field, gh_entry_value(entry, field->attribute), out);
    }
}

void
ngx_http_gatehouse_fields_rows(json_t *rows, const gh_realm_t *realm,
    ngx_http_gatehouse_fields_pt shows, void *data,
    const ngx_http_gatehouse_attempt_t *attempt, const gh_entry_t *entry)
{
    size_t                     i;
    json_t                    *out;
    gh_buf_t                   value;
    const gh_field_t          *field;
    ngx_http_gatehouse_row_t   row;

    for (i = 0; i < realm->field_count; i++) {
        field = &realm->fields[i];

        if (!shows(field, data)) {
            continue;
        }

        row = (ngx_http_gatehouse_row_t) { field->attribute, field->label,
                                           ngx_http_gatehouse_field_types[field->type],
                                           field->autocomplete, field->hint,
                                           field->is_required };
        gh_buf_init(&value);
        ngx_http_gatehouse_fields_value(field, attempt, entry, &value);
        out = ngx_http_gatehouse_fields_row(rows, &row, gh_buf_text(&value), attempt);

        if (out != NULL && field->type == GH_FIELD_CHOICE) {
            ngx_http_gatehouse_fields_choices(out, field, gh_buf_text(&value));
        }

        gh_buf_cleanup(&value);
    }
}

void
ngx_http_gatehouse_fields_username_row(json_t *rows, const gh_realm_t *realm, const char *uid)
{
    json_t                    *out;
    ngx_http_gatehouse_row_t   row = { "username", realm->username_label, "text", "username",
                                       NULL, 0 };

    out = ngx_http_gatehouse_fields_row(rows, &row, gh_text(uid), NULL);

    if (out != NULL) {
        (void) json_object_set_new(out, "readonly", json_true());
    }
}

void
ngx_http_gatehouse_fields_password_rows(json_t *rows, const gh_realm_t *realm,
    const ngx_http_gatehouse_attempt_t *attempt)
{
    char                       hint[128];
    ngx_uint_t                 i;
    ngx_http_gatehouse_row_t   row;

    (void) snprintf(hint, sizeof(hint),
                    "At least %ld characters. Several words that don't belong together are good.",
                    realm->password_min_length);

    for (i = 0; i < 2; i++) {
        row = ngx_http_gatehouse_password_rows[i];
        row.hint = i == 0 ? hint : NULL;
        (void) ngx_http_gatehouse_fields_row(rows, &row, gh_text(NULL), attempt);
    }
}

void
ngx_http_gatehouse_fields_question_rows(ngx_http_request_t *r, json_t *rows,
    const gh_realm_t *realm, const ngx_http_gatehouse_attempt_t *attempt)
{
    char                     **question;
    json_t                    *row, *suggestions;
    ngx_uint_t                 is_required = realm->question == GH_QUESTION_REQUIRED;
    ngx_http_gatehouse_row_t   ask = { "question", "Security question", "text", "off",
                                       "Choose one, or write your own.", is_required };
    ngx_http_gatehouse_row_t   say = { "answer", "Answer", "text", "off",
                                       "Capitals, accents and extra blanks don't matter.",
                                       is_required };

    if (realm->question == GH_QUESTION_OFF) {
        return;
    }

    suggestions = json_array();
    question = ngx_http_gatehouse_main_conf(r)->config->portal.questions;

    for ( /* void */ ; question != NULL && *question != NULL; question++) {
        (void) json_array_append_new(suggestions, json_string(*question));
    }

    row = ngx_http_gatehouse_fields_row(
        rows, &ask,
        attempt != NULL ? ngx_http_gatehouse_attempt_value(attempt, "question") : gh_text(NULL),
        attempt);

    if (row == NULL) {
        json_decref(suggestions);
        return;
    }

    (void) json_object_set_new(row, "has_suggestions",
                               json_boolean(json_array_size(suggestions) > 0));
    (void) json_object_set_new(row, "suggestions", suggestions);

    /* An answer is a secret: it is not shown again. */
    (void) ngx_http_gatehouse_fields_row(rows, &say, gh_text(NULL), attempt);
}


/* What was typed. */

/* The field's value, from the request's pool, as the directory stores it. */
static ngx_int_t
ngx_http_gatehouse_fields_read_one(ngx_http_gatehouse_attempt_t *attempt,
    const gh_field_t *field, gh_typed_t *typed)
{
    int         rc;
    u_char     *copy;
    gh_buf_t    value;
    gh_error_t  reason = { "" };

    gh_buf_init(&value);
    rc = gh_field_read(field, ngx_http_gatehouse_attempt_value(attempt, field->attribute),
                       &value, &reason);

    if (rc == GH_ERR_INVALID) {
        ngx_http_gatehouse_attempt_wrong(attempt, field->attribute, reason.text);
    }

    copy = ngx_pnalloc(attempt->request->pool, value.len + 1);

    if (copy == NULL || rc == GH_ERR_NOMEM) {
        gh_buf_cleanup(&value);
        return NGX_ERROR;
    }

    ngx_memcpy(copy, gh_buf_string(&value), value.len + 1);
    typed->attr = field->attribute;
    typed->value = (gh_text_t) { (char *) copy, value.len };
    gh_buf_cleanup(&value);

    return NGX_OK;
}

ngx_int_t
ngx_http_gatehouse_fields_read(ngx_http_gatehouse_attempt_t *attempt,
    ngx_http_gatehouse_fields_pt shows, void *data, ngx_array_t *typed)
{
    size_t             i;
    gh_typed_t        *one;
    const gh_realm_t  *realm = attempt->realm;

    if (ngx_array_init(typed, attempt->request->pool, realm->field_count + 1,
                       sizeof(gh_typed_t))
        != NGX_OK)
    {
        return NGX_ERROR;
    }

    for (i = 0; i < realm->field_count; i++) {
        if (!shows(&realm->fields[i], data)) {
            continue;
        }

        one = ngx_array_push(typed);

        if (one == NULL
            || ngx_http_gatehouse_fields_read_one(attempt, &realm->fields[i], one) != NGX_OK)
        {
            return NGX_ERROR;
        }
    }

    return NGX_OK;
}

/* Collects what whoever knows the person tries first. */
static size_t
ngx_http_gatehouse_fields_words(const ngx_http_gatehouse_attempt_t *attempt,
    const ngx_array_t *typed, const gh_text_t *words, ngx_uint_t count,
    gh_text_t out[NGX_HTTP_GATEHOUSE_WORDS])
{
    size_t                       n = 0;
    ngx_uint_t                   i;
    const gh_typed_t            *one = typed != NULL ? typed->elts : NULL;
    const gh_portal_settings_t  *portal;

    portal = &ngx_http_gatehouse_main_conf(attempt->request)->config->portal;
    out[n++] = gh_text(portal->title);
    out[n++] = gh_text(portal->city);

    for (i = 0; i < count && n < NGX_HTTP_GATEHOUSE_WORDS; i++) {
        out[n++] = words[i];
    }

    for (i = 0; typed != NULL && i < typed->nelts && n < NGX_HTTP_GATEHOUSE_WORDS; i++) {
        out[n++] = one[i].value;
    }

    return n;
}

gh_secret_t *
ngx_http_gatehouse_fields_password(ngx_http_gatehouse_attempt_t *attempt, gh_text_t username,
    const ngx_array_t *typed, const gh_text_t *words, ngx_uint_t count)
{
    size_t         n;
    long           least = attempt->realm->password_min_length;
    gh_text_t      all[NGX_HTTP_GATEHOUSE_WORDS];
    gh_text_t      password = ngx_http_gatehouse_attempt_value(attempt, "password");
    gh_text_t      again = ngx_http_gatehouse_attempt_value(attempt, "password_confirm");
    gh_error_t     reason = { "" };
    gh_secret_t   *secret;
    gh_strength_t  strength;

    if (gh_text_is_empty(password)) {
        ngx_http_gatehouse_attempt_wrong(attempt, "password", "Choose a password.");
        return NULL;
    }

    n = ngx_http_gatehouse_fields_words(attempt, typed, words, count, all);
    strength = gh_strength_check(password, username, all, n, least);

    if (strength != GH_STRENGTH_GOOD) {
        gh_strength_explain(strength, least, &reason);
        ngx_http_gatehouse_attempt_wrong(attempt, "password", reason.text);
        return NULL;
    }

    if (!gh_text_equal(password, again)) {
        ngx_http_gatehouse_attempt_wrong(attempt, "password_confirm",
                                         "The two passwords are not the same.");
        return NULL;
    }

    secret = gh_secret_new();

    if (secret != NULL && gh_secret_set(secret, password) != 0) {
        gh_secret_free(secret);
        return NULL;
    }

    return secret;
}

void
ngx_http_gatehouse_fields_question(ngx_http_gatehouse_attempt_t *attempt,
    gh_text_t *question, gh_secret_t **answer)
{
    int         rc;
    gh_text_t   typed = ngx_http_gatehouse_attempt_value(attempt, "answer");
    ngx_uint_t  is_required = attempt->realm->question == GH_QUESTION_REQUIRED;

    *question = gh_text_trim(ngx_http_gatehouse_attempt_value(attempt, "question"));
    *answer = NULL;

    if (attempt->realm->question == GH_QUESTION_OFF
        || (!is_required && gh_text_is_empty(*question) && gh_text_is_empty(typed)))
    {
        *question = gh_text(NULL);
        return;
    }

    if (gh_text_is_empty(*question)) {
        ngx_http_gatehouse_attempt_wrong(attempt, "question", "Choose a security question.");
    } else if (!gh_text_is_clean(*question) || question->len > GH_FIELD_MAX) {
        ngx_http_gatehouse_attempt_wrong(attempt, "question",
                                         "Write a question of one line, at most 256 long.");
    }

    *answer = gh_secret_new();
    rc = *answer != NULL ? gh_fold_answer(typed, *answer) : GH_ERR_NOMEM;

    if (rc != 0) {
        ngx_http_gatehouse_attempt_wrong(attempt, "answer",
                                         "Write an answer that you will still know.");
        gh_secret_free(*answer);
        *answer = NULL;
    }
}
