"""nginx under valgrind: nothing is lost, and nothing is touched that is not ours."""

import os
import signal
import socket
import threading
from pathlib import Path

import pytest

from false_directory import RUINOUS, SILENT, FalseDirectory
from stack.ber import BIND_REQUEST, MODIFY_REQUEST, SEARCH_REQUEST
from stack.process import wait_until
from strain import (PASSWORD, WRONG, Form, leave, left, sign_in_all, with_settings,
                    workers_settle)
from tls_ends import BAD, GOOD, StartTlsEnd, bind_granted, granted, refused
from web import MARIA, Gateway, signed_in

pytestmark = [pytest.mark.as_shipped, pytest.mark.no_sanitizers]

SUPPRESSIONS = Path(__file__).with_name('valgrind.supp')

# Modules are unloaded when nginx ends; what was known of them is needed after that.
VALGRIND = ('valgrind', '--trace-children=yes', '--leak-check=full',
            '--show-leak-kinds=definite', '--errors-for-leak-kinds=definite',
            '--keep-debuginfo=yes', '--num-callers=30', f'--suppressions={SUPPRESSIONS}')

# libldap 2.5 forgets to free its request when it gets this for an answer.
LOST_BY_LIBLDAP = 'no operation'

NO_ERRORS = 'ERROR SUMMARY: 0 errors from 0 contexts'


class Watched:
    """A gateway with one worker that valgrind watches."""

    def __init__(self, stack, folder):
        self.folder = folder
        self.gateway = Gateway(stack, folder)
        self.gateway.wrapper = (*VALGRIND, f'--log-file={folder}/valgrind.%p.log')
        self.form = None

    def start(self, uris, **settings):
        self.gateway.write(with_settings(**settings), uris=uris)
        self.gateway.start()
        self.form = Form(self.gateway.url)

    def stop(self):
        """Lets it end by itself, with all that it holds given back."""
        master = self.gateway.pidfile.pid()
        pids = [master, *self.gateway.worker_pids()]
        os.kill(master, signal.SIGQUIT)
        wait_until(lambda: not any(Path(f'/proc/{pid}').exists() for pid in pids),
                   'end of nginx')

    def reports(self):
        """What valgrind said of each process."""
        return [path.read_text(encoding='utf-8') for path in self.folder.glob('valgrind.*.log')]

    def faults(self):
        """The reports of processes in which it found something."""
        return [report for report in self.reports() if NO_ERRORS not in report]


@pytest.fixture
def watched(shaken, crowd, tmp_path_factory):
    whole = Watched(shaken, tmp_path_factory.mktemp('valgrind'))
    yield whole
    whole.gateway.close()


@pytest.fixture
def false(shaken):
    directory = FalseDirectory(shaken.slapd.dn('gatehouse'))
    yield directory
    directory.close()


def test_ordinary_days(watched, proxy, crowd):
    # What is held is not dead, however slow valgrind makes everything else.
    watched.start([proxy.uri], timeout=10000, connect_timeout=5000, patience=60000)
    form, gateway = watched.form, watched.gateway

    attempts = [(name, PASSWORD) for name in crowd[:24]]
    assert {answer.status for answer in sign_in_all(form, attempts)} == {303}
    attempts = [(name, WRONG) for name in crowd[:6]] + [
        ('no.such.person', WRONG), ('*)(uid=*', WRONG), ('765432', WRONG, 'contractor'),
        ('crowd.00', ''), ('', WRONG), ('crowd.00', WRONG, 'nobody')]
    assert {answer.status for answer in sign_in_all(form, attempts)} == {422}
    browser = signed_in(gateway.url, *MARIA)
    for path in ('/account/dashboard', '/dashboard/', '/static/page.txt', '/', '/account/check'):
        assert browser.get(path).status_code == 200
    assert browser.sign_out().status_code == 303
    assert browser.get('/dashboard/').status_code == 302
    # Its mark is written for nobody who waits; from here on only sign-ins are counted.
    wait_until(lambda: any(dn.startswith('uid=maria.lopez,')
                           for _, dn in proxy.requests(MODIFY_REQUEST)), 'the mark')
    proxy.forget()
    proxy.hold()
    leave(form, crowd[:10], lambda: len(proxy.requests(SEARCH_REQUEST)) == 10)
    wait_until(lambda: left(gateway) == 10, 'nginx to notice')
    proxy.release()
    for _ in range(2):
        gateway.reload()
        workers_settle(gateway, 1)
        assert form.sign_in('crowd.00').status == 303
    watched.stop()

    assert watched.faults() == []
    # A master, three workers, and who put the master into the background.
    assert len(watched.reports()) == 5


