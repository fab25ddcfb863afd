/*
 * TLS: one ngx_ssl_t for the whole configuration, a session for each server.
 */

/* lib. */
#include "directory/way.h"

/* Module. */
#include "ngx_http_gatehouse_tls.h"

/* Certificates between the directory's and the authority's. */
#define NGX_HTTP_GATEHOUSE_TLS_DEPTH  9

static ngx_int_t ngx_http_gatehouse_tls_name(ngx_http_gatehouse_tls_t *tls,
    ngx_ssl_conn_t *ssl);
static void ngx_http_gatehouse_tls_save(ngx_connection_t *c);

/* Where an SSL keeps its ngx_http_gatehouse_tls_t. */
static int  ngx_http_gatehouse_tls_index = -1;


/* The configuration's. */

/* The settings' path as nginx wants it; it may write behind no string. */
static ngx_str_t
ngx_http_gatehouse_tls_path(const char *path)
{
    return ngx_http_gatehouse_str(gh_text(path));
}

static ngx_int_t
ngx_http_gatehouse_tls_settings(ngx_conf_t *cf, ngx_ssl_t *ssl,
    const gh_directory_settings_t *directory)
{
    ngx_str_t  authorities = ngx_http_gatehouse_tls_path(gh_way_authorities(directory));
    ngx_str_t  certificate, key;

    if (SSL_CTX_set_min_proto_version(ssl->ctx, TLS1_2_VERSION) == 0) {
        return NGX_ERROR;
    }

    /* What is left of a request moves when the buffer it waits in grows. */
    SSL_CTX_set_mode(ssl->ctx, SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER
                               |SSL_MODE_ENABLE_PARTIAL_WRITE);

    if (directory->tls_verify) {
        if (ngx_ssl_trusted_certificate(cf, ssl, &authorities, NGX_HTTP_GATEHOUSE_TLS_DEPTH)
            != NGX_OK)
        {
            return NGX_ERROR;
        }

        /* Not nginx's callback, which lets every certificate pass. */
        SSL_CTX_set_verify(ssl->ctx, SSL_VERIFY_PEER, NULL);
    }

    if (directory->certificate != NULL) {
        certificate = ngx_http_gatehouse_tls_path(directory->certificate);
        key = ngx_http_gatehouse_tls_path(directory->certificate_key);

        if (ngx_ssl_certificate(cf, ssl, &certificate, &key, NULL) != NGX_OK) {
            return NGX_ERROR;
        }
    }

    return ngx_ssl_client_session_cache(cf, ssl, 1);
}

char *
ngx_http_gatehouse_tls_create(ngx_conf_t *cf, ngx_http_gatehouse_main_conf_t *gmcf)
{
    ngx_ssl_t           *ssl = ngx_pcalloc(cf->pool, sizeof(ngx_ssl_t));
    ngx_pool_cleanup_t  *cln;

    if (ngx_http_gatehouse_tls_index == -1) {
        ngx_http_gatehouse_tls_index = SSL_get_ex_new_index(0, NULL, NULL, NULL, NULL);
    }

    if (ssl == NULL || ngx_http_gatehouse_tls_index == -1) {
        return NGX_CONF_ERROR;
    }

    ssl->log = cf->log;

    if (ngx_ssl_create(ssl, NGX_SSL_TLSv1_2|NGX_SSL_TLSv1_3, NULL) != NGX_OK) {
        return NGX_CONF_ERROR;
    }

    cln = ngx_pool_cleanup_add(cf->pool, 0);

    if (cln == NULL) {
        ngx_ssl_cleanup_ctx(ssl);
        return NGX_CONF_ERROR;
    }

    cln->handler = ngx_ssl_cleanup_ctx;
    cln->data = ssl;

    if (ngx_http_gatehouse_tls_settings(cf, ssl, &gmcf->config->directory) != NGX_OK) {
        return NGX_CONF_ERROR;
    }

    gmcf->ssl = ssl;

    return NGX_CONF_OK;
}


/* A connection's. */

