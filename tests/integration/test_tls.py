"""TLS between nginx and the directory: whom it trusts, what it says, what it remembers."""

import socket
import threading

import pytest

from stack.ber import EXTENDED_REQUEST
from stack.process import wait_until
from strain import (Form, Log, has_cookie, is_page_of_outage, sign_in_all, with_settings,
                    workers_settle)
from tls_ends import (BAD, CLIENTS, GOOD, OLD, End, StartTlsEnd, bind_granted, garbled,
                      granted, nothing, of_another, refused)
from web import LOGIN, MARIA, Browser

pytestmark = pytest.mark.filterwarnings('ignore:ssl.TLSVersion:DeprecationWarning')

REFUSED = 'its certificate is refused: '
UNVERIFIED = ('[warn] ', 'gatehouse: directory: tls_verify = no: anybody on the way')


@pytest.fixture
def start(make_gateway, shelf):
    """A function that starts a gateway that trusts the shelf's authority."""
    def begin(*uris, **settings):
        settings = {'tls_ca': f'"{shelf.authority}"'} | settings
        gateway = make_gateway(with_settings(**settings), uris=uris)
        gateway.start()
        return gateway
    return begin


def sign_in(gateway, person):
    return Form(gateway.url).sign_in(person, MARIA[1])


def assert_outage(gateway, person, reason):
    """Nobody gets in, and the log says why."""
    answer = sign_in(gateway, person)

    assert is_page_of_outage(answer)
    assert not has_cookie(answer)
    assert Log(gateway, since_start=True).has(f' is down: {reason}')


# Whom it trusts.

@pytest.mark.parametrize('name', GOOD)
def test_good(start, make_end, person, name):
    gateway = start(make_end(GOOD[name]).uri)
    log = Log(gateway)

    assert sign_in(gateway, person).status == 303
    assert log.lines('warn', 'error', 'crit', 'alert') == []


@pytest.mark.parametrize('name', BAD)
def test_bad(start, make_end, person, name):
    end, reason = BAD[name]
    proxy = make_end(end)
    gateway = start(proxy.uri)

    assert_outage(gateway, person, REFUSED + reason)
    assert proxy.requests() == []


def test_a_clients_certificate(start, make_end, person):
    assert_outage(start(make_end(CLIENTS).uri), person,
                  REFUSED + 'unsuitable certificate purpose')


@pytest.mark.parametrize('verify', ['yes', 'no'])
def test_before_tls_1_2(start, make_end, person, verify):
    end = make_end(OLD)
    gateway = start(end.uri, tls_verify=verify)

    assert_outage(gateway, person, 'the TLS handshake failed')
    # nginx's own words, with the server they are about, of each connection that was begun.
    lines = [text for _, text in Log(gateway, since_start=True).lines('error', 'crit')
             if 'SSL handshake' in text]
    assert set(lines) == {f'peer closed connection in SSL handshake, directory: {end.uri}'}
    assert len(lines) <= 2
    assert end.requests() == []


@pytest.mark.parametrize('name', BAD)
def test_unverified(start, make_end, person, name):
    gateway = start(make_end(BAD[name][0]).uri, tls_verify='no')

    assert sign_in(gateway, person).status == 303


def test_unverified_is_a_warning_at_every_start(start, make_end):
    gateway = start(make_end(GOOD['address']).uri, tls_verify='no')

    def warnings():
        lines = gateway.error_log.read_text(encoding='utf-8').splitlines()
        return sum(all(part in line for part in UNVERIFIED) for line in lines)

    assert warnings() == 1
    assert UNVERIFIED[1] in gateway.run('-t').stderr
    before = warnings()
    gateway.reload()
    assert warnings() == before + 1
    gateway.restart()
    assert warnings() == before + 2


def test_the_systems_authorities(start, portal, person):
    """They don't know ours."""
    gateway = start(portal.slapd.ldaps_uri, tls_ca='"/etc/ssl/certs/ca-certificates.crt"')

    assert_outage(gateway, person, REFUSED + 'self-signed certificate in certificate chain')


# What it says.

@pytest.mark.parametrize('host, name', [('localhost', 'localhost'), ('127.0.0.1', None)])
def test_server_name(start, make_end, shelf, person, host, name):
    """A name is sent, an address is not (RFC 6066, section 3)."""
    end = End('name' if name else 'address', host)
    context = shelf.context(end)
    names = []
    context.sni_callback = lambda _socket, sent, _context: names.append(sent)
    gateway = start(make_end(end, context).uri)

    assert sign_in(gateway, person).status == 303
    assert set(names) == {name}


def test_slapds_own(start, portal, person):
    gateway = start(portal.slapd.ldaps_uri, tls_ca=f'"{portal.slapd.tls.authority}"')

    assert sign_in(gateway, person).status == 303


def test_many_at_once(start, make_end, person):
    gateway = start(make_end(GOOD['address']).uri, timeout=30000)
    answers = sign_in_all(Form(gateway.url), [(person, MARIA[1])] * 60)

    assert {answer.status for answer in answers} == {303}


# What it remembers.

@pytest.mark.parametrize('version', ['TLS 1.2', 'TLS 1.3'])
def test_sessions_are_resumed(start, make_end, person, version):
    end = make_end(GOOD[version])
    gateway = start(end.uri)
    form = Form(gateway.url)

    def resumes():
        """Whether one of the connections after a cut resumes a session."""
        before = len(end.connections)
        end.cut()
        wait_until(lambda: form.sign_in(person, MARIA[1]).status == 303, 'the directory again')
        return any(connection.is_resumed for connection in end.connections[before:])

    assert form.sign_in(person, MARIA[1]).status == 303
    assert end.connections[0].is_resumed is False
    # What was on its way up when the first session came has none to resume.
    wait_until(resumes, 'a session')
    for _ in range(3):
        assert resumes()


