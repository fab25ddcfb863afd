/*
 * Section mail: the server that takes mail, and how.
 */

/* System. */
#include <strings.h>

/* Config. */
#include "config/config_int.h"

_Static_assert(sizeof(gh_starttls_t) == sizeof(unsigned), "is filled as an unsigned");

static void *
gh_section_open_mail(gh_reader_t *reader, gh_config_t *config, const char *title)
{
    (void) reader;
    (void) title;
    return &config->mail;
}

static int
gh_section_finish_mail(gh_reader_t *reader, void *target)
{
    const gh_mail_settings_t *mail = target;
    bool has_tls = strncasecmp(mail->url, "smtps://", strlen("smtps://")) == 0;
    bool has_name = mail->username != NULL;

    if (has_tls && gh_reader_value(reader, "starttls") != NULL) {
        return gh_reader_refuse(reader, "mail", "starttls",
            "starttls: only with smtp://; smtps:// is encrypted from its first byte");
    }

    if (has_name != (mail->password_file != NULL)) {
        return gh_reader_refuse(reader, "mail", has_name ? "username" : "password_file",
            "username and password_file go together: give both or none");
    }

    /* Who stands in between could take STARTTLS out, and then hear the password. */
    if (has_name && !has_tls && mail->starttls != GH_STARTTLS_REQUIRED) {
        return gh_reader_refuse(
            reader, "mail", "starttls", "starttls: must be required where there is a password");
    }

    return 0;
}

static const gh_setting_choice_t gh_section_starttls[] = { { "required", GH_STARTTLS_REQUIRED },
    { "optional", GH_STARTTLS_OPTIONAL }, { "off", GH_STARTTLS_OFF }, { NULL, 0 } };

#define GH_MAIL_KEY(word, kind, member) GH_SETTING_KEY(word, kind, gh_mail_settings_t, member)

static const gh_setting_t gh_section_mail_keys[] = {
    { GH_MAIL_KEY("url", STRING, url), .is_required = true, .check = gh_value_mail_url },
    { GH_MAIL_KEY("from", STRING, from), .is_required = true, .check = gh_value_address },
    { GH_MAIL_KEY("starttls", CHOICE, starttls), .choices = gh_section_starttls },
    { GH_MAIL_KEY("tls_ca", FILE, tls_ca) }, { GH_MAIL_KEY("username", STRING, username) },
    { GH_MAIL_KEY("password_file", FILE, password_file) }, { .name = NULL }
};

const gh_reader_section_t gh_section_mail = { .name = "mail",
    .is_optional = true,
    .keys = gh_section_mail_keys,
    .open = gh_section_open_mail,
    .finish = gh_section_finish_mail };
