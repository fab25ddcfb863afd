/*
 * Probe: a link that is opened, looked at and closed.
 */

/* System. */
#include <time.h>

/* OpenSSL. */
#include <openssl/x509.h>

/* Directory. */
#include "directory/link.h"
#include "directory/probe.h"
#include "directory/uri.h"

/* Whether the settings ask for TLS at that server. */
static bool
probe_asks_tls(const gh_directory_settings_t *settings, const char *text)
{
    gh_uri_t uri;
    bool     asks;

    if (gh_uri_parse(&uri, text, NULL) != 0) {
        return false;
    }

    asks = uri.scheme == GH_URI_LDAPS || (uri.scheme == GH_URI_LDAP && settings->starttls);
    gh_uri_cleanup(&uri);

    return asks;
}

/* A time of a certificate (RFC 5280, section 4.1.2.5); 0: none. */
static gh_time_t
probe_time(const ASN1_TIME *when)
{
    struct tm tm;

    return ASN1_TIME_to_tm(when, &tm) == 1 ? (gh_time_t) timegm(&tm) * GH_SECOND : 0;
}

/* Reads the certificate that the link's server has shown, if it has. */
static void
probe_certificate(gh_probe_t *probe, const gh_link_t *link)
{
    struct berval        der = { 0, NULL };
    const unsigned char *bytes;
    X509                *certificate;

    if (ldap_get_option(link->ld, LDAP_OPT_X_TLS_PEERCERT, &der) != LDAP_OPT_SUCCESS
        || der.bv_val == NULL)
    {
        return;
    }

    bytes = (const unsigned char *) der.bv_val;
    certificate = d2i_X509(NULL, &bytes, (long) der.bv_len);

    if (certificate != NULL) {
        probe->has_certificate = true;
        probe->begins = probe_time(X509_get0_notBefore(certificate));
        probe->ends = probe_time(X509_get0_notAfter(certificate));
    }

    X509_free(certificate);
    ber_memfree(der.bv_val);
}

/* What the server shows to one who trusts anybody; nothing is sent to it. */
static void
probe_untrusted(gh_probe_t *probe, const gh_directory_settings_t *settings, const char *uri,
    int64_t timeout)
{
    gh_directory_settings_t trusting = *settings;
    gh_link_t              *link;

    trusting.tls_verify = false;
    link = gh_link_open(&trusting, uri, gh_clock_monotonic() + timeout, NULL);

    if (link != NULL) {
        probe_certificate(probe, link);
        gh_link_close(link);
    }
}

void
gh_probe(gh_probe_t *probe, const gh_directory_settings_t *settings, const char *uri,
    int64_t timeout)
{
    gh_time_t  begun = gh_clock_now();
    gh_link_t *link;

    *probe = (gh_probe_t){ 0 };
    link = gh_link_open(settings, uri, gh_clock_monotonic() + timeout, &probe->trouble);
    probe->took = gh_clock_now() - begun;

    if (link != NULL) {
        probe->is_usable = true;
        probe_certificate(probe, link);
        gh_link_close(link);

    } else if (probe_asks_tls(settings, uri)) {
        probe_untrusted(probe, settings, uri, timeout);
    }
}
