/* Tests of lib/config/section_audit.c. */

/* cmocka, in the order it asks for. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

/* Config. */
#include "config/config.h"

/* Tests. */
#include "sections.h"

static void
test_values(void **state)
{
    gh_config_t *config =
        test_read(*state, ONE_MORE, "audit { file = \"/var/log/gatehouse/audit.log\" }\n");

    assert_string_equal(config->audit.file, "/var/log/gatehouse/audit.log");
    gh_config_free(config);
}

/* No section: no trail is kept. */
static void
test_absent(void **state)
{
    gh_config_t *config = test_read(*state, ONE_MORE, "");

    assert_null(config->audit.file);
    gh_config_free(config);
}

static void
test_refuses(void **state)
{
    static const test_case_t cases[] = { { "audit { }", ":13: audit: file is missing" },
        { "audit { file = audit.log }", ":13: audit: file: must be an absolute path" },
        { "audit { file = \"\" }", ":13: audit: file: must not be empty" },
        { "audit { path = \"/a\" }", ":13: audit: no such option 'path'" } };

    TEST_EACH(ONE_MORE, cases);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        IN_SCRATCH(test_values),
        IN_SCRATCH(test_absent),
        IN_SCRATCH(test_refuses),
    };

    return cmocka_run_group_tests_name("section_audit", tests, NULL, NULL);
}
