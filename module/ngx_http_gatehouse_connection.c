/*
 * Connections: from connect to the last answer.
 *
 *     CLOSED -> CONNECTING -> ASKING -> SECURING -> BINDING -> UP -> CLOSED
 *
 * What lies between CONNECTING and UP is the ascent's; each fault ends in
 * ngx_http_gatehouse_pool_down, which closes.
 */

/* System. */
#include <openldap.h>

/* lib. */
#include "directory/wire.h"

/* Module. */
#include "ngx_http_gatehouse_ascent.h"
#include "ngx_http_gatehouse_connection.h"
#include "ngx_http_gatehouse_metrics.h"
#include "ngx_http_gatehouse_pool.h"

/* Of a connection with TLS, bytes. */
#define NGX_HTTP_GATEHOUSE_POOL_SIZE  512

static void ngx_http_gatehouse_connection_read(ngx_event_t *rev);
static void ngx_http_gatehouse_connection_write(ngx_event_t *wev);
static ngx_int_t ngx_http_gatehouse_connection_handle(ngx_http_gatehouse_connection_t *conn);
static ngx_int_t ngx_http_gatehouse_connection_message(ngx_http_gatehouse_connection_t *conn,
    LDAPMessage *message);


void
ngx_http_gatehouse_connection_init(ngx_http_gatehouse_connection_t *conn,
    ngx_http_gatehouse_pool_t *pool, gh_lane_t kind)
{
    conn->lane = kind;
    conn->pool = pool;
    ngx_queue_init(&conn->operations);
}

/* A handle of libldap's on the connected descriptor. */
static ngx_int_t
ngx_http_gatehouse_connection_handle(ngx_http_gatehouse_connection_t *conn)
{
    if (ldap_init_fd(conn->peer.connection->fd, LDAP_PROTO_EXT, NULL, &conn->ld)
        != LDAP_SUCCESS)
    {
        conn->ld = NULL;
        return NGX_ERROR;
    }

    if (ngx_http_gatehouse_transport_attach(&conn->transport, conn->ld) != NGX_OK
        || gh_wire_prepare(conn->ld) != 0)
    {
        return NGX_ERROR;
    }

    return NGX_OK;
}

/* What nginx itself has to say names the server. */
static u_char *
ngx_http_gatehouse_connection_log(ngx_log_t *log, u_char *buf, size_t len)
{
    ngx_http_gatehouse_connection_t  *conn = log->data;

    return ngx_snprintf(buf, len, ", directory: %V", &conn->server->name);
}

/* nginx's part: a socket that is, or is becoming, connected. */
static ngx_int_t
ngx_http_gatehouse_connection_connect(ngx_http_gatehouse_connection_t *conn)
{
    ngx_int_t    rc;
    ngx_addr_t  *addr = &conn->server->addrs[ngx_random() % conn->server->naddrs];

    /* What nginx itself says of each failure is wanted once, not for the whole outage. */
    conn->log = *ngx_cycle->log;
    conn->log.handler = ngx_http_gatehouse_connection_log;
    conn->log.data = conn;

    if (ngx_http_gatehouse_pool_is_down(conn->pool, conn->server)) {
        conn->log.log_level = ngx_min(conn->log.log_level, NGX_LOG_ALERT);
    }

    ngx_memzero(&conn->peer, sizeof(ngx_peer_connection_t));
    conn->peer.sockaddr = addr->sockaddr;
    conn->peer.socklen = addr->socklen;
    conn->peer.name = &conn->server->name;
    conn->peer.get = ngx_event_get_peer;
    conn->peer.log = &conn->log;
    conn->peer.log_error = NGX_ERROR_INFO;

    rc = ngx_event_connect_peer(&conn->peer);

    if (rc == NGX_OK || rc == NGX_AGAIN) {
        return rc;
    }

    if (conn->peer.connection != NULL) {
        ngx_close_connection(conn->peer.connection);
        conn->peer.connection = NULL;
    }

    return NGX_ERROR;
}

/* TLS keeps what it needs in a pool of the connection's. */
static ngx_int_t
ngx_http_gatehouse_connection_pool(ngx_http_gatehouse_connection_t *conn)
{
    if (!gh_way_is_encrypted(conn->server->way)) {
        return NGX_OK;
    }

    conn->peer.connection->pool = ngx_create_pool(NGX_HTTP_GATEHOUSE_POOL_SIZE, &conn->log);

    return conn->peer.connection->pool != NULL ? NGX_OK : NGX_ERROR;
}

