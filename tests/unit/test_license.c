/*
 * Licenses: what each column becomes, and which columns refuse a row.
 */

/* System. */
#include <string.h>

/* cmocka. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

/* Account. */
#include "account/license.h"

static int
setup(void **state)
{
    static gh_realm_t realm = {
        .name = "contractor",
        .base = "ou=contractors,dc=city,dc=example",
        .canonical = GH_CANONICAL_STRIP_ZEROS,
        .pattern = "^[0-9]{1,9}$",
        .has_regex = true,
    };

    *state = &realm;
    return regcomp(&realm.regex, realm.pattern, REG_EXTENDED | REG_NOSUB);
}

static int
teardown(void **state)
{
    gh_realm_t *realm = *state;

    regfree(&realm->regex);
    return 0;
}

/* A row in which everything is as it should be. */
static void
columns_fill(gh_text_t columns[GH_LICENSE_COLUMNS])
{
    static const char *const good[GH_LICENSE_COLUMNS] = {
        [GH_LICENSE_NUMBER] = "061234",
        [GH_LICENSE_UPDATED] = "04/04/2026",
        [GH_LICENSE_NAME] = " NÚÑEZ, SONS \"THE ROOFERS\" & CO ",
        [GH_LICENSE_ADDRESS] = "564 VISTA BLVD #28",
        [GH_LICENSE_CITY] = "ALMOND GROVE",
        [GH_LICENSE_STATE] = "CA",
        [GH_LICENSE_ZIP] = "90069",
        [GH_LICENSE_PHONE] = "(555) 010 0189",
        [GH_LICENSE_BUSINESS_TYPE] = "Sole Owner",
        [GH_LICENSE_ISSUED] = "02/29/2000",
        [GH_LICENSE_EXPIRY] = "12/31/2027",
        [GH_LICENSE_STATUS] = "Work Comp Susp",
        [GH_LICENSE_SECONDARY_STATUS] = "Renewal Recived| Pending Case/CIT",
        [GH_LICENSE_CLASSES] = "C53| c-61/D12|C-49 | C 49|",
        [GH_LICENSE_COMP_TYPE] = "Workers' Compensation Insurance",
        [GH_LICENSE_COMP_CARRIER] = "SIERRA CASUALTY",
        [GH_LICENSE_COMP_POLICY] = "0496186-2023",
        [GH_LICENSE_COMP_EFFECTIVE] = "01/10/2026",
        [GH_LICENSE_COMP_EXPIRY] = "10/19/2028",
        [GH_LICENSE_COMP_CANCELLED] = "",
        [GH_LICENSE_COMP_SUSPENDED] = "",
    };

    for (size_t i = 0; i < GH_LICENSE_COLUMNS; i++) {
        columns[i] = gh_text(good[i]);
    }
}

static void
assert_text(gh_text_t text, const char *want)
{
    assert_int_equal(text.len, strlen(want));
    assert_memory_equal(text.data, want, text.len);
}

