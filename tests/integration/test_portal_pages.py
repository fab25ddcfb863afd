"""The portal's pages: furniture, headers, statuses, the style sheet."""

import pytest

from stack.paths import PAGES
from web import CHECK, DASHBOARD, LOGIN, LOGOUT, MARIA, Page, send

CSP = ("default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; "
       "form-action 'self'; base-uri 'none'; frame-ancestors 'none'")


def is_a_page(answer):
    """Whether it has what each page has: the headers, the city's name, whom to call."""
    page = Page(answer.text)
    return (answer.headers['Content-Type'] == 'text/html; charset=utf-8'
            and answer.headers['Content-Security-Policy'] == CSP
            and answer.headers['X-Content-Type-Options'] == 'nosniff'
            and answer.headers['Referrer-Policy'] == 'same-origin'
            and answer.headers['Cross-Origin-Opener-Policy'] == 'same-origin'
            and answer.headers['Cache-Control'] == 'no-store'
            and '<html lang="en">' in answer.text
            and 'City of Almond Grove' in answer.text
            and '<a href="tel:(555) 010-0142">(555) 010-0142</a>' in answer.text
            and page.text('content') is not None
            and '{{' not in answer.text)


def test_log_in(browser):
    answer = browser.get(LOGIN)
    page = Page(answer.text)

    assert answer.status_code == 200
    assert is_a_page(answer)
    assert set(page.fields) >= {'csrf', 'next', 'realm', 'username', 'password'}
    assert page.fields['password']['type'] == 'password'
    assert page.fields['password']['autocomplete'] == 'current-password'
    assert page.fields['username']['autocomplete'] == 'username'
    assert page.text('realm') == 'Public user Contractor'
    assert page.text('signed-in-as') is None
    assert page.text('message') is None
    assert page.in_error() == set()


def test_refusal_is_a_page(browser):
    answer = browser.sign_in('', '')

    assert answer.status_code == 422
    assert is_a_page(answer)
    assert '<title>Error: Log in – City of Almond Grove</title>' in answer.text


def test_dashboard(maria):
    answer = maria.get(DASHBOARD)

    assert answer.status_code == 200
    assert is_a_page(answer)
    assert Page(answer.text).text('signed-in-as') == 'Logged in as Maria Lopez maria.lopez'
    assert '<dd>maria.lopez@example.org</dd>' in answer.text


@pytest.mark.parametrize('notice', ['', 'x', 'expiring2', '<script>', 'expired%00'])
def test_dashboard_with_a_notice_that_is_none(maria, notice):
    answer = maria.get(f'{DASHBOARD}?notice={notice}')

    assert answer.status_code == 200
    assert Page(answer.text).text('warning') is None
    assert '<script>' not in answer.text


def test_home(browser, maria):
    answer = browser.get('/account/')
    assert (answer.status_code, answer.headers['Location']) == (303, LOGIN)
    answer = maria.get('/account/')
    assert (answer.status_code, answer.headers['Location']) == (303, DASHBOARD)
    answer = browser.get(DASHBOARD)
    assert (answer.status_code, answer.headers['Location']) == (303, LOGIN)


@pytest.mark.parametrize('path', ['/account/none', '/account/login/', '/account/Login',
                                  '/account/dashboard/x', '/account/style.css.map'])
def test_no_such_page(browser, maria, path):
    for who in (browser, maria):
        answer = who.get(path)
        assert answer.status_code == 404
        assert is_a_page(answer)
        assert 'There is no such page' in Page(answer.text).text('content')
    # Signed in or not shows here too.
    assert Page(maria.get(path).text).text('signed-in-as') is not None


@pytest.mark.parametrize('method, path, allow', [
    ('GET', LOGOUT, 'POST'),
    ('HEAD', LOGOUT, 'POST'),
    ('PUT', LOGIN, 'GET, HEAD, POST'),
    ('DELETE', LOGIN, 'GET, HEAD, POST'),
    ('PATCH', LOGIN, 'GET, HEAD, POST'),
    ('OPTIONS', LOGIN, 'GET, HEAD, POST'),
    ('POST', DASHBOARD, 'GET, HEAD'),
    ('POST', CHECK, 'GET, HEAD'),
    ('POST', '/account/', 'GET, HEAD'),
    ('POST', '/account/style.css', 'GET, HEAD'),
])
def test_methods_that_do_not_fit(portal, method, path, allow):
    answer = send(portal.url, method, path, [('Host', 'city.example'), ('Content-Length', '0')])

    assert answer.status == 405
    assert answer.all('Allow') == [allow]
    assert (b"That can't be done here" in answer.body
            or b'That can&#39;t be done here' in answer.body) == (method != 'HEAD')