def test_a_session_is_no_way_around_new_authorities(start, make_end, person, shelf):
    """What the old worker verified is nothing to the new one."""
    end = make_end(GOOD['address'])
    gateway = start(end.uri)
    assert sign_in(gateway, person).status == 303

    text = gateway.gatehouse_conf.read_text(encoding='utf-8')
    gateway.gatehouse_conf.write_text(
        text.replace(str(shelf.authority), str(shelf.other_authority)), encoding='utf-8')
    gateway.reload()
    workers_settle(gateway, 1)

    assert_outage(gateway, person, REFUSED + 'unable to get local issuer certificate')


# StartTLS.

@pytest.fixture
def start_tls(start):
    """A function that starts a gateway that asks the server on a loopback port for StartTLS."""
    def begin(port, **settings):
        return start(f'ldap://127.0.0.1:{port}', starttls='yes', **settings)
    return begin


def test_starttls(start_tls, portal, person):
    gateway = start_tls(portal.slapd.ldap_port.number,
                        tls_ca=f'"{portal.slapd.tls.authority}"')

    assert sign_in(gateway, person).status == 303


def test_starttls_with_another_authority(start_tls, portal, person):
    assert_outage(start_tls(portal.slapd.ldap_port.number), person,
                  REFUSED + 'self-signed certificate in certificate chain')


@pytest.mark.parametrize('answer, reason', [
    (refused, 'it refuses StartTLS'),
    (garbled, "it sent what can't be understood"),
    (of_another, 'no connection within connect_timeout'),
    (nothing, 'no connection within connect_timeout')])
def test_starttls_without_consent(start_tls, person, answer, reason):
    with StartTlsEnd(answer) as end:
        gateway = start_tls(end.port, connect_timeout=300)
        assert_outage(gateway, person, reason)

        assert set(end.asked) == {EXTENDED_REQUEST}
        assert b'cn=gatehouse' not in end.heard


@pytest.mark.parametrize('when, reason', [
    ('behind', 'something in clear came behind its answer to StartTLS'),
    ('late', 'the TLS handshake failed')])
def test_something_in_clear_behind_starttls(start_tls, person, when, reason):
    with StartTlsEnd(granted, **{when: bind_granted}) as end:
        assert_outage(start_tls(end.port), person, reason)

        assert b'cn=gatehouse' not in end.heard
        # TLS did not begin, where it was plain that somebody is on the way.
        assert bool(end.heard) == (when == 'late')


# Handshakes that hang.

@pytest.fixture
def silent():
    """A server that accepts connections and never says a word."""
    with socket.create_server(('127.0.0.1', 0)) as listener:
        yield listener


def uri_of(listener):
    return f'ldaps://127.0.0.1:{listener.getsockname()[1]}'


def test_a_handshake_has_an_end(start, silent, person):
    gateway = start(uri_of(silent), connect_timeout=300)

    assert_outage(gateway, person, 'no TLS handshake within connect_timeout')


def test_a_handshake_holds_up_nobody_else(start, silent, person):
    """There is one worker, and it goes on while the sign-in waits."""
    gateway = start(uri_of(silent), connect_timeout=30000, timeout=60000)
    form = Form(gateway.url)
    answers = []
    thread = threading.Thread(
        target=lambda: answers.append(form.sign_in(person, MARIA[1])))
    thread.start()
    peer, _ = silent.accept()
    with peer:
        assert peer.recv(1) == b'\x16'
        assert Browser(gateway.url).get(LOGIN).status_code == 200
        assert answers == []
        # Whoever connects next is refused, too.
        silent.close()
    thread.join()

    assert is_page_of_outage(answers[0])


def test_a_handshake_does_not_hold_an_old_worker(start, silent, person):
    gateway = start(uri_of(silent), connect_timeout=500, timeout=1000)
    old = gateway.worker_pids()
    assert sign_in(gateway, person).status == 503
    gateway.reload()

    wait_until(lambda: not set(old) & set(gateway.worker_pids()), 'end of the old worker')


# Files.

@pytest.mark.parametrize('settings, complaint', [
    ({'tls_ca': '"/nonexistent/ca.pem"'}, '/nonexistent/ca.pem'),
    ({'tls_certificate': '"/nonexistent/gateway.pem"',
      'tls_certificate_key': '"/nonexistent/gateway.key"'}, '/nonexistent/gateway.pem')])
def test_files_that_are_missing(make_gateway, settings, complaint):
    gateway = make_gateway(with_settings(**settings), uris=['ldaps://127.0.0.1'])
    done = gateway.run('-t')

    assert done.returncode == 1
    assert complaint in done.stderr


def test_the_key_of_another_certificate(make_gateway, shelf):
    one, other = shelf.certificates['client'], shelf.certificates['address']
    gateway = make_gateway(with_settings(tls_certificate=f'"{one.certificate}"',
                                         tls_certificate_key=f'"{other.key}"'),
                           uris=['ldaps://127.0.0.1'])
    done = gateway.run('-t')

    assert done.returncode == 1
    assert str(other.key) in done.stderr
    assert 'key values mismatch' in done.stderr


def test_files_are_not_looked_at_without_tls(make_gateway):
    gateway = make_gateway(with_settings(tls_ca='"/nonexistent/ca.pem"'))

    assert gateway.run('-t').returncode == 0
