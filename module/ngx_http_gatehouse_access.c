/*
 * Access.
 */

/* lib. */
#include "web/next.h"

/* Module. */
#include "ngx_http_gatehouse_access.h"
#include "ngx_http_gatehouse_basic.h"
#include "ngx_http_gatehouse_note.h"
#include "ngx_http_gatehouse_page.h"
#include "ngx_http_gatehouse_session.h"

/* The request's header of that lower-case name; NULL: it is not there. */
static ngx_str_t *
ngx_http_gatehouse_access_header(ngx_http_request_t *r, const char *lowcase)
{
    size_t            len = ngx_strlen(lowcase);
    ngx_uint_t        i;
    ngx_list_part_t  *part;
    ngx_table_elt_t  *header;

    for (part = &r->headers_in.headers.part; part != NULL; part = part->next) {
        header = part->elts;

        for (i = 0; i < part->nelts; i++) {
            if (header[i].key.len == len
                && ngx_strncasecmp(header[i].key.data, (u_char *) lowcase, len) == 0)
            {
                return &header[i].value;
            }
        }
    }

    return NULL;
}

/* Whether a page is an answer.  Programs that have a password to offer also take anything. */
static ngx_uint_t
ngx_http_gatehouse_access_admits_html(ngx_str_t *accept, ngx_uint_t takes_programs)
{
    if (accept == NULL) {
        return 0;
    }

    return ngx_strlcasestrn(accept->data, accept->data + accept->len, (u_char *) "text/html",
                            sizeof("text/html") - 2)
               != NULL
           || (!takes_programs
               && ngx_strlcasestrn(accept->data, accept->data + accept->len, (u_char *) "*/*",
                                   sizeof("*/*") - 2)
                      != NULL);
}

/*
 * Whether a person's browser is on its way to a page, so that a log-in form is an
 * answer.  Everything else, a script or an image, gets a plain status.
 */
static ngx_uint_t
ngx_http_gatehouse_access_is_navigation(ngx_http_request_t *r)
{
    ngx_str_t                      *mode;
    ngx_http_gatehouse_loc_conf_t  *glcf;

    if (!(r->method & (NGX_HTTP_GET | NGX_HTTP_HEAD)) || r->headers_in.authorization != NULL
        || ngx_http_gatehouse_access_header(r, "x-requested-with") != NULL)
    {
        return 0;
    }

    mode = ngx_http_gatehouse_access_header(r, "sec-fetch-mode");

    if (mode != NULL) {
        return mode->len == sizeof("navigate") - 1
               && ngx_strncmp(mode->data, "navigate", mode->len) == 0;
    }

    glcf = ngx_http_get_module_loc_conf(r, ngx_http_gatehouse_module);

    return ngx_http_gatehouse_access_admits_html(
        ngx_http_gatehouse_access_header(r, "accept"), glcf->basic);
}

/*
 * The directory can't say whether the session has ended: neither in nor to the log-in page,
 * which would not help.
 */
