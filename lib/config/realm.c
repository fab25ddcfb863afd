/*
 * Realms: what somebody types, made the one spelling that its entry has.
 */

/* System. */
#include <locale.h>
#include <stdlib.h>

/* Config. */
#include "config/config_int.h"

/* Bytes of a canonical user name. */
#define GH_REALM_NAME_MAX 256

static void
gh_realm_change_case(char *name, size_t len, char first, char last)
{
    for (size_t i = 0; i < len; i++) {
        if (name[i] >= first && name[i] <= last) {
            name[i] ^= 'a' ^ 'A';
        }
    }
}

static gh_text_t
gh_realm_strip_zeros(gh_text_t name)
{
    while (name.len > 1 && name.data[0] == '0' && name.data[1] >= '0' && name.data[1] <= '9') {
        name.data++;
        name.len--;
    }

    return name;
}

int
gh_realm_canonical(const gh_realm_t *realm, gh_text_t typed, gh_buf_t *out)
{
    char      name[GH_REALM_NAME_MAX + 1];
    gh_text_t text = gh_text_trim(typed);

    if (text.len == 0 || text.len > GH_REALM_NAME_MAX || !gh_text_is_clean(text)) {
        return GH_ERR_INVALID;
    }

    memcpy(name, text.data, text.len);
    name[text.len] = '\0';
    text.data = name;

    if (realm->canonical & GH_CANONICAL_LOWER) {
        gh_realm_change_case(name, text.len, 'A', 'Z');
    }

    if (realm->canonical & GH_CANONICAL_UPPER) {
        gh_realm_change_case(name, text.len, 'a', 'z');
    }

    if (realm->canonical & GH_CANONICAL_STRIP_ZEROS) {
        text = gh_realm_strip_zeros(text);
    }

    /* A realm without a pattern has no user names at all. */
    if (!realm->has_regex || regexec(&realm->regex, text.data, 0, NULL, 0) != 0) {
        return GH_ERR_INVALID;
    }

    return gh_buf_add_text(out, text);
}

/* Compiles the pattern between `before` and `after`; returns what regcomp does. */
static int
gh_realm_compile_between(gh_realm_t *realm, const char *before, const char *after)
{
    gh_buf_t whole;
    int      rc = REG_ESPACE;

    gh_buf_init(&whole);

    if (gh_buf_add_format(&whole, "%s%s%s", before, realm->pattern, after) == 0) {
        rc = regcomp(&realm->regex, gh_buf_string(&whole), REG_EXTENDED | REG_NOSUB);
    }

    gh_buf_cleanup(&whole);
    return rc;
}

/*
 * Compiles the pattern so that it has to match all of a name.  It must be whole
 * itself before it is put between anchors: `a)|(b` would make two patterns of
 * it, and regcomp takes the closing parenthesis of `a)|b` for a letter.
 */
static int
gh_realm_compile_anchored(gh_realm_t *realm)
{
    int rc = gh_realm_compile_between(realm, "", "");

    if (rc != 0) {
        return rc;
    }

    regfree(&realm->regex);

    /* What closes a parenthesis in front of the pattern is one too many. */
    rc = gh_realm_compile_between(realm, "(", "");
    if (rc == 0) {
        regfree(&realm->regex);
        return REG_ERPAREN;
    }

    return rc == REG_ESPACE ? rc : gh_realm_compile_between(realm, "^(", ")$");
}

int
gh_realm_compile(gh_realm_t *realm, gh_error_t *error)
{
    locale_t locale, before;
    char     reason[128];
    int      rc;

    /*
     * The pattern means the same wherever it is compiled: a PAM caller's
     * locale must not decide what `[a-z]` holds.
     */
    locale = newlocale(LC_ALL_MASK, "C", (locale_t) 0);
    if (locale == (locale_t) 0) {
        return gh_error_set(error, GH_ERR_NOMEM, "memory is out");
    }

    before = uselocale(locale);
    rc = gh_realm_compile_anchored(realm);
    realm->has_regex = rc == 0;

    if (rc != 0) {
        regerror(rc, NULL, reason, sizeof(reason));
        rc = rc == REG_ESPACE ? GH_ERR_NOMEM : GH_ERR_INVALID;
        gh_error_set(error, rc, "%s", reason);
    }

    uselocale(before);
    freelocale(locale);
    return rc;
}

void
gh_realm_cleanup(gh_realm_t *realm)
{
    if (realm->has_regex) {
        regfree(&realm->regex);
    }

    for (size_t i = 0; realm->login_attributes != NULL && realm->login_attributes[i] != NULL;
         i++) {
        free(realm->login_attributes[i]);
    }

    free(realm->name);
    free(realm->label);
    free(realm->username_label);
    free(realm->base);
    free(realm->login_attributes);
    free(realm->pattern);
    *realm = (gh_realm_t){ 0 };
}
