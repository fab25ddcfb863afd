"""Reloads with sign-ins on their way, and what all workers know."""

import os
import signal
import threading

import pytest

from stack.process import wait_until
from strain import (GRAVE, PASSWORD, WRONG, Form, Log, descriptors, sign_in_all, with_settings,
                    workers_settle)
from web import MARIA, signed_in

pytestmark = pytest.mark.as_shipped

RELOADS = 10
WORKERS = 2

# The directory takes this long for each answer, s: every reload finds sign-ins waiting.
DELAY = 0.1


@pytest.fixture
def start(make_gateway, shaken, crowd, proxy):
    """A function that starts a gateway behind `proxy`."""
    def make(workers=WORKERS, **settings):
        gateway = make_gateway(stack=shaken, uris=[proxy.uri], workers=workers,
                               edit_config=with_settings(**settings))
        gateway.start()
        return gateway
    return make


class Stream:
    """People who sign in one after another, side by side, until they are told to stop."""

    def __init__(self, form, names):
        self.form = form
        self.enough = threading.Event()
        self.answers = []
        self.threads = [threading.Thread(target=self.flow, args=attempt) for attempt in [
            (name, WRONG if number % 4 == 0 else PASSWORD) for number, name in enumerate(names)]]
        for thread in self.threads:
            thread.start()

    def flow(self, name, password):
        while not self.enough.is_set():
            self.answers.append((password, self.form.sign_in(name, password)))

    def end(self):
        self.enough.set()
        for thread in self.threads:
            thread.join()


def test_ten_reloads_with_sign_ins_waiting(start, proxy, crowd):
    gateway = start(timeout=20000, connect_timeout=10000)
    form = Form(gateway.url)
    sign_in_all(form, [(name, PASSWORD) for name in crowd[:8]])
    log = Log(gateway)
    master = gateway.pidfile.pid()
    before = descriptors(master), [descriptors(pid) for pid in gateway.worker_pids()]
    proxy.delay = DELAY
    stream = Stream(form, crowd[:16])
    try:
        for _ in range(RELOADS):
            answered = len(stream.answers)
            gateway.reload()
            wait_until(lambda: len(stream.answers) > answered + 4, 'sign-ins to go on')
    finally:
        stream.end()
    workers_settle(gateway, WORKERS)

    assert len(stream.answers) > 5 * RELOADS
    for password, answer in stream.answers:
        assert answer.status == (303 if password == PASSWORD else 422)
    assert log.lines(*GRAVE, 'error') == []
    proxy.delay = 0
    sign_in_all(form, [(name, PASSWORD) for name in crowd[:8]])
    assert gateway.pidfile.pid() == master
    assert descriptors(master) == before[0]
    # How many bind connections a worker has depends on who came together.
    assert all(descriptors(pid) <= max(before[1]) + 4 for pid in gateway.worker_pids())


def test_old_worker_ends_with_its_last_sign_in(start, proxy):
    gateway = start(workers=1, timeout=20000, connect_timeout=10000)
    form = Form(gateway.url)
    assert form.sign_in('crowd.00').status == 303
    old, = gateway.worker_pids()
    log = Log(gateway)
    answers = []
    proxy.hold()
    thread = threading.Thread(target=lambda: answers.append(form.sign_in('crowd.01')))
    thread.start()
    wait_until(lambda: proxy.results() == 2, 'a sign-in that waits')

    gateway.reload()

    assert old in gateway.worker_pids()
    assert answers == []
    proxy.release()
    thread.join()
    assert answers[0].status == 303
    assert old not in workers_settle(gateway, 1)
    assert log.lines(*GRAVE, 'error') == []


def test_old_worker_ends_at_the_deadline(start, proxy):
    gateway = start(workers=1, timeout=1000, connect_timeout=500)
    form = Form(gateway.url)
    assert form.sign_in('crowd.00').status == 303
    old, = gateway.worker_pids()
    log = Log(gateway)
    answers = []
    proxy.is_deaf = True
    proxy.forget()
    thread = threading.Thread(target=lambda: answers.append(form.sign_in('crowd.01')))
    thread.start()
    wait_until(lambda: len(proxy.requests()) == 2, 'a sign-in that waits')

    gateway.reload()
    thread.join()

    assert answers[0].status == 503
    assert old not in workers_settle(gateway, 1)
    assert log.lines(*GRAVE) == []


def test_old_worker_with_idle_connections_ends_at_once(start, proxy):
    gateway = start(workers=1)
    assert Form(gateway.url).sign_in('crowd.00').status == 303
    old, = gateway.worker_pids()
    log = Log(gateway)

    gateway.reload()

    assert old not in workers_settle(gateway, 1)
    assert log.lines(*GRAVE, 'error') == []
    assert Form(gateway.url).sign_in('crowd.00').status == 303


def test_stopping_lets_sign_ins_end(start, proxy):
    gateway = start(timeout=20000, connect_timeout=10000)
    form = Form(gateway.url)
    answers = []
    proxy.hold()
    thread = threading.Thread(target=lambda: answers.append(form.sign_in('crowd.01')))
    thread.start()
    wait_until(lambda: proxy.results() >= 2, 'a sign-in that waits')
    log = Log(gateway)

    os.kill(gateway.pidfile.pid(), signal.SIGQUIT)
    wait_until(lambda: log.has('gracefully shutting down'), 'the signal to be taken')
    proxy.release()
    thread.join()
    wait_until(lambda: gateway.pidfile.pid() is None, 'end of nginx')

    assert answers[0].status == 303
    assert log.lines(*GRAVE, 'error') == []


# What one worker knows, all know.

def workers_that_answered(gateway, browser, path, status):
    """Asks over new connections until each worker has answered, always with `status`."""
    seen = set()

    def ask():
        answer = browser.copy().get(path, headers={'Connection': 'close'})
        assert answer.status_code == status
        seen.add(answer.headers['X-Worker'])
        return seen == {str(pid) for pid in gateway.worker_pids()}

    wait_until(ask, 'an answer of every worker')


@pytest.fixture
def many_workers(make_gateway, shaken):
    gateway = make_gateway(
        stack=shaken, workers=3, server='location /whoami/ { gatehouse_access any;'
        ' add_header X-Worker $pid always; root nowhere; try_files $uri =404; }')
    gateway.start()
    return gateway


def test_revocation_holds_for_all_workers(many_workers):
    maria = signed_in(many_workers.url, *MARIA)
    kept = maria.copy()
    workers_that_answered(many_workers, kept, '/whoami/x', 404)

    assert maria.sign_out().status_code == 303

    workers_that_answered(many_workers, kept, '/whoami/x', 302)


def test_revocation_and_sessions_outlive_a_reload(many_workers):
    maria, other = (signed_in(many_workers.url, *MARIA) for _ in range(2))
    kept = maria.copy()
    assert maria.sign_out().status_code == 303

    many_workers.reload()
    workers_settle(many_workers, 3)

    workers_that_answered(many_workers, kept, '/whoami/x', 302)
    workers_that_answered(many_workers, other, '/whoami/x', 404)
