/*
 * Strength: the rules for a new password, the same for the web, PAM and
 * gatehousectl (NIST SP 800-63B-4, section 3.1.1.2).
 *
 * Long enough, not too easy to guess, and not what the directory would take for a
 * hash; otherwise every character and blank is welcome.  A password is the
 * bytes that were typed: no normalization, because whatever else binds against
 * the same directory sends what was typed, too.  The directory has its own
 * rules, its history among them, and the last word.
 */
#ifndef GH_ACCOUNT_STRENGTH_H
#define GH_ACCOUNT_STRENGTH_H

/* Base. */
#include "base/error.h"
#include "base/secret.h"
#include "base/text.h"

/*
 * Bits that a password has to be worth in the eyes of zxcvbn: 10^10 guesses, its
 * highest score, enough for a stolen slow hash.
 */
#define GH_STRENGTH_BITS 33.2

/*
 * Bytes that zxcvbn looks at; a password is as strong as its beginning.  Its
 * cost explodes on longer periodic ones: 24 bytes take it 3 ms, 100 bytes 1.8 s.
 */
#define GH_STRENGTH_PREFIX 24

typedef enum {
    GH_STRENGTH_NOT_TEXT = 0, /* not UTF-8, or with control characters */
    GH_STRENGTH_TOO_SHORT,
    GH_STRENGTH_TOO_LONG,  /* over GH_SECRET_MAX bytes */
    GH_STRENGTH_HASH,      /* begins with {WORD}: could be taken for a hash */
    GH_STRENGTH_USER_NAME, /* is the user name */
    GH_STRENGTH_GUESSABLE,
    GH_STRENGTH_GOOD
} gh_strength_t;

/*
 * Judges a new password of the person `username`, of `min_length` code points at
 * least.  `words` are texts that whoever knows the person tries first: their
 * names, business, address, license number, city; each of their words counts
 * by itself, too, and empty ones are fine.
 */
gh_strength_t gh_strength_check(gh_text_t password, gh_text_t username, const gh_text_t *words,
    size_t word_count, long min_length);

/*
 * Says why a password can't be taken, as a sentence for the person; nothing for
 * GOOD.
 */
void gh_strength_explain(gh_strength_t strength, long min_length, gh_error_t *out);

/* A word for logs: `too-short`, `guessable`, ... */
const char *gh_strength_name(gh_strength_t strength);

#endif
