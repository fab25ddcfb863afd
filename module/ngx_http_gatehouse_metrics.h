/*
 * Metrics: what all workers of a gateway count, in a zone of its own that a reload keeps.
 *
 * Whoever has something to count calls one function and goes on.  Each does nothing in a
 * process that is no worker.  No count is about one person.
 */
#ifndef NGX_HTTP_GATEHOUSE_METRICS_H
#define NGX_HTTP_GATEHOUSE_METRICS_H

/* lib. */
#include "account/verdict.h"
#include "directory/request.h"

/* Module. */
#include "ngx_http_gatehouse.h"
#include "ngx_http_gatehouse_operation.h"

/* How somebody signs in. */
typedef enum {
    NGX_HTTP_GATEHOUSE_VIA_FORM = 0,
    NGX_HTTP_GATEHOUSE_VIA_BASIC,
    NGX_HTTP_GATEHOUSE_VIAS
} ngx_http_gatehouse_via_e;

/* What a request's cookie or its credentials come to without a sign-in. */
typedef enum {
    NGX_HTTP_GATEHOUSE_SESSION_GOOD = 0,
    NGX_HTTP_GATEHOUSE_SESSION_REFUSED,         /* a session that is over, or none of ours */
    NGX_HTTP_GATEHOUSE_CREDENTIALS_AT_HAND,     /* this worker knew them */
    NGX_HTTP_GATEHOUSE_CREDENTIALS_FOUND,       /* another one did */
    NGX_HTTP_GATEHOUSE_CREDENTIALS_ASKED,       /* the directory is asked */
    NGX_HTTP_GATEHOUSE_CHECKS
} ngx_http_gatehouse_check_e;

/* How an operation of the directory ends. */
typedef enum {
    NGX_HTTP_GATEHOUSE_ANSWERED = 0,
    NGX_HTTP_GATEHOUSE_TIMED_OUT,
    NGX_HTTP_GATEHOUSE_UNREACHABLE,             /* no server, or the connection was lost */
    NGX_HTTP_GATEHOUSE_OVERLOADED,              /* the line was full */
    NGX_HTTP_GATEHOUSE_FAILED,                  /* an answer of no use, or no memory */
    NGX_HTTP_GATEHOUSE_OUTCOMES
} ngx_http_gatehouse_outcome_e;

/* What becomes of a mail, or of a try to send it. */
typedef enum {
    NGX_HTTP_GATEHOUSE_MAIL_SENT = 0,
    NGX_HTTP_GATEHOUSE_MAIL_UNDELIVERED,
    NGX_HTTP_GATEHOUSE_MAIL_OUTCOMES
} ngx_http_gatehouse_mail_outcome_e;

/* What goes up and down, in each worker. */
typedef enum {
    NGX_HTTP_GATEHOUSE_QUEUE_SERVICE = 0,       /* these by gh_lane_t, each three */
    NGX_HTTP_GATEHOUSE_QUEUE_BIND,
    NGX_HTTP_GATEHOUSE_QUEUE_READ,
    NGX_HTTP_GATEHOUSE_CONNECTIONS_SERVICE,
    NGX_HTTP_GATEHOUSE_CONNECTIONS_BIND,
    NGX_HTTP_GATEHOUSE_CONNECTIONS_READ,
    NGX_HTTP_GATEHOUSE_OPERATIONS,              /* waiting ones included */
    NGX_HTTP_GATEHOUSE_MAILS_WAITING,
    NGX_HTTP_GATEHOUSE_GAUGES
} ngx_http_gatehouse_gauge_e;

/* Kinds of operations, GH_OPERATION_NONE included. */
#define NGX_HTTP_GATEHOUSE_KINDS     (GH_OPERATION_PASSWORD + 1)

/* Servers that are counted apart; of any further one nothing is. */
#define NGX_HTTP_GATEHOUSE_SERVERS   16
#define NGX_HTTP_GATEHOUSE_NAME_MAX  256

/* Bounds of the histograms; above the last one there is one bucket more. */
#define NGX_HTTP_GATEHOUSE_BUCKETS   12

typedef struct {
    ngx_atomic_t                     buckets[NGX_HTTP_GATEHOUSE_BUCKETS + 1];
    ngx_atomic_t                     sum;           /* µs */
} ngx_http_gatehouse_histogram_t;

typedef struct {
    size_t                           len;
    u_char                           name[NGX_HTTP_GATEHOUSE_NAME_MAX];
    ngx_atomic_t                     opened;
    ngx_atomic_t                     lost;
    ngx_atomic_t                     failovers;
    ngx_http_gatehouse_histogram_t   latency[NGX_HTTP_GATEHOUSE_KINDS];
} ngx_http_gatehouse_tally_t;

