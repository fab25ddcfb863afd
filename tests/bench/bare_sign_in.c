/*
 * bare_sign_in URI BASE PREFIX COUNT SECONDS: connect, bind, search, disconnect,
 * one after the other, as a PAM module that did nothing else would.
 *
 * People are PREFIX.0000000 to PREFIX.<COUNT - 1> below ou=public,BASE, their
 * password is in BENCH_PASSWORD.
 */

/* System. */
#include <ldap.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Bench. */
#include "meter.h"

static bool
sign_in(const char *uri, const char *dn, struct berval *password)
{
    static char *attributes[] = { "uid", "cn", "mail", "entryUUID", NULL };
    LDAP        *ld;
    LDAPMessage *message = NULL;
    int          version = LDAP_VERSION3;
    bool         is_in = false;

    if (ldap_initialize(&ld, uri) != LDAP_SUCCESS) {
        meter_die("%s: no such address", uri);
    }

    ldap_set_option(ld, LDAP_OPT_PROTOCOL_VERSION, &version);

    if (ldap_sasl_bind_s(ld, dn, LDAP_SASL_SIMPLE, password, NULL, NULL, NULL) == LDAP_SUCCESS
        && ldap_search_ext_s(ld, dn, LDAP_SCOPE_BASE, "(objectClass=gatehouseAccount)",
               attributes, 0, NULL, NULL, NULL, 1, &message)
            == LDAP_SUCCESS)
    {
        is_in = ldap_count_entries(ld, message) == 1;
    }

    ldap_msgfree(message);
    ldap_unbind_ext(ld, NULL, NULL);

    return is_in;
}

int
main(int argc, char **argv)
{
    struct berval password;
    meter_t       meter;
    char          name[64], dn[256];

    if (argc != 6 || getenv("BENCH_PASSWORD") == NULL) {
        meter_die("usage: BENCH_PASSWORD=... bare_sign_in URI BASE PREFIX COUNT SECONDS");
    }

    password.bv_val = getenv("BENCH_PASSWORD");
    password.bv_len = strlen(password.bv_val);
    srandom((unsigned) getpid());
    meter_start(&meter, atof(argv[5]));

    while (!meter_is_over(&meter)) {
        int64_t began = meter_now();

        meter_name(name, sizeof(name), argv[3], (unsigned) atoi(argv[4]));
        snprintf(dn, sizeof(dn), "uid=%s,ou=public,%s", name, argv[2]);
        meter_count(&meter, began, sign_in(argv[1], dn, &password));
    }

    meter_print(&meter);

    return 0;
}
