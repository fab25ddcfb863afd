/*
 * Import report: one line for each refused row, then the totals.
 */

/* System. */
#include <jansson.h>
#include <stdio.h>
#include <unistd.h>

/* Base. */
#include "base/clock.h"

/* Ctl. */
#include "import_report.h"

#define PROGRESS_EVERY 100 /* ms */

typedef struct {
    gh_onfile_outcome_t outcome;
    const char         *label;
    const char         *key;
} total_t;

static const total_t totals[] = {
    { GH_ONFILE_CREATED, "created", "created" },
    { GH_ONFILE_UPDATED, "updated", "updated" },
    { GH_ONFILE_UNCHANGED, "unchanged", "unchanged" },
    { GH_ONFILE_ABSENT, "not on file", "not_on_file" },
    { GH_ONFILE_REFUSED, "refused", "refused" },
};

#define TOTAL_COUNT (sizeof(totals) / sizeof(totals[0]))

void
gh_import_report_init(gh_import_report_t *report, bool is_json, bool is_dry_run)
{
    *report = (gh_import_report_t){
        .is_json = is_json,
        .is_dry_run = is_dry_run,
        .has_progress = isatty(STDERR_FILENO) == 1,
    };
}

void
gh_import_report_count(gh_import_report_t *report, gh_onfile_outcome_t outcome)
{
    report->counts[outcome]++;
}

static void
progress_clear(gh_import_report_t *report)
{
    if (report->is_shown) {
        fputs("\r\033[K", stderr);
        report->is_shown = false;
    }
}

/* Writes and frees an object, on a line of its own. */
static void
json_line(json_t *object)
{
    json_dumpf(object, stdout, JSON_COMPACT);
    putchar('\n');
    json_decref(object);
}

void
gh_import_report_refused(
    gh_import_report_t *report, gh_import_place_t place, const char *column, const char *reason)
{
    gh_import_report_count(report, GH_ONFILE_REFUSED);
    progress_clear(report);

    if (report->is_json) {
        json_line(json_pack("{s:I, s:I, s:s?, s:s}", "row", (json_int_t) place.row, "line",
            (json_int_t) place.line, "column", column, "reason", reason));
        return;
    }

    printf("row %lu (line %lu): %s%s%s\n", place.row, place.line, column != NULL ? column : "",
        column != NULL ? " " : "", reason);
}

void
gh_import_report_progress(gh_import_report_t *report, gh_import_place_t place)
{
    int64_t now;

    if (!report->has_progress) {
        return;
    }

    now = gh_clock_monotonic();

    if (now < report->next_progress) {
        return;
    }

    fprintf(stderr, "\rrow %lu", place.row);

    for (size_t i = 0; i < TOTAL_COUNT; i++) {
        fprintf(stderr, "%s %lu %s", i == 0 ? ":" : ",", report->counts[totals[i].outcome],
            totals[i].label);
    }

    fputs("\033[K", stderr);
    report->is_shown = true;
    report->next_progress = now + PROGRESS_EVERY;
}

static unsigned long
rows_counted(const gh_import_report_t *report)
{
    unsigned long rows = 0;

    for (size_t i = 0; i < TOTAL_COUNT; i++) {
        rows += report->counts[totals[i].outcome];
    }

    return rows;
}

static bool
has_changes(const gh_import_report_t *report)
{
    return report->counts[GH_ONFILE_CREATED] + report->counts[GH_ONFILE_UPDATED] > 0;
}

static void
totals_as_json(
    const gh_import_report_t *report, const gh_import_place_t *stop, const char *reason)
{
    json_t *counts = json_pack("{s:I}", "rows", (json_int_t) rows_counted(report));
    json_t *object;

    for (size_t i = 0; i < TOTAL_COUNT; i++) {
        json_object_set_new(counts, totals[i].key,
            json_integer((json_int_t) report->counts[totals[i].outcome]));
    }

    object = json_pack("{s:o, s:b, s:b}", "totals", counts, "dry_run", report->is_dry_run,
        "changed", has_changes(report) && !report->is_dry_run);

    if (stop != NULL) {
        json_object_set_new(object, "stopped",
            json_pack("{s:I, s:I, s:s}", "row", (json_int_t) stop->row, "line",
                (json_int_t) stop->line, "reason", reason));
    }

    json_line(object);
}

static void
totals_as_text(const gh_import_report_t *report)
{
    printf("%-12s %8lu\n", "rows", rows_counted(report));

    for (size_t i = 0; i < TOTAL_COUNT; i++) {
        printf("%-12s %8lu\n", totals[i].label, report->counts[totals[i].outcome]);
    }

    if (!has_changes(report)) {
        puts(report->is_dry_run ? "Dry run: nothing would change." : "Nothing changed.");

    } else if (report->is_dry_run) {
        puts("Dry run: nothing was written; this is what would happen.");
    }
}

void
gh_import_report_totals(
    gh_import_report_t *report, const gh_import_place_t *stop, const char *reason)
{
    progress_clear(report);

    if (report->is_json) {
        totals_as_json(report, stop, reason);
    } else {
        totals_as_text(report);
    }
}
