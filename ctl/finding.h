/*
 * Findings: what `check` has to say, one a line, and how many of each grade.
 */
#ifndef GH_CTL_FINDING_H
#define GH_CTL_FINDING_H

/* System. */
#include <stdbool.h>
#include <stddef.h>

/* Base. */
#include "base/error.h"

typedef enum {
    GH_FINDING_FAULT = 0, /* has to be mended */
    GH_FINDING_NOTE,      /* could not be told, or will be a fault soon */
    GH_FINDING_GOOD,
    GH_FINDING_GRADES
} gh_finding_grade_t;

typedef struct {
    bool        is_json;
    const char *check; /* whose findings come now */
    size_t      counts[GH_FINDING_GRADES];
} gh_findings_t;

/*
 * Each says one finding about `subject` (a file, a server): what was found, and what to do
 * about it.
 */
void gh_finding_good(gh_findings_t *findings, const char *subject, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
void gh_finding_note(gh_findings_t *findings, const char *subject, const char *remedy,
    const char *format, ...) __attribute__((format(printf, 4, 5)));
void gh_finding_fault(gh_findings_t *findings, const char *subject, const char *remedy,
    const char *format, ...) __attribute__((format(printf, 4, 5)));

/*
 * A fault that is an error's sentence, which names its subject itself.  Where it ends with
 * what to do, that is the remedy, else `remedy` is.
 */
void gh_finding_error(
    gh_findings_t *findings, const char *subject, const char *remedy, const gh_error_t *error);

/* Says how many there were.  Returns 0, or -1 when something could not be written. */
int gh_findings_end(const gh_findings_t *findings);

#endif
