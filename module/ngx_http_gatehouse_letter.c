/*
 * Letters: address, headers and text of a mail.
 *
 * Nothing that comes from outside can add a header or an addressee: addresses are one plain
 * ASCII address each, other texts are clean or are refused.
 */

/* System. */
#include <stdlib.h>

/* lib. */
#include "base/buf.h"
#include "base/random.h"

/* Module. */
#include "ngx_http_gatehouse_letter.h"

/* Bytes of an address (RFC 5321, section 4.5.3.1.3, without the brackets). */
#define NGX_HTTP_GATEHOUSE_ADDRESS_MAX  254

/* Bytes of text in an encoded word, which is at most 75 long (RFC 2047, section 2). */
#define NGX_HTTP_GATEHOUSE_WORD_MAX     45

/* Bytes of a line (RFC 5322, section 2.1.1) and of text in a line of base64. */
#define NGX_HTTP_GATEHOUSE_LINE_MAX     998
#define NGX_HTTP_GATEHOUSE_BASE64_MAX   57

#define NGX_HTTP_GATEHOUSE_SUBJECT      "Subject: "
#define NGX_HTTP_GATEHOUSE_SUBJECT_MAX  512     /* bytes */


/* Addresses. */

/*
 * One address, without a name, brackets, quotes, routes or comments.  The directory's
 * `mail` is ASCII (RFC 4524, section 2.16).
 */
static ngx_uint_t
ngx_http_gatehouse_letter_is_address(gh_text_t address)
{
    size_t       i;
    const char  *at = memchr(address.data, '@', address.len);

    if (address.len > NGX_HTTP_GATEHOUSE_ADDRESS_MAX || at == NULL || at == address.data
        || at == address.data + address.len - 1 || address.data[0] == '-')
    {
        return 0;
    }

    for (i = 0; i < address.len; i++) {
        if (address.data[i] <= ' ' || address.data[i] > '~'
            || strchr("()<>[],;:\\\"", address.data[i]) != NULL
            || (address.data[i] == '@' && address.data + i != at))
        {
            return 0;
        }
    }

    return 1;
}


/* Headers. */

static ngx_uint_t
ngx_http_gatehouse_letter_is_plain(gh_text_t text)
{
    size_t  i;

    for (i = 0; i < text.len; i++) {
        if (text.data[i] < ' ' || text.data[i] > '~') {
            return 0;
        }

        /* What looks like an encoded word must not be taken for one. */
        if (text.data[i] == '=' && i + 1 < text.len && text.data[i + 1] == '?') {
            return 0;
        }
    }

    return 1;
}

/* The bytes of the next encoded word: no character is cut in two. */
static size_t
ngx_http_gatehouse_letter_word(gh_text_t rest)
{
    size_t  len = NGX_HTTP_GATEHOUSE_WORD_MAX;

    if (rest.len <= len) {
        return rest.len;
    }

    while ((rest.data[len] & 0xc0) == 0x80) {
        len--;
    }

    return len;
}

/* Clean text in encoded words (RFC 2047), each on a line of its own. */
static void
ngx_http_gatehouse_letter_encode(gh_buf_t *out, gh_text_t text)
{
    size_t      len;
    u_char      base64[ngx_base64_encoded_length(NGX_HTTP_GATEHOUSE_WORD_MAX)];
    ngx_str_t   from, to = { 0, base64 };

    while (text.len > 0) {
        len = ngx_http_gatehouse_letter_word(text);
        from.data = (u_char *) text.data;
        from.len = len;
        ngx_encode_base64(&to, &from);

        text.data += len;
        text.len -= len;
        gh_buf_add_format(out, "=?utf-8?B?%.*s?=%s", (int) to.len, to.data,
                          text.len > 0 ? "\r\n " : "");
    }
}

/* The city's name in front of an address: quoted, or in encoded words. */
static void
ngx_http_gatehouse_letter_phrase(gh_buf_t *out, gh_text_t name)
{
    size_t  i;

    if (!ngx_http_gatehouse_letter_is_plain(name)) {
        ngx_http_gatehouse_letter_encode(out, name);
        return;
    }

    gh_buf_add(out, "\"", 1);

    for (i = 0; i < name.len; i++) {
        if (name.data[i] == '"' || name.data[i] == '\\') {
            gh_buf_add(out, "\\", 1);
        }
        gh_buf_add(out, &name.data[i], 1);
    }

    gh_buf_add(out, "\"", 1);
}

static void
ngx_http_gatehouse_letter_add_subject(gh_buf_t *head, gh_text_t subject)
{
    gh_buf_add_string(head, NGX_HTTP_GATEHOUSE_SUBJECT);

    if (ngx_http_gatehouse_letter_is_plain(subject)) {
        gh_buf_add_text(head, subject);

    } else {
        ngx_http_gatehouse_letter_encode(head, subject);
    }

    gh_buf_add_string(head, "\r\n");
}

