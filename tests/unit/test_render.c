/*
 * Rendering: the Mustache specification's modules (interpolation, sections,
 * inverted, partials, comments), and what is bounded.
 */

/* System. */
#include <string.h>

/* cmocka. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

/* Template. */
#include "template/template.h"

typedef struct {
    const char *name;
    const char *data; /* JSON */
    const char *source;
    const char *want;
    const char *partial; /* source of the partial `p`; NULL: "" */
} case_t;

/* Renders `source`, and returns what gh_template_render did. */
static int
render(const char *source, const char *partial, json_t *data, gh_buf_t *out)
{
    const char *const pairs[][2] = {
        { "page", source },
        { "p", partial != NULL ? partial : "" },
    };
    gh_error_t      error = { "" };
    gh_templates_t *templates = gh_templates_parse(pairs, 2, &error);
    int             rc;

    assert_string_equal(error.text, "");
    assert_non_null(templates);
    rc = gh_template_render(gh_templates_find(templates, "page"), data, out);
    gh_templates_free(templates);
    return rc;
}

static void
run_cases(const case_t *cases, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        json_t  *data = json_loads(cases[i].data, JSON_DECODE_ANY, NULL);
        gh_buf_t out;

        assert_non_null(data);
        gh_buf_init(&out);
        assert_int_equal(render(cases[i].source, cases[i].partial, data, &out), 0);

        if (strcmp(gh_buf_string(&out), cases[i].want) != 0) {
            fail_msg(
                "%s: got `%s`, want `%s`", cases[i].name, gh_buf_string(&out), cases[i].want);
        }

        gh_buf_cleanup(&out);
        json_decref(data);
    }
}

#define RUN(cases) run_cases(cases, sizeof(cases) / sizeof((cases)[0]))

static void
test_interpolation(void **state)
{
    static const case_t cases[] = {
        { "no tags", "{}", "Hello from {Almond Grove}!\n", "Hello from {Almond Grove}!\n",
            NULL },
        { "basic", "{\"a\":\"world\"}", "Hello, {{a}}!", "Hello, world!", NULL },
        { "not twice", "{\"a\":\"{{b}}\",\"b\":\"x\"}", "{{a}}: {{b}}", "{{b}}: x", NULL },
        { "escaped", "{\"a\":\"& \\\" < > '\"}", "{{a}}", "&amp; &quot; &lt; &gt; &#39;",
            NULL },
        { "escaped at the ends", "{\"a\":\"<b>\"}", "{{a}}", "&lt;b&gt;", NULL },
        { "triple", "{\"a\":\"& \\\" < > '\"}", "{{{a}}}", "& \" < > '", NULL },
        { "ampersand", "{\"a\":\"& \\\" < >\"}", "{{&a}}", "& \" < >", NULL },
        { "UTF-8", "{\"a\":\"Łódź €\"}", "{{a}}", "Łódź €", NULL },
        { "integer", "{\"n\":85}", "{{n}} {{{n}}} {{&n}}", "85 85 85", NULL },
        { "negative", "{\"n\":-9007199254740993}", "{{n}}", "-9007199254740993", NULL },
        { "decimal", "{\"n\":1.210}", "{{n}} {{{n}}}", "1.21 1.21", NULL },
        { "true", "{\"b\":true}", "{{b}}", "true", NULL },
        { "false", "{\"b\":false}", "{{b}}", "false", NULL },
        { "null", "{\"a\":null}", "I ({{a}}) ({{{a}}}) ({{&a}})", "I () () ()", NULL },
        { "missing", "{}", "I ({{a}}) ({{{a}}}) ({{&a}})", "I () () ()", NULL },
        { "object and list", "{\"o\":{\"x\":1},\"l\":[1]}", "({{o}}{{l}})", "()", NULL },
        { "dotted", "{\"a\":{\"b\":\"Joe\"}}", "{{a.b}} {{{a.b}}} {{&a.b}}", "Joe Joe Joe",
            NULL },
        { "deep", "{\"a\":{\"b\":{\"c\":{\"d\":{\"e\":\"x\"}}}}}", "{{a.b.c.d.e}}", "x", NULL },
        { "broken chain", "{\"a\":{}}", "({{a.b.c}})", "()", NULL },
        { "broken chain is final", "{\"a\":{\"b\":{}},\"c\":{\"name\":\"Jim\"}}",
            "({{a.b.c.name}})", "()", NULL },
        { "through a string", "{\"a\":\"b\"}", "({{a.b}})", "()", NULL },
        { "first part decides",
            "{\"a\":{\"b\":{\"name\":\"Phil\"}},\"b\":{\"name\":\"Wrong\"}}",
            "{{#a}}{{b.name}}{{/a}}", "Phil", NULL },
        { "context precedence", "{\"a\":{\"b\":{}},\"b\":{\"c\":\"ERROR\"}}",
            "({{#a}}{{b.c}}{{/a}})", "()", NULL },
        { "implicit string", "\"world\"", "Hello, {{.}}!", "Hello, world!", NULL },
        { "implicit escaped", "\"& \\\" < >\"", "{{.}} {{{.}}} {{&.}}",
            "&amp; &quot; &lt; &gt; & \" < > & \" < >", NULL },
        { "implicit integer", "85", "{{.}}", "85", NULL },
        { "blanks around", "{\"a\":\"---\"}", "| {{a}} |", "| --- |", NULL },
        { "alone on a line", "{\"a\":\"---\"}", "  {{a}}\n", "  ---\n", NULL },
        { "triple alone", "{\"a\":\"---\"}", "  {{{a}}}\n", "  ---\n", NULL },
        { "ampersand alone", "{\"a\":\"---\"}", "  {{&a}}\n", "  ---\n", NULL },
        { "blanks inside", "{\"a\":\"---\"}", "|{{ a }}|{{{\ta\t}}}|{{& a }}|", "|---|---|---|",
            NULL },
        { "single braces", "{\"a\":\"x\"}", "{ {a} } }} {{a}}}", "{ {a} } }} x}", NULL },
        { "empty", "{}", "", "", NULL },
    };

    (void) state;
    RUN(cases);
}

