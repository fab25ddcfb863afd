/*
 * False TLS: the server's end of TLS for a directory that a test plays.
 */
#ifndef GH_TESTS_FALSE_TLS_H
#define GH_TESTS_FALSE_TLS_H

/* liblber, OpenSSL. */
#include <lber.h>
#include <openssl/ssl.h>

/*
 * A server's TLS with a new key and a certificate for `ip` that the key signed itself, which
 * is also written to `path`, as an authority's.
 */
SSL_CTX *false_tls_new(const char *ip, const char *path);

/*
 * Takes the client's handshake on `fd`, and puts TLS below what `sockbuf` reads and writes.
 * Returns what SSL_free() is for once the sockbuf is gone; NULL when the client went.
 */
SSL *false_tls_accept(SSL_CTX *tls, int fd, Sockbuf *sockbuf);

#endif
