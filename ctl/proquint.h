/*
 * Proquints: random passwords that can be read out over the telephone.
 *
 * Five words of five letters, consonants and vowels in turn, sixteen bits each
 * (Wilkerson, "A Proposal for Proquints", 2009): `lusab-babad-gutih-tugad-mudof`.
 */
#ifndef GH_CTL_PROQUINT_H
#define GH_CTL_PROQUINT_H

/* Base. */
#include "base/secret.h"

#define GH_PROQUINT_WORDS 5 /* 80 bits */
#define GH_PROQUINT_TEXT  (GH_PROQUINT_WORDS * 6 - 1)

/* Writes one word, five letters without a NUL. */
void gh_proquint_word(unsigned bits, char out[5]);

/*
 * Puts a new password into `out`.  Returns 0, or GH_ERR_IO with it
 * empty when there is no randomness.
 */
int gh_proquint_new(gh_secret_t *out);

#endif
