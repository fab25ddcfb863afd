/*
 * libcurl on nginx's event loop: its sockets are nginx's connections, its clock is an nginx
 * timer, and nothing waits.
 */
#ifndef NGX_HTTP_GATEHOUSE_CURL_H
#define NGX_HTTP_GATEHOUSE_CURL_H

/* System. */
#include <curl/curl.h>

/* nginx. */
#include <ngx_config.h>
#include <ngx_core.h>

typedef struct ngx_http_gatehouse_curl_s  ngx_http_gatehouse_curl_t;

typedef void (*ngx_http_gatehouse_transfer_done_pt)(void *data, CURLcode result);

/*
 * One transfer; it lies where the caller wants, from ngx_http_gatehouse_curl_start to
 * ngx_http_gatehouse_curl_stop, also when `done` has been called in between.
 */
typedef struct {
    CURL                                 *easy;         /* stays the caller's */
    ngx_http_gatehouse_transfer_done_pt   done;         /* from the event loop */
    void                                 *data;         /* for `done` */
} ngx_http_gatehouse_transfer_t;

/*
 * libcurl for one worker, for as long as it runs.  NULL, with the reason logged: no memory,
 * or a libcurl that would wait for names to be resolved.
 */
ngx_http_gatehouse_curl_t *ngx_http_gatehouse_curl_create(ngx_cycle_t *cycle);

/*
 * A handle that neither waits nor raises signals, asks no proxy and speaks `protocols`
 * alone.  NULL: no memory.  curl_easy_cleanup when done.
 */
CURL *ngx_http_gatehouse_curl_easy(const char *protocols);

/* Begins a transfer; all else happens in the event loop.  NGX_OK or NGX_ERROR. */
ngx_int_t ngx_http_gatehouse_curl_start(ngx_http_gatehouse_curl_t *curl,
    ngx_http_gatehouse_transfer_t *transfer);

/*
 * Ends a transfer, done or not, and closes what CURLOPT_CONNECT_ONLY has left open.
 * `done` is not called any more.
 */
void ngx_http_gatehouse_curl_stop(ngx_http_gatehouse_curl_t *curl,
    ngx_http_gatehouse_transfer_t *transfer);

/*
 * An nginx connection for the events of a socket that is libcurl's: `handler` is called
 * with an event whose connection has `data`.  Give it back before libcurl closes the
 * socket, and never close it.  NULL, with the reason logged: nginx has none left.
 */
ngx_connection_t *ngx_http_gatehouse_curl_borrow(curl_socket_t fd,
    ngx_event_handler_pt handler, void *data);
void ngx_http_gatehouse_curl_give_back(ngx_connection_t *c);

/* Waits for CURL_POLL_IN, _OUT, _INOUT or _NONE from now on, level-triggered. */
void ngx_http_gatehouse_curl_await(ngx_connection_t *c, int what);

#endif
