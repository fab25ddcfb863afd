/*
 * Metrics.
 */

/* Module. */
#include "ngx_http_gatehouse_health.h"
#include "ngx_http_gatehouse_metrics.h"

_Static_assert(sizeof(ngx_http_gatehouse_worker_t) == 128, "a worker has lines for itself");
_Static_assert(NGX_HTTP_GATEHOUSE_QUEUE_READ - NGX_HTTP_GATEHOUSE_QUEUE_SERVICE == GH_LANE_READ
               && NGX_HTTP_GATEHOUSE_CONNECTIONS_READ - NGX_HTTP_GATEHOUSE_CONNECTIONS_SERVICE
                  == GH_LANE_READ, "gauges stand by lane");

/* The slab allocator's own needs, bytes. */
#define NGX_HTTP_GATEHOUSE_METRICS_SLAB  (8 * 4096)

const uint64_t  ngx_http_gatehouse_bounds[NGX_HTTP_GATEHOUSE_BUCKETS] = {
    500, 1000, 2500, 5000, 10000, 25000, 50000, 100000, 250000, 500000, 1000000, 5000000
};

/* Of this worker; both NULL in a process that is none. */
static ngx_http_gatehouse_metrics_t  *ngx_http_gatehouse_metrics;
static ngx_http_gatehouse_worker_t   *ngx_http_gatehouse_worker;


/* The zone. */

static ngx_int_t
ngx_http_gatehouse_metrics_zone_init(ngx_shm_zone_t *zone, void *data)
{
    ngx_slab_pool_t  *shpool = (ngx_slab_pool_t *) zone->shm.addr;

    if (data == NULL && zone->shm.exists) {
        data = shpool->data;
    }

    if (data == NULL) {
        data = ngx_slab_calloc(shpool, sizeof(ngx_http_gatehouse_metrics_t));
        shpool->data = data;
    }

    zone->data = data;

    return data != NULL ? NGX_OK : NGX_ERROR;
}

ngx_shm_zone_t *
ngx_http_gatehouse_metrics_zone_add(ngx_conf_t *cf)
{
    size_t           size;
    ngx_str_t        name = ngx_string("gatehouse_metrics");
    ngx_shm_zone_t  *zone;

    size = ngx_align(sizeof(ngx_http_gatehouse_metrics_t) + NGX_HTTP_GATEHOUSE_METRICS_SLAB,
                     ngx_pagesize);
    zone = ngx_shared_memory_add(cf, &name, size, &ngx_http_gatehouse_module);

    if (zone != NULL) {
        zone->init = ngx_http_gatehouse_metrics_zone_init;
    }

    return zone;
}


/* Workers. */

/*
 * What the worker of that place has counted goes to the others', and the place is empty.
 * Readers must not see it twice nor not at all: the zone is locked.
 */
static void
ngx_http_gatehouse_metrics_settle(ngx_http_gatehouse_metrics_t *metrics,
    ngx_http_gatehouse_worker_t *worker)
{
    ngx_uint_t  i;

    for (i = 0; i < NGX_HTTP_GATEHOUSE_CHECKS; i++) {
        metrics->counts.checks[i] += worker->checks[i];
    }

    ngx_memzero(worker, sizeof(ngx_http_gatehouse_worker_t));
}

/* The place of a server's counts; NULL: there are too many servers. */
static ngx_http_gatehouse_tally_t *
ngx_http_gatehouse_metrics_tally(const ngx_str_t *server)
{
    ngx_uint_t                   i;
    ngx_http_gatehouse_tally_t  *tally;

    for (i = 0; ngx_http_gatehouse_metrics != NULL
                && i < ngx_http_gatehouse_metrics->server_count; i++)
    {
        tally = &ngx_http_gatehouse_metrics->servers[i];

        if (tally->len == server->len && ngx_memcmp(tally->name, server->data, tally->len) == 0) {
            return tally;
        }
    }

    return NULL;
}

