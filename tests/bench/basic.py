"""Line 6: HTTP Basic, with credentials that are known and with others in each request."""

import base64
import random
from collections import Counter

from reading import Reading
from stack.process import wait_until
from web import send

import figures
from crowd import PASSWORD
from pages import CONNECTIONS, rate_and_work_rows, with_work
from tools import directory_load, wrk
from world import BINDS, CHEAP, CLIENTS

SERVER = """\
location /plain/    {{ alias {folder}/; }}
location /programs/ {{ gatehouse_access any; gatehouse_basic on; alias {folder}/; }}
location = /metrics {{ gatehouse_metrics; }}
"""

PLAIN, PROGRAMS = '/plain/page.txt', '/programs/page.txt'

# For how long credentials are believed, s: longer than a line takes, and the shortest time that
# there is, in which nobody can have had all of the crowd's turns.
LONG, SHORT = 3600, 1

# What a check of credentials comes to.
AT_HAND, FOUND, ASKED = 'at-hand', 'found', 'asked'


def rates(world):
    """Line 6."""
    yield from cached(world)
    yield from uncached(world)


def token(name):
    """What such a person's program sends behind `Basic`."""
    return base64.b64encode(f'{name}:{PASSWORD}'.encode()).decode()


def gateway_of(world, believed):
    """A gateway with the page that believes credentials for so many seconds."""
    return world.gateway(world.main, http=f'gatehouse_basic_cache {believed}s;',
                         server=SERVER.format(folder=world.page_folder()))


def checks(gateway):
    """How many checks of credentials have come to what."""
    reading = Reading(gateway.url)
    return Counter({result: reading('gatehouse_credentials_checked_total', result=result)
                    for result in (AT_HAND, FOUND, ASKED)})


def doubt(gateway, before, wanted):
    """Why the checks since `before` say nothing about those that come to what is wanted."""
    seen = checks(gateway) - before
    if set(seen) == {wanted}:
        return None
    counts = ', '.join(f'{count:.0f} {result}' for result, count in seen.items())
    return f'not all checks were {wanted}: {counts}'


def cached(world):
    """Rows: always the same credentials, which the worker knows."""
    what = 'page, HTTP Basic, known / no access control'
    gateway = gateway_of(world, LONG)
    header = f'Authorization: Basic {token(CHEAP.name(0))}'

    def is_at_hand():
        send(gateway.url, 'GET', PROGRAMS, [('Host', 'localhost'), tuple(header.split(': '))])
        return checks(gateway)[AT_HAND] > 0

    def rate(path):
        return with_work(
            gateway, lambda: wrk(gateway.url + path, CONNECTIONS, world.seconds, [header])['rate'],
            world.seconds)

    # A gateway that has just been started asks until it knows which sessions have ended.
    wait_until(is_at_hand, 'the gateway to know the credentials')
    before = checks(gateway)
    both = figures.pairs(world.rounds, rate(PROGRAMS), rate(PLAIN))
    why_not = doubt(gateway, before, AT_HAND)
    if why_not:
        yield figures.missing('6', what, why_not)
    else:
        yield from rate_and_work_rows('6', what, both, 0.95)
    world.end(gateway)


class Turns:
    """A crowd's programs, which take turns: nobody comes again before all others have come.

    The order is a random one, and goes on from run to run.
    """

    def __init__(self, folder, crowd):
        self.names = random.sample([crowd.name(number) for number in range(crowd.count)],
                                   crowd.count)
        self.next = 0
        self.file = folder / 'tokens'
        self.file.write_text(''.join(f'{token(name)}\n' for name in self.names),
                             encoding='ascii')

    def run(self, url, seconds):
        """What wrk measured."""
        measured = wrk(url, CLIENTS, seconds, script='turns.lua',
                       arguments=(self.file, self.next))
        # Those to whom no answer came in time have had their turns as well.
        self.next = (self.next + measured['done'] + CLIENTS) % len(self.names)
        return measured


def uncached(world, crowd=CHEAP, believed=SHORT):
    """A row: somebody else's credentials in each request, which the directory checks."""
    what = 'page, HTTP Basic, unknown / search + bind, epoll in C'
    gateway = gateway_of(world, believed)
    turns = Turns(world.new_folder('turns'), crowd)
    before = checks(gateway)
    both = figures.pairs(
        world.rounds,
        lambda: turns.run(gateway.url + PROGRAMS, world.seconds)['rate'],
        lambda: directory_load('sign-in', world.main.slapd, crowd.prefix, crowd.count, BINDS,
                               world.seconds)['rate'])
    why_not = doubt(gateway, before, ASKED)
    yield (figures.missing('6', what, why_not) if why_not
           else figures.ratio('6', what, both, figures.least(0.90)))
    world.end(gateway)
