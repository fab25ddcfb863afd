/*
 * Two servers: set up and taken down, and asked.
 */

/* cmocka, in the order it asks for. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

/* System. */
#include <stdlib.h>

/* Tests. */
#include "two_servers.h"

const gh_identity_t two_gateway = { .bind_dn = (char *) "cn=gatehouse" };

int
two_setup(void **state)
{
    two_t *two = calloc(1, sizeof(*two));

    assert_non_null(two);
    *state = two;
    two->first = false_directory_start(false_well, NULL, false);
    two->second = false_directory_start(false_well, NULL, false);
    two->uris[0] = false_directory_uri(two->first);
    two->uris[1] = false_directory_uri(two->second);
    two->settings.uris = two->uris;
    two->settings.connect_timeout = FALSE_PATIENCE;
    two->password = gh_secret_new();
    assert_non_null(two->password);
    assert_int_equal(gh_secret_set(two->password, GH_TEXT("open sesame")), 0);
    two->client = gh_client_new(&two->settings, &two_gateway, two->password, NULL);
    assert_non_null(two->client);

    return 0;
}

int
two_teardown(void **state)
{
    two_t *two = *state;

    gh_client_free(two->client);
    gh_secret_free(two->password);
    false_directory_stop(two->first);
    false_directory_stop(two->second);
    free(two);

    return 0;
}

gh_request_t *
search_new(void)
{
    static const char *const attrs[] = { "uid", NULL };

    return gh_request_search("uid=61234", GH_SCOPE_BASE, "(uid=61234)", attrs, 1);
}

gh_request_t *
bind_new(void)
{
    gh_secret_t  *secret = gh_secret_new();
    gh_request_t *request;

    assert_non_null(secret);
    assert_int_equal(gh_secret_set(secret, GH_TEXT("level plumb")), 0);
    request = gh_request_bind("uid=61234", secret);
    gh_secret_free(secret);

    return request;
}

gh_request_t *
add_new(void)
{
    gh_request_t *request = gh_request_add("uid=61234");

    gh_request_set(request, GH_CHANGE_ADD, "uid", GH_TEXT("61234"));

    return request;
}

gh_request_t *
modify_new(void)
{
    gh_request_t *request = gh_request_modify("uid=61234");

    gh_request_set(request, GH_CHANGE_REPLACE, "sn", GH_TEXT("Lopez"));

    return request;
}

gh_request_t *
delete_new(void)
{
    return gh_request_delete("uid=61234");
}

int
result_of(gh_client_t *client, const void *want)
{
    gh_answer_t answer;
    void       *tag;
    int         result;

    assert_true(gh_client_receive(client, &tag, &answer));
    assert_ptr_equal(tag, want);
    result = answer.result;
    gh_answer_cleanup(&answer);

    return result;
}

int
ask_by(gh_client_t *client, gh_request_t *request, int64_t deadline)
{
    int result;

    assert_non_null(request);
    assert_int_equal(gh_client_send(client, request, request, deadline), 0);
    result = result_of(client, request);
    gh_request_free(request);

    return result;
}

int
ask(gh_client_t *client, gh_request_t *request)
{
    return ask_by(client, request, false_soon());
}
