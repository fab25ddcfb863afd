/*
 * Exposition: tables of metrics, and the few that no table fits.
 */

/* lib. */
#include "base/buf.h"

/* Module. */
#include "ngx_http_gatehouse_exposition.h"
#include "ngx_http_gatehouse_metrics.h"
#include "ngx_http_gatehouse_page.h"
#include "ngx_http_gatehouse_zone.h"

#define NGX_HTTP_GATEHOUSE_COUNTER    "counter"
#define NGX_HTTP_GATEHOUSE_GAUGE      "gauge"
#define NGX_HTTP_GATEHOUSE_HISTOGRAM  "histogram"

/* What a label may say; NULL ends the list, "" stands for what is never told. */
typedef struct {
    const char                    *name;            /* NULL: no such label */
    const char *const             *words;
} ngx_http_gatehouse_label_t;

/* A metric whose numbers stand one behind the other, one for each pair of words. */
typedef struct {
    const char                    *name;
    const char                    *type;
    const char                    *help;
    size_t                         offset;          /* in a reading, of the first one */
    ngx_http_gatehouse_label_t     labels[2];
} ngx_http_gatehouse_family_t;

/* A metric of which each server has one. */
typedef struct {
    const char                    *name;
    const char                    *help;
    size_t                         offset;          /* in a tally */
} ngx_http_gatehouse_server_family_t;

static const char *const  ngx_http_gatehouse_no_words[] = { "-", NULL };

static const char *const  ngx_http_gatehouse_vias[] = { "form", "basic", NULL };

/* gh_operation_t */
static const char *const  ngx_http_gatehouse_kinds[] = {
    "", "search", "bind", "add", "modify", "delete", "password", NULL
};

static const char *const  ngx_http_gatehouse_outcomes[] = {
    "answered", "timeout", "unreachable", "overloaded", "failed", NULL
};

static const char *const  ngx_http_gatehouse_mail_outcomes[] = { "sent", "undelivered", NULL };

static const char *const  ngx_http_gatehouse_session_results[] = {
    "good", "refused", NULL
};

static const char *const  ngx_http_gatehouse_credential_results[] = {
    "at-hand", "found", "asked", NULL
};

static const char *const  ngx_http_gatehouse_lanes[] = { "service", "bind", "read", NULL };

/* By gh_verdict_t; filled from the verdicts' own names when first needed. */
static const char  *ngx_http_gatehouse_verdicts[GH_VERDICT_COUNT + 1];

#define NGX_HTTP_GATEHOUSE_READING(member)  offsetof(ngx_http_gatehouse_reading_t, member)

