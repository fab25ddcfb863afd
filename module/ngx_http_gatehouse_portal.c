/*
 * The portal: which page answers what.
 */

/* Module. */
#include "ngx_http_gatehouse_account.h"
#include "ngx_http_gatehouse_first.h"
#include "ngx_http_gatehouse_forgot.h"
#include "ngx_http_gatehouse_form.h"
#include "ngx_http_gatehouse_healthz.h"
#include "ngx_http_gatehouse_identity.h"
#include "ngx_http_gatehouse_login.h"
#include "ngx_http_gatehouse_note.h"
#include "ngx_http_gatehouse_page.h"
#include "ngx_http_gatehouse_portal.h"
#include "ngx_http_gatehouse_question.h"
#include "ngx_http_gatehouse_search.h"
#include "ngx_http_gatehouse_session.h"
#include "ngx_http_gatehouse_setup.h"
#include "ngx_http_gatehouse_signout.h"

typedef struct {
    ngx_str_t   path;       /* behind the prefix; with a slash at its end: and one step more */
    ngx_int_t (*get)(ngx_http_request_t *r);                /* NULL: 405 */
    void      (*post)(ngx_http_request_t *r, gh_form_t *form);  /* NULL: 405 */
    ngx_uint_t  is_own;     /* for whoever is signed in: says so when that is not known */
} ngx_http_gatehouse_route_t;

static ngx_int_t ngx_http_gatehouse_portal_home(ngx_http_request_t *r);
static ngx_int_t ngx_http_gatehouse_portal_dashboard(ngx_http_request_t *r);
static ngx_int_t ngx_http_gatehouse_portal_check(ngx_http_request_t *r);
static ngx_int_t ngx_http_gatehouse_portal_style(ngx_http_request_t *r);
static ngx_int_t ngx_http_gatehouse_portal_script(ngx_http_request_t *r);

static ngx_http_gatehouse_route_t  ngx_http_gatehouse_routes[] = {
    { ngx_string(""), ngx_http_gatehouse_portal_home, NULL, 1 },
    { ngx_string("login"), ngx_http_gatehouse_login_form, ngx_http_gatehouse_login, 0 },
    { ngx_string("logout"), NULL, ngx_http_gatehouse_signout, 1 },
    { ngx_string("dashboard"), ngx_http_gatehouse_portal_dashboard, NULL, 1 },
    { ngx_string("setup"), ngx_http_gatehouse_setup_kinds, NULL, 0 },
    { ngx_string("setup/"), ngx_http_gatehouse_setup_form, ngx_http_gatehouse_setup, 0 },
    { ngx_string("welcome"), ngx_http_gatehouse_welcome, NULL, 1 },
    { ngx_string("first-login"), ngx_http_gatehouse_first_form, ngx_http_gatehouse_first, 1 },
    { ngx_string("forgot"), ngx_http_gatehouse_forgot_form, ngx_http_gatehouse_forgot, 0 },
    { ngx_string("reset"), ngx_http_gatehouse_reset_form, ngx_http_gatehouse_reset, 0 },
    { ngx_string("password"), ngx_http_gatehouse_password_form, ngx_http_gatehouse_password, 1 },
    { ngx_string("profile"), ngx_http_gatehouse_profile_form, ngx_http_gatehouse_profile, 1 },
    { ngx_string("sessions"), NULL, ngx_http_gatehouse_signout_everywhere, 1 },
    { ngx_string("contractors"), ngx_http_gatehouse_search, NULL, 0 },
    { ngx_string("contractors/"), ngx_http_gatehouse_search_one, NULL, 0 },
    { ngx_string("check"), ngx_http_gatehouse_portal_check, NULL, 1 },
    { ngx_string("healthz"), ngx_http_gatehouse_healthz, NULL, 0 },
    { ngx_string("style.css"), ngx_http_gatehouse_portal_style, NULL, 0 },
    { ngx_string("portal.js"), ngx_http_gatehouse_portal_script, NULL, 0 },
};

/* What stands in the request's path behind the prefix. */
static gh_text_t
ngx_http_gatehouse_portal_rest(ngx_http_request_t *r)
{
    gh_text_t  path = ngx_http_gatehouse_text(r->uri);
    size_t     prefix;

    prefix = ngx_strlen(ngx_http_gatehouse_main_conf(r)->config->portal.prefix) + 1;

    /* The location begins with the prefix; a rewrite may have gone elsewhere since. */
    return path.len < prefix ? (gh_text_t) { "/", 1 }
                             : (gh_text_t) { path.data + prefix, path.len - prefix };
}

