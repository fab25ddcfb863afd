/*
 * Identity headers and variables.
 *
 * nginx has no way to take a header off a list that upstream modules honour: `hash = 0`
 * is ignored when requests are made, and list parts may be shared with a parent request.
 * So a list without it is built, and is this request's own.
 */

/* lib. */
#include "web/basic.h"
#include "web/cookie.h"

/* Module. */
#include "ngx_http_gatehouse_basic.h"
#include "ngx_http_gatehouse_identity.h"
#include "ngx_http_gatehouse_page.h"
#include "ngx_http_gatehouse_portal.h"
#include "ngx_http_gatehouse_session.h"

/* What an upstream is not told besides what a client says of identity. */
enum {
    NGX_HTTP_GATEHOUSE_CUT_COOKIES = 1,         /* ours */
    NGX_HTTP_GATEHOUSE_CUT_CREDENTIALS = 2      /* user name and password */
};

/* A text of a session: where it stands in gh_session_t. */
typedef struct {
    ngx_str_t   header;         /* "" for those that are only a variable */
    ngx_str_t   lowcase;
    ngx_str_t   variable;
    size_t      offset;
    ngx_uint_t  is_array;       /* the text stands in the struct itself */
} ngx_http_gatehouse_identity_t;

static ngx_http_gatehouse_identity_t  ngx_http_gatehouse_identities[] = {

    { ngx_string("Remote-User"), ngx_string("remote-user"), ngx_string("gatehouse_user"),
      offsetof(gh_session_t, uid), 0 },

    { ngx_string("Remote-Realm"), ngx_string("remote-realm"), ngx_string("gatehouse_realm"),
      offsetof(gh_session_t, realm), 0 },

    { ngx_string("Remote-Name"), ngx_string("remote-name"), ngx_string("gatehouse_name"),
      offsetof(gh_session_t, name), 0 },

    { ngx_string("Remote-Email"), ngx_string("remote-email"), ngx_string("gatehouse_mail"),
      offsetof(gh_session_t, mail), 0 },

    { ngx_string("Remote-Subject"), ngx_string("remote-subject"),
      ngx_string("gatehouse_subject"), offsetof(gh_session_t, uuid), 0 },

    { ngx_null_string, ngx_null_string, ngx_string("gatehouse_session"),
      offsetof(gh_session_t, id_text), 1 },
};

#define NGX_HTTP_GATEHOUSE_IDENTITIES                                                        \
    (sizeof(ngx_http_gatehouse_identities) / sizeof(ngx_http_gatehouse_identities[0]))

/*
 * Who the variables and the headers name: whose credentials or else whose session it is,
 * where the location has access control, otherwise nobody.
 */
static const gh_session_t *
ngx_http_gatehouse_identity(ngx_http_request_t *r)
{
    const gh_session_t             *person = NULL;
    ngx_http_gatehouse_loc_conf_t  *glcf;

    glcf = ngx_http_get_module_loc_conf(r, ngx_http_gatehouse_module);

    if (glcf->mode == NGX_HTTP_GATEHOUSE_OFF && !glcf->portal) {
        return NULL;
    }

    if (glcf->basic && !glcf->portal) {
        person = ngx_http_gatehouse_basic_identity(r);
    }

    return person != NULL ? person : ngx_http_gatehouse_session(r);
}

static ngx_str_t
ngx_http_gatehouse_identity_value(const ngx_http_gatehouse_identity_t *identity,
    const gh_session_t *session)
{
    const char  *at = (const char *) session + identity->offset;

    return ngx_http_gatehouse_str(gh_text(identity->is_array ? at
                                                             : *(const char *const *) at));
}


/* Header lists. */

