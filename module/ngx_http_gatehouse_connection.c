/*
 * Connections: from connect to the last answer.
 *
 *     CLOSED -> CONNECTING -> SECURING -> BINDING -> UP -> CLOSED
 *
 * A bind connection skips BINDING: whoever signs in binds it.  Each step begins in a
 * function of its own, each fault ends in ngx_http_gatehouse_pool_down, which closes.
 */

/* System. */
#include <openldap.h>

/* lib. */
#include "base/secret.h"
#include "directory/wire.h"

/* Module. */
#include "ngx_http_gatehouse_connection.h"
#include "ngx_http_gatehouse_pool.h"

#define NGX_HTTP_GATEHOUSE_IN_SIZE   16384
#define NGX_HTTP_GATEHOUSE_OUT_SIZE  2048

/* What may wait to be sent: a server that does not read is no server. */
#define NGX_HTTP_GATEHOUSE_OUT_MAX   (4 * 1024 * 1024)

static void ngx_http_gatehouse_connection_read(ngx_event_t *rev);
static void ngx_http_gatehouse_connection_write(ngx_event_t *wev);
static ngx_int_t ngx_http_gatehouse_connection_handle(ngx_http_gatehouse_connection_t *conn);
static void ngx_http_gatehouse_connection_connected(ngx_http_gatehouse_connection_t *conn);
static void ngx_http_gatehouse_connection_secured(ngx_http_gatehouse_connection_t *conn);
static void ngx_http_gatehouse_connection_up(ngx_http_gatehouse_connection_t *conn);
static ngx_int_t ngx_http_gatehouse_connection_message(ngx_http_gatehouse_connection_t *conn,
    LDAPMessage *message);


/* The bytes on their way in and out. */

static ngx_int_t
ngx_http_gatehouse_bytes_create(ngx_http_gatehouse_bytes_t *bytes, size_t size)
{
    bytes->start = ngx_alloc(size, ngx_cycle->log);

    if (bytes->start == NULL) {
        return NGX_ERROR;
    }

    bytes->pos = bytes->last = bytes->start;
    bytes->end = bytes->start + size;

    return NGX_OK;
}

static void
ngx_http_gatehouse_bytes_free(ngx_http_gatehouse_bytes_t *bytes)
{
    if (bytes->start != NULL) {
        gh_secret_wipe(bytes->start, bytes->end - bytes->start);
        ngx_free(bytes->start);
    }

    ngx_memzero(bytes, sizeof(ngx_http_gatehouse_bytes_t));
}

static void
ngx_http_gatehouse_bytes_reset(ngx_http_gatehouse_bytes_t *bytes)
{
    gh_secret_wipe(bytes->start, bytes->last - bytes->start);
    bytes->pos = bytes->last = bytes->start;
}

static ngx_int_t
ngx_http_gatehouse_bytes_add(ngx_http_gatehouse_bytes_t *bytes, void *data, size_t len)
{
    size_t                      used = bytes->last - bytes->pos;
    size_t                      size = bytes->end - bytes->start;
    ngx_http_gatehouse_bytes_t  grown;

    if (len > (size_t) (bytes->end - bytes->last)) {

        while (size < used + len) {
            size *= 2;
        }

        if (size > NGX_HTTP_GATEHOUSE_OUT_MAX
            || ngx_http_gatehouse_bytes_create(&grown, size) != NGX_OK)
        {
            return NGX_ERROR;
        }

        grown.last = ngx_cpymem(grown.start, bytes->pos, used);
        ngx_http_gatehouse_bytes_free(bytes);
        *bytes = grown;
    }

    bytes->last = ngx_cpymem(bytes->last, data, len);

    return NGX_OK;
}


/* libldap's transport: reads what came in, appends to what goes out. */

static int
ngx_http_gatehouse_sockbuf_setup(Sockbuf_IO_Desc *sbiod, void *conn)
{
    sbiod->sbiod_pvt = conn;
    return 0;
}

static int
ngx_http_gatehouse_sockbuf_remove(Sockbuf_IO_Desc *sbiod)
{
    sbiod->sbiod_pvt = NULL;
    return 0;
}

static int
ngx_http_gatehouse_sockbuf_ctrl(Sockbuf_IO_Desc *sbiod, int opt, void *arg)
{
    ngx_http_gatehouse_connection_t  *conn = sbiod->sbiod_pvt;

    /* Or ldap_result() polls the descriptor, which may have nothing more to say. */
    if (opt == LBER_SB_OPT_DATA_READY) {
        return conn->in.pos < conn->in.last;
    }

    return 0;
}

