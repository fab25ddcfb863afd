/*
 * Audit: an event to JSON, and JSON to the end of a file.
 */

/* System. */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

/* Jansson. */
#include <jansson.h>

/* Account. */
#include "account/audit.h"

/* Bytes of a text.  Six of them, doubled by JSON, and all else fit a line. */
#define TEXT_MAX 256

_Static_assert(6 * 2 * TEXT_MAX + 512 <= GH_AUDIT_LINE_MAX, "any event fits a line");

/* RFC 3339, in UTC with microseconds. */
static void
audit_time(gh_time_t when, char out[GH_CLOCK_TEXT + 8])
{
    time_t    seconds = when / GH_SECOND;
    unsigned  micros = (unsigned) (when % GH_SECOND);
    struct tm tm;
    char      day[24];

    gmtime_r(&seconds, &tm);
    strftime(day, sizeof(day), "%Y-%m-%dT%H:%M:%S", &tm);
    snprintf(out, GH_CLOCK_TEXT + 8, "%s.%06uZ", day, micros % 1000000);
}

/* The beginning of a text, no character cut in two. */
static size_t
audit_cut(gh_text_t text)
{
    size_t len = text.len;

    if (len <= TEXT_MAX) {
        return len;
    }

    /* Back to the first byte of the character that does not fit whole. */
    len = TEXT_MAX;

    while (len > 0 && ((unsigned char) text.data[len] & 0xc0) == 0x80) {
        len--;
    }

    return len;
}

/* A text as it may stand in a line. */
static json_t *
audit_text(gh_text_t text)
{
    char   fit[TEXT_MAX];
    size_t len = audit_cut(text);

    if (gh_text_is_clean((gh_text_t){ text.data, len })) {
        return json_stringn(text.data, len);
    }

    len = text.len < TEXT_MAX ? text.len : TEXT_MAX;

    for (size_t i = 0; i < len; i++) {
        fit[i] = text.data[i] >= ' ' && text.data[i] <= '~' ? text.data[i] : '?';
    }

    return json_stringn(fit, len);
}

/* Adds a member unless it is empty.  Returns 0 or -1. */
static int
audit_add(json_t *json, const char *name, gh_text_t text)
{
    return gh_text_is_empty(text) ? 0 : json_object_set_new(json, name, audit_text(text));
}

static json_t *
audit_json(const gh_audit_event_t *event)
{
    char    when[GH_CLOCK_TEXT + 8];
    json_t *json = json_object();

    audit_time(event->time, when);

    if (json_object_set_new(json, "time", json_string(when)) != 0
        || audit_add(json, "event", gh_text(event->event)) != 0
        || audit_add(json, "outcome", gh_text(event->outcome)) != 0
        || audit_add(json, "realm", event->realm) != 0
        || audit_add(json, "uid", event->uid) != 0
        || audit_add(json, "address", event->address) != 0
        || audit_add(json, "request", event->request) != 0
        || audit_add(json, "by", event->by) != 0
        || audit_add(json, "reason", event->reason) != 0)
    {
        json_decref(json);
        return NULL;
    }

    return json;
}

int
gh_audit_line(const gh_audit_event_t *event, gh_buf_t *out)
{
    json_t *json = audit_json(event);
    char   *text = json != NULL ? json_dumps(json, JSON_COMPACT) : NULL;
    int     rc = GH_ERR_NOMEM;

    if (text != NULL) {
        gh_buf_add_string(out, text);
        rc = gh_buf_add(out, "\n", 1);
    }

    free(text);
    json_decref(json);

    return rc;
}

int
gh_audit_open(const char *path, gh_error_t *error)
{
    struct stat status;
    int         fd;

    /* A pipe without a reader would wait, and a link may point anywhere. */
    fd = open(path, O_WRONLY | O_APPEND | O_CREAT | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC, 0640);

    if (fd < 0) {
        return gh_error_set(error, GH_ERR_IO, "the audit file %s can't be opened: %m", path);
    }

    if (fstat(fd, &status) != 0 || !S_ISREG(status.st_mode)) {
        close(fd);
        return gh_error_set(
            error, GH_ERR_INVALID, "the audit file %s is not a regular file", path);
    }

    return fd;
}

int
gh_audit_append(int fd, const gh_audit_event_t *event)
{
    gh_buf_t line;
    int      rc;

    gh_buf_init(&line);
    rc = gh_audit_line(event, &line);

    /* One write, so that no line of another process gets into it. */
    if (rc == 0 && write(fd, line.data, line.len) != (ssize_t) line.len) {
        rc = GH_ERR_IO;
    }

    gh_buf_cleanup(&line);
    return rc;
}