/* Whether a header of a client's could reach an application as the one called `lowcase`. */
static ngx_uint_t
ngx_http_gatehouse_header_reads_as(ngx_str_t *name, ngx_str_t *lowcase)
{
    u_char  c;
    size_t  i;

    if (name->len != lowcase->len) {
        return 0;
    }

    for (i = 0; i < name->len; i++) {
        c = ngx_tolower(name->data[i]);

        /* CGI-like interfaces turn `-`, and some turn more, into `_`. */
        if (!(c >= 'a' && c <= 'z') && !(c >= '0' && c <= '9')) {
            c = '-';
        }

        if (c != lowcase->data[i]) {
            return 0;
        }
    }

    return 1;
}

static ngx_uint_t
ngx_http_gatehouse_header_is_identity(ngx_table_elt_t *header)
{
    ngx_uint_t                            i;
    const ngx_http_gatehouse_identity_t  *identity;

    for (i = 0; i < NGX_HTTP_GATEHOUSE_IDENTITIES; i++) {
        identity = &ngx_http_gatehouse_identities[i];

        if (identity->header.len > 0
            && ngx_http_gatehouse_header_reads_as(&header->key,
                                                  (ngx_str_t *) &identity->lowcase))
        {
            return 1;
        }
    }

    return 0;
}

/* The Cookie header without our cookies; its value is empty when no other is left. */
static ngx_int_t
ngx_http_gatehouse_header_cut_cookies(ngx_http_request_t *r, ngx_table_elt_t *header)
{
    u_char                          *copy;
    gh_buf_t                         rest;
    ngx_int_t                        rc = NGX_ERROR;
    ngx_http_gatehouse_main_conf_t  *gmcf = ngx_http_gatehouse_main_conf(r);

    gh_buf_init(&rest);

    if (gh_cookie_cut(ngx_http_gatehouse_text(header->value), gmcf->cookies, &rest) == 0) {
        copy = ngx_pnalloc(r->pool, rest.len + 1);

        if (copy != NULL) {
            ngx_memcpy(copy, gh_buf_string(&rest), rest.len + 1);
            header->value.data = copy;
            header->value.len = rest.len;
            rc = NGX_OK;
        }
    }

    gh_buf_cleanup(&rest);

    return rc;
}

static ngx_uint_t
ngx_http_gatehouse_header_is_cookie(ngx_table_elt_t *header)
{
    return header->key.len == sizeof("cookie") - 1
           && ngx_strncasecmp(header->key.data, (u_char *) "cookie", sizeof("cookie") - 1) == 0;
}

/* Keeps a Cookie header of the new list for $cookie_NAME too, or drops an empty one. */
static ngx_int_t
ngx_http_gatehouse_headers_keep_cookie(ngx_list_t *list, ngx_array_t *cookies,
    ngx_table_elt_t *header)
{
    ngx_table_elt_t  **cookie;

    if (header->value.len == 0) {
        list->last->nelts--;
        return NGX_OK;
    }

    cookie = ngx_array_push(cookies);

    if (cookie == NULL) {
        return NGX_ERROR;
    }

    *cookie = header;

    return NGX_OK;
}

static ngx_uint_t
ngx_http_gatehouse_header_is_credentials(ngx_table_elt_t *header)
{
    return header->key.len == sizeof("authorization") - 1
           && ngx_strncasecmp(header->key.data, (u_char *) "authorization", header->key.len) == 0
           && gh_basic_is_used(ngx_http_gatehouse_text(header->value));
}

/* Copies a header to the new list, unless it is one of identity or to be cut. */
static ngx_int_t
ngx_http_gatehouse_headers_keep(ngx_http_request_t *r, ngx_table_elt_t *header,
    ngx_uint_t cut, ngx_list_t *list, ngx_array_t *cookies)
{
    ngx_table_elt_t  *copy;

    if (ngx_http_gatehouse_header_is_identity(header)
        || (cut & NGX_HTTP_GATEHOUSE_CUT_CREDENTIALS
            && ngx_http_gatehouse_header_is_credentials(header)))
    {
        return NGX_OK;
    }

    copy = ngx_list_push(list);

    if (copy == NULL) {
        return NGX_ERROR;
    }

    *copy = *header;

    if (!ngx_http_gatehouse_header_is_cookie(copy)) {
        return NGX_OK;
    }

    if (cut & NGX_HTTP_GATEHOUSE_CUT_COOKIES
        && ngx_http_gatehouse_header_cut_cookies(r, copy) != NGX_OK)
    {
        return NGX_ERROR;
    }

    return ngx_http_gatehouse_headers_keep_cookie(list, cookies, copy);
}