static void
test_row_becomes_attributes(void **state)
{
    static const struct {
        const char *attr;
        bool        is_contact;
        size_t      count;
        const char *values[5];
    } want[] = {
        { "o", false, 1, { "NÚÑEZ, SONS \"THE ROOFERS\" & CO" } },
        { "cn", false, 1, { "NÚÑEZ, SONS \"THE ROOFERS\" & CO" } },
        { "sn", true, 1, { "NÚÑEZ, SONS \"THE ROOFERS\" & CO" } },
        { "gatehouseSearchKey", false, 5,
            { "nunez sons the roofers co", "sons the roofers co", "the roofers co",
                "roofers co", "co" } },
        { "gatehouseLicenseStatus", false, 1, { "Work Comp Susp" } },
        { "gatehouseLicenseSecondaryStatus", false, 1,
            { "Renewal Recived| Pending Case/CIT" } },
        { "gatehouseLicenseClass", false, 3, { "C53", "C61/D12", "C49" } },
        { "gatehouseLicenseIssued", false, 1, { "20000229000000Z" } },
        { "gatehouseLicenseExpiry", false, 1, { "20271231000000Z" } },
        { "gatehouseLicenseUpdated", false, 1, { "20260404000000Z" } },
        { "gatehouseWorkersComp", false, 1, { "Workers' Compensation Insurance" } },
        { "gatehouseWorkersCompCarrier", false, 1, { "SIERRA CASUALTY" } },
        { "gatehouseWorkersCompPolicy", false, 1, { "0496186-2023" } },
        { "gatehouseWorkersCompEffective", false, 1, { "20260110000000Z" } },
        { "gatehouseWorkersCompExpiry", false, 1, { "20281019000000Z" } },
        { "gatehouseWorkersCompCancelled", false, 0, { NULL } },
        { "gatehouseWorkersCompSuspended", false, 0, { NULL } },
        { "gatehouseBusinessType", false, 1, { "Sole Owner" } },
        { "street", true, 1, { "564 VISTA BLVD #28" } },
        { "l", true, 1, { "ALMOND GROVE" } },
        { "st", true, 1, { "CA" } },
        { "postalCode", true, 1, { "90069" } },
        { "telephoneNumber", true, 1, { "(555) 010 0189" } },
    };
    gh_text_t                 columns[GH_LICENSE_COLUMNS];
    gh_license_fault_t        fault;
    gh_license_t             *license;
    const gh_license_field_t *fields;

    columns_fill(columns);
    license = gh_license_new(*state, columns, &fault);
    assert_non_null(license);
    assert_text(gh_license_number(license), "61234");

    fields = gh_license_fields(license);
    assert_int_equal(sizeof(want) / sizeof(want[0]), GH_LICENSE_FIELDS);

    for (size_t i = 0; i < GH_LICENSE_FIELDS; i++) {
        assert_string_equal(fields[i].attr, want[i].attr);
        assert_string_equal(gh_license_attribute(i), want[i].attr);
        assert_int_equal(fields[i].is_contact, want[i].is_contact);
        assert_int_equal(fields[i].count, want[i].count);

        for (size_t j = 0; j < want[i].count; j++) {
            assert_text(fields[i].values[j], want[i].values[j]);
        }
    }

    gh_license_free(license);
}

static void
test_only_three_columns_are_needed(void **state)
{
    gh_text_t          columns[GH_LICENSE_COLUMNS] = { { "", 0 } };
    gh_license_fault_t fault;
    gh_license_t      *license;

    for (size_t i = 0; i < GH_LICENSE_COLUMNS; i++) {
        columns[i] = GH_TEXT(" \t");
    }

    columns[GH_LICENSE_NUMBER] = GH_TEXT("12345678");
    columns[GH_LICENSE_NAME] = GH_TEXT("A");
    columns[GH_LICENSE_STATUS] = GH_TEXT("CLEAR");

    license = gh_license_new(*state, columns, &fault);
    assert_non_null(license);
    assert_text(gh_license_number(license), "12345678");
    gh_license_free(license);
}

static void
test_refuses(void **state)
{
    static const struct {
        gh_license_column_t column;
        gh_text_t           value;
        const char         *name;
        const char         *reason;
    } cases[] = {
#define CASE(column, value, name, reason) { column, { value, sizeof(value) - 1 }, name, reason }
        CASE(GH_LICENSE_NUMBER, "", "LicenseNo", "is empty"),
        CASE(GH_LICENSE_NUMBER, "12AB", "LicenseNo", "is not a license number"),
        CASE(GH_LICENSE_NUMBER, "000", "LicenseNo", "is not a license number"),
        CASE(GH_LICENSE_NUMBER, "-1", "LicenseNo", "is not a license number"),
        CASE(GH_LICENSE_NUMBER, "123456789", "LicenseNo", "is not a license number"),
        CASE(GH_LICENSE_NUMBER, "1,ou=staff", "LicenseNo", "is not a license number"),
        CASE(GH_LICENSE_NAME, "  ", "BusinessName", "is empty"),
        CASE(
            GH_LICENSE_NAME, "A\0B", "BusinessName", "holds control characters or is not text"),
        CASE(
            GH_LICENSE_NAME, "A\nB", "BusinessName", "holds control characters or is not text"),
        CASE(GH_LICENSE_CITY, "\xc2\x85", "City", "holds control characters or is not text"),
        CASE(GH_LICENSE_CITY, "\xd1", "City", "holds control characters or is not text"),
        CASE(GH_LICENSE_ZIP, "123456789012345678901234567890123", "ZIPCode",
            "is longer than 32 bytes"),
        CASE(GH_LICENSE_PHONE, "555 0100 #7", "BusinessPhone", "is not a phone number"),
        CASE(GH_LICENSE_PHONE, "( ) -", "BusinessPhone", "is not a phone number"),
        CASE(GH_LICENSE_STATUS, "", "PrimaryStatus", "is empty"),
        CASE(GH_LICENSE_ISSUED, "02/29/2023", "IssueDate",
            "names a day that no calendar has: 02/29/2023"),
        CASE(GH_LICENSE_ISSUED, "02/29/1900", "IssueDate",
            "names a day that no calendar has: 02/29/1900"),
        CASE(GH_LICENSE_EXPIRY, "02/30/2027", "ExpirationDate",
            "names a day that no calendar has: 02/30/2027"),
        CASE(GH_LICENSE_EXPIRY, "13/01/2027", "ExpirationDate",
            "names a day that no calendar has: 13/01/2027"),
        CASE(GH_LICENSE_EXPIRY, "00/10/2027", "ExpirationDate",
            "names a day that no calendar has: 00/10/2027"),
        CASE(GH_LICENSE_EXPIRY, "04/31/2027", "ExpirationDate",
            "names a day that no calendar has: 04/31/2027"),
        CASE(GH_LICENSE_EXPIRY, "12/31/1899", "ExpirationDate", "lies before 1900"),
        CASE(GH_LICENSE_EXPIRY, "1/1/2027", "ExpirationDate", "is not a date like 12/31/2026"),
        CASE(
            GH_LICENSE_EXPIRY, "01-01-2027", "ExpirationDate", "is not a date like 12/31/2026"),
        CASE(
            GH_LICENSE_EXPIRY, "+1/01/2027", "ExpirationDate", "is not a date like 12/31/2026"),
        CASE(GH_LICENSE_EXPIRY, "01/01/20270", "ExpirationDate",
            "is not a date like 12/31/2026"),
        CASE(GH_LICENSE_CLASSES, "B| C(36)", "Classifications(s)",
            "holds something that is no class"),
        CASE(GH_LICENSE_CLASSES, "ABCDEFGHIJKLMNOPQ", "Classifications(s)",
            "holds something that is no class"),
#undef CASE
    };

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        gh_text_t          columns[GH_LICENSE_COLUMNS];
        gh_license_fault_t fault;

        columns_fill(columns);
        columns[cases[i].column] = cases[i].value;

        assert_null(gh_license_new(*state, columns, &fault));
        assert_string_equal(gh_license_column_name(fault.column), cases[i].name);
        assert_string_equal(fault.error.text, cases[i].reason);
    }
}

