/*
 * Connections: LDAP on nginx's event loop.
 *
 * libldap encodes and decodes, nginx connects, and the transport stands between them.
 */
#ifndef NGX_HTTP_GATEHOUSE_CONNECTION_H
#define NGX_HTTP_GATEHOUSE_CONNECTION_H

/* System. */
#include <ldap.h>

/* Module. */
#include "ngx_http_gatehouse.h"
#include "ngx_http_gatehouse_health.h"
#include "ngx_http_gatehouse_operation.h"
#include "ngx_http_gatehouse_transport.h"

typedef enum {
    NGX_HTTP_GATEHOUSE_CLOSED = 0,      /* MUST BE ZERO */
    NGX_HTTP_GATEHOUSE_CONNECTING,
    NGX_HTTP_GATEHOUSE_ASKING,          /* for TLS, by StartTLS */
    NGX_HTTP_GATEHOUSE_SECURING,        /* the TLS handshake; libldap's bytes wait */
    NGX_HTTP_GATEHOUSE_BINDING,         /* as the gateway's own identity */
    NGX_HTTP_GATEHOUSE_UP
} ngx_http_gatehouse_connection_state_e;

/*
 * A place for a connection.  The pool has a fixed number of them; what they open and close
 * is `peer.connection` and `ld`, which exist exactly while `state` is not CLOSED.
 */
struct ngx_http_gatehouse_connection_s {
    ngx_uint_t                       state;         /* ngx_http_gatehouse_connection_state_e */
    gh_lane_t                        lane;
    ngx_http_gatehouse_pool_t       *pool;
    ngx_http_gatehouse_server_t     *server;
    ngx_peer_connection_t            peer;
    ngx_log_t                        log;           /* a quiet one, while the server is down */
    ngx_http_gatehouse_transport_t   transport;
    LDAP                            *ld;
    int                              msgid;         /* while ASKING or BINDING */
    ngx_queue_t                      operations;    /* sent, not answered */
    ngx_uint_t                       in_flight;
    ngx_http_gatehouse_probe_t      *probe;         /* whose it is; NULL: a lane's */
    ngx_msec_t                       heard;         /* ngx_current_msec, or first asked after
                                                       a rest */
    unsigned                         broken:1;      /* to be closed by its own next event */
    unsigned                         retired:1;     /* to be closed when nothing is on it */
    unsigned                         abandoned:1;   /* answers may come that nobody wants */
    unsigned                         refused:1;     /* the gateway's own bind was refused */
};

/* A place for a connection of that kind, CLOSED. */
void ngx_http_gatehouse_connection_init(ngx_http_gatehouse_connection_t *conn,
    ngx_http_gatehouse_pool_t *pool, gh_lane_t kind);

/*
 * Opens the connection to `server`.  Returns NGX_OK when it is under way: afterwards
 * ngx_http_gatehouse_pool_up or ngx_http_gatehouse_pool_down is called, never before this
 * returns.  Returns NGX_ERROR with the connection CLOSED and the reason logged.
 */
ngx_int_t ngx_http_gatehouse_connection_open(ngx_http_gatehouse_connection_t *conn,
    ngx_http_gatehouse_server_t *server);

/* From now on, and again after a handshake, the connection's events are its own. */
void ngx_http_gatehouse_connection_attend(ngx_http_gatehouse_connection_t *conn);

/*
 * Sends the operation's request, on a connection that is UP.  Returns 0, and the operation
 * stands in conn->operations; or a GH_RESULT_ below zero.
 */
int ngx_http_gatehouse_connection_send(ngx_http_gatehouse_connection_t *conn,
    ngx_http_gatehouse_operation_t *op);

/*
 * Whether the server has been silent for long while something was asked of it: it hangs, or
 * the way to it is cut.
 */
ngx_uint_t ngx_http_gatehouse_connection_is_silent(ngx_http_gatehouse_connection_t *conn);

/* Takes an operation that is not answered off the connection and tells the server. */
void ngx_http_gatehouse_connection_abandon(ngx_http_gatehouse_connection_t *conn,
    ngx_http_gatehouse_operation_t *op);

/*
 * Closes the connection; it is CLOSED afterwards.  What was in flight is moved to `orphans`
 * (an initialised queue), whose operations the caller answers or repeats.
 */
void ngx_http_gatehouse_connection_close(ngx_http_gatehouse_connection_t *conn,
    ngx_queue_t *orphans);

#endif