ngx_int_t
ngx_http_gatehouse_connection_open(ngx_http_gatehouse_connection_t *conn,
    ngx_http_gatehouse_server_t *server)
{
    ngx_int_t          rc;
    ngx_queue_t        orphans;
    ngx_connection_t  *c;

    ngx_queue_init(&orphans);
    conn->server = server;
    conn->broken = 0;
    conn->retired = 0;
    conn->abandoned = 0;
    conn->refused = 0;
    rc = ngx_http_gatehouse_connection_connect(conn);

    if (rc == NGX_ERROR) {
        return NGX_ERROR;
    }

    c = conn->peer.connection;
    c->data = conn;
    ngx_http_gatehouse_connection_attend(conn);
    conn->state = NGX_HTTP_GATEHOUSE_CONNECTING;
    ngx_http_gatehouse_metrics_connections(conn->lane, 1);
    ngx_http_gatehouse_metrics_opened(&server->name);

    if (ngx_http_gatehouse_connection_pool(conn) != NGX_OK
        || ngx_http_gatehouse_transport_init(&conn->transport, c) != NGX_OK
        || ngx_http_gatehouse_connection_handle(conn) != NGX_OK)
    {
        ngx_http_gatehouse_connection_close(conn, &orphans);
        return NGX_ERROR;
    }

    ngx_add_timer(c->write, ngx_http_gatehouse_pool_settings(conn->pool)->connect_timeout);

    if (rc == NGX_OK) {
        /* A unix socket is there at once; what follows belongs to the event loop. */
        ngx_post_event(c->write, &ngx_posted_events);
    }

    return NGX_OK;
}

int
ngx_http_gatehouse_connection_send(ngx_http_gatehouse_connection_t *conn,
    ngx_http_gatehouse_operation_t *op)
{
    int  rc;

    rc = gh_wire_send(conn->ld, op->request, &op->msgid);

    if (rc != 0) {
        if (rc == GH_RESULT_UNREACHABLE) {
            conn->broken = 1;
            ngx_post_event(conn->peer.connection->write, &ngx_posted_events);
        }
        return rc;
    }

    if (conn->in_flight == 0) {
        conn->heard = ngx_current_msec;
        ngx_add_timer(conn->peer.connection->read, ngx_http_gatehouse_pool_patience(conn));
    }

    op->sent = ngx_current_msec;
    op->connection = conn;
    ngx_queue_insert_tail(&conn->operations, &op->queue);
    conn->in_flight++;
    conn->peer.connection->idle = 0;

    return 0;
}

/* An operation leaves the connection, answered or not. */
static void
ngx_http_gatehouse_connection_settle(ngx_http_gatehouse_connection_t *conn,
    ngx_http_gatehouse_operation_t *op)
{
    ngx_queue_remove(&op->queue);
    op->connection = NULL;
    conn->in_flight--;

    if (conn->in_flight == 0) {
        conn->peer.connection->idle = 1;

        if (conn->peer.connection->read->timer_set) {
            ngx_del_timer(conn->peer.connection->read);
        }
    }
}

/* Something came, and more is to come: the server has its time anew. */
static void
ngx_http_gatehouse_connection_heard(ngx_http_gatehouse_connection_t *conn)
{
    ngx_event_t  *rev = conn->peer.connection->read;

    conn->heard = ngx_current_msec;

    if (conn->in_flight == 0) {
        return;
    }

    if (rev->timer_set) {
        ngx_del_timer(rev);
    }

    ngx_add_timer(rev, ngx_http_gatehouse_pool_patience(conn));
}

ngx_uint_t
ngx_http_gatehouse_connection_is_silent(ngx_http_gatehouse_connection_t *conn)
{
    ngx_msec_t  patience = ngx_http_gatehouse_pool_settings(conn->pool)->timeout / 2;

    return conn->in_flight > 0 && ngx_current_msec - conn->heard >= patience;
}

void
ngx_http_gatehouse_connection_abandon(ngx_http_gatehouse_connection_t *conn,
    ngx_http_gatehouse_operation_t *op)
{
    (void) ldap_abandon_ext(conn->ld, op->msgid, NULL, NULL);
    ngx_http_gatehouse_connection_settle(conn, op);
    conn->abandoned = 1;
}

