/*
 * Check: whether a server knows every attribute and object class of schema/, and the
 * attributes that the configuration names.
 */

/* System. */
#include <ctype.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

/* Ctl. */
#include "check.h"
#include "schema_text.h"

#define SUBSCHEMA_DN 512 /* bytes */

/* Definitions that are not there. */
typedef struct {
    size_t count;
    char   first[64];
} missing_t;

/* Whether one of the definitions has that name, which stands in quotes (RFC 4512, 4.1). */
static bool
schema_defines(const gh_attribute_t *definitions, gh_text_t name)
{
    char quoted[80];

    snprintf(quoted, sizeof(quoted), "'%.*s'", (int) name.len, name.data);

    for (size_t i = 0; definitions != NULL && i < definitions->count; i++) {
        if (strcasestr(definitions->values[i].data, quoted) != NULL) {
            return true;
        }
    }

    return false;
}

static void
schema_look(const gh_entry_t *subschema, gh_text_t name, missing_t *missing)
{
    if (schema_defines(gh_entry_attribute(subschema, "attributeTypes"), name)
        || schema_defines(gh_entry_attribute(subschema, "objectClasses"), name))
    {
        return;
    }

    if (missing->count++ == 0) {
        snprintf(missing->first, sizeof(missing->first), "%.*s", (int) name.len, name.data);
    }
}

/* The DN that the server's root names for its schema (RFC 4512, 4.2). */
static void
schema_place(const gh_check_server_t *server, char dn[SUBSCHEMA_DN])
{
    static const char *const attrs[] = { "subschemaSubentry", NULL };

    gh_answer_t answer;

    gh_check_search(
        server, server->gateway, "", GH_SCOPE_BASE, "(objectClass=*)", attrs, 1, &answer);
    snprintf(dn, SUBSCHEMA_DN, "%s",
        answer.entry_count > 0 ? gh_entry_value(answer.entries, "subschemaSubentry").data : "");
    gh_answer_cleanup(&answer);
}

static void
schema_ours(gh_check_t *check, const char *uri, const gh_entry_t *subschema)
{
    const char *text = gh_schema_find("20-schema.ldif");
    missing_t   missing = { 0 };
    size_t      count = 0;
    gh_text_t   name;

    while (gh_schema_next_name(&text, &name)) {
        schema_look(subschema, name, &missing);
        count++;
    }

    if (missing.count > 0) {
        gh_finding_fault(&check->findings, uri, "add 20-schema.ldif, see gatehousectl schema",
            "%zu of %zu definitions are missing, %s first", missing.count, count,
            missing.first);
    } else {
        gh_finding_good(&check->findings, uri, "has all %zu definitions", count);
    }
}

/* Fields of forms whose attribute the server does not know could never be written. */
static void
schema_fields(gh_check_t *check, const char *uri, const gh_entry_t *subschema)
{
    const gh_config_t *config = check->ctl->config;

    for (size_t i = 0; i < config->realm_count; i++) {
        const gh_realm_t *realm = &config->realms[i];
        missing_t         missing = { 0 };

        for (size_t j = 0; j < realm->field_count; j++) {
            schema_look(subschema, gh_text(realm->fields[j].attribute), &missing);
        }

        if (missing.count > 0) {
            gh_finding_fault(&check->findings, uri,
                "add its schema, or take the field out of the configuration",
                "no attribute %s, a field of realm %s", missing.first, realm->name);
        }
    }
}

void
gh_check_schema(gh_check_t *check, gh_check_server_t *server)
{
    static const char *const attrs[] = { "attributeTypes", "objectClasses", NULL };

    const char *uri = server->uris[0];
    char        dn[SUBSCHEMA_DN];
    gh_answer_t answer;

    if (server->gateway == NULL) {
        return;
    }

    schema_place(server, dn);
    gh_check_search(
        server, server->gateway, dn, GH_SCOPE_BASE, "(objectClass=*)", attrs, 1, &answer);

    if (answer.result != GH_RESULT_SUCCESS || answer.entry_count == 0) {
        gh_finding_fault(&check->findings, uri,
            "let everybody read cn=Subschema, as slapd does", "the schema can't be read: %s",
            gh_check_words(&answer));

    } else {
        schema_ours(check, uri, answer.entries);
        schema_fields(check, uri, answer.entries);
    }

    gh_answer_cleanup(&answer);
}
