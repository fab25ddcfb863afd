/*
 * What the files of the module share: its configuration and the way from a request to
 * it.  Each noun has a header of its own.
 */
#ifndef NGX_HTTP_GATEHOUSE_H
#define NGX_HTTP_GATEHOUSE_H

/* nginx. */
#include <ngx_config.h>
#include <ngx_core.h>
#include <ngx_http.h>

/* lib. */
#include "base/secret.h"
#include "config/config.h"
#include "session/keyring.h"
#include "template/template.h"

typedef struct ngx_http_gatehouse_pool_s         ngx_http_gatehouse_pool_t;
typedef struct ngx_http_gatehouse_server_s       ngx_http_gatehouse_server_t;
typedef struct ngx_http_gatehouse_sessions_s     ngx_http_gatehouse_sessions_t;
typedef struct ngx_http_gatehouse_mails_s        ngx_http_gatehouse_mails_t;
typedef struct ngx_http_gatehouse_trail_s        ngx_http_gatehouse_trail_t;
typedef struct ngx_http_gatehouse_credentials_s  ngx_http_gatehouse_credentials_t;

typedef struct {
    /* Read once, in the master; never written again. */
    gh_config_t                    *config;
    gh_keyring_t                   *keyring;
    gh_templates_t                 *templates;
    gh_secret_t                    *password;       /* the gateway's; NULL: EXTERNAL */
    gh_secret_t                    *mail_password;  /* of mail.username; NULL: none */
    ngx_http_gatehouse_trail_t     *trail;          /* audit.file; NULL: none is kept */
    ngx_array_t                     servers;        /* ngx_http_gatehouse_server_t */
    ngx_ssl_t                      *ssl;            /* to the directory; NULL: no TLS there */
    ngx_str_t                       style;          /* the style sheet */
    ngx_str_t                       style_etag;
    ngx_str_t                       cookie;         /* name of the session cookie */
    ngx_str_t                       browser_cookie; /* and of the one forms are bound to */
    ngx_str_t                       first_cookie;   /* ticket of the first sign-in */
    ngx_str_t                       reset_cookie;   /* token of a mailed link */
    ngx_str_t                       known_cookie;   /* this browser has signed in before */
    ngx_str_t                       ask_cookie;     /* whom to ask for a security question */
    const char                     *cookies[7];     /* all of them, NULL-ended */
    ngx_str_t                       script;         /* portal.js */
    ngx_str_t                       script_etag;
    ngx_array_t                     exempt;         /* ngx_cidr_t: not throttled */
    ngx_shm_zone_t                 *zone;
    ngx_shm_zone_t                 *metrics;
    size_t                          zone_size;
    time_t                          basic_cache;    /* good credentials are believed, s */
    ngx_flag_t                      in_use;         /* some location asks for us */

    /* Of one worker. */
    ngx_http_gatehouse_pool_t         *pool;
    ngx_http_gatehouse_sessions_t     *sessions;
    ngx_http_gatehouse_mails_t        *mails;
    ngx_http_gatehouse_credentials_t  *credentials;
} ngx_http_gatehouse_main_conf_t;

typedef struct {
    ngx_flag_t                      strip;          /* identity headers of clients go */
} ngx_http_gatehouse_srv_conf_t;

typedef enum {
    NGX_HTTP_GATEHOUSE_OFF = 0,
    NGX_HTTP_GATEHOUSE_OPTIONAL,
    NGX_HTTP_GATEHOUSE_ANY,
    NGX_HTTP_GATEHOUSE_REALMS
} ngx_http_gatehouse_mode_e;

typedef struct {
    ngx_uint_t                      mode;           /* ngx_http_gatehouse_mode_e */
    ngx_array_t                    *realms;         /* ngx_str_t, with REALMS */
    ngx_flag_t                      basic;          /* credentials are taken */
    ngx_flag_t                      pass_cookie;
    ngx_flag_t                      portal;
} ngx_http_gatehouse_loc_conf_t;

extern ngx_module_t  ngx_http_gatehouse_module;

static ngx_inline ngx_http_gatehouse_main_conf_t *
ngx_http_gatehouse_main_conf(ngx_http_request_t *r)
{
    return ngx_http_get_module_main_conf(r, ngx_http_gatehouse_module);
}

/* The realm whose user names are license numbers. */
static ngx_inline ngx_uint_t
ngx_http_gatehouse_is_contractor(const gh_realm_t *realm)
{
    return ngx_strcmp(realm->name, "contractor") == 0;
}

/* Texts of lib/ as nginx strings and back; neither copies. */

static ngx_inline ngx_str_t
ngx_http_gatehouse_str(gh_text_t text)
{
    return (ngx_str_t) { text.len, (u_char *) text.data };
}

static ngx_inline gh_text_t
ngx_http_gatehouse_text(ngx_str_t str)
{
    return (gh_text_t) { (const char *) str.data, str.len };
}

#endif
