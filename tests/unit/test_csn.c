/*
 * CSNs: who has caught up with whom.
 */

/* System. */
#include <string.h>

/* cmocka. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

/* Directory. */
#include "directory/csn.h"

#define ONE_EARLY "20261125043022.123456Z#000000#001#000000"
#define ONE_LATE  "20261125043022.123457Z#000000#001#000000"
#define ONE_COUNT "20261125043022.123456Z#000001#001#000000"
#define TWO_EARLY "20261125043000.000000Z#000000#002#000000"
#define TWO_LATE  "20261126000000.000000Z#000000#002#000000"

typedef struct {
    const char *name;
    const char *own[4];
    const char *other[4];
    bool        want;
} test_case_t;

static const test_case_t cases[] = {
    { "the same", { ONE_EARLY }, { ONE_EARLY }, true },
    { "later", { ONE_LATE }, { ONE_EARLY }, true },
    { "earlier", { ONE_EARLY }, { ONE_LATE }, false },
    { "earlier by count", { ONE_EARLY }, { ONE_COUNT }, false },
    { "later by count", { ONE_COUNT }, { ONE_EARLY }, true },
    { "two, in another order", { TWO_LATE, ONE_LATE }, { ONE_LATE, TWO_LATE }, true },
    { "two, one of them behind", { TWO_EARLY, ONE_LATE }, { ONE_EARLY, TWO_LATE }, false },
    { "one that never heard of the other", { ONE_LATE }, { ONE_LATE, TWO_EARLY }, false },
    { "more than the other", { ONE_LATE, TWO_LATE }, { ONE_EARLY }, true },
    { "a later time of another provider", { TWO_LATE }, { ONE_EARLY }, false },
    { "none to catch up with", { ONE_EARLY }, { NULL }, true },
    { "neither has one", { NULL }, { NULL }, true },
    { "none of its own", { NULL }, { ONE_EARLY }, false },
    { "longer", { ONE_LATE "0" }, { ONE_EARLY }, false },
    { "no CSN, the same", { "x" }, { "x" }, true },
    { "no CSN", { "y" }, { "x" }, false },
    { "hashes only", { "###" }, { "##" }, false },
    { "empty", { "" }, { ONE_EARLY }, false },
};

static const gh_attribute_t *
attribute(gh_attribute_t *out, gh_text_t values[4], const char *const *texts)
{
    *out = (gh_attribute_t){ "contextCSN", values, 0 };

    while (out->count < 4 && texts[out->count] != NULL) {
        values[out->count] = gh_text(texts[out->count]);
        out->count++;
    }

    return out->count > 0 ? out : NULL;
}

static void
test_has_caught_up(void **state)
{
    (void) state;

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        gh_text_t      own_values[4], other_values[4];
        gh_attribute_t own, other;

        if (gh_csn_has_caught_up(attribute(&own, own_values, cases[i].own),
                attribute(&other, other_values, cases[i].other))
            != cases[i].want)
        {
            fail_msg("%s", cases[i].name);
        }
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(test_has_caught_up) };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
