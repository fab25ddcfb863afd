/*
 * Pages.
 */

/* lib. */
#include "base/buf.h"

/* Module. */
#include "ngx_http_gatehouse_csrf.h"
#include "ngx_http_gatehouse_page.h"
#include "ngx_http_gatehouse_session.h"
#include "ngx_http_gatehouse_setup.h"

/* On every page: nothing but our own style sheet is loaded, nobody frames us. */
#define NGX_HTTP_GATEHOUSE_CSP                                                               \
    "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; "              \
    "form-action 'self'; "                                                                   \
    "base-uri 'none'; frame-ancestors 'none'"

typedef struct {
    ngx_uint_t   status;
    ngx_uint_t   retry;         /* whether to try again is worth it; seconds, 0: no */
    const char  *heading;
    const char  *text;
} ngx_http_gatehouse_problem_t;

static const ngx_http_gatehouse_problem_t  ngx_http_gatehouse_problems[] = {

    { NGX_HTTP_BAD_REQUEST, 0, "The form could not be read",
      "Something in what your browser sent is not as a form should be. Go back, load the page "
      "again, and fill it in once more." },

    { NGX_HTTP_FORBIDDEN, 0, "This form is out of date",
      "Pages are protected against being sent by somebody else's site. Yours was open too long, or "
      "your browser does not keep cookies. Load the page again and fill it in once more." },

    { NGX_HTTP_NOT_FOUND, 0, "There is no such page",
      "The address may be mistyped, or the page may have moved." },

    { NGX_HTTP_NOT_ALLOWED, 0, "That can't be done here",
      "This address does not take that kind of request." },

    { NGX_HTTP_REQUEST_ENTITY_TOO_LARGE, 0, "That is too much",
      "What your browser sent is larger than this form takes." },

    { NGX_HTTP_UNSUPPORTED_MEDIA_TYPE, 0, "The form could not be read",
      "This address takes forms as browsers send them, and nothing else." },

    { NGX_HTTP_SERVICE_UNAVAILABLE, NGX_HTTP_GATEHOUSE_RETRY,
      "Signing in is not possible right now",
      "Your password is not the reason: the directory of accounts does not answer. "
      "Please try again in a moment." },
};

/* When nothing else fits; also the end of the table's search. */
static const ngx_http_gatehouse_problem_t  ngx_http_gatehouse_problem = {
    NGX_HTTP_INTERNAL_SERVER_ERROR, NGX_HTTP_GATEHOUSE_RETRY, "Something went wrong here",
    "This is our fault, not yours. Please try again in a moment."
};


/* Headers. */

ngx_int_t
ngx_http_gatehouse_header_add(ngx_http_request_t *r, const char *name, ngx_str_t *value)
{
    ngx_table_elt_t  *header = ngx_list_push(&r->headers_out.headers);

    if (header == NULL) {
        return NGX_ERROR;
    }

    header->hash = 1;
    header->key.data = (u_char *) name;
    header->key.len = ngx_strlen(name);
    header->value = *value;

    return NGX_OK;
}

ngx_int_t
ngx_http_gatehouse_header_set_location(ngx_http_request_t *r, ngx_str_t *location)
{
    return ngx_http_gatehouse_header_add(r, "Location", location);
}

ngx_int_t
ngx_http_gatehouse_header_no_store(ngx_http_request_t *r)
{
    static ngx_str_t  no_store = ngx_string("no-store");

    return ngx_http_gatehouse_header_add(r, "Cache-Control", &no_store);
}

ngx_int_t
ngx_http_gatehouse_header_retry_after(ngx_http_request_t *r, ngx_uint_t seconds)
{
    ngx_str_t  value;

    value.data = ngx_pnalloc(r->pool, NGX_INT_T_LEN);

    if (value.data == NULL) {
        return NGX_ERROR;
    }

    value.len = ngx_sprintf(value.data, "%ui", seconds) - value.data;

    return ngx_http_gatehouse_header_add(r, "Retry-After", &value);
}

