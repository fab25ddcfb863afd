/*
 * Patterns: regular expressions of gatehouse.conf, which have to match all of a
 * text.
 */

/* System. */
#include <locale.h>
#include <stdlib.h>
#include <string.h>

/* Config. */
#include "config/config_int.h"

/*
 * regcomp writes out what is repeated, so that repeats of repeats multiply: `((a{99}){99}){99}`
 * or thirty `+` in a row take all the memory there is.
 */
#define WEIGHT_MAX 10000 /* characters of the pattern, written out */
#define DEPTH_MAX  32    /* parentheses in parentheses */
#define TIMES_MAX  32767 /* regcomp's own bound of a repeat */

/* The last byte of a class, from `[` to `]`, or of the text when it does not end. */
static const char *
class_last(const char *p)
{
    p += p[1] == '^' ? 2 : 1;
    p += *p == ']';
    p += strcspn(p, "]");

    return *p != '\0' ? p : p - 1;
}

/* The last byte of what begins at `p` and a repeat would repeat, a group aside. */
static const char *
atom_last(const char *p)
{
    if (*p == '[') {
        return class_last(p);
    }

    return *p == '\\' && p[1] != '\0' ? p + 1 : p;
}

/* How often what stands in front of the repeat at `p` is written out. */
static unsigned long
repeat_times(const char *p)
{
    unsigned long least, most = 0;
    char         *end;

    if (*p != '{') {
        return *p == '+' ? 2 : 1;
    }

    least = strtoul(p + 1, &end, 10);

    if (*end == ',') {
        most = strtoul(end + 1, &end, 10);
    }

    most = most > least ? most : least;

    return most < TIMES_MAX ? most + 1 : TIMES_MAX;
}

/* Whether the pattern, written out, is too large; what is no pattern is regcomp's to say. */
static bool
is_too_heavy(const char *p)
{
    unsigned long groups[DEPTH_MAX] = { 0 }; /* what stands in each that is open */
    unsigned long last = 0;                  /* what a repeat would repeat */
    size_t        depth = 0;

    for (; *p != '\0'; p++) {
        unsigned long more = 1;

        if (*p == '(') {
            if (++depth == DEPTH_MAX) {
                return true;
            }

            groups[depth] = 0;
            continue;
        }

        if (strchr("*+?{", *p) != NULL) {
            more = last * (repeat_times(p) - 1);
            last += more;

        } else if (*p == ')' && depth > 0) {
            last = more = groups[depth--] + 1;

        } else {
            p = atom_last(p);
            last = 1;
        }

        groups[depth] += more;

        if (groups[depth] > WEIGHT_MAX) {
            return true;
        }
    }

    return false;
}

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

    if (is_too_heavy(pattern)) {
        return gh_error_set(error, GH_ERR_LIMIT,
            "repeats too much: over %d characters when written out", WEIGHT_MAX);
    }

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
