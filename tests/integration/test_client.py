"""The waiting client: servers dead, silent, false and dying, and TLS that verifies."""

import os
import signal
import socket
import ssl
import subprocess
import threading
import time

import pytest

from stack.certificates import Certificates
from stack.paths import BUILD, DEMO
from stack.people import People
from stack.process import Port
from stack.slapd import Slapd
from stack.template import fill

PROBE = BUILD / 'tests' / 'integration' / 'client_probe'
MARIA = 'uid=maria.lopez,ou=public,dc=city,dc=example'
PASSWORD = 'blue heron over the pier'

SUCCESS = 0
INVALID_CREDENTIALS = 49
UNREACHABLE = -1
TIMEOUT = -2

# Milliseconds: the configuration's, and what a busy machine may add to it.
DEADLINE = 1500
CONNECT = 500
# ms that a busy machine may add: this tells a hang from an answer, and measures nothing.
SLACK = 10000


@pytest.fixture(scope='module')
def directory(tmp_path_factory):
    """A directory of this module's own, with one person in it."""
    server = Slapd(tmp_path_factory.mktemp('directory'))
    try:
        server.create()
        server.start()
        server.install()
        People(server).add_public('maria.lopez', 'Maria', 'Lopez', 'maria.lopez@example.org',
                                  PASSWORD)
        yield server
    finally:
        server.close()


@pytest.fixture
def silent():
    """The port of a server that accepts connections and never says a word."""
    with socket.create_server(('127.0.0.1', 0)) as listener:
        yield listener.getsockname()[1]


@pytest.fixture
def dead():
    """A port where nobody listens."""
    port = Port()
    yield port.number
    port.release()


@pytest.fixture
def write_conf(directory, tmp_path):
    """A function that writes a gatehouse.conf for the servers and settings given."""
    def write(*uris, **settings):
        conf = tmp_path / 'gatehouse.conf'
        text = fill(DEMO / 'gatehouse.conf.in', {
            'URIS': ', '.join(f'"{uri}"' for uri in uris),
            'BASE': directory.base,
            'SECRETS': directory.secrets,
            'KEYS': tmp_path / 'keys',
            'URL': 'http://127.0.0.1:8080/account',
            'PAGES': tmp_path,
            'MAIL_URL': 'smtp://127.0.0.1',
            'AUDIT_LOG': tmp_path / 'audit.log',
        })
        settings = {'timeout': DEADLINE, 'connect_timeout': CONNECT} | settings
        lines = ''.join(f'    {name} = {value}\n' for name, value in settings.items())
        conf.write_text(text.replace('directory {\n', 'directory {\n' + lines, 1),
                        encoding='utf-8')
        return conf
    return write


class Outcome:
    """What the probe printed: results by number, trouble, and how long it took (ms)."""

    def __init__(self, output, elapsed):
        self.results = {}
        self.entries = {}
        self.trouble = None
        self.elapsed = elapsed
        for line in output.splitlines():
            first, _, rest = line.partition(' ')
            if first == 'trouble':
                self.trouble = rest
            elif first != 'pause':
                result, entries = rest.split()
                self.results[int(first)] = int(result)
                self.entries[int(first)] = int(entries)


def environment(password=PASSWORD, **variables):
    return dict(os.environ, PROBE_PASSWORD=password, **variables)


def probe(conf, *requests, password=PASSWORD, **variables):
    begin = time.monotonic()
    done = subprocess.run([PROBE, conf, *requests], env=environment(password, **variables),
                          stdin=subprocess.DEVNULL, capture_output=True, text=True,
                          timeout=60, check=False)
    elapsed = (time.monotonic() - begin) * 1000
    assert done.returncode == 0, done.stderr
    return Outcome(done.stdout, elapsed)


class Paused:
    """A probe that waits at its `pause`; go() lets it end."""

    def __init__(self, conf, *requests):
        # pylint: disable-next=consider-using-with
        self.process = subprocess.Popen([PROBE, conf, *requests], env=environment(),
                                        stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                        text=True)
        self.before = []
        for line in self.process.stdout:
            if line == 'pause\n':
                break
            self.before.append(line)

    def go(self):
        begin = time.monotonic()
        output, _ = self.process.communicate('\n', timeout=60)
        assert self.process.returncode == 0
        return Outcome(output, (time.monotonic() - begin) * 1000)


def test_search_and_bind_side_by_side(directory, write_conf):
    outcome = probe(write_conf(directory.ldapi_uri), f'search:{MARIA}', f'bind:{MARIA}')

    assert outcome.results == {0: SUCCESS, 1: SUCCESS}
    assert outcome.entries == {0: 1, 1: 0}
    assert outcome.trouble == ''


