"""The waiting client: servers dead, silent, false and dying."""

import os
import socket
import sys
import threading
from pathlib import Path

import pytest

from false_directory import FalseDirectory, Reply, done
from probing import (DEADLINE, INVALID_CREDENTIALS, MARIA, PASSWORD, SUCCESS, TIMEOUT,
                     UNREACHABLE, Paused, probe, write_conf)
from stack import ber
from stack.people import People
from stack.process import Port, stopped
from stack.slapd import Slapd

ELSEWHERE = Path(__file__).with_name('elsewhere.py')

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


@pytest.fixture(name='write_conf')
def write_conf_for(directory, tmp_path):
    """A function that writes a gatehouse.conf for the servers and settings given."""
    return lambda *uris, **settings: write_conf(tmp_path, directory, uris, settings)


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
    outcome = probe(write_conf(directory.ldapi_uri), *requests)

    assert outcome.results == {number: SUCCESS for number in range(110)}


def test_more_binds_than_connections_are_refused_not_lost(directory, write_conf):
    outcome = probe(write_conf(directory.ldapi_uri), *[f'bind:{MARIA}'] * 70)

    assert len(outcome.results) == 70
    assert set(outcome.results.values()) == {SUCCESS, -4}


def test_a_dead_server_is_passed_over(directory, write_conf, dead):
    outcome = probe(write_conf(f'ldap://127.0.0.1:{dead}', directory.ldapi_uri),
                    f'search:{MARIA}', f'bind:{MARIA}')

    assert outcome.results == {0: SUCCESS, 1: SUCCESS}


def test_a_silent_server_is_passed_over(directory, write_conf, silent):
    outcome = probe(write_conf(f'ldap://127.0.0.1:{silent}', directory.ldapi_uri,
                               connect_timeout=DEADLINE),
                    f'search:{MARIA}', f'bind:{MARIA}')

    assert outcome.results == {0: SUCCESS, 1: SUCCESS}
    assert DEADLINE <= outcome.elapsed < DEADLINE + SLACK


@pytest.mark.parametrize('scheme, starttls', [
    ('ldap', 'no'), ('ldap', 'yes'), ('ldaps', 'no')])
def test_a_silent_server_holds_nobody_past_the_deadline(write_conf, silent, scheme, starttls):
    """Also with a connect timeout as long as the deadline: then that one ends the wait."""
    conf = write_conf(f'{scheme}://127.0.0.1:{silent}', starttls=starttls,
                      timeout=DEADLINE, connect_timeout=DEADLINE)
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
            conf = write_conf(f'{scheme}://127.0.0.1:{port}', timeout=DEADLINE,
                              connect_timeout=DEADLINE)
            outcome = probe(conf, f'bind:{MARIA}')
        finally:
            done.set()
            server.join()

    assert set(outcome.results.values()) <= {TIMEOUT, UNREACHABLE}
    assert outcome.elapsed < DEADLINE + SLACK


def test_a_stopped_slapd_holds_nobody_past_the_deadline(directory, write_conf):
    """The connections are up already, and it stops answering: SIGSTOP."""
    # Those before the pause have an answer to get.
    timeout = 3 * DEADLINE
    conf = write_conf(directory.ldapi_uri, timeout=timeout, connect_timeout=timeout)
    paused = Paused(conf, f'search:{MARIA}', f'bind:{MARIA}',
                    'pause', f'search:{MARIA}', f'bind:{MARIA}')
    with stopped(directory.pidfile.pid()):
        outcome = paused.go()

    assert sorted(paused.before) == ['0 0 1\n', '1 0 0\n']
    assert outcome.results == {3: TIMEOUT, 4: TIMEOUT}
    assert outcome.elapsed < timeout + SLACK
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


@pytest.fixture(name='false')
def fixture_false(directory):
    server = FalseDirectory(directory.dn('pam'))
    yield server
    server.close()


@pytest.mark.parametrize('code', [51, 52], ids=['busy', 'unavailable'])
def test_who_can_not_just_now_is_passed_over(directory, write_conf, false, code):
    for operation in (ber.SEARCH_REQUEST, ber.BIND_REQUEST):
        false.misbehave(operation, lambda message: Reply(done(message, code)))

        both = probe(write_conf(false.uri, directory.ldapi_uri), f'search:{MARIA}',
                     f'bind:{MARIA}')
        alone = probe(write_conf(false.uri), f'search:{MARIA}', f'bind:{MARIA}')

        assert both.results == {0: SUCCESS, 1: SUCCESS}
        assert code in alone.results.values()


def test_client_goes_to_write_uri(directory, write_conf, dead):
    conf = write_conf(f'ldap://127.0.0.1:{dead}', write_uri=f'"{directory.ldapi_uri}"')

    outcome = probe(conf, f'search:{MARIA}', f'bind:{MARIA}')

    assert outcome.results == {0: SUCCESS, 1: SUCCESS}
    assert outcome.trouble == ''


def test_no_password_goes_out_in_clear(write_conf):
    """192.0.2.1 (RFC 5737) is nobody's: the refusal comes before any packet."""
    outcome = probe(write_conf('ldap://192.0.2.1'), f'bind:{MARIA}')

    assert outcome.results == {0: UNREACHABLE}
    assert outcome.elapsed < SLACK
    assert outcome.trouble.startswith(
        'ldap://192.0.2.1: passwords would cross the network in clear: use ldaps://')


@pytest.mark.parametrize('is_allowed', [False, True])
def test_clear_text_to_another_machine(directory, write_conf, is_allowed):
    """Only allow_plaintext sends a password there."""
    conf = write_conf('ldap://192.0.2.1', allow_plaintext='yes' if is_allowed else 'no',
                      timeout=20000, connect_timeout=10000)
    # Whoever is not root here is it in a name space of its own.
    own = () if os.getuid() == 0 else ('--map-root-user',)
    outcome = probe(conf, f'search:{MARIA}', f'bind:{MARIA}', wrapper=(
        'unshare', *own, '--net', sys.executable, '-B', ELSEWHERE, directory.socket))

    result = SUCCESS if is_allowed else UNREACHABLE
    assert outcome.results == {0: result, 1: result}