def test_bad_days(watched, proxy, make_proxy, crowd):
    second = make_proxy()
    watched.start([proxy.uri, second.uri], timeout=2000, connect_timeout=1000, queue=4,
                  bind_connections=2)
    form, gateway = watched.form, watched.gateway
    assert form.sign_in('crowd.00').status == 303

    # Cut off under way, the line full, reloaded with sign-ins waiting.
    proxy.hold()
    threads = [threading.Thread(target=form.sign_in, args=(name,)) for name in crowd[:12]]
    for thread in threads:
        thread.start()
    wait_until(lambda: proxy.results() >= 4, 'sign-ins under way')
    gateway.reload()
    proxy.drop()
    proxy.cut()
    for thread in threads:
        thread.join()
    proxy.release()
    workers_settle(gateway, 1)

    # The first server hangs, then it is gone, then both are, then they are back.
    proxy.is_deaf = True
    assert form.sign_in('crowd.00').status == 503
    wait_until(lambda: form.sign_in('crowd.00').status == 303, 'the second server')
    proxy.refuse()
    second.refuse()
    assert form.sign_in('crowd.00').status == 503
    proxy.is_deaf = False
    second.accept()
    wait_until(lambda: form.sign_in('crowd.00').status == 303, 'the second server again')
    proxy.accept()
    proxy.forget()
    wait_until(lambda: form.sign_in('crowd.00').status == 303 and proxy.requests(),
               'the first server')
    watched.stop()

    assert watched.faults() == []


def test_hostile_days(watched, false):
    watched.start([false.uri], timeout=600, connect_timeout=300)
    form = watched.form
    assert form.sign_in('crowd.00').status == 303

    for name, mischief in (RUINOUS | SILENT).items():
        if name == LOST_BY_LIBLDAP:
            continue
        for operation in (SEARCH_REQUEST, BIND_REQUEST):
            false.misbehave(operation, mischief)
            assert form.sign_in('crowd.00').status == 503
    false.behave()
    wait_until(lambda: form.sign_in('crowd.00').status == 303, 'good will')
    watched.stop()

    assert watched.faults() == []


def test_days_with_tls(watched, make_proxy, shelf, crowd):
    """Sessions resumed, connections cut, and servers that are given up in the handshake."""
    good, bad = (make_proxy(shelf.context(end)) for end in (GOOD['address'], BAD['expired'][0]))
    with (StartTlsEnd(refused) as first, StartTlsEnd(granted, behind=bind_granted) as second,
          StartTlsEnd(granted, late=bind_granted) as third,
          socket.create_server(('127.0.0.1', 0)) as silent):
        watched.start([*(f'ldap://127.0.0.1:{end.port}' for end in (first, second, third)),
                       f'ldaps://127.0.0.1:{silent.getsockname()[1]}', bad.uri, good.uri],
                      tls_ca=f'"{shelf.authority}"', starttls='yes', timeout=20000,
                      connect_timeout=500)
        form, gateway = watched.form, watched.gateway
        wait_until(lambda: form.sign_in('crowd.00').status == 303, 'the good server')
        attempts = [(name, PASSWORD) for name in crowd[:12]]
        assert {answer.status for answer in sign_in_all(form, attempts)} == {303}
        good.cut()
        wait_until(lambda: form.sign_in('crowd.00').status == 303, 'the good server again')
        assert any(connection.is_resumed for connection in good.connections)
        gateway.reload()
        workers_settle(gateway, 1)
        wait_until(lambda: form.sign_in('crowd.00').status == 303, 'the good server anew')
        # Every one of the others has been tried.
        assert first.asked and second.asked and third.asked and third.heard
        watched.stop()

    assert watched.faults() == []
