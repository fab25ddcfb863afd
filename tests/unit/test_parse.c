/*
 * Parsing: the nodes that a source becomes, the lines that a tag takes away with it, and
 * what is refused.
 */

/* cmocka, in the order it asks for. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

/* System. */
#include <stdlib.h>
#include <string.h>

/* Template. */
#include "template/template_int.h"

typedef struct {
    const char *name;
    const char *source;
    const char *want; /* the nodes, as add_node() writes them */
} case_t;

/* Parses a source whose label is `page`. */
static int
parse(gh_template_t *tmpl, const char *source, gh_error_t *error)
{
    *tmpl = (gh_template_t){ .label = (char *) "page", .source = (char *) source };

    return gh_template_parse(tmpl, error);
}

/*
 * Writes a node: its line, its kind and its text.  Behind a section stands the index of the
 * node behind its last, and behind a partial that is alone on its line its indentation.
 */
static void
add_node(gh_buf_t *out, const gh_node_t *node)
{
    static const char *const kinds[] = { [GH_NODE_NONE] = "none",
        [GH_NODE_LINE] = "line",
        [GH_NODE_TEXT] = "text",
        [GH_NODE_VARIABLE] = "variable",
        [GH_NODE_RAW] = "raw",
        [GH_NODE_SECTION] = "section",
        [GH_NODE_INVERTED] = "inverted",
        [GH_NODE_PARTIAL] = "partial" };

    gh_buf_add_format(out, "%u:%s", node->line, kinds[node->kind]);

    if (node->kind != GH_NODE_LINE) {
        gh_buf_add_format(out, "(%.*s)", (int) node->text.len, node->text.data);
    }

    if (node->kind == GH_NODE_SECTION || node->kind == GH_NODE_INVERTED) {
        gh_buf_add_format(out, "-%zu", node->end);
    }

    if (node->is_alone) {
        gh_buf_add_format(out, "(%.*s)", (int) node->indent.len, node->indent.data);
    }

    gh_buf_add_string(out, " ");
}

static void
run_cases(const case_t *cases, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        gh_template_t tmpl;
        gh_error_t    error = { "" };
        gh_buf_t      nodes;

        assert_int_equal(parse(&tmpl, cases[i].source, &error), 0);
        assert_string_equal(error.text, "");
        gh_buf_init(&nodes);

        for (size_t k = 0; k < tmpl.count; k++) {
            add_node(&nodes, &tmpl.nodes[k]);
        }

        if (strcmp(gh_buf_string(&nodes), cases[i].want) != 0) {
            fail_msg(
                "%s: got `%s`, want `%s`", cases[i].name, gh_buf_string(&nodes), cases[i].want);
        }

        gh_buf_cleanup(&nodes);
        free(tmpl.nodes);
    }
}

#define RUN(cases) run_cases(cases, sizeof(cases) / sizeof((cases)[0]))

static void
test_text(void **state)
{
    static const case_t cases[] = {
        { "nothing", "", "" },
        { "a line without its end", "a", "1:line 1:text(a) " },
        { "lines", "a\nb\n", "1:line 1:text(a\n) 2:line 2:text(b\n) " },
        { "an empty line", "\n\n", "1:line 1:text(\n) 2:line 2:text(\n) " },
        { "CR LF", "a\r\nb", "1:line 1:text(a\r\n) 2:line 2:text(b) " },
        { "single braces", "{a} } }}", "1:line 1:text({a} } }}) " },
    };

    (void) state;
    RUN(cases);
}

static void
test_variables(void **state)
{
    static const case_t cases[] = {
        { "escaped", "{{a}}", "1:line 1:variable(a) " },
        { "triple", "{{{a}}}", "1:line 1:raw(a) " },
        { "ampersand", "{{&a}}", "1:line 1:raw(a) " },
        { "blanks inside", "{{ a }}{{{\ta }}}{{& a\t}}",
            "1:line 1:variable(a) 1:raw(a) 1:raw(a) " },
        { "dotted", "{{a.b-c.d_1}}", "1:line 1:variable(a.b-c.d_1) " },
        { "implicit", "{{.}}", "1:line 1:variable(.) " },
        { "between texts", "x {{a}} y\n{{b}}",
            "1:line 1:text(x ) 1:variable(a) 1:text( y\n) 2:line 2:variable(b) " },
        { "alone, and the line stays", "  {{a}}\n",
            "1:line 1:text(  ) 1:variable(a) 1:text(\n) " },
        { "a brace too many", "{{a}}}", "1:line 1:variable(a) 1:text(}) " },
    };

    (void) state;
    RUN(cases);
}

