/*
 * Folding: Unicode's tables, from libunistring, and what they leave out.
 */

/* System. */
#include <stdlib.h>

/* libunistring. */
#include <unicase.h>
#include <unictype.h>
#include <uninorm.h>
#include <unistr.h>

/* Base. */
#include "base/fold.h"

/* Bytes that 1 KiB can become: no code point grows more than elevenfold in NFKD. */
#define GH_FOLD_ROOM (16 * 1024)

_Static_assert(GH_FOLD_NAME_MAX * 11 <= GH_FOLD_ROOM, "names fit");
_Static_assert(GH_SECRET_MAX * 11 <= GH_FOLD_ROOM, "answers fit");

/* What becomes of a code point that was folded. */
typedef enum { GH_FOLD_DROP = 0, GH_FOLD_BLANK, GH_FOLD_KEEP } gh_fold_kind_t;

typedef gh_fold_kind_t (*gh_fold_sorter_t)(ucs4_t point);

/* Text on its way; both hold an answer, so both are wiped. */
typedef struct {
    uint8_t first[GH_FOLD_ROOM];
    uint8_t second[GH_FOLD_ROOM];
} gh_fold_work_t;

static bool
gh_fold_is_category(ucs4_t point, uint32_t categories)
{
    return uc_is_general_category_withtable(point, categories);
}

/* Accents, and what can't be seen. */
static gh_fold_kind_t
gh_fold_sort_mark(ucs4_t point)
{
    bool is_dropped = gh_fold_is_category(point, UC_CATEGORY_MASK_Mn | UC_CATEGORY_MASK_Me)
        || uc_is_property_default_ignorable_code_point(point);

    return is_dropped ? GH_FOLD_DROP : GH_FOLD_KEEP;
}

static gh_fold_kind_t
gh_fold_sort_answer(ucs4_t point)
{
    return uc_is_property_white_space(point) ? GH_FOLD_BLANK : GH_FOLD_KEEP;
}

/* `O'BRIEN` and `J.R.` are one word, `SMITH/JONES` is two. */
static gh_fold_kind_t
gh_fold_sort_name(ucs4_t point)
{
    if (point == '\'' || point == '.' || point == 0x2018 || point == 0x2019 || point == 0x2bc) {
        return GH_FOLD_DROP;
    }

    return gh_fold_is_category(
               point, UC_CATEGORY_MASK_L | UC_CATEGORY_MASK_M | UC_CATEGORY_MASK_N)
        ? GH_FOLD_KEEP
        : GH_FOLD_BLANK;
}

/*
 * Drops and blanks in place as `sort` says; a run of blanks becomes one space, and
 * none stays at the ends.  Returns the new length.
 */
static size_t
gh_fold_sift(uint8_t *data, size_t len, gh_fold_sorter_t sort)
{
    size_t to = 0;
    bool   is_due = false; /* a space, once something follows */

    for (size_t from = 0; from < len;) {
        ucs4_t         point;
        size_t         size = (size_t) u8_mbtouc(&point, data + from, len - from);
        gh_fold_kind_t kind = sort(point);

        if (kind == GH_FOLD_BLANK) {
            is_due = to > 0;

        } else if (kind == GH_FOLD_KEEP) {
            /* In place: a blank that was read is no shorter than this space. */
            if (is_due) {
                data[to++] = ' ';
                is_due = false;
            }

            memmove(data + to, data + from, size);
            to += size;
        }

        from += size;
    }

    return to;
}

/*
 * Looks at what libunistring made: in `room`, as it should be, or in memory of
 * its own.  Returns 0, GH_ERR_NOMEM or GH_ERR_LIMIT.
 */
static int
gh_fold_check(uint8_t *made, const uint8_t *room, size_t len)
{
    if (made == NULL) {
        return GH_ERR_NOMEM;
    }

    if (made != room) {
        gh_secret_wipe(made, len);
        free(made);
        return GH_ERR_LIMIT;
    }

    return 0;
}

/* Folds checked text; what comes out lies in `work`. */
static int
gh_fold_run(gh_text_t text, gh_fold_sorter_t sort, gh_fold_work_t *work, gh_text_t *out)
{
    size_t   len = sizeof(work->first);
    uint8_t *made;
    int      rc;

    made = u8_normalize(UNINORM_NFKD, (const uint8_t *) text.data, text.len, work->first, &len);
    rc = gh_fold_check(made, work->first, len);
    if (rc != 0) {
        return rc;
    }

    /* Before the case: what it gives has no accents of its own then. */
    text.len = gh_fold_sift(work->first, len, gh_fold_sort_mark);

    len = sizeof(work->second);
    made = u8_casefold(work->first, text.len, NULL, NULL, work->second, &len);
    rc = gh_fold_check(made, work->second, len);
    if (rc != 0) {
        return rc;
    }

    *out = (gh_text_t){ (const char *) work->second, gh_fold_sift(work->second, len, sort) };
    return 0;
}

