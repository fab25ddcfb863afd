/*
 * Forms of the portal.
 */

/* lib. */
#include "base/secret.h"

/* Module. */
#include "ngx_http_gatehouse_csrf.h"
#include "ngx_http_gatehouse_form.h"
#include "ngx_http_gatehouse_note.h"
#include "ngx_http_gatehouse_page.h"
#include "ngx_http_gatehouse_session.h"

/* What is kept while the body comes in; goes with the request. */
typedef struct {
    ngx_http_gatehouse_form_pt   handler;
    gh_form_t                    form;
} ngx_http_gatehouse_reading_t;

/* Wipes what nginx read: a password stands in it. */
static void
ngx_http_gatehouse_form_wipe_body(ngx_http_request_body_t *body)
{
    ngx_chain_t  *cl;

    for (cl = body->bufs; cl != NULL; cl = cl->next) {
        if (ngx_buf_in_memory(cl->buf)) {
            gh_secret_wipe(cl->buf->start, cl->buf->end - cl->buf->start);
        }
    }
}

static void
ngx_http_gatehouse_form_cleanup(void *data)
{
    ngx_http_gatehouse_reading_t  *reading = data;

    gh_form_cleanup(&reading->form);
}

static ngx_http_gatehouse_reading_t *
ngx_http_gatehouse_form_reading(ngx_http_request_t *r)
{
    ngx_pool_cleanup_t  *cln;

    for (cln = r->pool->cleanup; cln != NULL; cln = cln->next) {
        if (cln->handler == ngx_http_gatehouse_form_cleanup) {
            return cln->data;
        }
    }

    return NULL;
}

static ngx_uint_t
ngx_http_gatehouse_form_is_urlencoded(ngx_http_request_t *r)
{
    static const char  type[] = "application/x-www-form-urlencoded";
    ngx_str_t         *value;

    if (r->headers_in.content_type == NULL) {
        return 0;
    }

    value = &r->headers_in.content_type->value;

    return value->len >= sizeof(type) - 1
           && ngx_strncasecmp(value->data, (u_char *) type, sizeof(type) - 1) == 0
           && (value->len == sizeof(type) - 1 || value->data[sizeof(type) - 1] == ';'
               || value->data[sizeof(type) - 1] == ' ');
}

/* The whole body in one piece, from the request's pool.  NGX_OK or NGX_ERROR. */
static ngx_int_t
ngx_http_gatehouse_form_body(ngx_http_request_t *r, ngx_str_t *out)
{
    u_char       *p;
    ngx_chain_t  *cl;

    ngx_str_null(out);

    if (r->request_body == NULL || r->request_body->temp_file != NULL) {
        return NGX_ERROR;
    }

    for (cl = r->request_body->bufs; cl != NULL; cl = cl->next) {
        out->len += ngx_buf_size(cl->buf);
    }

    out->data = ngx_pnalloc(r->pool, out->len + 1);

    if (out->data == NULL) {
        return NGX_ERROR;
    }

    for (p = out->data, cl = r->request_body->bufs; cl != NULL; cl = cl->next) {

        /* The buffer that only marks the end points nowhere. */
        if (ngx_buf_in_memory(cl->buf)) {
            p = ngx_cpymem(p, cl->buf->pos, ngx_buf_size(cl->buf));
        }
    }

    return NGX_OK;
}

/* Notes that the form is refused, and for whom, as far as the cookie says. */
static void
ngx_http_gatehouse_form_note(ngx_http_request_t *r, const char *outcome)
{
    const gh_session_t  *session = ngx_http_gatehouse_session(r);

    ngx_http_gatehouse_note(r, "form-refused", session != NULL ? session->realm : NULL,
                            session != NULL ? session->uid : NULL, outcome);
}

/* The status that refuses the form, or NGX_OK with `form` filled. */
static ngx_int_t
ngx_http_gatehouse_form_decode(ngx_http_request_t *r, gh_form_t *form)
{
    int        rc;
    ngx_str_t  body;

    if (ngx_http_gatehouse_form_body(r, &body) != NGX_OK) {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    rc = gh_form_parse(form, ngx_http_gatehouse_text(body));
    gh_secret_wipe(body.data, body.len);
    ngx_http_gatehouse_form_wipe_body(r->request_body);

    if (rc != 0) {
        return rc == GH_ERR_NOMEM ? NGX_HTTP_INTERNAL_SERVER_ERROR : NGX_HTTP_BAD_REQUEST;
    }

    if (!ngx_http_gatehouse_csrf_is_good(r, form)) {
        ngx_http_gatehouse_form_note(r, "no-token");
        return NGX_HTTP_FORBIDDEN;
    }

    return NGX_OK;
}

static void
ngx_http_gatehouse_form_done(ngx_http_request_t *r)
{
    ngx_int_t                      rc;
    ngx_http_gatehouse_reading_t  *reading = ngx_http_gatehouse_form_reading(r);

    rc = ngx_http_gatehouse_form_decode(r, &reading->form);

    if (rc != NGX_OK) {
        ngx_http_finalize_request(r, ngx_http_gatehouse_page_problem(r, rc));
        return;
    }

    reading->handler(r, &reading->form);
}

/* Answers with that status, and reads nothing. */
static ngx_int_t
ngx_http_gatehouse_form_refuse(ngx_http_request_t *r, ngx_uint_t status)
{
    ngx_int_t  rc = ngx_http_discard_request_body(r);

    return rc == NGX_OK ? ngx_http_gatehouse_page_problem(r, status) : rc;
}

ngx_int_t
ngx_http_gatehouse_form_read(ngx_http_request_t *r, ngx_http_gatehouse_form_pt handler)
{
    ngx_int_t                      rc;
    ngx_pool_cleanup_t            *cln;
    ngx_http_gatehouse_reading_t  *reading;

    if (!ngx_http_gatehouse_csrf_is_own_site(r)) {
        ngx_http_gatehouse_form_note(r, "other-site");
        return ngx_http_gatehouse_form_refuse(r, NGX_HTTP_FORBIDDEN);
    }

    if (!ngx_http_gatehouse_form_is_urlencoded(r)) {
        return ngx_http_gatehouse_form_refuse(r, NGX_HTTP_UNSUPPORTED_MEDIA_TYPE);
    }

    cln = ngx_pool_cleanup_add(r->pool, sizeof(ngx_http_gatehouse_reading_t));

    if (cln == NULL) {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    reading = cln->data;
    ngx_memzero(reading, sizeof(ngx_http_gatehouse_reading_t));
    cln->handler = ngx_http_gatehouse_form_cleanup;
    reading->handler = handler;

    /* A password is not written to a disk. */
    r->request_body_in_single_buf = 1;
    r->request_body_in_file_only = 0;

    rc = ngx_http_read_client_request_body(r, ngx_http_gatehouse_form_done);

    return rc >= NGX_HTTP_SPECIAL_RESPONSE ? rc : NGX_DONE;
}
