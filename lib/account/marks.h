/*
 * Marks: that sessions have ended, on the entry of the person whose they were.
 *
 *     gatehouseSessionsNotBefore  a session lives only if it began strictly later
 *     gatehouseEndedSession       END#ID: one session, until it would end by itself
 *     gatehouseMarked             when either last changed; gateways poll for it
 *
 * Times are generalized times, with microseconds.  A gateway that ends a session
 * forgets it at once by its own means; marks are for all the others, and for itself
 * after a restart.
 */
#ifndef GH_ACCOUNT_MARKS_H
#define GH_ACCOUNT_MARKS_H

/* Base. */
#include "base/clock.h"

/* Config. */
#include "config/config.h"

/* Account. */
#include "account/flow.h"
#include "account/outcome.h"

/*
 * How far back a look goes behind the newest mark that was seen, µs: for clocks
 * that differ and for replication.
 */
#define GH_MARKS_OVERLAP (120 * GH_SECOND)

/* Bytes of a session's id in a mark, at most. */
#define GH_MARKS_ID_MAX 64

/* Sign-outs that an entry keeps; one more ends all sessions that began before it. */
#define GH_MARKS_KEPT 64

/* Ends all sessions that began until `now`: adds that to a modify of the person. */
void gh_marks_put_all(gh_request_t *modify, gh_time_t now);

/*
 * A flow that marks for `uid` of the realm: with `session` (hex digits) that this
 * one session, which would have ended at `end`, is over; with NULL that all
 * sessions that began until `now` are.  Marks of the same entry that have
 * ended by themselves go on the way.  The realm outlives the flow.  NULL when
 * memory is out.
 */
gh_flow_t *gh_marks_put_new(
    const gh_realm_t *realm, gh_text_t uid, const char *session, gh_time_t end, gh_time_t now);

/* What it came to: DONE, GONE, READ_ONLY, UNAVAILABLE.  Lives as long as the flow. */
const gh_outcome_report_t *gh_marks_put_result(const gh_flow_t *flow);

/* One session that has ended. */
typedef struct {
    char      id[GH_MARKS_ID_MAX + 1];
    gh_time_t end; /* µs; when it would have ended by itself */
} gh_marks_session_t;

/* What one entry says. */
typedef struct {
    char               *uuid;       /* entryUUID */
    gh_time_t           marked;     /* µs */
    gh_time_t           not_before; /* µs; 0: nothing said */
    gh_marks_session_t *ended;
    size_t              ended_count;
} gh_mark_t;

typedef struct {
    bool      is_complete; /* false: some may be missing; hold sessions against the directory */
    int       code;        /* the directory's, when not complete */
    gh_time_t newest;      /* `since` of the next look; never later than `now` */
    gh_mark_t *marks;      /* no two of one entry */
    size_t     count;
} gh_marks_result_t;

/*
 * A flow that reads the marks that are newer than `since`, and those of
 * GH_MARKS_OVERLAP before it.  At start `since` is the longest life of a
 * session before `now`.  A session that can't be read from a mark is passed over; a
 * time that can't be counts as `now`.  `config` outlives the flow.  NULL when
 * memory is out.
 */
gh_flow_t *gh_marks_new(const gh_config_t *config, gh_time_t since, gh_time_t now);

/* What it found; stands when the flow is done, lives as long as the flow. */
const gh_marks_result_t *gh_marks_result(const gh_flow_t *flow);

/*
 * A flow that clears the marks of up to GH_MARKS_SWEPT entries whose last one is
 * older than any session.  `config` outlives the flow.  NULL when memory is
 * out.
 */
gh_flow_t *gh_marks_sweep_new(const gh_config_t *config, gh_time_t now);

#define GH_MARKS_SWEPT 50

/* How many entries it cleared.  GH_MARKS_SWEPT: there may be more. */
size_t gh_marks_swept(const gh_flow_t *flow);

#endif
