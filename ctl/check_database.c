/*
 * Check: the database in cn=config, its overlays and its indexes, held against the files of
 * schema/; and the decoy, which nobody but an administrator can see.
 */

/* System. */
#include <stdio.h>
#include <string.h>
#include <strings.h>

/* Directory. */
#include "directory/filter.h"

/* Ctl. */
#include "check.h"
#include "schema_text.h"

#define OVERLAYS_MAX 32

/* Overlays without which everything works, but for what they are for. */
static const char *const spare[] = { "syncprov", "accesslog" };

/* The words of the value up to a blank or comma; `*rest` goes on behind it. */
static gh_text_t
next_word(gh_text_t *rest, const char *separators)
{
    size_t    len = 0;
    gh_text_t word;

    while (len < rest->len && strchr(separators, rest->data[len]) == NULL) {
        len++;
    }

    word = (gh_text_t){ rest->data, len };
    len += len < rest->len;
    *rest = (gh_text_t){ rest->data + len, rest->len - len };
    return word;
}

/* Whether an index of kind `have` serves for `want`: sub is all of its kinds. */
static bool
index_serves(gh_text_t have, gh_text_t want)
{
    return gh_text_equal_nocase(have, want)
        || (gh_text_equal_nocase(have, GH_TEXT("sub")) && want.len > 3
            && strncasecmp(want.data, "sub", 3) == 0);
}

/* Whether a value of olcDbIndex (`cn,o eq,sub`) has that attribute with that kind. */
static bool
index_has(gh_text_t value, gh_text_t attr, gh_text_t kind)
{
    gh_text_t attrs = next_word(&value, " ");
    bool      is_it = false;

    while (attrs.len > 0) {
        is_it = gh_text_equal_nocase(next_word(&attrs, ","), attr) || is_it;
    }

    value = gh_text_trim(value);
    while (is_it && value.len > 0) {
        if (index_serves(next_word(&value, ","), kind)) {
            return true;
        }
    }

    return false;
}

/* One index of schema/: an attribute and a kind. */
static bool
database_index(gh_check_t *check, const char *uri, const gh_entry_t *database, gh_text_t attr,
    gh_text_t kind)
{
    const gh_attribute_t *values = gh_entry_attribute(database, "olcDbIndex");

    for (size_t i = 0; values != NULL && i < values->count; i++) {
        if (index_has(values->values[i], attr, kind)) {
            return true;
        }
    }

    gh_finding_fault(&check->findings, uri, "add it to olcDbIndex, as 30-database.ldif has it",
        "no index %.*s %.*s: searches look at every entry", (int) attr.len, attr.data,
        (int) kind.len, kind.data);
    return false;
}

static void
database_indexes(gh_check_t *check, const char *uri, const gh_entry_t *database)
{
    const char *text = gh_schema_find("30-database.ldif");
    size_t      wanted = 0, found = 0;
    gh_text_t   value;

    while (gh_schema_next(&text, "olcDbIndex", &value)) {
        gh_text_t attrs = next_word(&value, " ");

        while (attrs.len > 0) {
            gh_text_t attr = next_word(&attrs, ",");
            gh_text_t kinds = value;

            while (kinds.len > 0) {
                found += database_index(check, uri, database, attr, next_word(&kinds, ","));
                wanted++;
            }
        }
    }

    if (found == wanted) {
        gh_finding_good(&check->findings, uri, "has all %zu indexes", wanted);
    }
}

/* The overlay of that name among the database's; NULL: there is none. */
static const gh_entry_t *
overlay_find(const gh_answer_t *overlays, gh_text_t name)
{
    for (size_t i = 0; i < overlays->entry_count; i++) {
        gh_text_t   have = gh_entry_value(&overlays->entries[i], "olcOverlay");
        const char *brace = strchr(have.data, '}');

        /* `{3}ppolicy` */
        if (gh_text_equal_nocase(gh_text(brace != NULL ? brace + 1 : have.data), name)) {
            return &overlays->entries[i];
        }
    }

    return NULL;
}

