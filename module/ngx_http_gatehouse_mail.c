/*
 * Mail: the queue of one worker.
 *
 * One letter at a time is tried; it comes back to the queue when it was not taken and not
 * refused for good.  libcurl would take a second connection that it opens for a reason to
 * look at the first, and to close it.
 *
 * A server that can't be used rests, and all letters with it; a letter that it defers
 * rests alone.  While there is a letter, a timer looks once a second for what is due; it
 * also keeps a worker that is to end.
 */

/* nginx. */
#include <ngx_event.h>

/* Module. */
#include "ngx_http_gatehouse_mail.h"
#include "ngx_http_gatehouse_metrics.h"
#include "ngx_http_gatehouse_smtp.h"

#define NGX_HTTP_GATEHOUSE_MAILS_MAX      1000      /* per worker */
#define NGX_HTTP_GATEHOUSE_MAIL_LIFE      (15 * 60 * 1000)      /* ms */
#define NGX_HTTP_GATEHOUSE_MAIL_TICK      1000      /* ms */
#define NGX_HTTP_GATEHOUSE_MAIL_REST      1000      /* ms, doubled with each try */
#define NGX_HTTP_GATEHOUSE_MAIL_REST_MAX  30000     /* ms */

/* Bytes of what the audit trail is told of one letter. */
#define NGX_HTTP_GATEHOUSE_MAIL_REASON    256

/* When something may be tried again. */
typedef struct {
    ngx_msec_t                        due;
    ngx_uint_t                        tries;        /* that failed, in a row */
} ngx_http_gatehouse_rest_t;

typedef struct {
    ngx_queue_t                       queue;        /* in `waiting`, unless it is `sending` */
    ngx_http_gatehouse_mails_t       *mails;
    ngx_http_gatehouse_letter_t      *letter;
    ngx_http_gatehouse_smtp_t        *smtp;         /* while it is on its way */
    ngx_msec_t                        end;          /* given up then */
    ngx_http_gatehouse_rest_t         rest;
    char                             *template_name;
    char                             *realm;
    char                             *uid;
    ngx_http_gatehouse_origin_t       origin;
} ngx_http_gatehouse_mail_t;

struct ngx_http_gatehouse_mails_s {
    ngx_http_gatehouse_main_conf_t   *gmcf;
    ngx_http_gatehouse_curl_t        *curl;
    ngx_queue_t                       waiting;
    ngx_http_gatehouse_mail_t        *sending;      /* NULL: none */
    ngx_uint_t                        count;        /* of both */
    ngx_http_gatehouse_rest_t         rest;         /* of the server */
    ngx_event_t                       tick;
    ngx_msec_t                        end;          /* of the worker, with `ending` */
    unsigned                          ending:1;
};

static void ngx_http_gatehouse_mails_run(ngx_http_gatehouse_mails_t *mails);


/* Rests. */

static ngx_uint_t
ngx_http_gatehouse_mail_is_past(ngx_msec_t when)
{
    return (ngx_msec_int_t) (ngx_current_msec - when) >= 0;
}

static void
ngx_http_gatehouse_rest_begin(ngx_http_gatehouse_rest_t *rest)
{
    ngx_msec_t  pause = NGX_HTTP_GATEHOUSE_MAIL_REST_MAX;

    if (rest->tries < 5) {
        pause = NGX_HTTP_GATEHOUSE_MAIL_REST << rest->tries;
    }

    rest->tries++;
    rest->due = ngx_current_msec + pause;
}

static ngx_uint_t
ngx_http_gatehouse_rest_is_over(const ngx_http_gatehouse_rest_t *rest)
{
    return rest->tries == 0 || ngx_http_gatehouse_mail_is_past(rest->due);
}


/* What is told of letters. */

static void
ngx_http_gatehouse_mail_tell(ngx_http_gatehouse_main_conf_t *gmcf,
    const ngx_http_gatehouse_mail_about_t *about, const char *template_name,
    const char *outcome, const char *reason)
{
    u_char  text[NGX_HTTP_GATEHOUSE_MAIL_REASON], *last;

    last = ngx_slprintf(text, text + sizeof(text) - 1, reason != NULL ? "%s: %s" : "%s",
                        template_name, reason);
    *last = '\0';

    ngx_http_gatehouse_audit_origin(gmcf, about->origin, "mail", about->realm, about->uid,
                                    outcome, (char *) text);

    ngx_http_gatehouse_metrics_mail(reason == NULL ? NGX_HTTP_GATEHOUSE_MAIL_SENT
                                                   : NGX_HTTP_GATEHOUSE_MAIL_UNDELIVERED);

    if (reason != NULL) {
        ngx_log_error(NGX_LOG_WARN, ngx_cycle->log, 0,
                      "gatehouse: a mail could not be delivered: %s", text);
    }
}

static void
ngx_http_gatehouse_mail_tell_end(ngx_http_gatehouse_mail_t *mail, const char *outcome,
    const char *reason)
{
    const ngx_http_gatehouse_mail_about_t  about = { mail->realm, mail->uid, &mail->origin };

    ngx_http_gatehouse_mail_tell(mail->mails->gmcf, &about, mail->template_name, outcome,
                                 reason);
}


