/*
 * SMTP: one attempt, one connection.
 *
 *     CONNECT -> MAIL -> RCPT -> DATA -> TEXT
 *
 * libcurl brings the connection to where a letter can be offered: name, TCP, TLS or
 * STARTTLS, greeting, log-in.  The letter itself goes from here, over libcurl's
 * connection, because libcurl waits for two answers where nothing may wait: the one to
 * the end of the text, which may take as long as the server's filters do, and the one to
 * QUIT.
 */

/* nginx. */
#include <ngx_event.h>

/* Module. */
#include "ngx_http_gatehouse_smtp.h"

#define NGX_HTTP_GATEHOUSE_SMTP_CONNECT  10000L     /* ms */
#define NGX_HTTP_GATEHOUSE_SMTP_READY    30000L     /* ms, until a letter can be offered */
#define NGX_HTTP_GATEHOUSE_SMTP_REPLY    60000      /* ms, for each answer */

/*
 * Bytes of a command and of a line of an answer (RFC 5321, section 4.5.3.1), and some
 * more.
 */
#define NGX_HTTP_GATEHOUSE_SMTP_LINE     1024

typedef enum {
    NGX_HTTP_GATEHOUSE_SMTP_CONNECTING = 0,
    NGX_HTTP_GATEHOUSE_SMTP_MAIL,
    NGX_HTTP_GATEHOUSE_SMTP_RCPT,
    NGX_HTTP_GATEHOUSE_SMTP_DATA,
    NGX_HTTP_GATEHOUSE_SMTP_TEXT
} ngx_http_gatehouse_smtp_state_e;

struct ngx_http_gatehouse_smtp_s {
    ngx_http_gatehouse_curl_t          *curl;
    ngx_http_gatehouse_transfer_t       transfer;
    const char                         *from;
    const ngx_http_gatehouse_letter_t  *letter;
    ngx_http_gatehouse_smtp_done_pt     done;
    void                               *data;

    ngx_http_gatehouse_smtp_state_e     state;
    ngx_connection_t                   *connection;     /* borrowed; not while CONNECTING */
    ngx_event_t                         timer;          /* nor this */
    ngx_str_t                           out;            /* not sent yet: `command`, or the letter */
    u_char                              command[NGX_HTTP_GATEHOUSE_SMTP_LINE];
    u_char                              line[NGX_HTTP_GATEHOUSE_SMTP_LINE];
    size_t                              len;            /* of `line` so far */
};

/* By state: what is waited for, and the first digit of the answer that lets it go on. */
static const struct {
    const char  *name;
    ngx_uint_t   wanted;
} ngx_http_gatehouse_smtp_steps[] = {
    { "connecting", 0 },
    { "MAIL", 2 },
    { "RCPT", 2 },
    { "DATA", 3 },
    { "the text", 2 },
};


/* The end. */

static void
ngx_http_gatehouse_smtp_free(ngx_http_gatehouse_smtp_t *smtp)
{
    if (smtp->timer.timer_set) {
        ngx_del_timer(&smtp->timer);
    }

    if (smtp->connection != NULL) {
        ngx_http_gatehouse_curl_give_back(smtp->connection);
    }

    ngx_http_gatehouse_curl_stop(smtp->curl, &smtp->transfer);
    curl_easy_cleanup(smtp->transfer.easy);
    ngx_free(smtp);
}

static void
ngx_http_gatehouse_smtp_end(ngx_http_gatehouse_smtp_t *smtp,
    ngx_http_gatehouse_smtp_result_e result, const char *trouble)
{
    void                             *data = smtp->data;
    ngx_http_gatehouse_smtp_done_pt   done = smtp->done;

    ngx_http_gatehouse_smtp_free(smtp);
    done(data, result, trouble);
}

/* The attempt came to nothing at the step it was in. */
static void
ngx_http_gatehouse_smtp_fail(ngx_http_gatehouse_smtp_t *smtp,
    ngx_http_gatehouse_smtp_result_e result, const char *what)
{
    u_char  trouble[NGX_HTTP_GATEHOUSE_SMTP_TROUBLE], *last;

    last = ngx_slprintf(trouble, trouble + sizeof(trouble) - 1, "%s: %s",
                        ngx_http_gatehouse_smtp_steps[smtp->state].name, what);
    *last = '\0';

    ngx_http_gatehouse_smtp_end(smtp, result, (char *) trouble);
}


/* Commands. */