/* What every response of the portal has, whatever it is. */
static ngx_int_t
ngx_http_gatehouse_page_headers(ngx_http_request_t *r)
{
    const char        *url = ngx_http_gatehouse_main_conf(r)->config->portal.url;
    static ngx_str_t   csp = ngx_string(NGX_HTTP_GATEHOUSE_CSP);
    static ngx_str_t   same = ngx_string("same-origin");
    static ngx_str_t   nosniff = ngx_string("nosniff");
    static ngx_str_t   a_year = ngx_string("max-age=31536000");

    if (ngx_http_gatehouse_header_add(r, "Content-Security-Policy", &csp) != NGX_OK
        || ngx_http_gatehouse_header_add(r, "Referrer-Policy", &same) != NGX_OK
        || ngx_http_gatehouse_header_add(r, "Cross-Origin-Opener-Policy", &same) != NGX_OK
        || ngx_http_gatehouse_header_add(r, "X-Content-Type-Options", &nosniff) != NGX_OK)
    {
        return NGX_ERROR;
    }

    /* Of this host alone: others of the domain may not be ours to speak for. */
    if (ngx_strncmp(url, "https:", sizeof("https:") - 1) == 0) {
        return ngx_http_gatehouse_header_add(r, "Strict-Transport-Security", &a_year);
    }

    return NGX_OK;
}


/* Contexts. */

static json_t *
ngx_http_gatehouse_page_signed_in(ngx_http_request_t *r, const gh_session_t *session)
{
    json_t                          *who;
    ngx_http_gatehouse_main_conf_t  *gmcf = ngx_http_gatehouse_main_conf(r);

    who = json_pack("{s:s, s:s, s:s, s:s}", "name", session->name, "uid", session->uid,
                    "realm", session->realm, "realm_label",
                    gh_config_realm(gmcf->config, gh_text(session->realm))->label);

    if (who != NULL && session->mail[0] != '\0') {
        (void) json_object_set_new(who, "mail", json_string(session->mail));
    }

    return who;
}

/* The last part of the pages' folder is their language. */
static const char *
ngx_http_gatehouse_page_language(const gh_portal_settings_t *portal)
{
    const char  *slash = strrchr(portal->pages, '/');

    return slash != NULL ? slash + 1 : portal->pages;
}

static void
ngx_http_gatehouse_page_url(json_t *context, const char *name, const char *prefix,
    const char *path)
{
    (void) json_object_set_new(context, name, json_pack("s+", prefix, path));
}

/* Where one can go from every page. */
static void
ngx_http_gatehouse_page_ways(ngx_http_gatehouse_main_conf_t *gmcf, json_t *context,
    ngx_uint_t is_stranger)
{
    size_t                       i;
    json_t                      *links = json_array();
    const gh_portal_settings_t  *portal = &gmcf->config->portal;

    for (i = 0; i < portal->link_count; i++) {
        (void) json_array_append_new(links,
                                     json_pack("{s:s, s:s}", "title", portal->links[i].title,
                                               "url", portal->links[i].url));
    }

    (void) json_object_set_new(context, "links", links);
    ngx_http_gatehouse_page_url(context, "script_url", portal->prefix, "/portal.js");

    if (ngx_http_gatehouse_setup_is_open(gmcf)) {
        (void) json_object_set_new(context, "has_setup", json_true());
    }

    if (is_stranger && gmcf->config->mail.url != NULL) {
        ngx_http_gatehouse_page_url(context, "forgot_url", portal->prefix, "/forgot");
    }

    if (gh_config_realm(gmcf->config, gh_text("contractor")) != NULL) {
        ngx_http_gatehouse_page_url(context, "contractors_url", portal->prefix, "/contractors");
    }
}

json_t *
ngx_http_gatehouse_page_context(ngx_http_request_t *r, const char *title)
{
    json_t                          *context;
    const gh_session_t              *session = ngx_http_gatehouse_session(r);
    ngx_http_gatehouse_main_conf_t  *gmcf = ngx_http_gatehouse_main_conf(r);
    const gh_portal_settings_t      *portal = &gmcf->config->portal;

    context = json_pack("{s:s, s:s, s:s, s:s, s:s++}", "lang",
                        ngx_http_gatehouse_page_language(portal), "page_title", title,
                        "site_title", portal->title, "prefix", portal->prefix, "style_url",
                        portal->prefix, "/style.css", "");

    if (context == NULL) {
        return NULL;
    }

    if (portal->help_phone != NULL) {
        (void) json_object_set_new(context, "help_phone", json_string(portal->help_phone));
    }

    if (session != NULL) {
        (void) json_object_set_new(context, "signed_in",
                                   ngx_http_gatehouse_page_signed_in(r, session));
    }

    ngx_http_gatehouse_page_ways(gmcf, context, session == NULL);

    if (ngx_http_gatehouse_csrf_issue(r, context) != NGX_OK) {
        json_decref(context);
        return NULL;
    }

    return context;
}

void
ngx_http_gatehouse_page_message(json_t *context, const char *kind, const char *text)
{
    (void) json_object_set_new(context, "message",
                               json_pack("{s:s, s:s}", "kind", kind, "text", text));
}


/* Responses. */

