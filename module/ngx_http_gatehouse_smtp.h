/*
 * SMTP: one attempt to hand a letter to the mail server of gatehouse.conf.
 */
#ifndef NGX_HTTP_GATEHOUSE_SMTP_H
#define NGX_HTTP_GATEHOUSE_SMTP_H

/* Module. */
#include "ngx_http_gatehouse_curl.h"
#include "ngx_http_gatehouse_letter.h"

/* Bytes of the sentence that says why an attempt failed. */
#define NGX_HTTP_GATEHOUSE_SMTP_TROUBLE  128

typedef enum {
    NGX_HTTP_GATEHOUSE_SMTP_FAILED = 0, /* no letter can be handed in: down, TLS, log-in */
    NGX_HTTP_GATEHOUSE_SMTP_DEFERRED,   /* this letter can't, now */
    NGX_HTTP_GATEHOUSE_SMTP_REFUSED,    /* this letter never will be */
    NGX_HTTP_GATEHOUSE_SMTP_SENT
} ngx_http_gatehouse_smtp_result_e;

typedef struct ngx_http_gatehouse_smtp_s  ngx_http_gatehouse_smtp_t;

/*
 * `trouble` is for logs: NULL when SENT, else a text with nothing in it that the server
 * wrote but a number; it does not outlive the call.  The attempt is gone when this is
 * called.
 */
typedef void (*ngx_http_gatehouse_smtp_done_pt)(void *data,
    ngx_http_gatehouse_smtp_result_e result, const char *trouble);

/*
 * Begins an attempt.  The letter is borrowed until it has ended.  NULL: no memory;
 * otherwise `done` is called from the event loop, after a few minutes at the latest.
 */
ngx_http_gatehouse_smtp_t *ngx_http_gatehouse_smtp_start(ngx_http_gatehouse_curl_t *curl,
    const ngx_http_gatehouse_main_conf_t *gmcf, const ngx_http_gatehouse_letter_t *letter,
    ngx_http_gatehouse_smtp_done_pt done, void *data);

/* Breaks an attempt off; `done` is not called. */
void ngx_http_gatehouse_smtp_stop(ngx_http_gatehouse_smtp_t *smtp);

#endif
