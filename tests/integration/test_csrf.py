"""Forms that another site makes a browser send: refused by what the browser says of them."""

import pytest

from web import CHECK, DASHBOARD, LOGIN, MARIA, PREFIX, Browser, Page

FORMS = ['/login', '/logout', '/setup/public', '/setup/contractor', '/first-login', '/forgot',
         '/reset', '/password', '/profile', '/sessions']


def is_forbidden(answer):
    page = Page(answer.text)
    return answer.status_code == 403 and 'This form is out of date' in page.text('content')


def sign_in(browser, **headers):
    """Sends the log-in form with a good token and these headers."""
    form = {'csrf': browser.csrf(), 'realm': 'public', 'username': MARIA[0],
            'password': MARIA[1], 'next': ''}
    names = {name.replace('_', '-'): value for name, value in headers.items()}
    return browser.post(LOGIN, form, headers=names)


@pytest.mark.parametrize('path', FORMS)
def test_every_form_needs_a_token(browser, path):
    assert is_forbidden(browser.post(PREFIX + path, {'all': '1'}))


@pytest.mark.parametrize('path', FORMS)
def test_every_form_that_another_site_sends_is_refused(browser, path):
    browser.sign_in(*MARIA)
    token = browser.csrf(DASHBOARD)

    assert is_forbidden(browser.post(PREFIX + path, {'csrf': token, 'all': '1'},
                                     headers={'Sec-Fetch-Site': 'cross-site'}))
    assert is_forbidden(browser.post(PREFIX + path, {'csrf': token, 'all': '1'},
                                     headers={'Origin': 'https://elsewhere.example'}))
    assert browser.get(CHECK).status_code == 200


@pytest.mark.parametrize('site', ['cross-site', 'same-site', '', 'Same-Origin', 'same-origin, x'])
def test_fetch_site_that_is_not_ours(browser, site):
    assert is_forbidden(sign_in(browser, Sec_Fetch_Site=site))
    assert browser.cookie() is None


@pytest.mark.parametrize('site', ['same-origin', 'none'])
def test_fetch_site_that_is_ours(browser, site):
    assert sign_in(browser, Sec_Fetch_Site=site).status_code == 303


@pytest.mark.parametrize('origin', [
    'null', '', 'https://elsewhere.example', 'http://127.0.0.1', 'http://localhost:PORT',
    'https://127.0.0.1:PORT', 'http://127.0.0.1:PORT/', 'http://127.0.0.1:PORT.elsewhere.example',
    'http://127.0.0.1:PORT http://elsewhere.example',
])
def test_origin_that_is_not_ours(portal, browser, origin):
    origin = origin.replace('PORT', portal.url.rpartition(':')[2])

    assert is_forbidden(sign_in(browser, Origin=origin))
    assert is_forbidden(sign_in(browser, Origin=origin, Sec_Fetch_Site='same-origin'))
    assert browser.cookie() is None


def test_origin_that_is_ours(portal, browser):
    assert sign_in(browser, Origin=portal.url).status_code == 303
    assert sign_in(Browser(portal.url), Origin=portal.url,
                   Sec_Fetch_Site='same-origin').status_code == 303


def test_our_origin_does_not_stand_in_for_the_rest(portal, browser):
    assert is_forbidden(sign_in(browser, Origin=portal.url, Sec_Fetch_Site='cross-site'))
    assert is_forbidden(browser.sign_in(*MARIA, csrf='garbage'))


def test_what_a_host_header_says_is_no_origin(portal, browser):
    assert is_forbidden(sign_in(browser, Origin='https://elsewhere.example',
                                X_Forwarded_Host='elsewhere.example'))


def test_links_from_other_sites_are_followed(browser):
    headers = {'Sec-Fetch-Site': 'cross-site', 'Origin': 'https://elsewhere.example'}

    assert browser.get(LOGIN, headers=headers).status_code == 200
