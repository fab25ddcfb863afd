"""gatehouse_access: who reaches which location, and what the others are told."""

import pytest

from web import (CHECK, DASHBOARD, LOGIN, LOGOUT, MARIA, Browser, Page, received,
                 send)

PAGE = [('Host', 'city.example'), ('Accept', 'text/html')]
AS_PAGE = dict(PAGE)


def cookie_of(browser):
    return ('Cookie', f'gatehouse={browser.cookie()}')


# Not signed in.

@pytest.mark.parametrize('path', ['/', '/echo/', '/echo-off/', '/echo-unsaid/', '/open/'])
def test_off_and_optional_are_for_everyone(browser, path):
    assert browser.get(path).status_code == 200


@pytest.mark.parametrize('path', ['/echo-any/', '/echo-public/', '/echo-trade/', '/echo-both/',
                                  '/dashboard/', '/inspections/', '/static/page.txt'])
def test_a_browser_is_sent_to_the_form(browser, path):
    answer = browser.get(path)

    assert answer.status_code == 302
    assert answer.headers['Location'] == LOGIN + '?next=' + path.replace('/', '%2F')
    assert answer.headers['Cache-Control'] == 'no-store'


def test_the_query_string_is_kept(browser):
    answer = browser.get('/inspections/?a=b&c=d%20e')

    assert answer.headers['Location'] == (
        '/account/login?next=%2Finspections%2F%3Fa%3Db%26c%3Dd%2520e')


def test_an_address_too_long_for_next_is_dropped(browser):
    answer = browser.get('/inspections/?' + 'a' * 3000)

    assert (answer.status_code, answer.headers['Location']) == (302, '/account/login?next=')


@pytest.mark.parametrize('method, headers, status', [
    ('GET', [('Accept', 'text/html')], 302),
    ('GET', [('Accept', '*/*')], 302),
    ('GET', [('accept', 'application/json, TEXT/HTML;q=0.1')], 302),
    ('HEAD', [('Accept', 'text/html')], 302),
    ('GET', [('Sec-Fetch-Mode', 'navigate')], 302),
    ('GET', [('Sec-Fetch-Mode', 'navigate'), ('Accept', 'image/png')], 302),
    ('GET', [], 401),
    ('GET', [('Accept', 'application/json')], 401),
    ('GET', [('Accept', 'text/htm')], 401),
    ('GET', [('Accept', 'text/html'), ('Sec-Fetch-Mode', 'cors')], 401),
    ('GET', [('Accept', 'text/html'), ('Sec-Fetch-Mode', 'no-cors')], 401),
    ('GET', [('Accept', 'text/html'), ('Sec-Fetch-Mode', '')], 401),
    ('GET', [('Accept', 'text/html'), ('Sec-Fetch-Mode', 'navigate2')], 401),
    ('GET', [('Accept', 'text/html'), ('Authorization', 'Basic bWFyaWE6eA==')], 401),
    ('GET', [('Accept', 'text/html'), ('Authorization', 'Bearer x')], 401),
    ('GET', [('Accept', 'text/html'), ('X-Requested-With', 'XMLHttpRequest')], 401),
    ('GET', [('Sec-Fetch-Mode', 'navigate'), ('x-requested-with', 'fetch')], 401),
    ('POST', [('Accept', 'text/html'), ('Content-Length', '0')], 401),
    ('POST', [('Sec-Fetch-Mode', 'navigate'), ('Content-Length', '0')], 401),
    ('PUT', [('Accept', 'text/html'), ('Content-Length', '0')], 401),
    ('OPTIONS', [('Accept', 'text/html')], 401),
    ('PROPFIND', [('Accept', 'text/html')], 401),
])
def test_what_counts_as_a_navigation(portal, method, headers, status):
    answer = send(portal.url, method, '/echo-any/', [('Host', 'city.example'), *headers])

    assert answer.status == status
    assert answer.all('Location') == (
        ['/account/login?next=%2Fecho-any%2F'] if status == 302 else [])


# Signed in.

@pytest.mark.parametrize('path, maria_gets, orchard_gets', [
    ('/echo/', 200, 200),
    ('/echo-off/', 200, 200),
    ('/echo-any/', 200, 200),
    ('/echo-public/', 200, 403),
    ('/echo-trade/', 403, 200),
    ('/echo-both/', 200, 200),
    ('/dashboard/', 200, 200),
    ('/inspections/', 403, 200),
    ('/static/page.txt', 200, 200),
])
def test_realms(maria, orchard, path, maria_gets, orchard_gets):
    assert maria.get(path).status_code == maria_gets
    assert orchard.get(path).status_code == orchard_gets
    # A script is told the same.
    assert maria.post(path, b'').status_code in (maria_gets, 405)
    assert orchard.head(path).status_code == orchard_gets


def test_another_kind_of_account_is_told_so(maria, orchard):
    answer = maria.get('/inspections/')
    page = Page(answer.text)
    assert answer.status_code == 403
    assert 'The page is for: Contractor. You are logged in as Maria Lopez (Public user).' in (
        page.text('content'))
    assert page.text('signed-in-as') == 'Logged in as Maria Lopez maria.lopez'
    assert answer.headers['Cache-Control'] == 'no-store'

    assert 'The page is for: Public user.' in Page(orchard.get('/echo-public/').text).text(
        'content')
    assert maria.head('/inspections/').headers['Content-Length'] == str(len(answer.content))


def test_a_script_gets_a_plain_refusal(maria):
    for headers in ({'X-Requested-With': 'x'}, {'Sec-Fetch-Mode': 'cors'}):
        answer = maria.get('/inspections/', headers=headers)
        assert (answer.status_code, 'logged in as' in answer.text) == (403, False)


