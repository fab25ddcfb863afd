"""The directory killed, stopped, cut off and gone: who is told what, and how it comes back."""

import os
import threading
import time
from collections import Counter
from contextlib import contextmanager

import pytest

from stack import ber
from stack.process import stopped, wait_until
from strain import (GRAVE, PASSWORD, WRONG, Form, Log, has_cookie, is_page_of_outage,
                    sign_in_all, with_settings)

PEOPLE_AT_ONCE = 200

# What a directory is asked when somebody's password is to be checked.
PERSON = (ber.BIND_REQUEST, 'uid=crowd.00,ou=public,dc=city,dc=example')

# s that a busy machine may add: this tells a hang from an answer, and measures nothing.
SLACK = 10


@pytest.fixture
def start(make_gateway, shaken, crowd):
    """A function that starts a gateway of `shaken`; returns it with its log-in form."""
    def make(uris=None, workers=1, **settings):
        gateway = make_gateway(stack=shaken, uris=uris, workers=workers,
                               edit_config=with_settings(**settings))
        gateway.start()
        return gateway, Form(gateway.url)
    return make


@contextmanager
def killed(slapd):
    """A directory that a power cut took, for as long as the block lasts."""
    slapd.kill()
    try:
        yield
    finally:
        slapd.start()


class Rush:
    """Two hundred people who sign in again and again until it is enough."""

    def __init__(self, form, names):
        self.form = form
        self.enough = threading.Event()
        self.answers = []
        self.threads = [
            threading.Thread(target=self.insist, args=(
                names[number % len(names)], WRONG if number % 10 == 0 else PASSWORD))
            for number in range(PEOPLE_AT_ONCE)]
        for thread in self.threads:
            thread.start()

    def insist(self, name, password):
        while not self.enough.is_set():
            answer = self.form.sign_in(name, password)
            self.answers.append(answer)

    def count(self, status):
        return sum(answer.status == status for answer in list(self.answers))

    def end(self):
        self.enough.set()
        for thread in self.threads:
            thread.join()


def test_killed_and_started_again_under_load(start, shaken, crowd):
    gateway, form = start(workers=2)
    workers = gateway.worker_pids()
    log = Log(gateway)
    rush = Rush(form, crowd)
    try:
        wait_until(lambda: rush.count(303) >= 20, 'first sign-ins')
        with killed(shaken.slapd):
            wait_until(lambda: rush.count(503) >= PEOPLE_AT_ONCE, 'everybody being told')
        before = rush.count(303)
        wait_until(lambda: rush.count(303) > before, 'sign-ins after the outage')
    finally:
        rush.end()

    assert gateway.worker_pids() == workers
    assert {answer.status for answer in rush.answers} <= {303, 422, 503}
    assert all(is_page_of_outage(answer) for answer in rush.answers if answer.status == 503)
    assert all(has_cookie(answer) == (answer.status == 303) for answer in rush.answers)
    assert log.lines(*GRAVE) == []
    # What nginx and the module say of one outage, for each of two workers.
    said = Counter(text.partition(': ')[0] for _, text in log.lines('error', 'warn'))
    assert sum(said.values()) <= 8, said


def test_first_sign_in_after_an_outage(start, shaken):
    gateway, form = start()
    assert form.sign_in('crowd.00').status == 303
    with killed(shaken.slapd):
        assert is_page_of_outage(form.sign_in('crowd.00'))

    answer = form.sign_in('crowd.00')

    assert answer.status == 303
    assert Log(gateway).lines(*GRAVE) == []


def test_outage_is_told_once(start, shaken):
    gateway, form = start()
    log = Log(gateway)
    assert form.sign_in('crowd.00').status == 303
    with killed(shaken.slapd):
        for _ in range(30):
            assert is_page_of_outage(form.sign_in('crowd.00'))
    assert form.sign_in('crowd.00').status == 303

    name = f'gatehouse: directory {shaken.slapd.ldapi_uri}'
    told = [text for _, text in log.lines('error', 'notice') if 'gatehouse: ' in text]
    assert len(told) == 2
    assert told[0].startswith(f'{name} is down: ')
    assert told[1] == f'{name} is back'
    # Ours and, where it was a new connection that failed, nginx's own.
    assert len(log.lines('error', 'crit')) in (1, 2)


def test_stopped(start, shaken):
    _, form = start(timeout=1500, connect_timeout=700)
    assert form.sign_in('crowd.00').status == 303
    with stopped(shaken.slapd.pidfile.pid()):
        answers = [form.sign_in(name) for name in ('crowd.00', 'crowd.01')]

    assert all(is_page_of_outage(answer) for answer in answers)
    assert all(answer.seconds < 1.5 + SLACK for answer in answers)
    wait_until(lambda: form.sign_in('crowd.00').status == 303, 'sign-ins after the outage')
    assert [form.sign_in('crowd.00').status for _ in range(5)] == [303] * 5