static ber_slen_t
ngx_http_gatehouse_sockbuf_read(Sockbuf_IO_Desc *sbiod, void *data, ber_len_t len)
{
    ngx_http_gatehouse_connection_t  *conn = sbiod->sbiod_pvt;
    size_t                            there = conn->in.last - conn->in.pos;

    if (there == 0) {
        errno = conn->eof ? 0 : EAGAIN;
        return conn->eof ? 0 : -1;
    }

    len = ngx_min(len, there);
    ngx_memcpy(data, conn->in.pos, len);
    conn->in.pos += len;

    return len;
}

static ber_slen_t
ngx_http_gatehouse_sockbuf_write(Sockbuf_IO_Desc *sbiod, void *data, ber_len_t len)
{
    ngx_http_gatehouse_connection_t  *conn = sbiod->sbiod_pvt;

    if (ngx_http_gatehouse_bytes_add(&conn->out, data, len) != NGX_OK) {
        errno = ENOMEM;
        return -1;
    }

    /* Sent when this turn of the event loop ends, with all that joins it. */
    if (conn->peer.connection->write->ready) {
        ngx_post_event(conn->peer.connection->write, &ngx_posted_events);
    }

    return len;
}

static int
ngx_http_gatehouse_sockbuf_close(Sockbuf_IO_Desc *sbiod)
{
    /* The descriptor is nginx's. */
    return 0;
}

static Sockbuf_IO  ngx_http_gatehouse_sockbuf = {
    .sbi_setup = ngx_http_gatehouse_sockbuf_setup,
    .sbi_remove = ngx_http_gatehouse_sockbuf_remove,
    .sbi_ctrl = ngx_http_gatehouse_sockbuf_ctrl,
    .sbi_read = ngx_http_gatehouse_sockbuf_read,
    .sbi_write = ngx_http_gatehouse_sockbuf_write,
    .sbi_close = ngx_http_gatehouse_sockbuf_close,
};


/* A handle of libldap's on the connected descriptor. */
static ngx_int_t
ngx_http_gatehouse_connection_handle(ngx_http_gatehouse_connection_t *conn)
{
    Sockbuf  *sockbuf = NULL;

    if (ldap_init_fd(conn->peer.connection->fd, LDAP_PROTO_EXT, NULL, &conn->ld)
        != LDAP_SUCCESS)
    {
        conn->ld = NULL;
        return NGX_ERROR;
    }

    if (ldap_get_option(conn->ld, LDAP_OPT_SOCKBUF, &sockbuf) != LDAP_OPT_SUCCESS
        || ber_sockbuf_add_io(sockbuf, &ngx_http_gatehouse_sockbuf,
                              LBER_SBIOD_LEVEL_PROVIDER, conn)
           != 0
        || gh_wire_prepare(conn->ld) != 0)
    {
        return NGX_ERROR;
    }

    return NGX_OK;
}

