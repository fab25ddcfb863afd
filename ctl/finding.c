/*
 * Findings: each is written as soon as it is known.
 */

/* System. */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/* Jansson. */
#include <jansson.h>

/* Ctl. */
#include "finding.h"

static const char *const grades[GH_FINDING_GRADES] = { "FAULT", "note", "good" };
static const char *const json_grades[GH_FINDING_GRADES] = { "fault", "note", "good" };

static void
finding_json(const gh_findings_t *findings, gh_finding_grade_t grade, const char *subject,
    const char *text, const char *remedy)
{
    json_t *json = json_pack("{s:s, s:s, s:s, s:s, s:s?}", "check", findings->check, "grade",
        json_grades[grade], "subject", subject, "finding", text, "remedy", remedy);

    json_dumpf(json, stdout, JSON_COMPACT);
    putchar('\n');
    json_decref(json);
}

static void
finding_say(gh_findings_t *findings, gh_finding_grade_t grade, const char *subject,
    const char *text, const char *remedy)
{
    findings->counts[grade]++;

    if (findings->is_json) {
        finding_json(findings, grade, subject, text, remedy);
        return;
    }

    printf("%-5s  %-13s  %s: %s", grades[grade], findings->check, subject, text);
    if (remedy != NULL) {
        printf("; %s", remedy);
    }
    putchar('\n');
}

void
gh_finding_good(gh_findings_t *findings, const char *subject, const char *format, ...)
{
    gh_error_t text;
    va_list    args;

    va_start(args, format);
    vsnprintf(text.text, sizeof(text.text), format, args);
    va_end(args);
    finding_say(findings, GH_FINDING_GOOD, subject, text.text, NULL);
}

void
gh_finding_note(
    gh_findings_t *findings, const char *subject, const char *remedy, const char *format, ...)
{
    gh_error_t text;
    va_list    args;

    va_start(args, format);
    vsnprintf(text.text, sizeof(text.text), format, args);
    va_end(args);
    finding_say(findings, GH_FINDING_NOTE, subject, text.text, remedy);
}

void
gh_finding_fault(
    gh_findings_t *findings, const char *subject, const char *remedy, const char *format, ...)
{
    gh_error_t text;
    va_list    args;

    va_start(args, format);
    vsnprintf(text.text, sizeof(text.text), format, args);
    va_end(args);
    finding_say(findings, GH_FINDING_FAULT, subject, text.text, remedy);
}

void
gh_finding_error(
    gh_findings_t *findings, const char *subject, const char *remedy, const gh_error_t *error)
{
    gh_error_t  text = *error;
    size_t      len = strlen(subject);
    const char *words = text.text;
    char       *end = strrchr(text.text, ';');

    /* The sentence begins with its subject, which stands in front already. */
    if (strncmp(words, subject, len) == 0 && strncmp(words + len, ": ", 2) == 0) {
        words += len + 2;
    }

    if (end != NULL && end[1] == ' ') {
        *end = '\0';
        remedy = end + 2;
    }

    finding_say(findings, GH_FINDING_FAULT, subject, words, remedy);
}

int
gh_findings_end(const gh_findings_t *findings)
{
    if (findings->is_json) {
        json_t *json =
            json_pack("{s:i, s:i, s:i}", "good", (int) findings->counts[GH_FINDING_GOOD],
                "notes", (int) findings->counts[GH_FINDING_NOTE], "faults",
                (int) findings->counts[GH_FINDING_FAULT]);

        json_dumpf(json, stdout, JSON_COMPACT);
        putchar('\n');
        json_decref(json);

    } else {
        printf("good: %zu, notes: %zu, faults: %zu\n", findings->counts[GH_FINDING_GOOD],
            findings->counts[GH_FINDING_NOTE], findings->counts[GH_FINDING_FAULT]);
    }

    return fflush(stdout) != 0 || ferror(stdout) ? -1 : 0;
}