/* Letters. */

static void
ngx_http_gatehouse_mail_free(ngx_http_gatehouse_mail_t *mail)
{
    ngx_http_gatehouse_letter_free(mail->letter);
    free(mail->template_name);
    free(mail->realm);
    free(mail->uid);
    ngx_free(mail);
}

/* A letter with copies of all; takes the letter over when it succeeds. */
static ngx_http_gatehouse_mail_t *
ngx_http_gatehouse_mail_new(ngx_http_gatehouse_mails_t *mails,
    ngx_http_gatehouse_letter_t **letter, const char *template_name,
    const ngx_http_gatehouse_mail_about_t *about)
{
    ngx_http_gatehouse_mail_t  *mail;

    mail = ngx_calloc(sizeof(ngx_http_gatehouse_mail_t), ngx_cycle->log);

    if (mail == NULL) {
        return NULL;
    }

    mail->mails = mails;
    mail->end = ngx_current_msec + NGX_HTTP_GATEHOUSE_MAIL_LIFE;
    mail->origin = *about->origin;
    mail->template_name = gh_text_dup(gh_text(template_name));
    mail->realm = gh_text_dup(gh_text(about->realm));
    mail->uid = gh_text_dup(gh_text(about->uid));

    if (mail->template_name == NULL || mail->realm == NULL || mail->uid == NULL) {
        ngx_http_gatehouse_mail_free(mail);
        return NULL;
    }

    mail->letter = *letter;
    *letter = NULL;

    return mail;
}

/* The one way out; it is neither in the queue nor on its way any more. */
static void
ngx_http_gatehouse_mail_leave(ngx_http_gatehouse_mail_t *mail, const char *outcome,
    const char *reason)
{
    mail->mails->count--;
    ngx_http_gatehouse_metrics_mails(-1);
    ngx_http_gatehouse_mail_tell_end(mail, outcome, reason);
    ngx_http_gatehouse_mail_free(mail);
}


/* Attempts. */

/* Both log what changes, and only that. */

static void
ngx_http_gatehouse_mails_failed(ngx_http_gatehouse_mails_t *mails, const char *trouble)
{
    if (mails->rest.tries == 0) {
        ngx_log_error(NGX_LOG_ERR, ngx_cycle->log, 0,
                      "gatehouse: the mail server can't be used: %s", trouble);
    }

    ngx_http_gatehouse_rest_begin(&mails->rest);
}

static void
ngx_http_gatehouse_mails_answered(ngx_http_gatehouse_mails_t *mails)
{
    if (mails->rest.tries != 0) {
        ngx_log_error(NGX_LOG_NOTICE, ngx_cycle->log, 0,
                      "gatehouse: the mail server can be used again");
    }

    mails->rest.tries = 0;
}

static void
ngx_http_gatehouse_mail_tried(void *data, ngx_http_gatehouse_smtp_result_e result,
    const char *trouble)
{
    ngx_http_gatehouse_mail_t   *mail = data;
    ngx_http_gatehouse_mails_t  *mails = mail->mails;

    mail->smtp = NULL;
    mails->sending = NULL;

    switch (result) {

    case NGX_HTTP_GATEHOUSE_SMTP_SENT:
        ngx_http_gatehouse_mails_answered(mails);
        ngx_http_gatehouse_mail_leave(mail, "sent", NULL);
        break;

    case NGX_HTTP_GATEHOUSE_SMTP_REFUSED:
        ngx_http_gatehouse_mails_answered(mails);
        ngx_http_gatehouse_mail_leave(mail, "undelivered", trouble);
        break;

    case NGX_HTTP_GATEHOUSE_SMTP_DEFERRED:
        ngx_http_gatehouse_mails_answered(mails);
        ngx_http_gatehouse_rest_begin(&mail->rest);
        ngx_queue_insert_tail(&mails->waiting, &mail->queue);
        break;

    case NGX_HTTP_GATEHOUSE_SMTP_FAILED:
        ngx_http_gatehouse_mails_failed(mails, trouble);
        ngx_queue_insert_tail(&mails->waiting, &mail->queue);
        break;
    }

    ngx_http_gatehouse_mails_run(mails);
}

static void
ngx_http_gatehouse_mail_try(ngx_http_gatehouse_mail_t *mail)
{
    ngx_http_gatehouse_mails_t  *mails = mail->mails;

    mail->smtp = ngx_http_gatehouse_smtp_start(mails->curl, mails->gmcf, mail->letter,
                                               ngx_http_gatehouse_mail_tried, mail);

    if (mail->smtp == NULL) {
        ngx_http_gatehouse_rest_begin(&mail->rest);
        return;
    }

    ngx_queue_remove(&mail->queue);
    mails->sending = mail;
}


/* The queue. */