def test_wrong_password_is_the_directorys_answer(directory, write_conf):
    outcome = probe(write_conf(directory.ldap_uri), f'bind:{MARIA}', password='not hers')

    assert outcome.results == {0: INVALID_CREDENTIALS}


def test_many_requests_in_flight(directory, write_conf):
    requests = [f'search:{MARIA}'] * 100 + [f'bind:{MARIA}'] * 10
    outcome = probe(write_conf(directory.ldapi_uri, timeout=20000), *requests)

    assert outcome.results == {number: SUCCESS for number in range(110)}


def test_more_binds_than_connections_are_refused_not_lost(directory, write_conf):
    outcome = probe(write_conf(directory.ldapi_uri, timeout=30000),
                    *[f'bind:{MARIA}'] * 70)

    assert len(outcome.results) == 70
    assert set(outcome.results.values()) == {SUCCESS, -4}


def test_a_dead_server_is_passed_over(directory, write_conf, dead):
    outcome = probe(write_conf(f'ldap://127.0.0.1:{dead}', directory.ldapi_uri),
                    f'search:{MARIA}', f'bind:{MARIA}')

    assert outcome.results == {0: SUCCESS, 1: SUCCESS}


def test_a_silent_server_is_passed_over(directory, write_conf, silent):
    outcome = probe(write_conf(f'ldap://127.0.0.1:{silent}', directory.ldapi_uri),
                    f'search:{MARIA}', f'bind:{MARIA}')

    assert outcome.results == {0: SUCCESS, 1: SUCCESS}
    assert CONNECT <= outcome.elapsed < DEADLINE + SLACK


@pytest.mark.parametrize('scheme, starttls', [
    ('ldap', 'no'), ('ldap', 'yes'), ('ldaps', 'no')])
def test_a_silent_server_holds_nobody_past_the_deadline(write_conf, silent, scheme, starttls):
    """Also with a connect timeout as long as the deadline: then that one ends the wait."""
    conf = write_conf(f'{scheme}://127.0.0.1:{silent}', starttls=starttls,
                      connect_timeout=DEADLINE)
    outcome = probe(conf, f'bind:{MARIA}', f'search:{MARIA}')

    assert set(outcome.results.values()) <= {TIMEOUT, UNREACHABLE}
    assert len(outcome.results) == 2
    assert outcome.elapsed < DEADLINE + SLACK
    assert outcome.trouble.startswith(f'{scheme}://127.0.0.1:{silent}: ')


def trickle(listener, data, done):
    """Sends `data` over and over, a byte every 50 ms, to whoever connects."""
    while not done.is_set():
        try:
            peer, _ = listener.accept()
        except TimeoutError:
            continue
        with peer:
            position = 0
            while not done.wait(0.05):
                try:
                    peer.sendall(data[position % len(data):][:1])
                except OSError:
                    break
                position += 1


@pytest.mark.parametrize('scheme, data', [
    # A TLS record, and an LDAP message, of many bytes that never ends.
    ('ldaps', b'\x16\x03\x03\x40\x00' + b'\x02' * 1000),
    ('ldap', b'\x30\x83\x00\x40\x00' + b'\x02' * 1000)], ids=['handshake', 'message'])
def test_a_server_that_trickles_holds_nobody_past_the_deadline(write_conf, scheme, data):
    done = threading.Event()
    with socket.create_server(('127.0.0.1', 0)) as listener:
        listener.settimeout(0.1)
        port = listener.getsockname()[1]
        server = threading.Thread(target=trickle, args=(listener, data, done))
        server.start()
        try:
            outcome = probe(write_conf(f'{scheme}://127.0.0.1:{port}'), f'bind:{MARIA}')
        finally:
            done.set()
            server.join()

    assert set(outcome.results.values()) <= {TIMEOUT, UNREACHABLE}
    assert outcome.elapsed < DEADLINE + SLACK


def test_a_stopped_slapd_holds_nobody_past_the_deadline(directory, write_conf):
    """The connections are up already, and it stops answering: SIGSTOP."""
    paused = Paused(write_conf(directory.ldapi_uri), f'search:{MARIA}', f'bind:{MARIA}',
                    'pause', f'search:{MARIA}', f'bind:{MARIA}')
    pid = directory.pidfile.pid()
    os.kill(pid, signal.SIGSTOP)
    try:
        outcome = paused.go()
    finally:
        os.kill(pid, signal.SIGCONT)

    assert sorted(paused.before) == ['0 0 1\n', '1 0 0\n']
    assert outcome.results == {3: TIMEOUT, 4: TIMEOUT}
    assert outcome.elapsed < DEADLINE + SLACK
    assert outcome.trouble == f'{directory.ldapi_uri}: no answer in time'


