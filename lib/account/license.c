/*
 * Licenses: the columns of a master file become the attributes of an entry.
 *
 * Two tables hold all there is to know: how each column is read, and which
 * attribute gets the values of which column.  The bytes of all values lie behind
 * the license in one block, measured before anything is read.
 */

/* System. */
#include <stdio.h>
#include <stdlib.h>

/* Base. */
#include "base/fold.h"

/* Account. */
#include "account/license.h"

/* Bounds of one license. */
#define CLASSES_MAX 64
#define CLASS_MAX   16 /* bytes of one class */
#define VALUES_MAX  (GH_LICENSE_COLUMNS + CLASSES_MAX + GH_FOLD_VALUES)
#define DATE_TEXT   16 /* YYYYMMDD000000Z and a NUL */

/* What no column has but is derived from the name; it comes behind them. */
#define SEARCH_KEY GH_LICENSE_COLUMNS
#define SPANS      (GH_LICENSE_COLUMNS + 1)

typedef struct {
    const gh_text_t *values;
    size_t           count;
} span_t;

struct gh_license_s {
    span_t             columns[SPANS];
    gh_license_field_t fields[GH_LICENSE_FIELDS];
    gh_text_t          values[VALUES_MAX]; /* of all spans, in their order */
    size_t             value_count;
    size_t             used; /* bytes of `text` */
    char               text[];
};

/* Adds what one column says to the values; empty text never gets there. */
typedef int (*reader_t)(gh_license_t *license, gh_text_t text, gh_error_t *error);

typedef struct {
    const char *name;
    reader_t    read;      /* NULL: needs the realm */
    size_t      max;       /* bytes */
    bool        is_needed; /* an empty one is a fault */
} column_t;

typedef struct {
    const char *attr;
    size_t      column; /* gh_license_column_t, or SEARCH_KEY */
    bool        is_contact;
} field_t;

static const column_t columns_known[GH_LICENSE_COLUMNS];
static const field_t  fields_known[GH_LICENSE_FIELDS];

static void
value_add(gh_license_t *license, gh_text_t text)
{
    char *copy = license->text + license->used;

    memcpy(copy, text.data, text.len);
    license->used += text.len;
    license->values[license->value_count++] = (gh_text_t){ copy, text.len };
}

static int
read_text(gh_license_t *license, gh_text_t text, gh_error_t *error)
{
    (void) error;

    value_add(license, text);
    return 0;
}

/* The telephone number syntax of RFC 4517, section 3.3.31. */
static int
read_phone(gh_license_t *license, gh_text_t text, gh_error_t *error)
{
    static const char letters[] = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                  "abcdefghijklmnopqrstuvwxyz";
    static const char marks[] = " '()+,-./:=?";
    bool              has_letter = false;

    for (size_t i = 0; i < text.len; i++) {
        if (strchr(letters, text.data[i]) != NULL) {
            has_letter = true;

        } else if (strchr(marks, text.data[i]) == NULL) {
            return gh_error_set(error, GH_ERR_INVALID, "is not a phone number");
        }
    }

    if (!has_letter) {
        return gh_error_set(error, GH_ERR_INVALID, "is not a phone number");
    }

    return read_text(license, text, error);
}

/* The number that `len` digits stand for; -1 when they are not all digits. */
static int
digits(const char *data, size_t len)
{
    int number = 0;

    for (size_t i = 0; i < len; i++) {
        if (data[i] < '0' || data[i] > '9') {
            return -1;
        }

        number = number * 10 + data[i] - '0';
    }

    return number;
}

/* The calendar's days; 0 for a month that it does not have. */
static int
days_of_month(int month, int year)
{
    static const int days[] = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };
    bool             is_leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;

    if (month < 1 || month > 12) {
        return 0;
    }

    return days[month - 1] + (month == 2 && is_leap ? 1 : 0);
}

