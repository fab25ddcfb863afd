/*
 * Distinguished names: libldap parses and escapes, we put names together and
 * hold them against each other.
 */

/* System. */
#include <ldap.h>
#include <strings.h>

/* Directory. */
#include "directory/dn.h"

int
gh_dn_child(gh_buf_t *out, const char *attr, gh_text_t value, const char *parent)
{
    LDAPAVA  ava = { .la_attr = { strlen(attr), (char *) attr },
         .la_value = { value.len, (char *) value.data },
         .la_flags = LDAP_AVA_STRING };
    LDAPAVA *avas[] = { &ava, NULL };
    char    *rdn = NULL;
    int      rc;

    if (value.len == 0 || memchr(value.data, '\0', value.len) != NULL) {
        return GH_ERR_INVALID;
    }

    rc = ldap_rdn2str(avas, &rdn, LDAP_DN_FORMAT_LDAPV3);

    if (rc != LDAP_SUCCESS) {
        return rc == LDAP_NO_MEMORY ? GH_ERR_NOMEM : GH_ERR_INVALID;
    }

    rc = gh_buf_add_format(out, "%s,%s", rdn, parent);
    ldap_memfree(rdn);

    return rc;
}

bool
gh_dn_is_valid(const char *dn)
{
    LDAPDN parsed = NULL;
    bool   valid;

    valid = ldap_str2dn(dn, &parsed, LDAP_DN_FORMAT_LDAPV3) == LDAP_SUCCESS && parsed != NULL;

    ldap_dnfree(parsed);
    return valid;
}

/*
 * One spelling of a DN: escapes and blanks between its parts as libldap writes
 * them.  NULL when it is none.
 */
static char *
dn_normal(const char *dn)
{
    LDAPDN parsed = NULL;
    char  *normal = NULL;

    if (ldap_str2dn(dn, &parsed, LDAP_DN_FORMAT_LDAPV3) == LDAP_SUCCESS && parsed != NULL) {
        (void) ldap_dn2str(parsed, &normal, LDAP_DN_FORMAT_LDAPV3);
    }

    ldap_dnfree(parsed);
    return normal;
}

bool
gh_dn_equal(const char *a, const char *b)
{
    char *normal_a = dn_normal(a);
    char *normal_b = dn_normal(b);
    bool  equal;

    equal = normal_a != NULL && normal_b != NULL && strcasecmp(normal_a, normal_b) == 0;

    ldap_memfree(normal_a);
    ldap_memfree(normal_b);

    return equal;
}
