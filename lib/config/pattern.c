/*
 * Patterns: regular expressions of gatehouse.conf, which have to match all of a
 * text.
 */

/* System. */
#include <locale.h>

/* Config. */
#include "config/config_int.h"

/* Compiles the pattern between `before` and `after`; returns what regcomp does. */
static int
gh_pattern_compile_between(
    const char *pattern, const char *before, const char *after, regex_t *regex)
{
    gh_buf_t whole;
    int      rc = REG_ESPACE;

    gh_buf_init(&whole);

    if (gh_buf_add_format(&whole, "%s%s%s", before, pattern, after) == 0) {
        rc = regcomp(regex, gh_buf_string(&whole), REG_EXTENDED | REG_NOSUB);
    }

    gh_buf_cleanup(&whole);
    return rc;
}

/*
 * Compiles the pattern so that it has to match all of a text.  It must be whole
 * itself before it is put between anchors: `a)|(b` would make two patterns of
 * it, and regcomp takes the closing parenthesis of `a)|b` for a letter.
 */
static int
gh_pattern_compile_anchored(const char *pattern, regex_t *regex)
{
    int rc = gh_pattern_compile_between(pattern, "", "", regex);

    if (rc != 0) {
        return rc;
    }

    regfree(regex);

    /* What closes a parenthesis in front of the pattern is one too many. */
    rc = gh_pattern_compile_between(pattern, "(", "", regex);
    if (rc == 0) {
        regfree(regex);
        return REG_ERPAREN;
    }

    return rc == REG_ESPACE ? rc : gh_pattern_compile_between(pattern, "^(", ")$", regex);
}

int
gh_pattern_compile(const char *pattern, regex_t *regex, gh_error_t *error)
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
    rc = gh_pattern_compile_anchored(pattern, regex);

    if (rc != 0) {
        regerror(rc, NULL, reason, sizeof(reason));
        rc = rc == REG_ESPACE ? GH_ERR_NOMEM : GH_ERR_INVALID;
        gh_error_set(error, rc, "%s", reason);
    }

    uselocale(before);
    freelocale(locale);
    return rc;
}