static bool
overlay_is_spare(gh_text_t name)
{
    for (size_t i = 0; i < sizeof(spare) / sizeof(spare[0]); i++) {
        if (gh_text_equal(gh_text(spare[i]), name)) {
            return true;
        }
    }

    return false;
}

/* The overlays that one file of schema/ adds.  How many are missing. */
static size_t
overlays_of(gh_check_t *check, const char *uri, const char *file, const gh_answer_t *overlays)
{
    const char *text = gh_schema_find(file);
    size_t      missing = 0;
    gh_text_t   name;

    while (gh_schema_next(&text, "olcOverlay", &name)) {
        if (overlay_find(overlays, name) != NULL) {
            continue;
        }

        missing++;
        if (overlay_is_spare(name)) {
            gh_finding_note(&check->findings, uri,
                "add it if you want it, see gatehousectl schema", "no overlay %.*s",
                (int) name.len, name.data);
        } else {
            gh_finding_fault(&check->findings, uri, "add it, see gatehousectl schema",
                "no overlay %.*s", (int) name.len, name.data);
        }
    }

    return missing;
}

/* What the password policy overlay has to be told. */
static void
database_ppolicy(gh_check_t *check, const char *uri, const gh_entry_t *ppolicy)
{
    if (!gh_entry_has(ppolicy, "olcPPolicyHashCleartext", GH_TEXT("TRUE"))) {
        gh_finding_fault(&check->findings, uri, "set olcPPolicyHashCleartext to TRUE",
            "passwords are kept as they come, in clear");
    }

    if (gh_entry_attribute(ppolicy, "olcPPolicyDefault") == NULL) {
        gh_finding_fault(&check->findings, uri,
            "set olcPPolicyDefault to cn=default,ou=policies of the base",
            "people without a policy of their own have none");
    }

    if (gh_entry_has(ppolicy, "olcPPolicyUseLockout", GH_TEXT("TRUE"))) {
        gh_finding_fault(&check->findings, uri, "set olcPPolicyUseLockout to FALSE",
            "whoever guesses is told which accounts are locked");
    }
}

/*
 * What the provider overlay has to be told: slapd 2.5 believes what it noted last of how far
 * it has come, when it starts after it was killed.
 */
static void
database_syncprov(gh_check_t *check, const char *uri, const gh_entry_t *syncprov)
{
    gh_text_t checkpoint = gh_entry_value(syncprov, "olcSpCheckpoint");

    if (!gh_text_equal(next_word(&checkpoint, " "), GH_TEXT("1"))) {
        gh_finding_fault(&check->findings, uri, "set olcSpCheckpoint to 1 1",
            "a provider that is killed may never pass on what it took last");
    }
}

static void
database_overlays(gh_check_t *check, const gh_check_server_t *server, const char *dn)
{
    static const char *const attrs[] = { "olcOverlay", "olcPPolicyHashCleartext",
        "olcPPolicyDefault", "olcPPolicyUseLockout", "olcSpCheckpoint", NULL };

    const char       *uri = server->uris[0];
    const gh_entry_t *ppolicy, *syncprov;
    gh_answer_t       answer;

    gh_check_search(server, server->admin, dn, GH_SCOPE_ONE, "(objectClass=olcOverlayConfig)",
        attrs, OVERLAYS_MAX, &answer);

    if (overlays_of(check, uri, "40-overlays.ldif", &answer)
            + overlays_of(check, uri, "41-accesslog.ldif", &answer)
        == 0)
    {
        gh_finding_good(&check->findings, uri, "has all overlays");
    }

    ppolicy = overlay_find(&answer, GH_TEXT("ppolicy"));
    if (ppolicy != NULL) {
        database_ppolicy(check, uri, ppolicy);
    }

    syncprov = overlay_find(&answer, GH_TEXT("syncprov"));
    if (syncprov != NULL) {
        database_syncprov(check, uri, syncprov);
    }

    gh_answer_cleanup(&answer);
}