static const ngx_http_gatehouse_family_t  ngx_http_gatehouse_families[] = {

    { "gatehouse_signins_total", NGX_HTTP_GATEHOUSE_COUNTER,
      "Sign-ins that the directory was asked about, by what they came to.",
      NGX_HTTP_GATEHOUSE_READING(counts.signins),
      { { "via", ngx_http_gatehouse_vias }, { "verdict", ngx_http_gatehouse_verdicts } } },

    { "gatehouse_throttled_total", NGX_HTTP_GATEHOUSE_COUNTER,
      "Tries that were answered 429 and not made.",
      NGX_HTTP_GATEHOUSE_READING(counts.throttled),
      { { "via", ngx_http_gatehouse_vias }, { NULL, NULL } } },

    { "gatehouse_sessions_checked_total", NGX_HTTP_GATEHOUSE_COUNTER,
      "Requests with a session cookie.",
      NGX_HTTP_GATEHOUSE_READING(counts.checks[NGX_HTTP_GATEHOUSE_SESSION_GOOD]),
      { { "result", ngx_http_gatehouse_session_results }, { NULL, NULL } } },

    { "gatehouse_credentials_checked_total", NGX_HTTP_GATEHOUSE_COUNTER,
      "Requests with credentials, by who knew them: this worker, another one, or the "
      "directory.",
      NGX_HTTP_GATEHOUSE_READING(counts.checks[NGX_HTTP_GATEHOUSE_CREDENTIALS_AT_HAND]),
      { { "result", ngx_http_gatehouse_credential_results }, { NULL, NULL } } },

    { "gatehouse_directory_operations_total", NGX_HTTP_GATEHOUSE_COUNTER,
      "Operations of the directory, by how they ended.",
      NGX_HTTP_GATEHOUSE_READING(counts.operations),
      { { "operation", ngx_http_gatehouse_kinds },
        { "outcome", ngx_http_gatehouse_outcomes } } },

    { "gatehouse_directory_operations_repeated_total", NGX_HTTP_GATEHOUSE_COUNTER,
      "Operations that were sent once more after their connection was lost.",
      NGX_HTTP_GATEHOUSE_READING(counts.repeated), { { NULL, NULL }, { NULL, NULL } } },

    { "gatehouse_directory_operations", NGX_HTTP_GATEHOUSE_GAUGE,
      "Operations under way, waiting ones included.",
      NGX_HTTP_GATEHOUSE_READING(gauges[NGX_HTTP_GATEHOUSE_OPERATIONS]),
      { { NULL, NULL }, { NULL, NULL } } },

    { "gatehouse_directory_queue_operations", NGX_HTTP_GATEHOUSE_GAUGE,
      "Operations that wait for a connection.",
      NGX_HTTP_GATEHOUSE_READING(gauges[NGX_HTTP_GATEHOUSE_QUEUE_SERVICE]),
      { { "lane", ngx_http_gatehouse_lanes }, { NULL, NULL } } },

    { "gatehouse_directory_connections", NGX_HTTP_GATEHOUSE_GAUGE,
      "Connections to the directory, those that are being opened included.",
      NGX_HTTP_GATEHOUSE_READING(gauges[NGX_HTTP_GATEHOUSE_CONNECTIONS_SERVICE]),
      { { "lane", ngx_http_gatehouse_lanes }, { NULL, NULL } } },

    { "gatehouse_mails_total", NGX_HTTP_GATEHOUSE_COUNTER,
      "Mails, by what became of them.", NGX_HTTP_GATEHOUSE_READING(counts.mails),
      { { "outcome", ngx_http_gatehouse_mail_outcomes }, { NULL, NULL } } },

    { "gatehouse_mails_waiting", NGX_HTTP_GATEHOUSE_GAUGE,
      "Mails that the mail server has not taken yet.",
      NGX_HTTP_GATEHOUSE_READING(gauges[NGX_HTTP_GATEHOUSE_MAILS_WAITING]),
      { { NULL, NULL }, { NULL, NULL } } },

    { "gatehouse_workers", NGX_HTTP_GATEHOUSE_GAUGE,
      "Workers, those that are on their way out included.",
      NGX_HTTP_GATEHOUSE_READING(workers), { { NULL, NULL }, { NULL, NULL } } },
};

static const ngx_http_gatehouse_server_family_t  ngx_http_gatehouse_server_families[] = {

    { "gatehouse_directory_connections_opened_total",
      "Connections to this server that were begun.",
      offsetof(ngx_http_gatehouse_tally_t, opened) },

    { "gatehouse_directory_connections_lost_total",
      "Connections to this server that came to nothing or were lost.",
      offsetof(ngx_http_gatehouse_tally_t, lost) },

    { "gatehouse_directory_failovers_total",
      "Times that a worker left this server for another.",
      offsetof(ngx_http_gatehouse_tally_t, failovers) },
};

#define NGX_HTTP_GATEHOUSE_COUNT(table)  (sizeof(table) / sizeof(table[0]))


/* Lines. */

static void
ngx_http_gatehouse_exposition_head(gh_buf_t *out, const char *name, const char *type,
    const char *help)
{
    gh_buf_add_format(out, "# HELP %s %s\n# TYPE %s %s\n", name, help, name, type);
}

/* A number of a family, for one word of each label. */
static void
ngx_http_gatehouse_exposition_number(gh_buf_t *out, const ngx_http_gatehouse_family_t *family,
    const char *first, const char *second, ngx_atomic_int_t number)
{
    gh_buf_add_string(out, family->name);

    if (family->labels[0].name != NULL) {
        gh_buf_add_format(out, "{%s=\"%s\"", family->labels[0].name, first);

        if (family->labels[1].name != NULL) {
            gh_buf_add_format(out, ",%s=\"%s\"", family->labels[1].name, second);
        }

        gh_buf_add_string(out, "}");
    }

    /* Two workers may be read at different moments. */
    gh_buf_add_format(out, " %ld\n", (long) ngx_max(number, 0));
}

static const char *const *
ngx_http_gatehouse_exposition_words(const ngx_http_gatehouse_label_t *label)
{
    return label->name != NULL ? label->words : ngx_http_gatehouse_no_words;
}

static void
ngx_http_gatehouse_exposition_family(gh_buf_t *out, const ngx_http_gatehouse_family_t *family,
    const ngx_http_gatehouse_reading_t *reading)
{
    const char *const       *first, *const *second;
    const ngx_atomic_int_t  *number;

    number = (const ngx_atomic_int_t *) ((const u_char *) reading + family->offset);
    ngx_http_gatehouse_exposition_head(out, family->name, family->type, family->help);

    for (first = ngx_http_gatehouse_exposition_words(&family->labels[0]);
         *first != NULL;
         first++)
    {
        for (second = ngx_http_gatehouse_exposition_words(&family->labels[1]);
             *second != NULL;
             second++, number++)
        {
            if ((*first)[0] != '\0') {
                ngx_http_gatehouse_exposition_number(out, family, *first, *second, *number);
            }
        }
    }
}


