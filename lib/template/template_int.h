/*
 * Templates from the inside: a source and the flat list of its nodes.
 */
#ifndef GH_TEMPLATE_TEMPLATE_INT_H
#define GH_TEMPLATE_TEMPLATE_INT_H

/* Base. */
#include "base/error.h"
#include "base/text.h"

/* Template. */
#include "template/template.h"

#define GH_TEMPLATE_SUFFIX      ".mustache"
#define GH_TEMPLATE_SOURCE_MAX  (256 * 1024)  /* bytes of one file */
#define GH_TEMPLATE_COUNT_MAX   256           /* in a folder */
#define GH_TEMPLATE_NAME_MAX    64            /* bytes, of templates and of values */
#define GH_TEMPLATE_SECTION_MAX 32            /* sections open in one template */
#define GH_TEMPLATE_PARTIAL_MAX 16            /* partials within partials */
#define GH_TEMPLATE_OUTPUT_MAX  (1024 * 1024) /* bytes */

typedef enum {
    GH_NODE_NONE = 0, /* nothing: never in a list */
    GH_NODE_LINE,     /* a line of the source begins: indent it */
    GH_NODE_TEXT,
    GH_NODE_VARIABLE, /* escaped */
    GH_NODE_RAW,      /* a variable that is not */
    GH_NODE_SECTION,
    GH_NODE_INVERTED,
    GH_NODE_PARTIAL
} gh_node_kind_t;

typedef struct {
    gh_node_kind_t       kind;
    unsigned             line;
    gh_text_t            text;     /* the literal text, or the name */
    bool                 is_alone; /* PARTIAL: alone on its line */
    gh_text_t            indent;   /* PARTIAL: the blanks before it when it is */
    size_t               end;      /* SECTION, INVERTED: index behind the last node inside */
    const gh_template_t *partial;  /* PARTIAL: set once all templates are read */
} gh_node_t;

/* Texts of the nodes point into `source`. */
struct gh_template_s {
    char      *name;
    char      *label; /* what errors call it: the path of its file */
    char      *source;
    gh_node_t *nodes;
    size_t     count;
};

struct gh_templates_s {
    gh_template_t *list; /* never grows once the first partial is linked */
    size_t         count;
};

/*
 * Fills the nodes from the source, a C string.  Returns 0, GH_ERR_INVALID or GH_ERR_LIMIT with
 * `error` naming label and line, or GH_ERR_NOMEM.  The nodes made so far are the
 * template's in any case.
 */
int gh_template_parse(gh_template_t *tmpl, gh_error_t *error);

/* An empty set; NULL when memory is out. */
gh_templates_t *gh_templates_new(void);

/*
 * Adds a template, whose texts are copied.  Returns 0 or an error with `error`
 * naming `label` (bad name, there twice, too long, a NUL byte, or a tag).
 */
int gh_templates_add(gh_templates_t *templates, const char *name, const char *label,
    gh_text_t source, gh_error_t *error);

/* Finds the partials that the templates name.  Returns 0 or GH_ERR_INVALID. */
int gh_templates_link(gh_templates_t *templates, gh_error_t *error);

/* Whether it can name a template, or a part of a dotted name: A-Z a-z 0-9 _ - */
bool gh_template_is_name(gh_text_t name);

#endif
