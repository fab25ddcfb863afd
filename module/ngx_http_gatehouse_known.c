/*
 * Known browsers.
 */

/* lib. */
#include "account/throttle.h"
#include "session/ticket.h"

/* Module. */
#include "ngx_http_gatehouse_cookie.h"
#include "ngx_http_gatehouse_known.h"
#include "ngx_http_gatehouse_session.h"

/* A browser is known for this long after it was marked. */
#define NGX_HTTP_GATEHOUSE_KNOWN  (400 * 24 * 3600)     /* s */

/* Whom a mark is for: `realm:uid`.  Without memory it is nobody's, and the buffer says so. */
static void
ngx_http_gatehouse_known_bearer(gh_buf_t *out, const gh_realm_t *realm, gh_text_t account)
{
    gh_buf_init(out);
    gh_buf_add_format(out, "%s:", realm->name);
    (void) gh_throttle_account(realm, account, out);
}

ngx_uint_t
ngx_http_gatehouse_known_by(ngx_http_request_t *r, const gh_realm_t *realm, gh_text_t account)
{
    gh_buf_t                         bearer;
    ngx_uint_t                       is_known;
    ngx_http_gatehouse_main_conf_t  *gmcf = ngx_http_gatehouse_main_conf(r);

    ngx_http_gatehouse_known_bearer(&bearer, realm, account);
    is_known = gh_buf_is_ok(&bearer)
               && gh_ticket_is_good(gmcf->keyring, GH_PURPOSE_KNOWN,
                                    ngx_http_gatehouse_cookie_get(r, &gmcf->known_cookie),
                                    gh_buf_text(&bearer), NGX_HTTP_GATEHOUSE_KNOWN * GH_SECOND,
                                    ngx_http_gatehouse_now());
    gh_buf_cleanup(&bearer);

    return is_known;
}

ngx_int_t
ngx_http_gatehouse_known_mark(ngx_http_request_t *r, const gh_identity_card_t *who)
{
    gh_buf_t                         bearer, mark;
    ngx_int_t                        rc = NGX_ERROR;
    ngx_http_gatehouse_main_conf_t  *gmcf = ngx_http_gatehouse_main_conf(r);

    ngx_http_gatehouse_known_bearer(&bearer, who->realm, gh_text(who->uid));
    gh_buf_init(&mark);

    if (gh_buf_is_ok(&bearer)
        && gh_ticket_issue(gmcf->keyring, GH_PURPOSE_KNOWN, gh_buf_text(&bearer),
                           ngx_http_gatehouse_now(), &mark)
               == 0)
    {
        rc = ngx_http_gatehouse_cookie_keep(r, &gmcf->known_cookie, gh_buf_text(&mark),
                                            NGX_HTTP_GATEHOUSE_KNOWN);
    }

    gh_buf_cleanup(&mark);
    gh_buf_cleanup(&bearer);

    return rc;
}