static int
read_date(gh_license_t *license, gh_text_t text, gh_error_t *error)
{
    int  month, day, year;
    char date[DATE_TEXT * 2];

    if (text.len != 10 || text.data[2] != '/' || text.data[5] != '/') {
        return gh_error_set(error, GH_ERR_INVALID, "is not a date like 12/31/2026");
    }

    month = digits(text.data, 2);
    day = digits(text.data + 3, 2);
    year = digits(text.data + 6, 4);

    if (month < 0 || day < 0 || year < 0) {
        return gh_error_set(error, GH_ERR_INVALID, "is not a date like 12/31/2026");
    }

    if (day < 1 || day > days_of_month(month, year)) {
        return gh_error_set(error, GH_ERR_INVALID,
            "names a day that no calendar has: %02d/%02d/%04d", month, day, year);
    }

    if (year < 1900) {
        return gh_error_set(error, GH_ERR_INVALID, "lies before 1900");
    }

    snprintf(date, sizeof(date), "%04d%02d%02d000000Z", year, month, day);
    value_add(license, gh_text(date));

    return 0;
}

/* Adds a class without blanks and hyphens, in upper case, unless it is there. */
static int
class_add(gh_license_t *license, size_t first, gh_text_t text, gh_error_t *error)
{
    char name[CLASS_MAX];
    gh_text_t class = { name, 0 };

    for (size_t i = 0; i < text.len; i++) {
        char c = text.data[i];

        if (c == ' ' || c == '\t' || c == '-') {
            continue;
        }

        if (c >= 'a' && c <= 'z') {
            c = (char) (c - 'a' + 'A');
        }

        if (class.len == CLASS_MAX
            || strchr("ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789/", c) == NULL) {
            return gh_error_set(error, GH_ERR_INVALID, "holds something that is no class");
        }

        name[class.len++] = c;
    }

    for (size_t i = first; i < license->value_count; i++) {
        if (gh_text_equal(license->values[i], class)) {
            return 0;
        }
    }

    if (class.len == 0) {
        return 0;
    }

    if (license->value_count - first == CLASSES_MAX) {
        return gh_error_set(error, GH_ERR_LIMIT, "has more than %d classes", CLASSES_MAX);
    }

    value_add(license, class);
    return 0;
}

static int
read_classes(gh_license_t *license, gh_text_t text, gh_error_t *error)
{
    size_t first = license->value_count;

    while (text.len > 0) {
        const char *bar = memchr(text.data, '|', text.len);
        size_t      len = bar != NULL ? (size_t) (bar - text.data) : text.len;
        size_t      step = bar != NULL ? len + 1 : len;
        int         rc = class_add(license, first, (gh_text_t){ text.data, len }, error);

        if (rc != 0) {
            return rc;
        }

        text.data += step;
        text.len -= step;
    }

    return 0;
}

/* California's numbers have up to eight digits, whatever the realm allows. */
static int
read_number(gh_license_t *license, const gh_realm_t *realm, gh_text_t text, gh_error_t *error)
{
    gh_buf_t  number;
    gh_text_t canonical;
    int       rc;

    gh_buf_init(&number);
    rc = gh_realm_canonical(realm, text, &number);
    canonical = gh_buf_text(&number);

    if (rc == GH_ERR_NOMEM) {
        gh_error_set(error, rc, "can't be read: memory is out");

    } else if (rc != 0 || canonical.len == 0 || canonical.len > 8
        || digits(canonical.data, canonical.len) <= 0)
    {
        rc = gh_error_set(error, GH_ERR_INVALID, "is not a license number");

    } else {
        value_add(license, canonical);
    }

    gh_buf_cleanup(&number);
    return rc;
}

static int
read_column(gh_license_t *license, const gh_realm_t *realm, gh_license_column_t column,
    gh_text_t text, gh_error_t *error)
{
    const column_t *known = &columns_known[column];

    text = gh_text_trim(text);

    if (gh_text_is_empty(text)) {
        return known->is_needed ? gh_error_set(error, GH_ERR_INVALID, "is empty") : 0;
    }

    if (text.len > known->max) {
        return gh_error_set(error, GH_ERR_LIMIT, "is longer than %zu bytes", known->max);
    }

    if (!gh_text_is_clean(text)) {
        return gh_error_set(error, GH_ERR_INVALID, "holds control characters or is not text");
    }

    return known->read == NULL ? read_number(license, realm, text, error)
                               : known->read(license, text, error);
}

/* Adds the search key of the name, which has been read. */
static int
license_derive(gh_license_t *license, gh_error_t *error)
{
    size_t          first = license->value_count;
    gh_fold_words_t words;

    if (gh_fold_words(license->columns[GH_LICENSE_NAME].values[0], &words) == GH_ERR_NOMEM) {
        return gh_error_set(error, GH_ERR_NOMEM, "can't be read: memory is out");
    }

    for (size_t i = 0; i < words.count; i++) {
        value_add(license, gh_text(words.values[i]));
    }

    license->columns[SEARCH_KEY] = (span_t){ license->values + first, words.count };

    return 0;
}

