/*
 * Servers: who is asked first and who next, which link a request gets, and when a link
 * goes.
 */

/* cmocka, in the order it asks for. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

/* Directory. */
#include "directory/servers.h"

/* Tests. */
#include "false_directory.h"
#include "scratch.h"

#define IN_SCRATCH(test) cmocka_unit_test_setup_teardown(test, scratch_setup, scratch_teardown)

#define SERVICE_BIND "bind cn=gatehouse: open sesame\n"

static const gh_identity_t gateway = { .bind_dn = (char *) "cn=gatehouse" };

/* Two servers, and what a client makes of them. */
typedef struct {
    false_directory_t      *first, *second;
    char                   *uris[3];
    gh_directory_settings_t settings;
    gh_servers_t            servers;
} two_t;

static gh_secret_t *
secret_new(const char *text)
{
    gh_secret_t *secret = gh_secret_new();

    assert_non_null(secret);
    assert_int_equal(gh_secret_set(secret, gh_text(text)), 0);

    return secret;
}

static int
setup(void **state)
{
    two_t       *two = calloc(1, sizeof(*two));
    gh_secret_t *password = secret_new("open sesame");

    assert_non_null(two);
    *state = two;
    two->first = false_directory_start(false_well, NULL, false);
    two->second = false_directory_start(false_well, NULL, false);
    two->uris[0] = false_directory_uri(two->first);
    two->uris[1] = false_directory_uri(two->second);
    two->settings.uris = two->uris;
    two->settings.connect_timeout = FALSE_PATIENCE;
    assert_int_equal(
        gh_servers_init(&two->servers, &two->settings, &gateway, password, NULL), 0);
    gh_secret_free(password);

    return 0;
}

static int
teardown(void **state)
{
    two_t *two = *state;

    gh_servers_cleanup(&two->servers);
    false_directory_stop(two->first);
    false_directory_stop(two->second);
    free(two);

    return 0;
}

/* A link that has to be there, of that server. */
static gh_link_t *
link_to(two_t *two, gh_lane_t lane, size_t server)
{
    gh_link_t *link = gh_servers_link(&two->servers, lane, false_soon());

    assert_string_equal(two->servers.trouble.text, "");
    assert_non_null(link);
    assert_int_equal(link->lane, lane);
    assert_int_equal(link->server, server);

    return link;
}

/* ---- The password ---- */

static void
test_password(void **state)
{
    static const struct {
        const char *name;
        const char *dn;
        const char *given; /* NULL: none */
        const char *file;  /* its content; NULL: no file is named */
        int         rc;
        const char *want;
    } cases[] = {
        { "EXTERNAL needs none", NULL, NULL, NULL, 0, "" },
        { "given", "cn=gatehouse", "open sesame", NULL, 0, "open sesame" },
        { "from the file", "cn=gatehouse", NULL, "from a file\n", 0, "from a file" },
        { "given goes before the file", "cn=gatehouse", "open sesame", "from a file\n", 0,
            "open sesame" },
        { "neither", "cn=gatehouse", NULL, NULL, GH_ERR_INVALID,
            "no password for cn=gatehouse" },
        { "empty", "cn=gatehouse", "", NULL, GH_ERR_INVALID, "no password for cn=gatehouse" },
    };
    static char *const            uris[] = { (char *) FALSE_NOWHERE, NULL };
    const gh_directory_settings_t settings = { .uris = (char **) uris };
    const scratch_t              *scratch = *state;

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        gh_identity_t identity = { .bind_dn = (char *) cases[i].dn };
        gh_secret_t  *given = cases[i].given != NULL ? secret_new(cases[i].given) : NULL;
        gh_servers_t  servers;
        gh_error_t    error = { "" };

        if (cases[i].file != NULL) {
            scratch_write(scratch, cases[i].file, strlen(cases[i].file), 0600);
            identity.bind_password_file = (char *) scratch->path;
        }

        if (gh_servers_init(&servers, &settings, &identity, given, &error) != cases[i].rc) {
            fail_msg("%s: %s", cases[i].name, error.text);
        }

        assert_string_equal(error.text, cases[i].rc != 0 ? cases[i].want : "");
        assert_string_equal(servers.password->data, cases[i].rc == 0 ? cases[i].want : "");

        gh_servers_cleanup(&servers);
        assert_null(servers.password);
        gh_secret_free(given);
    }
}

