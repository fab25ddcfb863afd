/*
 * CSRF.
 */

/* lib. */
#include "base/random.h"
#include "session/ticket.h"

/* Module. */
#include "ngx_http_gatehouse_cookie.h"
#include "ngx_http_gatehouse_csrf.h"
#include "ngx_http_gatehouse_session.h"

/* The browser's token: random bytes, written in hex. */
#define NGX_HTTP_GATEHOUSE_TOKEN       16
#define NGX_HTTP_GATEHOUSE_TOKEN_TEXT  (2 * NGX_HTTP_GATEHOUSE_TOKEN)

/* Token, colon, session id. */
#define NGX_HTTP_GATEHOUSE_BEARER_MAX                                                        \
    (NGX_HTTP_GATEHOUSE_TOKEN_TEXT + 1 + GH_SESSION_ID_TEXT)

/* A form may stay open for this long. */
#define NGX_HTTP_GATEHOUSE_FORM_LIFETIME  (12 * 3600 * GH_SECOND)

/* The browser's token as it came; empty when it has none that looks like ours. */
static gh_text_t
ngx_http_gatehouse_csrf_token(ngx_http_request_t *r)
{
    size_t     i;
    gh_text_t  token;

    token = ngx_http_gatehouse_cookie_get(r, &ngx_http_gatehouse_main_conf(r)->browser_cookie);

    if (token.len != NGX_HTTP_GATEHOUSE_TOKEN_TEXT) {
        return gh_text(NULL);
    }

    for (i = 0; i < token.len; i++) {
        if (!((token.data[i] >= '0' && token.data[i] <= '9')
              || (token.data[i] >= 'a' && token.data[i] <= 'f')))
        {
            return gh_text(NULL);
        }
    }

    return token;
}

/* A new token for the browser, from the request's pool; empty: none could be made. */
static gh_text_t
ngx_http_gatehouse_csrf_new_token(ngx_http_request_t *r)
{
    u_char      random[NGX_HTTP_GATEHOUSE_TOKEN];
    u_char     *text;
    gh_text_t   token;

    text = ngx_pnalloc(r->pool, NGX_HTTP_GATEHOUSE_TOKEN_TEXT);

    if (text == NULL || gh_random_fill(random, sizeof(random)) != 0) {
        return gh_text(NULL);
    }

    (void) ngx_hex_dump(text, random, sizeof(random));
    token = (gh_text_t) { (char *) text, NGX_HTTP_GATEHOUSE_TOKEN_TEXT };

    if (ngx_http_gatehouse_cookie_set(r, &ngx_http_gatehouse_main_conf(r)->browser_cookie, token)
        != NGX_OK)
    {
        return gh_text(NULL);
    }

    return token;
}

/* Whom a form of this page is for. */
static gh_text_t
ngx_http_gatehouse_csrf_bearer(ngx_http_request_t *r, gh_text_t token,
    u_char out[NGX_HTTP_GATEHOUSE_BEARER_MAX])
{
    u_char              *p;
    const gh_session_t  *session = ngx_http_gatehouse_session(r);

    p = ngx_cpymem(out, token.data, token.len);

    if (session != NULL) {
        *p++ = ':';
        p = ngx_cpymem(p, session->id_text, GH_SESSION_ID_TEXT);
    }

    return (gh_text_t) { (char *) out, p - out };
}

ngx_int_t
ngx_http_gatehouse_csrf_issue(ngx_http_request_t *r, json_t *context)
{
    u_char                           bearer[NGX_HTTP_GATEHOUSE_BEARER_MAX];
    gh_buf_t                         ticket;
    gh_text_t                        token = ngx_http_gatehouse_csrf_token(r);
    ngx_int_t                        rc = NGX_ERROR;
    ngx_http_gatehouse_main_conf_t  *gmcf = ngx_http_gatehouse_main_conf(r);

    if (gh_text_is_empty(token)) {
        token = ngx_http_gatehouse_csrf_new_token(r);
    }

    if (gh_text_is_empty(token)) {
        return NGX_ERROR;
    }

    gh_buf_init(&ticket);

    if (gh_ticket_issue(gmcf->keyring, GH_PURPOSE_FORM,
                        ngx_http_gatehouse_csrf_bearer(r, token, bearer),
                        ngx_http_gatehouse_now(), &ticket) == 0
        && json_object_set_new(context, "csrf", json_string(gh_buf_string(&ticket))) == 0)
    {
        rc = NGX_OK;
    }

    gh_buf_cleanup(&ticket);

    return rc;
}

/* `none`: the person themselves, by reloading a page for example. */
static ngx_uint_t
ngx_http_gatehouse_csrf_is_own_fetch(gh_text_t site)
{
    return gh_text_equal(site, gh_text("same-origin")) || gh_text_equal(site, gh_text("none"));
}

ngx_uint_t
ngx_http_gatehouse_csrf_is_own_site(ngx_http_request_t *r)
{
    gh_text_t         name, value;
    gh_text_t         origin = gh_text(ngx_http_gatehouse_main_conf(r)->config->portal.origin);
    ngx_uint_t        i;
    ngx_list_part_t  *part;
    ngx_table_elt_t  *headers;

    for (part = &r->headers_in.headers.part; part != NULL; part = part->next) {
        headers = part->elts;

        for (i = 0; i < part->nelts; i++) {
            name = (gh_text_t) { (char *) headers[i].lowcase_key, headers[i].key.len };
            value = ngx_http_gatehouse_text(headers[i].value);

            if (gh_text_equal(name, gh_text("sec-fetch-site"))
                && !ngx_http_gatehouse_csrf_is_own_fetch(value))
            {
                return 0;
            }

            if (gh_text_equal(name, gh_text("origin")) && !gh_text_equal(value, origin)) {
                return 0;
            }
        }
    }

    return 1;
}

ngx_uint_t
ngx_http_gatehouse_csrf_is_good(ngx_http_request_t *r, const gh_form_t *form)
{
    u_char                           bearer[NGX_HTTP_GATEHOUSE_BEARER_MAX];
    gh_text_t                        token = ngx_http_gatehouse_csrf_token(r);
    ngx_http_gatehouse_main_conf_t  *gmcf = ngx_http_gatehouse_main_conf(r);

    return !gh_text_is_empty(token)
           && gh_ticket_is_good(gmcf->keyring, GH_PURPOSE_FORM, gh_form_value(form, "csrf"),
                                ngx_http_gatehouse_csrf_bearer(r, token, bearer),
                                NGX_HTTP_GATEHOUSE_FORM_LIFETIME, ngx_http_gatehouse_now());
}
