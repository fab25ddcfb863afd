/*
 * Parsing: a Mustache source becomes a flat list of nodes.
 *
 * Each line of the source begins with a LINE node, so that a partial that
 * stands alone on its line can indent every line of what it includes.  A tag
 * that stands alone on its line (all but variables) takes the whole line away.
 */

/* System. */
#include <stdlib.h>

/* Template. */
#include "template/template_int.h"

/* A tag, between `{{` and `}}`. */
typedef struct {
    char      sigil; /* # ^ / > ! & { or 0 for an escaped variable */
    gh_text_t name;
    size_t    start; /* offset of `{{` */
    size_t    end;   /* offset behind `}}` */
} gh_tag_t;

typedef struct {
    gh_template_t *tmpl;
    gh_text_t      source;
    size_t         pos;                           /* all before it is in nodes */
    unsigned       line;                          /* of `pos`, from 1 */
    bool           is_line_start;                 /* `pos` is where a line begins */
    size_t         size;                          /* nodes allocated */
    size_t         open[GH_TEMPLATE_SECTION_MAX]; /* nodes of the open sections */
    size_t         open_count;
    gh_error_t    *error;
} gh_parser_t;

/* The sentence names the line and quotes the tag, as far as its own line goes. */
static int
gh_parser_fail(gh_parser_t *parser, int code, const char *what, gh_text_t name)
{
    size_t len = 0;

    while (len < name.len && len < GH_TEMPLATE_NAME_MAX && name.data[len] >= ' ') {
        len++;
    }

    return gh_error_set(parser->error, code, "%s:%u: %s%.*s", parser->tmpl->label, parser->line,
        what, (int) len, name.data);
}

/* Adds a node; NULL when memory is out. */
static gh_node_t *
gh_parser_add(gh_parser_t *parser, gh_node_kind_t kind, gh_text_t text)
{
    gh_template_t *tmpl = parser->tmpl;
    gh_node_t     *node;

    if (tmpl->count == parser->size) {
        size_t size = parser->size > 0 ? 2 * parser->size : 32;

        node = realloc(tmpl->nodes, size * sizeof(*node));
        if (node == NULL) {
            gh_parser_fail(parser, GH_ERR_NOMEM, "memory is out", GH_TEXT(""));
            return NULL;
        }

        tmpl->nodes = node;
        parser->size = size;
    }

    node = &tmpl->nodes[tmpl->count++];
    *node = (gh_node_t){ .kind = kind, .line = parser->line, .text = text };
    return node;
}

/* Notes that something stands on this line. */
static int
gh_parser_begin_line(gh_parser_t *parser)
{
    if (!parser->is_line_start) {
        return 0;
    }

    parser->is_line_start = false;
    return gh_parser_add(parser, GH_NODE_LINE, GH_TEXT("")) != NULL ? 0 : GH_ERR_NOMEM;
}

/* Offset behind the next line end at or after `from`, no further than `to`. */
static size_t
gh_parser_line_end(const gh_parser_t *parser, size_t from, size_t to)
{
    const char *start = parser->source.data + from;
    const char *newline = memchr(start, '\n', to - from);

    return newline != NULL ? from + (size_t) (newline - start) + 1 : to;
}

/* Adds the literal text up to `end`, line by line. */
static int
gh_parser_add_text(gh_parser_t *parser, size_t end)
{
    while (parser->pos < end) {
        size_t    next = gh_parser_line_end(parser, parser->pos, end);
        gh_text_t text = { parser->source.data + parser->pos, next - parser->pos };

        if (gh_parser_begin_line(parser) != 0
            || gh_parser_add(parser, GH_NODE_TEXT, text) == NULL) {
            return GH_ERR_NOMEM;
        }

        if (text.data[text.len - 1] == '\n') {
            parser->line++;
            parser->is_line_start = true;
        }

        parser->pos = next;
    }

    return 0;
}

static bool
gh_parser_is_blank(const gh_parser_t *parser, size_t from, size_t to)
{
    for (size_t i = from; i < to; i++) {
        if (parser->source.data[i] != ' ' && parser->source.data[i] != '\t') {
            return false;
        }
    }

    return true;
}

