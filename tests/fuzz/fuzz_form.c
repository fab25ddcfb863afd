/*
 * Fuzz: a body that a browser posts.
 */

/* System. */
#include <string.h>

/* Web. */
#include "web/form.h"

/* Tests. */
#include "fuzz.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    gh_form_t form;
    int       rc = gh_form_parse(&form, (gh_text_t){ (const char *) data, size });

    FUZZ_HOLDS(rc == 0 || form.count == 0);
    FUZZ_HOLDS(form.count <= GH_FORM_FIELDS);

    /* Decoding never makes anything longer, and no name is there twice. */
    for (size_t i = 0, sum = 0; i < form.count; i++) {
        sum += form.fields[i].name.len + form.fields[i].value.len;
        FUZZ_HOLDS(sum <= size);

        for (size_t j = 0; j < i; j++) {
            FUZZ_HOLDS(!gh_text_equal(form.fields[i].name, form.fields[j].name));
        }
    }

    gh_form_cleanup(&form);
    FUZZ_HOLDS(form.count == 0);

    return 0;
}
