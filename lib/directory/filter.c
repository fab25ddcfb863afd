/*
 * Search filters: libldap escapes, we put the pieces together.
 */

/* System. */
#include <ldap.h>

/* Directory. */
#include "directory/filter.h"

int
gh_filter_equal(gh_buf_t *out, const char *attr, gh_text_t value)
{
    struct berval raw = { value.len, (char *) value.data };
    struct berval escaped = { 0, NULL };
    int           rc;

    if (ldap_bv2escaped_filter_value(&raw, &escaped) != 0) {
        return GH_ERR_NOMEM;
    }

    rc = gh_buf_add_format(out, "(%s=%.*s)", attr, (int) escaped.bv_len,
        escaped.bv_val != NULL ? escaped.bv_val : "");

    ldap_memfree(escaped.bv_val);
    return rc;
}
