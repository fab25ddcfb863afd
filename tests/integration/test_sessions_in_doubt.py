"""Sessions of which a gateway can't know by itself whether they have ended.

After a start that is so until the first look at the marks has succeeded, and later
while more have ended than the zone has room for.  Then each is held against the
directory.
"""

import socket
import time
from urllib.parse import urlsplit

import ldap
import pytest

from stack import ber
from stack.people import generalized_time
from stack.process import wait_until
from stack.proxy import Proxy
from stack.stack import PATIENCE, directory_head
from strain import Log, is_page_of_outage, left
from web import (CHECK, DASHBOARD, LOCATIONS, LOGIN, LOGOUT, MARIA, ORCHARD, PREFIX, Browser,
                 identity, received, replace, send, signed_in)

# More ended sessions than a zone of 64k has room for.
MANY = 1000

KNOWN = 'all sessions that have ended are known here'
FULL = 'no room to remember an ended session'


@pytest.fixture(scope='module')
def way(portal):
    """A proxy to the portal's directory."""
    proxy = Proxy(portal.slapd.ldap_port.number, portal.slapd.dn('gatehouse'))
    yield proxy
    proxy.close()


@pytest.fixture
def road(way):
    """The same, hindered in nothing."""
    yield way
    way.is_deaf_to = way.is_deaf_about = None


@pytest.fixture
def start(make_gateway, road, upstream):
    """A function that starts a gateway behind the proxy; `zone` is its gatehouse_zone."""
    def make(zone='16m', **settings):
        gateway = make_gateway(
            uris=[road.uri], workers=2, http="log_format people '$uri';\n",
            server=replace(LOCATIONS, {'UPSTREAM': upstream.url}),
            edit_config=lambda text: text.replace(
                directory_head(**PATIENCE), directory_head(**PATIENCE | settings), 1),
            edit_nginx=lambda text: text.replace('gatehouse_zone 16m', f'gatehouse_zone {zone}'))
        gateway.start()
        return gateway
    return make


@pytest.fixture
def blind(start, road, portal):
    """A gateway that never gets an answer to its look at the marks, but to all else."""
    road.is_deaf_about = portal.slapd.base
    gateway = start(timeout=30000)
    assert not Log(gateway, since_start=True).has(KNOWN)
    return gateway


def at(gateway, browser):
    """A browser with the same cookie at another gateway."""
    other = Browser(gateway.url)
    other.set_cookie(browser.cookie())
    return other


def status(browser, path=CHECK):
    return browser.get(path).status_code


def mark(portal, uid, attribute, values):
    """Marks that are new, written as staff could."""
    portal.slapd.connect_as_root().modify_s(portal.people.dn('public', uid), [
        (ldap.MOD_REPLACE, attribute, [value.encode() for value in values]),
        (ldap.MOD_REPLACE, 'gatehouseMarked', [generalized_time().encode()])])


def ended_sessions(seconds):
    """Marks of so many sessions that would have ended by themselves in `seconds`."""
    end = generalized_time(time.time() + seconds)
    return [f'{end}#{number:032x}' for number in range(MANY)]


# From the start to the first look.

def test_who_is_alive_is_in(blind, portal, person):
    here = at(blind, signed_in(portal.url, person, MARIA[1]))
    assert status(here) == 200
    assert here.get(CHECK).headers['Remote-User'] == person
    assert status(here, DASHBOARD) == 200
    assert status(here, '/static/') != 302


def test_identity_is_handed_on(blind, portal, person):
    cookie = [('Cookie', 'gatehouse=' + signed_in(portal.url, person, MARIA[1]).cookie())]
    for path in ('/echo/', '/echo-any/', '/echo-public/', '/either/'):
        answer = send(blind.url, 'GET', path, [('Host', 'x'), *cookie])
        assert identity(received(answer, path))['remote-user'] == [person]
    assert send(blind.url, 'GET', '/variables/', [('Host', 'x'), *cookie]).all('X-User') == [
        person]
    # Subrequests, and an internal redirect away from where nobody is named.
    for path in ('/asked/', '/asked-afar/'):
        answer = send(blind.url, 'GET', path, [('Host', 'x'), *cookie])
        assert received(answer, path)['x-who'] == [person]
    answer = send(blind.url, 'GET', '/off-then-any/missing', [('Host', 'x'), *cookie])
    assert identity(received(answer))['remote-user'] == [person]