static gh_license_t *
license_alloc(const gh_text_t columns[GH_LICENSE_COLUMNS])
{
    size_t room = GH_FOLD_VALUES * GH_FOLD_VALUE_MAX;

    /* A value is no longer than its column, but for dates and a number
     * whose realm has a canonical form longer than what was typed. */
    for (size_t i = 0; i < GH_LICENSE_COLUMNS; i++) {
        room += columns[i].len + DATE_TEXT;
    }

    return calloc(1, sizeof(gh_license_t) + room);
}

gh_license_t *
gh_license_new(const gh_realm_t *realm, const gh_text_t columns[GH_LICENSE_COLUMNS],
    gh_license_fault_t *fault)
{
    gh_license_t *license = license_alloc(columns);

    *fault = (gh_license_fault_t){ .column = GH_LICENSE_NUMBER };

    if (license == NULL) {
        gh_error_set(&fault->error, GH_ERR_NOMEM, "can't be read: memory is out");
        return NULL;
    }

    for (gh_license_column_t i = 0; i < GH_LICENSE_COLUMNS; i++) {
        size_t first = license->value_count;

        if (read_column(license, realm, i, columns[i], &fault->error) != 0) {
            fault->column = i;
            gh_license_free(license);
            return NULL;
        }

        license->columns[i] = (span_t){ license->values + first, license->value_count - first };
    }

    if (license_derive(license, &fault->error) != 0) {
        fault->column = GH_LICENSE_NAME;
        gh_license_free(license);
        return NULL;
    }

    for (size_t i = 0; i < GH_LICENSE_FIELDS; i++) {
        const span_t *span = &license->columns[fields_known[i].column];

        license->fields[i] = (gh_license_field_t){
            .attr = fields_known[i].attr,
            .is_contact = fields_known[i].is_contact,
            .values = span->values,
            .count = span->count,
        };
    }

    return license;
}

void
gh_license_free(gh_license_t *license)
{
    free(license);
}

gh_text_t
gh_license_number(const gh_license_t *license)
{
    return license->columns[GH_LICENSE_NUMBER].values[0];
}

const gh_license_field_t *
gh_license_fields(const gh_license_t *license)
{
    return license->fields;
}

const char *
gh_license_column_name(gh_license_column_t column)
{
    return columns_known[column].name;
}

const char *
gh_license_attribute(size_t field)
{
    return fields_known[field].attr;
}

static const column_t columns_known[GH_LICENSE_COLUMNS] = {
    [GH_LICENSE_NUMBER] = { "LicenseNo", NULL, 32, true },
    [GH_LICENSE_UPDATED] = { "LastUpdate", read_date, 32, false },
    [GH_LICENSE_NAME] = { "BusinessName", read_text, 256, true },
    [GH_LICENSE_ADDRESS] = { "MailingAddress", read_text, 256, false },
    [GH_LICENSE_CITY] = { "City", read_text, 128, false },
    [GH_LICENSE_STATE] = { "State", read_text, 128, false },
    [GH_LICENSE_ZIP] = { "ZIPCode", read_text, 32, false },
    [GH_LICENSE_PHONE] = { "BusinessPhone", read_phone, 32, false },
    [GH_LICENSE_BUSINESS_TYPE] = { "BusinessType", read_text, 64, false },
    [GH_LICENSE_ISSUED] = { "IssueDate", read_date, 32, false },
    [GH_LICENSE_EXPIRY] = { "ExpirationDate", read_date, 32, false },
    [GH_LICENSE_STATUS] = { "PrimaryStatus", read_text, 64, true },
    [GH_LICENSE_SECONDARY_STATUS] = { "SecondaryStatus", read_text, 256, false },
    [GH_LICENSE_CLASSES] = { "Classifications(s)", read_classes, 1024, false },
    [GH_LICENSE_COMP_TYPE] = { "WorkersCompCoverageType", read_text, 64, false },
    [GH_LICENSE_COMP_CARRIER] = { "WCInsuranceCompany", read_text, 256, false },
    [GH_LICENSE_COMP_POLICY] = { "WCPolicyNumber", read_text, 64, false },
    [GH_LICENSE_COMP_EFFECTIVE] = { "WCEffectiveDate", read_date, 32, false },
    [GH_LICENSE_COMP_EXPIRY] = { "WCExpirationDate", read_date, 32, false },
    [GH_LICENSE_COMP_CANCELLED] = { "WCCancellationDate", read_date, 32, false },
    [GH_LICENSE_COMP_SUSPENDED] = { "WCSuspendDate", read_date, 32, false },
};