static void
test_sections(void **state)
{
    static const case_t cases[] = {
        { "true", "{\"b\":true}", "\"{{#b}}This.{{/b}}\"", "\"This.\"", NULL },
        { "false", "{\"b\":false}", "\"{{#b}}This.{{/b}}\"", "\"\"", NULL },
        { "null", "{\"b\":null}", "\"{{#b}}This.{{/b}}\"", "\"\"", NULL },
        { "missing", "{}", "[{{#b}}This.{{/b}}]", "[]", NULL },
        { "zero and the empty string are values", "{\"n\":0,\"s\":\"\"}",
            "{{#n}}n={{.}}{{/n}} {{#s}}s{{/s}}", "n=0 s", NULL },
        { "object", "{\"o\":{\"name\":\"Joe\"}}", "{{#o}}Hi {{name}}.{{/o}}", "Hi Joe.", NULL },
        { "empty object", "{\"o\":{}}", "{{#o}}x{{/o}}", "x", NULL },
        { "parent", "{\"a\":\"foo\",\"sec\":{\"b\":\"bar\"},\"c\":{\"d\":\"baz\"}}",
            "{{#sec}}{{a}}, {{b}}, {{c.d}}{{/sec}}", "foo, bar, baz", NULL },
        { "scalar", "{\"foo\":\"bar\"}", "{{#foo}}{{.}} is {{foo}}{{/foo}}", "bar is bar",
            NULL },
        { "list", "{\"list\":[{\"item\":1},{\"item\":2},{\"item\":3}]}",
            "{{#list}}{{item}}{{/list}}", "123", NULL },
        { "empty list", "{\"list\":[]}", "[{{#list}}Yay{{/list}}]", "[]", NULL },
        { "list of lists", "{\"list\":[[1,2,3],[\"a\",\"b\"]]}",
            "{{#list}}({{#.}}{{.}}{{/.}}){{/list}}", "(123)(ab)", NULL },
        { "list of nulls", "{\"list\":[null,1]}", "{{#list}}({{.}}){{/list}}", "()(1)", NULL },
        { "doubled", "{\"bool\":true,\"two\":\"second\"}",
            "{{#bool}}\n* first\n{{/bool}}\n* {{two}}\n{{#bool}}\n* third\n{{/bool}}\n",
            "* first\n* second\n* third\n", NULL },
        { "nested true", "{\"b\":true}", "| A {{#b}}B {{#b}}C{{/b}} D{{/b}} E |",
            "| A B C D E |", NULL },
        { "nested false", "{\"b\":false}", "| A {{#b}}B {{#b}}C{{/b}} D{{/b}} E |", "| A  E |",
            NULL },
        { "deeply nested",
            "{\"a\":{\"one\":1},\"b\":{\"two\":2},\"c\":{\"three\":3,\"d\":{\"four\":4}}}",
            "{{#a}}{{one}}{{#b}}{{one}}{{two}}{{#c}}{{one}}{{two}}{{three}}{{#d}}{{four}}"
            "{{/d}}{{/c}}{{/b}}{{/a}}",
            "1121234", NULL },
        { "implicit, escaped", "{\"list\":[\"<\",\">\"]}",
            "{{#list}}({{.}}{{{.}}}{{&.}}){{/list}}", "(&lt;<<)(&gt;>>)", NULL },
        { "implicit, decimal", "{\"list\":[1.1,2.2]}", "{{#list}}({{.}}){{/list}}",
            "(1.1)(2.2)", NULL },
        { "implicit, root", "[{\"value\":\"a\"},{\"value\":\"b\"}]", "{{#.}}({{value}}){{/.}}",
            "(a)(b)", NULL },
        { "dotted", "{\"a\":{\"b\":{\"c\":true}}}", "{{#a.b.c}}Here{{/a.b.c}}", "Here", NULL },
        { "dotted, false", "{\"a\":{\"b\":{\"c\":false}}}", "[{{#a.b.c}}Here{{/a.b.c}}]", "[]",
            NULL },
        { "dotted, broken", "{\"a\":{}}", "[{{#a.b.c}}Here{{/a.b.c}}]", "[]", NULL },
        { "blanks around", "{\"b\":true}", " | {{#b}}\t|\t{{/b}} | \n", " | \t|\t | \n", NULL },
        { "lines inside", "{\"b\":true}", " | {{#b}} {{! x }}\n {{/b}} | \n", " |  \n  | \n",
            NULL },
        { "two on one line", "{\"b\":true}", " {{#b}}YES{{/b}}\n {{#b}}GOOD{{/b}}\n",
            " YES\n GOOD\n", NULL },
        { "standalone", "{\"b\":true}", "| This Is\n{{#b}}\n|\n{{/b}}\n| A Line\n",
            "| This Is\n|\n| A Line\n", NULL },
        { "standalone, indented", "{\"b\":true}",
            "| This Is\n  {{#b}}\n|\n\t{{/b}} \t\n| A Line\n", "| This Is\n|\n| A Line\n",
            NULL },
        { "standalone, CR LF", "{\"b\":true}", "|\r\n{{#b}}\r\n{{/b}}\r\n|", "|\r\n|", NULL },
        { "standalone at the top", "{\"b\":true}", "  {{#b}}\n#{{/b}}\n/", "#\n/", NULL },
        { "standalone at the bottom", "{\"b\":true}", "#{{#b}}\n/\n  {{/b}}", "#\n/\n", NULL },
        { "not standalone", "{\"b\":true}", "{{#b}} {{/b}}\n", " \n", NULL },
        { "padding", "{\"b\":true}", "|{{# b }}={{/ b }}|", "|=|", NULL },
    };

    (void) state;
    RUN(cases);
}