@pytest.mark.parametrize('how', ['signed out', 'signed out everywhere', 'disabled', 'removed'])
def test_who_is_over_is_out(blind, portal, person, how):
    here = signed_in(portal.url, person, MARIA[1])
    there = at(blind, here)
    if how == 'signed out':
        kept = here.copy()
        assert here.sign_out().status_code == 303
        wait_until(lambda: status(kept) == 401, 'the end of a session')
        wait_until(lambda: portal.slapd.connect_as_root().search_s(
            portal.people.dn('public', person), ldap.SCOPE_BASE,
            '(gatehouseEndedSession=*)'), 'the mark')
    elif how == 'signed out everywhere':
        form = {'csrf': here.csrf(DASHBOARD), 'all': '1'}
        assert here.post(PREFIX + '/sessions', form).status_code == 303
    elif how == 'disabled':
        # By the flag alone, as an LDAP tool would.
        portal.slapd.connect_as_root().modify_s(
            portal.people.dn('public', person),
            [(ldap.MOD_REPLACE, 'gatehouseDisabled', [b'TRUE'])])
    else:
        dn = portal.people.dn('public', person)
        for each in (f'cn=recovery,{dn}', dn):
            portal.slapd.connect_as_admin().delete_s(each)

    assert status(there) == 401
    assert status(there, '/dashboard/') == 302
    assert there.get(DASHBOARD).headers['Location'] == LOGIN
    cookie = [('Cookie', 'gatehouse=' + there.cookie())]
    assert identity(received(send(blind.url, 'GET', '/echo/', [('Host', 'x'), *cookie]))) == {}


def test_sign_in_and_out_meanwhile(blind):
    browser = signed_in(blind.url, *ORCHARD, realm='contractor')
    kept = browser.copy()
    assert status(browser, DASHBOARD) == 200
    assert browser.sign_out().status_code == 303
    assert status(kept) == 401


def test_directory_that_can_not_say(start, road, portal, person):
    signed = signed_in(portal.url, person, MARIA[1])
    road.refuse()
    try:
        gateway = start()
        here = at(gateway, signed)
        for path in ('/static/', '/dashboard/', CHECK):
            answer = here.get(path)
            assert (answer.status_code, answer.headers['Retry-After']) == (503, '5')
            assert 'Remote-User' not in answer.headers
        page = send(gateway.url, 'GET', DASHBOARD,
                    [('Host', 'x'), ('Cookie', 'gatehouse=' + here.cookie())])
        assert is_page_of_outage(page)
        assert here.post(LOGOUT, {'csrf': 'x'}).status_code == 503
        # Where nobody needs to be signed in, nobody is.
        assert status(here, LOGIN) == 200
        answer = send(gateway.url, 'GET', '/echo/',
                      [('Host', 'x'), ('Cookie', 'gatehouse=' + here.cookie())])
        assert identity(received(answer, '/echo/')) == {}
        # Strangers are told what they always are.
        stranger = Browser(gateway.url)
        assert (status(stranger), status(stranger, '/dashboard/')) == (401, 302)
    finally:
        road.accept()

    wait_until(lambda: status(here) == 200, 'the directory')
    wait_until(lambda: Log(gateway, since_start=True).has(KNOWN), 'the first look')


def test_a_client_that_leaves_while_its_session_is_held(blind, road, portal, person):
    here = at(blind, signed_in(portal.url, person, MARIA[1]))
    people = (ber.SEARCH_REQUEST, f'ou=public,{portal.slapd.base}')
    address = urlsplit(blind.url)
    road.forget()
    road.hold()
    with socket.create_connection((address.hostname, address.port)) as client:
        client.sendall(f'GET {CHECK} HTTP/1.1\r\nHost: x\r\n'
                       f'Cookie: gatehouse={here.cookie()}\r\n\r\n'.encode())
        wait_until(lambda: people in road.requests(), 'the question')
    wait_until(lambda: left(blind) == 1, 'nginx to notice')
    road.release()

    workers = blind.worker_pids()
    assert [status(here) for _ in range(8)] == 8 * [200]
    assert blind.worker_pids() == workers


def test_a_reload_keeps_what_is_known(start, road, portal, person):
    gateway = start()
    here = at(gateway, signed_in(portal.url, person, MARIA[1]))
    wait_until(lambda: Log(gateway, since_start=True).has(KNOWN), 'the first look')
    road.refuse()
    try:
        before = set(gateway.worker_pids())
        gateway.reload()
        wait_until(lambda: not before & set(gateway.worker_pids()), 'end of the old workers')
        assert status(here) == 200
    finally:
        road.accept()


