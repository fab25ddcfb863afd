/*
 * `gatehousectl import contractors`: a license master file into the directory.
 *
 * Rows are read one at a time and put on file by flows, up to WINDOW of them
 * side by side.  A license never has two flows, since a file may name it only
 * once.  When the directory goes away nothing more is started, and what is under
 * way is let come to its end.
 */

/* System. */
#include <getopt.h>
#include <stdio.h>

/* Base. */
#include "base/clock.h"

/* Account. */
#include "account/drive.h"

/* Ctl. */
#include "ctl.h"
#include "import_report.h"
#include "master_file.h"
#include "seen.h"

#define REALM    "contractor"
#define WINDOW   64
#define PATIENCE 30000 /* ms for one row: nobody waits in front of a page */

typedef struct {
    const char *path;
    unsigned    flags; /* GH_ONFILE_* */
} options_t;

/* One row under way. */
typedef struct {
    gh_flow_t        *flow; /* NULL: free */
    gh_import_place_t place;
} job_t;

typedef struct {
    const gh_realm_t  *realm;
    unsigned           flags;
    gh_master_file_t  *file;
    gh_client_t       *client;
    gh_seen_t         *seen;
    gh_import_report_t report;
    job_t              jobs[WINDOW];
    size_t             job_count;
    bool               is_stopped;  /* the directory is gone */
    gh_import_place_t  stop;        /* the first row that is open then */
    bool               has_refusal; /* the directory refused a row */
} import_t;

static const char usage[] =
    "usage: gatehousectl [-c FILE] [--json] import contractors FILE.csv\n"
    "                    [--dry-run] [--update-only]\n"
    "\n"
    "Puts the contractors of a California license master file into the realm\n"
    "`" REALM "`: creates who is missing and changes what differs.  Password and\n"
    "mail address are never touched, and once there is a password neither are\n"
    "address and phone.  A row that can't be used is named and passed over.\n"
    "\n"
    "  --dry-run      look, say what would happen, write nothing\n"
    "  --update-only  create nobody: for the file of a whole state\n"
    "\n"
    "Exit: 0 the file was read to its end, 1 the file can't be used or the\n"
    "directory refused a row, 2 usage, 3 the directory can't be reached.\n";

static int
usage_error(const char *message)
{
    fprintf(stderr, "gatehousectl import: %s\n%s", message, usage);
    return GH_CTL_USAGE;
}

/* Returns GH_CTL_DONE with `options->path` NULL when only help was asked for. */
static int
options_parse(options_t *options, int argc, char **argv)
{
    static const struct option known[] = {
        { "dry-run", no_argument, NULL, 'd' },
        { "update-only", no_argument, NULL, 'u' },
        { "help", no_argument, NULL, 'h' },
        { NULL, 0, NULL, 0 },
    };
    int option;

    *options = (options_t){ 0 };

    while ((option = getopt_long(argc, argv, "h", known, NULL)) != -1) {
        switch (option) {

        case 'd':
            options->flags |= GH_ONFILE_DRY_RUN;
            break;

        case 'u':
            options->flags |= GH_ONFILE_UPDATE_ONLY;
            break;

        case 'h':
            fputs(usage, stdout);
            return GH_CTL_DONE;

        default:
            fputs(usage, stderr);
            return GH_CTL_USAGE;
        }
    }

    if (argc - optind != 2) {
        return usage_error("say what to import, and from which file");
    }

    if (strcmp(argv[optind], "contractors") != 0) {
        return usage_error("only contractors can be imported");
    }

    options->path = argv[optind + 1];
    return GH_CTL_DONE;
}

/* Names the open row that comes first, since rows end in any order. */
static void
import_stop(import_t *import, gh_import_place_t place)
{
    if (!import->is_stopped || place.row < import->stop.row) {
        import->stop = place;
    }

    import->is_stopped = true;
}

/* Counts what a flow came to, and frees its job. */
static void
job_done(import_t *import, job_t *job)
{
    const gh_onfile_result_t *result = gh_onfile_result(job->flow);

    switch (result->outcome) {

    case GH_ONFILE_UNREACHABLE:
        import_stop(import, job->place);
        break;

    case GH_ONFILE_REFUSED:
        import->has_refusal = true;
        gh_import_report_refused(&import->report, job->place, NULL, result->error.text);
        break;

    default:
        gh_import_report_count(&import->report, result->outcome);
        break;
    }

    gh_flow_free(job->flow);
    job->flow = NULL;
    import->job_count--;
}

