/*
 * Fuzz: a Cookie header, what is found in it and what is cut from it; the same bytes
 * as the address to go to after a sign-in.
 */

/* System. */
#include <string.h>

/* Web. */
#include "web/cookie.h"
#include "web/next.h"

/* Tests. */
#include "fuzz.h"

#define NAME "__Host-gatehouse"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const char *const names[] = { NAME, NULL };
    gh_text_t                header = { (const char *) data, size };
    gh_text_t                value;
    gh_buf_t                 cut;
    size_t                   count = gh_cookie_find(header, NAME, &value);

    FUZZ_HOLDS(count > 0 || value.len == 0);
    FUZZ_HOLDS(value.len <= size);

    gh_buf_init(&cut);
    FUZZ_HOLDS(gh_cookie_cut(header, names, &cut) == 0);
    FUZZ_HOLDS(gh_cookie_find(gh_buf_text(&cut), NAME, &value) == 0);
    gh_buf_cleanup(&cut);

    if (gh_next_is_safe(header)) {
        FUZZ_HOLDS(size > 0 && data[0] == '/' && memchr(data, '\\', size) == NULL);
        FUZZ_HOLDS(size == 1 || data[1] != '/');
    }

    return 0;
}
