/*
 * Revocations: a tree by session id to look them up, a queue in the order of their coming
 * to sweep them.
 */

/* Module. */
#include "ngx_http_gatehouse_revocation.h"

/* Swept with each new one; two, so that the zone shrinks while it is used. */
#define NGX_HTTP_GATEHOUSE_SWEEP  2

typedef struct {
    ngx_rbtree_node_t  node;            /* MUST BE FIRST; the key is the id's first bytes */
    ngx_queue_t        queue;
    time_t             until;
    u_char             id[GH_SESSION_ID_SIZE];
} ngx_http_gatehouse_revocation_t;

typedef struct {
    ngx_rbtree_t       rbtree;
    ngx_rbtree_node_t  sentinel;
    ngx_queue_t        queue;           /* oldest first */
    ngx_atomic_t       count;           /* read without the lock: 0 means none */
} ngx_http_gatehouse_revocations_t;

static ngx_int_t ngx_http_gatehouse_revocation_init(ngx_shm_zone_t *zone, void *data);
static void ngx_http_gatehouse_revocation_insert(ngx_rbtree_node_t *temp,
    ngx_rbtree_node_t *node, ngx_rbtree_node_t *sentinel);

ngx_shm_zone_t *
ngx_http_gatehouse_revocation_zone(ngx_conf_t *cf, size_t size)
{
    ngx_str_t        name = ngx_string("gatehouse");
    ngx_shm_zone_t  *zone;

    zone = ngx_shared_memory_add(cf, &name, size, &ngx_http_gatehouse_module);

    if (zone != NULL) {
        zone->init = ngx_http_gatehouse_revocation_init;
    }

    return zone;
}

static ngx_int_t
ngx_http_gatehouse_revocation_init(ngx_shm_zone_t *zone, void *data)
{
    ngx_slab_pool_t                   *shpool = (ngx_slab_pool_t *) zone->shm.addr;
    ngx_http_gatehouse_revocations_t  *revocations = data;

    if (revocations == NULL && zone->shm.exists) {
        revocations = shpool->data;
    }

    if (revocations == NULL) {
        revocations = ngx_slab_calloc(shpool, sizeof(ngx_http_gatehouse_revocations_t));

        if (revocations == NULL) {
            return NGX_ERROR;
        }

        ngx_rbtree_init(&revocations->rbtree, &revocations->sentinel,
                        ngx_http_gatehouse_revocation_insert);
        ngx_queue_init(&revocations->queue);
        shpool->data = revocations;

        /* A full zone is said once, with what to do, by ngx_http_gatehouse_revoke(). */
        shpool->log_nomem = 0;
    }

    zone->data = revocations;

    return NGX_OK;
}

static ngx_rbtree_key_t
ngx_http_gatehouse_revocation_key(const u_char id[GH_SESSION_ID_SIZE])
{
    ngx_rbtree_key_t  key;

    ngx_memcpy(&key, id, sizeof(ngx_rbtree_key_t));

    return key;
}

static ngx_int_t
ngx_http_gatehouse_revocation_compare(const u_char *id, ngx_rbtree_node_t *node)
{
    ngx_rbtree_key_t                  key = ngx_http_gatehouse_revocation_key(id);
    ngx_http_gatehouse_revocation_t  *revocation;

    if (key != node->key) {
        return key < node->key ? -1 : 1;
    }

    revocation = (ngx_http_gatehouse_revocation_t *) node;

    return ngx_memcmp(id, revocation->id, GH_SESSION_ID_SIZE);
}

