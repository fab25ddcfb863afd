/*
 * Sessions: who is signed in, since when, as a sealed cookie says it.
 */
#ifndef GH_SESSION_SESSION_H
#define GH_SESSION_SESSION_H

/* Base. */
#include "base/buf.h"
#include "base/clock.h"

/* Session. */
#include "session/keyring.h"
#include "session/seal.h"

#define GH_SESSION_ID_SIZE 16                       /* random bytes */
#define GH_SESSION_ID_TEXT (2 * GH_SESSION_ID_SIZE) /* hex digits */

/* One block of memory: gh_session_free releases all of it. */
typedef struct {
    unsigned char id[GH_SESSION_ID_SIZE];
    char          id_text[GH_SESSION_ID_TEXT + 1]; /* lower-case hex */
    char         *realm;
    char         *uid;
    char         *uuid; /* entryUUID */
    char         *name;
    char         *mail;      /* "" when there is none */
    gh_time_t     signed_in; /* µs */
    gh_time_t     seen;      /* µs */
} gh_session_t;

/*
 * A new session with a fresh random id, begun and seen at `now`.
 * Texts are copied.  The name is only shown: an overlong one is cut at a
 * character, one that is empty or not clean UTF-8 gives way to the uid.  An
 * address that is overlong or not clean is left out, since a cut one may be
 * somebody else's.  NULL when another text is empty, overlong or not clean,
 * `now` is before 1970, or memory or randomness is out.
 */
gh_session_t *gh_session_new(const char *realm, const char *uid, const char *uuid,
    const char *name, const char *mail, gh_time_t now);

void gh_session_free(gh_session_t *session);

/* Appends the sealed session to `out`.  Returns 0 or what gh_seal returned. */
int gh_session_seal(const gh_session_t *session, const gh_keyring_t *ring, gh_buf_t *out);

/*
 * Opens a sealed session, which the caller frees.  NULL when it is not one: the
 * seal is wrong, a member is missing, of the wrong type or out of its bounds.
 * Whether it is still good is gh_session_is_alive's to say.
 */
gh_session_t *gh_session_open(gh_text_t sealed, const gh_keyring_t *ring);

/*
 * The same for another purpose: a ticket that says whom it is for and opens one
 * page, and is no session.
 */
int gh_session_seal_for(
    const gh_session_t *session, gh_purpose_t purpose, const gh_keyring_t *ring, gh_buf_t *out);
gh_session_t *gh_session_open_for(
    gh_text_t sealed, gh_purpose_t purpose, const gh_keyring_t *ring);

/*
 * Whether the session is neither past `lifetime` nor idle for `idle` (both µs)
 * nor from the future at `now` (by more than GH_SEAL_SKEW).
 */
bool gh_session_is_alive(
    const gh_session_t *session, gh_time_t lifetime, gh_time_t idle, gh_time_t now);

#endif