/* What only goes up. */
typedef struct {
    ngx_atomic_t                     signins[NGX_HTTP_GATEHOUSE_VIAS][GH_VERDICT_COUNT];
    ngx_atomic_t                     throttled[NGX_HTTP_GATEHOUSE_VIAS];
    ngx_atomic_t                     checks[NGX_HTTP_GATEHOUSE_CHECKS];
    ngx_atomic_t                     operations[NGX_HTTP_GATEHOUSE_KINDS]
                                               [NGX_HTTP_GATEHOUSE_OUTCOMES];
    ngx_atomic_t                     repeated;
    ngx_atomic_t                     mails[NGX_HTTP_GATEHOUSE_MAIL_OUTCOMES];
} ngx_http_gatehouse_counts_t;

/*
 * Of one worker, which alone writes it; a line of the processor's cache for itself.  What
 * it has counted is added to that of all when it ends.
 */
typedef struct {
    ngx_atomic_t                     pid;           /* 0: the place is free */
    ngx_atomic_t                     down;          /* a bit for each server that it is without */
    ngx_atomic_t                     checks[NGX_HTTP_GATEHOUSE_CHECKS];
    ngx_atomic_int_t                 gauges[NGX_HTTP_GATEHOUSE_GAUGES];
    u_char                           apart[128 - 8 * (2 + NGX_HTTP_GATEHOUSE_CHECKS
                                                      + NGX_HTTP_GATEHOUSE_GAUGES)];
} ngx_http_gatehouse_worker_t;

typedef struct {
    ngx_http_gatehouse_counts_t      counts;
    ngx_atomic_t                     marks_looked;  /* s since 1970; 0: never */
    ngx_atomic_t                     server_count;
    ngx_http_gatehouse_tally_t       servers[NGX_HTTP_GATEHOUSE_SERVERS];
    ngx_http_gatehouse_worker_t      workers[NGX_MAX_PROCESSES];
} ngx_http_gatehouse_metrics_t;

/* A reading, at one moment. */
typedef struct {
    ngx_http_gatehouse_counts_t      counts;
    ngx_atomic_int_t                 gauges[NGX_HTTP_GATEHOUSE_GAUGES];
    ngx_uint_t                       without[NGX_HTTP_GATEHOUSE_SERVERS];   /* workers */
    ngx_uint_t                       workers;
} ngx_http_gatehouse_reading_t;

/* Upper bounds of the buckets, µs. */
extern const uint64_t  ngx_http_gatehouse_bounds[NGX_HTTP_GATEHOUSE_BUCKETS];

/* Declares the zone, in the configuration phase.  NULL: logged. */
ngx_shm_zone_t *ngx_http_gatehouse_metrics_zone_add(ngx_conf_t *cf);

/* From now on this worker counts, until it ends. */
void ngx_http_gatehouse_metrics_start(ngx_http_gatehouse_main_conf_t *gmcf);
void ngx_http_gatehouse_metrics_end(ngx_http_gatehouse_main_conf_t *gmcf);

/* Adds up what all workers say. */
void ngx_http_gatehouse_metrics_read(ngx_shm_zone_t *zone,
    ngx_http_gatehouse_reading_t *reading);

/* Sign-ins and what goes without one. */
void ngx_http_gatehouse_metrics_signin(ngx_http_gatehouse_via_e via, gh_verdict_t verdict);
void ngx_http_gatehouse_metrics_throttled(ngx_http_gatehouse_via_e via);
void ngx_http_gatehouse_metrics_checked(ngx_http_gatehouse_check_e check);

/* Operations: made, sent, answered by a server, at their end; turned away unmade. */
void ngx_http_gatehouse_metrics_made(void);
void ngx_http_gatehouse_metrics_sent(ngx_http_gatehouse_operation_t *op);
void ngx_http_gatehouse_metrics_answered(const ngx_str_t *server,
    const ngx_http_gatehouse_operation_t *op);
void ngx_http_gatehouse_metrics_repeated(void);
void ngx_http_gatehouse_metrics_ended(const ngx_http_gatehouse_operation_t *op);
void ngx_http_gatehouse_metrics_turned_away(gh_operation_t kind);

/* The line of a lane, and its connections: one more (1) or less (-1). */
void ngx_http_gatehouse_metrics_queue(gh_lane_t lane, ngx_atomic_int_t by);
void ngx_http_gatehouse_metrics_connections(gh_lane_t lane, ngx_atomic_int_t by);

/* Servers: a connection opened, one lost or in vain; left for another; down; back. */
void ngx_http_gatehouse_metrics_opened(const ngx_str_t *server);
void ngx_http_gatehouse_metrics_lost(const ngx_str_t *server);
void ngx_http_gatehouse_metrics_left(const ngx_str_t *server);
void ngx_http_gatehouse_metrics_down(const ngx_str_t *server);
void ngx_http_gatehouse_metrics_well(const ngx_str_t *server);

/* Mails: one more (1) or less (-1) waits; what became of one. */
void ngx_http_gatehouse_metrics_mails(ngx_atomic_int_t by);
void ngx_http_gatehouse_metrics_mail(ngx_http_gatehouse_mail_outcome_e outcome);

/* The directory has said which sessions ended elsewhere. */
void ngx_http_gatehouse_metrics_marks_looked(void);

#endif
