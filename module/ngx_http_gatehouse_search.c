/*
 * The search without log-in.
 */

/* lib. */
#include "account/find.h"

/* Module. */
#include "ngx_http_gatehouse_page.h"
#include "ngx_http_gatehouse_portal.h"
#include "ngx_http_gatehouse_run.h"
#include "ngx_http_gatehouse_search.h"

/* Bytes of what somebody looks for. */
#define NGX_HTTP_GATEHOUSE_QUERY_MAX  256

static void ngx_http_gatehouse_search_done(ngx_http_request_t *r, gh_flow_t *flow);
static void ngx_http_gatehouse_search_one_done(ngx_http_request_t *r, gh_flow_t *flow);

/* The realm that is searched; NULL: there is none. */
static const gh_realm_t *
ngx_http_gatehouse_search_realm(ngx_http_request_t *r)
{
    return gh_config_realm(ngx_http_gatehouse_main_conf(r)->config, gh_text("contractor"));
}

/* An argument of the address, decoded, from the request's pool; empty: not there. */
static gh_text_t
ngx_http_gatehouse_search_arg(ngx_http_request_t *r, const char *name)
{
    u_char     *from, *to, *p;
    ngx_str_t   raw;

    if (ngx_http_arg(r, (u_char *) name, ngx_strlen(name), &raw) != NGX_OK) {
        return gh_text(NULL);
    }

    from = ngx_pnalloc(r->pool, 2 * raw.len);

    if (from == NULL) {
        return gh_text(NULL);
    }

    to = from + raw.len;
    ngx_memcpy(from, raw.data, raw.len);

    for (p = from; p < from + raw.len; p++) {
        *p = *p == '+' ? ' ' : *p;
    }

    raw.data = to;
    ngx_unescape_uri(&to, &from, raw.len, 0);

    return (gh_text_t) { (char *) raw.data, to - raw.data };
}

/* What anybody may know of a contractor, but the name that stands above. */
static json_t *
ngx_http_gatehouse_search_facts(const gh_realm_t *realm, const gh_entry_t *entry)
{
    size_t             i;
    json_t            *facts = json_array();
    gh_buf_t           value;
    const gh_field_t  *field;

    for (i = 0; i < realm->field_count; i++) {
        field = &realm->fields[i];
        gh_buf_init(&value);

        if (field->is_public && ngx_strcmp(field->attribute, "o") != 0
            && gh_field_show(field, gh_entry_value(entry, field->attribute), &value) == 0
            && value.len > 0)
        {
            (void) json_array_append_new(
                facts, json_pack("{s:s, s:s#}", "label", field->label, "value", value.data,
                                 (int) value.len));
        }

        gh_buf_cleanup(&value);
    }

    return facts;
}

/* One contractor, for a list or a page of its own. */
static json_t *
ngx_http_gatehouse_search_person(ngx_http_request_t *r, const gh_realm_t *realm,
    const gh_entry_t *entry)
{
    char         url[512];
    json_t      *person;
    gh_text_t    uid = gh_entry_value(entry, "uid"), name = gh_entry_value(entry, "o");
    const char  *prefix = ngx_http_gatehouse_main_conf(r)->config->portal.prefix;

    if (!gh_text_is_clean(uid) || gh_text_is_empty(uid)) {
        return NULL;
    }

    if (!gh_text_is_clean(name) || gh_text_is_empty(name)) {
        name = uid;
    }

    (void) snprintf(url, sizeof(url), "%s/contractors/%.*s", prefix, (int) uid.len, uid.data);
    person = json_pack("{s:s, s:s#, s:s#, s:b}", "url", url, "uid", uid.data, (int) uid.len,
                       "title", name.data, (int) name.len, "is_unverified",
                       gh_entry_attribute(entry, "gatehouseLicenseStatus") == NULL);

    if (person != NULL) {
        (void) json_object_set_new(person, "facts",
                                   ngx_http_gatehouse_search_facts(realm, entry));
    }

    return person;
}

/* Says beside the field what is wrong with what was typed. */
static void
ngx_http_gatehouse_search_wrong(json_t *context, const char *sentence)
{
    (void) json_object_set_new(context, "query_error", json_pack("{s:s}", "text", sentence));
}

ngx_int_t
ngx_http_gatehouse_search(ngx_http_request_t *r)
{
    json_t            *context;
    gh_text_t          query = ngx_http_gatehouse_search_arg(r, "q");
    gh_flow_t         *flow;
    const gh_realm_t  *realm = ngx_http_gatehouse_search_realm(r);

    if (realm == NULL) {
        return ngx_http_gatehouse_page_problem(r, NGX_HTTP_NOT_FOUND);
    }

    if (gh_text_is_empty(gh_text_trim(query)) || query.len > NGX_HTTP_GATEHOUSE_QUERY_MAX) {
        context = ngx_http_gatehouse_page_context(r, "Find a contractor");

        if (query.len > NGX_HTTP_GATEHOUSE_QUERY_MAX) {
            ngx_http_gatehouse_search_wrong(context, "That is too long. Type a word or two of the "
                                                     "business name, or a license number.");
        }

        return ngx_http_gatehouse_page_send(r, NGX_HTTP_OK, "contractors", &context);
    }

    flow = gh_find_new(realm, query);

    return ngx_http_gatehouse_run_content(r, &flow, ngx_http_gatehouse_search_done);
}

