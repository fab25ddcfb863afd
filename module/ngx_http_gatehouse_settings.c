/*
 * Settings: gatehouse.conf, key ring, pages, style sheet, password, and where the servers
 * of the directory listen.
 */

/* lib. */
#include "directory/way.h"

/* Module. */
#include "ngx_http_gatehouse_audit.h"
#include "ngx_http_gatehouse_connection.h"
#include "ngx_http_gatehouse_cookie.h"
#include "ngx_http_gatehouse_settings.h"
#include "ngx_http_gatehouse_throttle.h"

/*
 * The server's place as nginx writes it, from the configuration's pool; empty: no memory.
 */
static ngx_str_t
ngx_http_gatehouse_server_place(ngx_conf_t *cf, const gh_uri_t *uri)
{
    ngx_str_t  place;

    place.data = ngx_pnalloc(cf->pool, ngx_strlen(uri->host) + sizeof("unix:[]:65535"));

    if (place.data == NULL) {
        ngx_str_null(&place);

    } else if (uri->scheme == GH_URI_LDAPI) {
        place.len = ngx_sprintf(place.data, "unix:%s", uri->host) - place.data;

    } else if (ngx_strchr(uri->host, ':') != NULL) {
        place.len = ngx_sprintf(place.data, "[%s]:%d", uri->host, uri->port) - place.data;

    } else {
        place.len = ngx_sprintf(place.data, "%s:%d", uri->host, uri->port) - place.data;
    }

    return place;
}

/* Resolves where a server listens, as nginx does for its upstreams: when it starts. */
static char *
ngx_http_gatehouse_server_resolve(ngx_conf_t *cf, ngx_http_gatehouse_server_t *server,
    const gh_uri_t *uri)
{
    ngx_url_t   url;
    ngx_uint_t  i;

    ngx_memzero(&url, sizeof(ngx_url_t));
    url.default_port = uri->port;
    url.url = ngx_http_gatehouse_server_place(cf, uri);

    if (url.url.len == 0) {
        return NGX_CONF_ERROR;
    }

    if (ngx_parse_url(cf->pool, &url) != NGX_OK) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0, "gatehouse: directory: uri: %V: %s",
                           &server->name, url.err != NULL ? url.err : "can't be resolved");
        return NGX_CONF_ERROR;
    }

    for (i = 0; i < url.naddrs; i++) {
        if (!gh_way_admits(server->way, url.addrs[i].sockaddr)) {
            ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                               "gatehouse: directory: uri: %V: passwords would cross the "
                               "network in clear: the name leads to %V",
                               &server->name, &url.addrs[i].name);
            return NGX_CONF_ERROR;
        }
    }

    server->addrs = url.addrs;
    server->naddrs = url.naddrs;
    server->port = uri->port;

    /* A name may lead elsewhere one day; an address is what it is. */
    if (uri->scheme != GH_URI_LDAPI
        && ngx_inet_addr((u_char *) uri->host, ngx_strlen(uri->host)) == INADDR_NONE
        && ngx_strchr(uri->host, ':') == NULL)
    {
        server->host.len = ngx_strlen(uri->host);
        server->host.data = ngx_pnalloc(cf->pool, server->host.len);

        if (server->host.data == NULL) {
            return NGX_CONF_ERROR;
        }

        ngx_memcpy(server->host.data, uri->host, server->host.len);
    }

    return NGX_CONF_OK;
}

/* What the server needs for TLS, where that is on the way. */
static char *
ngx_http_gatehouse_server_secure(ngx_conf_t *cf, ngx_http_gatehouse_main_conf_t *gmcf,
    ngx_http_gatehouse_server_t *server, const gh_uri_t *uri)
{
    if (!gh_way_is_encrypted(server->way)) {
        return NGX_CONF_OK;
    }

    if (gmcf->ssl == NULL && ngx_http_gatehouse_tls_create(cf, gmcf) != NGX_CONF_OK) {
        return NGX_CONF_ERROR;
    }

    server->tls.ssl = gmcf->ssl;
    server->tls.host = ngx_pnalloc(cf->pool, ngx_strlen(uri->host) + 1);

    if (server->tls.host == NULL) {
        return NGX_CONF_ERROR;
    }

    ngx_cpystrn((u_char *) server->tls.host, (u_char *) uri->host, ngx_strlen(uri->host) + 1);

    return NGX_CONF_OK;
}