/* nginx's part goes. */
static void
ngx_http_gatehouse_connection_release(ngx_http_gatehouse_connection_t *conn)
{
    ngx_pool_t        *pool = conn->peer.connection->pool;
    ngx_connection_t  *c = conn->peer.connection;

    ngx_http_gatehouse_tls_end(c);
    ngx_close_connection(c);
    conn->peer.connection = NULL;

    if (pool != NULL) {
        ngx_destroy_pool(pool);
    }
}

void
ngx_http_gatehouse_connection_close(ngx_http_gatehouse_connection_t *conn,
    ngx_queue_t *orphans)
{
    ngx_queue_t                     *q;
    ngx_http_gatehouse_operation_t  *op;

    if (conn->state == NGX_HTTP_GATEHOUSE_CLOSED) {
        return;
    }

    while (!ngx_queue_empty(&conn->operations)) {
        q = ngx_queue_head(&conn->operations);
        op = ngx_queue_data(q, ngx_http_gatehouse_operation_t, queue);
        ngx_http_gatehouse_connection_settle(conn, op);
        ngx_queue_insert_tail(orphans, &op->queue);
    }

    if (conn->ld != NULL) {
        /* Appends an unbind request, which goes out if the socket takes it now. */
        (void) ldap_unbind_ext(conn->ld, NULL, NULL);
        conn->ld = NULL;

        if (!conn->transport.eof && conn->state > NGX_HTTP_GATEHOUSE_SECURING) {
            (void) ngx_http_gatehouse_transport_send(&conn->transport);
        }
    }

    ngx_http_gatehouse_transport_cleanup(&conn->transport);
    ngx_http_gatehouse_connection_release(conn);
    conn->state = NGX_HTTP_GATEHOUSE_CLOSED;
    ngx_http_gatehouse_metrics_connections(conn->lane, -1);
}

static ngx_http_gatehouse_operation_t *
ngx_http_gatehouse_connection_find(ngx_http_gatehouse_connection_t *conn, int msgid)
{
    ngx_queue_t                     *q;
    ngx_http_gatehouse_operation_t  *op;

    for (q = ngx_queue_head(&conn->operations);
         q != ngx_queue_sentinel(&conn->operations);
         q = ngx_queue_next(q))
    {
        op = ngx_queue_data(q, ngx_http_gatehouse_operation_t, queue);

        if (op->msgid == msgid) {
            return op;
        }
    }

    return NULL;
}

/*
 * Whether the place still holds the connection of that number.  A call into the pool may
 * have closed it, and nginx gives the same ngx_connection_t to the one that took its
 * place.
 */
static ngx_uint_t
ngx_http_gatehouse_connection_is(ngx_http_gatehouse_connection_t *conn,
    ngx_atomic_uint_t number)
{
    return conn->peer.connection != NULL && conn->peer.connection->number == number;
}

/*
 * One message from the directory.  NGX_ERROR: it can't be used, and nothing that follows it
 * can be trusted.  The connection may be closed when this returns NGX_OK.
 */
static ngx_int_t
ngx_http_gatehouse_connection_message(ngx_http_gatehouse_connection_t *conn,
    LDAPMessage *message)
{
    int                              msgid = gh_wire_msgid(message);
    ngx_http_gatehouse_operation_t  *op;

    if (conn->state != NGX_HTTP_GATEHOUSE_UP && msgid != conn->msgid) {
        return NGX_ERROR;
    }

    if (conn->state != NGX_HTTP_GATEHOUSE_UP) {
        return ngx_http_gatehouse_ascent_answered(conn, message);
    }

    op = ngx_http_gatehouse_connection_find(conn, msgid);

    if (op == NULL) {
        return NGX_ERROR;
    }

    switch (gh_wire_take(conn->ld, message, op->kind, op->entry_max, &op->answer)) {

    case GH_WIRE_MORE:
        return NGX_OK;

    case GH_WIRE_DONE:
        ngx_http_gatehouse_connection_settle(conn, op);
        ngx_http_gatehouse_pool_answered(conn, op);
        return NGX_OK;

    case GH_WIRE_BAD:
        break;
    }

    return NGX_ERROR;
}