static void
test_sections(void **state)
{
    static const case_t cases[] = {
        { "section", "{{#a}}x{{/a}}", "1:line 1:section(a)-3 1:text(x) " },
        { "inverted", "{{^a}}x{{/a}}", "1:line 1:inverted(a)-3 1:text(x) " },
        { "empty", "{{#a}}{{/a}}y", "1:line 1:section(a)-2 1:text(y) " },
        { "nested", "{{#a}}{{^b}}x{{/b}}y{{/a}}z",
            "1:line 1:section(a)-5 1:inverted(b)-4 1:text(x) 1:text(y) 1:text(z) " },
        { "one behind the other", "{{#a}}x{{/a}}{{^a}}y{{/a}}",
            "1:line 1:section(a)-3 1:text(x) 1:inverted(a)-5 1:text(y) " },
        { "of the same name", "{{#a}}{{#a}}x{{/a}}{{/a}}",
            "1:line 1:section(a)-4 1:section(a)-4 1:text(x) " },
        { "over lines", "{{#a}}x\n{{/a}}y",
            "1:line 1:section(a)-4 1:text(x\n) 2:line 2:text(y) " },
    };

    (void) state;
    RUN(cases);
}

static void
test_partials(void **state)
{
    static const case_t cases[] = {
        { "within a line", "a {{>p}} b", "1:line 1:text(a ) 1:partial(p) 1:text( b) " },
        { "alone", "{{>p}}\n", "1:partial(p)() " },
        { "alone and indented", "a\n \t{{> p }} \nb",
            "1:line 1:text(a\n) 2:partial(p)( \t) 3:line 3:text(b) " },
        { "alone at the end", "  {{>p}}", "1:partial(p)(  ) " },
        { "two on a line", " {{>p}}{{>q}}", "1:line 1:text( ) 1:partial(p) 1:partial(q) " },
    };

    (void) state;
    RUN(cases);
}

static void
test_comments(void **state)
{
    static const case_t cases[] = {
        { "within a line", "a{{! b }}c", "1:line 1:text(a) 1:text(c) " },
        { "alone", "a\n  {{! b }}\nc", "1:line 1:text(a\n) 3:line 3:text(c) " },
        { "over lines", "{{!\n\n}}\n{{a}}", "4:line 4:variable(a) " },
        { "holds anything", "{{!= {{# > \x01 }}.", "1:line 1:text(.) " },
    };

    (void) state;
    RUN(cases);
}

static void
test_tags_that_stand_alone(void **state)
{
    static const case_t cases[] = {
        { "take their line", "{{#a}}\nx\n{{/a}}\ny",
            "1:section(a)-3 2:line 2:text(x\n) 4:line 4:text(y) " },
        { "and the blanks around them", " \t{{#a}}\t \nx\n  {{/a}}  \n",
            "1:section(a)-3 2:line 2:text(x\n) " },
        { "and CR LF", "{{#a}}\r\nx\r\n{{/a}}\r\n", "1:section(a)-3 2:line 2:text(x\r\n) " },
        { "at the end without one", "x\n{{#a}}\n{{/a}}", "1:line 1:text(x\n) 2:section(a)-3 " },
        { "not with text in front", "x{{#a}}\n{{/a}}\n",
            "1:line 1:text(x) 1:section(a)-4 1:text(\n) " },
        { "not with text behind", "{{#a}} x\n{{/a}}\n", "1:line 1:section(a)-3 1:text( x\n) " },
        { "not with another tag", "{{#a}}{{/a}}\n", "1:line 1:section(a)-2 1:text(\n) " },
        { "a CR alone is no line end", "{{#a}}\r{{/a}}", "1:line 1:section(a)-3 1:text(\r) " },
    };

    (void) state;
    RUN(cases);
}