/* Gives the server a place that lasts as long as the zone; the zone is locked. */
static void
ngx_http_gatehouse_metrics_add_server(ngx_http_gatehouse_metrics_t *metrics,
    const ngx_str_t *server)
{
    ngx_http_gatehouse_tally_t  *tally;

    if (ngx_http_gatehouse_metrics_tally(server) != NULL
        || metrics->server_count == NGX_HTTP_GATEHOUSE_SERVERS
        || server->len > NGX_HTTP_GATEHOUSE_NAME_MAX)
    {
        return;
    }

    tally = &metrics->servers[metrics->server_count];
    tally->len = server->len;
    ngx_memcpy(tally->name, server->data, server->len);
    ngx_memory_barrier();
    metrics->server_count++;
}

void
ngx_http_gatehouse_metrics_start(ngx_http_gatehouse_main_conf_t *gmcf)
{
    ngx_uint_t                     i;
    ngx_slab_pool_t               *shpool = (ngx_slab_pool_t *) gmcf->metrics->shm.addr;
    ngx_http_gatehouse_server_t   *servers = gmcf->servers.elts;
    ngx_http_gatehouse_metrics_t  *metrics = gmcf->metrics->data;

    if (ngx_process != NGX_PROCESS_WORKER && ngx_process != NGX_PROCESS_SINGLE) {
        return;
    }

    ngx_http_gatehouse_metrics = metrics;
    ngx_http_gatehouse_worker = &metrics->workers[ngx_process_slot];

    ngx_shmtx_lock(&shpool->mutex);

    /* One that died here could not do it itself. */
    ngx_http_gatehouse_metrics_settle(metrics, ngx_http_gatehouse_worker);
    ngx_http_gatehouse_worker->pid = ngx_pid;

    for (i = 0; i < gmcf->servers.nelts; i++) {
        ngx_http_gatehouse_metrics_add_server(metrics, &servers[i].name);
    }

    ngx_shmtx_unlock(&shpool->mutex);
}

void
ngx_http_gatehouse_metrics_end(ngx_http_gatehouse_main_conf_t *gmcf)
{
    ngx_slab_pool_t  *shpool = (ngx_slab_pool_t *) gmcf->metrics->shm.addr;

    if (ngx_http_gatehouse_worker == NULL) {
        return;
    }

    ngx_shmtx_lock(&shpool->mutex);
    ngx_http_gatehouse_metrics_settle(ngx_http_gatehouse_metrics, ngx_http_gatehouse_worker);
    ngx_shmtx_unlock(&shpool->mutex);

    ngx_http_gatehouse_metrics = NULL;
    ngx_http_gatehouse_worker = NULL;
}

/* Adds what one worker says. */
static void
ngx_http_gatehouse_metrics_read_worker(const ngx_http_gatehouse_worker_t *worker,
    ngx_http_gatehouse_reading_t *reading)
{
    ngx_uint_t  i;

    if (worker->pid == 0) {
        return;
    }

    reading->workers++;

    for (i = 0; i < NGX_HTTP_GATEHOUSE_CHECKS; i++) {
        reading->counts.checks[i] += worker->checks[i];
    }

    for (i = 0; i < NGX_HTTP_GATEHOUSE_GAUGES; i++) {
        reading->gauges[i] += worker->gauges[i];
    }

    for (i = 0; i < NGX_HTTP_GATEHOUSE_SERVERS; i++) {
        reading->without[i] += worker->down >> i & 1;
    }
}

void
ngx_http_gatehouse_metrics_read(ngx_shm_zone_t *zone, ngx_http_gatehouse_reading_t *reading)
{
    ngx_uint_t                     i;
    ngx_slab_pool_t               *shpool = (ngx_slab_pool_t *) zone->shm.addr;
    ngx_http_gatehouse_metrics_t  *metrics = zone->data;

    ngx_memzero(reading, sizeof(ngx_http_gatehouse_reading_t));
    ngx_shmtx_lock(&shpool->mutex);
    reading->counts = metrics->counts;

    for (i = 0; i < NGX_MAX_PROCESSES; i++) {
        ngx_http_gatehouse_metrics_read_worker(&metrics->workers[i], reading);
    }

    ngx_shmtx_unlock(&shpool->mutex);
}


