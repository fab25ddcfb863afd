/*
 * Licenses: what a state's license board says about one contractor, in the
 * values that the directory stores.
 *
 * The columns are those of the master file of California's Contractors State
 * License Board, by their names in its header.  A license is read from the text
 * of its columns once, whole and checked, and never changes.
 */
#ifndef GH_ACCOUNT_LICENSE_H
#define GH_ACCOUNT_LICENSE_H

/* Base. */
#include "base/error.h"
#include "base/text.h"

/* Config. */
#include "config/realm.h"

/* The columns that are read; a master file has more. */
typedef enum {
    GH_LICENSE_NUMBER = 0,
    GH_LICENSE_UPDATED,
    GH_LICENSE_NAME,
    GH_LICENSE_ADDRESS,
    GH_LICENSE_CITY,
    GH_LICENSE_STATE,
    GH_LICENSE_ZIP,
    GH_LICENSE_PHONE,
    GH_LICENSE_BUSINESS_TYPE,
    GH_LICENSE_ISSUED,
    GH_LICENSE_EXPIRY,
    GH_LICENSE_STATUS,
    GH_LICENSE_SECONDARY_STATUS,
    GH_LICENSE_CLASSES,
    GH_LICENSE_COMP_TYPE, /* workers' compensation */
    GH_LICENSE_COMP_CARRIER,
    GH_LICENSE_COMP_POLICY,
    GH_LICENSE_COMP_EFFECTIVE,
    GH_LICENSE_COMP_EXPIRY,
    GH_LICENSE_COMP_CANCELLED,
    GH_LICENSE_COMP_SUSPENDED,
    GH_LICENSE_COLUMNS /* how many there are */
} gh_license_column_t;

/* One attribute of the entry; what it points to belongs to the license. */
typedef struct {
    const char      *attr;
    bool             is_contact; /* the person's own, once there is one */
    const gh_text_t *values;     /* UTF-8, no two the same */
    size_t           count;      /* 0: the board says nothing */
} gh_license_field_t;

#define GH_LICENSE_FIELDS 23

typedef struct gh_license_s gh_license_t;

/* Why a license can't be read. */
typedef struct {
    gh_license_column_t column;
    gh_error_t          error; /* reads on after the column's name */
} gh_license_fault_t;

/* The name of a column in the header of a master file. */
const char *gh_license_column_name(gh_license_column_t column);

/*
 * Reads a license from the text of its columns, taken as bytes that should
 * be UTF-8; blanks around them are dropped.
 *
 * The number becomes the realm's canonical form and has to be one to eight
 * digits and not 0.  Dates are MM/DD/YYYY, from 1900 on, and become generalized
 * time at the start of that day, UTC.  Classes are split at `|`, upper-cased, their
 * blanks and hyphens dropped.  The business name gives the search key, too (base/fold.h).
 * Everything else stays as it is.
 *
 * Keeps none of its arguments; the caller frees the license.  NULL when
 * memory is out or when a column can't be used, with `fault` saying which
 * and why.
 */
gh_license_t *gh_license_new(const gh_realm_t *realm,
    const gh_text_t columns[GH_LICENSE_COLUMNS], gh_license_fault_t *fault);

/* Frees it.  NULL is fine. */
void gh_license_free(gh_license_t *license);

/* The number in the realm's canonical form, which is the entry's uid. */
gh_text_t gh_license_number(const gh_license_t *license);

/* The attributes in a fixed order, GH_LICENSE_FIELDS of them. */
const gh_license_field_t *gh_license_fields(const gh_license_t *license);

/*
 * The name of one of those attributes, in the same order: for who asks the
 * directory before there is a license.
 */
const char *gh_license_attribute(size_t field);

/*
 * Whether one of the classes that somebody typed, such as `B, C-39`, is `wanted`
 * (`C39`): letters and a number, in whatever case, with whatever between them and before
 * the number (`c 039`), and whatever parts the classes.
 */
bool gh_license_is_class(gh_text_t typed, const char *wanted);

#endif