/* nginx's date says GMT, which mail took leave of (RFC 5322, section 4.3). */
static void
ngx_http_gatehouse_letter_add_date(gh_buf_t *head)
{
    ngx_str_t  now = ngx_cached_http_time;

    gh_buf_add_format(head, "Date: %.*s+0000\r\n", (int) (now.len - (sizeof("GMT") - 1)),
                      now.data);
}

/* One name for the letter however often it is sent, so that copies are known as such. */
static void
ngx_http_gatehouse_letter_add_id(gh_buf_t *head, const char *from)
{
    u_char  id[16], hex[2 * sizeof(id)];

    if (gh_random_fill(id, sizeof(id)) != 0) {
        head->failed = true;
        return;
    }

    (void) ngx_hex_dump(hex, id, sizeof(id));
    gh_buf_add_format(head, "Message-ID: <%.*s%s>\r\n", (int) sizeof(hex), hex,
                      strchr(from, '@'));
}

/* All headers and the empty line behind them.  The buffer knows whether it worked. */
static void
ngx_http_gatehouse_letter_head(gh_buf_t *head, const gh_config_t *config, const char *to,
    gh_text_t subject, const char *encoding)
{
    gh_buf_add_string(head, "From: ");
    ngx_http_gatehouse_letter_phrase(head, gh_text(config->portal.title));
    gh_buf_add_format(head, " <%s>\r\nTo: <%s>\r\n", config->mail.from, to);
    ngx_http_gatehouse_letter_add_subject(head, subject);
    ngx_http_gatehouse_letter_add_date(head);
    ngx_http_gatehouse_letter_add_id(head, config->mail.from);

    /* Nobody's holiday notice answers it (RFC 3834, section 5). */
    gh_buf_add_format(head,
                      "Auto-Submitted: auto-generated\r\n"
                      "MIME-Version: 1.0\r\n"
                      "Content-Type: text/plain; charset=utf-8\r\n"
                      "Content-Transfer-Encoding: %s\r\n"
                      "\r\n",
                      encoding);
}


/* Text. */

/* The template filled: subject line, empty line, text.  The caller wipes `out`. */
static ngx_int_t
ngx_http_gatehouse_letter_render(const ngx_http_gatehouse_main_conf_t *gmcf,
    const char *template_name, json_t *context, gh_buf_t *out)
{
    int                          rc;
    json_t                      *all;
    const gh_template_t         *tmpl = gh_templates_find(gmcf->templates, template_name);
    const gh_portal_settings_t  *portal = &gmcf->config->portal;

    all = json_pack("{s:s, s:s, s:s*}", "site_title", portal->title, "portal_url", portal->url,
                    "help_phone", portal->help_phone);

    if (tmpl == NULL || all == NULL
        || (context != NULL && json_object_update(all, context) != 0))
    {
        json_decref(all);
        return NGX_ERROR;
    }

    rc = gh_template_render(tmpl, all, out);
    json_decref(all);

    return rc == 0 ? NGX_OK : NGX_ERROR;
}

/*
 * Parts what the template gave.  NGX_ERROR: its first two lines are not as they have to
 * be.
 */
static ngx_int_t
ngx_http_gatehouse_letter_part(gh_text_t given, gh_text_t *subject, gh_text_t *text)
{
    const char    *end;
    const size_t   skip = sizeof(NGX_HTTP_GATEHOUSE_SUBJECT) - 1;

    end = strstr(given.data, "\n\n");

    if (end == NULL || ngx_strncmp(given.data, NGX_HTTP_GATEHOUSE_SUBJECT, skip) != 0) {
        return NGX_ERROR;
    }

    subject->data = given.data + skip;
    subject->len = end - subject->data;
    text->data = end + 2;
    text->len = given.len - (text->data - given.data);

    if (gh_text_is_empty(*subject) || subject->len > NGX_HTTP_GATEHOUSE_SUBJECT_MAX
        || !gh_text_is_clean(*subject))
    {
        return NGX_ERROR;
    }

    return NGX_OK;
}

/* Whether the text may go as it is: ASCII in lines that any server takes. */
static ngx_uint_t
ngx_http_gatehouse_letter_is_seven_bit(gh_text_t text)
{
    size_t  i, line = 0;

    for (i = 0; i < text.len; i++) {
        line = text.data[i] == '\n' ? 0 : line + 1;

        if (line > NGX_HTTP_GATEHOUSE_LINE_MAX
            || ((text.data[i] < ' ' || text.data[i] > '~') && text.data[i] != '\n'))
        {
            return 0;
        }
    }

    return 1;
}

