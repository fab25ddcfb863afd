/*
 * Transports: libldap's bytes on an nginx connection.
 *
 * libldap reads from a buffer that nginx's recv fills and writes to one that nginx's send
 * empties, so that nothing ever waits and TLS can be nginx's.
 */
#ifndef NGX_HTTP_GATEHOUSE_TRANSPORT_H
#define NGX_HTTP_GATEHOUSE_TRANSPORT_H

/* System. */
#include <ldap.h>

/* nginx. */
#include <ngx_config.h>
#include <ngx_core.h>
#include <ngx_event.h>

/* Bytes that may hold a password: wiped when sent, when moved and when freed. */
typedef struct {
    u_char                      *start, *pos, *last, *end;
} ngx_http_gatehouse_bytes_t;

typedef struct {
    ngx_connection_t            *connection;
    ngx_http_gatehouse_bytes_t   in;
    ngx_http_gatehouse_bytes_t   out;
    unsigned                     eof:1;
} ngx_http_gatehouse_transport_t;

/*
 * Begins on a connection that is, or is becoming, connected; it stays the caller's.
 * Returns NGX_OK, or NGX_ERROR; ngx_http_gatehouse_transport_cleanup is due after both.
 */
ngx_int_t ngx_http_gatehouse_transport_init(ngx_http_gatehouse_transport_t *transport,
    ngx_connection_t *c);

/* Makes the transport that of `ld`, which must go before it.  NGX_OK or NGX_ERROR. */
ngx_int_t ngx_http_gatehouse_transport_attach(ngx_http_gatehouse_transport_t *transport,
    LDAP *ld);

/* Whether libldap has not read all that came in. */
ngx_uint_t ngx_http_gatehouse_transport_is_ready(
    const ngx_http_gatehouse_transport_t *transport);

/*
 * Gets what there is, when libldap has read all there was.  NGX_OK: something came;
 * NGX_AGAIN: nothing yet; NGX_ERROR: nothing will.
 */
ngx_int_t ngx_http_gatehouse_transport_receive(ngx_http_gatehouse_transport_t *transport);

/* Sends what the socket takes.  NGX_OK, or NGX_ERROR when it takes nothing any more. */
ngx_int_t ngx_http_gatehouse_transport_send(ngx_http_gatehouse_transport_t *transport);

/* Wipes and frees the buffers. */
void ngx_http_gatehouse_transport_cleanup(ngx_http_gatehouse_transport_t *transport);

#endif