def test_addresses_are_decided_in_their_normal_form(portal, maria):
    """Whatever the spelling, the location that serves is the one that decides."""
    headers = [*PAGE, cookie_of(maria)]
    for path in ('/open/../inspections/', '/open/..%2finspections/', '/%69nspections/',
                 '//inspections/', '/./inspections/', '/inspections/%2e/'):
        assert send(portal.url, 'GET', path, headers).status == 403
        assert send(portal.url, 'GET', path, PAGE).status == 302


@pytest.mark.parametrize('path', ['http://evil.example/inspections/', '//evil.example/..'
                                  '/inspections/'])
def test_a_foreign_address_in_the_request_line(portal, path):
    answer = send(portal.url, 'GET', path, PAGE)

    assert answer.status == 302
    assert answer.all('Location')[0].startswith('/account/login?next=%2F')


# Beside what nginx itself decides.

def test_a_denied_address_stays_denied(browser, maria):
    assert browser.get('/denied/').status_code == 403
    assert maria.get('/denied/').status_code == 403


def test_satisfy_any(browser, maria, orchard):
    assert browser.get('/either/').status_code == 200
    assert received(maria.get('/either/'))['remote-user'] == ['maria.lopez']
    assert 'cookie' not in received(maria.get('/either/'))

    assert browser.get('/neither/').headers['Location'] == (
        '/account/login?next=%2Fneither%2F')
    assert browser.get('/neither/', headers={'X-Requested-With': 'x'}).status_code == 401
    assert maria.get('/neither/').status_code == 403
    assert received(orchard.get('/neither/'))['remote-user'] == ['1012345']


@pytest.mark.parametrize('path', ['/asked/', '/asked-afar/'])
def test_auth_request(browser, maria, path):
    assert browser.get(path).status_code == 401
    headers = received(maria.get(path))
    assert headers['x-who'] == ['maria.lopez']
    # The location itself has gatehouse_access off.
    assert 'remote-user' not in headers


def test_auth_request_before_a_form(maria):
    answer = maria.post('/asked/', {'field': 'x' * 20000})

    assert received(answer)['x-who'] == ['maria.lopez']
    assert received(answer)['content-length'] == ['20006']


def test_auth_request_for_a_realm(browser, maria, orchard):
    assert browser.get('/asked-trade/').status_code == 401
    assert maria.get('/asked-trade/').status_code == 403
    assert orchard.get('/asked-trade/').status_code == 200


# Internal redirects.

@pytest.mark.parametrize('path, target, user', [
    ('/off-then-any/missing', '/echo-any/instead', ['maria.lopez']),
    ('/any-then-off/missing', '/echo-off/instead', None),
    ('/any-then-any/missing', '/echo-any/instead', ['maria.lopez']),
    ('/any-then-named/missing', '/any-then-named/missing', ['maria.lopez']),
    ('/tried/x', '/tried/x', ['maria.lopez']),
    ('/rewritten/', '/echo-any/rewritten', ['maria.lopez']),
    ('/refused/', '/echo/refused', ['maria.lopez']),
])
def test_internal_redirect(portal, maria, path, target, user):
    headers = [*PAGE, ('Cookie', 'a=1'), cookie_of(maria), ('Remote_User', 'evil')]
    got = received(send(portal.url, 'GET', path, headers), target)

    assert got.get('remote-user') == user
    assert got['cookie'] == ['a=1']
    assert 'remote_user' not in got


@pytest.mark.parametrize('path', ['/off-then-any/missing', '/any-then-off/missing',
                                  '/any-then-any/missing', '/any-then-named/missing', '/tried/x',
                                  '/rewritten/', '/refused/'])
def test_internal_redirect_of_a_stranger(browser, path):
    answer = browser.get(path)

    assert answer.status_code == 302
    assert answer.headers['Location'] == '/account/login?next=' + path.replace('/', '%2F')


def test_subrequests(portal, maria):
    """Each part of a page is told who it is for by its own location."""
    headers = [*PAGE, ('Cookie', 'a=1'), cookie_of(maria), ('Remote.User', 'evil')]
    whole, first, second = send(portal.url, 'GET', '/included/', headers).json()

    assert first['path'] == '/echo-any/first'
    for part, user in ((whole, 'maria.lopez'), (first, 'maria.lopez'), (second, None)):
        got = {name.lower(): value for name, value in part['headers']}
        assert got.get('remote-user') == user
        assert got['cookie'] == 'a=1'
        assert 'remote.user' not in got


def test_portal_behind_a_rewrite(browser):
    assert '<h1>Log in</h1>' in browser.get('/signin').text


# The host that a client names never shows in an answer.

@pytest.mark.parametrize('path', ['/account/', LOGIN, DASHBOARD, '/dashboard/', '/dashboard',
                                  '/inspections', '/echo-any', '/neither/'])
@pytest.mark.parametrize('who', ['nobody', 'maria'])
def test_foreign_host(portal, maria, path, who):
    headers = [('Host', 'evil.example'), ('X-Forwarded-Host', 'evil.example'),
               ('Accept', 'text/html')]
    if who == 'maria':
        headers.append(cookie_of(maria))
    answer = send(portal.url, 'GET', path, headers)

    assert answer.status in (200, 301, 302, 303, 403)
    assert 'evil.example' not in str(answer.headers)
    assert b'evil.example' not in answer.body


def test_foreign_host_on_forms(portal):
    browser = Browser(portal.url)
    browser.session.headers['Host'] = 'evil.example'

    answer = browser.sign_in(*MARIA)
    assert (answer.status_code, answer.headers['Location']) == (303, '/account/dashboard')
    assert browser.get(CHECK).status_code == 200
    answer = browser.post(LOGOUT, {'csrf': browser.csrf(DASHBOARD)})
    assert (answer.status_code, answer.headers['Location']) == (303, '/account/login')
