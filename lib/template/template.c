/*
 * Templates: the set of them, by name, with their partials linked.
 */

/* System. */
#include <stdlib.h>

/* Template. */
#include "template/template_int.h"

static void
gh_template_cleanup(gh_template_t *tmpl)
{
    free(tmpl->name);
    free(tmpl->label);
    free(tmpl->source);
    free(tmpl->nodes);
}

bool
gh_template_is_name(gh_text_t name)
{
    if (name.len == 0 || name.len > GH_TEMPLATE_NAME_MAX) {
        return false;
    }

    for (size_t i = 0; i < name.len; i++) {
        char c = name.data[i];

        if (!((c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9')
                || c == '_' || c == '-'))
        {
            return false;
        }
    }

    return true;
}

gh_templates_t *
gh_templates_new(void)
{
    gh_templates_t *templates = calloc(1, sizeof(*templates));

    if (templates == NULL) {
        return NULL;
    }

    templates->list = calloc(GH_TEMPLATE_COUNT_MAX, sizeof(*templates->list));
    if (templates->list == NULL) {
        free(templates);
        return NULL;
    }

    return templates;
}

int
gh_templates_add(gh_templates_t *templates, const char *name, const char *label,
    gh_text_t source, gh_error_t *error)
{
    gh_template_t *tmpl;

    if (!gh_template_is_name(gh_text(name))) {
        return gh_error_set(error, GH_ERR_INVALID,
            "%s: a template's name has only letters, digits, `_` and `-`, at most %d", label,
            GH_TEMPLATE_NAME_MAX);
    }

    if (source.len > GH_TEMPLATE_SOURCE_MAX) {
        return gh_error_set(
            error, GH_ERR_LIMIT, "%s: is longer than %d bytes", label, GH_TEMPLATE_SOURCE_MAX);
    }

    if (memchr(source.data, '\0', source.len) != NULL) {
        return gh_error_set(error, GH_ERR_INVALID, "%s: holds a NUL byte", label);
    }

    if (gh_templates_find(templates, name) != NULL) {
        return gh_error_set(error, GH_ERR_INVALID, "%s: is there twice", label);
    }

    if (templates->count == GH_TEMPLATE_COUNT_MAX) {
        return gh_error_set(
            error, GH_ERR_LIMIT, "%s: more than %d templates", label, GH_TEMPLATE_COUNT_MAX);
    }

    tmpl = &templates->list[templates->count++];
    tmpl->name = gh_text_dup(gh_text(name));
    tmpl->label = gh_text_dup(gh_text(label));
    tmpl->source = gh_text_dup(source);
    if (tmpl->name == NULL || tmpl->label == NULL || tmpl->source == NULL) {
        return gh_error_set(error, GH_ERR_NOMEM, "%s: memory is out", label);
    }

    return gh_template_parse(tmpl, error);
}

/* The template of that name, for a partial. */
static const gh_template_t *
gh_templates_find_text(const gh_templates_t *templates, gh_text_t name)
{
    for (size_t i = 0; i < templates->count; i++) {
        if (gh_text_equal(gh_text(templates->list[i].name), name)) {
            return &templates->list[i];
        }
    }

    return NULL;
}

int
gh_templates_link(gh_templates_t *templates, gh_error_t *error)
{
    for (size_t i = 0; i < templates->count; i++) {
        gh_template_t *tmpl = &templates->list[i];

        for (size_t k = 0; k < tmpl->count; k++) {
            gh_node_t *node = &tmpl->nodes[k];

            if (node->kind != GH_NODE_PARTIAL) {
                continue;
            }

            node->partial = gh_templates_find_text(templates, node->text);
            if (node->partial == NULL) {
                return gh_error_set(error, GH_ERR_INVALID, "%s:%u: there is no partial %.*s%s",
                    tmpl->label, node->line, (int) node->text.len, node->text.data,
                    GH_TEMPLATE_SUFFIX);
            }
        }
    }

    return 0;
}

gh_templates_t *
gh_templates_parse(const char *const pairs[][2], size_t count, gh_error_t *error)
{
    gh_templates_t *templates = gh_templates_new();
    int             rc = 0;

    if (templates == NULL) {
        gh_error_set(error, GH_ERR_NOMEM, "memory is out");
        return NULL;
    }

    for (size_t i = 0; i < count && rc == 0; i++) {
        rc = gh_templates_add(templates, pairs[i][0], pairs[i][0], gh_text(pairs[i][1]), error);
    }

    if (rc != 0 || gh_templates_link(templates, error) != 0) {
        gh_templates_free(templates);
        return NULL;
    }

    return templates;
}

void
gh_templates_free(gh_templates_t *templates)
{
    if (templates == NULL) {
        return;
    }

    for (size_t i = 0; i < templates->count; i++) {
        gh_template_cleanup(&templates->list[i]);
    }

    free(templates->list);
    free(templates);
}

const gh_template_t *
gh_templates_find(const gh_templates_t *templates, const char *name)
{
    return gh_templates_find_text(templates, gh_text(name));
}