def test_a_restarted_slapd_is_found_again(directory, write_conf):
    """Kept connections that died while idle are noticed before they are used."""
    paused = Paused(write_conf(directory.ldapi_uri), f'search:{MARIA}', f'bind:{MARIA}',
                    'pause', f'search:{MARIA}', f'bind:{MARIA}')
    directory.restart()
    outcome = paused.go()

    assert outcome.results == {3: SUCCESS, 4: SUCCESS}


def test_a_stopped_directory_is_unreachable(directory, write_conf):
    conf = write_conf(directory.ldapi_uri, directory.ldap_uri)
    directory.stop()
    try:
        outcome = probe(conf, f'search:{MARIA}', f'bind:{MARIA}')
    finally:
        directory.start()

    assert outcome.results == {0: UNREACHABLE, 1: UNREACHABLE}
    assert outcome.elapsed < SLACK
    assert outcome.trouble == f"{directory.ldap_uri}: can't connect: Connection refused"


class Relay:
    """A server that passes everything on to `port`, and cuts what says `cut`."""

    def __init__(self, port, address='127.0.0.1', cut=None):
        self.target = ('127.0.0.1', port)
        self.cut = cut
        self.listener = socket.create_server((address, 0))
        self.port = self.listener.getsockname()[1]
        threading.Thread(target=self.serve, daemon=True).start()

    def serve(self):
        while True:
            try:
                peer, _ = self.listener.accept()
            except OSError:
                return
            server = socket.create_connection(self.target)
            for pair in ((peer, server), (server, peer)):
                threading.Thread(target=self.pump, args=pair, daemon=True).start()

    def pump(self, source, sink):
        try:
            while data := source.recv(65536):
                if self.cut is not None and self.cut in data:
                    break
                sink.sendall(data)
        except OSError:
            pass
        for each in (source, sink):
            try:
                each.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass

    def close(self):
        self.listener.shutdown(socket.SHUT_RDWR)
        self.listener.close()


def test_what_can_be_repeated_goes_to_the_next_server(directory, write_conf):
    """The first server takes the service bind and dies with the search in flight."""
    relay = Relay(directory.ldap_port.number, cut=b'objectClass')
    first = f'ldap://127.0.0.1:{relay.port}'
    try:
        both = probe(write_conf(first, directory.ldapi_uri), f'search:{MARIA}')
        alone = probe(write_conf(first), f'search:{MARIA}')
    finally:
        relay.close()

    assert both.results == {0: SUCCESS}
    assert both.entries == {0: 1}
    assert alone.results == {0: UNREACHABLE}
    assert alone.trouble == f'{first}: the connection was lost'


def test_no_password_goes_out_in_clear(write_conf):
    """192.0.2.1 (RFC 5737) is nobody's: the refusal comes before any packet."""
    outcome = probe(write_conf('ldap://192.0.2.1'), f'bind:{MARIA}')

    assert outcome.results == {0: UNREACHABLE}
    assert outcome.elapsed < CONNECT + SLACK
    assert outcome.trouble.startswith(
        'ldap://192.0.2.1: passwords would cross the network in clear: use ldaps://')


# TLS.


def tls_uri(directory, scheme, host):
    port = directory.ldaps_port if scheme == 'ldaps' else directory.ldap_port
    return f'{scheme}://{host}:{port.number}'


WAYS = pytest.mark.parametrize('scheme, starttls', [('ldaps', 'no'), ('ldap', 'yes')])


@WAYS
def test_tls_with_the_right_authority(directory, write_conf, scheme, starttls):
    conf = write_conf(tls_uri(directory, scheme, '127.0.0.1'), starttls=starttls,
                      tls_ca=f'"{directory.tls.authority}"')
    outcome = probe(conf, f'search:{MARIA}', f'bind:{MARIA}')

    assert outcome.results == {0: SUCCESS, 1: SUCCESS}


@pytest.fixture(scope='module')
def other_authority(tmp_path_factory):
    other = Certificates(tmp_path_factory.mktemp('other') / 'tls')
    other.create()
    return other.authority


@pytest.fixture
def weak(directory, tmp_path):
    """An environment that tells libldap to trust everybody."""
    home = tmp_path / 'home'
    home.mkdir()
    (home / '.ldaprc').write_text(f'TLS_REQCERT never\nTLS_CACERT {directory.tls.authority}\n',
                                  encoding='ascii')
    return {'HOME': str(home), 'LDAPRC': str(home / '.ldaprc'), 'LDAPTLS_REQCERT': 'never',
            'LDAPTLS_REQSAN': 'never', 'LDAPTLS_CACERT': str(directory.tls.authority)}


