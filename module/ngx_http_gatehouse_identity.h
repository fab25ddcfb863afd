/*
 * Identity: what an upstream is told about who asks, and what no client may tell it.
 */
#ifndef NGX_HTTP_GATEHOUSE_IDENTITY_H
#define NGX_HTTP_GATEHOUSE_IDENTITY_H

/* lib. */
#include "session/session.h"

/* Module. */
#include "ngx_http_gatehouse.h"

/* POST_READ: removes identity headers that the client sent. */
ngx_int_t ngx_http_gatehouse_identity_strip(ngx_http_request_t *r);

/* PRECONTENT: tells the upstream who is signed in and keeps our cookies from it. */
ngx_int_t ngx_http_gatehouse_identity_hand_on(ngx_http_request_t *r);

/* Adds the identity headers to the response, for another gateway. */
ngx_int_t ngx_http_gatehouse_identity_answer(ngx_http_request_t *r,
    const gh_session_t *session);

/* Registers $gatehouse_user and its siblings. */
ngx_int_t ngx_http_gatehouse_identity_variables(ngx_conf_t *cf);

#endif
