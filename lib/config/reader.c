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

#define GH_READER_SECTIONS 12 /* kinds of sections, at most */
#define GH_READER_KEYS     24 /* keys and sections of one section, at most */

/* The last section of a kind: where it stands, and what it fills. */
typedef struct {
    cfg_t *cfg;
    void  *target;
    int    opened;                /* line of its brace */
    int    lines[GH_READER_KEYS]; /* line of each key; 0: absent */
} gh_reader_place_t;

struct gh_reader_s {
    void                             *self; /* see gh_reader_of */
    const char                       *path;
    gh_error_t                       *error;
    gh_config_t                      *config;
    const gh_reader_section_t *const *sections;
    cfg_t                            *root;
    cfg_t                            *open;       /* the section that is being finished */
    bool                              has_failed; /* the first error stands */
    gh_reader_place_t                 places[GH_READER_SECTIONS];
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
    size_t i = 0;

    while (reader->sections[i] != NULL && strcmp(reader->sections[i]->name, name) != 0) {
        i++;
    }

    return reader->sections[i];
}

static gh_reader_place_t *
gh_reader_place(gh_reader_t *reader, const gh_reader_section_t *section)
{
    size_t i = 0;

    while (reader->sections[i] != section) {
        i++;
    }

    return &reader->places[i];
}

/* What a section stands in: the file, or the last of its parents. */
static cfg_t *
gh_reader_parent(const gh_reader_t *reader, const gh_reader_section_t *section)
{
    const char *parent = section->parent != NULL ? section->parent->name : NULL;

    return parent != NULL
        ? cfg_getnsec(reader->root, parent, cfg_size(reader->root, parent) - 1)
        : reader->root;
}

/*
 * Begins a section, and before it the one that it stands in, at the first that is
 * known of it.  Returns 0, or GH_ERR_INVALID when it was refused.
 */
static int
gh_reader_begin(gh_reader_t *reader, cfg_t *cfg, const gh_reader_section_t *section)
{
    gh_reader_place_t *place = gh_reader_place(reader, section);
    cfg_t             *parent = gh_reader_parent(reader, section);

    if (place->cfg == cfg) {
        return place->target != NULL ? 0 : GH_ERR_INVALID;
    }

    if (section->parent != NULL && gh_reader_begin(reader, parent, section->parent) != 0) {
        return GH_ERR_INVALID;
    }

    /* The parent's own line stays at the brace while a section is read. */
    *place = (gh_reader_place_t){ .cfg = cfg, .opened = parent->line };
    place->target = section->open(reader, reader->config, cfg->title);

    return place->target != NULL
        ? 0
        : gh_reader_refuse(reader, section->name, NULL, "memory is out");
}

/* Which key of the section the option is; GH_READER_KEYS: none of its own. */
static size_t
gh_reader_key(const gh_reader_section_t *section, cfg_t *cfg, const cfg_opt_t *opt)
{
    for (size_t i = 0; section->keys[i].name != NULL; i++) {
        if (cfg_getopt(cfg, section->keys[i].name) == opt) {
            return i;
        }
    }

    return GH_READER_KEYS;
}

