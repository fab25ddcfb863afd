/*
 * Names: where a server listens, looked up again when that is due.
 */
#ifndef NGX_HTTP_GATEHOUSE_NAMES_H
#define NGX_HTTP_GATEHOUSE_NAMES_H

/* Module. */
#include "ngx_http_gatehouse_health.h"

/*
 * Looks the names of the servers up, now and each time that what is known of one ends, on the
 * resolver of nginx's http block.  Without one, what was found when nginx started stays.
 * NGX_OK, or NGX_ERROR: no memory.
 */
ngx_int_t ngx_http_gatehouse_names_start(ngx_cycle_t *cycle, ngx_http_gatehouse_pool_t *pool,
    ngx_array_t *servers);

#endif
