/*
 * Rendering: a template's nodes, filled from a stack of JSON values.
 */

/* Template. */
#include "template/template_int.h"

/* Digits that a double surely keeps. */
#define GH_RENDER_PRECISION 15
#define GH_RENDER_NUMBER    64 /* bytes; a number fits */

/* The stack of contexts; the bottom is what the caller gave. */
typedef struct gh_frame_s gh_frame_t;

struct gh_frame_s {
    json_t           *value;
    const gh_frame_t *below;
};

/* The blanks before the partials that are being rendered. */
typedef struct gh_indent_s gh_indent_t;

struct gh_indent_s {
    gh_text_t          text;
    const gh_indent_t *outer;
};

typedef struct {
    gh_buf_t *out;   /* this rendering's own */
    unsigned  depth; /* of partials */
} gh_render_t;

static int gh_render_nodes(gh_render_t *render, const gh_template_t *tmpl, size_t from,
    size_t to, const gh_frame_t *frame, const gh_indent_t *indent);

static int
gh_render_add(gh_render_t *render, const char *data, size_t len)
{
    if (len > GH_TEMPLATE_OUTPUT_MAX - render->out->len) {
        return GH_ERR_LIMIT;
    }

    return gh_buf_add(render->out, data, len);
}

static int
gh_render_add_escaped(gh_render_t *render, const char *data, size_t len)
{
    size_t start = 0;
    int    rc = 0;

    for (size_t i = 0; i < len && rc == 0; i++) {
        const char *entity = NULL;

        switch (data[i]) {
        case '&':
            entity = "&amp;";
            break;
        case '<':
            entity = "&lt;";
            break;
        case '>':
            entity = "&gt;";
            break;
        case '"':
            entity = "&quot;";
            break;
        case '\'':
            entity = "&#39;";
            break;
        default:
            continue;
        }

        rc = gh_render_add(render, data + start, i - start);
        if (rc == 0) {
            rc = gh_render_add(render, entity, strlen(entity));
        }
        start = i + 1;
    }

    return rc == 0 ? gh_render_add(render, data + start, len - start) : rc;
}

/* A value's member of that name; NULL: it has none, or is no object. */
static json_t *
gh_render_member(const json_t *value, gh_text_t name)
{
    return json_object_getn(value, name.data, name.len);
}

/*
 * The value of a name, NULL when there is none.  The first part of a dotted
 * name is looked for down the stack, the others only inside what it gave.
 */
static json_t *
gh_render_find(const gh_frame_t *frame, gh_text_t name)
{
    const char *dot;
    gh_text_t   part = name;
    json_t     *value = NULL;

    if (gh_text_equal(name, GH_TEXT("."))) {
        return frame->value;
    }

    dot = memchr(name.data, '.', name.len);
    part.len = dot != NULL ? (size_t) (dot - name.data) : name.len;

    for (; frame != NULL && value == NULL; frame = frame->below) {
        value = gh_render_member(frame->value, part);
    }

    while (dot != NULL && value != NULL) {
        part.data = dot + 1;
        part.len = name.len - (size_t) (part.data - name.data);

        dot = memchr(part.data, '.', part.len);
        if (dot != NULL) {
            part.len = (size_t) (dot - part.data);
        }

        value = gh_render_member(value, part);
    }

    return value;
}

/* What the specification calls false: nothing, null, false, the empty list. */
static bool
gh_render_is_false(const json_t *value)
{
    return value == NULL || json_is_null(value) || json_is_false(value)
        || (json_is_array(value) && json_array_size(value) == 0);
}

/* A variable; objects, lists and null have no text. */
static int
gh_render_value(gh_render_t *render, const json_t *value, bool is_escaped)
{
    char        number[GH_RENDER_NUMBER];
    const char *data = "";
    size_t      len = 0;

    switch (value != NULL ? json_typeof(value) : JSON_NULL) {

    case JSON_STRING:
        data = json_string_value(value);
        len = json_string_length(value);
        break;

    case JSON_INTEGER:
    case JSON_REAL:
    case JSON_TRUE:
    case JSON_FALSE:
        data = number;
        len = json_dumpb(value, number, sizeof(number),
            JSON_ENCODE_ANY | JSON_REAL_PRECISION(GH_RENDER_PRECISION));
        if (len > sizeof(number)) {
            return GH_ERR_LIMIT;
        }
        break;

    default:
        break;
    }

    return is_escaped ? gh_render_add_escaped(render, data, len)
                      : gh_render_add(render, data, len);
}