static void
test_password_file_that_can_not_be_used(void **state)
{
    static const struct {
        const char *name;
        mode_t      mode; /* 0: there is no file */
        const char *want; /* behind its path */
    } cases[] = {
        { "not there", 0, ": can't be opened: No such file or directory" },
        { "others read it", 0644,
            ": has mode 0644, which lets others use it; chmod it to 0600 or 0640" },
    };
    static char *const            uris[] = { (char *) FALSE_NOWHERE, NULL };
    const gh_directory_settings_t settings = { .uris = (char **) uris };
    const scratch_t              *scratch = *state;
    const gh_identity_t           identity = { .bind_dn = (char *) "cn=gatehouse",
                  .bind_password_file = (char *) scratch->path };

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        gh_servers_t servers;
        gh_error_t   error = { "" };
        char         want[256];

        if (cases[i].mode != 0) {
            scratch_write(scratch, "open sesame", 11, cases[i].mode);
        }

        snprintf(want, sizeof(want), "%s%s", scratch->path, cases[i].want);

        assert_true(gh_servers_init(&servers, &settings, &identity, NULL, &error) < 0);
        assert_string_equal(error.text, want);
        gh_servers_cleanup(&servers);
    }
}

/* ---- Which server ---- */

static void
test_service_link_is_first(void **state)
{
    two_t *two = *state;

    /* Who asks for a bind link gets the service link's server, bound or not. */
    link_to(two, GH_LANE_BIND, 0);
    assert_int_equal(two->servers.link_count, 2);
    assert_int_equal(two->servers.links[0]->lane, GH_LANE_SERVICE);
    assert_heard(two->first, "1 " SERVICE_BIND);
    assert_heard(two->second, "");
}

static void
test_service_link_chooses_the_server(void **state)
{
    two_t *two = *state;

    /* The first would take connections, and does not take the gateway. */
    false_directory_behave(two->first, false_refusal);

    link_to(two, GH_LANE_BIND, 1);
    link_to(two, GH_LANE_SERVICE, 1);
    assert_heard(two->first, "1 " SERVICE_BIND "1 unbind\n");
    assert_heard(two->second, "1 " SERVICE_BIND);
}

static void
test_list_order(void **state)
{
    two_t *two = *state;

    two->uris[0] = (char *) FALSE_NOWHERE;

    link_to(two, GH_LANE_SERVICE, 1);
    assert_heard(two->second, "1 " SERVICE_BIND);

    /* And stays there, even when the first would answer again. */
    two->uris[0] = false_directory_uri(two->first);
    link_to(two, GH_LANE_SERVICE, 1);
    assert_heard(two->first, "");
}

static void
test_nobody_is_there(void **state)
{
    two_t *two = *state;
    char   want[256];

    two->uris[0] = (char *) FALSE_NOWHERE;
    false_directory_behave(two->second, false_refusal);
    snprintf(want, sizeof(want),
        "%s: the bind as cn=gatehouse is refused: Server is unwilling to perform (53)",
        two->uris[1]);

    assert_null(gh_servers_link(&two->servers, GH_LANE_SERVICE, false_soon()));
    assert_string_equal(two->servers.trouble.text, want);
    assert_int_equal(two->servers.link_count, 0);

    /* Each is asked once, and the next request begins with the first again. */
    assert_heard(two->second, "1 " SERVICE_BIND "1 unbind\n");
    assert_int_equal(two->servers.current, 0);
}

static void
test_trouble_is_forgotten(void **state)
{
    two_t *two = *state;

    two->uris[0] = two->uris[1] = (char *) FALSE_NOWHERE;
    assert_null(gh_servers_link(&two->servers, GH_LANE_SERVICE, false_soon()));
    assert_string_equal(
        two->servers.trouble.text, FALSE_NOWHERE ": can't connect: No such file or directory");

    two->uris[0] = false_directory_uri(two->first);
    link_to(two, GH_LANE_SERVICE, 0);
}