/* nginx knows no reason phrase for some of our statuses. */
static void
ngx_http_gatehouse_page_status(ngx_http_request_t *r, ngx_uint_t status)
{
    static ngx_str_t  unprocessable = ngx_string("422 Unprocessable Content");

    r->headers_out.status = status;

    if (status == 422) {
        r->headers_out.status_line = unprocessable;
    }
}

ngx_int_t
ngx_http_gatehouse_page_body(ngx_http_request_t *r, ngx_uint_t status, ngx_str_t *type,
    ngx_str_t *body)
{
    ngx_int_t     rc;
    ngx_buf_t    *b;
    ngx_chain_t   out;

    if (ngx_http_gatehouse_page_headers(r) != NGX_OK) {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    ngx_http_gatehouse_page_status(r, status);
    r->headers_out.content_length_n = body->len;
    r->headers_out.content_type = *type;
    r->headers_out.content_type_len = type->len;
    r->headers_out.content_type_lowcase = NULL;

    rc = ngx_http_send_header(r);

    if (rc == NGX_ERROR || rc > NGX_OK || r->header_only) {
        return rc;
    }

    if (body->len == 0) {
        return ngx_http_send_special(r, NGX_HTTP_LAST);
    }

    b = ngx_calloc_buf(r->pool);

    if (b == NULL) {
        return NGX_ERROR;
    }

    b->pos = body->data;
    b->last = body->data + body->len;
    b->memory = 1;
    b->last_buf = (r == r->main) ? 1 : 0;
    b->last_in_chain = 1;

    out.buf = b;
    out.next = NULL;

    return ngx_http_output_filter(r, &out);
}

ngx_int_t
ngx_http_gatehouse_page_send(ngx_http_request_t *r, ngx_uint_t status, const char *name,
    json_t **context)
{
    int                              rc = GH_ERR_NOMEM;
    gh_buf_t                         html;
    ngx_str_t                        body = ngx_null_string;
    const gh_template_t             *tmpl;
    static ngx_str_t                 type = ngx_string("text/html; charset=utf-8");
    ngx_http_gatehouse_main_conf_t  *gmcf = ngx_http_gatehouse_main_conf(r);

    gh_buf_init(&html);
    tmpl = gh_templates_find(gmcf->templates, name);

    if (*context != NULL && tmpl != NULL) {
        rc = gh_template_render(tmpl, *context, &html);
    }

    json_decref(*context);
    *context = NULL;

    if (rc == 0) {
        body.len = html.len;
        body.data = ngx_pnalloc(r->pool, html.len);
    }

    if (body.data == NULL) {
        ngx_log_error(NGX_LOG_ERR, r->connection->log, 0,
                      "gatehouse: page \"%s\" could not be made", name);
        gh_buf_cleanup(&html);
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    ngx_memcpy(body.data, html.data, html.len);
    gh_buf_cleanup(&html);

    if (ngx_http_gatehouse_header_no_store(r) != NGX_OK) {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    return ngx_http_gatehouse_page_body(r, status, &type, &body);
}

static const ngx_http_gatehouse_problem_t *
ngx_http_gatehouse_problem_find(ngx_uint_t status)
{
    ngx_uint_t  i;

    for (i = 0; i < sizeof(ngx_http_gatehouse_problems) / sizeof(ngx_http_gatehouse_problems[0]);
         i++)
    {
        if (ngx_http_gatehouse_problems[i].status == status) {
            return &ngx_http_gatehouse_problems[i];
        }
    }

    return &ngx_http_gatehouse_problem;
}

ngx_int_t
ngx_http_gatehouse_page_problem(ngx_http_request_t *r, ngx_uint_t status)
{
    json_t                              *context;
    const ngx_http_gatehouse_problem_t  *problem = ngx_http_gatehouse_problem_find(status);
    ngx_http_gatehouse_main_conf_t      *gmcf = ngx_http_gatehouse_main_conf(r);

    context = ngx_http_gatehouse_page_context(r, problem->heading);

    if (context == NULL) {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    (void) json_object_update_new(
        context, json_pack("{s:i, s:s, s:s, s:b, s:s+}", "status", (int) problem->status,
                           "heading", problem->heading, "text", problem->text, "retry",
                           problem->retry != 0, "home", gmcf->config->portal.prefix, "/"));

    if (problem->retry != 0
        && ngx_http_gatehouse_header_retry_after(r, problem->retry) != NGX_OK)
    {
        json_decref(context);
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    return ngx_http_gatehouse_page_send(r, problem->status, "problem", &context);
}

/* The labels of the realms, as one text: "Public user or Contractor". */
static json_t *
ngx_http_gatehouse_page_realms(ngx_http_gatehouse_main_conf_t *gmcf, const ngx_array_t *realms)
{
    json_t      *labels = json_string("");
    json_t      *longer;
    ngx_str_t   *names = realms->elts;
    ngx_uint_t   i;

    for (i = 0; i < realms->nelts; i++) {
        longer = json_pack("s++", json_string_value(labels), i == 0 ? "" : " or ",
                           gh_config_realm(gmcf->config, ngx_http_gatehouse_text(names[i]))
                               ->label);
        json_decref(labels);
        labels = longer;
    }

    return labels;
}

ngx_int_t
ngx_http_gatehouse_page_wrong_realm(ngx_http_request_t *r, const ngx_array_t *realms)
{
    json_t                          *context;
    const char                      *heading = "Not for this kind of account";
    ngx_http_gatehouse_main_conf_t  *gmcf = ngx_http_gatehouse_main_conf(r);

    context = ngx_http_gatehouse_page_context(r, heading);

    if (context == NULL) {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    (void) json_object_update_new(
        context, json_pack("{s:i, s:s, s:s, s:b, s:s+}", "status", NGX_HTTP_FORBIDDEN,
                           "heading", heading, "text",
                           "You are logged in, but this page is for another kind of account.",
                           "retry", 0, "home", gmcf->config->portal.prefix, "/"));
    (void) json_object_set_new(context, "needs_account",
                               ngx_http_gatehouse_page_realms(gmcf, realms));

    return ngx_http_gatehouse_page_send(r, NGX_HTTP_FORBIDDEN, "problem", &context);
}

ngx_int_t
ngx_http_gatehouse_page_wait(ngx_http_request_t *r, ngx_uint_t seconds, const char *text)
{
    json_t      *context;
    const char  *heading = "Please wait a moment";

    context = ngx_http_gatehouse_page_context(r, heading);

    if (context == NULL || ngx_http_gatehouse_header_retry_after(r, seconds) != NGX_OK) {
        json_decref(context);
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    (void) json_object_update_new(
        context,
        json_pack("{s:i, s:s, s:s, s:b, s:{s:I}}", "status", NGX_HTTP_TOO_MANY_REQUESTS,
                  "heading", heading, "text",
                  text != NULL ? text
                               : "There were many tries that failed. That slows everybody who "
                                 "guesses, and nobody is shut out.",
                  "retry", 1, "wait", "seconds", (json_int_t) seconds));

    return ngx_http_gatehouse_page_send(r, NGX_HTTP_TOO_MANY_REQUESTS, "problem", &context);
}

json_t *
ngx_http_gatehouse_page_form(ngx_http_request_t *r, const char *heading, const char *path,
    const char *submit, json_t **rows)
{
    json_t                          *context;
    ngx_http_gatehouse_main_conf_t  *gmcf = ngx_http_gatehouse_main_conf(r);

    context = ngx_http_gatehouse_page_context(r, heading);

    if (context == NULL) {
        json_decref(*rows);
        *rows = NULL;
        return NULL;
    }

    (void) json_object_update_new(context,
                                  json_pack("{s:s, s:s+, s:s}", "heading", heading, "action",
                                            gmcf->config->portal.prefix, path, "submit",
                                            submit));
    (void) json_object_set_new(context, "fields", *rows);
    *rows = NULL;

    return context;
}

ngx_int_t
ngx_http_gatehouse_page_done(ngx_http_request_t *r, const char *heading, const char *text,
    const char *path, const char *label)
{
    json_t                          *context;
    ngx_http_gatehouse_main_conf_t  *gmcf = ngx_http_gatehouse_main_conf(r);

    context = ngx_http_gatehouse_page_context(r, heading);

    if (context != NULL) {
        (void) json_object_update_new(
            context, json_pack("{s:s, s:s, s:s+, s:s}", "heading", heading, "text", text,
                               "next_url", gmcf->config->portal.prefix, path, "next_label",
                               label));
    }

    return ngx_http_gatehouse_page_send(r, NGX_HTTP_OK, "done", &context);
}

ngx_int_t
ngx_http_gatehouse_page_redirect(ngx_http_request_t *r, ngx_str_t *location)
{
    ngx_str_t  none = ngx_null_string, type = ngx_string("text/plain");

    if (ngx_http_gatehouse_header_set_location(r, location) != NGX_OK
        || ngx_http_gatehouse_header_no_store(r) != NGX_OK)
    {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    return ngx_http_gatehouse_page_body(r, NGX_HTTP_SEE_OTHER, &type, &none);
}
