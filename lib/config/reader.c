/*
 * Reader: gatehouse.conf through libConfuse, as tables of keys say.
 *
 * libConfuse reads every value as a string.  Its callbacks check each value on
 * its line, and at the end of each section fill that section's struct, so that
 * the first fault ends the reading with the line it stands on.
 */

/* System. */
#include <pthread.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

/* libConfuse. */
#include <confuse.h>

/* Config. */
#include "config/config_int.h"

#define GH_READER_SECTIONS 8  /* kinds of sections, at most */
#define GH_READER_KEYS     24 /* keys of one section, at most */

/* Where the last section of a kind stands. */
typedef struct {
    int opened;                /* line of its brace */
    int lines[GH_READER_KEYS]; /* line of each key; 0: absent */
} gh_reader_place_t;

struct gh_reader_s {
    void                      *self; /* see gh_reader_of */
    const char                *path;
    gh_error_t                *error;
    gh_config_t               *config;
    const gh_reader_section_t *sections;
    cfg_t                     *root;
    cfg_t                     *open;       /* the section being read, or read last */
    bool                       has_failed; /* the first error stands */
    gh_reader_place_t          places[GH_READER_SECTIONS];
};

/*
 * The lexer of libConfuse is one for the whole process: two threads in it at
 * once would read each other's files, and a fork in the midst would leave the
 * child with half a file read.  The lock is held for both.
 */
static pthread_mutex_t gh_reader_lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_once_t  gh_reader_once = PTHREAD_ONCE_INIT;

static void
gh_reader_acquire(void)
{
    pthread_mutex_lock(&gh_reader_lock);
}

static void
gh_reader_release(void)
{
    pthread_mutex_unlock(&gh_reader_lock);
}

static void
gh_reader_watch_forks(void)
{
    pthread_atfork(gh_reader_acquire, gh_reader_release, gh_reader_release);
}

/*
 * libConfuse hands its callbacks no pointer of ours.  So the first option of
 * every section is not a key but carries the address of `self`.
 */
static gh_reader_t *
gh_reader_of(const cfg_t *cfg)
{
    return *cfg->opts[0].simple_value.ptr;
}

/* Writes the first fault; later ones only follow from it. */
static void
gh_reader_report(gh_reader_t *reader, int line, const char *name, const char *title,
    const char *format, va_list args)
{
    char text[sizeof(reader->error->text)];

    if (reader->has_failed) {
        return;
    }

    vsnprintf(text, sizeof(text), format, args);

    /* An escape in a string can hold any byte, and the error ends in a log. */
    for (char *at = text; *at != '\0'; at++) {
        if ((unsigned char) *at < ' ' || *at == 0x7f) {
            *at = '?';
        }
    }

    reader->has_failed = true;
    gh_error_set(reader->error, GH_ERR_INVALID, "%s:%d: %s%s%s%s%s", reader->path, line, name,
        title != NULL ? " " : "", title != NULL ? title : "", *name != '\0' ? ": " : "", text);
}

/* libConfuse's own complaints, and ours about a value. */
static void
gh_reader_complain(cfg_t *cfg, const char *format, va_list args)
{
    gh_reader_t *reader = gh_reader_of(cfg);
    const char  *name = cfg == reader->root ? "" : cfg->name;

    gh_reader_report(reader, cfg->line, name, cfg->title, format, args);
}

/* The kind of section of that name; NULL: the file itself. */
static const gh_reader_section_t *
gh_reader_section(const gh_reader_t *reader, const char *name)
{
    const gh_reader_section_t *section = reader->sections;

    while (section->name != NULL && strcmp(section->name, name) != 0) {
        section++;
    }

    return section->name != NULL ? section : NULL;
}

static gh_reader_place_t *
gh_reader_place(gh_reader_t *reader, const gh_reader_section_t *section)
{
    return &reader->places[section - reader->sections];
}

/* Begins a section at the first that is known of it. */
static void
gh_reader_begin(gh_reader_t *reader, cfg_t *cfg, const gh_reader_section_t *section)
{
    gh_reader_place_t *place = gh_reader_place(reader, section);

    if (reader->open != cfg) {
        reader->open = cfg;

        /* The file's own line stays at the brace while a section is read. */
        *place = (gh_reader_place_t){ .opened = reader->root->line };
    }
}

