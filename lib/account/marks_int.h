/*
 * Marks, from the inside: the form of one ended session, for marks*.c and their
 * tests alone.
 */
#ifndef GH_ACCOUNT_MARKS_INT_H
#define GH_ACCOUNT_MARKS_INT_H

/* Base. */
#include "base/buf.h"

/* Account. */
#include "account/marks.h"

/*
 * Appends `END#ID`.  Returns 0, GH_ERR_NOMEM, or GH_ERR_INVALID with `out`
 * unchanged when `id` is not made of 1 to GH_MARKS_ID_MAX lower-case hex digits.
 */
int gh_marks_session_write(gh_buf_t *out, const char *id, gh_time_t end);

/* Reads the same; false, with `out` zeroed, when it is none. */
bool gh_marks_session_read(gh_text_t value, gh_marks_session_t *out);

#endif