static const field_t fields_known[GH_LICENSE_FIELDS] = {
    { "o", GH_LICENSE_NAME, false },
    { "cn", GH_LICENSE_NAME, false },
    { "sn", GH_LICENSE_NAME, true },
    { "gatehouseSearchKey", SEARCH_KEY, false },
    { "gatehouseLicenseStatus", GH_LICENSE_STATUS, false },
    { "gatehouseLicenseSecondaryStatus", GH_LICENSE_SECONDARY_STATUS, false },
    { "gatehouseLicenseClass", GH_LICENSE_CLASSES, false },
    { "gatehouseLicenseIssued", GH_LICENSE_ISSUED, false },
    { "gatehouseLicenseExpiry", GH_LICENSE_EXPIRY, false },
    { "gatehouseLicenseUpdated", GH_LICENSE_UPDATED, false },
    { "gatehouseWorkersComp", GH_LICENSE_COMP_TYPE, false },
    { "gatehouseWorkersCompCarrier", GH_LICENSE_COMP_CARRIER, false },
    { "gatehouseWorkersCompPolicy", GH_LICENSE_COMP_POLICY, false },
    { "gatehouseWorkersCompEffective", GH_LICENSE_COMP_EFFECTIVE, false },
    { "gatehouseWorkersCompExpiry", GH_LICENSE_COMP_EXPIRY, false },
    { "gatehouseWorkersCompCancelled", GH_LICENSE_COMP_CANCELLED, false },
    { "gatehouseWorkersCompSuspended", GH_LICENSE_COMP_SUSPENDED, false },
    { "gatehouseBusinessType", GH_LICENSE_BUSINESS_TYPE, false },
    { "street", GH_LICENSE_ADDRESS, true },
    { "l", GH_LICENSE_CITY, true },
    { "st", GH_LICENSE_STATE, true },
    { "postalCode", GH_LICENSE_ZIP, true },
    { "telephoneNumber", GH_LICENSE_PHONE, true },
};

/* Appends the letters, or the digits, at the front of `*rest`, in capitals. */
static void
take_run(gh_text_t *rest, bool is_digits, char *out, size_t size)
{
    size_t n = strlen(out);

    for (; rest->len > 0; rest->data++, rest->len--) {
        char c = *rest->data;

        if (c >= 'a' && c <= 'z') {
            c = (char) (c - 'a' + 'A');
        }

        if (is_digits ? c < '0' || c > '9' : c < 'A' || c > 'Z') {
            break;
        }

        if (n + 1 < size) {
            out[n++] = c;
            out[n] = '\0';
        }
    }
}

/* The text without those characters at its front. */
static gh_text_t
skip(gh_text_t text, const char *what)
{
    while (text.len > 0 && *text.data != '\0' && strchr(what, *text.data) != NULL) {
        text.data++;
        text.len--;
    }

    return text;
}

/*
 * Takes the next class off the front of `*rest`: letters, then a number that may stand
 * apart from them.  `out` is empty where something else stands.
 */
static void
next_class(gh_text_t *rest, char *out, size_t size)
{
    gh_text_t number;

    out[0] = '\0';
    take_run(rest, false, out, size);
    number = skip(skip(*rest, " \t-."), "0");

    if (number.len > 0 && *number.data >= '1' && *number.data <= '9') {
        *rest = number;
        take_run(rest, true, out, size);

    } else if (out[0] == '\0' && rest->len > 0) {
        rest->data++;
        rest->len--;
    }
}

bool
gh_license_is_class(gh_text_t typed, const char *wanted)
{
    char one[16];

    while (typed.len > 0) {
        next_class(&typed, one, sizeof(one));

        if (strcmp(one, wanted) == 0) {
            return true;
        }
    }

    return false;
}