/* How slapd hashes new passwords. */
static void
database_hash(gh_check_t *check, const gh_check_server_t *server)
{
    static const char *const attrs[] = { "olcPasswordHash", NULL };

    gh_answer_t answer;

    gh_check_search(server, server->admin, "olcDatabase={-1}frontend,cn=config", GH_SCOPE_BASE,
        "(olcPasswordHash={ARGON2})", attrs, 1, &answer);

    if (answer.entry_count == 0) {
        gh_finding_fault(&check->findings, server->uris[0], "add 11-passwords.ldif",
            "new passwords are not hashed with Argon2");
    }

    gh_answer_cleanup(&answer);
}

static void
database_decoy(gh_check_t *check, const gh_check_server_t *server)
{
    static const char *const attrs[] = { "1.1", NULL };

    const char *uri = server->uris[0];
    gh_answer_t answer;

    gh_check_search(server, server->admin, server->settings.decoy_dn, GH_SCOPE_BASE,
        "(userPassword=*)", attrs, 1, &answer);

    if (answer.entry_count == 0) {
        gh_finding_fault(&check->findings, uri,
            "add it with a password that nobody knows, as 50-tree.ldif does",
            "no decoy with a password at %s: unknown names can be told by the time",
            server->settings.decoy_dn);
    } else {
        gh_finding_good(&check->findings, uri, "has a decoy");
    }

    gh_answer_cleanup(&answer);
}

static void
database_check(gh_check_t *check, const gh_check_server_t *server, const gh_entry_t *database)
{
    const char *uri = server->uris[0];

    if (!gh_entry_has(database, "olcAddContentAcl", GH_TEXT("TRUE"))) {
        gh_finding_fault(&check->findings, uri, "set olcAddContentAcl to TRUE",
            "whoever may add an entry may give it any attribute");
    }

    database_indexes(check, uri, database);
    database_overlays(check, server, database->dn);
    database_hash(check, server);
    database_decoy(check, server);
}

/* The database among what was found; beside it there is only cn=config itself. */
static const gh_entry_t *
database_find(const gh_answer_t *answer)
{
    for (size_t i = 0; i < answer->entry_count; i++) {
        if (strncasecmp(answer->entries[i].dn, "olcDatabase=", strlen("olcDatabase=")) == 0) {
            return &answer->entries[i];
        }
    }

    return NULL;
}

void
gh_check_database(gh_check_t *check, gh_check_server_t *server)
{
    static const char *const attrs[] = { "olcDbIndex", "olcAddContentAcl", NULL };

    const char *uri = server->uris[0];
    gh_buf_t    filter;
    gh_answer_t answer;

    if (server->admin == NULL) {
        return;
    }

    gh_buf_init(&filter);
    gh_buf_add_string(&filter, "(|(objectClass=olcGlobal)");
    gh_filter_equal(&filter, "olcSuffix", gh_text(server->settings.base));
    gh_buf_add_string(&filter, ")");
    gh_check_search(server, server->admin, "cn=config", GH_SCOPE_SUBTREE,
        gh_buf_string(&filter), attrs, 2, &answer);

    if (answer.result != GH_RESULT_SUCCESS || answer.entry_count == 0) {
        gh_finding_note(&check->findings, uri,
            "run this as root on its host, with its ldapi:// among uri",
            "cn=config can't be read: %s", gh_check_words(&answer));

    } else if (database_find(&answer) == NULL) {
        gh_finding_fault(&check->findings, uri, "add it, see gatehousectl schema",
            "no database with the suffix %s", server->settings.base);

    } else {
        database_check(check, server, database_find(&answer));
    }

    gh_answer_cleanup(&answer);
    gh_buf_cleanup(&filter);
}
