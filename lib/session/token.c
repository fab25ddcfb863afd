/*
 * Tokens: randomness, and SHA-256 of OpenSSL, in hex.
 */

/* OpenSSL. */
#include <openssl/evp.h>

/* Base. */
#include "base/random.h"

/* Session. */
#include "session/token.h"

_Static_assert(GH_TOKEN_TEXT <= GH_SECRET_MAX, "a token fits a secret");

/* Writes two digits a byte, and a NUL. */
static void
token_write_hex(const unsigned char *bytes, size_t count, char *out)
{
    static const char digits[] = "0123456789abcdef";

    for (size_t i = 0; i < count; i++) {
        *out++ = digits[bytes[i] >> 4];
        *out++ = digits[bytes[i] & 0x0f];
    }

    *out = '\0';
}

int
gh_token_new(gh_secret_t *token)
{
    unsigned char bytes[GH_TOKEN_SIZE];

    gh_secret_reset(token);

    if (gh_random_fill(bytes, sizeof(bytes)) != 0) {
        return GH_ERR_IO;
    }

    token_write_hex(bytes, sizeof(bytes), token->data);
    token->len = GH_TOKEN_TEXT;
    gh_secret_wipe(bytes, sizeof(bytes));

    return 0;
}

bool
gh_token_is_valid(gh_text_t text)
{
    if (text.len != GH_TOKEN_TEXT) {
        return false;
    }

    for (size_t i = 0; i < text.len; i++) {
        bool is_digit = text.data[i] >= '0' && text.data[i] <= '9';
        bool is_letter = text.data[i] >= 'a' && text.data[i] <= 'f';

        if (!is_digit && !is_letter) {
            return false;
        }
    }

    return true;
}

int
gh_token_digest(gh_text_t token, char digest[GH_TOKEN_DIGEST + 1])
{
    unsigned char bytes[EVP_MAX_MD_SIZE];
    unsigned int  len = 0;

    digest[0] = '\0';

    if (!gh_token_is_valid(token)) {
        return GH_ERR_INVALID;
    }

    if (EVP_Digest(token.data, token.len, bytes, &len, EVP_sha256(), NULL) != 1
        || len != GH_TOKEN_DIGEST / 2)
    {
        return GH_ERR_IO;
    }

    token_write_hex(bytes, len, digest);
    return 0;
}
