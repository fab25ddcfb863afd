/*
 * Seals: AES-256-GCM through OpenSSL's EVP, in base64url.
 *
 * What is encoded, byte by byte:
 *
 *     1   version: 1
 *     4   id of the key, big endian
 *     12  nonce, random
 *     n   ciphertext, as long as the plain text
 *     16  tag
 *
 * Version, key id and one byte of the purpose are the additional data.  With
 * random nonces a key must not seal more than 2^32 times (NIST SP 800-38D,
 * section 8.3): 136 years at one sign-in a second.
 */

/* OpenSSL. */
#include <openssl/evp.h>

/* Base. */
#include "base/error.h"
#include "base/random.h"
#include "base/secret.h"

/* Session. */
#include "session/seal.h"

#define GH_SEAL_VERSION  1
#define GH_SEAL_NONCE    12
#define GH_SEAL_TAG      16
#define GH_SEAL_HEAD     (1 + 4)            /* version and key id */
#define GH_SEAL_AAD      (GH_SEAL_HEAD + 1) /* and the purpose */
#define GH_SEAL_BEFORE   (GH_SEAL_HEAD + GH_SEAL_NONCE)
#define GH_SEAL_OVERHEAD (GH_SEAL_BEFORE + GH_SEAL_TAG)
#define GH_SEAL_RAW_MAX  (GH_SEAL_PLAIN_MAX + GH_SEAL_OVERHEAD)

/* Room for the longest text, padded, and the NUL that EVP writes. */
#define GH_SEAL_BASE64 (GH_SEAL_TEXT_MAX + 1)

_Static_assert(GH_SEAL_TEXT_MAX % 4 == 0, "a padded text must not be longer");
_Static_assert(
    4 * ((GH_SEAL_RAW_MAX + 2) / 3) <= GH_SEAL_TEXT_MAX, "the longest plain text has to fit");

/* Appends the bytes in base64url, without padding. */
static int
gh_seal_encode(const unsigned char *raw, size_t len, gh_buf_t *out)
{
    unsigned char base64[GH_SEAL_BASE64];
    size_t        text_len = (size_t) EVP_EncodeBlock(base64, raw, (int) len);

    while (text_len > 0 && base64[text_len - 1] == '=') {
        text_len--;
    }

    for (size_t i = 0; i < text_len; i++) {
        if (base64[i] == '+') {
            base64[i] = '-';

        } else if (base64[i] == '/') {
            base64[i] = '_';
        }
    }

    return gh_buf_add(out, base64, text_len);
}

/* The character of plain base64 for one of base64url; 0: not one. */
static unsigned char
gh_seal_character(char c)
{
    if ((c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9')) {
        return (unsigned char) c;
    }

    return c == '-' ? '+' : c == '_' ? '/' : 0;
}

/*
 * Decodes base64url in its one canonical spelling: no padding, no foreign byte,
 * no stray bits at the end.  Its length, or 0 when it is none.
 */
static size_t
gh_seal_decode(gh_text_t text, unsigned char raw[GH_SEAL_BASE64])
{
    unsigned char base64[GH_SEAL_BASE64];
    unsigned char last[4 + 1];
    size_t        len = text.len, padding = (4 - text.len % 4) % 4, raw_len;

    if (len == 0 || len > GH_SEAL_TEXT_MAX || padding == 3) {
        return 0;
    }

    for (size_t i = 0; i < len; i++) {
        base64[i] = gh_seal_character(text.data[i]);

        if (base64[i] == 0) {
            return 0;
        }
    }

    memset(base64 + len, '=', padding);
    len += padding;

    if (EVP_DecodeBlock(raw, base64, (int) len) != (int) (len / 4 * 3)) {
        return 0;
    }

    /* Only the last group can hold stray bits: encoded again it must be the same. */
    raw_len = len / 4 * 3 - padding;
    EVP_EncodeBlock(last, raw + len / 4 * 3 - 3, (int) (3 - padding));
    return memcmp(last, base64 + len - 4, 4) == 0 ? raw_len : 0;
}

/* The additional data: the head of the sealed bytes, and the purpose. */
static void
gh_seal_additional(
    unsigned char aad[GH_SEAL_AAD], const unsigned char *head, gh_purpose_t purpose)
{
    memcpy(aad, head, GH_SEAL_HEAD);
    aad[GH_SEAL_HEAD] = (unsigned char) purpose;
}

/* Fills ciphertext and tag behind the head and the nonce that stand in `raw`. */
static bool
gh_seal_encrypt(const gh_keyring_t *ring, const gh_key_t *key, gh_purpose_t purpose,
    gh_text_t plain, unsigned char *raw)
{
    unsigned char   aad[GH_SEAL_AAD];
    unsigned char  *cipher = raw + GH_SEAL_BEFORE;
    EVP_CIPHER_CTX *ctx = EVP_CIPHER_CTX_new();
    int             len = 0, end = 0;
    bool            is_done;

    gh_seal_additional(aad, raw, purpose);

    is_done = ctx != NULL
        && EVP_EncryptInit_ex2(
               ctx, gh_keyring_cipher(ring), key->bytes, raw + GH_SEAL_HEAD, NULL)
            == 1
        && EVP_EncryptUpdate(ctx, NULL, &len, aad, sizeof(aad)) == 1
        && EVP_EncryptUpdate(
               ctx, cipher, &len, (const unsigned char *) plain.data, (int) plain.len)
            == 1
        && EVP_EncryptFinal_ex(ctx, cipher + len, &end) == 1
        && EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_AEAD_GET_TAG, GH_SEAL_TAG, cipher + plain.len)
            == 1;

    EVP_CIPHER_CTX_free(ctx);
    return is_done && (size_t) len + (size_t) end == plain.len;
}

