/*
 * Cookies: pairs between semicolons, nothing cleverer.
 */

/* Web. */
#include "web/cookie.h"

/* Takes the next `name=value` off the front of `*rest`; false at the end. */
static bool
next_pair(gh_text_t *rest, gh_text_t *pair)
{
    const char *semicolon;
    size_t      len;

    if (rest->len == 0) {
        return false;
    }

    semicolon = memchr(rest->data, ';', rest->len);
    len = semicolon != NULL ? (size_t) (semicolon - rest->data) : rest->len;

    *pair = gh_text_trim((gh_text_t){ rest->data, len });
    len += semicolon != NULL;
    *rest = (gh_text_t){ rest->data + len, rest->len - len };

    return true;
}

/* Whether the pair is `name=...`; sets `*value` to what follows. */
static bool
pair_is(gh_text_t pair, gh_text_t name, gh_text_t *value)
{
    if (pair.len <= name.len || pair.data[name.len] != '='
        || memcmp(pair.data, name.data, name.len) != 0)
    {
        return false;
    }

    *value = (gh_text_t){ pair.data + name.len + 1, pair.len - name.len - 1 };

    return true;
}

size_t
gh_cookie_find(gh_text_t header, const char *name, gh_text_t *value)
{
    gh_text_t pair, found;
    size_t    count = 0;

    *value = gh_text(NULL);

    while (next_pair(&header, &pair)) {
        if (pair_is(pair, gh_text(name), &found)) {
            *value = count == 0 ? found : *value;
            count++;
        }
    }

    return count;
}

int
gh_cookie_cut(gh_text_t header, const char *const *names, gh_buf_t *out)
{
    gh_text_t pair, value;
    bool      is_ours;
    size_t    start = out->len;

    while (next_pair(&header, &pair)) {
        is_ours = pair.len == 0;

        for (const char *const *name = names; *name != NULL; name++) {
            is_ours |= pair_is(pair, gh_text(*name), &value);
        }

        if (is_ours) {
            continue;
        }

        if (out->len > start) {
            gh_buf_add_string(out, "; ");
        }
        gh_buf_add_text(out, pair);
    }

    return gh_buf_is_ok(out) ? 0 : GH_ERR_NOMEM;
}
