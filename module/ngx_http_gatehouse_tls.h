/*
 * TLS: connections to the directory on nginx's OpenSSL.
 *
 * Nothing here waits.  A handshake that does not find the right certificate fails by
 * itself, inside OpenSSL: there is no later check that somebody could forget.
 */
#ifndef NGX_HTTP_GATEHOUSE_TLS_H
#define NGX_HTTP_GATEHOUSE_TLS_H

/* Module. */
#include "ngx_http_gatehouse.h"

/* What TLS to one server needs. */
typedef struct {
    ngx_ssl_t          *ssl;        /* the configuration's; NULL: the way there is in clear */
    char               *host;       /* name or address that the certificate must carry */
    ngx_ssl_session_t  *session;    /* of this worker: what its next handshake offers; or NULL */
} ngx_http_gatehouse_tls_t;

/*
 * Makes the configuration's ngx_ssl_t, `gmcf->ssl`, of section directory: authorities,
 * certificate, TLS 1.2 or later.  Faults are logged.
 */
char *ngx_http_gatehouse_tls_create(ngx_conf_t *cf, ngx_http_gatehouse_main_conf_t *gmcf);

/*
 * Begins TLS on a connected `c`, which has a pool.  Returns as ngx_ssl_handshake does: NGX_OK
 * when it is done already, NGX_AGAIN when `handler` will be called, also when `c` has a timer
 * that runs out, NGX_ERROR.  Then ngx_http_gatehouse_tls_has_failed tells.  `tls` has to
 * outlive `c`.
 */
ngx_int_t ngx_http_gatehouse_tls_handshake(ngx_http_gatehouse_tls_t *tls, ngx_connection_t *c,
    ngx_connection_handler_pt handler);

/* Whether the handshake failed, and why, as the end of a sentence. */
ngx_uint_t ngx_http_gatehouse_tls_has_failed(ngx_connection_t *c, gh_error_t *reason);

/* Says good-bye, where there is TLS, without waiting, and frees it. */
void ngx_http_gatehouse_tls_end(ngx_connection_t *c);

/* Forgets the session; NULL members are fine. */
void ngx_http_gatehouse_tls_cleanup(ngx_http_gatehouse_tls_t *tls);

#endif
