/*
 * Marks, read: a search for all that is newer, which goes on with narrower
 * windows of time when the directory does not give all at once.
 */

/* System. */
#include <stdlib.h>

/* Account. */
#include "account/marks_int.h"

#define SEARCH_MAX 500 /* entries of one search */
#define ROUNDS_MAX 100 /* searches of one look */

/* The end of a window that has none. */
#define OPEN INT64_MAX

typedef struct {
    gh_flow_t          flow; /* MUST BE FIRST */
    const gh_config_t *config;
    gh_time_t          now;
    gh_time_t          from, to; /* the window of the search under way */
    gh_request_t      *searches[ROUNDS_MAX];
    size_t             count;
    size_t             given;
    size_t             room; /* for marks, allocated */
    bool               is_done;
    gh_marks_result_t  result;
} marks_t;

static const char *const attributes[] = { "entryUUID", "gatehouseMarked",
    "gatehouseSessionsNotBefore", "gatehouseEndedSession", NULL };

static bool
is_session_id(gh_text_t id)
{
    for (size_t i = 0; i < id.len; i++) {
        bool is_digit = id.data[i] >= '0' && id.data[i] <= '9';
        bool is_letter = id.data[i] >= 'a' && id.data[i] <= 'f';

        if (!is_digit && !is_letter) {
            return false;
        }
    }

    return id.len > 0 && id.len <= GH_MARKS_ID_MAX;
}

int
gh_marks_session_write(gh_buf_t *out, const char *id, gh_time_t end)
{
    char when[GH_CLOCK_TEXT];

    if (!is_session_id(gh_text(id))) {
        return GH_ERR_INVALID;
    }

    gh_clock_format(end, when);
    return gh_buf_add_format(out, "%s#%s", when, id);
}

bool
gh_marks_session_read(gh_text_t value, gh_marks_session_t *out)
{
    const char *hash = memchr(value.data, '#', value.len);
    gh_text_t   end, id;

    *out = (gh_marks_session_t){ 0 };

    if (hash == NULL) {
        return false;
    }

    end = (gh_text_t){ value.data, (size_t) (hash - value.data) };
    id = (gh_text_t){ hash + 1, value.len - end.len - 1 };

    if (!is_session_id(id) || gh_clock_parse(end, &out->end) != 0) {
        *out = (gh_marks_session_t){ 0 };
        return false;
    }

    memcpy(out->id, id.data, id.len);
    return true;
}

static void
marks_end(marks_t *marks, bool is_complete, int code)
{
    marks->result.is_complete = is_complete;
    marks->result.code = code;
    marks->is_done = true;
}

/* Puts the search of the window in line. */
static void
marks_search(marks_t *marks)
{
    char          from[GH_CLOCK_TEXT], to[GH_CLOCK_TEXT];
    gh_request_t *search = NULL;
    gh_buf_t      filter;

    if (marks->count == ROUNDS_MAX) {
        marks_end(marks, false, GH_RESULT_SIZE_LIMIT);
        return;
    }

    gh_buf_init(&filter);
    gh_clock_format(marks->from, from);
    gh_clock_format(marks->to, to);

    if (marks->to == OPEN) {
        gh_buf_add_format(&filter, "(gatehouseMarked>=%s)", from);
    } else {
        gh_buf_add_format(&filter, "(&(gatehouseMarked>=%s)(gatehouseMarked<=%s))", from, to);
    }

    if (gh_buf_is_ok(&filter)) {
        search = gh_request_search(marks->config->directory.base, GH_SCOPE_SUBTREE,
            gh_buf_string(&filter), attributes, SEARCH_MAX);
    }

    gh_buf_cleanup(&filter);

    if (search == NULL) {
        marks_end(marks, false, GH_RESULT_NOMEM);
        return;
    }

    marks->searches[marks->count++] = search;
}

/* There was more than the directory gives at once: asks for half of it. */
static void
marks_narrow(marks_t *marks)
{
    gh_time_t to = marks->to == OPEN ? marks->now : marks->to;

    if (to <= marks->from) {
        marks_end(marks, false, GH_RESULT_SIZE_LIMIT);
        return;
    }

    marks->to = marks->from + (to - marks->from) / 2;
    marks_search(marks);
}

/* The window was read whole: asks for the next, or has come to the end. */
static void
marks_advance(marks_t *marks)
{
    gh_time_t width = marks->to - marks->from;

    if (marks->to == OPEN) {
        marks_end(marks, true, GH_RESULT_SUCCESS);
        return;
    }

    marks->from = marks->to + 1;
    marks->to = marks->now - marks->from > 2 * width ? marks->from + 2 * width : OPEN;
    marks_search(marks);
}

/* A time of the entry: 0 where it is absent, now where it can't be read. */
static gh_time_t
mark_time(const gh_entry_t *entry, const char *attr, gh_time_t now)
{
    gh_text_t text = gh_entry_value(entry, attr);
    gh_time_t when;

    if (gh_text_is_empty(text)) {
        return 0;
    }

    return gh_clock_parse(text, &when) == 0 ? when : now;
}

static bool
mark_read_ended(gh_mark_t *mark, const gh_attribute_t *ended)
{
    if (ended == NULL) {
        return true;
    }

    mark->ended = calloc(ended->count + 1, sizeof(*mark->ended));

    if (mark->ended == NULL) {
        return false;
    }

    for (size_t i = 0; i < ended->count; i++) {
        if (gh_marks_session_read(ended->values[i], &mark->ended[mark->ended_count])) {
            mark->ended_count++;
        }
    }

    return true;
}

