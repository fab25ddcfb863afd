"""/healthz: whether the gateway can sign people in, for load balancers and monitors."""

import pytest

from stack.process import wait_until
from strain import GRAVE, Log, hang_up, left, with_settings
from web import PREFIX, send

HEALTHZ = PREFIX + '/healthz'


@pytest.fixture
def start(make_gateway, shaken, proxy):
    """A function that starts a gateway behind `proxy`."""
    def make(base=None, **settings):
        edit = with_settings(**settings)
        gateway = make_gateway(
            stack=shaken, uris=[proxy.uri],
            edit_config=lambda text: edit(text).replace('"ou=public,', f'"{base or "ou=public"},'))
        gateway.start()
        return gateway
    return make


def look(gateway, method='GET'):
    answer = send(gateway.url, method, HEALTHZ, [('Host', 'city.example')])
    assert answer.all('Content-Type') == ['application/json']
    assert answer.all('Cache-Control') == ['no-store']
    assert answer.all('Retry-After') == ([] if answer.status == 200 else ['5'])
    return answer.status, answer.json() if method == 'GET' else answer.body


def unavailable(why):
    return 503, {'status': 'unavailable', 'directory': why}


def test_well(portal):
    assert look(portal) == (200, {'status': 'ok', 'directory': 'ok'})
    assert look(portal, 'HEAD') == (200, b'')
    answer = send(portal.url, 'POST', HEALTHZ, [('Host', 'city.example')])
    assert (answer.status, answer.all('Allow')) == (405, ['GET, HEAD'])


def test_directory_down_and_back(start, proxy):
    gateway = start()
    assert look(gateway)[0] == 200
    proxy.refuse()
    assert look(gateway) == unavailable('can not be reached')
    assert look(gateway) == unavailable('can not be reached')
    proxy.accept()

    wait_until(lambda: look(gateway)[0] == 200, 'the directory again')


def test_directory_silent(start, proxy):
    gateway = start(timeout=1000, connect_timeout=900)
    wait_until(lambda: look(gateway)[0] == 200, 'the directory')
    proxy.hold()

    assert look(gateway) == unavailable('does not answer in time')
    proxy.release()


def test_directory_without_its_people(start):
    gateway = start(base='ou=nobody')

    assert look(gateway) == unavailable('can not be used')
    assert Log(gateway, since_start=True).has('the directory can\'t be used: result 32')


def test_a_monitor_that_leaves(start, proxy):
    gateway = start(timeout=20000)
    assert look(gateway)[0] == 200
    proxy.hold()
    hang_up(gateway.url, [f'GET {HEALTHZ} HTTP/1.1\r\nHost: city.example\r\n\r\n'],
            lambda: proxy.results() == 1)
    wait_until(lambda: left(gateway) == 1, 'nginx to notice')
    proxy.release()

    assert look(gateway)[0] == 200
    assert Log(gateway, since_start=True).lines(*GRAVE) == []


def test_reload(start):
    gateway = start()
    gateway.reload()

    assert look(gateway)[0] == 200
