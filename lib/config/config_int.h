/*
 * Configuration, from the inside: the parts that gatehouse.conf goes through,
 * for lib/config/ and its tests alone.
 *
 *     source.c     the file, checked as a file, its comments blanked
 *     reader.c     libConfuse: sections and keys, each with its line
 *     setting.c    one key: its values checked, its member filled
 *     value.c      what a single value has to look like
 *     pattern.c    regular expressions, for user names and fields
 *     section_*.c  the keys of a section, and what they must be together
 *     config.c     the table of sections, and what those must be together
 */
#ifndef GH_CONFIG_CONFIG_INT_H
#define GH_CONFIG_CONFIG_INT_H

/* Base. */
#include "base/buf.h"
#include "base/error.h"

/* Config. */
#include "config/config.h"
#include "config/realm.h"

/* A larger file is not a configuration.  Bytes. */
#define GH_SOURCE_MAX (1024 * 1024)

/*
 * Puts the text of the file into `out`, an empty buffer, with blanks in place of
 * its comments, so that its lines keep their numbers.
 *
 * What it gives holds nothing that libConfuse would take from the environment,
 * and no string, comment or section without its end.  Returns 0, or an error
 * with `error` naming file and line.
 */
int gh_source_read(const char *path, gh_buf_t *out, gh_error_t *error);

/*
 * What is wrong with a value, as the end of a sentence: `must be an absolute
 * path`.  NULL: nothing.
 */
typedef const char *(*gh_value_check_t)(const char *value);

const char *gh_value_text(const char *value);
const char *gh_value_file(const char *value);
const char *gh_value_uri(const char *value);
const char *gh_value_attribute(const char *value);
const char *gh_value_domain(const char *value);
const char *gh_value_url(const char *value);
const char *gh_value_link(const char *value);
const char *gh_value_mail_url(const char *value);
const char *gh_value_address(const char *value);
const char *gh_value_network(const char *value);
const char *gh_value_class(const char *value);
const char *gh_value_question(const char *value);
const char *gh_value_token(const char *value);
const char *gh_value_realm_name(const char *value);
const char *gh_value_field_name(const char *value);
const char *gh_value_service_name(const char *value);
const char *gh_value_filter(const char *value);

/* Whether an attribute holds what a license board says. */
bool gh_value_is_official(const char *value);

/* Reads a decimal number; false when it is none or does not fit. */
bool gh_value_number(const char *value, long *out);

/* Reads yes, true, on, no, false or off; false when it is none of them. */
bool gh_value_switch(const char *value, bool *out);

/* The kinds of settings, with what each fills at its offset. */
typedef enum {
    GH_SETTING_STRING = 0, /* char * */
    GH_SETTING_FILE,       /* char *, an absolute path */
    GH_SETTING_LIST,       /* char **, NULL-ended */
    GH_SETTING_NUMBER,     /* long */
    GH_SETTING_SECONDS,    /* gh_time_t */
    GH_SETTING_SWITCH,     /* bool */
    GH_SETTING_CHOICE,     /* unsigned: one of the choices */
    GH_SETTING_CHOICES     /* unsigned: several of them, or-ed */
} gh_setting_type_t;

/* A word that stands for a value; the list ends with a NULL word. */
typedef struct {
    const char *word;
    unsigned    value;
} gh_setting_choice_t;

/* The offset of a setting that is checked but fills nothing. */
#define GH_SETTING_NOWHERE ((size_t) -1)

/* One key of a section; the list ends with a NULL name. */
typedef struct {
    const char                *name;
    gh_setting_type_t          type;
    size_t                     offset;
    bool                       is_required;
    long                       least, most;  /* of numbers and seconds */
    const char                *unit;         /* of numbers, in words */
    long                       number;       /* default; of switches, too */
    const char                *string;       /* default; NULL: none */
    const char *const         *list;         /* default of lists, NULL-ended; NULL: none */
    bool                       may_be_empty; /* `{ }` is a list, not its default */
    const gh_setting_choice_t *choices;
    gh_value_check_t           check; /* beyond the type's own; NULL: none */
} gh_setting_t;

