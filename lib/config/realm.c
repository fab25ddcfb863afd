/*
 * Realms: what somebody types, made the one spelling that its entry has.
 */

/* System. */
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

const gh_field_t *
gh_realm_field(const gh_realm_t *realm, gh_text_t attribute)
{
    for (size_t i = 0; i < realm->field_count; i++) {
        if (gh_text_equal_nocase(gh_text(realm->fields[i].attribute), attribute)) {
            return &realm->fields[i];
        }
    }

    return NULL;
}

int
gh_realm_compile(gh_realm_t *realm, gh_error_t *error)
{
    int rc = gh_pattern_compile(realm->pattern, &realm->regex, error);

    realm->has_regex = rc == 0;
    return rc;
}

void
gh_realm_cleanup(gh_realm_t *realm)
{
    if (realm->has_regex) {
        regfree(&realm->regex);
    }

    for (size_t i = 0; i < realm->field_count; i++) {
        gh_field_cleanup(&realm->fields[i]);
    }

    gh_setting_cleanup(gh_section_realm.keys, realm);
    free(realm->fields);
    free(realm->name);
    *realm = (gh_realm_t){ 0 };
}
