/*
 * Probe: one server looked at before anybody binds, for whoever has to say what
 * is wrong with it.
 */
#ifndef GH_DIRECTORY_PROBE_H
#define GH_DIRECTORY_PROBE_H

/* System. */
#include <stdbool.h>

/* Base. */
#include "base/clock.h"
#include "base/error.h"

/* Config. */
#include "config/config.h"

typedef struct {
    bool       is_usable;       /* a connection came about, secured as the settings ask */
    gh_time_t  took;            /* µs, the look-up of the name and TLS included */
    bool       has_certificate; /* of the server; also of one that can't be trusted */
    gh_time_t  begins, ends;    /* of the certificate's time */
    gh_error_t trouble;         /* why it is not usable, the URI in front; "" */
} gh_probe_t;

/*
 * Connects to the server at `uri` as gh_link_open does, and lets go.  Where TLS failed
 * it connects again without trust, only to read the certificate.  `timeout` is for
 * each of the two, ms.
 */
void gh_probe(gh_probe_t *probe, const gh_directory_settings_t *settings, const char *uri,
    int64_t timeout);

#endif
