/*
 * Ascents.
 */

/* lib. */
#include "directory/wire.h"

/* Module. */
#include "ngx_http_gatehouse_ascent.h"
#include "ngx_http_gatehouse_pool.h"

static void ngx_http_gatehouse_ascent_ask(ngx_http_gatehouse_connection_t *conn);
static void ngx_http_gatehouse_ascent_secure(ngx_http_gatehouse_connection_t *conn);
static void ngx_http_gatehouse_ascent_handshaked(ngx_connection_t *c);
static void ngx_http_gatehouse_ascent_secured(ngx_http_gatehouse_connection_t *conn);
static void ngx_http_gatehouse_ascent_end(ngx_http_gatehouse_connection_t *conn);


/* The descriptor can be written for the first time: connected, or refused. */
void
ngx_http_gatehouse_ascent_begin(ngx_http_gatehouse_connection_t *conn)
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

    switch (conn->server->way) {

    case GH_WAY_STARTTLS:
        ngx_http_gatehouse_ascent_ask(conn);
        return;

    case GH_WAY_TLS:
        ngx_http_gatehouse_ascent_secure(conn);
        return;

    case GH_WAY_LOCAL:
    case GH_WAY_CLEAR:
        ngx_http_gatehouse_ascent_secured(conn);
        return;

    case GH_WAY_REFUSED:
        break;
    }

    ngx_http_gatehouse_pool_down(conn, "no way to it is safe");
}

/* What came before this was left where it is, and no event will tell of it again. */
static void
ngx_http_gatehouse_ascent_listen(ngx_http_gatehouse_connection_t *conn)
{
    if (conn->peer.connection->read->ready) {
        ngx_post_event(conn->peer.connection->read, &ngx_posted_events);
    }
}

static void
ngx_http_gatehouse_ascent_ask(ngx_http_gatehouse_connection_t *conn)
{
    conn->state = NGX_HTTP_GATEHOUSE_ASKING;
    ngx_http_gatehouse_ascent_listen(conn);

    if (gh_wire_start_tls(conn->ld, &conn->msgid) != 0) {
        ngx_http_gatehouse_pool_down(conn, "can't ask for StartTLS");
    }
}

/* The answer to StartTLS.  Whatever came behind it in clear may be anybody's. */
static ngx_int_t
ngx_http_gatehouse_ascent_granted(ngx_http_gatehouse_connection_t *conn,
    LDAPMessage *message)
{
    gh_answer_t  answer;
    gh_wire_t    taken;
    int          result;

    gh_answer_init(&answer);
    taken = gh_wire_take(conn->ld, message, GH_OPERATION_STARTTLS, 0, &answer);
    result = answer.result;
    gh_answer_cleanup(&answer);

    if (taken != GH_WIRE_DONE) {
        return NGX_ERROR;
    }

    if (result != GH_RESULT_SUCCESS) {
        ngx_http_gatehouse_pool_down(conn, "it refuses StartTLS");

    } else if (ngx_http_gatehouse_transport_is_ready(&conn->transport)) {
        ngx_http_gatehouse_pool_down(conn, "something in clear came behind its answer to "
                                           "StartTLS: somebody may be on the way");

    } else {
        ngx_http_gatehouse_ascent_secure(conn);
    }

    return NGX_OK;
}

static void
ngx_http_gatehouse_ascent_secure(ngx_http_gatehouse_connection_t *conn)
{
    ngx_connection_t  *c = conn->peer.connection;

    conn->state = NGX_HTTP_GATEHOUSE_SECURING;

    /* Why a handshake failed is wanted in the log, once. */
    c->log_error = NGX_ERROR_ERR;

    if (ngx_http_gatehouse_tls_handshake(&conn->server->tls, c,
                                         ngx_http_gatehouse_ascent_handshaked)
        != NGX_AGAIN)
    {
        ngx_http_gatehouse_ascent_handshaked(c);
    }
}

/* The handshake is over, well or not, or its time is. */
static void
ngx_http_gatehouse_ascent_handshaked(ngx_connection_t *c)
{
    gh_error_t                        reason;
    ngx_http_gatehouse_connection_t  *conn = c->data;

    ngx_http_gatehouse_connection_attend(conn);

    if (c->write->timedout) {
        ngx_http_gatehouse_pool_down(conn, "no TLS handshake within connect_timeout");
        return;
    }

    if (ngx_http_gatehouse_tls_has_failed(c, &reason)) {
        ngx_http_gatehouse_pool_down(conn, reason.text);
        return;
    }

    ngx_http_gatehouse_ascent_secured(conn);
}

static void
ngx_http_gatehouse_ascent_secured(ngx_http_gatehouse_connection_t *conn)
{
    const gh_identity_t  *identity;

    ngx_http_gatehouse_ascent_listen(conn);

    if (conn->lane == GH_LANE_BIND) {
        ngx_http_gatehouse_ascent_end(conn);
        return;
    }

    conn->state = NGX_HTTP_GATEHOUSE_BINDING;
    identity = &ngx_http_gatehouse_pool_settings(conn->pool)->gateway;

    if (gh_wire_bind(conn->ld, identity->bind_dn,
                     ngx_http_gatehouse_pool_password(conn->pool), &conn->msgid)
        != 0)
    {
        ngx_http_gatehouse_pool_down(conn, "can't bind as the gateway");
    }
}

static void
ngx_http_gatehouse_ascent_end(ngx_http_gatehouse_connection_t *conn)
{
    if (conn->peer.connection->write->timer_set) {
        ngx_del_timer(conn->peer.connection->write);
    }

    conn->state = NGX_HTTP_GATEHOUSE_UP;
    conn->peer.connection->idle = 1;
    conn->peer.connection->log_error = NGX_ERROR_INFO;
    ngx_http_gatehouse_pool_up(conn);
}

/* The answer to the gateway's own bind. */
static ngx_int_t
ngx_http_gatehouse_ascent_bound(ngx_http_gatehouse_connection_t *conn,
    LDAPMessage *message)
{
    gh_answer_t  answer;
    gh_wire_t    taken;
    int          result;

    gh_answer_init(&answer);
    taken = gh_wire_take(conn->ld, message, GH_OPERATION_BIND, 0, &answer);
    result = answer.result;
    gh_answer_cleanup(&answer);

    if (taken != GH_WIRE_DONE) {
        return NGX_ERROR;
    }

    if (result == GH_RESULT_SUCCESS) {
        ngx_http_gatehouse_ascent_end(conn);
        return NGX_OK;
    }

    ngx_log_error(NGX_LOG_INFO, ngx_cycle->log, 0,
                  "gatehouse: directory %V refused to bind the gateway: result %d",
                  &conn->server->name, result);
    conn->refused = 1;
    ngx_http_gatehouse_pool_down(conn, "it refused to bind the gateway; check "
                                       "directory.bind_dn and bind_password_file");

    return NGX_OK;
}

ngx_int_t
ngx_http_gatehouse_ascent_answered(ngx_http_gatehouse_connection_t *conn, LDAPMessage *message)
{
    return conn->state == NGX_HTTP_GATEHOUSE_ASKING
               ? ngx_http_gatehouse_ascent_granted(conn, message)
               : ngx_http_gatehouse_ascent_bound(conn, message);
}
