/*
 * Configuration: gatehouse.conf, read by nginx, PAM and gatehousectl.
 */
#ifndef GH_CONFIG_CONFIG_H
#define GH_CONFIG_CONFIG_H

/* Base. */
#include "base/clock.h"
#include "base/error.h"

/* Config. */
#include "config/realm.h"

/* Who Gatehouse is towards the directory. */
typedef struct {
    char *bind_dn;            /* NULL: SASL EXTERNAL */
    char *bind_password_file; /* NULL: SASL EXTERNAL */
} gh_identity_t;

typedef struct {
    char        **uris;             /* at least one, in order of preference; NULL-ended */
    char        **write_uris;       /* the providers, in order of preference; none: `uris` */
    char        **read_uris;        /* where the public search goes, in turn; none: `uris` */
    char         *base;             /* DN of the tree */
    gh_identity_t gateway;          /* of nginx */
    char         *decoy_dn;         /* who is bound when nobody was found */
    char         *tls_ca;           /* PEM file; NULL: the system's */
    char         *certificate;      /* of ours, PEM file; NULL: none */
    char         *certificate_key;  /* PEM file, with `certificate` */
    bool          starttls;         /* on every ldap:// */
    bool          tls_verify;       /* true unless switched off */
    bool          allow_plaintext;  /* ldap:// without TLS to other machines */
    long          timeout;          /* ms, one whole request */
    long          connect_timeout;  /* ms, one connection, its bind included */
    long          patience;         /* ms, silence after which another connection is tried */
    long          lockout;          /* s, pwdLockoutDuration of the policies */
    long          bind_connections; /* per worker */
    long          queue;            /* operations that may wait for a connection, per worker */
} gh_directory_settings_t;

/*
 * The servers that decide, in order of preference: passwords are checked there, and all that
 * writes reads there too.  At least one, NULL-ended.
 */
static inline char **
gh_directory_writers(const gh_directory_settings_t *directory)
{
    bool has_own = directory->write_uris != NULL && directory->write_uris[0] != NULL;

    return has_own ? directory->write_uris : directory->uris;
}

typedef struct {
    char     *keys;           /* file of the key ring */
    gh_time_t lifetime;       /* µs since sign-in */
    gh_time_t idle;           /* µs since last seen */
    gh_time_t marks_interval; /* µs between two looks at what ended elsewhere */
    char     *cookie_domain;  /* NULL: host only */
    bool      plain_http;     /* cookies without Secure: demo and tests */
} gh_session_settings_t;

/* A page for everybody that the landing page leads to. */
typedef struct {
    char *title;
    char *url; /* https://, http:// or a path on the portal's host */
} gh_portal_link_t;

typedef struct {
    char             *url;    /* external base URL, prefix included, no trailing slash */
    char             *prefix; /* its path: `/account` */
    char             *origin; /* its scheme and authority */
    char             *title;
    char             *pages;      /* folder of the templates, its language included */
    char             *help_phone; /* NULL: not shown */
    char             *city;       /* a word that passwords are not to rest on; NULL: none */
    char            **questions;  /* security questions to choose from; NULL-ended */
    gh_portal_link_t *links;      /* in the order of the file */
    size_t            link_count;
} gh_portal_settings_t;

/* Whether mail to an smtp:// server goes through STARTTLS. */
typedef enum {
    GH_STARTTLS_REQUIRED = 0, /* or is not sent */
    GH_STARTTLS_OPTIONAL,     /* where the server has it */
    GH_STARTTLS_OFF
} gh_starttls_t;

typedef struct {
    char         *url;  /* smtp:// or smtps://; NULL: no mail is sent */
    char         *from; /* address */
    gh_starttls_t starttls;
    char         *tls_ca;        /* PEM file; NULL: the system's */
    char         *username;      /* NULL: without authentication */
    char         *password_file; /* NULL: without authentication */
} gh_mail_settings_t;

/*
 * The first `free_attempts` refusals cost no time; after the next one has to
 * wait `base_delay`, and after each further one twice as long, to `max_delay`.
 */
typedef struct {
    long      free_attempts; /* per address, and per account */
    gh_time_t base_delay;    /* µs */
    gh_time_t max_delay;     /* µs */
    gh_time_t window;        /* µs without a refusal after which all is forgotten */
    char    **exempt;        /* addresses and networks: `10.0.0.0/8`; NULL-ended */
} gh_throttle_settings_t;

typedef struct {
    char *file; /* NULL: no audit trail is kept */
} gh_audit_settings_t;

/* Whom a PAM service lets in, beyond a right password. */
typedef struct {
    char  *name;   /* as PAM has it: `sshd` */
    char **realms; /* names; NULL-ended; none: all of them */
    char  *filter; /* of LDAP (RFC 4515), with %{now} and %{today}; NULL: none */
} gh_service_t;

typedef struct {
    gh_identity_t identity;      /* both NULL when there is no such section */
    char         *throttle_file; /* where refusals are counted for callers that are root */
    gh_service_t *services;      /* in the order of the file */
    size_t        service_count;
} gh_pam_settings_t;

typedef struct {
    char                   *path;
    gh_directory_settings_t directory;
    gh_realm_t             *realms; /* in the order of the file */
    size_t                  realm_count;
    gh_session_settings_t   session;
    gh_portal_settings_t    portal;
    gh_mail_settings_t      mail;
    gh_throttle_settings_t  throttle;
    gh_audit_settings_t     audit;
    gh_pam_settings_t       pam;
} gh_config_t;

/*
 * Reads and checks the file.  What it returns is never written again, so
 * threads may share it; the caller frees it.  NULL on a fault, with `error` naming
 * file, line, key and what is wrong.
 */
gh_config_t *gh_config_read(const char *path, gh_error_t *error);

/* Frees all of it.  NULL is fine. */
void gh_config_free(gh_config_t *config);

/* The realm of that name, in its exact spelling; NULL: there is none. */
const gh_realm_t *gh_config_realm(const gh_config_t *config, gh_text_t name);

/* The rule for a PAM service, by its name as PAM has it; NULL: there is none. */
const gh_service_t *gh_config_service(const gh_config_t *config, const char *name);

#endif