static void
test_inverted(void **state)
{
    static const case_t cases[] = {
        { "false", "{\"b\":false}", "{{^b}}This.{{/b}}", "This.", NULL },
        { "true", "{\"b\":true}", "[{{^b}}This.{{/b}}]", "[]", NULL },
        { "null", "{\"b\":null}", "{{^b}}This.{{/b}}", "This.", NULL },
        { "missing", "{}", "{{^b}}This.{{/b}}", "This.", NULL },
        { "object", "{\"o\":{\"name\":\"Joe\"}}", "[{{^o}}Hi {{name}}{{/o}}]", "[]", NULL },
        { "list", "{\"l\":[{\"n\":1}]}", "[{{^l}}{{n}}{{/l}}]", "[]", NULL },
        { "empty list", "{\"l\":[]}", "[{{^l}}Yay{{/l}}]", "[Yay]", NULL },
        { "doubled", "{\"b\":false,\"two\":\"second\"}",
            "{{^b}}\n* first\n{{/b}}\n* {{two}}\n{{^b}}\n* third\n{{/b}}\n",
            "* first\n* second\n* third\n", NULL },
        { "nested", "{\"b\":false}", "| A {{^b}}B {{^b}}C{{/b}} D{{/b}} E |", "| A B C D E |",
            NULL },
        { "nested, true", "{\"b\":true}", "| A {{^b}}B {{^b}}C{{/b}} D{{/b}} E |", "| A  E |",
            NULL },
        { "either", "{\"a\":true}", "{{#a}}yes{{/a}}{{^a}}no{{/a}}", "yes", NULL },
        { "keeps the context", "{\"a\":\"x\"}", "{{^b}}{{a}}{{/b}}", "x", NULL },
        { "dotted, true", "{\"a\":{\"b\":{\"c\":true}}}", "[{{^a.b.c}}No{{/a.b.c}}]", "[]",
            NULL },
        { "dotted, broken", "{\"a\":{}}", "{{^a.b.c}}No{{/a.b.c}}", "No", NULL },
        { "standalone", "{\"b\":false}", "| This Is\n{{^b}}\n|\n{{/b}}\n| A Line\n",
            "| This Is\n|\n| A Line\n", NULL },
        { "standalone, CR LF", "{\"b\":false}", "|\r\n{{^b}}\r\n{{/b}}\r\n|", "|\r\n|", NULL },
        { "standalone at the top", "{\"b\":false}", "  {{^b}}\n^{{/b}}\n/", "^\n/", NULL },
        { "standalone at the bottom", "{\"b\":false}", "^{{^b}}\n/\n  {{/b}}", "^\n/\n", NULL },
        { "padding", "{\"b\":false}", "|{{^ b }}={{/ b }}|", "|=|", NULL },
    };

    (void) state;
    RUN(cases);
}

