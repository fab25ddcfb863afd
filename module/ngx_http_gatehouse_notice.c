/*
 * Notices.
 */

/* Module. */
#include "ngx_http_gatehouse_mail.h"
#include "ngx_http_gatehouse_notice.h"

void
ngx_http_gatehouse_notice(ngx_http_request_t *r, const gh_identity_card_t *who,
    const char *to, const char *letter)
{
    json_t                          *context;
    ngx_http_gatehouse_origin_t      origin;
    ngx_http_gatehouse_mail_about_t  about = { who->realm->name, who->uid, &origin };
    ngx_http_gatehouse_main_conf_t  *gmcf = ngx_http_gatehouse_main_conf(r);

    if (gmcf->mails == NULL || to == NULL || to[0] == '\0') {
        return;
    }

    ngx_http_gatehouse_origin_set(&origin, r);
    context = json_pack("{s:s, s:s, s:s}", "uid", who->uid, "realm_label", who->realm->label,
                        "name", who->name);
    (void) ngx_http_gatehouse_mail_send(gmcf, to, letter, context, &about);
    json_decref(context);
}