static void
test_external(void **state)
{
    static const gh_identity_t external = { NULL, NULL };
    two_t                     *two = *state;

    two->servers.identity = &external;

    link_to(two, GH_LANE_SERVICE, 0);
    assert_heard(two->first, "1 bind EXTERNAL\n");
}

/* ---- Which link ---- */

static void
test_service_link_is_shared(void **state)
{
    two_t     *two = *state;
    gh_link_t *link = link_to(two, GH_LANE_SERVICE, 0);

    link->busy = 3;
    assert_ptr_equal(link_to(two, GH_LANE_SERVICE, 0), link);
    link->busy = 0;
    assert_ptr_equal(link_to(two, GH_LANE_SERVICE, 0), link);
}

static void
test_bind_link_is_one_bind_at_a_time(void **state)
{
    two_t     *two = *state;
    gh_link_t *link = link_to(two, GH_LANE_BIND, 0);

    link->busy = 1;
    assert_ptr_not_equal(link_to(two, GH_LANE_BIND, 0), link);
    assert_int_equal(two->servers.link_count, 3);
    gh_servers_release(&two->servers, link);
    assert_ptr_equal(link_to(two, GH_LANE_BIND, 0), two->servers.links[1]);
    assert_int_equal(two->servers.link_count, 3);
}

/* Who says something when nothing was asked is about to leave. */
static void
test_idle_link_that_was_spoken_to(void **state)
{
    two_t *two = *state;

    false_directory_behave(two->first, false_farewell);
    link_to(two, GH_LANE_SERVICE, 0);
    false_directory_behave(two->first, false_well);
    link_to(two, GH_LANE_SERVICE, 0);

    assert_int_equal(two->servers.link_count, 1);
    assert_heard(two->first, "1 " SERVICE_BIND "1 unbind\n2 " SERVICE_BIND);
}

static void
test_busy_link_may_have_been_spoken_to(void **state)
{
    two_t     *two = *state;
    gh_link_t *link;

    false_directory_behave(two->first, false_farewell);
    link = link_to(two, GH_LANE_SERVICE, 0);
    link->busy = 1;

    assert_ptr_equal(link_to(two, GH_LANE_SERVICE, 0), link);
    assert_heard(two->first, "1 " SERVICE_BIND);
}

static void
test_room(void **state)
{
    static const struct {
        const char *name;
        size_t      busy, idle; /* bind links beside a service link */
        bool        want;
        size_t      left; /* links */
    } cases[] = {
        { "few", 3, 2, true, 6 },
        { "just enough", 61, 0, true, 62 },
        { "all at work", 62, 0, false, 63 },
        { "all at work to the last", 63, 0, false, 64 },
        { "an idle one goes", 61, 1, true, 62 },
        { "no more of them go than have to", 0, 63, true, 62 },
        { "one is not enough", 62, 1, false, 63 },
    };

    (void) state;

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        gh_servers_t servers = { .link_count = 1 + cases[i].busy + cases[i].idle };

        for (size_t k = 0; k < servers.link_count; k++) {
            servers.links[k] = calloc(1, sizeof(gh_link_t));
            assert_non_null(servers.links[k]);
            servers.links[k]->fd = -1;
            servers.links[k]->lane = k == 0 ? GH_LANE_SERVICE : GH_LANE_BIND;
            servers.links[k]->busy = k > 0 && k <= cases[i].busy;
        }

        if (gh_servers_make_room(&servers) != cases[i].want
            || servers.link_count != cases[i].left) {
            fail_msg("%s: %zu links are left", cases[i].name, servers.link_count);
        }

        assert_int_equal(servers.links[0]->lane, GH_LANE_SERVICE);
        gh_servers_cleanup(&servers);
    }
}

/* ---- When a link goes ---- */