static void
test_partials(void **state)
{
    static const case_t cases[] = {
        { "basic", "{}", "\"{{>p}}\"", "\"from partial\"", "from partial" },
        { "context", "{\"text\":\"content\"}", "\"{{>p}}\"", "\"*content*\"", "*{{text}}*" },
        { "context of a section", "{\"l\":[1,2]}", "{{#l}}{{>p}}{{/l}}", "(1)(2)", "({{.}})" },
        { "recursion", "{\"content\":\"X\",\"nodes\":[{\"content\":\"Y\",\"nodes\":[]}]}",
            "{{>p}}", "X<Y<>>", "{{content}}<{{#nodes}}{{>p}}{{/nodes}}>" },
        { "inline", "{}", "| {{>p}} |", "| \t|\t |", "\t|\t" },
        { "inline, lines", "{\"data\":\"|\"}", "  {{data}}  {{> p}}\n", "  |  >\n>\n", ">\n>" },
        { "standalone, CR LF", "{}", "|\r\n{{>p}}\r\n|", "|\r\n>|", ">" },
        { "standalone at the top", "{}", "  {{>p}}\n>", "  >\n  >>", ">\n>" },
        { "standalone at the bottom", "{}", ">\n  {{>p}}", ">\n  >\n  >", ">\n>" },
        { "indented", "{\"content\":\"<\\n->\"}", "\\\n {{>p}}\n/\n", "\\\n |\n <\n->\n |\n/\n",
            "|\n{{{content}}}\n|\n" },
        { "indented lines of sections", "{\"l\":[1,2]}", "  {{>p}}\n", "  <\n  1\n  2\n  >\n",
            "<\n{{#l}}\n{{.}}\n{{/l}}\n>\n" },
        { "indented once for a line", "{\"l\":[1,2]}", "  {{>p}}\n", "  12;\n",
            "{{#l}}{{.}}{{/l}};\n" },
        { "padding", "{\"b\":true}", "|{{> p }}|", "|[]|", "[]" },
    };

    (void) state;
    RUN(cases);
}

static void
test_partials_within_partials(void **state)
{
    static const char *const pairs[][2] = {
        { "page", "<body>\n  {{>main}}\n</body>\n" },
        { "main", "<main>\n  {{>form}}\n  a{{>form}}\n</main>\n" },
        { "form", "<form>\n</form>\n" },
    };
    gh_templates_t *templates = gh_templates_parse(pairs, 3, NULL);
    json_t         *data = json_object();
    gh_buf_t        out;

    (void) state;
    assert_non_null(templates);
    gh_buf_init(&out);
    assert_int_equal(gh_template_render(gh_templates_find(templates, "page"), data, &out), 0);
    assert_string_equal(gh_buf_string(&out),
        "<body>\n"
        "  <main>\n"
        "    <form>\n"
        "    </form>\n"
        "    a<form>\n"
        "</form>\n"
        "\n"
        "  </main>\n"
        "</body>\n");

    gh_buf_cleanup(&out);
    json_decref(data);
    gh_templates_free(templates);
}