/* Waits until one of the rows under way is done. */
static void
import_step(import_t *import)
{
    int64_t    deadline = gh_clock_monotonic() + PATIENCE;
    gh_flow_t *flow = gh_drive_step(import->client, deadline);

    for (size_t i = 0; flow != NULL && i < WINDOW; i++) {
        if (import->jobs[i].flow == flow) {
            job_done(import, &import->jobs[i]);
            return;
        }
    }
}

static job_t *
job_free_one(import_t *import)
{
    size_t i = 0;

    while (import->jobs[i].flow != NULL) {
        i++;
    }

    return &import->jobs[i];
}

/* Starts a flow for a license, which it takes over. */
static int
job_start(import_t *import, gh_license_t **license, gh_import_place_t place, gh_error_t *error)
{
    int64_t deadline = gh_clock_monotonic() + PATIENCE;
    job_t  *job = job_free_one(import);

    job->place = place;
    job->flow = gh_onfile_new(import->realm, license, import->flags);

    if (job->flow == NULL || gh_drive_start(import->client, job->flow, deadline) != 0) {
        gh_flow_free(job->flow);
        job->flow = NULL;
        return gh_error_set(error, GH_ERR_NOMEM, "row %lu: memory is out", place.row);
    }

    import->job_count++;
    return 0;
}

/* Whether an earlier row had this license; then the row is refused. */
static bool
license_is_duplicate(import_t *import, const gh_license_t *license, gh_import_place_t place)
{
    gh_text_t     digits = gh_license_number(license);
    uint32_t      number = 0;
    unsigned long earlier;
    gh_error_t    reason;

    for (size_t i = 0; i < digits.len; i++) {
        number = number * 10 + (uint32_t) (digits.data[i] - '0');
    }

    if (gh_seen_add(import->seen, number, place.row, &earlier) == 0) {
        return false;
    }

    if (earlier > 0) {
        gh_error_set(&reason, 0, "is a duplicate of row %lu", earlier);
    } else {
        gh_error_set(&reason, 0, "is a duplicate of an earlier row");
    }

    gh_import_report_refused(
        &import->report, place, gh_license_column_name(GH_LICENSE_NUMBER), reason.text);
    return true;
}

static int
import_row(import_t *import, const gh_master_row_t *row, gh_error_t *error)
{
    gh_import_place_t  place = { row->row, row->line };
    gh_license_fault_t fault;
    gh_license_t      *license;

    gh_import_report_progress(&import->report, place);

    if (row->fault != NULL) {
        gh_import_report_refused(&import->report, place, row->column, row->fault);
        return 0;
    }

    license = gh_license_new(import->realm, row->columns, &fault);

    if (license == NULL) {
        gh_import_report_refused(
            &import->report, place, gh_license_column_name(fault.column), fault.error.text);
        return 0;
    }

    if (license_is_duplicate(import, license, place)) {
        gh_license_free(license);
        return 0;
    }

    while (import->job_count == WINDOW) {
        import_step(import);
    }

    if (import->is_stopped) {
        gh_license_free(license);
        return 0;
    }

    return job_start(import, &license, place, error);
}

/* All rows.  Returns 0, also when it stopped, or an error of the file. */
static int
import_rows(import_t *import, gh_error_t *error)
{
    const gh_master_row_t *row;
    int                    rc = 0;

    while (rc == 0 && !import->is_stopped) {
        rc = gh_master_file_next(import->file, &row, error);

        if (rc != 1) {
            break;
        }

        rc = import_row(import, row, error);
    }

    while (import->job_count > 0) {
        import_step(import);
    }

    return rc;
}

/*
 * Asks for the entry above the contractors, so that a directory that is not
 * there, or a wrong base, shows before the first row.  Returns an exit code.
 */