static void
test_lost_link_turns_to_the_next_server(void **state)
{
    two_t *two = *state;
    char   want[256];

    snprintf(want, sizeof(want), "%s: the connection was lost", two->uris[0]);
    gh_servers_lost(&two->servers, link_to(two, GH_LANE_SERVICE, 0));

    assert_string_equal(two->servers.trouble.text, want);
    assert_int_equal(two->servers.link_count, 0);
    assert_int_equal(two->servers.current, 1);
    assert_heard(two->first, "1 " SERVICE_BIND "1 unbind\n");

    /* Behind the last comes the first. */
    two->servers.trouble.text[0] = '\0';
    gh_servers_lost(&two->servers, link_to(two, GH_LANE_SERVICE, 1));
    assert_int_equal(two->servers.current, 0);
}

static void
test_links_to_a_server_left_behind(void **state)
{
    two_t     *two = *state;
    gh_link_t *service = link_to(two, GH_LANE_SERVICE, 0);
    gh_link_t *binding = link_to(two, GH_LANE_BIND, 0);

    link_to(two, GH_LANE_BIND, 0)->busy = 1;
    assert_int_equal(binding->busy, 1);
    service->busy = 1;
    gh_servers_lost(&two->servers, service);
    two->servers.trouble.text[0] = '\0';

    /* The bind under way still may be answered. */
    link_to(two, GH_LANE_SERVICE, 1);
    assert_int_equal(two->servers.link_count, 2);
    assert_ptr_equal(two->servers.links[0], binding);

    /* Its loss says nothing about the server that is in use now. */
    gh_servers_lost(&two->servers, binding);
    assert_int_equal(two->servers.current, 1);
    assert_int_equal(two->servers.link_count, 1);
}

static void
test_idle_links_to_a_server_left_behind_go(void **state)
{
    two_t     *two = *state;
    gh_link_t *service = link_to(two, GH_LANE_SERVICE, 0);

    link_to(two, GH_LANE_BIND, 0);
    gh_servers_lost(&two->servers, service);
    two->servers.trouble.text[0] = '\0';

    link_to(two, GH_LANE_SERVICE, 1);
    assert_int_equal(two->servers.link_count, 1);
}

static void
test_retired_link_goes_with_its_last_request(void **state)
{
    two_t     *two = *state;
    gh_link_t *link = link_to(two, GH_LANE_SERVICE, 0);

    link->busy = 2;
    link->is_retired = true;

    gh_servers_release(&two->servers, link);
    assert_int_equal(two->servers.link_count, 1);

    /* It takes no more, while it still waits for what it took. */
    assert_ptr_not_equal(link_to(two, GH_LANE_SERVICE, 0), link);
    assert_int_equal(two->servers.link_count, 2);

    gh_servers_release(&two->servers, link);
    assert_int_equal(two->servers.link_count, 1);
    assert_heard(two->first, "1 " SERVICE_BIND "2 " SERVICE_BIND "1 unbind\n");
}

static void
test_cleanup_closes_every_link(void **state)
{
    two_t *two = *state;

    link_to(two, GH_LANE_SERVICE, 0);
    gh_servers_cleanup(&two->servers);
    assert_heard(two->first, "1 " SERVICE_BIND "1 unbind\n");
    assert_int_equal(two->servers.link_count, 0);
}

#define WITH_TWO(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

int
main(void)
{
    const struct CMUnitTest tests[] = {
        IN_SCRATCH(test_password),
        IN_SCRATCH(test_password_file_that_can_not_be_used),
        WITH_TWO(test_service_link_is_first),
        WITH_TWO(test_service_link_chooses_the_server),
        WITH_TWO(test_list_order),
        WITH_TWO(test_nobody_is_there),
        WITH_TWO(test_trouble_is_forgotten),
        WITH_TWO(test_external),
        WITH_TWO(test_service_link_is_shared),
        WITH_TWO(test_bind_link_is_one_bind_at_a_time),
        WITH_TWO(test_idle_link_that_was_spoken_to),
        WITH_TWO(test_busy_link_may_have_been_spoken_to),
        cmocka_unit_test(test_room),
        WITH_TWO(test_lost_link_turns_to_the_next_server),
        WITH_TWO(test_links_to_a_server_left_behind),
        WITH_TWO(test_idle_links_to_a_server_left_behind_go),
        WITH_TWO(test_retired_link_goes_with_its_last_request),
        WITH_TWO(test_cleanup_closes_every_link),
    };

    return cmocka_run_group_tests_name("servers", tests, NULL, NULL);
}
