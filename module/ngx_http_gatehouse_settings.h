/*
 * Settings: what is read once, in the master, when nginx starts or reloads.
 */
#ifndef NGX_HTTP_GATEHOUSE_SETTINGS_H
#define NGX_HTTP_GATEHOUSE_SETTINGS_H

/* Module. */
#include "ngx_http_gatehouse.h"

/*
 * Reads gatehouse.conf and the files it names into `gmcf`.  Returns NGX_CONF_OK, or
 * NGX_CONF_ERROR with the reason logged; what was read by then stays in `gmcf`.
 */
char *ngx_http_gatehouse_settings_read(ngx_conf_t *cf, ngx_http_gatehouse_main_conf_t *gmcf,
    ngx_str_t *path);

/* Logs what they allow that only a test should; at every start and reload. */
void ngx_http_gatehouse_settings_warn(ngx_cycle_t *cycle,
    const ngx_http_gatehouse_main_conf_t *gmcf);

/* Frees what lib/ holds of them, secrets wiped. */
void ngx_http_gatehouse_settings_free(ngx_http_gatehouse_main_conf_t *gmcf);

#endif