static ngx_int_t
ngx_http_gatehouse_access_unknown(ngx_http_request_t *r)
{
    if (ngx_http_gatehouse_header_retry_after(r, NGX_HTTP_GATEHOUSE_RETRY) != NGX_OK
        || ngx_http_gatehouse_header_no_store(r) != NGX_OK)
    {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    return NGX_HTTP_SERVICE_UNAVAILABLE;
}

/*
 * To the log-in page and, from there, back here; a longer address than `next` may be is
 * dropped.
 */
static ngx_int_t
ngx_http_gatehouse_access_redirect(ngx_http_request_t *r)
{
    u_char                          *p;
    size_t                           escaped;
    ngx_str_t                        location, here = r->unparsed_uri;
    ngx_http_gatehouse_main_conf_t  *gmcf = ngx_http_gatehouse_main_conf(r);
    const char                      *prefix = gmcf->config->portal.prefix;

    if (here.len > GH_NEXT_MAX) {
        ngx_str_null(&here);
    }

    escaped = 2 * ngx_escape_uri(NULL, here.data, here.len, NGX_ESCAPE_URI_COMPONENT);
    location.len = ngx_strlen(prefix) + sizeof("/login?next=") - 1 + here.len + escaped;
    location.data = ngx_pnalloc(r->pool, location.len);

    if (location.data == NULL) {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    p = ngx_sprintf(location.data, "%s/login?next=", prefix);
    (void) ngx_escape_uri(p, here.data, here.len, NGX_ESCAPE_URI_COMPONENT);

    if (ngx_http_gatehouse_header_set_location(r, &location) != NGX_OK
        || ngx_http_gatehouse_header_no_store(r) != NGX_OK)
    {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    return NGX_HTTP_MOVED_TEMPORARILY;
}

static ngx_uint_t
ngx_http_gatehouse_access_admits(ngx_http_gatehouse_loc_conf_t *glcf,
    const gh_session_t *session)
{
    ngx_str_t   *realms;
    ngx_uint_t   i;

    if (glcf->mode == NGX_HTTP_GATEHOUSE_ANY) {
        return 1;
    }

    realms = glcf->realms->elts;

    for (i = 0; i < glcf->realms->nelts; i++) {
        if (gh_text_equal(ngx_http_gatehouse_text(realms[i]), gh_text(session->realm))) {
            return 1;
        }
    }

    return 0;
}

/*
 * Whether the portal may say on a page of its own what stands in the way.  Not where nginx
 * has more to say: an error_page of the operator's, or another way in with `satisfy any`.
 */
static ngx_uint_t
ngx_http_gatehouse_access_may_explain(ngx_http_request_t *r)
{
    ngx_uint_t                 i;
    ngx_http_err_page_t       *pages;
    ngx_http_core_loc_conf_t  *clcf = ngx_http_get_module_loc_conf(r, ngx_http_core_module);

    if (clcf->satisfy == NGX_HTTP_SATISFY_ANY) {
        return 0;
    }

    if (clcf->error_pages == NULL) {
        return 1;
    }

    pages = clcf->error_pages->elts;

    for (i = 0; i < clcf->error_pages->nelts; i++) {
        if (pages[i].status == NGX_HTTP_FORBIDDEN) {
            return 0;
        }
    }

    return 1;
}

/* Somebody who is signed in to another realm. */
static ngx_int_t
ngx_http_gatehouse_access_refuse(ngx_http_request_t *r, const ngx_array_t *realms,
    ngx_uint_t navigation)
{
    if (!navigation || !ngx_http_gatehouse_access_may_explain(r)) {
        return NGX_HTTP_FORBIDDEN;
    }

    if (ngx_http_discard_request_body(r) != NGX_OK) {
        r->keepalive = 0;
    }

    ngx_http_finalize_request(r, ngx_http_gatehouse_page_wrong_realm(r, realms));

    return NGX_DONE;
}

/* Whoever `person` is: the phase's answer. */
static ngx_int_t
ngx_http_gatehouse_access_decide(ngx_http_request_t *r, const gh_session_t *person,
    ngx_uint_t navigation)
{
    ngx_http_gatehouse_loc_conf_t  *glcf;

    glcf = ngx_http_get_module_loc_conf(r, ngx_http_gatehouse_module);

    if (glcf->mode == NGX_HTTP_GATEHOUSE_OPTIONAL) {
        return NGX_DECLINED;
    }

    if (ngx_http_gatehouse_access_admits(glcf, person)) {
        return NGX_OK;
    }

    ngx_http_gatehouse_note(r, "access-refused", person->realm, person->uid, "wrong-realm");

    return ngx_http_gatehouse_access_refuse(r, glcf->realms, navigation);
}

/* 401, with the challenge where credentials are taken (RFC 9110, section 15.5.2). */
static ngx_int_t
ngx_http_gatehouse_access_unauthorized(ngx_http_request_t *r)
{
    ngx_http_gatehouse_loc_conf_t  *glcf;

    glcf = ngx_http_get_module_loc_conf(r, ngx_http_gatehouse_module);

    if (glcf->basic && ngx_http_gatehouse_basic_challenge(r) != NGX_OK) {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    return NGX_HTTP_UNAUTHORIZED;
}

/* Somebody's cookie, or nobody's. */
static ngx_int_t
ngx_http_gatehouse_access_session(ngx_http_request_t *r, ngx_http_gatehouse_loc_conf_t *glcf)
{
    ngx_uint_t           navigation = ngx_http_gatehouse_access_is_navigation(r);
    const gh_session_t  *session = ngx_http_gatehouse_session(r);

    if (session != NULL && navigation && ngx_http_gatehouse_session_touch(r) != NGX_OK) {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    if (session != NULL || glcf->mode == NGX_HTTP_GATEHOUSE_OPTIONAL) {
        return ngx_http_gatehouse_access_decide(r, session, navigation);
    }

    if (ngx_http_gatehouse_session_is_unknown(r)) {
        return ngx_http_gatehouse_access_unknown(r);
    }

    return navigation ? ngx_http_gatehouse_access_redirect(r)
                      : ngx_http_gatehouse_access_unauthorized(r);
}

ngx_int_t
ngx_http_gatehouse_access(ngx_http_request_t *r)
{
    ngx_int_t                       rc = NGX_DECLINED;
    ngx_http_gatehouse_loc_conf_t  *glcf;

    glcf = ngx_http_get_module_loc_conf(r, ngx_http_gatehouse_module);

    if (glcf->mode == NGX_HTTP_GATEHOUSE_OFF || glcf->portal) {
        return NGX_DECLINED;
    }

    if (glcf->basic) {
        rc = ngx_http_gatehouse_basic(r);
    }

    switch (rc) {

    case NGX_DECLINED:
        return ngx_http_gatehouse_access_session(r, glcf);

    case NGX_OK:
        return ngx_http_gatehouse_access_decide(r, ngx_http_gatehouse_basic_identity(r), 0);

    case NGX_HTTP_UNAUTHORIZED:
        return ngx_http_gatehouse_access_unauthorized(r);

    default:
        return rc;
    }
}