gh_text_t
ngx_http_gatehouse_portal_tail(ngx_http_request_t *r)
{
    gh_text_t    path = ngx_http_gatehouse_portal_rest(r);
    const char  *slash = memchr(path.data, '/', path.len);

    if (slash == NULL) {
        return gh_text(NULL);
    }

    return (gh_text_t) { slash + 1, path.len - (slash + 1 - path.data) };
}

static ngx_uint_t
ngx_http_gatehouse_portal_matches(const ngx_http_gatehouse_route_t *route, gh_text_t path)
{
    size_t  len = route->path.len;

    if (len == 0 || route->path.data[len - 1] != '/') {
        return gh_text_equal(path, ngx_http_gatehouse_text(route->path));
    }

    return path.len > len && ngx_strncmp(path.data, route->path.data, len) == 0
           && memchr(path.data + len, '/', path.len - len) == NULL;
}

static ngx_http_gatehouse_route_t *
ngx_http_gatehouse_portal_route(ngx_http_request_t *r)
{
    gh_text_t   path = ngx_http_gatehouse_portal_rest(r);
    ngx_uint_t  i;

    for (i = 0; i < sizeof(ngx_http_gatehouse_routes) / sizeof(ngx_http_gatehouse_routes[0]);
         i++)
    {
        if (ngx_http_gatehouse_portal_matches(&ngx_http_gatehouse_routes[i], path)) {
            return &ngx_http_gatehouse_routes[i];
        }
    }

    return NULL;
}

