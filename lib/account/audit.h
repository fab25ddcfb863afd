/*
 * Audit: what happened to whose account, one line of JSON each.
 *
 *     {"time":"2026-11-23T07:05:00.123456Z","event":"temporary-password",
 *      "outcome":"done","realm":"contractor","uid":"765432",…}
 *
 * The gateway and gatehousectl append to the same file, each line in one write.
 * There is no member for a password, a token, an answer or a cookie.
 */
#ifndef GH_ACCOUNT_AUDIT_H
#define GH_ACCOUNT_AUDIT_H

/* Base. */
#include "base/buf.h"
#include "base/clock.h"

/* Bytes of a line, its end included. */
#define GH_AUDIT_LINE_MAX 4096

/*
 * One event.  Texts may come from strangers: what is no clean text is written
 * with a `?` for each byte that isn't printable ASCII, and an overlong one is
 * cut at 256 bytes.  Empty ones are left out.
 */
typedef struct {
    gh_time_t   time;
    const char *event;   /* `sign-in`, `temporary-password`, ...: never empty */
    const char *outcome; /* gh_verdict_name, gh_outcome_name, ...: never empty */
    gh_text_t   realm;
    gh_text_t   uid;
    gh_text_t   address; /* of the client */
    gh_text_t   request; /* its id */
    gh_text_t   by;      /* the member of staff, with gatehousectl */
    gh_text_t   reason;
} gh_audit_event_t;

/*
 * Appends the line of an event, its end included, to `out`.  Returns 0, or
 * GH_ERR_NOMEM with `out` unchanged.
 */
int gh_audit_line(const gh_audit_event_t *event, gh_buf_t *out);

/*
 * Opens the file for appending, and creates it with mode 0640.  It has to be a
 * regular file; a symbolic link is refused.  Returns a descriptor that the
 * caller closes, or GH_ERR_IO or GH_ERR_INVALID with `error` naming the file.
 */
int gh_audit_open(const char *path, gh_error_t *error);

/*
 * Appends the line of an event to an open file, in one write.  Returns 0, or
 * GH_ERR_NOMEM or GH_ERR_IO.
 */
int gh_audit_append(int fd, const gh_audit_event_t *event);

#endif