/* Sends what the socket takes.  NGX_OK, or NGX_ERROR: the connection is of no more use. */
static ngx_int_t
ngx_http_gatehouse_smtp_flush(ngx_http_gatehouse_smtp_t *smtp)
{
    size_t    n;
    CURLcode  rc;

    while (smtp->out.len > 0) {
        rc = curl_easy_send(smtp->transfer.easy, smtp->out.data, smtp->out.len, &n);

        if (rc == CURLE_AGAIN) {
            break;
        }

        if (rc != CURLE_OK) {
            return NGX_ERROR;
        }

        smtp->out.data += n;
        smtp->out.len -= n;
    }

    ngx_http_gatehouse_curl_await(smtp->connection,
                                  smtp->out.len > 0 ? CURL_POLL_INOUT : CURL_POLL_IN);

    return NGX_OK;
}

/* The command of the step it is in now; what it is made of was checked with the letter. */
static void
ngx_http_gatehouse_smtp_speak(ngx_http_gatehouse_smtp_t *smtp)
{
    u_char  *last = smtp->command, *end = smtp->command + sizeof(smtp->command);

    switch (smtp->state) {

    case NGX_HTTP_GATEHOUSE_SMTP_MAIL:
        last = ngx_slprintf(last, end, "MAIL FROM:<%s>" CRLF, smtp->from);
        break;

    case NGX_HTTP_GATEHOUSE_SMTP_RCPT:
        last = ngx_slprintf(last, end, "RCPT TO:<%s>" CRLF, smtp->letter->to);
        break;

    case NGX_HTTP_GATEHOUSE_SMTP_DATA:
        last = ngx_slprintf(last, end, "DATA" CRLF);
        break;

    case NGX_HTTP_GATEHOUSE_SMTP_CONNECTING:
    case NGX_HTTP_GATEHOUSE_SMTP_TEXT:
        break;
    }

    smtp->out.data = smtp->command;
    smtp->out.len = last - smtp->command;

    if (smtp->state == NGX_HTTP_GATEHOUSE_SMTP_TEXT) {
        smtp->out.data = smtp->letter->data;
        smtp->out.len = smtp->letter->len;
    }

    ngx_add_timer(&smtp->timer, NGX_HTTP_GATEHOUSE_SMTP_REPLY);

    if (ngx_http_gatehouse_smtp_flush(smtp) != NGX_OK) {
        ngx_http_gatehouse_smtp_fail(smtp, NGX_HTTP_GATEHOUSE_SMTP_FAILED,
                                     "the connection was lost");
    }
}


/* Answers. */

/*
 * 530 asks for TLS or a log-in, 421 is a server that goes down: no letter would be taken.
 */
static ngx_http_gatehouse_smtp_result_e
ngx_http_gatehouse_smtp_result(ngx_int_t reply)
{
    if (reply == 421 || reply == 530) {
        return NGX_HTTP_GATEHOUSE_SMTP_FAILED;
    }

    switch (reply / 100) {

    case 5:
        return NGX_HTTP_GATEHOUSE_SMTP_REFUSED;

    case 4:
        return NGX_HTTP_GATEHOUSE_SMTP_DEFERRED;

    default:
        return NGX_HTTP_GATEHOUSE_SMTP_FAILED;
    }
}

/* Takes leave, as far as that goes at once. */
static void
ngx_http_gatehouse_smtp_quit(ngx_http_gatehouse_smtp_t *smtp)
{
    size_t  n;

    (void) curl_easy_send(smtp->transfer.easy, "QUIT" CRLF, sizeof("QUIT" CRLF) - 1, &n);
}

/* The whole answer to the step it is in.  The attempt may be gone afterwards. */
static void
ngx_http_gatehouse_smtp_answered(ngx_http_gatehouse_smtp_t *smtp, ngx_int_t reply)
{
    u_char  what[NGX_HTTP_GATEHOUSE_SMTP_TROUBLE], *last;

    if (smtp->out.len > 0
        || reply / 100 != (ngx_int_t) ngx_http_gatehouse_smtp_steps[smtp->state].wanted)
    {
        if (smtp->out.len == 0) {
            ngx_http_gatehouse_smtp_quit(smtp);
        }

        last = ngx_slprintf(what, what + sizeof(what) - 1, "reply %i", reply);
        *last = '\0';
        ngx_http_gatehouse_smtp_fail(smtp, ngx_http_gatehouse_smtp_result(reply),
                                     (char *) what);
        return;
    }

    if (smtp->state == NGX_HTTP_GATEHOUSE_SMTP_TEXT) {
        ngx_http_gatehouse_smtp_quit(smtp);
        ngx_http_gatehouse_smtp_end(smtp, NGX_HTTP_GATEHOUSE_SMTP_SENT, NULL);
        return;
    }

    smtp->state++;
    smtp->len = 0;
    ngx_http_gatehouse_smtp_speak(smtp);
}

