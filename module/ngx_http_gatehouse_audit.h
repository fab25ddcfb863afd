/*
 * Audit: events of the gateway, appended to audit.file.
 *
 * nginx opens the file with its logs and opens it again on USR1, so that it survives
 * rotation.  Each event is one line in one write; gatehousectl appends to the same file.
 */
#ifndef NGX_HTTP_GATEHOUSE_AUDIT_H
#define NGX_HTTP_GATEHOUSE_AUDIT_H

/* Module. */
#include "ngx_http_gatehouse.h"

/* Hex digits of $request_id. */
#define NGX_HTTP_GATEHOUSE_REQUEST_ID  32

/* Which request something comes from, for what goes on when that request is gone. */
typedef struct {
    char  address[NGX_SOCKADDR_STRLEN + 1];             /* of the client; "": none */
    char  request[NGX_HTTP_GATEHOUSE_REQUEST_ID + 1];   /* its id; "": none */
} ngx_http_gatehouse_origin_t;

/*
 * Has nginx open audit.file.  Belongs between the reading of gatehouse.conf and
 * postconfiguration's end.  NGX_OK, or NGX_ERROR with the reason logged.
 */
ngx_int_t ngx_http_gatehouse_audit_init(ngx_conf_t *cf, ngx_http_gatehouse_main_conf_t *gmcf);

/* Address and id of a request. */
void ngx_http_gatehouse_origin_set(ngx_http_gatehouse_origin_t *origin, ngx_http_request_t *r);

/*
 * Writes an event of a request.  `realm` and `uid` may be NULL; `uid` may be what a
 * stranger typed.  No text may be a secret.  A failure is logged and stops nothing.
 */
void ngx_http_gatehouse_audit(ngx_http_request_t *r, const char *event, const char *realm,
    const char *uid, const char *outcome);

/* The same without the request; `reason` may be NULL. */
void ngx_http_gatehouse_audit_origin(ngx_http_gatehouse_main_conf_t *gmcf,
    const ngx_http_gatehouse_origin_t *origin, const char *event, const char *realm,
    const char *uid, const char *outcome, const char *reason);

#endif
