/*
 * Sessions: a struct in the gateway, a JSON object in the cookie.
 *
 *     {"id":"32 hex digits","realm":"…","uid":"…","uuid":"…","name":"…",
 *      "mail":"…","begun":µs,"seen":µs}
 *
 * These members and no others: a gateway that does not know what a member
 * means has no business to let somebody in by it.
 */

/* System. */
#include <stdlib.h>

/* OpenSSL. */
#include <openssl/crypto.h>

/* Jansson. */
#include <jansson.h>

/* Base. */
#include "base/error.h"
#include "base/random.h"
#include "base/secret.h"

/* Session. */
#include "session/seal.h"
#include "session/session.h"

/* Bytes.  JSON may double them; that still fits a seal, and a cookie of 4 KB. */
#define GH_SESSION_REALM_MAX 64
#define GH_SESSION_UID_MAX   256
#define GH_SESSION_UUID_MAX  64
#define GH_SESSION_NAME_MAX  256
#define GH_SESSION_MAIL_MAX  256

/* µs; the end of the year 9999. */
#define GH_SESSION_TIME_MAX (253402300800 * GH_SECOND)

#define GH_SESSION_MEMBERS 8

typedef enum {
    GH_SESSION_REALM = 0,
    GH_SESSION_UID,
    GH_SESSION_UUID,
    GH_SESSION_NAME,
    GH_SESSION_MAIL,
    GH_SESSION_TEXTS
} gh_session_text_t;

typedef struct {
    const char *member;
    size_t      min;
    size_t      max;
} gh_session_bounds_t;

static const gh_session_bounds_t gh_session_bounds[GH_SESSION_TEXTS] = {
    [GH_SESSION_REALM] = { "realm", 1, GH_SESSION_REALM_MAX },
    [GH_SESSION_UID] = { "uid", 1, GH_SESSION_UID_MAX },
    [GH_SESSION_UUID] = { "uuid", 1, GH_SESSION_UUID_MAX },
    [GH_SESSION_NAME] = { "name", 1, GH_SESSION_NAME_MAX },
    [GH_SESSION_MAIL] = { "mail", 0, GH_SESSION_MAIL_MAX },
};

static bool
gh_session_check_text(gh_session_text_t which, gh_text_t text)
{
    return text.len >= gh_session_bounds[which].min && text.len <= gh_session_bounds[which].max
        && gh_text_is_clean(text);
}

/* The text, no longer than `max` bytes and with no character cut in two. */
static gh_text_t
gh_session_cut(gh_text_t text, size_t max)
{
    if (text.len <= max) {
        return text;
    }

    /* Back to the first byte of the character that does not fit whole. */
    for (text.len = max; text.len > 0; text.len--) {
        if (((unsigned char) text.data[text.len] & 0xc0) != 0x80) {
            break;
        }
    }

    return text;
}

/* A session in one block, with checked texts; id and times are still zero. */
static gh_session_t *
gh_session_alloc(const gh_text_t texts[GH_SESSION_TEXTS])
{
    gh_session_t *session;
    char        **members[GH_SESSION_TEXTS];
    char         *p;
    size_t        size = sizeof(*session);

    for (size_t i = 0; i < GH_SESSION_TEXTS; i++) {
        size += texts[i].len + 1;
    }

    session = calloc(1, size);
    if (session == NULL) {
        return NULL;
    }

    members[GH_SESSION_REALM] = &session->realm;
    members[GH_SESSION_UID] = &session->uid;
    members[GH_SESSION_UUID] = &session->uuid;
    members[GH_SESSION_NAME] = &session->name;
    members[GH_SESSION_MAIL] = &session->mail;

    p = (char *) (session + 1);
    for (size_t i = 0; i < GH_SESSION_TEXTS; i++) {
        memcpy(p, texts[i].data, texts[i].len);
        *members[i] = p;
        p += texts[i].len + 1;
    }

    return session;
}

static void
gh_session_write_id(gh_session_t *session)
{
    static const char digits[] = "0123456789abcdef";

    for (size_t i = 0; i < GH_SESSION_ID_SIZE; i++) {
        session->id_text[2 * i] = digits[session->id[i] >> 4];
        session->id_text[2 * i + 1] = digits[session->id[i] & 0x0f];
    }
}

/* Reads the id from its one spelling, in lower case. */
static bool
gh_session_read_id(gh_session_t *session, gh_text_t text)
{
    if (text.len != GH_SESSION_ID_TEXT) {
        return false;
    }

    for (size_t i = 0; i < GH_SESSION_ID_SIZE; i++) {
        int high = OPENSSL_hexchar2int((unsigned char) text.data[2 * i]);
        int low = OPENSSL_hexchar2int((unsigned char) text.data[2 * i + 1]);

        if (high < 0 || low < 0) {
            return false;
        }

        session->id[i] = (unsigned char) (high << 4 | low);
    }

    gh_session_write_id(session);
    return memcmp(session->id_text, text.data, GH_SESSION_ID_TEXT) == 0;
}

/* Takes the times when they can be a session's. */
static bool
gh_session_set_times(gh_session_t *session, gh_time_t signed_in, gh_time_t seen)
{
    if (signed_in < 0 || seen < signed_in || seen > GH_SESSION_TIME_MAX) {
        return false;
    }

    session->signed_in = signed_in;
    session->seen = seen;
    return true;
}