static void
test_bounds_classes(void **state)
{
    gh_text_t          columns[GH_LICENSE_COLUMNS];
    char               classes[65 * 4 + 1] = "";
    gh_license_fault_t fault;
    gh_license_t      *license;

    for (size_t i = 0; i < 65; i++) {
        char class[] = { 'C', (char) ('0' + i / 10), (char) ('0' + i % 10), '|' };

        memcpy(classes + i * 4, class, 4);
    }

    columns_fill(columns);
    columns[GH_LICENSE_CLASSES] = (gh_text_t){ classes, 64 * 4 };
    license = gh_license_new(*state, columns, &fault);
    assert_non_null(license);
    assert_int_equal(gh_license_fields(license)[6].count, 64);
    gh_license_free(license);

    columns[GH_LICENSE_CLASSES] = gh_text(classes);
    assert_null(gh_license_new(*state, columns, &fault));
    assert_string_equal(fault.error.text, "has more than 64 classes");
}

static void
test_is_class(void **state)
{
    static const struct {
        const char *typed;
        const char *wanted;
        bool        is;
    } cases[] = { { "C39", "C39", true }, { "c-39", "C39", true }, { "B, C 39", "C39", true },
        { "B C39", "C39", true }, { "C39 B", "C39", true }, { "C20/B", "C20", true },
        { "C-08", "C8", true }, { "c - 0 8", "C8", false }, { "C.8", "C8", true },
        { "C61/D49", "D49", true }, { "B;HAZ", "HAZ", true }, { "C-39 C-8", "C8", true },
        { "C--8", "C8", true }, { "B, 8", "B8", false }, { "C3 9", "C39", false },
        { "C390", "C39", false }, { "CC39", "C39", false }, { "C39", "C3", false },
        { "C-10, B", "C8", false }, { "", "C8", false }, { "-, /", "C8", false },
        { "ABCDEFGHIJKLMNOPQRSTUVWXYZ C8", "C8", true } };

    (void) state;

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        if (gh_license_is_class(gh_text(cases[i].typed), cases[i].wanted) != cases[i].is) {
            fail_msg("%s in %s", cases[i].wanted, cases[i].typed);
        }
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_row_becomes_attributes),
        cmocka_unit_test(test_only_three_columns_are_needed),
        cmocka_unit_test(test_refuses),
        cmocka_unit_test(test_bounds_classes),
        cmocka_unit_test(test_is_class),
    };

    return cmocka_run_group_tests(tests, setup, teardown);
}