static int
base_check(import_t *import, gh_error_t *error)
{
    static const char *const attrs[] = { "1.1", NULL };
    const char              *base = import->realm->base;
    gh_request_t            *search;
    gh_answer_t              answer;
    void                    *tag;
    int                      code = GH_CTL_DONE;

    search = gh_request_search(base, GH_SCOPE_BASE, "(objectClass=*)", attrs, 1);
    gh_answer_init(&answer);

    if (search == NULL
        || gh_client_send(import->client, search, NULL, gh_clock_monotonic() + PATIENCE) != 0)
    {
        gh_error_set(error, GH_ERR_NOMEM, "memory is out");
        code = GH_CTL_REFUSED;
        goto out;
    }

    gh_client_receive(import->client, &tag, &answer);

    if (answer.result < 0) {
        gh_error_set(error, GH_ERR_IO, "the directory can't be reached: %s",
            gh_client_trouble(import->client));
        code = GH_CTL_UNREACHABLE;

    } else if (answer.result != GH_RESULT_SUCCESS) {
        gh_error_set(error, GH_ERR_INVALID,
            "the base of realm " REALM ", %s, can't be read (%d)", base, answer.result);
        code = GH_CTL_REFUSED;
    }

out:
    gh_answer_cleanup(&answer);
    gh_request_free(search);
    return code;
}

/* Says how it went.  Returns an exit code. */
static int
import_finish(import_t *import, int rc, gh_error_t *error)
{
    if (import->is_stopped) {
        gh_error_t reason;

        gh_error_set(&reason, 0, "the directory can't be reached: %s",
            gh_client_trouble(import->client));
        gh_import_report_totals(&import->report, &import->stop, reason.text);
        gh_error_set(error, GH_ERR_IO,
            "stopped at row %lu (line %lu), since %s; run the same import again to go on",
            import->stop.row, import->stop.line, reason.text);
        return gh_ctl_fail(GH_CTL_UNREACHABLE, error);
    }

    gh_import_report_totals(&import->report, NULL, NULL);

    if (rc != 0) {
        return gh_ctl_fail(GH_CTL_REFUSED, error);
    }

    if (fflush(stdout) != 0 || ferror(stdout)) {
        gh_error_set(error, GH_ERR_IO, "the report can't be written");
        return gh_ctl_fail(GH_CTL_REFUSED, error);
    }

    return import->has_refusal ? GH_CTL_REFUSED : GH_CTL_DONE;
}

static int
import_run(import_t *import, gh_ctl_t *ctl, const char *path, gh_error_t *error)
{
    int code;

    import->realm = gh_config_realm(ctl->config, gh_text(REALM));

    if (import->realm == NULL) {
        gh_error_set(error, GH_ERR_INVALID, "%s has no realm " REALM, ctl->config->path);
        return gh_ctl_fail(GH_CTL_REFUSED, error);
    }

    import->file = gh_master_file_open(path, error);

    if (import->file == NULL) {
        return gh_ctl_fail(GH_CTL_REFUSED, error);
    }

    import->seen = gh_seen_new();

    if (import->seen == NULL) {
        gh_error_set(error, GH_ERR_NOMEM, "memory is out");
        return gh_ctl_fail(GH_CTL_REFUSED, error);
    }

    import->client = gh_ctl_connect(ctl, error);

    if (import->client == NULL) {
        return gh_ctl_fail(GH_CTL_REFUSED, error);
    }

    code = base_check(import, error);

    if (code != GH_CTL_DONE) {
        return gh_ctl_fail(code, error);
    }

    return import_finish(import, import_rows(import, error), error);
}

int
gh_ctl_import(gh_ctl_t *ctl, int argc, char **argv)
{
    options_t  options;
    import_t   import = { 0 };
    gh_error_t error;
    int        code = options_parse(&options, argc, argv);

    if (options.path == NULL) {
        return code;
    }

    if (gh_ctl_configure(ctl, &error) != 0) {
        return gh_ctl_fail(GH_CTL_REFUSED, &error);
    }

    import.flags = options.flags;
    gh_import_report_init(
        &import.report, ctl->is_json, (options.flags & GH_ONFILE_DRY_RUN) != 0);

    code = import_run(&import, ctl, options.path, &error);

    gh_client_free(import.client);
    gh_seen_free(import.seen);
    gh_master_file_close(import.file);

    return code;
}
