/*
 * Tickets: eight bytes of time, big endian, and the bearer, sealed.
 */

/* OpenSSL. */
#include <openssl/crypto.h>

/* Base. */
#include "base/error.h"
#include "base/secret.h"

/* Session. */
#include "session/ticket.h"

#define GH_TICKET_TIME       8
#define GH_TICKET_BEARER_MAX (GH_SEAL_PLAIN_MAX - GH_TICKET_TIME)

static void
gh_ticket_put_time(unsigned char bytes[GH_TICKET_TIME], gh_time_t when)
{
    uint64_t rest = (uint64_t) when;

    for (size_t i = GH_TICKET_TIME; i > 0; i--) {
        bytes[i - 1] = (unsigned char) rest;
        rest >>= 8;
    }
}

static gh_time_t
gh_ticket_get_time(const unsigned char bytes[GH_TICKET_TIME])
{
    uint64_t when = 0;

    for (size_t i = 0; i < GH_TICKET_TIME; i++) {
        when = when << 8 | bytes[i];
    }

    return when <= INT64_MAX ? (gh_time_t) when : -1;
}

int
gh_ticket_issue(const gh_keyring_t *ring, gh_purpose_t purpose, gh_text_t bearer, gh_time_t now,
    gh_buf_t *out)
{
    unsigned char plain[GH_SEAL_PLAIN_MAX];
    int           rc;

    if (bearer.len == 0 || now < 0) {
        return GH_ERR_INVALID;
    }

    if (bearer.len > GH_TICKET_BEARER_MAX) {
        return GH_ERR_LIMIT;
    }

    gh_ticket_put_time(plain, now);
    memcpy(plain + GH_TICKET_TIME, bearer.data, bearer.len);

    rc = gh_seal(
        ring, purpose, (gh_text_t){ (const char *) plain, GH_TICKET_TIME + bearer.len }, out);

    gh_secret_wipe(plain, sizeof(plain));
    return rc;
}

/* Whether what was sealed names this bearer and a time that is not over. */
static bool
gh_ticket_check(gh_text_t plain, gh_text_t bearer, gh_time_t lifetime, gh_time_t now)
{
    gh_time_t begun;

    if (bearer.len == 0 || plain.len != GH_TICKET_TIME + bearer.len
        || CRYPTO_memcmp(plain.data + GH_TICKET_TIME, bearer.data, bearer.len) != 0)
    {
        return false;
    }

    begun = gh_ticket_get_time((const unsigned char *) plain.data);

    /* Neither is negative, so that their difference can't overflow. */
    return begun >= 0 && now >= 0 && now - begun <= lifetime && begun - now <= GH_SEAL_SKEW;
}

bool
gh_ticket_is_good(const gh_keyring_t *ring, gh_purpose_t purpose, gh_text_t ticket,
    gh_text_t bearer, gh_time_t lifetime, gh_time_t now)
{
    gh_buf_t plain;
    bool     is_good = false;

    gh_buf_init(&plain);

    if (gh_unseal(ring, purpose, ticket, &plain) == 0) {
        is_good = gh_ticket_check(gh_buf_text(&plain), bearer, lifetime, now);
        gh_secret_wipe(plain.data, plain.len);
    }

    gh_buf_cleanup(&plain);
    return is_good;
}