/* Gives up and tries what is due. */
static void
ngx_http_gatehouse_mails_run(ngx_http_gatehouse_mails_t *mails)
{
    ngx_queue_t                *q, *next;
    ngx_http_gatehouse_mail_t  *mail;

    for (q = ngx_queue_head(&mails->waiting);
         q != ngx_queue_sentinel(&mails->waiting);
         q = next)
    {
        next = ngx_queue_next(q);
        mail = ngx_queue_data(q, ngx_http_gatehouse_mail_t, queue);

        if (ngx_http_gatehouse_mail_is_past(mail->end)) {
            ngx_queue_remove(&mail->queue);
            ngx_http_gatehouse_mail_leave(mail, "undelivered",
                                          "not taken by the mail server in 15 minutes");

        } else if (mails->sending == NULL && ngx_http_gatehouse_rest_is_over(&mails->rest)
                   && ngx_http_gatehouse_rest_is_over(&mail->rest))
        {
            ngx_http_gatehouse_mail_try(mail);
        }
    }

    if (mails->count > 0 && !mails->tick.timer_set) {
        ngx_add_timer(&mails->tick, NGX_HTTP_GATEHOUSE_MAIL_TICK);
    }

    if (mails->count == 0 && mails->tick.timer_set) {
        ngx_del_timer(&mails->tick);
    }
}

/* Whether worker_shutdown_timeout has passed since the worker was told to end. */
static ngx_uint_t
ngx_http_gatehouse_mails_must_end(ngx_http_gatehouse_mails_t *mails)
{
    ngx_core_conf_t  *ccf;

    ccf = (ngx_core_conf_t *) ngx_get_conf(ngx_cycle->conf_ctx, ngx_core_module);

    if (!ngx_exiting || ccf->shutdown_timeout == 0) {
        return 0;
    }

    if (!mails->ending) {
        mails->ending = 1;
        mails->end = ngx_current_msec + ccf->shutdown_timeout;
    }

    return ngx_http_gatehouse_mail_is_past(mails->end);
}

static void
ngx_http_gatehouse_mails_tick(ngx_event_t *ev)
{
    ngx_http_gatehouse_mails_t  *mails = ev->data;

    if (ngx_http_gatehouse_mails_must_end(mails)) {
        ngx_http_gatehouse_mails_end(mails);
        return;
    }

    ngx_http_gatehouse_mails_run(mails);
}

ngx_int_t
ngx_http_gatehouse_mail_send(ngx_http_gatehouse_main_conf_t *gmcf, const char *to,
    const char *template_name, json_t *context, const ngx_http_gatehouse_mail_about_t *about)
{
    const char                   *reason = "mail.url is not set";
    ngx_http_gatehouse_mail_t    *mail = NULL;
    ngx_http_gatehouse_mails_t   *mails = gmcf->mails;
    ngx_http_gatehouse_letter_t  *letter = NULL;

    if (mails != NULL && mails->count >= NGX_HTTP_GATEHOUSE_MAILS_MAX) {
        reason = "too many mails wait for the mail server";

    } else if (mails != NULL) {
        letter = ngx_http_gatehouse_letter_new(gmcf, to, template_name, context, &reason);
    }

    if (letter != NULL) {
        reason = "out of memory";
        mail = ngx_http_gatehouse_mail_new(mails, &letter, template_name, about);
    }

    if (mail == NULL) {
        ngx_http_gatehouse_letter_free(letter);
        ngx_http_gatehouse_mail_tell(gmcf, about, template_name, "undelivered", reason);
        return NGX_ERROR;
    }

    ngx_queue_insert_tail(&mails->waiting, &mail->queue);
    mails->count++;
    ngx_http_gatehouse_metrics_mails(1);
    ngx_http_gatehouse_mails_run(mails);

    return NGX_OK;
}


/* Start and end. */

ngx_http_gatehouse_mails_t *
ngx_http_gatehouse_mails_create(ngx_cycle_t *cycle, ngx_http_gatehouse_main_conf_t *gmcf)
{
    ngx_http_gatehouse_mails_t  *mails;

    mails = ngx_pcalloc(cycle->pool, sizeof(ngx_http_gatehouse_mails_t));

    if (mails == NULL) {
        return NULL;
    }

    mails->curl = ngx_http_gatehouse_curl_create(cycle);

    if (mails->curl == NULL) {
        return NULL;
    }

    mails->gmcf = gmcf;
    ngx_queue_init(&mails->waiting);
    mails->tick.handler = ngx_http_gatehouse_mails_tick;
    mails->tick.data = mails;
    mails->tick.log = cycle->log;

    return mails;
}

void
ngx_http_gatehouse_mails_end(ngx_http_gatehouse_mails_t *mails)
{
    ngx_queue_t                *q;
    ngx_http_gatehouse_mail_t  *mail = mails->sending;

    if (mail != NULL) {
        ngx_http_gatehouse_smtp_stop(mail->smtp);
        ngx_queue_insert_head(&mails->waiting, &mail->queue);
        mails->sending = NULL;
    }

    while (!ngx_queue_empty(&mails->waiting)) {
        q = ngx_queue_head(&mails->waiting);
        ngx_queue_remove(q);
        mail = ngx_queue_data(q, ngx_http_gatehouse_mail_t, queue);
        ngx_http_gatehouse_mail_leave(mail, "undelivered", "the worker that had it ended");
    }

    if (mails->tick.timer_set) {
        ngx_del_timer(&mails->tick);
    }
}
