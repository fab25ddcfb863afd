/*
 * Records: what came of a sign-in, from one call of PAM's to the next, as data of
 * the handle.  Threads with handles of their own never meet.
 */
#ifndef GH_PAM_RECORD_H
#define GH_PAM_RECORD_H

/* System. */
#include <security/pam_modules.h>

/* Base. */
#include "base/secret.h"

/* Account. */
#include "account/card.h"
#include "account/verdict.h"

/* One of all zeros denies. */
typedef struct {
    gh_verdict_t       verdict;
    long               expires_in; /* seconds, with GH_VERDICT_EXPIRING */
    long               grace_left; /* sign-ins, with GH_VERDICT_GRACE */
    char              *user;       /* as the directory spells it when it let somebody in,
                                      else as typed; NULL: nobody was named */
    char              *portal;     /* its address, for sentences */
    char              *realm;      /* name */
    gh_identity_card_t who;        /* empty: nobody's; its realm is not kept */
    gh_secret_t       *password;   /* what was shown and is to be changed; NULL: not kept */
} gh_record_t;

/* An empty record; NULL when memory is out. */
gh_record_t *gh_record_new(void);

/* Frees it, the password wiped.  NULL is fine. */
void gh_record_free(gh_record_t *record);

/*
 * Makes `*record` the handle's, in place of the one it had, and frees it at the
 * end.  Takes it over (NULL afterwards, also on failure).  Returns PAM_SUCCESS or a code
 * to return.
 */
int gh_record_put(pam_handle_t *pamh, gh_record_t **record);

/*
 * The handle's record, if it is about the user whom PAM has now or about nobody;
 * else NULL.  It lives until another is put.
 */
gh_record_t *gh_record_get(pam_handle_t *pamh);

#endif
