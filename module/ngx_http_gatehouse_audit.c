/*
 * Audit: events of the gateway.
 */

/* lib. */
#include "account/audit.h"

/* Module. */
#include "ngx_http_gatehouse_audit.h"

/* A file that can't be written to is complained of this often, in seconds. */
#define NGX_HTTP_GATEHOUSE_AUDIT_PATIENCE  60

struct ngx_http_gatehouse_trail_s {
    ngx_open_file_t  *file;
    ngx_int_t         request_id;       /* the index of $request_id */
    time_t            complained;       /* by this worker; 0: never */
};

/*
 * nginx would make the file readable for everybody, and would open a pipe, and wait.  What
 * it finds is left as it is.
 */
static ngx_int_t
ngx_http_gatehouse_audit_create(ngx_conf_t *cf, const char *path)
{
    int         fd;
    gh_error_t  error;

    fd = gh_audit_open(path, &error);

    if (fd < 0) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0, "gatehouse: %s", error.text);
        return NGX_ERROR;
    }

    (void) ngx_close_file(fd);

    return NGX_OK;
}

ngx_int_t
ngx_http_gatehouse_audit_init(ngx_conf_t *cf, ngx_http_gatehouse_main_conf_t *gmcf)
{
    ngx_str_t                    path;
    const char                  *file = gmcf->config->audit.file;
    ngx_http_gatehouse_trail_t  *trail;
    static ngx_str_t             request_id = ngx_string("request_id");

    if (file == NULL) {
        return NGX_OK;
    }

    trail = ngx_pcalloc(cf->pool, sizeof(ngx_http_gatehouse_trail_t));
    path.len = ngx_strlen(file);
    path.data = ngx_pnalloc(cf->pool, path.len + 1);

    if (trail == NULL || path.data == NULL
        || ngx_http_gatehouse_audit_create(cf, file) != NGX_OK)
    {
        return NGX_ERROR;
    }

    ngx_memcpy(path.data, file, path.len + 1);
    trail->file = ngx_conf_open_file(cf->cycle, &path);

    /*
     * By index it is one and the same id wherever it is used; by name, a new one each
     * time.
     */
    trail->request_id = ngx_http_get_variable_index(cf, &request_id);

    if (trail->file == NULL || trail->request_id == NGX_ERROR) {
        return NGX_ERROR;
    }

    gmcf->trail = trail;

    return NGX_OK;
}

static void
ngx_http_gatehouse_origin_copy(char *to, size_t size, const u_char *from, size_t len)
{
    len = ngx_min(len, size - 1);
    ngx_memcpy(to, from, len);
    to[len] = '\0';
}

void
ngx_http_gatehouse_origin_set(ngx_http_gatehouse_origin_t *origin, ngx_http_request_t *r)
{
    ngx_str_t                       *address = &r->connection->addr_text;
    ngx_http_variable_value_t       *id;
    ngx_http_gatehouse_main_conf_t  *gmcf = ngx_http_gatehouse_main_conf(r);

    ngx_memzero(origin, sizeof(ngx_http_gatehouse_origin_t));

    if (gmcf->trail == NULL) {
        return;
    }

    ngx_http_gatehouse_origin_copy(origin->address, sizeof(origin->address), address->data,
                                   address->len);
    id = ngx_http_get_indexed_variable(r, gmcf->trail->request_id);

    if (id != NULL && id->valid && !id->not_found) {
        ngx_http_gatehouse_origin_copy(origin->request, sizeof(origin->request), id->data,
                                       id->len);
    }
}

static void
ngx_http_gatehouse_audit_failed(ngx_http_gatehouse_trail_t *trail, ngx_err_t err)
{
    if (trail->complained != 0
        && ngx_time() - trail->complained < NGX_HTTP_GATEHOUSE_AUDIT_PATIENCE)
    {
        return;
    }

    trail->complained = ngx_time();
    ngx_log_error(NGX_LOG_ALERT, ngx_cycle->log, err,
                  "gatehouse: an event could not be written to the audit file \"%V\"",
                  &trail->file->name);
}

void
ngx_http_gatehouse_audit_origin(ngx_http_gatehouse_main_conf_t *gmcf,
    const ngx_http_gatehouse_origin_t *origin, const char *event, const char *realm,
    const char *uid, const char *outcome, const char *reason)
{
    gh_audit_event_t  entry;

    if (gmcf->trail == NULL) {
        return;
    }

    ngx_memzero(&entry, sizeof(gh_audit_event_t));
    entry.time = gh_clock_now();
    entry.event = event;
    entry.outcome = outcome;
    entry.realm = gh_text(realm);
    entry.uid = gh_text(uid);
    entry.address = gh_text(origin->address);
    entry.request = gh_text(origin->request);
    entry.reason = gh_text(reason);

    if (gh_audit_append(gmcf->trail->file->fd, &entry) != 0) {
        ngx_http_gatehouse_audit_failed(gmcf->trail, ngx_errno);
    }
}

void
ngx_http_gatehouse_audit(ngx_http_request_t *r, const char *event, const char *realm,
    const char *uid, const char *outcome)
{
    ngx_http_gatehouse_origin_t  origin;

    ngx_http_gatehouse_origin_set(&origin, r);
    ngx_http_gatehouse_audit_origin(ngx_http_gatehouse_main_conf(r), &origin, event, realm,
                                    uid, outcome, NULL);
}
