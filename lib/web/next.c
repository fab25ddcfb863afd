/*
 * Next: what is not plainly a path of our own is refused.
 */

/* Web. */
#include "web/next.h"

bool
gh_next_is_safe(gh_text_t next)
{
    if (next.len == 0 || next.len > GH_NEXT_MAX || next.data[0] != '/'
        || (next.len > 1 && next.data[1] == '/'))
    {
        return false;
    }

    for (size_t i = 0; i < next.len; i++) {
        if (next.data[i] <= 0x20 || next.data[i] >= 0x7f || next.data[i] == '\\') {
            return false;
        }
    }

    return true;
}