ngx_int_t
ngx_http_gatehouse_connection_open(ngx_http_gatehouse_connection_t *conn,
    ngx_http_gatehouse_server_t *server)
{
    ngx_int_t          rc;
    ngx_queue_t        orphans;
    ngx_connection_t  *c;
    ngx_addr_t        *addr = &server->addrs[ngx_random() % server->naddrs];

    ngx_queue_init(&orphans);
    ngx_memzero(&conn->peer, sizeof(ngx_peer_connection_t));

    conn->server = server;
    conn->peer.sockaddr = addr->sockaddr;
    conn->peer.socklen = addr->socklen;
    conn->peer.name = &server->name;
    conn->peer.get = ngx_event_get_peer;
    conn->peer.log = ngx_cycle->log;
    conn->peer.log_error = NGX_ERROR_INFO;
    conn->broken = 0;
    conn->eof = 0;

    rc = ngx_event_connect_peer(&conn->peer);

    if (rc == NGX_ERROR || rc == NGX_BUSY || rc == NGX_DECLINED) {
        if (conn->peer.connection != NULL) {
            ngx_close_connection(conn->peer.connection);
            conn->peer.connection = NULL;
        }
        return NGX_ERROR;
    }

    c = conn->peer.connection;
    c->data = conn;
    c->read->handler = ngx_http_gatehouse_connection_read;
    c->write->handler = ngx_http_gatehouse_connection_write;
    conn->state = NGX_HTTP_GATEHOUSE_CONNECTING;

    if (ngx_http_gatehouse_bytes_create(&conn->in, NGX_HTTP_GATEHOUSE_IN_SIZE) != NGX_OK
        || ngx_http_gatehouse_bytes_create(&conn->out, NGX_HTTP_GATEHOUSE_OUT_SIZE) != NGX_OK
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

/* The descriptor can be written for the first time: connected, or refused. */
static void
ngx_http_gatehouse_connection_connected(ngx_http_gatehouse_connection_t *conn)
{
    int        err = 0;
    socklen_t  len = sizeof(int);

    if (getsockopt(conn->peer.connection->fd, SOL_SOCKET, SO_ERROR, (void *) &err, &len)
        == -1)
    {
        err = ngx_socket_errno;
    }

    if (err != 0) {
        ngx_http_gatehouse_pool_down(conn, strerror(err));
        return;
    }

    /* Small requests that don't wait for each other's acknowledgement. */
    if (conn->server->scheme != GH_URI_LDAPI
        && ngx_tcp_nodelay(conn->peer.connection) != NGX_OK)
    {
        ngx_http_gatehouse_pool_down(conn, "the socket can't be set");
        return;
    }

    conn->state = NGX_HTTP_GATEHOUSE_SECURING;

    /*
     * Where the server asks for TLS, ngx_ssl_handshake() goes between here and there.
     */
    ngx_http_gatehouse_connection_secured(conn);
}

static void
ngx_http_gatehouse_connection_secured(ngx_http_gatehouse_connection_t *conn)
{
    const gh_identity_t  *identity;

    if (conn->lane == GH_LANE_BIND) {
        ngx_http_gatehouse_connection_up(conn);
        return;
    }

    conn->state = NGX_HTTP_GATEHOUSE_BINDING;
    identity = &ngx_http_gatehouse_pool_settings(conn->pool)->gateway;

    if (gh_wire_bind(conn->ld, identity->bind_dn,
                     ngx_http_gatehouse_pool_password(conn->pool), &conn->bind_msgid)
        != 0)
    {
        ngx_http_gatehouse_pool_down(conn, "can't bind as the gateway");
    }
}

static void
ngx_http_gatehouse_connection_up(ngx_http_gatehouse_connection_t *conn)
{
    if (conn->peer.connection->write->timer_set) {
        ngx_del_timer(conn->peer.connection->write);
    }

    conn->state = NGX_HTTP_GATEHOUSE_UP;
    conn->peer.connection->idle = 1;
    ngx_http_gatehouse_pool_up(conn);
}

/* The answer to the gateway's own bind. */
static ngx_int_t
ngx_http_gatehouse_connection_bound(ngx_http_gatehouse_connection_t *conn,
    LDAPMessage *message)
{
    gh_answer_t  answer;
    gh_wire_t    taken;
    int          result;

    gh_answer_init(&answer);
    taken = gh_wire_take(conn->ld, message, GH_OPERATION_BIND, 0, &answer);
    result = answer.result;
    gh_answer_cleanup(&answer);

    if (taken != GH_WIRE_DONE || result != GH_RESULT_SUCCESS) {
        ngx_log_error(NGX_LOG_ERR, ngx_cycle->log, 0,
                      "gatehouse: directory %V refused to bind the gateway (result %d): "
                      "check directory.bind_dn and bind_password_file",
                      &conn->server->name, result);
        return NGX_ERROR;
    }

    ngx_http_gatehouse_connection_up(conn);

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
    conn->peer.connection->idle = conn->in_flight == 0;
}

void
ngx_http_gatehouse_connection_abandon(ngx_http_gatehouse_connection_t *conn,
    ngx_http_gatehouse_operation_t *op)
{
    (void) ldap_abandon_ext(conn->ld, op->msgid, NULL, NULL);
    ngx_http_gatehouse_connection_settle(conn, op);
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

        if (!conn->eof && conn->state > NGX_HTTP_GATEHOUSE_CONNECTING) {
            (void) conn->peer.connection->send(conn->peer.connection, conn->out.pos,
                                               conn->out.last - conn->out.pos);
        }
    }

    ngx_close_connection(conn->peer.connection);
    conn->peer.connection = NULL;

    ngx_http_gatehouse_bytes_free(&conn->in);
    ngx_http_gatehouse_bytes_free(&conn->out);
    conn->state = NGX_HTTP_GATEHOUSE_CLOSED;
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
 * One message from the directory.  NGX_ERROR: it can't be used, and nothing that follows it
 * can be trusted.  The connection may be closed when this returns NGX_OK.
 */
static ngx_int_t
ngx_http_gatehouse_connection_message(ngx_http_gatehouse_connection_t *conn,
    LDAPMessage *message)
{
    int                              msgid = gh_wire_msgid(message);
    ngx_http_gatehouse_operation_t  *op;

    if (conn->state == NGX_HTTP_GATEHOUSE_BINDING) {
        return msgid == conn->bind_msgid
                   ? ngx_http_gatehouse_connection_bound(conn, message)
                   : NGX_ERROR;
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

/* Gives libldap what is in the buffer.  NGX_ERROR: the connection is of no more use. */
static ngx_int_t
ngx_http_gatehouse_connection_parse(ngx_http_gatehouse_connection_t *conn)
{
    int               rc;
    ngx_int_t         handled;
    LDAPMessage      *message;
    ngx_connection_t *c = conn->peer.connection;

    while (conn->in.pos < conn->in.last) {

        message = NULL;
        rc = ldap_result(conn->ld, LDAP_RES_ANY, LDAP_MSG_ONE, &(struct timeval) { 0, 0 },
                         &message);

        if (rc < 0) {
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

        if (conn->peer.connection != c) {
            return NGX_DONE;
        }
    }

    conn->in.pos = conn->in.last = conn->in.start;

    return NGX_OK;
}

static void
ngx_http_gatehouse_connection_read(ngx_event_t *rev)
{
    ssize_t                           n;
    ngx_int_t                         rc;
    ngx_connection_t                 *c = rev->data;
    ngx_http_gatehouse_connection_t  *conn = c->data;

    if (c->close) {
        ngx_http_gatehouse_pool_down(conn, NULL);
        return;
    }

    if (conn->state == NGX_HTTP_GATEHOUSE_CONNECTING) {
        return;
    }

    for ( ;; ) {
        n = c->recv(c, conn->in.last, conn->in.end - conn->in.last);

        if (n == NGX_AGAIN) {
            break;
        }

        if (n == NGX_ERROR || n == 0) {
            conn->eof = 1;
            ngx_http_gatehouse_pool_down(conn, "the directory closed the connection");
            return;
        }

        conn->in.last += n;
        rc = ngx_http_gatehouse_connection_parse(conn);

        if (rc == NGX_DONE) {
            return;
        }

        if (rc == NGX_ERROR) {
            ngx_http_gatehouse_pool_down(conn, "the directory sent what can't be understood");
            return;
        }
    }

    if (ngx_handle_read_event(rev, 0) != NGX_OK) {
        ngx_http_gatehouse_pool_down(conn, "the event can't be set");
    }
}

static void
ngx_http_gatehouse_connection_flush(ngx_http_gatehouse_connection_t *conn)
{
    ssize_t            n;
    ngx_connection_t  *c = conn->peer.connection;

    while (conn->out.pos < conn->out.last) {
        n = c->send(c, conn->out.pos, conn->out.last - conn->out.pos);

        if (n == NGX_AGAIN) {
            break;
        }

        if (n == NGX_ERROR) {
            ngx_http_gatehouse_pool_down(conn, "the directory can't be written to");
            return;
        }

        conn->out.pos += n;
    }

    if (conn->out.pos == conn->out.last) {
        ngx_http_gatehouse_bytes_reset(&conn->out);
    }

    if (ngx_handle_write_event(c->write, 0) != NGX_OK) {
        ngx_http_gatehouse_pool_down(conn, "the event can't be set");
    }
}

static void
ngx_http_gatehouse_connection_write(ngx_event_t *wev)
{
    ngx_connection_t                 *c = wev->data;
    ngx_http_gatehouse_connection_t  *conn = c->data;

    if (wev->timedout) {
        ngx_http_gatehouse_pool_down(conn, "no connection within connect_timeout");
        return;
    }

    if (conn->broken) {
        ngx_http_gatehouse_pool_down(conn, "the directory can't be written to");
        return;
    }

    if (conn->state == NGX_HTTP_GATEHOUSE_CONNECTING) {
        ngx_http_gatehouse_connection_connected(conn);

        if (conn->peer.connection != c) {
            return;
        }
    }

    ngx_http_gatehouse_connection_flush(conn);
}
