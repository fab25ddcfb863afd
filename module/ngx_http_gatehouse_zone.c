/*
 * The zone: a tree to look records up, a queue in the order of their going.
 */

/* lib. */
#include "base/random.h"

/* Module. */
#include "ngx_http_gatehouse_zone.h"

/* Records swept with each new one: two, so that the zone shrinks while it is used. */
#define NGX_HTTP_GATEHOUSE_SWEEP  2

static ngx_int_t ngx_http_gatehouse_zone_init(ngx_shm_zone_t *zone, void *data);
static void ngx_http_gatehouse_records_insert(ngx_rbtree_node_t *temp,
    ngx_rbtree_node_t *node, ngx_rbtree_node_t *sentinel);

ngx_shm_zone_t *
ngx_http_gatehouse_zone_add(ngx_conf_t *cf, size_t size)
{
    ngx_str_t        name = ngx_string("gatehouse");
    ngx_shm_zone_t  *zone;

    zone = ngx_shared_memory_add(cf, &name, size, &ngx_http_gatehouse_module);

    if (zone != NULL) {
        zone->init = ngx_http_gatehouse_zone_init;
    }

    return zone;
}

static void
ngx_http_gatehouse_records_init(ngx_http_gatehouse_records_t *records)
{
    ngx_rbtree_init(&records->rbtree, &records->sentinel, ngx_http_gatehouse_records_insert);
    ngx_queue_init(&records->queue);
}

static ngx_int_t
ngx_http_gatehouse_zone_init(ngx_shm_zone_t *zone, void *data)
{
    ngx_slab_pool_t            *shpool = (ngx_slab_pool_t *) zone->shm.addr;
    ngx_http_gatehouse_zone_t  *shared = data;

    if (shared == NULL && zone->shm.exists) {
        shared = shpool->data;
    }

    if (shared == NULL) {
        shared = ngx_slab_calloc(shpool, sizeof(ngx_http_gatehouse_zone_t));

        if (shared == NULL) {
            return NGX_ERROR;
        }

        ngx_http_gatehouse_records_init(&shared->revocations);
        ngx_http_gatehouse_records_init(&shared->refusals);
        ngx_http_gatehouse_records_init(&shared->untold);
        ngx_http_gatehouse_records_init(&shared->notes);
        ngx_http_gatehouse_records_init(&shared->credentials);

        if (gh_random_fill(shared->mac_key, NGX_HTTP_GATEHOUSE_MAC_SIZE) != 0) {
            return NGX_ERROR;
        }

        /* Nothing is known yet of what ended before. */
        shared->missed = 1;
        shpool->data = shared;

        /* What a full zone means, and what to do, is said where it matters. */
        shpool->log_nomem = 0;
    }

    zone->data = shared;

    return NGX_OK;
}

void
ngx_http_gatehouse_zone_lock(ngx_shm_zone_t *zone)
{
    ngx_shmtx_lock(&((ngx_slab_pool_t *) zone->shm.addr)->mutex);
}

void
ngx_http_gatehouse_zone_unlock(ngx_shm_zone_t *zone)
{
    ngx_shmtx_unlock(&((ngx_slab_pool_t *) zone->shm.addr)->mutex);
}

static ngx_rbtree_key_t
ngx_http_gatehouse_records_key(const u_char *key)
{
    ngx_rbtree_key_t  first;

    ngx_memcpy(&first, key, sizeof(ngx_rbtree_key_t));

    return first;
}

/* The order of a key and a record: by the key's first bytes, then by all of it. */
static ngx_int_t
ngx_http_gatehouse_records_compare(const u_char *key, ngx_rbtree_node_t *node)
{
    ngx_rbtree_key_t  first = ngx_http_gatehouse_records_key(key);

    if (first != node->key) {
        return first < node->key ? -1 : 1;
    }

    return ngx_memcmp(key, ((ngx_http_gatehouse_record_t *) node)->key,
                      NGX_HTTP_GATEHOUSE_KEY_SIZE);
}

static void
ngx_http_gatehouse_records_insert(ngx_rbtree_node_t *temp, ngx_rbtree_node_t *node,
    ngx_rbtree_node_t *sentinel)
{
    ngx_rbtree_node_t            **place;
    ngx_http_gatehouse_record_t   *record = (ngx_http_gatehouse_record_t *) node;

    for ( ;; ) {
        place = ngx_http_gatehouse_records_compare(record->key, temp) < 0 ? &temp->left
                                                                          : &temp->right;

        if (*place == sentinel) {
            break;
        }

        temp = *place;
    }

    *place = node;
    node->parent = temp;
    node->left = sentinel;
    node->right = sentinel;
    ngx_rbt_red(node);
}

ngx_http_gatehouse_record_t *
ngx_http_gatehouse_records_find(ngx_http_gatehouse_records_t *records,
    const u_char key[NGX_HTTP_GATEHOUSE_KEY_SIZE])
{
    ngx_int_t           order;
    ngx_rbtree_node_t  *node = records->rbtree.root;

    while (node != records->rbtree.sentinel) {
        order = ngx_http_gatehouse_records_compare(key, node);

        if (order == 0) {
            return (ngx_http_gatehouse_record_t *) node;
        }

        node = order < 0 ? node->left : node->right;
    }

    return NULL;
}

