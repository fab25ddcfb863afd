"""Lines 1 and 2: a page behind Gatehouse, without, and behind what others offer."""

import base64
from pathlib import Path

from crowd import PASSWORD, ssha
from stack import namespace
from stack.process import StackError
from web import signed_in

import figures
import peers
from tools import Listener, wrk
from world import CHEAP

CONNECTIONS = 32

LOCATIONS = """\
location /plain/   {{ alias {pages}/; }}
location /any/     {{ gatehouse_access any; alias {pages}/; }}
location /asked/   {{ auth_request /allow; alias {pages}/; }}
location = /allow  {{ internal; return 204; }}
location /daemon/  {{ auth_request /ask; alias {pages}/; }}
location = /ask    {{
    internal;
    proxy_pass http://daemon;
    proxy_http_version 1.1;
    proxy_set_header Connection "";
    proxy_set_header Content-Length "";
    proxy_pass_request_body off;
}}
location /basic/   {{ auth_basic bench; auth_basic_user_file {users}; alias {pages}/; }}
"""

HTTP = 'upstream daemon {{ server 127.0.0.1:{port}; keepalive 64; }}'


def cpu_time(pid):
    """What a process has had of the processor, µs."""
    return int(Path(f'/proc/{pid}/schedstat').read_text(encoding='ascii').split()[0]) / 1000


def with_work(gateway, rate, seconds):
    """A function that measures that rate, and what each costs the gateway's worker, µs."""
    (worker,) = gateway.worker_pids()

    def measure():
        before = cpu_time(worker)
        measured = rate()
        return measured, (cpu_time(worker) - before) / (measured * seconds)

    return measure


class Pages:
    """A page of 1 KB, and a gateway that has it at several addresses."""

    def __init__(self, world):
        self.world = world
        self.stack = world.main
        self.folder = world.page_folder()
        self.daemon = world.keep(Listener('yes_daemon'))
        users = world.folder / 'users'
        users.write_text(f'{CHEAP.name(0)}:{ssha()}\n', encoding='ascii')
        self.gateway = world.gateway(
            self.stack, http=HTTP.format(port=self.daemon.port),
            server=LOCATIONS.format(pages=self.folder, users=users))
        self.cookie = signed_in(self.gateway.url, CHEAP.name(0), PASSWORD).cookie()
        token = base64.b64encode(f'{CHEAP.name(0)}:{PASSWORD}'.encode()).decode()
        self.basic = f'Authorization: Basic {token}'

    def rate(self, location, header=None, url=None):
        """A function that measures requests a second."""
        header = header or f'Cookie: gatehouse={self.cookie}'
        url = f'{url or self.gateway.url}{location}page.txt'
        return lambda: wrk(url, CONNECTIONS, self.world.seconds, [header])['rate']

    def rate_and_work(self, location):
        """A function that measures requests a second, and what one costs the worker, µs."""
        return with_work(self.gateway, self.rate(location), self.world.seconds)

    def close(self):
        self.world.end(self.gateway)
        self.world.end(self.daemon)


def rate_and_work_rows(line, what, both, bound):
    """Two rows of one list of pairs: requests a second, and what one costs the worker."""
    rates = [(ours[0], other[0]) for ours, other in both]
    work = [(ours[1], other[1]) for ours, other in both]
    yield figures.ratio(line, what, rates, figures.least(bound))
    yield figures.ratio(line, "the same, the worker's time for one", work,
                        figures.most(round(2 - bound, 2)), lambda value: f'{value:.2f} us')


def cost(world):
    """Line 1."""
    pages = Pages(world)
    both = figures.pairs(world.rounds, pages.rate_and_work('/any/'),
                         pages.rate_and_work('/plain/'))
    yield from rate_and_work_rows('1', 'page with a good cookie / no access control', both, 0.97)
    pages.close()


def against(world):
    """Line 2."""
    pages = Pages(world)
    ours = pages.rate('/any/')
    for label, other, goal in (
            ('auth_request to a 204', pages.rate('/asked/'), 1.0),
            ('auth_request to a daemon that says 204', pages.rate('/daemon/'), 2.0),
            ('auth_basic, {SSHA}', pages.rate('/basic/', pages.basic), 1.0)):
        yield compare(world, label, ours, other, goal)
    yield from against_peers(world, pages, ours)
    pages.close()


def compare(world, label, ours, other, goal, note=''):
    both = figures.pairs(world.rounds, ours, other)
    return figures.ratio('2', f'page with a good cookie / {label}', both, figures.least(goal),
                         note=note)


def against_peers(world, pages, ours):
    """The rows of servers that are not this nginx."""
    slapd = pages.stack.slapd
    apache, nslcd = "Apache's mod_authnz_ldap, cached", 'auth_pam with nslcd'
    if not Path(peers.APACHE).exists():
        yield figures.missing('2', f'page with a good cookie / {apache}', 'not installed')
    else:
        server = world.keep(peers.apache(world.new_folder('apache'), slapd, pages.folder))
        yield compare(world, apache, ours, pages.rate('/', pages.basic, server.url), 1.0,
                      'all threads of one Apache process against one worker')
        world.end(server)
    if not namespace.is_inside() or not peers.NSLCD.exists():
        yield figures.missing('2', f'page with a good cookie / {nslcd}', 'as root only')
        return
    try:
        daemon = world.keep(peers.Nslcd(slapd))
    except StackError as error:
        yield figures.missing('2', f'page with a good cookie / {nslcd}', str(error))
        return
    server = world.keep(peers.auth_pam(world.new_folder('auth_pam'), pages.folder))
    yield compare(world, nslcd, ours, pages.rate('/', pages.basic, server.url), 1.0)
    world.end(server)
    world.end(daemon)
