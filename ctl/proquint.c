/*
 * Proquints: sixteen consonants and four vowels, powers of two, so that every
 * word is as likely as every other.
 */

/* Base. */
#include "base/random.h"

/* Ctl. */
#include "proquint.h"

static const char consonants[] = "bdfghjklmnprstvz";
static const char vowels[] = "aiou";

void
gh_proquint_word(unsigned bits, char out[5])
{
    out[0] = consonants[bits >> 12 & 15];
    out[1] = vowels[bits >> 10 & 3];
    out[2] = consonants[bits >> 6 & 15];
    out[3] = vowels[bits >> 4 & 3];
    out[4] = consonants[bits & 15];
}

int
gh_proquint_new(gh_secret_t *out)
{
    unsigned char bytes[2 * GH_PROQUINT_WORDS];

    gh_secret_reset(out);

    if (gh_random_fill(bytes, sizeof(bytes)) != 0) {
        return GH_ERR_IO;
    }

    for (size_t i = 0; i < GH_PROQUINT_WORDS; i++) {
        gh_proquint_word((unsigned) bytes[2 * i] << 8 | bytes[2 * i + 1], &out->data[6 * i]);
        out->data[6 * i + 5] = '-';
    }

    out->data[GH_PROQUINT_TEXT] = '\0';
    out->len = GH_PROQUINT_TEXT;
    gh_secret_wipe(bytes, sizeof(bytes));

    return 0;
}