/*
 * Looks for a whole answer in what has come.  Returns its code, NGX_AGAIN, or NGX_ERROR
 * for what is no answer, or more than one: nothing may come that nobody asked for.
 */
static ngx_int_t
ngx_http_gatehouse_smtp_parse(ngx_http_gatehouse_smtp_t *smtp)
{
    size_t      rest;
    u_char     *end;
    ngx_int_t   reply;

    for ( ;; ) {
        end = memchr(smtp->line, LF, smtp->len);

        if (end == NULL) {
            return smtp->len < sizeof(smtp->line) ? NGX_AGAIN : NGX_ERROR;
        }

        reply = end - smtp->line >= 3 ? ngx_atoi(smtp->line, 3) : NGX_ERROR;

        if (reply == NGX_ERROR) {
            return NGX_ERROR;
        }

        rest = smtp->line + smtp->len - (end + 1);

        if (smtp->line[3] != '-') {
            return rest == 0 ? reply : NGX_ERROR;
        }

        ngx_memmove(smtp->line, end + 1, rest);
        smtp->len = rest;
    }
}

/* Reads an answer.  Its code, NGX_AGAIN or NGX_ERROR. */
static ngx_int_t
ngx_http_gatehouse_smtp_read(ngx_http_gatehouse_smtp_t *smtp)
{
    size_t     n;
    CURLcode   rc;
    ngx_int_t  reply;

    for ( ;; ) {
        rc = curl_easy_recv(smtp->transfer.easy, smtp->line + smtp->len,
                            sizeof(smtp->line) - smtp->len, &n);

        if (rc == CURLE_AGAIN) {
            return NGX_AGAIN;
        }

        if (rc != CURLE_OK || n == 0) {
            return NGX_ERROR;
        }

        smtp->len += n;
        reply = ngx_http_gatehouse_smtp_parse(smtp);

        if (reply != NGX_AGAIN) {
            return reply;
        }
    }
}

static void
ngx_http_gatehouse_smtp_event(ngx_event_t *ev)
{
    ngx_int_t                   reply;
    ngx_connection_t           *c = ev->data;
    ngx_http_gatehouse_smtp_t  *smtp = c->data;

    if (ngx_http_gatehouse_smtp_flush(smtp) != NGX_OK) {
        ngx_http_gatehouse_smtp_fail(smtp, NGX_HTTP_GATEHOUSE_SMTP_FAILED,
                                     "the connection was lost");
        return;
    }

    reply = ngx_http_gatehouse_smtp_read(smtp);

    if (reply == NGX_AGAIN) {
        return;
    }

    if (reply == NGX_ERROR) {
        ngx_http_gatehouse_smtp_fail(smtp, NGX_HTTP_GATEHOUSE_SMTP_FAILED,
                                     "the connection was lost or brought no answer");
        return;
    }

    ngx_http_gatehouse_smtp_answered(smtp, reply);
}

static void
ngx_http_gatehouse_smtp_timeout(ngx_event_t *ev)
{
    ngx_http_gatehouse_smtp_fail(ev->data, NGX_HTTP_GATEHOUSE_SMTP_FAILED,
                                 "no answer in time");
}

/* libcurl's part is over. */
static void
ngx_http_gatehouse_smtp_ready(void *data, CURLcode rc)
{
    curl_socket_t               fd = CURL_SOCKET_BAD;
    ngx_http_gatehouse_smtp_t  *smtp = data;

    if (rc != CURLE_OK
        || curl_easy_getinfo(smtp->transfer.easy, CURLINFO_ACTIVESOCKET, &fd) != CURLE_OK
        || fd == CURL_SOCKET_BAD)
    {
        ngx_http_gatehouse_smtp_fail(smtp, NGX_HTTP_GATEHOUSE_SMTP_FAILED,
                                     curl_easy_strerror(rc));
        return;
    }

    smtp->connection = ngx_http_gatehouse_curl_borrow(fd, ngx_http_gatehouse_smtp_event, smtp);

    if (smtp->connection == NULL) {
        ngx_http_gatehouse_smtp_fail(smtp, NGX_HTTP_GATEHOUSE_SMTP_FAILED,
                                     "nginx has no connection left");
        return;
    }

    smtp->state = NGX_HTTP_GATEHOUSE_SMTP_MAIL;
    ngx_http_gatehouse_smtp_speak(smtp);
}


/* Options.  NGX_OK or NGX_ERROR. */

/*
 * gatehouse.conf has seen to it that the connection is encrypted then.  The mechanisms
 * are two that need no more than that: others would ask a Kerberos server, and wait for
 * it.
 */
