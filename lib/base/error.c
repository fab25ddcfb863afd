/*
 * Errors: a code for the program and a sentence for the one who can act.
 */

/* System. */
#include <stdarg.h>
#include <stdio.h>

/* Base. */
#include "base/error.h"

int
gh_error_set(gh_error_t *error, int code, const char *format, ...)
{
    va_list args;

    if (error == NULL) {
        return code;
    }

    va_start(args, format);
    if (vsnprintf(error->text, sizeof(error->text), format, args) < 0) {
        error->text[0] = '\0';
    }
    va_end(args);

    return code;
}
