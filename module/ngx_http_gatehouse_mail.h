/*
 * Mail: letters that wait in a worker's memory until the mail server has taken them.
 *
 * A letter is tried at once, and again with growing pauses for 15 minutes.  What the
 * server refuses for good, what it has not taken by then and what a worker that ends
 * still has is an event of the audit trail.  A worker that is told to end in peace (a
 * reload) stays until it has no letter left, but no longer than worker_shutdown_timeout,
 * where that is set.
 */
#ifndef NGX_HTTP_GATEHOUSE_MAIL_H
#define NGX_HTTP_GATEHOUSE_MAIL_H

/* System. */
#include <jansson.h>

/* Module. */
#include "ngx_http_gatehouse_audit.h"

/* What the letter is about, for the audit trail alone. */
typedef struct {
    const char                         *realm;      /* NULL: none */
    const char                         *uid;        /* NULL: none */
    const ngx_http_gatehouse_origin_t  *origin;
} ngx_http_gatehouse_mail_about_t;

/* The worker's letters; NULL, with the reason logged, when that can't be. */
ngx_http_gatehouse_mails_t *ngx_http_gatehouse_mails_create(ngx_cycle_t *cycle,
    ngx_http_gatehouse_main_conf_t *gmcf);

/* The worker ends: what is left is written to the audit trail and wiped. */
void ngx_http_gatehouse_mails_end(ngx_http_gatehouse_mails_t *mails);

/*
 * Sends the template `template_name`, filled with `context` (borrowed; NULL: nothing but
 * what every letter knows), to one address.  Returns at once; nothing given needs to
 * last.  NGX_OK: the letter waits or is on its way.  NGX_ERROR: there will be none, which
 * is in the audit trail.
 */
ngx_int_t ngx_http_gatehouse_mail_send(ngx_http_gatehouse_main_conf_t *gmcf, const char *to,
    const char *template_name, json_t *context,
    const ngx_http_gatehouse_mail_about_t *about);

#endif