/* Where the line of the tag begins, or what of it has not been added yet. */
static size_t
gh_parser_line_start(const gh_parser_t *parser, size_t tag)
{
    size_t start = tag;

    while (start > parser->pos && parser->source.data[start - 1] != '\n') {
        start--;
    }

    return start;
}

/*
 * Whether the tag stands alone on its line, or its lines, which begin where
 * the parser is; then `*end` is behind their line end.
 */
static bool
gh_parser_is_alone(const gh_parser_t *parser, const gh_tag_t *tag, size_t *end)
{
    const char *data = parser->source.data;
    size_t      tail;

    if (tag->sigil == 0 || tag->sigil == '&' || tag->sigil == '{' || !parser->is_line_start
        || !gh_parser_is_blank(parser, parser->pos, tag->start))
    {
        return false;
    }

    *end = tail = gh_parser_line_end(parser, tag->end, parser->source.len);

    if (tail > tag->end && data[tail - 1] == '\n') {
        tail--;
    }

    if (tail > tag->end && data[tail - 1] == '\r') {
        tail--;
    }

    return gh_parser_is_blank(parser, tag->end, tail);
}

/* Offset of `what` at or after `from`; the length of the source: not there. */
static size_t
gh_parser_find(const gh_parser_t *parser, size_t from, const char *what)
{
    const char *found = strstr(parser->source.data + from, what);

    return found != NULL ? (size_t) (found - parser->source.data) : parser->source.len;
}

/* Whether it is `.`, or names joined by dots. */
static bool
gh_parser_is_value_name(gh_text_t name)
{
    size_t start = 0;

    if (gh_text_equal(name, GH_TEXT("."))) {
        return true;
    }

    for (size_t i = 0; i <= name.len; i++) {
        if (i == name.len || name.data[i] == '.') {
            if (!gh_template_is_name((gh_text_t){ name.data + start, i - start })) {
                return false;
            }

            start = i + 1;
        }
    }

    return true;
}

static bool
gh_parser_is_tag_name(char sigil, gh_text_t name)
{
    return sigil == '!'
        || (sigil == '>' ? gh_template_is_name(name) : gh_parser_is_value_name(name));
}

/* Reads the tag that begins at `start`. */
static int
gh_parser_read_tag(gh_parser_t *parser, size_t start, gh_tag_t *tag)
{
    const char *close = "}}";
    size_t      inside = start + 2, end;
    char        c = inside < parser->source.len ? parser->source.data[inside] : 0;

    *tag = (gh_tag_t){ .start = start };

    if (c == '=') {
        return gh_parser_fail(parser, GH_ERR_INVALID,
            "other delimiters than {{ and }} are not supported", GH_TEXT(""));
    }

    if (c != 0 && strchr("#^/>!&{", c) != NULL) {
        tag->sigil = c;
        inside++;

        if (c == '{') {
            close = "}}}";
        }
    }

    end = gh_parser_find(parser, inside, close);
    if (end == parser->source.len) {
        return gh_parser_fail(
            parser, GH_ERR_INVALID, "this tag is not closed by ", gh_text(close));
    }

    tag->end = end + strlen(close);
    tag->name = (gh_text_t){ parser->source.data + inside, end - inside };

    while (tag->name.len > 0 && strchr(" \t", tag->name.data[0]) != NULL) {
        tag->name.data++;
        tag->name.len--;
    }

    while (tag->name.len > 0 && strchr(" \t", tag->name.data[tag->name.len - 1]) != NULL) {
        tag->name.len--;
    }

    if (!gh_parser_is_tag_name(tag->sigil, tag->name)) {
        return gh_parser_fail(
            parser, GH_ERR_INVALID, "this tag is not known, or no name: ", tag->name);
    }

    return 0;
}

static int
gh_parser_open_section(gh_parser_t *parser, const gh_tag_t *tag)
{
    gh_node_kind_t kind = tag->sigil == '#' ? GH_NODE_SECTION : GH_NODE_INVERTED;

    if (parser->open_count == GH_TEMPLATE_SECTION_MAX) {
        return gh_parser_fail(parser, GH_ERR_LIMIT, "sections nest too deep at ", tag->name);
    }

    if (gh_parser_add(parser, kind, tag->name) == NULL) {
        return GH_ERR_NOMEM;
    }

    parser->open[parser->open_count++] = parser->tmpl->count - 1;
    return 0;
}

