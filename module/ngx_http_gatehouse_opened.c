/*
 * Opened sessions.
 */

/* Module. */
#include "ngx_http_gatehouse_opened.h"

ngx_http_gatehouse_opened_t *
ngx_http_gatehouse_opened_create(gh_session_t **session)
{
    ngx_http_gatehouse_opened_t  *opened;

    opened = ngx_calloc(sizeof(ngx_http_gatehouse_opened_t), ngx_cycle->log);

    if (opened == NULL) {
        gh_session_free(*session);

    } else {
        opened->session = *session;
        opened->users = 1;
    }

    *session = NULL;

    return opened;
}

ngx_http_gatehouse_opened_t *
ngx_http_gatehouse_opened_use(ngx_http_gatehouse_opened_t *opened)
{
    opened->users++;

    return opened;
}

void
ngx_http_gatehouse_opened_release(ngx_http_gatehouse_opened_t *opened)
{
    if (opened != NULL && --opened->users == 0) {
        gh_session_free(opened->session);
        ngx_free(opened);
    }
}