/* Begins a row of a table: the key, its kind, and the member that it fills. */
#define GH_SETTING_KEY(word, kind, type_t, member) \
    .name = word, .type = GH_SETTING_##kind, .offset = offsetof(type_t, member)

/*
 * Checks one value.  Returns 0, or GH_ERR_INVALID with `fault` saying key, value
 * and what is wrong.
 */
int gh_setting_check(const gh_setting_t *setting, const char *value, gh_error_t *fault);

/*
 * Fills the setting's member of `target` from `count` checked values, or from
 * the default where there are none; `values` that are not NULL are an empty list
 * where the setting may be one.  Copies what it keeps.  Returns 0, or
 * GH_ERR_NOMEM with the member empty.
 */
int gh_setting_fill(
    const gh_setting_t *setting, const char *const *values, size_t count, void *target);

/* Frees what the settings of a table have filled, and empties those members. */
void gh_setting_cleanup(const gh_setting_t *settings, void *target);

/* A file being read; alive only inside gh_reader_run. */
typedef struct gh_reader_s gh_reader_t;

/* One kind of section. */
typedef struct gh_reader_section_s gh_reader_section_t;

struct gh_reader_section_s {
    const char                *name;
    const gh_reader_section_t *parent;    /* that it stands in; NULL: the file */
    bool                       is_titled; /* `realm NAME`: any number of them */

    /*
     * May be absent; one with a parent always may.  One without title and
     * required keys has the defaults of all its keys then.
     */
    bool                is_optional;
    const gh_setting_t *keys;

    /*
     * Gives the struct that the keys' offsets count from, when a section of this
     * kind begins.  NULL: refused, or memory is out.
     */
    void *(*open)(gh_reader_t *reader, gh_config_t *config, const char *title);

    /* Checks what the keys must be together.  NULL: nothing to check. */
    int (*finish)(gh_reader_t *reader, void *target);
};

/* The sections of gatehouse.conf. */
extern const gh_reader_section_t gh_section_directory, gh_section_realm, gh_section_field,
    gh_section_session, gh_section_portal, gh_section_link, gh_section_mail,
    gh_section_throttle, gh_section_audit, gh_section_pam, gh_section_service;

/*
 * Reads the file into `config` as `sections` say, a NULL-ended list with parents
 * in front of what stands in them.  Returns 0, or an error with
 * `error` naming file, line and key, and `config` partly filled.
 *
 * `finish` checks what the sections must be together.
 */
int gh_reader_run(const char *path, const gh_reader_section_t *const     *sections,
    int (*finish)(gh_reader_t *reader, gh_config_t *config), gh_config_t *config,
    gh_error_t *error);

/*
 * The first value that the section just read gave to `key`, as it was written;
 * NULL: the key is absent.  For a section's `finish`; lives as long as that.
 */
const char *gh_reader_value(const gh_reader_t *reader, const char *key);

/*
 * Refuses the file because of a key, at its line, or where it is absent at the
 * line that opens its section.  Returns GH_ERR_INVALID.
 */
int gh_reader_refuse(gh_reader_t *reader, const char *section, const char *key,
    const char *format, ...) __attribute__((format(printf, 4, 5)));

/*
 * Compiles a pattern that has to match a text from its first byte to its last.
 * Returns 0, or with `regex` unset an error with the reason in `error`.
 */
int gh_pattern_compile(const char *pattern, regex_t *regex, gh_error_t *error);

/*
 * Compiles the realm's pattern, which has to match a canonical form from its
 * first byte to its last.  Returns 0, or an error with the reason in `error`.
 */
int gh_realm_compile(gh_realm_t *realm, gh_error_t *error);

/* Releases what the portal's settings hold, its links among them. */
void gh_section_cleanup_portal(gh_portal_settings_t *portal);

/* Releases what PAM's settings hold, its services among them. */
void gh_section_cleanup_pam(gh_pam_settings_t *pam);

/* Releases what a field holds. */
void gh_field_cleanup(gh_field_t *field);

/* Releases what a realm holds. */
void gh_realm_cleanup(gh_realm_t *realm);

#endif