static void
mark_cleanup(gh_mark_t *mark)
{
    free(mark->uuid);
    free(mark->ended);
}

/* Appends what an entry says; false when memory is out. */
static bool
marks_add(marks_t *marks, const gh_entry_t *entry)
{
    gh_marks_result_t *result = &marks->result;
    gh_mark_t          mark = { 0 };
    gh_text_t          uuid = gh_entry_value(entry, "entryUUID");

    /* Nobody has a session of an entry without an id. */
    if (gh_text_is_empty(uuid) || !gh_text_is_clean(uuid)) {
        return true;
    }

    if (result->count == marks->room) {
        size_t     room = marks->room * 2 + 16;
        gh_mark_t *larger = realloc(result->marks, room * sizeof(*larger));

        if (larger == NULL) {
            return false;
        }

        result->marks = larger;
        marks->room = room;
    }

    mark.marked = mark_time(entry, "gatehouseMarked", marks->now);
    mark.not_before = mark_time(entry, "gatehouseSessionsNotBefore", marks->now);
    mark.uuid = gh_text_dup(uuid);

    if (mark.uuid == NULL || !mark_read_ended(&mark, gh_entry_attribute(entry, attributes[3])))
    {
        mark_cleanup(&mark);
        return false;
    }

    result->marks[result->count++] = mark;
    return true;
}

/* By entry; of one entry the newest first. */
static int
mark_compare(const void *left, const void *right)
{
    const gh_mark_t *a = left, *b = right;
    int              order = strcmp(a->uuid, b->uuid);

    if (order != 0) {
        return order;
    }

    return a->marked > b->marked ? -1 : a->marked < b->marked;
}

/* An entry that was marked again between two searches came twice. */
static void
marks_dedupe(marks_t *marks)
{
    gh_marks_result_t *result = &marks->result;
    size_t             kept = 0;

    if (result->count == 0) {
        return;
    }

    qsort(result->marks, result->count, sizeof(*result->marks), mark_compare);

    for (size_t i = 1; i < result->count; i++) {
        if (strcmp(result->marks[kept].uuid, result->marks[i].uuid) == 0) {
            mark_cleanup(&result->marks[i]);
        } else {
            result->marks[++kept] = result->marks[i];
        }
    }

    result->count = kept + 1;
}

/* Keeps the entries and how far they reach.  A clock that is ahead moves nothing. */
static bool
marks_keep(marks_t *marks, const gh_answer_t *answer)
{
    for (size_t i = 0; i < answer->entry_count; i++) {
        gh_time_t marked = mark_time(&answer->entries[i], "gatehouseMarked", marks->now);

        if (!marks_add(marks, &answer->entries[i])) {
            return false;
        }

        if (marked <= marks->now && marked > marks->result.newest) {
            marks->result.newest = marked;
        }
    }

    return true;
}

static const gh_request_t *
marks_next(gh_flow_t *flow)
{
    marks_t *marks = (marks_t *) flow;

    return marks->given < marks->count ? marks->searches[marks->given++] : NULL;
}

static void
marks_take(gh_flow_t *flow, const gh_request_t *request, const gh_answer_t *answer)
{
    marks_t *marks = (marks_t *) flow;

    (void) request;

    switch (answer->result) {

    case GH_RESULT_SUCCESS:
        if (marks_keep(marks, answer)) {
            marks_advance(marks);
        } else {
            marks_end(marks, false, GH_RESULT_NOMEM);
        }
        break;

    case GH_RESULT_SIZE_LIMIT:
    case GH_RESULT_ADMIN_LIMIT:
        marks_narrow(marks);
        break;

    default:
        marks_end(marks, false, answer->result);
        break;
    }

    if (marks->is_done) {
        marks_dedupe(marks);
    }
}

static bool
marks_is_done(const gh_flow_t *flow)
{
    return ((const marks_t *) flow)->is_done;
}

static void
marks_free(gh_flow_t *flow)
{
    marks_t *marks = (marks_t *) flow;

    for (size_t i = 0; i < marks->count; i++) {
        gh_request_free(marks->searches[i]);
    }

    for (size_t i = 0; i < marks->result.count; i++) {
        mark_cleanup(&marks->result.marks[i]);
    }

    free(marks->result.marks);
    free(marks);
}

static const gh_flow_kind_t marks_kind = {
    .next = marks_next,
    .take = marks_take,
    .is_done = marks_is_done,
    .free = marks_free,
};

gh_flow_t *
gh_marks_new(const gh_config_t *config, gh_time_t since, gh_time_t now)
{
    marks_t *marks = calloc(1, sizeof(*marks));

    if (marks == NULL) {
        return NULL;
    }

    marks->flow.kind = &marks_kind;
    marks->config = config;
    marks->now = now;
    marks->from = since - GH_MARKS_OVERLAP;
    marks->to = OPEN;
    marks->result.newest = since < now ? since : now;
    marks_search(marks);

    return &marks->flow;
}

const gh_marks_result_t *
gh_marks_result(const gh_flow_t *flow)
{
    return &((const marks_t *) flow)->result;
}