ngx_int_t
ngx_http_gatehouse_tls_handshake(ngx_http_gatehouse_tls_t *tls, ngx_connection_t *c,
    ngx_connection_handler_pt handler)
{
    if (ngx_ssl_create_connection(tls->ssl, c, NGX_SSL_CLIENT) != NGX_OK) {
        return NGX_ERROR;
    }

    if (SSL_set_ex_data(c->ssl->connection, ngx_http_gatehouse_tls_index, tls) == 0
        || ngx_http_gatehouse_tls_name(tls, c->ssl->connection) != NGX_OK
        || (tls->session != NULL && ngx_ssl_set_session(c, tls->session) != NGX_OK))
    {
        return NGX_ERROR;
    }

    c->ssl->save_session = ngx_http_gatehouse_tls_save;
    c->ssl->handler = handler;

    return ngx_ssl_handshake(c);
}

/* What the certificate must carry; a name, and no address, is sent too (RFC 6066, section 3). */
static ngx_int_t
ngx_http_gatehouse_tls_name(ngx_http_gatehouse_tls_t *tls, ngx_ssl_conn_t *ssl)
{
    X509_VERIFY_PARAM  *param = SSL_get0_param(ssl);

    if (X509_VERIFY_PARAM_set1_ip_asc(param, tls->host) == 1) {
        return NGX_OK;
    }

    /* Its subject says nothing of names (RFC 9525, section 2). */
    X509_VERIFY_PARAM_set_hostflags(param, X509_CHECK_FLAG_NEVER_CHECK_SUBJECT
                                           |X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);

    if (X509_VERIFY_PARAM_set1_host(param, tls->host, 0) != 1
        || SSL_set_tlsext_host_name(ssl, tls->host) != 1)
    {
        return NGX_ERROR;
    }

    /* An address that is none leaves its error behind. */
    ERR_clear_error();

    return NGX_OK;
}

/* The server gave a session; with TLS 1.3 that is after the handshake, any number of times. */
static void
ngx_http_gatehouse_tls_save(ngx_connection_t *c)
{
    ngx_ssl_session_t         *session;
    ngx_http_gatehouse_tls_t  *tls;

    /* No session takes the place of a verification that failed. */
    if (SSL_get_verify_mode(c->ssl->connection) != SSL_VERIFY_NONE
        && SSL_get_verify_result(c->ssl->connection) != X509_V_OK)
    {
        return;
    }

    session = ngx_ssl_get_session(c);

    if (session != NULL) {
        tls = SSL_get_ex_data(c->ssl->connection, ngx_http_gatehouse_tls_index);
        ngx_http_gatehouse_tls_cleanup(tls);
        tls->session = session;
    }
}

ngx_uint_t
ngx_http_gatehouse_tls_has_failed(ngx_connection_t *c, gh_error_t *reason)
{
    long  result;

    if (c->ssl == NULL) {
        gh_error_set(reason, GH_ERR_IO, "TLS can't begin");
        return 1;
    }

    result = SSL_get_verify_result(c->ssl->connection);

    if (SSL_get_verify_mode(c->ssl->connection) != SSL_VERIFY_NONE && result != X509_V_OK) {
        gh_error_set(reason, GH_ERR_IO, "its certificate is refused: %s",
                     X509_verify_cert_error_string(result));
        return 1;
    }

    gh_error_set(reason, GH_ERR_IO, "the TLS handshake failed");

    return !c->ssl->handshaked;
}

void
ngx_http_gatehouse_tls_end(ngx_connection_t *c)
{
    if (c->ssl == NULL) {
        return;
    }

    c->ssl->no_wait_shutdown = 1;

    /* What the socket does not take at once is not said. */
    if (ngx_ssl_shutdown(c) == NGX_AGAIN) {
        c->timedout = 1;
        (void) ngx_ssl_shutdown(c);
    }
}

void
ngx_http_gatehouse_tls_cleanup(ngx_http_gatehouse_tls_t *tls)
{
    if (tls->session != NULL) {
        ngx_ssl_free_session(tls->session);
        tls->session = NULL;
    }
}
