/*
 * Section portal, and in it link: what the pages say and where they lead.
 */

/* System. */
#include <stdlib.h>

/* Config. */
#include "config/config_int.h"

static void *
gh_section_open_portal(gh_reader_t *reader, gh_config_t *config, const char *title)
{
    (void) reader;
    (void) title;
    return &config->portal;
}

static void *
gh_section_open_link(gh_reader_t *reader, gh_config_t *config, const char *title)
{
    gh_portal_settings_t *portal = &config->portal;
    const char           *fault = gh_value_text(title);
    gh_portal_link_t     *links, *link;

    if (fault != NULL) {
        gh_reader_refuse(reader, "link", NULL, "its title %s", fault);
        return NULL;
    }

    links = realloc(portal->links, (portal->link_count + 1) * sizeof(gh_portal_link_t));
    if (links == NULL) {
        return NULL;
    }

    portal->links = links;
    link = &links[portal->link_count];
    *link = (gh_portal_link_t){ .title = strdup(title) };

    if (link->title == NULL) {
        return NULL;
    }

    portal->link_count++;
    return link;
}

/* Cuts the checked URL in two, where its path begins. */
static int
gh_section_finish_portal(gh_reader_t *reader, void *target)
{
    gh_portal_settings_t *portal = target;
    const char           *host = strstr(portal->url, "://") + strlen("://");
    size_t                len = (size_t) (host - portal->url) + strcspn(host, "/");

    portal->origin = gh_text_dup((gh_text_t){ portal->url, len });
    portal->prefix = gh_text_dup(gh_text(portal->url + len));

    if (portal->origin == NULL || portal->prefix == NULL) {
        return gh_reader_refuse(reader, "portal", NULL, "memory is out");
    }

    return 0;
}

void
gh_section_cleanup_portal(gh_portal_settings_t *portal)
{
    for (size_t i = 0; i < portal->link_count; i++) {
        gh_setting_cleanup(gh_section_link.keys, &portal->links[i]);
        free(portal->links[i].title);
    }

    gh_setting_cleanup(gh_section_portal.keys, portal);
    free(portal->links);
    free(portal->prefix);
    free(portal->origin);
    *portal = (gh_portal_settings_t){ 0 };
}

/* Things that stay as they are, and that no form or public record tells. */
static const char *const gh_section_questions[] = { "What was the name of your first teacher?",
    "What was the make and color of your first car?",
    "What did you want to become when you were ten?",
    "What was the first dish you learned to cook?",
    "Who was your best friend when you were ten?", NULL };

#define GH_PORTAL_KEY(word, kind, member) \
    GH_SETTING_KEY(word, kind, gh_portal_settings_t, member)

static const gh_setting_t gh_section_portal_keys[] = {
    { GH_PORTAL_KEY("url", STRING, url), .is_required = true, .check = gh_value_url },
    { GH_PORTAL_KEY("title", STRING, title), .is_required = true },
    { GH_PORTAL_KEY("pages", FILE, pages), .is_required = true },
    { GH_PORTAL_KEY("help_phone", STRING, help_phone) },
    { GH_PORTAL_KEY("city", STRING, city) },
    { GH_PORTAL_KEY("questions", LIST, questions), .list = gh_section_questions,
        .may_be_empty = true, .check = gh_value_question },
    { .name = NULL }
};

const gh_reader_section_t gh_section_portal = { .name = "portal",
    .keys = gh_section_portal_keys,
    .open = gh_section_open_portal,
    .finish = gh_section_finish_portal };

static const gh_setting_t gh_section_link_keys[] = {
    { GH_SETTING_KEY("url", STRING, gh_portal_link_t, url), .is_required = true,
        .check = gh_value_link },
    { .name = NULL }
};

const gh_reader_section_t gh_section_link = { .name = "link",
    .parent = &gh_section_portal,
    .is_titled = true,
    .keys = gh_section_link_keys,
    .open = gh_section_open_link };
