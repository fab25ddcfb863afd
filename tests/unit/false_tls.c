/*
 * False TLS: OpenSSL below lber, and certificates that live as long as a test.
 */

/* System. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <stdio.h>

/* cmocka. */
#include <cmocka.h>

/* OpenSSL. */
#include <openssl/pem.h>
#include <openssl/x509v3.h>

/* Tests. */
#include "false_tls.h"

static int
tls_setup(Sockbuf_IO_Desc *sbiod, void *ssl)
{
    sbiod->sbiod_pvt = ssl;
    return 0;
}

static int
tls_remove(Sockbuf_IO_Desc *sbiod)
{
    (void) sbiod;
    return 0;
}

static int
tls_ctrl(Sockbuf_IO_Desc *sbiod, int option, void *arg)
{
    (void) sbiod;
    (void) option;
    (void) arg;
    return 0;
}

static ber_slen_t
tls_read(Sockbuf_IO_Desc *sbiod, void *data, ber_len_t len)
{
    return SSL_read(sbiod->sbiod_pvt, data, (int) len);
}

static ber_slen_t
tls_write(Sockbuf_IO_Desc *sbiod, void *data, ber_len_t len)
{
    return SSL_write(sbiod->sbiod_pvt, data, (int) len);
}

static Sockbuf_IO tls_io = {
    .sbi_setup = tls_setup,
    .sbi_remove = tls_remove,
    .sbi_ctrl = tls_ctrl,
    .sbi_read = tls_read,
    .sbi_write = tls_write,
    .sbi_close = tls_remove,
};

SSL *
false_tls_accept(SSL_CTX *tls, int fd, Sockbuf *sockbuf)
{
    SSL *ssl = SSL_new(tls);

    if (ssl == NULL || SSL_set_fd(ssl, fd) != 1 || SSL_accept(ssl) != 1
        || ber_sockbuf_add_io(sockbuf, &tls_io, LBER_SBIOD_LEVEL_TRANSPORT, ssl) != 0)
    {
        SSL_free(ssl);
        return NULL;
    }

    return ssl;
}

static X509 *
certificate_new(EVP_PKEY *key, const char *ip)
{
    X509           *certificate = X509_new();
    X509_NAME      *name = X509_get_subject_name(certificate);
    X509_EXTENSION *extension;
    char            text[64];

    snprintf(text, sizeof(text), "IP:%s", ip);
    extension = X509V3_EXT_conf_nid(NULL, NULL, NID_subject_alt_name, text);

    assert_non_null(extension);
    assert_int_equal(X509_set_version(certificate, X509_VERSION_3), 1);
    assert_int_equal(ASN1_INTEGER_set(X509_get_serialNumber(certificate), 1), 1);
    assert_non_null(X509_gmtime_adj(X509_getm_notBefore(certificate), -3600));
    assert_non_null(X509_gmtime_adj(X509_getm_notAfter(certificate), 3600));
    assert_int_equal(X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC,
                         (const unsigned char *) "a false directory", -1, -1, 0),
        1);
    assert_int_equal(X509_set_issuer_name(certificate, name), 1);
    assert_int_equal(X509_set_pubkey(certificate, key), 1);
    assert_int_equal(X509_add_ext(certificate, extension, -1), 1);
    assert_true(X509_sign(certificate, key, EVP_sha256()) > 0);
    X509_EXTENSION_free(extension);

    return certificate;
}

SSL_CTX *
false_tls_new(const char *ip, const char *path)
{
    EVP_PKEY *key = EVP_EC_gen("P-256");
    X509     *certificate = certificate_new(key, ip);
    SSL_CTX  *tls = SSL_CTX_new(TLS_server_method());
    FILE     *file = fopen(path, "w");

    assert_non_null(file);
    assert_int_equal(PEM_write_X509(file, certificate), 1);
    assert_int_equal(fclose(file), 0);
    assert_int_equal(SSL_CTX_use_certificate(tls, certificate), 1);
    assert_int_equal(SSL_CTX_use_PrivateKey(tls, key), 1);

    X509_free(certificate);
    EVP_PKEY_free(key);

    return tls;
}
