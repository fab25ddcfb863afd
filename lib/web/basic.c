/*
 * Basic: a scheme, blanks, and base64 around a colon.
 */

/* OpenSSL. */
#include <openssl/evp.h>

/* Web. */
#include "web/basic.h"

#define PLAIN_MAX  (GH_BASIC_USER_MAX + 1 + GH_SECRET_MAX)
#define BASE64_MAX (4 * ((PLAIN_MAX + 2) / 3))

#define SCHEME GH_TEXT("Basic")

/* What was decoded, and room to encode it again; wiped after use. */
typedef struct {
    unsigned char plain[PLAIN_MAX + 3];
    unsigned char again[BASE64_MAX + 1];
} work_t;

bool
gh_basic_is_used(gh_text_t header)
{
    gh_text_t scheme = { header.data, SCHEME.len };

    return header.len >= scheme.len && gh_text_equal_nocase(scheme, SCHEME)
        && (header.len == scheme.len || header.data[scheme.len] == ' ');
}

/*
 * Decodes base64 in the one spelling that the encoder gives: the decoder alone
 * would also take blanks and stray bits at the end.  Returns 0 or an error.
 */
static int
decode(gh_text_t base64, work_t *work, gh_text_t *plain)
{
    int len;

    if (base64.len > BASE64_MAX) {
        return GH_ERR_LIMIT;
    }

    len = EVP_DecodeBlock(work->plain, (const unsigned char *) base64.data, (int) base64.len);

    if (len <= 0) {
        return GH_ERR_INVALID;
    }

    /* Padding is counted as bytes. */
    for (size_t end = base64.len; end > base64.len - 2 && base64.data[end - 1] == '='; end--) {
        len--;
    }

    *plain = (gh_text_t){ (const char *) work->plain, (size_t) len };

    if ((size_t) len > PLAIN_MAX) {
        return GH_ERR_LIMIT;
    }

    len = EVP_EncodeBlock(work->again, work->plain, len);

    return gh_text_equal((gh_text_t){ (const char *) work->again, (size_t) len }, base64)
        ? 0
        : GH_ERR_INVALID;
}

/* Parts what was decoded at its first colon. */
static int
part(gh_text_t plain, gh_buf_t *user, gh_secret_t *password)
{
    const char *colon = memchr(plain.data, ':', plain.len);
    gh_text_t   name, secret;

    if (colon == NULL || colon == plain.data || !gh_text_is_clean(plain)) {
        return GH_ERR_INVALID;
    }

    name = (gh_text_t){ plain.data, (size_t) (colon - plain.data) };
    secret = (gh_text_t){ colon + 1, plain.len - name.len - 1 };

    if (name.len > GH_BASIC_USER_MAX || secret.len > GH_SECRET_MAX) {
        return GH_ERR_LIMIT;
    }

    if (gh_buf_add_text(user, name) != 0) {
        return GH_ERR_NOMEM;
    }

    return gh_secret_set(password, secret);
}

int
gh_basic_parse(gh_text_t header, gh_buf_t *user, gh_secret_t *password)
{
    work_t    work;
    gh_text_t base64, plain;
    int       rc;

    gh_buf_reset(user);
    gh_secret_reset(password);

    if (!gh_basic_is_used(header)) {
        return GH_ERR_INVALID;
    }

    base64 = (gh_text_t){ header.data + SCHEME.len, header.len - SCHEME.len };
    base64 = gh_text_trim(base64);
    rc = decode(base64, &work, &plain);

    if (rc == 0) {
        rc = part(plain, user, password);
    }

    gh_secret_wipe(&work, sizeof(work));

    return rc;
}