/* libConfuse has read one value of a key. */
static int
gh_reader_on_value(cfg_t *cfg, cfg_opt_t *opt, const char *value, void *result)
{
    gh_reader_t               *reader = gh_reader_of(cfg);
    const gh_reader_section_t *section = gh_reader_section(reader, cfg->name);
    size_t                     index = 0;
    gh_error_t                 fault;
    int                       *line;

    /* `session|idle = 60` outside its section, and the option without a name. */
    if (section == NULL || *opt->name == '\0') {
        cfg_error(cfg, "no such option '%s'", opt->name);
        return -1;
    }

    gh_reader_begin(reader, cfg, section);

    while (strcmp(section->keys[index].name, opt->name) != 0) {
        index++;
    }

    /* An assignment drops earlier values: its first is the only one here. */
    line = &gh_reader_place(reader, section)->lines[index];
    if (*line != 0 && opt->nvalues == 1) {
        cfg_error(cfg, "%s: is on line %d already", opt->name, *line);
        return -1;
    }

    *line = *line != 0 ? *line : cfg->line;
    *(const char **) result = value;

    if (gh_setting_check(&section->keys[index], value, &fault) != 0) {
        cfg_error(cfg, "%s", fault.text);
        return -1;
    }

    return 0;
}

/* Fills one member from values that gh_reader_on_value has checked. */
static int
gh_reader_fill_key(cfg_opt_t *opt, const gh_setting_t *key, void *target)
{
    unsigned     count = cfg_opt_size(opt);
    const char **values = calloc(count + 1, sizeof(char *));
    int          rc;

    if (values == NULL) {
        return GH_ERR_NOMEM;
    }

    for (unsigned i = 0; i < count; i++) {
        values[i] = cfg_opt_getnstr(opt, i);
    }

    rc = gh_setting_fill(key, values, count, target);
    free(values);
    return rc;
}

static int
gh_reader_fill(
    gh_reader_t *reader, cfg_t *cfg, const gh_reader_section_t *section, void *target)
{
    for (const gh_setting_t *key = section->keys; key->name != NULL; key++) {
        cfg_opt_t *opt = cfg_getopt(cfg, key->name);

        if (key->is_required && cfg_opt_size(opt) == 0) {
            return gh_reader_refuse(reader, section->name, NULL, "%s is missing", key->name);
        }

        if (gh_reader_fill_key(opt, key, target) != 0) {
            return gh_reader_refuse(reader, section->name, NULL, "memory is out");
        }
    }

    return 0;
}

/* libConfuse has read a section to its end. */
static int
gh_reader_on_section(cfg_t *root, cfg_opt_t *opt)
{
    gh_reader_t               *reader = gh_reader_of(root);
    const gh_reader_section_t *section = gh_reader_section(reader, opt->name);
    cfg_t                     *cfg = cfg_opt_getnsec(opt, cfg_opt_size(opt) - 1);
    void                      *target;

    gh_reader_begin(reader, cfg, section);

    if (!section->is_titled && cfg_opt_size(opt) > 1) {
        return gh_reader_refuse(reader, section->name, NULL, "there is such a section already");
    }

    target = section->open(reader, reader->config, cfg->title);
    if (target == NULL) {
        return gh_reader_refuse(reader, section->name, NULL, "memory is out");
    }

    if (gh_reader_fill(reader, cfg, section, target) != 0) {
        return -1;
    }

    return section->finish != NULL ? section->finish(reader, target) : 0;
}

/* Writes libConfuse's option for our own pointer, the first of each list. */
static void
gh_reader_carry(cfg_opt_t *opt, gh_reader_t *reader)
{
    *opt = (cfg_opt_t){ .name = "",
        .type = CFGT_PTR,
        .flags = CFGF_NODEFAULT,
        .simple_value.ptr = &reader->self,
        .parsecb = gh_reader_on_value };
}

/* Writes the options of one kind of section. */
static void
gh_reader_list_keys(cfg_opt_t *opts, gh_reader_t *reader, const gh_setting_t *key)
{
    gh_reader_carry(opts++, reader);

    for (; key->name != NULL; key++) {
        bool is_list = key->type == GH_SETTING_LIST || key->type == GH_SETTING_CHOICES;

        *opts++ = (cfg_opt_t){ .name = key->name,
            .type = CFGT_STR,
            .flags = CFGF_NODEFAULT | (is_list ? CFGF_LIST : CFGF_NONE),
            .parsecb = gh_reader_on_value };
    }
}

