"""What the time of an answer tells a stranger about an account.

    /usr/bin/python3 -B tests/bench/timing.py        or `make bench`

Asks for a link for accounts that exist and for others that don't, and signs in
in all the ways that are refused, against a directory that takes 100 ms an
answer.  Prints medians and spreads.  Takes about two minutes.

Times depend on the machine and decide nothing: it exits 1 only if answers that
must read the same do not.
"""

import http.client
import random
import re
import sys
import tempfile
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from statistics import quantiles
from typing import NamedTuple
from urllib.parse import urlencode, urlsplit

TESTS = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(TESTS), str(TESTS / 'integration')]

from stack.process import PATIENCE, StackError
from stack.proxy import Proxy
from stack.stack import Stack
from web import LOGIN, PREFIX, Browser, Gateway, Page

FORGOT = PREFIX + '/forgot'

TRIES = 200

# An answer is mostly waiting, so that these share a gateway without crowding it.
CLIENTS = 4

# What the slow directory takes to answer, s.
DELAY = 0.1

# Accounts of a kind.  Each is refused far less often than slapd's own lockout needs.
CROWD = 10

PASSWORD = 'granite steps by the lake'
WRONG = 'gravel path by the lake'

# What may differ between two answers: the token of a form, and the date.
TOKEN = re.compile(rb'(name="csrf" value=")[^"]*')
OWN_HEADERS = ('date', 'set-cookie')


class Kind(NamedTuple):
    """Accounts that a stranger must not tell from those of another kind."""

    label: str
    names: list


class Try(NamedTuple):
    """One answer, without what may differ, and how long it took."""

    seconds: float
    answer: tuple


class Visitor:
    """A stranger's browser, with one connection that it keeps."""

    def __init__(self, url, path, fields, status):
        browser = Browser(url)
        token = Page(browser.get(path).text).value('csrf')
        cookies = '; '.join(f'{name}={value}'
                            for name, value in browser.session.cookies.items())
        parts = urlsplit(url)
        self.path = path
        self.status = status
        self.fields = {'csrf': token, 'realm': 'contractor', **fields}
        self.headers = {'Cookie': cookies, 'Content-Type': 'application/x-www-form-urlencoded'}
        self.connection = http.client.HTTPConnection(parts.hostname, parts.port, timeout=PATIENCE)

    def ask(self, name):
        """Sends the form with that user name in it."""
        body = urlencode(self.fields | {'username': name})
        begin = time.perf_counter()
        self.connection.request('POST', self.path, body, self.headers)
        response = self.connection.getresponse()
        text = response.read()
        seconds = time.perf_counter() - begin
        if response.status != self.status:
            raise StackError(f'{self.path}: {name} was answered with {response.status}')
        headers = tuple((key, value) for key, value in response.getheaders()
                        if key.lower() not in OWN_HEADERS)
        text = TOKEN.sub(rb'\1', text).replace(name.encode(), b'NAME')
        return Try(seconds, (headers, text))

    def close(self):
        self.connection.close()


def run(url, path, fields, status, kinds):
    """TRIES tries of each kind, all answered with that status: a list of them by label.

    The kinds take turns, in an order that changes from turn to turn, so that
    none always comes after the same other one.
    """
    order = random.Random(1)
    turns = [(order.sample(kinds, len(kinds)), number) for number in range(TRIES)]
    tries = {kind.label: [] for kind in kinds}
    start = threading.Barrier(CLIENTS, timeout=PATIENCE)

    def client(mine):
        visitor = Visitor(url, path, fields, status)
        try:
            # Connections to the directory are opened outside of what is measured.
            visitor.ask(kinds[0].names[0])
            start.wait()
            for turn, number in mine:
                for kind in turn:
                    tries[kind.label].append(
                        visitor.ask(kind.names[number % len(kind.names)]))
        finally:
            visitor.close()

    with ThreadPoolExecutor(CLIENTS) as executor:
        list(executor.map(client, [turns[first::CLIENTS] for first in range(CLIENTS)]))
    return tries


def is_same(tries):
    """Whether all answers are the same bytes, but for tokens."""
    return len({one.answer for some in tries.values() for one in some}) == 1


def report(title, tries):
    """Prints the table; returns whether the answers read the same."""
    print(f'{title}\n{TRIES} tries each, in ms\n')
    print(f'{"":22}{"median":>10}{"quartiles":>20}{"spread":>10}')
    medians, spreads = [], []
    for label, some in tries.items():
        low, median, high = (1000 * cut for cut in
                             quantiles([one.seconds for one in some], n=4))
        medians.append(median)
        spreads.append(high - low)
        print(f'{label:22}{median:10.2f}{f"{low:.2f} - {high:.2f}":>20}{high - low:10.2f}')
    gap, spread = max(medians) - min(medians), min(spreads)
    word = 'less' if gap < spread else 'NOT less'
    print(f'\nMedians differ by {gap:.2f}, {word} than the smallest spread, {spread:.2f}.')
    same = is_same(tries)
    print(f'Answers {"are the same bytes" if same else "DIFFER"}, but for tokens.\n', flush=True)
    return same


# The people.

def numbers(first):
    return [str(first + number) for number in range(CROWD)]


def add_people(stack):
    """Accounts of each kind, all of contractors; names are equally long."""
    wrong = Kind('wrong password', numbers(2000000))
    disabled = Kind('disabled', numbers(3000000))
    without = Kind('no password yet', numbers(4000000))
    unknown = Kind('unknown name', numbers(5000000))
    for name in wrong.names + disabled.names + without.names:
        stack.people.put_on_file(name, f'Builder {name}')
    for name in wrong.names + disabled.names:
        stack.people.sign_up(name, f'{name}@example.org', PASSWORD)
    for name in disabled.names:
        stack.ctl('disable', name)
    return [wrong, unknown, without, disabled]


def measure_forgot(stack, kinds):
    wrong, unknown = kinds[:2]
    tries = run(stack.url, FORGOT, {}, 200,
                [Kind('existing account', wrong.names), Kind('unknown account', unknown.names)])
    return report('Forgotten password: POST /account/forgot', tries)


def measure_sign_in(stack, folder, kinds):
    proxy = Proxy(stack.slapd.ldap_port.number, stack.slapd.dn('gatehouse'))
    gateway = Gateway(stack, folder, workers=2)
    try:
        proxy.delay = DELAY
        gateway.write(uris=[proxy.uri])
        gateway.start()
        tries = run(gateway.url, LOGIN, {'password': WRONG, 'next': ''}, 422, kinds)
    finally:
        gateway.close()
        proxy.close()
    return report('Refused sign-in: POST /account/login, directory at'
                  f' {1000 * DELAY:.0f} ms an answer', tries)


def main():
    with tempfile.TemporaryDirectory(prefix='gatehouse-') as name:
        folder = Path(name)
        gateway = folder / 'gateway'
        gateway.mkdir()
        stack = Stack(folder)
        stack.create()
        try:
            kinds = add_people(stack)
            same = [measure_forgot(stack, kinds), measure_sign_in(stack, gateway, kinds)]
        finally:
            stack.close()
    return 0 if all(same) else 1


if __name__ == '__main__':
    sys.exit(main())