/* Counting. */

static void
ngx_http_gatehouse_metrics_gauge(ngx_http_gatehouse_gauge_e gauge, ngx_atomic_int_t by)
{
    if (ngx_http_gatehouse_worker != NULL) {
        ngx_http_gatehouse_worker->gauges[gauge] += by;
    }
}

void
ngx_http_gatehouse_metrics_checked(ngx_http_gatehouse_check_e check)
{
    if (ngx_http_gatehouse_worker != NULL) {
        ngx_http_gatehouse_worker->checks[check]++;
    }
}

void
ngx_http_gatehouse_metrics_signin(ngx_http_gatehouse_via_e via, gh_verdict_t verdict)
{
    if (ngx_http_gatehouse_metrics != NULL) {
        (void) ngx_atomic_fetch_add(&ngx_http_gatehouse_metrics->counts.signins[via][verdict],
                                    1);
    }
}

void
ngx_http_gatehouse_metrics_throttled(ngx_http_gatehouse_via_e via)
{
    if (ngx_http_gatehouse_metrics != NULL) {
        (void) ngx_atomic_fetch_add(&ngx_http_gatehouse_metrics->counts.throttled[via], 1);
    }
}

void
ngx_http_gatehouse_metrics_mails(ngx_atomic_int_t by)
{
    ngx_http_gatehouse_metrics_gauge(NGX_HTTP_GATEHOUSE_MAILS_WAITING, by);
}

void
ngx_http_gatehouse_metrics_mail(ngx_http_gatehouse_mail_outcome_e outcome)
{
    if (ngx_http_gatehouse_metrics != NULL) {
        (void) ngx_atomic_fetch_add(&ngx_http_gatehouse_metrics->counts.mails[outcome], 1);
    }
}

void
ngx_http_gatehouse_metrics_marks_looked(void)
{
    if (ngx_http_gatehouse_metrics != NULL) {
        ngx_http_gatehouse_metrics->marks_looked = ngx_time();
    }
}


/* Operations. */

/* µs of a clock that only goes on; nginx's own stands still while it works. */
static uint64_t
ngx_http_gatehouse_metrics_clock(void)
{
    struct timespec  ts;

    (void) clock_gettime(CLOCK_MONOTONIC, &ts);

    return (uint64_t) ts.tv_sec * 1000000 + ts.tv_nsec / 1000;
}

static ngx_http_gatehouse_outcome_e
ngx_http_gatehouse_metrics_outcome(int result)
{
    switch (result) {

    case GH_RESULT_TIMEOUT:
        return NGX_HTTP_GATEHOUSE_TIMED_OUT;

    case GH_RESULT_UNREACHABLE:
        return NGX_HTTP_GATEHOUSE_UNREACHABLE;

    case GH_RESULT_OVERLOADED:
        return NGX_HTTP_GATEHOUSE_OVERLOADED;

    default:
        return result >= 0 ? NGX_HTTP_GATEHOUSE_ANSWERED : NGX_HTTP_GATEHOUSE_FAILED;
    }
}

static void
ngx_http_gatehouse_metrics_came_to(gh_operation_t kind, int result)
{
    ngx_http_gatehouse_outcome_e  outcome = ngx_http_gatehouse_metrics_outcome(result);

    if (ngx_http_gatehouse_metrics != NULL) {
        (void) ngx_atomic_fetch_add(
            &ngx_http_gatehouse_metrics->counts.operations[kind][outcome], 1);
    }
}

void
ngx_http_gatehouse_metrics_made(void)
{
    ngx_http_gatehouse_metrics_gauge(NGX_HTTP_GATEHOUSE_OPERATIONS, 1);
}

void
ngx_http_gatehouse_metrics_sent(ngx_http_gatehouse_operation_t *op)
{
    op->clocked = ngx_http_gatehouse_metrics_clock();
}

