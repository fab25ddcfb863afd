/*
 * Key rings, from the inside: for the files that read and write them.
 */
#ifndef GH_SESSION_KEYRING_INT_H
#define GH_SESSION_KEYRING_INT_H

/* Session. */
#include "session/keyring.h"

#define GH_KEY_CREATED_TEXT 20 /* `2026-11-23T07:05:00Z` */
#define GH_KEY_BASE64       (4 * ((GH_KEY_SIZE + 2) / 3))

struct gh_keyring_s {
    gh_key_t    keys[GH_KEYRING_MAX]; /* oldest first */
    size_t      count;
    EVP_CIPHER *cipher; /* NULL in a ring that is only written */
};

#endif