gh_session_t *
gh_session_new(const char *realm, const char *uid, const char *uuid, const char *name,
    const char *mail, gh_time_t now)
{
    gh_session_t *session;
    gh_text_t     texts[GH_SESSION_TEXTS] = {
            [GH_SESSION_REALM] = gh_text(realm),
            [GH_SESSION_UID] = gh_text(uid),
            [GH_SESSION_UUID] = gh_text(uuid),
            [GH_SESSION_NAME] = gh_session_cut(gh_text(name), GH_SESSION_NAME_MAX),
            [GH_SESSION_MAIL] = gh_text(mail),
    };

    if (!gh_session_check_text(GH_SESSION_NAME, texts[GH_SESSION_NAME])) {
        texts[GH_SESSION_NAME] = texts[GH_SESSION_UID];
    }

    if (!gh_session_check_text(GH_SESSION_MAIL, texts[GH_SESSION_MAIL])) {
        texts[GH_SESSION_MAIL] = GH_TEXT("");
    }

    for (gh_session_text_t i = 0; i < GH_SESSION_TEXTS; i++) {
        if (!gh_session_check_text(i, texts[i])) {
            return NULL;
        }
    }

    session = gh_session_alloc(texts);
    if (session == NULL) {
        return NULL;
    }

    if (!gh_session_set_times(session, now, now)
        || gh_random_fill(session->id, sizeof(session->id)) != 0)
    {
        gh_session_free(session);
        return NULL;
    }

    gh_session_write_id(session);
    return session;
}

void
gh_session_free(gh_session_t *session)
{
    free(session);
}

int
gh_session_seal(const gh_session_t *session, const gh_keyring_t *ring, gh_buf_t *out)
{
    return gh_session_seal_for(session, GH_PURPOSE_SESSION, ring, out);
}

int
gh_session_seal_for(
    const gh_session_t *session, gh_purpose_t purpose, const gh_keyring_t *ring, gh_buf_t *out)
{
    char    plain[GH_SEAL_PLAIN_MAX];
    json_t *json;
    size_t  len;
    int     rc = GH_ERR_LIMIT;

    json = json_pack("{s:s, s:s, s:s, s:s, s:s, s:s, s:I, s:I}", "id", session->id_text,
        "realm", session->realm, "uid", session->uid, "uuid", session->uuid, "name",
        session->name, "mail", session->mail, "begun", (json_int_t) session->signed_in, "seen",
        (json_int_t) session->seen);
    if (json == NULL) {
        return GH_ERR_NOMEM;
    }

    len = json_dumpb(json, plain, sizeof(plain), JSON_COMPACT);
    if (len > 0 && len <= sizeof(plain)) {
        rc = gh_seal(ring, purpose, (gh_text_t){ plain, len }, out);
    }

    gh_secret_wipe(plain, sizeof(plain));
    json_decref(json);
    return rc;
}

/* A member's string; false when there is none. */
static bool
gh_session_get_text(const json_t *json, const char *member, gh_text_t *text)
{
    const json_t *value = json_object_get(json, member);

    if (!json_is_string(value)) {
        return false;
    }

    *text = (gh_text_t){ json_string_value(value), json_string_length(value) };
    return true;
}

/* The session that a JSON object says; NULL when it is not one. */
static gh_session_t *
gh_session_from_json(const json_t *json)
{
    gh_session_t *session;
    gh_text_t     texts[GH_SESSION_TEXTS], id;
    const json_t *begun = json_object_get(json, "begun");
    const json_t *seen = json_object_get(json, "seen");

    if (json_object_size(json) != GH_SESSION_MEMBERS || !json_is_integer(begun)
        || !json_is_integer(seen) || !gh_session_get_text(json, "id", &id))
    {
        return NULL;
    }

    for (gh_session_text_t i = 0; i < GH_SESSION_TEXTS; i++) {
        if (!gh_session_get_text(json, gh_session_bounds[i].member, &texts[i])
            || !gh_session_check_text(i, texts[i]))
        {
            return NULL;
        }
    }

    session = gh_session_alloc(texts);
    if (session == NULL) {
        return NULL;
    }

    if (!gh_session_read_id(session, id)
        || !gh_session_set_times(session, json_integer_value(begun), json_integer_value(seen)))
    {
        gh_session_free(session);
        return NULL;
    }

    return session;
}

gh_session_t *
gh_session_open(gh_text_t sealed, const gh_keyring_t *ring)
{
    return gh_session_open_for(sealed, GH_PURPOSE_SESSION, ring);
}

gh_session_t *
gh_session_open_for(gh_text_t sealed, gh_purpose_t purpose, const gh_keyring_t *ring)
{
    gh_session_t *session;
    gh_buf_t      plain;
    json_t       *json;

    gh_buf_init(&plain);

    if (gh_unseal(ring, purpose, sealed, &plain) != 0) {
        gh_buf_cleanup(&plain);
        return NULL;
    }

    json = json_loadb(gh_buf_string(&plain), plain.len, JSON_REJECT_DUPLICATES, NULL);
    session = gh_session_from_json(json);

    json_decref(json);
    gh_secret_wipe(plain.data, plain.len);
    gh_buf_cleanup(&plain);
    return session;
}

bool
gh_session_is_alive(
    const gh_session_t *session, gh_time_t lifetime, gh_time_t idle, gh_time_t now)
{
    /* None is negative, so that no difference can overflow. */
    return now >= 0 && now - session->signed_in <= lifetime && now - session->seen <= idle
        && session->seen - now <= GH_SEAL_SKEW;
}