/*
 * Gives the request a list of its own: without identity headers, and without what `cut`
 * says.
 */
static ngx_int_t
ngx_http_gatehouse_headers_rebuild(ngx_http_request_t *r, ngx_uint_t cut)
{
    ngx_uint_t        i;
    ngx_list_t        list;
    ngx_array_t       cookies;
    ngx_list_part_t  *part;
    ngx_table_elt_t  *header;

    if (ngx_list_init(&list, r->pool, 20, sizeof(ngx_table_elt_t)) != NGX_OK
        || ngx_array_init(&cookies, r->pool, 2, sizeof(ngx_table_elt_t *)) != NGX_OK)
    {
        return NGX_ERROR;
    }

    for (part = &r->headers_in.headers.part; part != NULL; part = part->next) {
        header = part->elts;

        for (i = 0; i < part->nelts; i++) {
            if (ngx_http_gatehouse_headers_keep(r, &header[i], cut, &list, &cookies)
                != NGX_OK)
            {
                return NGX_ERROR;
            }
        }
    }

    r->headers_in.headers = list;
    r->headers_in.cookies = cookies;

    /* What $remote_user is read from. */
    if (cut & NGX_HTTP_GATEHOUSE_CUT_CREDENTIALS && r->headers_in.authorization != NULL
        && ngx_http_gatehouse_header_is_credentials(r->headers_in.authorization))
    {
        r->headers_in.authorization = NULL;
    }

    /* The list says where its last part is; in the copy that is the copy's own. */
    if (list.last == &list.part) {
        r->headers_in.headers.last = &r->headers_in.headers.part;
    }

    return NGX_OK;
}

static ngx_int_t
ngx_http_gatehouse_headers_add(ngx_http_request_t *r,
    ngx_http_gatehouse_identity_t *identity, ngx_str_t *value)
{
    ngx_table_elt_t  *header = ngx_list_push(&r->headers_in.headers);

    if (header == NULL) {
        return NGX_ERROR;
    }

    header->key = identity->header;
    header->lowcase_key = identity->lowcase.data;
    header->hash = ngx_hash_key(identity->lowcase.data, identity->lowcase.len);
    header->value = *value;

    return NGX_OK;
}


/* Phases. */

ngx_int_t
ngx_http_gatehouse_identity_strip(ngx_http_request_t *r)
{
    ngx_uint_t                      i;
    ngx_list_part_t                *part;
    ngx_table_elt_t                *header;
    ngx_http_gatehouse_srv_conf_t  *gscf;

    gscf = ngx_http_get_module_srv_conf(r, ngx_http_gatehouse_module);

    if (!gscf->strip) {
        return NGX_DECLINED;
    }

    for (part = &r->headers_in.headers.part; part != NULL; part = part->next) {
        header = part->elts;

        for (i = 0; i < part->nelts; i++) {
            if (!ngx_http_gatehouse_header_is_identity(&header[i])) {
                continue;
            }

            return ngx_http_gatehouse_headers_rebuild(r, 0) == NGX_OK
                       ? NGX_DECLINED
                       : NGX_HTTP_INTERNAL_SERVER_ERROR;
        }
    }

    return NGX_DECLINED;
}

