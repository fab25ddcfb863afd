/*
 * Forms: fields between ampersands, each decoded in place.
 */

/* System. */
#include <stdlib.h>

/* Base. */
#include "base/secret.h"

/* Web. */
#include "web/form.h"

static int
hex_digit(char c)
{
    if (c >= '0' && c <= '9') {
        return c - '0';
    }

    c |= 0x20;

    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* Decodes `len` bytes in place; the new length, or GH_ERR_INVALID. */
static int
decode(char *data, size_t len)
{
    size_t to = 0;

    for (size_t from = 0; from < len; from++) {
        char c = data[from];

        if (c == '+') {
            c = ' ';

        } else if (c == '%') {
            int high = from + 2 < len ? hex_digit(data[from + 1]) : -1;
            int low = from + 2 < len ? hex_digit(data[from + 2]) : -1;

            if (high < 0 || low < 0) {
                return GH_ERR_INVALID;
            }
            c = (char) (high << 4 | low);
            from += 2;
        }

        data[to++] = c;
    }

    return (int) to;
}

static bool
form_has(const gh_form_t *form, gh_text_t name)
{
    for (size_t i = 0; i < form->count; i++) {
        if (gh_text_equal(form->fields[i].name, name)) {
            return true;
        }
    }

    return false;
}

/* Adds the field that stands in `len` bytes at `data`. */
static int
add_field(gh_form_t *form, char *data, size_t len)
{
    char            *equals = memchr(data, '=', len);
    char            *value = equals != NULL ? equals + 1 : data + len;
    size_t           name_len = equals != NULL ? (size_t) (equals - data) : len;
    int              name_size = decode(data, name_len);
    int              value_size = decode(value, (size_t) (data + len - value));
    gh_form_field_t *field;

    if (name_size < 0 || value_size < 0) {
        return GH_ERR_INVALID;
    }

    if (form->count == GH_FORM_FIELDS) {
        return GH_ERR_LIMIT;
    }

    field = &form->fields[form->count];
    field->name = (gh_text_t){ data, (size_t) name_size };
    field->value = (gh_text_t){ value, (size_t) value_size };

    if (form_has(form, field->name)) {
        return GH_ERR_INVALID;
    }

    form->count++;
    return 0;
}

int
gh_form_parse(gh_form_t *form, gh_text_t body)
{
    char *at, *end, *next;
    int   rc = 0;

    *form = (gh_form_t){ 0 };
    form->data = malloc(body.len + 1);

    if (form->data == NULL) {
        return GH_ERR_NOMEM;
    }

    /* The empty body may have no address, which memcpy must not see. */
    if (body.len > 0) {
        memcpy(form->data, body.data, body.len);
    }

    form->size = body.len;
    end = form->data + body.len;

    for (at = form->data; at < end && rc == 0; at = next + 1) {
        next = memchr(at, '&', (size_t) (end - at));
        next = next != NULL ? next : end;

        if (next > at) {
            rc = add_field(form, at, (size_t) (next - at));
        }
    }

    if (rc != 0) {
        gh_form_cleanup(form);
    }

    return rc;
}

void
gh_form_cleanup(gh_form_t *form)
{
    if (form->data != NULL) {
        gh_secret_wipe(form->data, form->size);
        free(form->data);
    }

    *form = (gh_form_t){ 0 };
}

gh_text_t
gh_form_value(const gh_form_t *form, const char *name)
{
    for (size_t i = 0; i < form->count; i++) {
        if (gh_text_equal(form->fields[i].name, gh_text(name))) {
            return form->fields[i].value;
        }
    }

    return gh_text(NULL);
}