static ngx_int_t
ngx_http_gatehouse_smtp_set_login(CURL *easy, const ngx_http_gatehouse_main_conf_t *gmcf)
{
    const gh_mail_settings_t  *mail = &gmcf->config->mail;

    if (mail->username == NULL || gmcf->mail_password == NULL) {
        return NGX_OK;
    }

    if (curl_easy_setopt(easy, CURLOPT_USERNAME, mail->username) != CURLE_OK
        || curl_easy_setopt(easy, CURLOPT_PASSWORD, gmcf->mail_password->data) != CURLE_OK
        || curl_easy_setopt(easy, CURLOPT_LOGIN_OPTIONS, "AUTH=PLAIN;AUTH=LOGIN") != CURLE_OK)
    {
        return NGX_ERROR;
    }

    return NGX_OK;
}

static ngx_int_t
ngx_http_gatehouse_smtp_set_tls(CURL *easy, const gh_mail_settings_t *mail)
{
    long  level = CURLUSESSL_ALL;

    if (mail->starttls == GH_STARTTLS_OFF) {
        level = CURLUSESSL_NONE;

    } else if (mail->starttls == GH_STARTTLS_OPTIONAL) {
        level = CURLUSESSL_TRY;
    }

    /*
     * Without a folder of certificates libcurl parses the file once, not for each letter.
     */
    if (curl_easy_setopt(easy, CURLOPT_USE_SSL, level) != CURLE_OK
        || curl_easy_setopt(easy, CURLOPT_SSLVERSION, (long) CURL_SSLVERSION_TLSv1_2)
               != CURLE_OK
        || curl_easy_setopt(easy, CURLOPT_CAPATH, NULL) != CURLE_OK
        || curl_easy_setopt(easy, CURLOPT_CA_CACHE_TIMEOUT, -1L) != CURLE_OK)
    {
        return NGX_ERROR;
    }

    if (mail->tls_ca != NULL
        && curl_easy_setopt(easy, CURLOPT_CAINFO, mail->tls_ca) != CURLE_OK)
    {
        return NGX_ERROR;
    }

    return NGX_OK;
}

static ngx_int_t
ngx_http_gatehouse_smtp_set_connection(CURL *easy, const gh_mail_settings_t *mail)
{
    if (curl_easy_setopt(easy, CURLOPT_URL, mail->url) != CURLE_OK
        || curl_easy_setopt(easy, CURLOPT_CONNECT_ONLY, 1L) != CURLE_OK
        || curl_easy_setopt(easy, CURLOPT_CONNECTTIMEOUT_MS, NGX_HTTP_GATEHOUSE_SMTP_CONNECT)
               != CURLE_OK
        || curl_easy_setopt(easy, CURLOPT_TIMEOUT_MS, NGX_HTTP_GATEHOUSE_SMTP_READY)
               != CURLE_OK)
    {
        return NGX_ERROR;
    }

    return NGX_OK;
}


/* Attempts. */

ngx_http_gatehouse_smtp_t *
ngx_http_gatehouse_smtp_start(ngx_http_gatehouse_curl_t *curl,
    const ngx_http_gatehouse_main_conf_t *gmcf, const ngx_http_gatehouse_letter_t *letter,
    ngx_http_gatehouse_smtp_done_pt done, void *data)
{
    CURL                       *easy;
    const gh_mail_settings_t   *mail = &gmcf->config->mail;
    ngx_http_gatehouse_smtp_t  *smtp;

    smtp = ngx_calloc(sizeof(ngx_http_gatehouse_smtp_t), ngx_cycle->log);
    easy = ngx_http_gatehouse_curl_easy("smtp,smtps");

    if (smtp == NULL || easy == NULL) {
        goto failed;
    }

    smtp->curl = curl;
    smtp->from = mail->from;
    smtp->letter = letter;
    smtp->done = done;
    smtp->data = data;
    smtp->transfer.easy = easy;
    smtp->transfer.done = ngx_http_gatehouse_smtp_ready;
    smtp->transfer.data = smtp;
    smtp->timer.handler = ngx_http_gatehouse_smtp_timeout;
    smtp->timer.data = smtp;
    smtp->timer.log = ngx_cycle->log;

    if (ngx_http_gatehouse_smtp_set_connection(easy, mail) == NGX_OK
        && ngx_http_gatehouse_smtp_set_tls(easy, mail) == NGX_OK
        && ngx_http_gatehouse_smtp_set_login(easy, gmcf) == NGX_OK
        && ngx_http_gatehouse_curl_start(curl, &smtp->transfer) == NGX_OK)
    {
        return smtp;
    }

failed:

    curl_easy_cleanup(easy);
    ngx_free(smtp);

    return NULL;
}

void
ngx_http_gatehouse_smtp_stop(ngx_http_gatehouse_smtp_t *smtp)
{
    ngx_http_gatehouse_smtp_free(smtp);
}
