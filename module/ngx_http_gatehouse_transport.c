/*
 * Transports: a buffer on either side, and the calls that libldap makes of one.
 */

/* System. */
#include <openldap.h>

/* lib. */
#include "base/secret.h"

/* Module. */
#include "ngx_http_gatehouse_transport.h"

#define NGX_HTTP_GATEHOUSE_IN_SIZE   16384
#define NGX_HTTP_GATEHOUSE_OUT_SIZE  2048

/* What may wait to be sent: a server that does not read is no server. */
#define NGX_HTTP_GATEHOUSE_OUT_MAX   (4 * 1024 * 1024)


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


/* What libldap calls. */

static int
ngx_http_gatehouse_sockbuf_setup(Sockbuf_IO_Desc *sbiod, void *transport)
{
    sbiod->sbiod_pvt = transport;
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
    /* Or ldap_result() polls the descriptor, which may have nothing more to say. */
    if (opt == LBER_SB_OPT_DATA_READY) {
        return ngx_http_gatehouse_transport_is_ready(sbiod->sbiod_pvt);
    }

    return 0;
}

static ber_slen_t
ngx_http_gatehouse_sockbuf_read(Sockbuf_IO_Desc *sbiod, void *data, ber_len_t len)
{
    ngx_http_gatehouse_transport_t  *transport = sbiod->sbiod_pvt;
    size_t                           there = transport->in.last - transport->in.pos;

    if (there == 0) {
        errno = transport->eof ? 0 : EAGAIN;
        return transport->eof ? 0 : -1;
    }

    len = ngx_min(len, there);
    ngx_memcpy(data, transport->in.pos, len);
    transport->in.pos += len;

    return len;
}

static ber_slen_t
ngx_http_gatehouse_sockbuf_write(Sockbuf_IO_Desc *sbiod, void *data, ber_len_t len)
{
    ngx_event_t                     *wev;
    ngx_http_gatehouse_transport_t  *transport = sbiod->sbiod_pvt;

    if (ngx_http_gatehouse_bytes_add(&transport->out, data, len) != NGX_OK) {
        errno = ENOMEM;
        return -1;
    }

    wev = transport->connection->write;

    /* Sent when this turn of the event loop ends, with all that joins it. */
    if (wev->ready) {
        ngx_post_event(wev, &ngx_posted_events);
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


/* What the connection calls. */

ngx_int_t
ngx_http_gatehouse_transport_init(ngx_http_gatehouse_transport_t *transport,
    ngx_connection_t *c)
{
    ngx_memzero(transport, sizeof(ngx_http_gatehouse_transport_t));
    transport->connection = c;

    if (ngx_http_gatehouse_bytes_create(&transport->in, NGX_HTTP_GATEHOUSE_IN_SIZE) != NGX_OK) {
        return NGX_ERROR;
    }

    return ngx_http_gatehouse_bytes_create(&transport->out, NGX_HTTP_GATEHOUSE_OUT_SIZE);
}

ngx_int_t
ngx_http_gatehouse_transport_attach(ngx_http_gatehouse_transport_t *transport, LDAP *ld)
{
    Sockbuf  *sockbuf = NULL;

    if (ldap_get_option(ld, LDAP_OPT_SOCKBUF, &sockbuf) != LDAP_OPT_SUCCESS
        || ber_sockbuf_add_io(sockbuf, &ngx_http_gatehouse_sockbuf,
                              LBER_SBIOD_LEVEL_PROVIDER, transport)
           != 0)
    {
        return NGX_ERROR;
    }

    return NGX_OK;
}

ngx_uint_t
ngx_http_gatehouse_transport_is_ready(const ngx_http_gatehouse_transport_t *transport)
{
    return transport->in.pos < transport->in.last;
}

ngx_int_t
ngx_http_gatehouse_transport_receive(ngx_http_gatehouse_transport_t *transport)
{
    ssize_t                      n;
    ngx_connection_t            *c = transport->connection;
    ngx_http_gatehouse_bytes_t  *in = &transport->in;

    in->pos = in->last = in->start;
    n = c->recv(c, in->last, in->end - in->last);

    if (n == NGX_AGAIN) {
        return NGX_AGAIN;
    }

    if (n == NGX_ERROR || n == 0) {
        transport->eof = 1;
        return NGX_ERROR;
    }

    in->last += n;

    return NGX_OK;
}

ngx_int_t
ngx_http_gatehouse_transport_send(ngx_http_gatehouse_transport_t *transport)
{
    ssize_t                      n;
    ngx_connection_t            *c = transport->connection;
    ngx_http_gatehouse_bytes_t  *out = &transport->out;

    while (out->pos < out->last) {
        n = c->send(c, out->pos, out->last - out->pos);

        if (n == NGX_AGAIN) {
            return NGX_OK;
        }

        if (n == NGX_ERROR) {
            return NGX_ERROR;
        }

        out->pos += n;
    }

    ngx_http_gatehouse_bytes_reset(out);

    return NGX_OK;
}

void
ngx_http_gatehouse_transport_cleanup(ngx_http_gatehouse_transport_t *transport)
{
    ngx_http_gatehouse_bytes_free(&transport->in);
    ngx_http_gatehouse_bytes_free(&transport->out);
}