/* Says what the page does take (RFC 9110, section 15.5.6). */
static ngx_int_t
ngx_http_gatehouse_portal_refuse_method(ngx_http_request_t *r,
    ngx_http_gatehouse_route_t *route)
{
    static ngx_str_t  get = ngx_string("GET, HEAD");
    static ngx_str_t  post = ngx_string("POST");
    static ngx_str_t  both = ngx_string("GET, HEAD, POST");
    ngx_str_t        *allow = route->get == NULL ? &post : route->post == NULL ? &get : &both;

    if (ngx_http_gatehouse_header_add(r, "Allow", allow) != NGX_OK) {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    return ngx_http_gatehouse_page_problem(r, NGX_HTTP_NOT_ALLOWED);
}

ngx_int_t
ngx_http_gatehouse_portal(ngx_http_request_t *r)
{
    ngx_int_t                    rc;
    ngx_http_gatehouse_route_t  *route = ngx_http_gatehouse_portal_route(r);

    if (route != NULL && route->is_own && ngx_http_gatehouse_session_is_unknown(r)) {
        rc = ngx_http_discard_request_body(r);

        return rc == NGX_OK ? ngx_http_gatehouse_page_problem(r, NGX_HTTP_SERVICE_UNAVAILABLE)
                            : rc;
    }

    if (route != NULL && route->post != NULL && r->method == NGX_HTTP_POST) {
        return ngx_http_gatehouse_form_read(r, route->post);
    }

    rc = ngx_http_discard_request_body(r);

    if (rc != NGX_OK) {
        return rc;
    }

    if (route == NULL) {
        return ngx_http_gatehouse_page_problem(r, NGX_HTTP_NOT_FOUND);
    }

    if (route->get != NULL && r->method & (NGX_HTTP_GET | NGX_HTTP_HEAD)) {
        return route->get(r);
    }

    return ngx_http_gatehouse_portal_refuse_method(r, route);
}

ngx_str_t
ngx_http_gatehouse_portal_path(ngx_http_request_t *r, const char *path)
{
    ngx_str_t    out;
    const char  *prefix = ngx_http_gatehouse_main_conf(r)->config->portal.prefix;

    out.len = ngx_strlen(prefix) + ngx_strlen(path);
    out.data = ngx_pnalloc(r->pool, out.len);

    if (out.data == NULL) {
        ngx_str_null(&out);
        return out;
    }

    (void) ngx_cpymem(ngx_cpymem(out.data, prefix, ngx_strlen(prefix)), path, ngx_strlen(path));

    return out;
}

ngx_int_t
ngx_http_gatehouse_portal_go(ngx_http_request_t *r, const char *path)
{
    ngx_str_t  location = ngx_http_gatehouse_portal_path(r, path);

    if (location.len == 0) {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    return ngx_http_gatehouse_page_redirect(r, &location);
}

ngx_int_t
ngx_http_gatehouse_portal_go_by(ngx_http_request_t *r, const char *path, gh_text_t next)
{
    u_char  *p, *whole;

    if (gh_text_is_empty(next)) {
        return ngx_http_gatehouse_portal_go(r, path);
    }

    whole = ngx_pnalloc(r->pool, ngx_strlen(path) + sizeof("?next=") + 3 * next.len);

    if (whole == NULL) {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    p = ngx_sprintf(whole, "%s?next=", path);
    p = (u_char *) ngx_escape_uri(p, (u_char *) next.data, next.len, NGX_ESCAPE_URI_COMPONENT);
    *p = '\0';

    return ngx_http_gatehouse_portal_go(r, (char *) whole);
}

static ngx_int_t
ngx_http_gatehouse_portal_home(ngx_http_request_t *r)
{
    return ngx_http_gatehouse_portal_go(
        r, ngx_http_gatehouse_session(r) != NULL ? "/dashboard" : "/login");
}

static ngx_int_t
ngx_http_gatehouse_portal_dashboard(ngx_http_request_t *r)
{
    json_t  *context;

    if (ngx_http_gatehouse_session(r) == NULL) {
        return ngx_http_gatehouse_portal_go(r, "/login");
    }

    if (ngx_http_gatehouse_session_touch(r) != NGX_OK) {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    context = ngx_http_gatehouse_page_context(r, "Dashboard");

    if (context != NULL) {
        ngx_http_gatehouse_login_notice(r, context);
        (void) json_object_set_new(context, "needs_question",
                                   json_boolean(ngx_http_gatehouse_question_is_due(r)));
    }

    return ngx_http_gatehouse_page_send(r, NGX_HTTP_OK, "dashboard", &context);
}

/* For other gateways: who is it, and, with `?realm=`, is it one of those? */
static ngx_int_t
ngx_http_gatehouse_portal_check(ngx_http_request_t *r)
{
    ngx_str_t            realm, none = ngx_null_string, type = ngx_string("text/plain");
    ngx_uint_t           status = NGX_HTTP_OK;
    const gh_session_t  *session = ngx_http_gatehouse_session(r);

    if (session == NULL) {
        status = NGX_HTTP_UNAUTHORIZED;

    } else if (ngx_http_arg(r, (u_char *) "realm", sizeof("realm") - 1, &realm) == NGX_OK
               && !gh_text_equal(ngx_http_gatehouse_text(realm), gh_text(session->realm)))
    {
        ngx_http_gatehouse_note(r, "access-refused", session->realm, session->uid,
                                "wrong-realm");
        status = NGX_HTTP_FORBIDDEN;
    }

    if (ngx_http_gatehouse_header_no_store(r) != NGX_OK
        || (status == NGX_HTTP_OK
            && ngx_http_gatehouse_identity_answer(r, session) != NGX_OK))
    {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    return ngx_http_gatehouse_page_body(r, status, &type, &none);
}

/* A file that was read when nginx started. */
static ngx_int_t
ngx_http_gatehouse_portal_file(ngx_http_request_t *r, ngx_str_t *type, ngx_str_t *body,
    ngx_str_t *etag)
{
    static ngx_str_t  an_hour = ngx_string("max-age=3600");
    ngx_str_t         none = ngx_null_string;
    ngx_table_elt_t  *known = r->headers_in.if_none_match;

    if (ngx_http_gatehouse_header_add(r, "ETag", etag) != NGX_OK
        || ngx_http_gatehouse_header_add(r, "Cache-Control", &an_hour) != NGX_OK)
    {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    if (known != NULL
        && gh_text_equal(ngx_http_gatehouse_text(known->value), ngx_http_gatehouse_text(*etag)))
    {
        return ngx_http_gatehouse_page_body(r, NGX_HTTP_NOT_MODIFIED, type, &none);
    }

    return ngx_http_gatehouse_page_body(r, NGX_HTTP_OK, type, body);
}

static ngx_int_t
ngx_http_gatehouse_portal_style(ngx_http_request_t *r)
{
    static ngx_str_t                 type = ngx_string("text/css; charset=utf-8");
    ngx_http_gatehouse_main_conf_t  *gmcf = ngx_http_gatehouse_main_conf(r);

    return ngx_http_gatehouse_portal_file(r, &type, &gmcf->style, &gmcf->style_etag);
}

static ngx_int_t
ngx_http_gatehouse_portal_script(ngx_http_request_t *r)
{
    static ngx_str_t                 type = ngx_string("text/javascript; charset=utf-8");
    ngx_http_gatehouse_main_conf_t  *gmcf = ngx_http_gatehouse_main_conf(r);

    return ngx_http_gatehouse_portal_file(r, &type, &gmcf->script, &gmcf->script_etag);
}