static char *
ngx_http_gatehouse_read_server(ngx_conf_t *cf, ngx_http_gatehouse_main_conf_t *gmcf,
    const char *text, ngx_uint_t group)
{
    char                         *rc;
    gh_uri_t                      uri;
    gh_error_t                    error;
    ngx_http_gatehouse_server_t  *server = ngx_array_push(&gmcf->servers);

    if (server == NULL) {
        return NGX_CONF_ERROR;
    }

    if (gh_uri_parse(&uri, text, &error) != 0) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0, "gatehouse: directory: uri: %s", error.text);
        return NGX_CONF_ERROR;
    }

    ngx_memzero(server, sizeof(ngx_http_gatehouse_server_t));
    server->group = group;
    server->scheme = uri.scheme;
    server->name = ngx_http_gatehouse_str(gh_text(text));
    server->way = gh_way_to(&gmcf->config->directory, &uri, &error);

    if (server->way == GH_WAY_REFUSED) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0, "gatehouse: directory: uri: %V: %s",
                           &server->name, error.text);
        rc = NGX_CONF_ERROR;

    } else {
        rc = ngx_http_gatehouse_server_secure(cf, gmcf, server, &uri);
    }

    if (rc == NGX_CONF_OK) {
        rc = ngx_http_gatehouse_server_resolve(cf, server, &uri);
    }

    gh_uri_cleanup(&uri);

    return rc;
}

/* The server of that name; NULL: it is not there yet. */
static ngx_http_gatehouse_server_t *
ngx_http_gatehouse_find_server(ngx_http_gatehouse_main_conf_t *gmcf, const char *name)
{
    ngx_uint_t                    i;
    ngx_http_gatehouse_server_t  *server = gmcf->servers.elts;

    for (i = 0; i < gmcf->servers.nelts; i++) {
        if (ngx_strcmp(server[i].name.data, name) == 0) {
            return &server[i];
        }
    }

    return NULL;
}

/* The servers of one list.  One that stands in several is of the group that is read gladliest. */
static char *
ngx_http_gatehouse_read_list(ngx_conf_t *cf, ngx_http_gatehouse_main_conf_t *gmcf,
    char **uris, ngx_uint_t group)
{
    char                        **uri;
    ngx_http_gatehouse_server_t  *server;

    for (uri = uris; *uri != NULL; uri++) {
        server = ngx_http_gatehouse_find_server(gmcf, *uri);

        if (server != NULL) {
            server->group = ngx_min(server->group, group);

        } else if (ngx_http_gatehouse_read_server(cf, gmcf, *uri, group) != NGX_CONF_OK) {
            return NGX_CONF_ERROR;
        }
    }

    return NGX_CONF_OK;
}

/* All servers, the writers first and in order of preference. */
static char *
ngx_http_gatehouse_read_servers(ngx_conf_t *cf, ngx_http_gatehouse_main_conf_t *gmcf)
{
    char                          **uri;
    const gh_directory_settings_t  *directory = &gmcf->config->directory;

    if (ngx_array_init(&gmcf->servers, cf->pool, 2, sizeof(ngx_http_gatehouse_server_t))
        != NGX_OK)
    {
        return NGX_CONF_ERROR;
    }

    if (ngx_http_gatehouse_read_list(cf, gmcf, directory->write_uris,
                                     NGX_HTTP_GATEHOUSE_LAST)
        != NGX_CONF_OK
        || ngx_http_gatehouse_read_list(cf, gmcf, directory->uris, NGX_HTTP_GATEHOUSE_SPARE)
           != NGX_CONF_OK
        || ngx_http_gatehouse_read_list(cf, gmcf, directory->read_uris,
                                        NGX_HTTP_GATEHOUSE_READER)
           != NGX_CONF_OK)
    {
        return NGX_CONF_ERROR;
    }

    for (uri = gh_directory_writers(directory); *uri != NULL; uri++) {
        ngx_http_gatehouse_find_server(gmcf, *uri)->writer = 1;
    }

    return NGX_CONF_OK;
}

/* The password in `path` into `*out`; nothing to read where `path` is NULL. */
static ngx_int_t
ngx_http_gatehouse_read_password(gh_secret_t **out, const char *path, gh_error_t *error)
{
    if (path == NULL) {
        return NGX_OK;
    }

    *out = gh_secret_new();

    if (*out == NULL || gh_secret_read_file(*out, path, error) != 0) {
        return NGX_ERROR;
    }

    return NGX_OK;
}

/* All that lib/ reads; what was read before a fault goes with the configuration. */
static ngx_int_t
ngx_http_gatehouse_read_files(ngx_http_gatehouse_main_conf_t *gmcf, const char *path,
    gh_error_t *error)
{
    gmcf->config = gh_config_read(path, error);

    if (gmcf->config == NULL) {
        return NGX_ERROR;
    }

    gmcf->keyring = gh_keyring_read(gmcf->config->session.keys, error);

    if (gmcf->keyring == NULL) {
        return NGX_ERROR;
    }

    gmcf->templates = gh_templates_read(gmcf->config->portal.pages, error);

    if (gmcf->templates == NULL) {
        return NGX_ERROR;
    }

    if (ngx_http_gatehouse_read_password(
            &gmcf->password, gmcf->config->directory.gateway.bind_password_file, error)
        != NGX_OK)
    {
        return NGX_ERROR;
    }

    return ngx_http_gatehouse_read_password(&gmcf->mail_password,
                                            gmcf->config->mail.password_file, error);
}

