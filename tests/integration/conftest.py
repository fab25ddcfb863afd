"""Fixtures: private servers, each in a folder and on ports of its own."""

import sys
from itertools import count
from pathlib import Path

import ldap
import pytest

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from stack.people import People, generalized_time
from stack.process import Port
from stack.proxy import Proxy
from stack.slapd import Slapd
from stack.stack import Stack
from strain import PASSWORD
from tls_ends import Shelf
from web import (HTTP, LOCATIONS, MARIA, ORCHARD, Browser, Gateway, Upstream, replace,
                 signed_in)


@pytest.fixture(scope='session')
def slapd(tmp_path_factory):
    """A directory with the project's schema and nobody in it."""
    server = Slapd(tmp_path_factory.mktemp('slapd'))
    try:
        server.create()
        server.start()
        server.install()
        server.be_patient()
        yield server
    finally:
        server.close()


@pytest.fixture(scope='session')
def people(slapd):
    """The accounts of `slapd`."""
    return People(slapd)


@pytest.fixture(scope='session')
def stack(tmp_path_factory):
    """A gateway with directory, mail sink and the demo's people.

    Shared by all tests: whoever stops a server or changes an account makes a
    stack with make_stack.
    """
    whole = Stack(tmp_path_factory.mktemp('stack'))
    whole.create()
    yield whole
    whole.close()


@pytest.fixture
def make_stack(tmp_path_factory):
    """A function that makes a stack for this test alone, with Stack's knobs."""
    made = []

    def make(**knobs):
        whole = Stack(tmp_path_factory.mktemp('stack'), **knobs)
        made.append(whole)
        whole.create()
        return whole

    yield make
    for whole in made:
        whole.close()


@pytest.fixture(scope='session')
def unique():
    """A function that gives a number that no other test gets."""
    numbers = count(1)
    return lambda: next(numbers)


@pytest.fixture(scope='session')
def upstream():
    """A server that answers with what reached it."""
    server = Upstream()
    yield server
    server.close()


@pytest.fixture(scope='session')
def plain_port():
    """The port of a server in the portal's nginx that has the module off."""
    port = Port()
    yield port.number
    port.release()


@pytest.fixture(scope='session')
def portal(tmp_path_factory, upstream, plain_port):
    """The gateway of the web tests: the demo's, with further locations.

    Shared, as `stack` is.
    """
    values = {'UPSTREAM': upstream.url, 'PLAIN': plain_port}
    whole = Stack(tmp_path_factory.mktemp('portal'), http=replace(HTTP, values),
                  server=replace(LOCATIONS, values))
    whole.create()
    whole.slapd.be_patient()
    yield whole
    whole.close()


@pytest.fixture
def browser(portal):
    """A browser in which nobody has signed in yet."""
    return Browser(portal.url)


@pytest.fixture(scope='session')
def maria(portal):
    """The browser of a member of the public; stays signed in."""
    return signed_in(portal.url, *MARIA)


@pytest.fixture(scope='session')
def orchard(portal):
    """The browser of a contractor; stays signed in."""
    return signed_in(portal.url, *ORCHARD, realm='contractor')


@pytest.fixture
def person(portal, unique):
    """The user name of a new member of the public, whose password is Maria's."""
    uid = f'person.{unique():04}'
    portal.people.add_public(uid, 'Web', 'Person', f'{uid}@example.org', MARIA[1])
    return uid


@pytest.fixture
def make_gateway(portal, tmp_path_factory):
    """A function that makes a gateway for this test alone; it is not started yet."""
    made = []

    def make(edit_config=None, edit_nginx=None, uris=None, stack=portal, **knobs):
        gateway = Gateway(stack, tmp_path_factory.mktemp('gateway'), **knobs)
        made.append(gateway)
        gateway.write(edit_config, edit_nginx, uris)
        return gateway

    yield make
    for gateway in made:
        gateway.close()


@pytest.fixture(scope='session')
def shaken(tmp_path_factory):
    """A stack whose directory may be stopped by a test, which starts it again."""
    # Looks at the marks would stand among the requests that are counted here.
    whole = Stack(tmp_path_factory.mktemp('shaken'), edit_config=lambda text: text.replace(
        'marks_interval = 2\n', 'marks_interval = 3600\n'))
    whole.create()
    yield whole
    whole.close()


@pytest.fixture(scope='session')
def crowd(shaken):
    """The user names of forty members of the public, all with the same password."""
    names = [f'crowd.{number:02}' for number in range(40)]
    root = shaken.slapd.connect_as_root()
    for name in names:
        shaken.people.add_public(name, 'One', 'Of-Many', f'{name}@example.org', PASSWORD)
        # Today's stamp is there: a sign-in leaves no write under way.
        root.modify_s(shaken.people.dn('public', name), [
            (ldap.MOD_REPLACE, 'gatehouseLastSignIn', [generalized_time().encode()])])
    return names


@pytest.fixture
def make_proxy(shaken):
    """A function that makes a proxy to the directory of `shaken`, a TLS end if it is to be one."""
    made = []

    def make(tls=None):
        made.append(Proxy(shaken.slapd.ldap_port.number, shaken.slapd.dn('gatehouse'), tls))
        return made[-1]

    yield make
    for proxy in made:
        proxy.close()


@pytest.fixture
def proxy(make_proxy):
    """A proxy to the directory of `shaken`."""
    return make_proxy()


@pytest.fixture(scope='session')
def shelf(tmp_path_factory):
    """The certificates of TLS ends."""
    return Shelf(tmp_path_factory.mktemp('shelf'))


@pytest.fixture
def make_end(portal, shelf):
    """A function that puts a TLS end in front of the directory of `portal`."""
    made = []

    def make(end, context=None):
        made.append(Proxy(portal.slapd.ldap_port.number, portal.slapd.dn('gatehouse'),
                          context or shelf.context(end)))
        made[-1].uri = f'ldaps://{end.host}:{made[-1].port.number}'
        return made[-1]

    yield make
    for proxy in made:
        proxy.close()