@WAYS
def test_tls_with_another_authority(directory, write_conf, other_authority, weak, scheme,
                                    starttls):
    uri = tls_uri(directory, scheme, '127.0.0.1')
    conf = write_conf(uri, starttls=starttls, tls_ca=f'"{other_authority}"')
    outcome = probe(conf, f'search:{MARIA}', f'bind:{MARIA}', **weak)

    assert outcome.results == {0: UNREACHABLE, 1: UNREACHABLE}
    assert outcome.trouble.startswith(f'{uri}: TLS failed')


@WAYS
def test_tls_without_an_authority_takes_the_systems(directory, write_conf, weak, scheme,
                                                    starttls):
    """The system's authorities don't know ours, whatever the environment says."""
    conf = write_conf(tls_uri(directory, scheme, '127.0.0.1'), starttls=starttls)
    outcome = probe(conf, f'bind:{MARIA}', **weak)

    assert outcome.results == {0: UNREACHABLE}


@WAYS
def test_tls_with_another_name(directory, write_conf, weak, scheme, starttls):
    """The certificate is for 127.0.0.1; a relay gives the server another name."""
    port = directory.ldaps_port if scheme == 'ldaps' else directory.ldap_port
    relay = Relay(port.number, address='127.0.0.2')
    uri = f'{scheme}://127.0.0.2:{relay.port}'
    settings = {'starttls': starttls, 'tls_ca': f'"{directory.tls.authority}"'}
    try:
        verified = probe(write_conf(uri, **settings), f'bind:{MARIA}', **weak)
        unverified = probe(write_conf(uri, tls_verify='no', **settings), f'bind:{MARIA}')
    finally:
        relay.close()

    assert verified.results == {0: UNREACHABLE}
    assert verified.trouble.startswith(f'{uri}: TLS failed')
    assert unverified.results == {0: SUCCESS}


class OneAnswer:
    """A server that reads once, answers with the same bytes and closes."""

    def __init__(self, answer=b'', context=None):
        self.answer = answer
        self.context = context
        self.received = []
        self.listener = socket.create_server(('127.0.0.1', 0))
        self.port = self.listener.getsockname()[1]
        threading.Thread(target=self.serve, daemon=True).start()

    def serve(self):
        while True:
            try:
                peer, _ = self.listener.accept()
            except OSError:
                return
            try:
                if self.context is not None:
                    peer = self.context.wrap_socket(peer, server_side=True)
                self.received.append(peer.recv(65536))
                peer.sendall(self.answer)
            except OSError:
                pass
            peer.close()

    def close(self):
        self.listener.shutdown(socket.SHUT_RDWR)
        self.listener.close()


def test_starttls_refused_ends_the_connection(write_conf):
    """An extended response with protocolError: nothing more may be sent in clear."""
    server = OneAnswer(bytes.fromhex('300c 020101 7807 0a0102 0400 0400'))
    uri = f'ldap://127.0.0.1:{server.port}'
    try:
        outcome = probe(write_conf(uri, starttls='yes'), f'bind:{MARIA}')
    finally:
        server.close()

    assert outcome.results == {0: UNREACHABLE}
    assert outcome.trouble == f'{uri}: the server refuses StartTLS: Protocol error'
    assert [b'1.3.6.1.4.1.1466.20037' in data for data in server.received] == [True]


@pytest.mark.parametrize('version, is_refused', [
    (ssl.TLSVersion.TLSv1_1, True), (ssl.TLSVersion.TLSv1_2, False)])
@pytest.mark.filterwarnings('ignore:ssl.TLSVersion:DeprecationWarning')
def test_tls_below_1_2_is_refused(directory, write_conf, version, is_refused):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.set_ciphers('ALL:@SECLEVEL=0')
    context.minimum_version = context.maximum_version = version
    context.load_cert_chain(directory.tls.certificate, directory.tls.key)
    server = OneAnswer(context=context)
    uri = f'ldaps://127.0.0.1:{server.port}'
    try:
        outcome = probe(write_conf(uri, tls_ca=f'"{directory.tls.authority}"'),
                        f'bind:{MARIA}')
    finally:
        server.close()

    assert outcome.results == {0: UNREACHABLE}
    if is_refused:
        assert outcome.trouble == f"{uri}: TLS failed: the server's is older than 1.2"
    else:
        assert outcome.trouble.startswith(f'{uri}: no answer to the bind')
    # Nothing but our good-bye reaches a server that is refused.
    assert any(b'cn=pam' in data for data in server.received) == (not is_refused)