/* Servers. */

/* A name as the value of a label. */
static void
ngx_http_gatehouse_exposition_server(gh_buf_t *out, const ngx_http_gatehouse_tally_t *tally)
{
    size_t  i;

    gh_buf_add_string(out, "server=\"");

    for (i = 0; i < tally->len; i++) {
        if (tally->name[i] == '"' || tally->name[i] == '\\') {
            gh_buf_add_string(out, "\\");
        }

        gh_buf_add(out, &tally->name[i], 1);
    }

    gh_buf_add_string(out, "\"");
}

static void
ngx_http_gatehouse_exposition_of_server(gh_buf_t *out, const char *name,
    const ngx_http_gatehouse_tally_t *tally, ngx_atomic_uint_t number)
{
    gh_buf_add_format(out, "%s{", name);
    ngx_http_gatehouse_exposition_server(out, tally);
    gh_buf_add_format(out, "} %lu\n", (unsigned long) number);
}

/* Cumulative buckets, as Prometheus wants them; one histogram for each kind that there was. */
static void
ngx_http_gatehouse_exposition_histogram(gh_buf_t *out, const char *name,
    const ngx_http_gatehouse_tally_t *tally, ngx_uint_t kind)
{
    ngx_uint_t                             i;
    unsigned long                          sum, count = 0;
    const ngx_http_gatehouse_histogram_t  *histogram = &tally->latency[kind];

    sum = histogram->sum;

    for (i = 0; i <= NGX_HTTP_GATEHOUSE_BUCKETS; i++) {
        count += histogram->buckets[i];
        gh_buf_add_format(out, "%s_bucket{", name);
        ngx_http_gatehouse_exposition_server(out, tally);
        gh_buf_add_format(out, ",operation=\"%s\",le=\"", ngx_http_gatehouse_kinds[kind]);

        if (i < NGX_HTTP_GATEHOUSE_BUCKETS) {
            gh_buf_add_format(out, "%g\"} %lu\n", ngx_http_gatehouse_bounds[i] / 1e6, count);

        } else {
            gh_buf_add_format(out, "+Inf\"} %lu\n", count);
        }
    }

    gh_buf_add_format(out, "%s_sum{", name);
    ngx_http_gatehouse_exposition_server(out, tally);
    gh_buf_add_format(out, ",operation=\"%s\"} %lu.%06lu\n", ngx_http_gatehouse_kinds[kind],
                      sum / 1000000, sum % 1000000);
    gh_buf_add_format(out, "%s_count{", name);
    ngx_http_gatehouse_exposition_server(out, tally);
    gh_buf_add_format(out, ",operation=\"%s\"} %lu\n", ngx_http_gatehouse_kinds[kind], count);
}

static void
ngx_http_gatehouse_exposition_latency(gh_buf_t *out,
    const ngx_http_gatehouse_metrics_t *metrics)
{
    ngx_uint_t         i, kind;
    static const char  name[] = "gatehouse_directory_operation_duration_seconds";

    ngx_http_gatehouse_exposition_head(out, name, NGX_HTTP_GATEHOUSE_HISTOGRAM,
                                       "Time from an operation's sending to its answer.");

    for (i = 0; i < metrics->server_count; i++) {
        for (kind = GH_OPERATION_NONE + 1; kind < NGX_HTTP_GATEHOUSE_KINDS; kind++) {
            ngx_http_gatehouse_exposition_histogram(out, name, &metrics->servers[i], kind);
        }
    }
}

static void
ngx_http_gatehouse_exposition_servers(gh_buf_t *out,
    const ngx_http_gatehouse_metrics_t *metrics, const ngx_http_gatehouse_reading_t *reading)
{
    ngx_uint_t                                 i, j;
    const ngx_http_gatehouse_server_family_t  *family;
    static const char  without[] = "gatehouse_directory_server_down_workers";

    for (j = 0; j < NGX_HTTP_GATEHOUSE_COUNT(ngx_http_gatehouse_server_families); j++) {
        family = &ngx_http_gatehouse_server_families[j];
        ngx_http_gatehouse_exposition_head(out, family->name, NGX_HTTP_GATEHOUSE_COUNTER,
                                           family->help);

        for (i = 0; i < metrics->server_count; i++) {
            ngx_http_gatehouse_exposition_of_server(
                out, family->name, &metrics->servers[i],
                *(const ngx_atomic_t *) ((const u_char *) &metrics->servers[i]
                                         + family->offset));
        }
    }

    ngx_http_gatehouse_exposition_head(out, without, NGX_HTTP_GATEHOUSE_GAUGE,
                                       "Workers that take this server to be down.");

    for (i = 0; i < metrics->server_count; i++) {
        ngx_http_gatehouse_exposition_of_server(out, without, &metrics->servers[i],
                                                reading->without[i]);
    }
}