def test_way_cut_without_a_word(start, proxy):
    _, form = start([proxy.uri], timeout=8000, connect_timeout=2000, bind_connections=4)
    assert form.sign_in('crowd.00').status == 303
    with_all_connections(form, proxy)
    proxy.is_deaf = True
    answer = form.sign_in('crowd.00')
    assert is_page_of_outage(answer)
    assert answer.seconds < 8 + SLACK
    # Old connections stay dead, as behind a firewall that forgot them; new ones work.
    proxy.forget_connections()
    wait_until(lambda: form.sign_in('crowd.00').status == 303, 'sign-ins over new connections')

    assert [form.sign_in('crowd.00').status for _ in range(6)] == [303] * 6


def with_all_connections(form, proxy):
    """Signs people in side by side until the gateway has all its bind connections."""
    def has_all():
        sign_in_all(form, [(f'crowd.{number:02}',) for number in range(4)])
        return len(proxy.connections) >= 5

    proxy.delay = 0.1
    wait_until(has_all, 'four bind connections')
    proxy.delay = 0


def test_second_server_while_the_first_is_dead(start, make_proxy):
    first, second = make_proxy(), make_proxy()
    first.refuse()
    _, form = start([first.uri, second.uri])

    assert [form.sign_in('crowd.00').status for _ in range(3)] == [303] * 3

    first.accept()
    wait_until(lambda: form.sign_in('crowd.00').status == 303 and PERSON in first.requests(),
               'return to the first server')
    second.forget()
    assert [form.sign_in('crowd.00').status for _ in range(3)] == [303] * 3
    assert second.requests() == []


def test_first_server_dies(start, make_proxy):
    first, second = make_proxy(), make_proxy()
    _, form = start([first.uri, second.uri])
    assert form.sign_in('crowd.00').status == 303
    assert second.requests() == []

    first.refuse()

    assert [form.sign_in('crowd.00').status for _ in range(3)] == [303] * 3
    assert len(second.requests()) > 0


def test_first_server_hangs(start, make_proxy):
    first, second = make_proxy(), make_proxy()
    _, form = start([first.uri, second.uri], timeout=1500, connect_timeout=500)
    first.is_deaf = True

    wait_until(lambda: form.sign_in('crowd.00').status == 303, 'the second server')
    answers = [form.sign_in('crowd.00') for _ in range(10)]
    assert [answer.status for answer in answers] == [303] * 10

    first.is_deaf = False
    first.forget()
    wait_until(lambda: form.sign_in('crowd.00').status == 303
               and len(first.requests(ber.SEARCH_REQUEST)) > 0, 'return to the first server')


def sign_in_and_cut(form, proxy, times):
    """The answer to a sign-in whose connections die, so many times, before any answer."""
    answers = []
    thread = threading.Thread(target=lambda: answers.append(form.sign_in('crowd.00')))
    proxy.hold()
    thread.start()
    for _ in range(times):
        wait_until(lambda: proxy.results() == 2, 'answers to search and bind')
        proxy.drop()
        proxy.cut()
    proxy.release()
    thread.join()
    return answers[0]


def test_connections_die_while_a_sign_in_waits(start, proxy):
    _, form = start([proxy.uri])
    assert form.sign_in('crowd.00').status == 303

    assert sign_in_and_cut(form, proxy, 1).status == 303
    assert is_page_of_outage(sign_in_and_cut(form, proxy, 2))
    assert form.sign_in('crowd.00').status == 303


def test_idle_connections_end(start, proxy):
    gateway, form = start([proxy.uri])
    log = Log(gateway)
    assert form.sign_in('crowd.00').status == 303

    for _ in range(5):
        opened = len(proxy.connections)
        proxy.cut()
        wait_until(lambda: log.has('it closed the connection'), 'the end of a connection')
        assert form.sign_in('crowd.00').status == 303
        assert len(proxy.connections) == opened + 2

    assert log.lines('error', *GRAVE) == []


def test_worker_does_not_spin_in_an_outage(start, proxy):
    gateway, form = start([proxy.uri])
    assert form.sign_in('crowd.00').status == 303
    proxy.refuse()
    assert is_page_of_outage(form.sign_in('crowd.00'))

    pid, = gateway.worker_pids()
    begin, spent = time.monotonic(), cpu_seconds(pid)
    wait_until(lambda: time.monotonic() > begin + 0.5, 'half a second')

    assert cpu_seconds(pid) - spent < 0.1


def cpu_seconds(pid):
    """What the process has used of the machine's processors, s."""
    with open(f'/proc/{pid}/stat', encoding='ascii') as file:
        fields = file.read().rpartition(')')[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf('SC_CLK_TCK')
