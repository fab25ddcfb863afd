/*
 * Search filters: libldap escapes, we put the pieces together.
 */

/* System. */
#include <ldap.h>

/* Directory. */
#include "directory/filter.h"

/* Appends `(attr=value` and `end`. */
static int
filter_add(gh_buf_t *out, const char *attr, gh_text_t value, const char *end)
{
    struct berval raw = { value.len, (char *) value.data };
    struct berval escaped = { 0, NULL };
    int           rc;

    if (ldap_bv2escaped_filter_value(&raw, &escaped) != 0) {
        return GH_ERR_NOMEM;
    }

    rc = gh_buf_add_format(out, "(%s=%.*s%s", attr, (int) escaped.bv_len,
        escaped.bv_val != NULL ? escaped.bv_val : "", end);

    ldap_memfree(escaped.bv_val);
    return rc;
}

int
gh_filter_equal(gh_buf_t *out, const char *attr, gh_text_t value)
{
    return filter_add(out, attr, value, ")");
}

int
gh_filter_begins(gh_buf_t *out, const char *attr, gh_text_t value)
{
    return filter_add(out, attr, value, "*)");
}