static void
ngx_http_gatehouse_revocation_insert(ngx_rbtree_node_t *temp, ngx_rbtree_node_t *node,
    ngx_rbtree_node_t *sentinel)
{
    ngx_rbtree_node_t               **place;
    ngx_http_gatehouse_revocation_t  *revocation;

    revocation = (ngx_http_gatehouse_revocation_t *) node;

    for ( ;; ) {
        place = ngx_http_gatehouse_revocation_compare(revocation->id, temp) < 0
                    ? &temp->left
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

static ngx_uint_t
ngx_http_gatehouse_revocation_find(ngx_http_gatehouse_revocations_t *revocations,
    const u_char *id)
{
    ngx_int_t           order;
    ngx_rbtree_node_t  *node = revocations->rbtree.root;

    while (node != revocations->rbtree.sentinel) {
        order = ngx_http_gatehouse_revocation_compare(id, node);

        if (order == 0) {
            return 1;
        }

        node = order < 0 ? node->left : node->right;
    }

    return 0;
}

/* Drops up to `most` of the oldest, as far as their sessions have ended by themselves. */
static void
ngx_http_gatehouse_revocation_sweep(ngx_slab_pool_t *shpool,
    ngx_http_gatehouse_revocations_t *revocations, ngx_uint_t most)
{
    ngx_queue_t                      *q;
    ngx_http_gatehouse_revocation_t  *revocation;

    while (most-- > 0 && !ngx_queue_empty(&revocations->queue)) {
        q = ngx_queue_head(&revocations->queue);
        revocation = ngx_queue_data(q, ngx_http_gatehouse_revocation_t, queue);

        if (revocation->until > ngx_time()) {
            return;
        }

        ngx_queue_remove(q);
        ngx_rbtree_delete(&revocations->rbtree, &revocation->node);
        ngx_slab_free_locked(shpool, revocation);
        (void) ngx_atomic_fetch_add(&revocations->count, -1);
    }
}

static ngx_int_t
ngx_http_gatehouse_revocation_add(ngx_slab_pool_t *shpool,
    ngx_http_gatehouse_revocations_t *revocations, const u_char *id, time_t until)
{
    ngx_http_gatehouse_revocation_t  *revocation;

    if (ngx_http_gatehouse_revocation_find(revocations, id)) {
        return NGX_OK;
    }

    ngx_http_gatehouse_revocation_sweep(shpool, revocations, NGX_HTTP_GATEHOUSE_SWEEP);

    revocation = ngx_slab_calloc_locked(shpool, sizeof(ngx_http_gatehouse_revocation_t));

    if (revocation == NULL) {
        return NGX_ERROR;
    }

    ngx_memcpy(revocation->id, id, GH_SESSION_ID_SIZE);
    revocation->until = until;
    revocation->node.key = ngx_http_gatehouse_revocation_key(id);
    ngx_rbtree_insert(&revocations->rbtree, &revocation->node);
    ngx_queue_insert_tail(&revocations->queue, &revocation->queue);
    (void) ngx_atomic_fetch_add(&revocations->count, 1);

    return NGX_OK;
}

ngx_int_t
ngx_http_gatehouse_revoke(ngx_shm_zone_t *zone, const u_char id[GH_SESSION_ID_SIZE],
    time_t until)
{
    ngx_int_t         rc;
    ngx_slab_pool_t  *shpool = (ngx_slab_pool_t *) zone->shm.addr;

    ngx_shmtx_lock(&shpool->mutex);
    rc = ngx_http_gatehouse_revocation_add(shpool, zone->data, id, until);
    ngx_shmtx_unlock(&shpool->mutex);

    if (rc != NGX_OK) {
        ngx_log_error(NGX_LOG_CRIT, ngx_cycle->log, 0,
                      "gatehouse: no room to remember an ended session: "
                      "give gatehouse_zone more than %uz bytes",
                      zone->shm.size);
    }

    return rc;
}

ngx_uint_t
ngx_http_gatehouse_is_revoked(ngx_shm_zone_t *zone, const u_char id[GH_SESSION_ID_SIZE])
{
    ngx_uint_t                         found;
    ngx_slab_pool_t                   *shpool = (ngx_slab_pool_t *) zone->shm.addr;
    ngx_http_gatehouse_revocations_t  *revocations = zone->data;

    if (revocations->count == 0) {
        return 0;
    }

    ngx_shmtx_lock(&shpool->mutex);
    found = ngx_http_gatehouse_revocation_find(revocations, id);
    ngx_shmtx_unlock(&shpool->mutex);

    return found;
}