/* The nodes inside a section, with `value` on top of the stack. */
static int
gh_render_inside(gh_render_t *render, const gh_template_t *tmpl, size_t section, json_t *value,
    const gh_frame_t *frame, const gh_indent_t *indent)
{
    const gh_frame_t top = { value, frame };

    return gh_render_nodes(render, tmpl, section + 1, tmpl->nodes[section].end, &top, indent);
}

static int
gh_render_section(gh_render_t *render, const gh_template_t *tmpl, size_t section,
    const gh_frame_t *frame, const gh_indent_t *indent)
{
    json_t *value = gh_render_find(frame, tmpl->nodes[section].text);
    int     rc = 0;

    if (gh_render_is_false(value)) {
        return 0;
    }

    if (!json_is_array(value)) {
        return gh_render_inside(render, tmpl, section, value, frame, indent);
    }

    for (size_t i = 0; i < json_array_size(value) && rc == 0; i++) {
        rc = gh_render_inside(render, tmpl, section, json_array_get(value, i), frame, indent);
    }

    return rc;
}

/*
 * A partial alone on its line is indented by its own blanks and those before
 * the partial that it stands in; any other is not indented at all.
 */
static int
gh_render_partial(gh_render_t *render, const gh_node_t *node, const gh_frame_t *frame,
    const gh_indent_t *indent)
{
    const gh_indent_t inner = { node->indent, indent };
    int               rc;

    if (render->depth == GH_TEMPLATE_PARTIAL_MAX) {
        return GH_ERR_LIMIT;
    }

    render->depth++;
    rc = gh_render_nodes(
        render, node->partial, 0, node->partial->count, frame, node->is_alone ? &inner : NULL);
    render->depth--;

    return rc;
}

/* The blanks at the beginning of a line, the outermost first. */
static int
gh_render_indent(gh_render_t *render, const gh_indent_t *indent)
{
    int rc;

    if (indent == NULL) {
        return 0;
    }

    rc = gh_render_indent(render, indent->outer);
    return rc == 0 ? gh_render_add(render, indent->text.data, indent->text.len) : rc;
}

static int
gh_render_nodes(gh_render_t *render, const gh_template_t *tmpl, size_t from, size_t to,
    const gh_frame_t *frame, const gh_indent_t *indent)
{
    int rc = 0;

    for (size_t i = from; i < to && rc == 0; i++) {
        const gh_node_t *node = &tmpl->nodes[i];

        switch (node->kind) {

        case GH_NODE_LINE:
            rc = gh_render_indent(render, indent);
            break;

        case GH_NODE_TEXT:
            rc = gh_render_add(render, node->text.data, node->text.len);
            break;

        case GH_NODE_VARIABLE:
        case GH_NODE_RAW:
            rc = gh_render_value(
                render, gh_render_find(frame, node->text), node->kind == GH_NODE_VARIABLE);
            break;

        case GH_NODE_SECTION:
            rc = gh_render_section(render, tmpl, i, frame, indent);
            i = node->end - 1;
            break;

        case GH_NODE_INVERTED:
            /* Its inside simply follows, when it is wanted. */
            if (!gh_render_is_false(gh_render_find(frame, node->text))) {
                i = node->end - 1;
            }
            break;

        case GH_NODE_PARTIAL:
            rc = gh_render_partial(render, node, frame, indent);
            break;

        case GH_NODE_NONE:
            rc = GH_ERR_INVALID;
            break;
        }
    }

    return rc;
}

int
gh_template_render(const gh_template_t *tmpl, json_t *context, gh_buf_t *out)
{
    const gh_frame_t bottom = { context, NULL };
    gh_buf_t         text;
    gh_render_t      render = { &text, 0 };
    int              rc;

    gh_buf_init(&text);

    rc = gh_render_nodes(&render, tmpl, 0, tmpl->count, &bottom, NULL);
    if (rc == 0) {
        rc = gh_buf_add_text(out, gh_buf_text(&text));
    }

    gh_buf_cleanup(&text);
    return rc;
}