/* libConfuse has read one value of a key. */
static int
gh_reader_on_value(cfg_t *cfg, cfg_opt_t *opt, const char *value, void *result)
{
    gh_reader_t               *reader = gh_reader_of(cfg);
    const gh_reader_section_t *section = gh_reader_section(reader, cfg->name);
    size_t                     index;
    gh_error_t                 fault;
    int                       *line;

    /* `session|idle = 60` outside its section, and the option without a name. */
    index = section != NULL ? gh_reader_key(section, cfg, opt) : GH_READER_KEYS;
    if (index == GH_READER_KEYS) {
        cfg_error(cfg, "no such option '%s'", opt->name);
        return -1;
    }

    if (gh_reader_begin(reader, cfg, section) != 0) {
        return -1;
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
    const char **values;
    int          rc;

    if ((opt->flags & CFGF_MODIFIED) == 0) {
        return gh_setting_fill(key, NULL, 0, target);
    }

    values = calloc(count + 1, sizeof(char *));
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
gh_reader_on_section(cfg_t *parent, cfg_opt_t *opt)
{
    gh_reader_t               *reader = gh_reader_of(parent);
    const gh_reader_section_t *section = gh_reader_section(reader, opt->name);
    cfg_t                     *cfg = cfg_opt_getnsec(opt, cfg_opt_size(opt) - 1);
    void                      *target;

    /* `realm|field NAME { }` outside of every realm. */
    if (parent != gh_reader_parent(reader, section)) {
        cfg_error(parent, "no such option '%s'", opt->name);
        return -1;
    }

    if (gh_reader_begin(reader, cfg, section) != 0) {
        return -1;
    }

    reader->open = cfg;
    target = gh_reader_place(reader, section)->target;

    if (!section->is_titled && cfg_opt_size(opt) > 1) {
        return gh_reader_refuse(reader, section->name, NULL, "there is such a section already");
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

/* Writes the options of one kind of section; returns how many. */
static size_t
gh_reader_list_keys(cfg_opt_t *opts, gh_reader_t *reader, const gh_setting_t *key)
{
    size_t count = 0;

    gh_reader_carry(&opts[count++], reader);

    for (; key->name != NULL; key++) {
        bool is_list = key->type == GH_SETTING_LIST || key->type == GH_SETTING_CHOICES;

        opts[count++] = (cfg_opt_t){ .name = key->name,
            .type = CFGT_STR,
            .flags = CFGF_NODEFAULT | (is_list ? CFGF_LIST : CFGF_NONE),
            .parsecb = gh_reader_on_value };
    }

    return count;
}

/* Writes libConfuse's option for one kind of section. */
static void
gh_reader_carry_section(cfg_opt_t *opt, const gh_reader_section_t *section, cfg_opt_t *keys)
{
    /* MULTI, so that a section twice is seen as that and not merged. */
    *opt = (cfg_opt_t){ .name = section->name,
        .type = CFGT_SEC,
        .flags =
            CFGF_MULTI | (section->is_titled ? CFGF_TITLE | CFGF_NO_TITLE_DUPES : CFGF_NONE),
        .subopts = keys,
        .validcb = gh_reader_on_section };
}

/* libConfuse's tree for the file.  It copies the options, which end here. */
static cfg_t *
gh_reader_init(gh_reader_t *reader)
{
    const gh_reader_section_t *const *sections = reader->sections;

    cfg_opt_t keys[GH_READER_SECTIONS][GH_READER_KEYS + 2] = { 0 };
    cfg_opt_t root[GH_READER_SECTIONS + 2] = { 0 };
    size_t    counts[GH_READER_SECTIONS], root_count = 0;
    cfg_t    *cfg;

    gh_reader_carry(&root[root_count++], reader);

    for (size_t i = 0; sections[i] != NULL; i++) {
        size_t above = 0;

        counts[i] = gh_reader_list_keys(keys[i], reader, sections[i]->keys);

        if (sections[i]->parent == NULL) {
            gh_reader_carry_section(&root[root_count++], sections[i], keys[i]);
            continue;
        }

        while (sections[above] != sections[i]->parent) {
            above++;
        }

        gh_reader_carry_section(&keys[above][counts[above]++], sections[i], keys[i]);
    }

    cfg = cfg_init(root, CFGF_NONE);
    if (cfg != NULL) {
        cfg_set_error_function(cfg, gh_reader_complain);
    }

    return cfg;
}

/* Whether the section says something where it is absent. */
static bool
gh_reader_has_defaults(const gh_reader_section_t *section)
{
    for (const gh_setting_t *key = section->keys; key->name != NULL; key++) {
        if (key->is_required) {
            return false;
        }
    }

    return !section->is_titled;
}

/* A section that is absent has its defaults, or is a fault. */
static int
gh_reader_fill_absent(gh_reader_t *reader, const gh_reader_section_t *section)
{
    void *target;

    if (!section->is_optional) {
        return gh_error_set(reader->error, GH_ERR_INVALID, "%s: there is no section %s",
            reader->path, section->name);
    }

    if (!gh_reader_has_defaults(section)) {
        return 0;
    }

    target = section->open(reader, reader->config, NULL);

    for (const gh_setting_t *key = section->keys; key->name != NULL; key++) {
        if (target == NULL || gh_setting_fill(key, NULL, 0, target) != 0) {
            return gh_error_set(reader->error, GH_ERR_NOMEM, "%s: memory is out", reader->path);
        }
    }

    return 0;
}

static int
gh_reader_check_sections(gh_reader_t *reader)
{
    for (size_t i = 0; reader->sections[i] != NULL; i++) {
        const gh_reader_section_t *section = reader->sections[i];
        bool is_absent = section->parent == NULL && cfg_size(reader->root, section->name) == 0;
        int  rc = is_absent ? gh_reader_fill_absent(reader, section) : 0;

        if (rc != 0) {
            return rc;
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
gh_reader_run(const char *path, const gh_reader_section_t *const         *sections,
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
    const char                *title = place->cfg != NULL ? place->cfg->title : NULL;
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