static void
test_refuses(void **state)
{
    static const struct {
        const char *source;
        const char *want;
    } cases[] = {
        { "a\nb {{name", "page:2: this tag is not closed by }}" },
        { "{{", "page:1: this tag is not closed by }}" },
        { "{{{name}}", "page:1: this tag is not closed by }}}" },
        { "{{! never", "page:1: this tag is not closed by }}" },
        { "{{#a}}\n{{#b}}\n{{/b}}\n", "page:1: this section is never closed: a" },
        { "x\n{{^a}}", "page:2: this section is never closed: a" },
        { "\n\n{{/a}}", "page:3: this closes a section that is not open: a" },
        { "{{#a}}\n{{#b}}\n\n{{/a}}\n{{/b}}",
            "page:4: section a ends here, but b of line 2 is still open" },
        { "{{=<% %>=}}", "page:1: other delimiters than {{ and }} are not supported" },
        { "{{}}", "page:1: this tag is not known, or no name: " },
        { "{{  }}", "page:1: this tag is not known, or no name: " },
        { "{{#}}{{/}}", "page:1: this tag is not known, or no name: " },
        { "{{a b}}", "page:1: this tag is not known, or no name: a b" },
        { "{{$block}}", "page:1: this tag is not known, or no name: $block" },
        { "{{<parent}}", "page:1: this tag is not known, or no name: <parent" },
        { "{{%pragma}}", "page:1: this tag is not known, or no name: %pragma" },
        { "{{a..b}}", "page:1: this tag is not known, or no name: a..b" },
        { "{{.a}}", "page:1: this tag is not known, or no name: .a" },
        { "{{a.}}", "page:1: this tag is not known, or no name: a." },
        { "{{..}}", "page:1: this tag is not known, or no name: .." },
        { "{{>../secret}}", "page:1: this tag is not known, or no name: ../secret" },
        { "{{>a.b}}", "page:1: this tag is not known, or no name: a.b" },
        { "{{a\n}}", "page:1: this tag is not known, or no name: a" },
        { "{{a {{b}}", "page:1: this tag is not known, or no name: a {{b" },
    };

    (void) state;

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        gh_template_t tmpl;
        gh_error_t    error = { "" };

        assert_int_equal(parse(&tmpl, cases[i].source, &error), GH_ERR_INVALID);
        assert_string_equal(error.text, cases[i].want);
        free(tmpl.nodes);
    }
}

/* What an error quotes is short, and of one line. */
static void
test_quotes(void **state)
{
    char          source[256] = "{{";
    gh_template_t tmpl;
    gh_error_t    error = { "" };

    (void) state;

    memset(source + 2, '?', 100);
    strcpy(source + 102, "}}");

    assert_int_equal(parse(&tmpl, source, &error), GH_ERR_INVALID);
    assert_string_equal(error.text,
        "page:1: this tag is not known, or no name: "
        "????????????????????????????????????????????????????????????????");
    free(tmpl.nodes);
}

static void
test_nodes_before_a_fault(void **state)
{
    gh_template_t tmpl;
    gh_error_t    error = { "" };

    (void) state;

    assert_int_equal(parse(&tmpl, "a\n{{#b}}\n{{c", &error), GH_ERR_INVALID);
    assert_int_equal(tmpl.count, 3);
    free(tmpl.nodes);
}

static void
test_names_are_bounded(void **state)
{
    static const struct {
        size_t len;
        int    want;
    } cases[] = { { 64, 0 }, { 65, GH_ERR_INVALID } };

    (void) state;

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        char          source[128] = "{{";
        gh_template_t tmpl;
        gh_error_t    error = { "" };

        memset(source + 2, 'a', cases[i].len);
        strcpy(source + 2 + cases[i].len, "}}");
        assert_int_equal(parse(&tmpl, source, &error), cases[i].want);
        free(tmpl.nodes);
    }
}

/* Appends `unit` `count` times. */
static void
add_times(gh_buf_t *buf, const char *unit, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        gh_buf_add_string(buf, unit);
    }
}

static void
test_sections_are_bounded(void **state)
{
    static const struct {
        size_t      depth;
        int         rc;
        const char *want;
    } cases[] = {
        { 32, 0, "" },
        { 33, GH_ERR_LIMIT, "page:1: sections nest too deep at a" },
    };

    (void) state;

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        gh_template_t tmpl;
        gh_error_t    error = { "" };
        gh_buf_t      source;

        gh_buf_init(&source);
        add_times(&source, "{{#a}}", cases[i].depth);
        add_times(&source, "{{/a}}", cases[i].depth);

        assert_int_equal(parse(&tmpl, gh_buf_string(&source), &error), cases[i].rc);
        assert_string_equal(error.text, cases[i].want);

        free(tmpl.nodes);
        gh_buf_cleanup(&source);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_text),
        cmocka_unit_test(test_variables),
        cmocka_unit_test(test_sections),
        cmocka_unit_test(test_partials),
        cmocka_unit_test(test_comments),
        cmocka_unit_test(test_tags_that_stand_alone),
        cmocka_unit_test(test_refuses),
        cmocka_unit_test(test_quotes),
        cmocka_unit_test(test_nodes_before_a_fault),
        cmocka_unit_test(test_names_are_bounded),
        cmocka_unit_test(test_sections_are_bounded),
    };

    return cmocka_run_group_tests_name("parse", tests, NULL, NULL);
}