@pytest.mark.parametrize('path', [LOGIN, '/account/none', '/account/style.css', '/account/'])
def test_head(portal, path):
    headers = [('Host', 'city.example')]
    get = send(portal.url, 'GET', path, headers)
    head = send(portal.url, 'HEAD', path, headers)

    def without_changing(answer):
        return [pair for pair in answer.headers if pair[0] not in ('Date', 'Set-Cookie')]

    assert head.status == get.status
    assert head.body == b''
    assert without_changing(head) == without_changing(get)


@pytest.mark.parametrize('body, content_type, status, heading', [
    (b'a=b', 'application/x-www-form-urlencoded', 403, 'This form is out of date'),
    (b'a=%', 'application/x-www-form-urlencoded', 400, 'The form could not be read'),
    (b'{}', 'application/json', 415, 'The form could not be read'),
])
def test_problems_are_pages(browser, body, content_type, status, heading):
    answer = browser.post(LOGIN, body, headers={'Content-Type': content_type})

    assert answer.status_code == status
    assert is_a_page(answer)
    assert heading in Page(answer.text).text('content')
    assert f'Error {status}' in Page(answer.text).text('content')


def test_style_sheet(browser):
    answer = browser.get('/account/style.css')
    etag = answer.headers['ETag']

    assert answer.status_code == 200
    assert answer.headers['Content-Type'] == 'text/css; charset=utf-8'
    assert answer.headers['Cache-Control'] == 'max-age=3600'
    assert answer.headers['X-Content-Type-Options'] == 'nosniff'
    assert answer.content == (PAGES.parent / 'style.css').read_bytes()
    assert etag.startswith('"') and etag.endswith('"')
    assert '<link rel="stylesheet" href="/account/style.css">' in browser.get(LOGIN).text

    known = browser.get('/account/style.css', headers={'If-None-Match': etag})
    assert (known.status_code, known.content, known.headers['ETag']) == (304, b'', etag)
    other = browser.get('/account/style.css', headers={'If-None-Match': '"other"'})
    assert (other.status_code, other.headers['ETag']) == (200, etag)


@pytest.mark.parametrize('path', [LOGIN, '/account/', '/account/check', '/account/none',
                                  '/account/style.css', '/account/portal.js'])
def test_headers_of_all_that_is_sent(browser, path):
    headers = browser.get(path).headers
    assert "default-src 'none'" in headers['Content-Security-Policy']
    assert "frame-ancestors 'none'" in headers['Content-Security-Policy']
    assert headers['X-Content-Type-Options'] == 'nosniff'
    assert headers['Referrer-Policy'] == 'same-origin'
    assert headers['Cross-Origin-Opener-Policy'] == 'same-origin'
    # This portal is plain HTTP.
    assert 'Strict-Transport-Security' not in headers


def test_where_password_managers_look(browser, maria):
    for who in (browser, maria):
        answer = who.get('/.well-known/change-password')
        assert (answer.status_code, answer.headers['Location']) == (303, '/account/password')
    assert maria.get('/account/password').status_code == 200
    answer = browser.get('/account/password')
    assert (answer.status_code, answer.headers['Location']) == (
        303, '/account/login?next=%2Faccount%2Fpassword')


def test_what_the_demo_site_shows(browser, maria):
    page = Page(browser.get('/').text)
    assert page.text('greeting') == 'Nobody is logged in. This page is for everyone.'
    assert page.text('remote-user') == '(none)'

    page = Page(maria.get('/').text)
    assert page.text('greeting') == 'Welcome, Maria Lopez. You are logged in as maria.lopez.'
    assert page.text('remote-user') == 'maria.lopez'
    assert page.text('remote-email') == 'maria.lopez@example.org'
    assert page.text('signed-in-as') == 'Logged in as Maria Lopez maria.lopez'


def test_every_page_that_is_sent_signed_in_can_sign_out(browser):
    browser.sign_in(*MARIA)
    token = browser.csrf('/account/none')

    answer = browser.post(LOGOUT, {'csrf': token})

    assert answer.status_code == 303
    assert browser.get(CHECK).status_code == 401
