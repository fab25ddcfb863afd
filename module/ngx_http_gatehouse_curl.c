/*
 * libcurl on nginx's event loop, through its multi interface.
 *
 * libcurl says which of its sockets it waits for, and until when; nginx says which are
 * ready.  The sockets stay libcurl's: an nginx connection is borrowed for the events
 * alone, and is given back, not closed.
 */

/* nginx. */
#include <ngx_event.h>

/* Module. */
#include "ngx_http_gatehouse_curl.h"

struct ngx_http_gatehouse_curl_s {
    CURLM        *multi;
    ngx_event_t   timer;
};


/* What has ended. */

static void
ngx_http_gatehouse_curl_finish(ngx_http_gatehouse_curl_t *curl)
{
    int                             left;
    char                           *data;
    CURLMsg                        *message;
    ngx_http_gatehouse_transfer_t  *transfer;

    for (message = curl_multi_info_read(curl->multi, &left);
         message != NULL;
         message = curl_multi_info_read(curl->multi, &left))
    {
        if (message->msg != CURLMSG_DONE) {
            continue;
        }

        (void) curl_easy_getinfo(message->easy_handle, CURLINFO_PRIVATE, &data);

        transfer = (ngx_http_gatehouse_transfer_t *) data;
        transfer->done(transfer->data, message->data.result);
    }
}


/* Sockets. */

ngx_connection_t *
ngx_http_gatehouse_curl_borrow(curl_socket_t fd, ngx_event_handler_pt handler, void *data)
{
    ngx_connection_t  *c = ngx_get_connection(fd, ngx_cycle->log);

    if (c == NULL) {
        return NULL;
    }

    c->data = data;
    c->read->handler = handler;
    c->read->log = ngx_cycle->log;
    c->write->handler = handler;
    c->write->log = ngx_cycle->log;

    return c;
}

static void
ngx_http_gatehouse_curl_set(ngx_event_t *ev, ngx_int_t event, ngx_uint_t wanted)
{
    if (wanted && !ev->active) {
        (void) ngx_add_event(ev, event, NGX_LEVEL_EVENT);

    } else if (!wanted && ev->active) {
        (void) ngx_del_event(ev, event, 0);
    }

    if (!wanted && ev->posted) {
        ngx_delete_posted_event(ev);
    }
}

void
ngx_http_gatehouse_curl_await(ngx_connection_t *c, int what)
{
    ngx_http_gatehouse_curl_set(c->read, NGX_READ_EVENT, what & CURL_POLL_IN);
    ngx_http_gatehouse_curl_set(c->write, NGX_WRITE_EVENT, what & CURL_POLL_OUT);
}

void
ngx_http_gatehouse_curl_give_back(ngx_connection_t *c)
{
    ngx_http_gatehouse_curl_await(c, CURL_POLL_NONE);
    ngx_free_connection(c);
    c->fd = (ngx_socket_t) -1;
}

static void
ngx_http_gatehouse_curl_event(ngx_event_t *ev)
{
    int                         running;
    ngx_connection_t           *c = ev->data;
    ngx_http_gatehouse_curl_t  *curl = c->data;

    (void) curl_multi_socket_action(curl->multi, c->fd,
                                    ev->write ? CURL_CSELECT_OUT : CURL_CSELECT_IN,
                                    &running);
    ngx_http_gatehouse_curl_finish(curl);
}

/*
 * libcurl waits for this of that socket from now on.  Where nginx has no connection left,
 * the transfer hears of nothing and times out: told of a failure, libcurl would never
 * work again.
 */
static int
ngx_http_gatehouse_curl_watch(CURL *easy, curl_socket_t fd, int what, void *data,
    void *borrowed)
{
    ngx_connection_t           *c = borrowed;
    ngx_http_gatehouse_curl_t  *curl = data;

    if (c == NULL && what != CURL_POLL_REMOVE) {
        c = ngx_http_gatehouse_curl_borrow(fd, ngx_http_gatehouse_curl_event, curl);
        (void) curl_multi_assign(curl->multi, fd, c);
    }

    if (c == NULL) {
        return 0;
    }

    if (what == CURL_POLL_REMOVE) {
        ngx_http_gatehouse_curl_give_back(c);
        return 0;
    }

    ngx_http_gatehouse_curl_await(c, what);

    return 0;
}


