/*
 * The zone: what all workers of a gateway share.
 *
 * It holds revocations and what the directory has to be told yet, which are never
 * dropped before their time, counts of refusals, notes, and credentials that were found
 * good.  When room is short, credentials and notes go first, since all they save is a
 * question to the directory or a line in the audit trail, and then refusals.
 */
#ifndef NGX_HTTP_GATEHOUSE_ZONE_H
#define NGX_HTTP_GATEHOUSE_ZONE_H

/* Module. */
#include "ngx_http_gatehouse.h"

#define NGX_HTTP_GATEHOUSE_KEY_SIZE  16     /* bytes */
#define NGX_HTTP_GATEHOUSE_MAC_SIZE  32     /* bytes of the key that credentials hide behind */

/*
 * Something that is looked up by key and forgotten after a while; stands first in its
 * struct.
 */
typedef struct {
    ngx_rbtree_node_t  node;                /* MUST BE FIRST */
    ngx_queue_t        queue;
    time_t             until;               /* of ngx_time(); forgotten afterwards */
    u_char             key[NGX_HTTP_GATEHOUSE_KEY_SIZE];
} ngx_http_gatehouse_record_t;

typedef struct {
    ngx_rbtree_t       rbtree;
    ngx_rbtree_node_t  sentinel;
    ngx_queue_t        queue;               /* the one to forget first, first */
    ngx_atomic_t       count;               /* read without the lock: 0 means none */
} ngx_http_gatehouse_records_t;

typedef struct {
    ngx_http_gatehouse_records_t  revocations;
    ngx_http_gatehouse_records_t  refusals;
    ngx_http_gatehouse_records_t  untold;
    ngx_http_gatehouse_records_t  notes;
    ngx_http_gatehouse_records_t  credentials;
    u_char                        mac_key[NGX_HTTP_GATEHOUSE_MAC_SIZE];  /* random, never told */
    time_t                        notes_since;  /* of ngx_time() */
    ngx_uint_t                    notes_written;    /* since then */
    ngx_atomic_t                  missed;   /* how often a revocation may have been missed */
    ngx_atomic_t                  covered;  /* up to which of those all are known again */
    time_t                        swept;    /* of ngx_time(); the last whole sweep */
    time_t                        complained;   /* that it is full; 0: never */
} ngx_http_gatehouse_zone_t;

/* Declares the zone, in the configuration phase.  NULL: logged. */
ngx_shm_zone_t *ngx_http_gatehouse_zone_add(ngx_conf_t *cf, size_t size);

void ngx_http_gatehouse_zone_lock(ngx_shm_zone_t *zone);
void ngx_http_gatehouse_zone_unlock(ngx_shm_zone_t *zone);

/* The following want the zone locked. */

/* The record of that key; NULL: there is none. */
ngx_http_gatehouse_record_t *ngx_http_gatehouse_records_find(
    ngx_http_gatehouse_records_t *records, const u_char key[NGX_HTTP_GATEHOUSE_KEY_SIZE]);

/* The one to forget first; NULL: there is none. */
ngx_http_gatehouse_record_t *ngx_http_gatehouse_records_first(
    ngx_http_gatehouse_records_t *records);

/*
 * A new zeroed record of `size` bytes, its key and `until` set, last in its queue.
 * Forgets a few whose time is over; when the zone is full, all of those, then credentials and
 * notes and, for anything else than one of these, refusals.  NULL: it is full of what has to
 * stay.
 */
ngx_http_gatehouse_record_t *ngx_http_gatehouse_records_add(ngx_shm_zone_t *zone,
    ngx_http_gatehouse_records_t *records, size_t size,
    const u_char key[NGX_HTTP_GATEHOUSE_KEY_SIZE], time_t until);

/* Its time begins anew: last in its queue, with another `until`. */
void ngx_http_gatehouse_records_renew(ngx_http_gatehouse_records_t *records,
    ngx_http_gatehouse_record_t *record, time_t until);

/* Forgets it. */
void ngx_http_gatehouse_records_drop(ngx_shm_zone_t *zone,
    ngx_http_gatehouse_records_t *records, ngx_http_gatehouse_record_t *record);

#endif
