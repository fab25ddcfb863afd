"""How a session ends elsewhere: on another gateway, by gatehousectl, and over a restart."""

import pytest

from stack.process import wait_until
from stories import OTHER, send_form
from web import CHECK, DASHBOARD, MARIA, PREFIX, Browser, Gateway, signed_in

# Within this many seconds the others know.
SOON = 5


@pytest.fixture(scope='module')
def elsewhere(portal, tmp_path_factory):
    """Another gateway of the same key ring and directory."""
    gateway = Gateway(portal, tmp_path_factory.mktemp('elsewhere'))
    gateway.write()
    gateway.start()
    yield gateway
    gateway.close()


@pytest.fixture
def here(portal, person):
    """A browser that is signed in."""
    return signed_in(portal.url, person, MARIA[1])


def at(gateway, browser):
    """A browser with the same cookie at another gateway."""
    other = Browser(gateway.url)
    other.set_cookie(browser.cookie())
    return other


def is_in(browser):
    return browser.get(CHECK).status_code == 200


def ends_soon(browser):
    wait_until(lambda: browser.get(CHECK).status_code == 401, 'the end of a session', SOON)


def test_one_sign_out(portal, elsewhere, person, here):
    there = at(elsewhere, here)
    another = at(elsewhere, signed_in(portal.url, person, MARIA[1]))
    assert is_in(there) and is_in(another)

    assert here.sign_out().status_code == 303

    ends_soon(there)
    assert is_in(another)


def test_sign_out_everywhere(portal, elsewhere, person, here):
    browsers = [at(elsewhere, here), at(elsewhere, signed_in(portal.url, person, MARIA[1]))]
    assert all(map(is_in, browsers))

    form = {'csrf': here.csrf(DASHBOARD), 'all': '1'}
    assert here.post(PREFIX + '/sessions', form).status_code == 303

    for browser in browsers:
        ends_soon(browser)
    assert is_in(signed_in(elsewhere.url, person, MARIA[1]))


def test_another_password(elsewhere, here):
    there = at(elsewhere, here)
    assert is_in(there)

    assert send_form(here, PREFIX + '/password', {
        'current_password': MARIA[1], 'password': OTHER, 'password_confirm': OTHER,
    }).status_code == 303

    ends_soon(there)
    # The browser that changed it goes on, there as well.
    assert is_in(here) and is_in(at(elsewhere, here))


@pytest.mark.parametrize('command', ['disable', 'temp-password', 'sessions revoke'])
def test_what_staff_do(portal, elsewhere, person, here, command):
    there = at(elsewhere, here)
    assert is_in(there)

    portal.ctl(*command.split(), person)

    ends_soon(here)
    ends_soon(there)


def test_a_gateway_that_starts_later(make_gateway, here):
    kept = here.copy()
    assert here.sign_out().status_code == 303
    gateway = make_gateway()
    gateway.start()

    ends_soon(at(gateway, kept))