/*
 * Gives libldap what came in.  NGX_ERROR: the connection is of no more use; NGX_DONE: it is
 * not for the caller to read on.
 */
static ngx_int_t
ngx_http_gatehouse_connection_parse(ngx_http_gatehouse_connection_t *conn)
{
    int                 rc;
    u_char             *before;
    ngx_int_t           handled;
    LDAPMessage        *message;
    ngx_atomic_uint_t   number = conn->peer.connection->number;

    while (ngx_http_gatehouse_transport_is_ready(&conn->transport)) {

        message = NULL;
        before = conn->transport.in.pos;
        rc = ldap_result(conn->ld, LDAP_RES_ANY, LDAP_MSG_ONE, &(struct timeval) { 0, 0 },
                         &message);

        /* No message, and it does not want the rest either: it never will. */
        if (rc < 0 || (rc == 0 && conn->transport.in.pos == before)) {
            return NGX_ERROR;
        }

        if (rc == 0) {
            continue;
        }

        handled = ngx_http_gatehouse_connection_message(conn, message);
        ldap_msgfree(message);

        if (handled != NGX_OK) {
            return NGX_ERROR;
        }

        /* Gone, or what comes next is for the handshake to read. */
        if (!ngx_http_gatehouse_connection_is(conn, number)
            || conn->state == NGX_HTTP_GATEHOUSE_SECURING)
        {
            return NGX_DONE;
        }
    }

    return NGX_OK;
}

void
ngx_http_gatehouse_connection_attend(ngx_http_gatehouse_connection_t *conn)
{
    conn->peer.connection->read->handler = ngx_http_gatehouse_connection_read;
    conn->peer.connection->write->handler = ngx_http_gatehouse_connection_write;
}

static void
ngx_http_gatehouse_connection_read(ngx_event_t *rev)
{
    ngx_int_t                         rc;
    ngx_connection_t                 *c = rev->data;
    ngx_http_gatehouse_connection_t  *conn = c->data;

    if (c->close) {
        ngx_http_gatehouse_pool_down(conn, NULL);
        return;
    }

    if (rev->timedout) {
        rev->timedout = 0;
        ngx_http_gatehouse_pool_silent(conn);
        return;
    }

    if (conn->state == NGX_HTTP_GATEHOUSE_CONNECTING) {
        return;
    }

    for ( ;; ) {
        rc = ngx_http_gatehouse_transport_receive(&conn->transport);

        if (rc == NGX_AGAIN) {
            break;
        }

        if (rc == NGX_ERROR) {
            ngx_http_gatehouse_pool_down(conn, "it closed the connection");
            return;
        }

        if (conn->state == NGX_HTTP_GATEHOUSE_UP && conn->in_flight == 0 && !conn->abandoned) {
            ngx_http_gatehouse_pool_down(conn, "it spoke without being asked");
            return;
        }

        ngx_http_gatehouse_connection_heard(conn);
        rc = ngx_http_gatehouse_connection_parse(conn);

        if (rc == NGX_DONE) {
            return;
        }

        if (rc == NGX_ERROR) {
            ngx_http_gatehouse_pool_down(conn, "it sent what can't be understood");
            return;
        }
    }

    if (ngx_handle_read_event(rev, 0) != NGX_OK) {
        ngx_http_gatehouse_pool_down(conn, "the event can't be set");
    }
}

static void
ngx_http_gatehouse_connection_write(ngx_event_t *wev)
{
    ngx_connection_t                 *c = wev->data;
    ngx_atomic_uint_t                 number = c->number;
    ngx_http_gatehouse_connection_t  *conn = c->data;

    if (wev->timedout) {
        ngx_http_gatehouse_pool_down(conn, "no connection within connect_timeout");
        return;
    }

    if (conn->state == NGX_HTTP_GATEHOUSE_CONNECTING) {
        ngx_http_gatehouse_ascent_begin(conn);

        if (!ngx_http_gatehouse_connection_is(conn, number)) {
            return;
        }
    }

    if (conn->broken || ngx_http_gatehouse_transport_send(&conn->transport) != NGX_OK) {
        ngx_http_gatehouse_pool_down(conn, "it can't be written to");
        return;
    }

    if (ngx_handle_write_event(wev, 0) != NGX_OK) {
        ngx_http_gatehouse_pool_down(conn, "the event can't be set");
    }
}
