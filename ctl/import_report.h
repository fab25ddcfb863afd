/*
 * Import report: what an import says while it runs and at its end, for people
 * or as JSON.
 *
 * Refused rows and totals go to stdout, a line or a JSON object each, as they
 * come; the progress line goes to stderr where that is a terminal.
 */
#ifndef GH_CTL_IMPORT_REPORT_H
#define GH_CTL_IMPORT_REPORT_H

/* System. */
#include <stdint.h>

/* Account. */
#include "account/onfile.h"

/* A place in the file. */
typedef struct {
    unsigned long row; /* from 1, the header not counted */
    unsigned long line;
} gh_import_place_t;

typedef struct {
    bool          is_json;
    bool          is_dry_run;
    bool          has_progress;  /* stderr is a terminal */
    bool          is_shown;      /* a progress line stands there */
    int64_t       next_progress; /* monotonic ms */
    unsigned long counts[GH_ONFILE_OUTCOMES];
} gh_import_report_t;

void gh_import_report_init(gh_import_report_t *report, bool is_json, bool is_dry_run);

/* Counts a row that came to `outcome`. */
void gh_import_report_count(gh_import_report_t *report, gh_onfile_outcome_t outcome);

/* Counts a refused row and says so.  `column` may be NULL: it is the row itself. */
void gh_import_report_refused(gh_import_report_t *report, gh_import_place_t place,
    const char *column, const char *reason);

/* Shows how far the reading is, at most ten times a second. */
void gh_import_report_progress(gh_import_report_t *report, gh_import_place_t place);

/*
 * Says the totals of all rows counted.  `stop`, when not NULL, is where the
 * import stopped early, and `reason` why.
 */
void gh_import_report_totals(
    gh_import_report_t *report, const gh_import_place_t *stop, const char *reason);

#endif
