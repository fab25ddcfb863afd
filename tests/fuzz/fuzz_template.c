/*
 * Fuzz: a page's template, parsed and filled.
 *
 * What is parsed comes from the operator; what it is filled with from everybody.  The
 * first line is what one of the values is, the rest is the template.
 */

/* System. */
#include <string.h>

/* Template. */
#include "template/template.h"

/* Tests. */
#include "fuzz.h"

static json_t *
context_of(const char *value, size_t len)
{
    json_t *text = json_stringn(value, len);

    /* What is not UTF-8 is no JSON string. */
    if (text == NULL) {
        text = json_null();
    }

    return json_pack("{s:o, s:{s:s}, s:[s, s], s:b, s:s}", "name", text, "who", "uid", "maria",
        "rows", "one", "two", "no", 0, "empty", "");
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const uint8_t  *line = memchr(data, '\n', size);
    size_t          len = line != NULL ? (size_t) (line - data) : 0;
    char           *source = strndup((const char *) data + len, size - len);
    const char     *pairs[][2] = { { "page", source }, { "part", "<{{name}}>\n" } };
    gh_templates_t *templates = gh_templates_parse(pairs, 2, NULL);
    json_t         *context = context_of((const char *) data, len);
    gh_buf_t        out;
    int             rc;

    FUZZ_HOLDS(context != NULL);
    gh_buf_init(&out);

    if (templates != NULL) {
        rc = gh_template_render(gh_templates_find(templates, "page"), context, &out);
        FUZZ_HOLDS(rc == 0 || out.len == 0);

        /* A value never brings a tag of its own, unless the template says so. */
        if (strstr(source, "{{{") == NULL && strchr(source, '&') == NULL
            && strchr(source, '<') == NULL && strchr(source, '>') == NULL)
        {
            FUZZ_HOLDS(out.len == 0 || memchr(out.data, '<', out.len) == NULL);
        }
    }

    gh_buf_cleanup(&out);
    json_decref(context);
    gh_templates_free(templates);
    free(source);

    return 0;
}