static void
test_comments(void **state)
{
    static const case_t cases[] = {
        { "inline", "{}", "12345{{! Comment }}67890", "1234567890", NULL },
        { "lines", "{}", "12345{{!\n  This is\n  a comment\n}}67890\n", "1234567890\n", NULL },
        { "standalone", "{}", "Begin.\n{{! Comment }}\nEnd.\n", "Begin.\nEnd.\n", NULL },
        { "standalone, indented", "{}", "Begin.\n  {{! Comment }}\nEnd.\n", "Begin.\nEnd.\n",
            NULL },
        { "standalone, CR LF", "{}", "|\r\n{{! Comment }}\r\n|", "|\r\n|", NULL },
        { "standalone at the top", "{}", "  {{! At the top }}\n!", "!", NULL },
        { "standalone at the bottom", "{}", "!\n  {{! At the bottom }}", "!\n", NULL },
        { "standalone, lines", "{}", "Begin.\n  {{!\n  Something\n  }}\nEnd.\n",
            "Begin.\nEnd.\n", NULL },
        { "indented inline", "{}", "  12 {{! 34 }}\n", "  12 \n", NULL },
        { "blanks around", "{}", "12345 {{! Comment }} 67890", "12345  67890", NULL },
        { "no variable", "{\"! x\":1,\"x\":2}", "{{! x }}{{!x}}", "", NULL },
        { "any character", "{}", "{{!= {{# é > }}.", ".", NULL },
    };

    (void) state;
    RUN(cases);
}

static void
test_strings_may_hold_anything(void **state)
{
    json_t  *data = json_pack("{s:o}", "a", json_stringn("x\0<y", 4));
    gh_buf_t out;

    (void) state;
    assert_non_null(data);
    gh_buf_init(&out);
    assert_int_equal(render("({{a}})", NULL, data, &out), 0);
    assert_int_equal(out.len, 9);
    assert_memory_equal(out.data, "(x\0&lt;y)", 9);

    gh_buf_cleanup(&out);
    json_decref(data);
}

static void
test_bounds_recursion(void **state)
{
    json_t  *data = json_object();
    gh_buf_t out;

    (void) state;
    gh_buf_init(&out);
    gh_buf_add_string(&out, "before");
    assert_int_equal(render("{{>p}}", "x{{>p}}", data, &out), GH_ERR_LIMIT);
    assert_string_equal(gh_buf_string(&out), "before");

    gh_buf_cleanup(&out);
    json_decref(data);
}

static void
test_sixteen_partials_are_not_too_deep(void **state)
{
    json_t  *data = json_pack("{s:[]}", "n");
    gh_buf_t out;

    (void) state;
    for (int i = 1; i < 16; i++) {
        data = json_pack("{s:[o]}", "n", data);
    }

    gh_buf_init(&out);
    assert_int_equal(render("{{>p}}", "x{{#n}}{{>p}}{{/n}}", data, &out), 0);
    assert_string_equal(gh_buf_string(&out), "xxxxxxxxxxxxxxxx");

    data = json_pack("{s:[o]}", "n", data);
    gh_buf_reset(&out);
    assert_int_equal(render("{{>p}}", "x{{#n}}{{>p}}{{/n}}", data, &out), GH_ERR_LIMIT);

    gh_buf_cleanup(&out);
    json_decref(data);
}

static void
test_bounds_the_output(void **state)
{
    json_t  *list = json_array();
    gh_buf_t kilobyte, out;

    (void) state;
    gh_buf_init(&kilobyte);
    gh_buf_init(&out);

    for (int i = 0; i < 1024; i++) {
        json_array_append_new(list, json_integer(i));
        gh_buf_add_string(&kilobyte, "x");
    }

    gh_buf_add_string(&out, "before");
    assert_int_equal(render("{{#.}}{{>p}}{{/.}}", gh_buf_string(&kilobyte), list, &out), 0);
    assert_int_equal(out.len, 6 + 1048576);

    assert_int_equal(
        render("{{#.}}{{>p}}{{/.}}y", gh_buf_string(&kilobyte), list, &out), GH_ERR_LIMIT);
    assert_int_equal(out.len, 6 + 1048576);

    gh_buf_cleanup(&kilobyte);
    gh_buf_cleanup(&out);
    json_decref(list);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_interpolation),
        cmocka_unit_test(test_sections),
        cmocka_unit_test(test_inverted),
        cmocka_unit_test(test_partials),
        cmocka_unit_test(test_partials_within_partials),
        cmocka_unit_test(test_comments),
        cmocka_unit_test(test_strings_may_hold_anything),
        cmocka_unit_test(test_bounds_recursion),
        cmocka_unit_test(test_sixteen_partials_are_not_too_deep),
        cmocka_unit_test(test_bounds_the_output),
    };

    return cmocka_run_group_tests_name("render", tests, NULL, NULL);
}
