/*
 * Fuzz: the value of a session's cookie.  What the ring has not sealed never opens;
 * what it has sealed may still be anything.
 */

/* System. */
#include <string.h>

/* Session. */
#include "session/session.h"

/* Tests. */
#include "fuzz.h"
#include "fuzz_file.h"

static const char key[] =
    "00c0ffee 2026-11-23T07:05:00Z AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=\n";

/* The same ring for all inputs of a process. */
static const gh_keyring_t *
ring_of_one(void)
{
    static gh_keyring_t *ring;
    fuzz_file_t          file;

    if (ring == NULL) {
        fuzz_file_open(&file, (const uint8_t *) key, sizeof(key) - 1);
        ring = gh_keyring_read(file.path, NULL);
        fuzz_file_close(&file);
        FUZZ_HOLDS(ring != NULL);
    }

    return ring;
}

/* Whatever opened has all its parts. */
static void
session_holds(gh_session_t *session)
{
    if (session == NULL) {
        return;
    }

    FUZZ_HOLDS(strlen(session->id_text) == GH_SESSION_ID_TEXT);
    FUZZ_HOLDS(session->realm[0] != '\0' && session->uid[0] != '\0');
    FUZZ_HOLDS(session->uuid[0] != '\0' && session->name[0] != '\0');
    FUZZ_HOLDS(session->mail != NULL);
    FUZZ_HOLDS(session->signed_in >= 0 && session->seen >= 0);
    gh_session_free(session);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const gh_keyring_t *ring = ring_of_one();
    gh_text_t           text = { (const char *) data, size };
    gh_buf_t            sealed;

    FUZZ_HOLDS(gh_session_open(text, ring) == NULL);

    gh_buf_init(&sealed);

    if (gh_seal(ring, GH_PURPOSE_SESSION, text, &sealed) == 0) {
        session_holds(gh_session_open(gh_buf_text(&sealed), ring));
        FUZZ_HOLDS(gh_session_open_for(gh_buf_text(&sealed), GH_PURPOSE_FIRST, ring) == NULL);
    }

    gh_buf_cleanup(&sealed);

    return 0;
}