ngx_int_t
ngx_http_gatehouse_identity_hand_on(ngx_http_request_t *r)
{
    ngx_str_t                       value;
    ngx_uint_t                      i, cut = 0;
    const gh_session_t             *session;
    ngx_http_gatehouse_loc_conf_t  *glcf;
    ngx_http_gatehouse_srv_conf_t  *gscf;

    gscf = ngx_http_get_module_srv_conf(r, ngx_http_gatehouse_module);
    glcf = ngx_http_get_module_loc_conf(r, ngx_http_gatehouse_module);

    /* A file has no upstream to be told, and the portal is one of us. */
    if (!gscf->strip || r->content_handler == NULL || glcf->portal) {
        return NGX_DECLINED;
    }

    /*
     * Before the cookie goes: a redirect may lead on to where somebody must be signed in.
     */
    (void) ngx_http_gatehouse_session(r);
    session = ngx_http_gatehouse_identity(r);

    if (!glcf->pass_cookie) {
        cut |= NGX_HTTP_GATEHOUSE_CUT_COOKIES;
    }

    if (glcf->basic && glcf->mode != NGX_HTTP_GATEHOUSE_OFF) {
        cut |= NGX_HTTP_GATEHOUSE_CUT_CREDENTIALS;
    }

    if (ngx_http_gatehouse_headers_rebuild(r, cut) != NGX_OK) {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    for (i = 0; session != NULL && i < NGX_HTTP_GATEHOUSE_IDENTITIES; i++) {

        value = ngx_http_gatehouse_identity_value(&ngx_http_gatehouse_identities[i], session);

        if (ngx_http_gatehouse_identities[i].header.len > 0 && value.len > 0
            && ngx_http_gatehouse_headers_add(r, &ngx_http_gatehouse_identities[i], &value)
               != NGX_OK)
        {
            return NGX_HTTP_INTERNAL_SERVER_ERROR;
        }
    }

    return NGX_DECLINED;
}

ngx_int_t
ngx_http_gatehouse_identity_answer(ngx_http_request_t *r, const gh_session_t *session)
{
    ngx_str_t                       value;
    ngx_uint_t                      i;
    ngx_http_gatehouse_identity_t  *identity;

    for (i = 0; i < NGX_HTTP_GATEHOUSE_IDENTITIES; i++) {
        identity = &ngx_http_gatehouse_identities[i];
        value = ngx_http_gatehouse_identity_value(identity, session);

        if (identity->header.len > 0 && value.len > 0
            && ngx_http_gatehouse_header_add(r, (char *) identity->header.data, &value)
               != NGX_OK)
        {
            return NGX_ERROR;
        }
    }

    return NGX_OK;
}


/* Variables. */

static ngx_int_t
ngx_http_gatehouse_identity_variable(ngx_http_request_t *r, ngx_http_variable_value_t *v,
    uintptr_t data)
{
    ngx_str_t                       value;
    const gh_session_t             *session = ngx_http_gatehouse_identity(r);
    ngx_http_gatehouse_identity_t  *identity = (ngx_http_gatehouse_identity_t *) data;

    if (session == NULL) {
        v->not_found = 1;
        return NGX_OK;
    }

    value = ngx_http_gatehouse_identity_value(identity, session);

    v->data = value.data;
    v->len = value.len;
    v->valid = 1;
    v->no_cacheable = 1;
    v->not_found = 0;

    return NGX_OK;
}

ngx_int_t
ngx_http_gatehouse_identity_variables(ngx_conf_t *cf)
{
    ngx_uint_t            i;
    ngx_http_variable_t  *variable;

    for (i = 0; i < NGX_HTTP_GATEHOUSE_IDENTITIES; i++) {
        variable = ngx_http_add_variable(cf, &ngx_http_gatehouse_identities[i].variable,
                                         NGX_HTTP_VAR_NOCACHEABLE);

        if (variable == NULL) {
            return NGX_ERROR;
        }

        variable->get_handler = ngx_http_gatehouse_identity_variable;
        variable->data = (uintptr_t) &ngx_http_gatehouse_identities[i];
    }

    return NGX_OK;
}
