/*
 * Letters: a mail as it goes out, made from a template.
 *
 * The template is text, not HTML.  Its first line is `Subject: ...`, then comes an empty
 * line, then the text.  Besides what the caller gives it knows `site_title`, `portal_url`
 * and, where there is one, `help_phone`.
 */
#ifndef NGX_HTTP_GATEHOUSE_LETTER_H
#define NGX_HTTP_GATEHOUSE_LETTER_H

/* System. */
#include <jansson.h>

/* Module. */
#include "ngx_http_gatehouse.h"

typedef struct {
    char    *to;        /* one address */
    u_char  *data;      /* what follows DATA in SMTP, its dot included; may hold a secret */
    size_t   len;       /* bytes */
} ngx_http_gatehouse_letter_t;

/*
 * A letter to one address.  `context` is borrowed and may be NULL.  NULL: the address or
 * what the template gave can't be sent, or memory is out; `reason` then says which, for
 * the audit trail.
 */
ngx_http_gatehouse_letter_t *ngx_http_gatehouse_letter_new(
    const ngx_http_gatehouse_main_conf_t *gmcf, const char *to, const char *template_name,
    json_t *context, const char **reason);

/* Wipes and frees.  NULL is fine. */
void ngx_http_gatehouse_letter_free(ngx_http_gatehouse_letter_t *letter);

#endif