/* The zone, and the directory's marks. */

static void
ngx_http_gatehouse_exposition_zone(gh_buf_t *out, ngx_shm_zone_t *zone)
{
    ngx_uint_t                  i;
    ngx_slab_pool_t            *shpool = (ngx_slab_pool_t *) zone->shm.addr;
    ngx_http_gatehouse_zone_t  *shared = zone->data;
    static const char           records[] = "gatehouse_zone_records";
    static const char           size[] = "gatehouse_zone_free_bytes";
    const struct {
        const char    *kind;
        ngx_atomic_t   count;
    } kinds[] = {
        { "revocation", shared->revocations.count },
        { "refusal", shared->refusals.count },
        { "credential", shared->credentials.count },
    };

    ngx_http_gatehouse_exposition_head(out, records, NGX_HTTP_GATEHOUSE_GAUGE,
                                       "What the zone remembers.");

    for (i = 0; i < NGX_HTTP_GATEHOUSE_COUNT(kinds); i++) {
        gh_buf_add_format(out, "%s{kind=\"%s\"} %lu\n", records, kinds[i].kind,
                          (unsigned long) kinds[i].count);
    }

    ngx_http_gatehouse_exposition_head(out, size, NGX_HTTP_GATEHOUSE_GAUGE,
                                       "Whole pages of the zone that nothing stands in.");
    gh_buf_add_format(out, "%s %lu\n", size, (unsigned long) (shpool->pfree * ngx_pagesize));
}

static void
ngx_http_gatehouse_exposition_marks(gh_buf_t *out, const ngx_http_gatehouse_metrics_t *metrics)
{
    static const char  name[] = "gatehouse_marks_last_look_timestamp_seconds";

    ngx_http_gatehouse_exposition_head(
        out, name, NGX_HTTP_GATEHOUSE_GAUGE,
        "When the directory last said which sessions had ended elsewhere; 0 before it did.");
    gh_buf_add_format(out, "%s %lu\n", name, (unsigned long) metrics->marks_looked);
}


/* The location. */

static void
ngx_http_gatehouse_exposition_write(gh_buf_t *out, ngx_http_gatehouse_main_conf_t *gmcf)
{
    ngx_uint_t                     i;
    ngx_http_gatehouse_reading_t   reading;
    ngx_http_gatehouse_metrics_t  *metrics = gmcf->metrics->data;

    ngx_http_gatehouse_metrics_read(gmcf->metrics, &reading);

    for (i = 0; i < GH_VERDICT_COUNT; i++) {
        ngx_http_gatehouse_verdicts[i] = gh_verdict_name(i);
    }

    for (i = 0; i < NGX_HTTP_GATEHOUSE_COUNT(ngx_http_gatehouse_families); i++) {
        ngx_http_gatehouse_exposition_family(out, &ngx_http_gatehouse_families[i], &reading);
    }

    ngx_http_gatehouse_exposition_servers(out, metrics, &reading);
    ngx_http_gatehouse_exposition_latency(out, metrics);
    ngx_http_gatehouse_exposition_zone(out, gmcf->zone);
    ngx_http_gatehouse_exposition_marks(out, metrics);
}

ngx_int_t
ngx_http_gatehouse_exposition(ngx_http_request_t *r)
{
    gh_buf_t          out;
    ngx_int_t         rc;
    ngx_str_t         body = ngx_null_string;
    static ngx_str_t  type = ngx_string("text/plain; version=0.0.4; charset=utf-8");

    if (!(r->method & (NGX_HTTP_GET | NGX_HTTP_HEAD))) {
        return NGX_HTTP_NOT_ALLOWED;
    }

    rc = ngx_http_discard_request_body(r);

    if (rc != NGX_OK) {
        return rc;
    }

    gh_buf_init(&out);
    ngx_http_gatehouse_exposition_write(&out, ngx_http_gatehouse_main_conf(r));

    if (gh_buf_is_ok(&out)) {
        body.data = ngx_pnalloc(r->pool, out.len);
    }

    if (body.data != NULL) {
        body.len = out.len;
        ngx_memcpy(body.data, out.data, out.len);
    }

    gh_buf_cleanup(&out);

    if (body.len == 0 || ngx_http_gatehouse_header_no_store(r) != NGX_OK) {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    return ngx_http_gatehouse_page_body(r, NGX_HTTP_OK, &type, &body);
}