/* libConfuse's tree for the file.  It copies the options, which end here. */
static cfg_t *
gh_reader_init(gh_reader_t *reader)
{
    cfg_opt_t keys[GH_READER_SECTIONS][GH_READER_KEYS + 2] = { 0 };
    cfg_opt_t root[GH_READER_SECTIONS + 2] = { 0 };
    cfg_t    *cfg;

    gh_reader_carry(&root[0], reader);

    for (size_t i = 0; reader->sections[i].name != NULL; i++) {
        const gh_reader_section_t *section = &reader->sections[i];

        gh_reader_list_keys(keys[i], reader, section->keys);

        /* MULTI, so that a section twice is seen as that and not merged. */
        root[i + 1] = (cfg_opt_t){ .name = section->name,
            .type = CFGT_SEC,
            .flags = CFGF_MULTI
                | (section->is_titled ? CFGF_TITLE | CFGF_NO_TITLE_DUPES : CFGF_NONE),
            .subopts = keys[i],
            .validcb = gh_reader_on_section };
    }

    cfg = cfg_init(root, CFGF_NONE);
    if (cfg != NULL) {
        cfg_set_error_function(cfg, gh_reader_complain);
    }

    return cfg;
}

static int
gh_reader_check_sections(gh_reader_t *reader)
{
    const gh_reader_section_t *section = reader->sections;

    for (; section->name != NULL; section++) {
        if (!section->is_optional && cfg_size(reader->root, section->name) == 0) {
            return gh_error_set(reader->error, GH_ERR_INVALID, "%s: there is no section %s",
                reader->path, section->name);
        }
    }

    return 0;
}

/* Reads the text.  The caller holds the lock. */
static int
gh_reader_parse(gh_reader_t *reader, gh_buf_t *text)
{
    FILE *file;
    int   rc;

    file = fmemopen(text->data, text->len, "r");
    reader->root = gh_reader_init(reader);

    if (file == NULL || reader->root == NULL) {
        rc = gh_error_set(reader->error, GH_ERR_NOMEM, "%s: memory is out", reader->path);

    } else if (cfg_parse_fp(reader->root, file) != CFG_SUCCESS) {
        rc = GH_ERR_INVALID;

        if (!reader->has_failed) {
            gh_error_set(reader->error, rc, "%s:%d: can't be understood", reader->path,
                reader->root->line);
        }

    } else {
        rc = gh_reader_check_sections(reader);
    }

    if (file != NULL) {
        fclose(file);
    }

    return rc;
}

int
gh_reader_run(const char *path, const gh_reader_section_t                *sections,
    int (*finish)(gh_reader_t *reader, gh_config_t *config), gh_config_t *config,
    gh_error_t *error)
{
    gh_reader_t reader = {
        .self = &reader, .path = path, .error = error, .config = config, .sections = sections
    };
    gh_buf_t text;
    int      rc;

    gh_buf_init(&text);

    /* A blank line at the end gives even an empty file something to read. */
    rc = gh_source_read(path, &text, error);
    if (rc == 0 && gh_buf_add_string(&text, "\n") != 0) {
        rc = gh_error_set(error, GH_ERR_NOMEM, "%s: memory is out", path);
    }

    if (rc != 0) {
        goto out;
    }

    pthread_once(&gh_reader_once, gh_reader_watch_forks);
    gh_reader_acquire();

    rc = gh_reader_parse(&reader, &text);
    if (rc == 0) {
        rc = finish(&reader, config);
    }

    /* Also puts the lexer back to its beginning. */
    cfg_free(reader.root);
    gh_reader_release();

out:

    gh_buf_cleanup(&text);
    return rc;
}

const char *
gh_reader_value(const gh_reader_t *reader, const char *key)
{
    cfg_opt_t *opt = cfg_getopt(reader->open, key);

    return cfg_opt_size(opt) > 0 ? cfg_opt_getnstr(opt, 0) : NULL;
}

int
gh_reader_refuse(
    gh_reader_t *reader, const char *section, const char *key, const char *format, ...)
{
    const gh_reader_section_t *kind = gh_reader_section(reader, section);
    const gh_reader_place_t   *place = gh_reader_place(reader, kind);
    const char                *title = kind->is_titled ? reader->open->title : NULL;
    int                        line = place->opened;
    va_list                    args;

    for (size_t i = 0; key != NULL && kind->keys[i].name != NULL; i++) {
        if (strcmp(kind->keys[i].name, key) == 0 && place->lines[i] != 0) {
            line = place->lines[i];
        }
    }

    va_start(args, format);
    gh_reader_report(reader, line, section, title, format, args);
    va_end(args);

    return GH_ERR_INVALID;
}