ngx_http_gatehouse_record_t *
ngx_http_gatehouse_records_first(ngx_http_gatehouse_records_t *records)
{
    if (ngx_queue_empty(&records->queue)) {
        return NULL;
    }

    return ngx_queue_data(ngx_queue_head(&records->queue), ngx_http_gatehouse_record_t, queue);
}

/* Drops a few of the oldest, as far as their time is over. */
static void
ngx_http_gatehouse_records_sweep(ngx_shm_zone_t *zone, ngx_http_gatehouse_records_t *records)
{
    ngx_uint_t                    i;
    ngx_http_gatehouse_record_t  *record;

    for (i = 0; i < NGX_HTTP_GATEHOUSE_SWEEP; i++) {
        record = ngx_http_gatehouse_records_first(records);

        if (record == NULL || record->until > ngx_time()) {
            return;
        }

        ngx_http_gatehouse_records_drop(zone, records, record);
    }
}

/*
 * Drops all whose time is over, wherever they stand in the queue: untils differ.  Once a second at
 * most, since it looks at each.
 */
static void
ngx_http_gatehouse_zone_sweep(ngx_shm_zone_t *zone)
{
    ngx_queue_t                  *q, *next;
    ngx_http_gatehouse_zone_t    *shared = zone->data;
    ngx_http_gatehouse_record_t  *record;

    if (shared->swept == ngx_time()) {
        return;
    }

    shared->swept = ngx_time();

    for (q = ngx_queue_head(&shared->revocations.queue);
         q != ngx_queue_sentinel(&shared->revocations.queue);
         q = next)
    {
        next = ngx_queue_next(q);
        record = ngx_queue_data(q, ngx_http_gatehouse_record_t, queue);

        if (record->until <= ngx_time()) {
            ngx_http_gatehouse_records_drop(zone, &shared->revocations, record);
        }
    }
}

/*
 * Of what the oldest is forgotten to make room for one of `records`; NULL: of nothing.  Neither
 * a credential nor a note is worth a refusal: whoever has one good password, or is refused often,
 * must not be able to have guesses at others forgotten.
 */
static ngx_http_gatehouse_records_t *
ngx_http_gatehouse_zone_dispensable(ngx_http_gatehouse_zone_t *shared,
    ngx_http_gatehouse_records_t *records)
{
    if (!ngx_queue_empty(&shared->credentials.queue)) {
        return &shared->credentials;
    }

    if (!ngx_queue_empty(&shared->notes.queue)) {
        return &shared->notes;
    }

    if (records != &shared->credentials && records != &shared->notes
        && !ngx_queue_empty(&shared->refusals.queue))
    {
        return &shared->refusals;
    }

    return NULL;
}

/* Room for one of `records`. */
static void *
ngx_http_gatehouse_zone_alloc(ngx_shm_zone_t *zone, ngx_http_gatehouse_records_t *records,
    size_t size)
{
    void                          *p;
    ngx_slab_pool_t               *shpool = (ngx_slab_pool_t *) zone->shm.addr;
    ngx_http_gatehouse_records_t  *dispensable;

    p = ngx_slab_calloc_locked(shpool, size);

    if (p != NULL) {
        return p;
    }

    ngx_http_gatehouse_zone_sweep(zone);

    for ( ;; ) {
        p = ngx_slab_calloc_locked(shpool, size);

        if (p != NULL) {
            return p;
        }

        dispensable = ngx_http_gatehouse_zone_dispensable(zone->data, records);

        if (dispensable == NULL) {
            return NULL;
        }

        ngx_http_gatehouse_records_drop(zone, dispensable,
                                        ngx_http_gatehouse_records_first(dispensable));
    }
}

ngx_http_gatehouse_record_t *
ngx_http_gatehouse_records_add(ngx_shm_zone_t *zone, ngx_http_gatehouse_records_t *records,
    size_t size, const u_char key[NGX_HTTP_GATEHOUSE_KEY_SIZE], time_t until)
{
    ngx_http_gatehouse_record_t  *record;

    ngx_http_gatehouse_records_sweep(zone, records);
    record = ngx_http_gatehouse_zone_alloc(zone, records, size);

    if (record == NULL) {
        return NULL;
    }

    ngx_memcpy(record->key, key, NGX_HTTP_GATEHOUSE_KEY_SIZE);
    record->until = until;
    record->node.key = ngx_http_gatehouse_records_key(key);
    ngx_rbtree_insert(&records->rbtree, &record->node);
    ngx_queue_insert_tail(&records->queue, &record->queue);
    (void) ngx_atomic_fetch_add(&records->count, 1);

    return record;
}

void
ngx_http_gatehouse_records_renew(ngx_http_gatehouse_records_t *records,
    ngx_http_gatehouse_record_t *record, time_t until)
{
    record->until = until;
    ngx_queue_remove(&record->queue);
    ngx_queue_insert_tail(&records->queue, &record->queue);
}

void
ngx_http_gatehouse_records_drop(ngx_shm_zone_t *zone, ngx_http_gatehouse_records_t *records,
    ngx_http_gatehouse_record_t *record)
{
    ngx_queue_remove(&record->queue);
    ngx_rbtree_delete(&records->rbtree, &record->node);
    ngx_slab_free_locked((ngx_slab_pool_t *) zone->shm.addr, record);
    (void) ngx_atomic_fetch_add(&records->count, -1);
}