static gh_fold_work_t *
gh_fold_work_new(void)
{
    return malloc(sizeof(gh_fold_work_t));
}

static void
gh_fold_work_free(gh_fold_work_t *work)
{
    if (work != NULL) {
        gh_secret_wipe(work, sizeof(*work));
        free(work);
    }
}

int
gh_fold_answer(gh_text_t answer, gh_secret_t *out)
{
    gh_fold_work_t *work;
    gh_text_t       folded = GH_TEXT("");
    int             rc;

    gh_secret_reset(out);

    if (answer.len > GH_SECRET_MAX) {
        return GH_ERR_LIMIT;
    }

    if (!gh_text_is_clean(answer)) {
        return GH_ERR_INVALID;
    }

    work = gh_fold_work_new();
    if (work == NULL) {
        return GH_ERR_NOMEM;
    }

    rc = gh_fold_run(answer, gh_fold_sort_answer, work, &folded);
    if (rc == 0) {
        rc = folded.len == 0 ? GH_ERR_INVALID : gh_secret_set(out, folded);
    }

    gh_fold_work_free(work);
    return rc;
}

/* Cuts to GH_FOLD_VALUE_MAX bytes, at a character and not behind a blank. */
static gh_text_t
gh_fold_cut(gh_text_t text)
{
    if (text.len <= GH_FOLD_VALUE_MAX) {
        return text;
    }

    text.len = GH_FOLD_VALUE_MAX;

    /* The first byte that goes must not be inside a character. */
    while (text.len > 0 && ((unsigned char) text.data[text.len] & 0xc0) == 0x80) {
        text.len--;
    }

    return gh_text_trim(text);
}

/* Adds a value unless it is there: cut ones may be the same. */
static void
gh_fold_add_value(gh_fold_words_t *words, gh_text_t value)
{
    for (size_t i = 0; i < words->count; i++) {
        if (gh_text_equal(gh_text(words->values[i]), value)) {
            return;
        }
    }

    memcpy(words->values[words->count], value.data, value.len);
    words->values[words->count][value.len] = '\0';
    words->count++;
}

static void
gh_fold_split(gh_text_t name, gh_fold_words_t *out)
{
    for (size_t i = 0; i < GH_FOLD_VALUES && name.len > 0; i++) {
        const char *blank;
        size_t      step;

        gh_fold_add_value(out, gh_fold_cut(name));

        blank = memchr(name.data, ' ', name.len);
        step = blank != NULL ? (size_t) (blank - name.data) + 1 : name.len;
        name.data += step;
        name.len -= step;
    }
}

/* Checks and folds a name or what is looked for. */
static int
gh_fold_name(gh_text_t name, gh_fold_work_t *work, gh_text_t *out)
{
    if (work == NULL) {
        return GH_ERR_NOMEM;
    }

    if (name.len > GH_FOLD_NAME_MAX) {
        return GH_ERR_LIMIT;
    }

    return gh_text_is_clean(name) ? gh_fold_run(name, gh_fold_sort_name, work, out)
                                  : GH_ERR_INVALID;
}

int
gh_fold_words(gh_text_t name, gh_fold_words_t *out)
{
    gh_fold_work_t *work = gh_fold_work_new();
    gh_text_t       folded = GH_TEXT("");
    int             rc = gh_fold_name(name, work, &folded);

    *out = (gh_fold_words_t){ 0 };

    if (rc == 0) {
        gh_fold_split(folded, out);
    }

    gh_fold_work_free(work);
    return rc;
}

/* Whether the folded text has enough letters and digits, blanks aside. */
static bool
gh_fold_is_enough(gh_text_t folded)
{
    size_t count = 0;

    for (size_t i = 0; i < folded.len; i++) {
        count += folded.data[i] != ' ' && ((unsigned char) folded.data[i] & 0xc0) != 0x80;
    }

    return count >= GH_FOLD_QUERY_MIN;
}

int
gh_fold_query(gh_text_t typed, gh_buf_t *out)
{
    gh_fold_work_t *work = gh_fold_work_new();
    gh_text_t       folded = GH_TEXT("");
    int             rc = gh_fold_name(typed, work, &folded);

    if (rc == 0) {
        folded = gh_fold_cut(folded);
        rc = gh_fold_is_enough(folded) ? gh_buf_add_text(out, folded) : GH_ERR_INVALID;
    }

    gh_fold_work_free(work);
    return rc;
}