static int
gh_parser_close_section(gh_parser_t *parser, const gh_tag_t *tag)
{
    gh_node_t *section;

    if (parser->open_count == 0) {
        return gh_parser_fail(
            parser, GH_ERR_INVALID, "this closes a section that is not open: ", tag->name);
    }

    section = &parser->tmpl->nodes[parser->open[parser->open_count - 1]];
    if (!gh_text_equal(section->text, tag->name)) {
        return gh_error_set(parser->error, GH_ERR_INVALID,
            "%s:%u: section %.*s ends here, but %.*s of line %u is still open",
            parser->tmpl->label, parser->line, (int) tag->name.len, tag->name.data,
            (int) section->text.len, section->text.data, section->line);
    }

    section->end = parser->tmpl->count;
    parser->open_count--;
    return 0;
}

/* Adds the node of a tag. */
static int
gh_parser_add_tag(gh_parser_t *parser, const gh_tag_t *tag, bool is_alone)
{
    gh_node_t *node;

    switch (tag->sigil) {

    case '#':
    case '^':
        return gh_parser_open_section(parser, tag);

    case '/':
        return gh_parser_close_section(parser, tag);

    case '!':
        return 0;

    case '>':
        node = gh_parser_add(parser, GH_NODE_PARTIAL, tag->name);
        if (node == NULL) {
            return GH_ERR_NOMEM;
        }

        node->is_alone = is_alone;
        node->indent = is_alone
            ? (gh_text_t){ parser->source.data + parser->pos, tag->start - parser->pos }
            : GH_TEXT("");
        return 0;

    case '&':
    case '{':
        return gh_parser_add(parser, GH_NODE_RAW, tag->name) != NULL ? 0 : GH_ERR_NOMEM;

    default:
        return gh_parser_add(parser, GH_NODE_VARIABLE, tag->name) != NULL ? 0 : GH_ERR_NOMEM;
    }
}

/* Moves behind the tag, or the lines that it stands alone on. */
static void
gh_parser_skip(gh_parser_t *parser, size_t end)
{
    for (; parser->pos < end; parser->pos++) {
        if (parser->source.data[parser->pos] == '\n') {
            parser->line++;
        }
    }
}

/* Takes the text before the tag at `start`, and the tag. */
static int
gh_parser_take_tag(gh_parser_t *parser, size_t start)
{
    gh_tag_t tag;
    size_t   end;
    bool     is_alone;
    int      rc;

    /* Lines before the tag's own first, so that an error names the right one. */
    rc = gh_parser_add_text(parser, gh_parser_line_start(parser, start));
    if (rc == 0) {
        rc = gh_parser_read_tag(parser, start, &tag);
    }

    if (rc != 0) {
        return rc;
    }

    is_alone = gh_parser_is_alone(parser, &tag, &end);
    if (!is_alone) {
        end = tag.end;
        rc = gh_parser_add_text(parser, start);
        if (rc == 0) {
            rc = gh_parser_begin_line(parser);
        }
    }

    if (rc == 0) {
        rc = gh_parser_add_tag(parser, &tag, is_alone);
    }

    gh_parser_skip(parser, end);
    return rc;
}

int
gh_template_parse(gh_template_t *tmpl, gh_error_t *error)
{
    gh_parser_t parser = {
        .tmpl = tmpl,
        .source = gh_text(tmpl->source),
        .line = 1,
        .is_line_start = true,
        .error = error,
    };

    for (;;) {
        size_t start = gh_parser_find(&parser, parser.pos, "{{");
        int    rc;

        if (start == parser.source.len) {
            break;
        }

        rc = gh_parser_take_tag(&parser, start);
        if (rc != 0) {
            return rc;
        }
    }

    if (parser.open_count > 0) {
        gh_node_t *section = &tmpl->nodes[parser.open[parser.open_count - 1]];

        parser.line = section->line;
        return gh_parser_fail(
            &parser, GH_ERR_INVALID, "this section is never closed: ", section->text);
    }

    return gh_parser_add_text(&parser, parser.source.len);
}