void
ngx_http_gatehouse_metrics_answered(const ngx_str_t *server,
    const ngx_http_gatehouse_operation_t *op)
{
    uint64_t                         took = ngx_http_gatehouse_metrics_clock() - op->clocked;
    ngx_uint_t                       i;
    ngx_http_gatehouse_tally_t      *tally = ngx_http_gatehouse_metrics_tally(server);
    ngx_http_gatehouse_histogram_t  *histogram;

    if (tally == NULL) {
        return;
    }

    for (i = 0; i < NGX_HTTP_GATEHOUSE_BUCKETS && took > ngx_http_gatehouse_bounds[i]; i++) {
        /* void */
    }

    histogram = &tally->latency[op->kind];
    (void) ngx_atomic_fetch_add(&histogram->buckets[i], 1);
    (void) ngx_atomic_fetch_add(&histogram->sum, (ngx_atomic_int_t) took);
}

void
ngx_http_gatehouse_metrics_repeated(void)
{
    if (ngx_http_gatehouse_metrics != NULL) {
        (void) ngx_atomic_fetch_add(&ngx_http_gatehouse_metrics->counts.repeated, 1);
    }
}

void
ngx_http_gatehouse_metrics_ended(const ngx_http_gatehouse_operation_t *op)
{
    ngx_http_gatehouse_metrics_gauge(NGX_HTTP_GATEHOUSE_OPERATIONS, -1);

    /* One that nobody waited for any more, and that was never sent, came to nothing. */
    if (op->handler != NULL || op->clocked != 0) {
        ngx_http_gatehouse_metrics_came_to(op->kind, op->answer.result);
    }
}

void
ngx_http_gatehouse_metrics_turned_away(gh_operation_t kind)
{
    ngx_http_gatehouse_metrics_came_to(kind, GH_RESULT_OVERLOADED);
}


/* Lanes and servers. */

void
ngx_http_gatehouse_metrics_queue(gh_lane_t lane, ngx_atomic_int_t by)
{
    ngx_http_gatehouse_metrics_gauge(NGX_HTTP_GATEHOUSE_QUEUE_SERVICE + lane, by);
}

void
ngx_http_gatehouse_metrics_connections(gh_lane_t lane, ngx_atomic_int_t by)
{
    ngx_http_gatehouse_metrics_gauge(NGX_HTTP_GATEHOUSE_CONNECTIONS_SERVICE + lane, by);
}

void
ngx_http_gatehouse_metrics_opened(const ngx_str_t *server)
{
    ngx_http_gatehouse_tally_t  *tally = ngx_http_gatehouse_metrics_tally(server);

    if (tally != NULL) {
        (void) ngx_atomic_fetch_add(&tally->opened, 1);
    }
}

void
ngx_http_gatehouse_metrics_lost(const ngx_str_t *server)
{
    ngx_http_gatehouse_tally_t  *tally = ngx_http_gatehouse_metrics_tally(server);

    if (tally != NULL) {
        (void) ngx_atomic_fetch_add(&tally->lost, 1);
    }
}

void
ngx_http_gatehouse_metrics_left(const ngx_str_t *server)
{
    ngx_http_gatehouse_tally_t  *tally = ngx_http_gatehouse_metrics_tally(server);

    if (tally != NULL) {
        (void) ngx_atomic_fetch_add(&tally->failovers, 1);
    }
}

/* The bit of a server that has a place. */
static ngx_atomic_uint_t
ngx_http_gatehouse_metrics_bit(const ngx_http_gatehouse_tally_t *tally)
{
    return (ngx_atomic_uint_t) 1 << (tally - ngx_http_gatehouse_metrics->servers);
}

void
ngx_http_gatehouse_metrics_down(const ngx_str_t *server)
{
    ngx_http_gatehouse_tally_t  *tally = ngx_http_gatehouse_metrics_tally(server);

    if (tally != NULL) {
        ngx_http_gatehouse_worker->down |= ngx_http_gatehouse_metrics_bit(tally);
    }
}

void
ngx_http_gatehouse_metrics_well(const ngx_str_t *server)
{
    ngx_http_gatehouse_tally_t  *tally = ngx_http_gatehouse_metrics_tally(server);

    if (tally != NULL) {
        ngx_http_gatehouse_worker->down &= ~ngx_http_gatehouse_metrics_bit(tally);
    }
}
