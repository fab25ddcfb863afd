"""TLS between nginx and the directory: whom it trusts, what it says, what it remembers."""

import pytest

from stack.proxy import Proxy
from strain import Form, Log, has_cookie, is_page_of_outage, with_settings
from tls_ends import BAD, GOOD, Shelf
from web import MARIA

pytestmark = pytest.mark.filterwarnings('ignore:ssl.TLSVersion:DeprecationWarning')


@pytest.fixture(scope='module')
def shelf(tmp_path_factory):
    return Shelf(tmp_path_factory.mktemp('shelf'))


@pytest.fixture
def make_end(portal, shelf):
    """A function that puts a TLS end in front of the portal's directory."""
    made = []

    def make(end, context=None):
        proxy = Proxy(portal.slapd.ldap_port.number, portal.slapd.dn('gatehouse'),
                      context or shelf.context(end))
        proxy.uri = f'ldaps://{end.host}:{proxy.port.number}'
        made.append(proxy)
        return proxy

    yield make
    for proxy in made:
        proxy.close()


@pytest.fixture
def start(make_gateway, shelf):
    """A function that starts a gateway that trusts the shelf's authority."""
    def begin(*uris, **settings):
        settings = {'tls_ca': f'"{shelf.authority}"'} | settings
        gateway = make_gateway(with_settings(**settings), uris=uris)
        gateway.start()
        return gateway
    return begin


@pytest.fixture
def start_tls(start, portal):
    """A function that starts a gateway that asks a server on a loopback port for StartTLS."""
    def begin(port, **settings):
        return start(f'ldap://127.0.0.1:{port}', starttls='yes', **settings)
    return begin


def sign_in(gateway, person):
    return Form(gateway.url).sign_in(person, MARIA[1])


@pytest.mark.parametrize('name', GOOD)
def test_good(start, make_end, person, name):
    end = make_end(GOOD[name])
    gateway = start(end.uri)
    log = Log(gateway)

    assert sign_in(gateway, person).status == 303
    assert log.lines('error', 'crit', 'alert') == []


@pytest.mark.parametrize('name', BAD)
def test_bad(start, make_end, person, name):
    end, reason = BAD[name]
    proxy = make_end(end)
    gateway = start(proxy.uri)

    answer = sign_in(gateway, person)

    assert is_page_of_outage(answer)
    assert not has_cookie(answer)
    assert Log(gateway, since_start=True).has(f'directory {proxy.uri} is down: {reason}')
    assert proxy.journal == []


def test_slapds_own(start, portal, person):
    gateway = start(portal.slapd.ldaps_uri, tls_ca=f'"{portal.slapd.tls.authority}"')

    assert sign_in(gateway, person).status == 303


# StartTLS.

def test_starttls(start_tls, portal, person):
    gateway = start_tls(portal.slapd.ldap_port.number,
                        tls_ca=f'"{portal.slapd.tls.authority}"')

    assert sign_in(gateway, person).status == 303


def test_starttls_with_another_authority(start_tls, portal, person):
    gateway = start_tls(portal.slapd.ldap_port.number)

    assert is_page_of_outage(sign_in(gateway, person))
    assert Log(gateway, since_start=True).has('self-signed certificate in certificate chain')