def test_an_answer_serves_more_than_one_request(blind, road, portal, person):
    here = at(blind, signed_in(portal.url, person, MARIA[1]))
    people = (ber.SEARCH_REQUEST, f'ou=public,{portal.slapd.base}')

    def is_in_without_a_search():
        before = road.requests().count(people)
        assert status(here) == 200
        return road.requests().count(people) == before

    assert not is_in_without_a_search()
    wait_until(is_in_without_a_search, 'an answer that is remembered')


# A zone that is full.

@pytest.fixture
def crowded(start, portal, unique):
    """A gateway whose zone is full of ended sessions, for an hour."""
    uid = f'ended.{unique():04}'
    portal.people.add_public(uid, 'Many', 'Ended', f'{uid}@example.org', MARIA[1],
                             answer=None)
    mark(portal, uid, 'gatehouseEndedSession', ended_sessions(3600))
    gateway = start(zone='64k')
    wait_until(lambda: Log(gateway, since_start=True).has(FULL), 'a full zone')
    yield gateway
    portal.slapd.connect_as_admin().delete_s(portal.people.dn('public', uid))


def test_sign_out_of_a_full_gateway(crowded, portal, person):
    browser, another = (signed_in(crowded.url, person, MARIA[1]) for _ in range(2))
    kept = [browser.copy() for _ in range(8)]
    assert all(status(each) == 200 for each in kept)

    assert browser.sign_out().status_code == 303

    assert all(status(each) == 401 for each in kept)
    assert status(another) == 200
    assert 'Remote-User' not in kept[0].get(CHECK).headers
    assert not Log(crowded, since_start=True).has(KNOWN)


def test_sign_out_everywhere_of_a_full_gateway(crowded, person):
    browsers = [signed_in(crowded.url, person, MARIA[1]) for _ in range(4)]
    form = {'csrf': browsers[0].csrf(DASHBOARD), 'all': '1'}
    assert all(status(each) == 200 for each in browsers)
    kept = browsers[0].copy()

    assert browsers[0].post(PREFIX + '/sessions', form).status_code == 303

    assert all(status(each) == 401 for each in [kept, *browsers[1:]])
    assert status(signed_in(crowded.url, person, MARIA[1])) == 200


def test_staff_of_a_full_gateway(crowded, portal, person):
    here = signed_in(crowded.url, person, MARIA[1])
    assert status(here) == 200
    portal.ctl('disable', person)
    wait_until(lambda: status(here) == 401, 'the end of a session', 5)


def test_sign_out_that_neither_side_can_remember(crowded, road, person):
    browser = signed_in(crowded.url, person, MARIA[1])
    form = {'csrf': browser.csrf(DASHBOARD)}
    road.is_deaf_to = ber.MODIFY_REQUEST

    answer = browser.post(LOGOUT, form)

    assert (answer.status_code, answer.headers['Retry-After']) == (503, '5')
    road.is_deaf_to = None
    assert browser.post(LOGOUT, form).status_code == 303


def test_room_comes_back(start, portal, person, unique):
    uid = f'soon.{unique():04}'
    portal.people.add_public(uid, 'Soon', 'Ended', f'{uid}@example.org', MARIA[1],
                             answer=None)
    mark(portal, uid, 'gatehouseEndedSession', ended_sessions(12))
    gateway = start(zone='64k')
    log = Log(gateway, since_start=True)
    browser = signed_in(gateway.url, person, MARIA[1])
    kept = browser.copy()
    wait_until(lambda: log.has(FULL), 'a full zone')
    assert browser.sign_out().status_code == 303
    mark(portal, uid, 'gatehouseEndedSession', ended_sessions(12)[:1])

    wait_until(lambda: log.has(KNOWN), 'room')

    assert status(kept) == 401
    assert status(signed_in(gateway.url, person, MARIA[1])) == 200


# A sign-out that the directory does not take.

def test_the_directory_is_told_later(start, road, portal, person):
    gateway = start(timeout=1000, connect_timeout=500)
    wait_until(lambda: Log(gateway, since_start=True).has(KNOWN), 'the first look')
    browser = signed_in(gateway.url, person, MARIA[1])
    kept, afar = browser.copy(), at(portal, browser)
    assert status(afar) == 200
    road.is_deaf_to = ber.MODIFY_REQUEST
    log = Log(gateway)

    assert browser.sign_out().status_code == 303

    assert status(kept) == 401
    wait_until(lambda: log.has('a sign-out could not be marked'), 'the failure')
    gateway.reload()
    assert (status(kept), status(afar)) == (401, 200)
    road.is_deaf_to = None
    wait_until(lambda: status(afar) == 401, 'the other gateway knows')
