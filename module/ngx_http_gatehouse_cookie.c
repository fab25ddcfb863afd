/*
 * Cookies of ours.
 */

/* lib. */
#include "web/cookie.h"

/* Module. */
#include "ngx_http_gatehouse_cookie.h"
#include "ngx_http_gatehouse_page.h"

static ngx_int_t
ngx_http_gatehouse_cookie_name(ngx_conf_t *cf, ngx_str_t *out, const char *prefix,
    const char *name)
{
    size_t  len = ngx_strlen(prefix) + ngx_strlen(name);

    /* lib/ wants it NUL-terminated, nginx counts without. */
    out->data = ngx_pnalloc(cf->pool, len + 1);

    if (out->data == NULL) {
        return NGX_ERROR;
    }

    out->len = ngx_sprintf(out->data, "%s%s%Z", prefix, name) - out->data - 1;

    return NGX_OK;
}

ngx_int_t
ngx_http_gatehouse_cookie_names(ngx_conf_t *cf, ngx_http_gatehouse_main_conf_t *gmcf)
{
    ngx_uint_t                    i;
    const char                   *prefix = "__Host-", *host = "__Host-";
    const struct {
        ngx_str_t   *cookie;
        const char  *name;
    } others[] = {
        { &gmcf->browser_cookie, "gatehouse-browser" },
        { &gmcf->first_cookie, "gatehouse-first" },
        { &gmcf->reset_cookie, "gatehouse-reset" },
        { &gmcf->known_cookie, "gatehouse-known" },
        { &gmcf->ask_cookie, "gatehouse-ask" },
    };
    const gh_session_settings_t  *settings = &gmcf->config->session;

    if (settings->plain_http) {
        prefix = host = "";

    } else if (settings->cookie_domain != NULL) {
        prefix = "__Secure-";
    }

    if (ngx_http_gatehouse_cookie_name(cf, &gmcf->cookie, prefix, "gatehouse") != NGX_OK) {
        return NGX_ERROR;
    }

    /* The others are this host's business, whatever the session's domain. */
    for (i = 0; i < sizeof(others) / sizeof(others[0]); i++) {
        if (ngx_http_gatehouse_cookie_name(cf, others[i].cookie, host, others[i].name)
            != NGX_OK)
        {
            return NGX_ERROR;
        }

        gmcf->cookies[i] = (char *) others[i].cookie->data;
    }

    gmcf->cookies[i++] = (char *) gmcf->cookie.data;
    gmcf->cookies[i] = NULL;

    return NGX_OK;
}

gh_text_t
ngx_http_gatehouse_cookie_get(ngx_http_request_t *r, ngx_str_t *name)
{
    size_t             count = 0;
    gh_text_t          value, found = gh_text(NULL);
    ngx_uint_t         i;
    ngx_table_elt_t  **headers = r->headers_in.cookies.elts;

    for (i = 0; i < r->headers_in.cookies.nelts; i++) {
        count += gh_cookie_find(ngx_http_gatehouse_text(headers[i]->value),
                                (char *) name->data, &value);

        if (!gh_text_is_empty(value)) {
            found = value;
        }
    }

    return count == 1 ? found : gh_text(NULL);
}

ngx_int_t
ngx_http_gatehouse_cookie_set(ngx_http_request_t *r, ngx_str_t *name, gh_text_t value)
{
    return ngx_http_gatehouse_cookie_keep(r, name, value, value.len == 0 ? 0 : -1);
}

ngx_int_t
ngx_http_gatehouse_cookie_keep(ngx_http_request_t *r, ngx_str_t *name, gh_text_t value,
    time_t seconds)
{
    u_char                          *p;
    size_t                           len;
    ngx_str_t                        header, domain = ngx_null_string;
    ngx_http_gatehouse_main_conf_t  *gmcf = ngx_http_gatehouse_main_conf(r);
    const gh_session_settings_t     *settings = &gmcf->config->session;

    if (settings->cookie_domain != NULL && name == &gmcf->cookie) {
        domain.data = (u_char *) settings->cookie_domain;
        domain.len = ngx_strlen(domain.data);
    }

    len = name->len + value.len + domain.len
          + sizeof("=; Path=/; HttpOnly; SameSite=Lax; Secure; Domain=; Max-Age=") - 1
          + NGX_TIME_T_LEN;

    header.data = ngx_pnalloc(r->pool, len);

    if (header.data == NULL) {
        return NGX_ERROR;
    }

    p = ngx_sprintf(header.data, "%V=%*s; Path=/; HttpOnly; SameSite=Lax", name, value.len,
                    value.data);

    if (!settings->plain_http) {
        p = ngx_cpymem(p, "; Secure", sizeof("; Secure") - 1);
    }

    if (domain.len > 0) {
        p = ngx_sprintf(p, "; Domain=%V", &domain);
    }

    if (seconds >= 0) {
        p = ngx_sprintf(p, "; Max-Age=%T", seconds);
    }

    header.len = p - header.data;

    return ngx_http_gatehouse_header_add(r, "Set-Cookie", &header);
}
