/*
 * Cards: what an entry has to say before it is somebody's.
 */

/* cmocka. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

/* Account. */
#include "account/card.h"

static char dn[] = "uid=Maria,ou=public,dc=city,dc=example";

static gh_text_t uid[] = { { "Maria", 5 }, { "Mary", 4 } };
static gh_text_t uuid[] = { { "5f1e8a52-0b51-4a0c-a8a1-2f6f0d1c9b11", 36 } };
static gh_text_t name[] = { { "Maria Lopez", 11 } };
static gh_text_t mail[] = { { "maria@example.org", 17 } };
static gh_text_t unclean[] = { { "Maria\nLopez", 11 } };

static void
test_reads_who_it_is(void **state)
{
    gh_attribute_t list[] = { { "UID", uid, 1 }, { "entryUUID", uuid, 1 }, { "cn", name, 1 },
        { "mail", mail, 1 } };
    gh_entry_t     entry = { dn, list, 4 };
    gh_realm_t     realm = { .name = "public" };
    gh_identity_card_t card = { .realm = &realm };

    (void) state;

    assert_true(gh_card_read(&card, &entry));
    assert_string_equal(card.dn, "uid=Maria,ou=public,dc=city,dc=example");
    assert_string_equal(card.uid, "Maria");
    assert_string_equal(card.uuid, "5f1e8a52-0b51-4a0c-a8a1-2f6f0d1c9b11");
    assert_string_equal(card.name, "Maria Lopez");
    assert_string_equal(card.mail, "maria@example.org");

    gh_card_cleanup(&card);
    assert_null(card.uid);
    assert_ptr_equal(card.realm, &realm);
}

/* Name and address are only shown and written to: they are not worth a refusal. */
static void
test_does_without_name_and_mail(void **state)
{
    gh_attribute_t list[] = { { "uid", uid, 1 }, { "entryUUID", uuid, 1 }, { "cn", unclean, 1 },
        { "mail", unclean, 1 } };
    gh_entry_t     entry = { dn, list, 4 };
    gh_identity_card_t card = { 0 };

    (void) state;

    assert_true(gh_card_read(&card, &entry));
    assert_string_equal(card.name, "Maria");
    assert_string_equal(card.mail, "");

    entry.count = 2;
    assert_true(gh_card_read(&card, &entry));
    assert_string_equal(card.name, "Maria");
    assert_string_equal(card.mail, "");
    gh_card_cleanup(&card);
}

static void
test_is_nobody(void **state)
{
    gh_attribute_t     two[] = { { "uid", uid, 2 }, { "entryUUID", uuid, 1 } };
    gh_attribute_t     strange[] = { { "uid", unclean, 1 }, { "entryUUID", uuid, 1 } };
    gh_attribute_t     nameless[] = { { "cn", name, 1 }, { "entryUUID", uuid, 1 } };
    gh_attribute_t     rootless[] = { { "uid", uid, 1 }, { "cn", name, 1 } };
    gh_attribute_t    *lists[] = { two, strange, nameless, rootless };
    gh_identity_card_t card = { 0 };

    (void) state;

    for (size_t i = 0; i < 4; i++) {
        gh_entry_t entry = { dn, lists[i], 2 };

        assert_false(gh_card_read(&card, &entry));
        assert_null(card.dn);
        assert_null(card.uid);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_reads_who_it_is),
        cmocka_unit_test(test_does_without_name_and_mail),
        cmocka_unit_test(test_is_nobody),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