/* A file that stands beside the folder of a language, and a tag that changes with it. */
static char *
ngx_http_gatehouse_read_beside(ngx_conf_t *cf, const char *pages, const char *name,
    ngx_str_t *out, ngx_str_t *etag)
{
    ssize_t           n;
    ngx_fd_t          fd;
    ngx_str_t         path;
    ngx_file_info_t   info;

    path.data = ngx_pnalloc(cf->pool, ngx_strlen(pages) + sizeof("/../") + ngx_strlen(name));

    if (path.data == NULL) {
        return NGX_CONF_ERROR;
    }

    path.len = ngx_sprintf(path.data, "%s/../%s%Z", pages, name) - path.data - 1;
    fd = ngx_open_file(path.data, NGX_FILE_RDONLY, NGX_FILE_OPEN, 0);

    if (fd == NGX_INVALID_FILE) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, ngx_errno,
                           "gatehouse: \"%V\" can't be opened; it belongs beside the folder "
                           "that portal.pages names",
                           &path);
        return NGX_CONF_ERROR;
    }

    if (ngx_fd_info(fd, &info) == NGX_FILE_ERROR
        || (out->data = ngx_pnalloc(cf->pool, ngx_file_size(&info))) == NULL)
    {
        (void) ngx_close_file(fd);
        return NGX_CONF_ERROR;
    }

    n = ngx_read_fd(fd, out->data, ngx_file_size(&info));
    (void) ngx_close_file(fd);

    etag->data = ngx_pnalloc(cf->pool, sizeof("\"ffffffff-ffffffffffffffff\""));

    if (n != ngx_file_size(&info) || etag->data == NULL) {
        return NGX_CONF_ERROR;
    }

    out->len = n;
    etag->len = ngx_sprintf(etag->data, "\"%xD-%xz\"", ngx_murmur_hash2(out->data, n), n)
                - etag->data;

    return NGX_CONF_OK;
}

char *
ngx_http_gatehouse_settings_read(ngx_conf_t *cf, ngx_http_gatehouse_main_conf_t *gmcf,
    ngx_str_t *path)
{
    gh_error_t  error = { "" };

    if (ngx_http_gatehouse_read_files(gmcf, (char *) path->data, &error) != NGX_OK) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0, "gatehouse: %s", error.text);
        return NGX_CONF_ERROR;
    }

    if (ngx_http_gatehouse_cookie_names(cf, gmcf) != NGX_OK
        || ngx_http_gatehouse_read_beside(cf, gmcf->config->portal.pages, "style.css",
                                          &gmcf->style, &gmcf->style_etag)
               != NGX_CONF_OK
        || ngx_http_gatehouse_read_beside(cf, gmcf->config->portal.pages, "portal.js",
                                          &gmcf->script, &gmcf->script_etag)
               != NGX_CONF_OK
        || ngx_http_gatehouse_throttle_init(cf, gmcf) != NGX_OK
        || ngx_http_gatehouse_audit_init(cf, gmcf) != NGX_OK)
    {
        return NGX_CONF_ERROR;
    }

    return ngx_http_gatehouse_read_servers(cf, gmcf);
}

void
ngx_http_gatehouse_settings_warn(ngx_cycle_t *cycle,
    const ngx_http_gatehouse_main_conf_t *gmcf)
{
    size_t       i = 0;
    const char  *danger;

    while ((danger = gh_way_danger(&gmcf->config->directory, i++)) != NULL) {
        ngx_log_error(NGX_LOG_WARN, cycle->log, 0, "gatehouse: %s", danger);
    }
}

void
ngx_http_gatehouse_settings_free(ngx_http_gatehouse_main_conf_t *gmcf)
{
    ngx_uint_t                    i;
    ngx_http_gatehouse_server_t  *server = gmcf->servers.elts;

    for (i = 0; i < gmcf->servers.nelts; i++) {
        ngx_http_gatehouse_tls_cleanup(&server[i].tls);
    }

    gh_templates_free(gmcf->templates);
    gh_keyring_free(gmcf->keyring);
    gh_secret_free(gmcf->password);
    gh_secret_free(gmcf->mail_password);
    gh_config_free(gmcf->config);
}