/* The address of another page of the results. */
static void
ngx_http_gatehouse_search_link(ngx_http_request_t *r, json_t *context, const char *name,
    gh_text_t query, size_t page)
{
    u_char      *p, *url;
    size_t       size;
    const char  *prefix = ngx_http_gatehouse_main_conf(r)->config->portal.prefix;

    size = ngx_strlen(prefix) + sizeof("/contractors?q=&page=") + 3 * query.len
           + NGX_SIZE_T_LEN;
    url = ngx_pnalloc(r->pool, size);

    if (url == NULL) {
        return;
    }

    p = ngx_sprintf(url, "%s/contractors?q=", prefix);
    p = (u_char *) ngx_escape_uri(p, (u_char *) query.data, query.len,
                                  NGX_ESCAPE_URI_COMPONENT);
    p = ngx_sprintf(p, "&page=%uz", page);
    (void) json_object_set_new(context, name, json_stringn((char *) url, p - url));
}

static void
ngx_http_gatehouse_search_results(ngx_http_request_t *r, json_t *context,
    const gh_find_result_t *result, gh_text_t query)
{
    size_t             i;
    json_t            *results = json_array(), *person;
    ngx_int_t          wanted;
    gh_text_t          number = ngx_http_gatehouse_search_arg(r, "page");
    gh_find_page_t     page;

    wanted = ngx_atoi((u_char *) number.data, number.len);
    page = gh_find_page(result, wanted > 0 ? (size_t) wanted : 1);

    for (i = page.first; i < page.first + page.count; i++) {
        person = ngx_http_gatehouse_search_person(r, ngx_http_gatehouse_search_realm(r),
                                                  &result->entries[i]);

        if (person != NULL) {
            (void) json_array_append_new(results, person);
        }
    }

    (void) json_object_update_new(
        context, json_pack("{s:b, s:b, s:b, s:I, s:I, s:o}", "too_many",
                           result->outcome == GH_FIND_TOO_MANY, "has_results",
                           page.count > 0, "none",
                           page.count == 0 && result->outcome == GH_FIND_DONE, "page",
                           (json_int_t) page.page, "pages", (json_int_t) page.pages, "results",
                           results));

    if (result->outcome == GH_FIND_TOO_SHORT) {
        ngx_http_gatehouse_search_wrong(context,
                                        "Type at least two letters, or a license number.");
    }

    if (page.page > 1) {
        ngx_http_gatehouse_search_link(r, context, "previous_url", query, page.page - 1);
    }

    if (page.page < page.pages) {
        ngx_http_gatehouse_search_link(r, context, "next_url", query, page.page + 1);
    }
}

static void
ngx_http_gatehouse_search_done(ngx_http_request_t *r, gh_flow_t *flow)
{
    json_t                  *context;
    gh_text_t                query = ngx_http_gatehouse_search_arg(r, "q");
    const gh_find_result_t  *result = gh_find_result(flow);

    if (result->outcome == GH_FIND_UNAVAILABLE) {
        ngx_http_finalize_request(
            r, ngx_http_gatehouse_page_problem(r, NGX_HTTP_SERVICE_UNAVAILABLE));
        return;
    }

    context = ngx_http_gatehouse_page_context(r, "Find a contractor");

    if (context != NULL) {
        ngx_http_gatehouse_search_results(r, context, result, query);

        if (gh_text_is_clean(query)) {
            (void) json_object_set_new(context, "q", json_stringn(query.data, query.len));
        }
    }

    ngx_http_finalize_request(
        r, ngx_http_gatehouse_page_send(r, NGX_HTTP_OK, "contractors", &context));
}

ngx_int_t
ngx_http_gatehouse_search_one(ngx_http_request_t *r)
{
    gh_flow_t         *flow;
    gh_text_t          number = ngx_http_gatehouse_portal_tail(r);
    const gh_realm_t  *realm = ngx_http_gatehouse_search_realm(r);

    if (realm == NULL) {
        return ngx_http_gatehouse_page_problem(r, NGX_HTTP_NOT_FOUND);
    }

    flow = gh_find_license_new(realm, number);

    return ngx_http_gatehouse_run_content(r, &flow, ngx_http_gatehouse_search_one_done);
}

static void
ngx_http_gatehouse_search_one_done(ngx_http_request_t *r, gh_flow_t *flow)
{
    json_t                  *context, *person;
    const gh_find_result_t  *result = gh_find_result(flow);

    if (result->outcome == GH_FIND_UNAVAILABLE || result->count != 1) {
        ngx_http_finalize_request(
            r, ngx_http_gatehouse_page_problem(r, result->outcome == GH_FIND_UNAVAILABLE
                                                      ? NGX_HTTP_SERVICE_UNAVAILABLE
                                                      : NGX_HTTP_NOT_FOUND));
        return;
    }

    person = ngx_http_gatehouse_search_person(r, ngx_http_gatehouse_search_realm(r),
                                              &result->entries[0]);
    context = ngx_http_gatehouse_page_context(r, "Contractor");

    if (context != NULL && person != NULL) {
        (void) json_object_update(context, person);
    }

    json_decref(person);
    ngx_http_finalize_request(
        r, ngx_http_gatehouse_page_send(r, NGX_HTTP_OK, "contractor", &context));
}