/* Fills `plain` with what is sealed in `raw`; false when the tag is wrong. */
static bool
gh_seal_decrypt(const gh_keyring_t *ring, const gh_key_t *key, gh_purpose_t purpose,
    unsigned char *raw, size_t plain_len, unsigned char *plain)
{
    unsigned char   aad[GH_SEAL_AAD];
    unsigned char  *cipher = raw + GH_SEAL_BEFORE;
    EVP_CIPHER_CTX *ctx = EVP_CIPHER_CTX_new();
    int             len = 0, end = 0;
    bool            is_done;

    gh_seal_additional(aad, raw, purpose);

    is_done = ctx != NULL
        && EVP_DecryptInit_ex2(
               ctx, gh_keyring_cipher(ring), key->bytes, raw + GH_SEAL_HEAD, NULL)
            == 1
        && EVP_DecryptUpdate(ctx, NULL, &len, aad, sizeof(aad)) == 1
        && EVP_DecryptUpdate(ctx, plain, &len, cipher, (int) plain_len) == 1
        && EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_AEAD_SET_TAG, GH_SEAL_TAG, cipher + plain_len) == 1
        && EVP_DecryptFinal_ex(ctx, plain + len, &end) == 1;

    EVP_CIPHER_CTX_free(ctx);
    return is_done && (size_t) len + (size_t) end == plain_len;
}

int
gh_seal(const gh_keyring_t *ring, gh_purpose_t purpose, gh_text_t plain, gh_buf_t *out)
{
    const gh_key_t *key = gh_keyring_newest(ring);
    unsigned char   raw[GH_SEAL_RAW_MAX];

    if (purpose == GH_PURPOSE_NONE) {
        return GH_ERR_INVALID;
    }

    if (plain.len > GH_SEAL_PLAIN_MAX) {
        return GH_ERR_LIMIT;
    }

    raw[0] = GH_SEAL_VERSION;
    raw[1] = (unsigned char) (key->id >> 24);
    raw[2] = (unsigned char) (key->id >> 16);
    raw[3] = (unsigned char) (key->id >> 8);
    raw[4] = (unsigned char) key->id;

    if (gh_random_fill(raw + GH_SEAL_HEAD, GH_SEAL_NONCE) != 0) {
        return GH_ERR_IO;
    }

    if (!gh_seal_encrypt(ring, key, purpose, plain, raw)) {
        return GH_ERR_NOMEM;
    }

    return gh_seal_encode(raw, plain.len + GH_SEAL_OVERHEAD, out);
}

int
gh_unseal(const gh_keyring_t *ring, gh_purpose_t purpose, gh_text_t sealed, gh_buf_t *out)
{
    unsigned char   raw[GH_SEAL_BASE64];
    unsigned char   plain[GH_SEAL_PLAIN_MAX];
    const gh_key_t *key;
    size_t          len;
    int             rc = GH_ERR_INVALID;

    if (purpose == GH_PURPOSE_NONE) {
        return GH_ERR_INVALID;
    }

    len = gh_seal_decode(sealed, raw);
    if (len < GH_SEAL_OVERHEAD || len > GH_SEAL_RAW_MAX || raw[0] != GH_SEAL_VERSION) {
        return GH_ERR_INVALID;
    }

    key = gh_keyring_find(ring,
        (uint32_t) raw[1] << 24 | (uint32_t) raw[2] << 16 | (uint32_t) raw[3] << 8 | raw[4]);
    if (key == NULL) {
        return GH_ERR_INVALID;
    }

    len -= GH_SEAL_OVERHEAD;
    if (gh_seal_decrypt(ring, key, purpose, raw, len, plain)) {
        rc = gh_buf_add(out, plain, len);
    }

    /* GCM decrypts before it knows the tag: what failed is wiped as well. */
    gh_secret_wipe(plain, sizeof(plain));
    return rc;
}