/* The clock. */

static void
ngx_http_gatehouse_curl_timeout(ngx_event_t *ev)
{
    int                         running;
    ngx_http_gatehouse_curl_t  *curl = ev->data;

    (void) curl_multi_socket_action(curl->multi, CURL_SOCKET_TIMEOUT, 0, &running);
    ngx_http_gatehouse_curl_finish(curl);
}

/*
 * Comes from inside of libcurl, which must not be called from here.  The timer also keeps a
 * worker that is to end until the transfer has.
 */
static int
ngx_http_gatehouse_curl_set_timer(CURLM *multi, long timeout, void *data)
{
    ngx_http_gatehouse_curl_t  *curl = data;

    /* nginx leaves a timer as it is when the new time is near the old. */
    if (curl->timer.timer_set) {
        ngx_del_timer(&curl->timer);
    }

    if (timeout >= 0) {
        ngx_add_timer(&curl->timer, (ngx_msec_t) timeout);
    }

    return 0;
}


/* Transfers. */

ngx_int_t
ngx_http_gatehouse_curl_start(ngx_http_gatehouse_curl_t *curl,
    ngx_http_gatehouse_transfer_t *transfer)
{
    if (curl_easy_setopt(transfer->easy, CURLOPT_PRIVATE, transfer) != CURLE_OK
        || curl_multi_add_handle(curl->multi, transfer->easy) != CURLM_OK)
    {
        return NGX_ERROR;
    }

    return NGX_OK;
}

void
ngx_http_gatehouse_curl_stop(ngx_http_gatehouse_curl_t *curl,
    ngx_http_gatehouse_transfer_t *transfer)
{
    (void) curl_multi_remove_handle(curl->multi, transfer->easy);
}

CURL *
ngx_http_gatehouse_curl_easy(const char *protocols)
{
    CURL  *easy = curl_easy_init();

    if (easy == NULL) {
        return NULL;
    }

    /* QUICK_EXIT: a transfer that ends does not wait for a name that is being resolved. */
    if (curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, protocols) != CURLE_OK
        || curl_easy_setopt(easy, CURLOPT_PROXY, "") != CURLE_OK
        || curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L) != CURLE_OK
        || curl_easy_setopt(easy, CURLOPT_QUICK_EXIT, 1L) != CURLE_OK)
    {
        curl_easy_cleanup(easy);
        return NULL;
    }

    return easy;
}


/* Start. */

ngx_http_gatehouse_curl_t *
ngx_http_gatehouse_curl_create(ngx_cycle_t *cycle)
{
    ngx_http_gatehouse_curl_t  *curl;

    curl = ngx_pcalloc(cycle->pool, sizeof(ngx_http_gatehouse_curl_t));

    if (curl == NULL || curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK) {
        return NULL;
    }

    if (!(curl_version_info(CURLVERSION_NOW)->features & CURL_VERSION_ASYNCHDNS)) {
        ngx_log_error(NGX_LOG_EMERG, cycle->log, 0,
                      "gatehouse: libcurl %s would block while it resolves a name: it needs "
                      "its threaded resolver",
                      curl_version_info(CURLVERSION_NOW)->version);
        return NULL;
    }

    curl->timer.handler = ngx_http_gatehouse_curl_timeout;
    curl->timer.data = curl;
    curl->timer.log = cycle->log;

    /* Ends with the process: to close it could wait. */
    curl->multi = curl_multi_init();

    if (curl->multi == NULL
        || curl_multi_setopt(curl->multi, CURLMOPT_SOCKETFUNCTION,
                             ngx_http_gatehouse_curl_watch)
               != CURLM_OK
        || curl_multi_setopt(curl->multi, CURLMOPT_SOCKETDATA, curl) != CURLM_OK
        || curl_multi_setopt(curl->multi, CURLMOPT_TIMERFUNCTION,
                             ngx_http_gatehouse_curl_set_timer)
               != CURLM_OK
        || curl_multi_setopt(curl->multi, CURLMOPT_TIMERDATA, curl) != CURLM_OK)
    {
        return NULL;
    }

    return curl;
}