/* Lines end in CRLF; one that begins with a dot gets another (RFC 5321, section 4.5.2). */
static u_char *
ngx_http_gatehouse_letter_put_plain(u_char *p, gh_text_t text)
{
    size_t  i;

    for (i = 0; i < text.len; i++) {
        if (text.data[i] == '.' && (i == 0 || text.data[i - 1] == '\n')) {
            *p++ = '.';
        }

        if (text.data[i] == '\n') {
            *p++ = CR;
        }

        *p++ = text.data[i];
    }

    return p;
}

static u_char *
ngx_http_gatehouse_letter_put_base64(u_char *p, gh_text_t text)
{
    ngx_str_t  from, to;

    while (text.len > 0) {
        from.data = (u_char *) text.data;
        from.len = ngx_min(text.len, NGX_HTTP_GATEHOUSE_BASE64_MAX);
        text.data += from.len;
        text.len -= from.len;

        to.data = p;
        ngx_encode_base64(&to, &from);
        p += to.len;
        *p++ = CR;
        *p++ = LF;
    }

    return p;
}

/* Head, text and the dot that ends them, in one piece. */
static ngx_int_t
ngx_http_gatehouse_letter_put(ngx_http_gatehouse_letter_t *letter, gh_text_t head,
    gh_text_t text, ngx_uint_t is_plain)
{
    u_char  *p;

    /* At most two bytes for each, and a few more for a last line. */
    letter->len = head.len + 2 * text.len + 64;
    letter->data = ngx_alloc(letter->len, ngx_cycle->log);

    if (letter->data == NULL) {
        return NGX_ERROR;
    }

    p = ngx_cpymem(letter->data, head.data, head.len);
    p = is_plain ? ngx_http_gatehouse_letter_put_plain(p, text)
                 : ngx_http_gatehouse_letter_put_base64(p, text);

    if (p[-1] != LF) {
        *p++ = CR;
        *p++ = LF;
    }

    p = ngx_cpymem(p, "." CRLF, sizeof("." CRLF) - 1);
    letter->len = p - letter->data;

    return NGX_OK;
}


/* Letters. */

static ngx_int_t
ngx_http_gatehouse_letter_write(ngx_http_gatehouse_letter_t *letter,
    const ngx_http_gatehouse_main_conf_t *gmcf, const char *to, gh_text_t given,
    const char **reason)
{
    gh_buf_t    head;
    gh_text_t   subject, text;
    ngx_int_t   rc = NGX_ERROR;
    ngx_uint_t  is_plain;

    if (ngx_http_gatehouse_letter_part(given, &subject, &text) != NGX_OK) {
        *reason = "the template does not begin with a subject and an empty line";
        return NGX_ERROR;
    }

    is_plain = ngx_http_gatehouse_letter_is_seven_bit(text);

    gh_buf_init(&head);
    ngx_http_gatehouse_letter_head(&head, gmcf->config, to, subject,
                                   is_plain ? "7bit" : "base64");
    letter->to = gh_text_dup(gh_text(to));

    if (letter->to != NULL && gh_buf_is_ok(&head)) {
        rc = ngx_http_gatehouse_letter_put(letter, gh_buf_text(&head), text, is_plain);
    }

    gh_buf_cleanup(&head);

    return rc;
}

ngx_http_gatehouse_letter_t *
ngx_http_gatehouse_letter_new(const ngx_http_gatehouse_main_conf_t *gmcf, const char *to,
    const char *template_name, json_t *context, const char **reason)
{
    gh_buf_t                      given;
    ngx_int_t                     rc = NGX_ERROR;
    ngx_http_gatehouse_letter_t  *letter;

    if (!ngx_http_gatehouse_letter_is_address(gh_text(to))
        || !ngx_http_gatehouse_letter_is_address(gh_text(gmcf->config->mail.from)))
    {
        *reason = "not an address that mail can be sent to";
        return NULL;
    }

    *reason = "out of memory";
    letter = ngx_calloc(sizeof(ngx_http_gatehouse_letter_t), ngx_cycle->log);

    if (letter == NULL) {
        return NULL;
    }

    gh_buf_init(&given);

    if (ngx_http_gatehouse_letter_render(gmcf, template_name, context, &given) == NGX_OK) {
        rc = ngx_http_gatehouse_letter_write(letter, gmcf, to, gh_buf_text(&given), reason);

    } else {
        *reason = "the template is missing or could not be filled";
    }

    if (given.data != NULL) {
        gh_secret_wipe(given.data, given.size);
    }
    gh_buf_cleanup(&given);

    if (rc != NGX_OK) {
        ngx_http_gatehouse_letter_free(letter);
        return NULL;
    }

    return letter;
}

void
ngx_http_gatehouse_letter_free(ngx_http_gatehouse_letter_t *letter)
{
    if (letter == NULL) {
        return;
    }

    if (letter->data != NULL) {
        gh_secret_wipe(letter->data, letter->len);
        ngx_free(letter->data);
    }

    free(letter->to);
    ngx_free(letter);
}
