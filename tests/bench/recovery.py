"""Line 10: how soon people get in again."""

import threading
import time

import ldap

from crowd import PASSWORD
from stack.process import StackError, wait_until
from strain import Form

import figures
from world import CHEAP

# Between two tries, s, and the longest that is waited for.
PAUSE = 0.01
PATIENCE = 60

# The time of a whole request, as long as nobody says otherwise, ms.
TIMEOUT = 5000


def is_in(form):
    try:
        return form.sign_in(CHEAP.name(1), PASSWORD).status == 303
    except OSError:
        return False


class Knocking:
    """Somebody who tries to sign in, again and again, and knows when it was good again."""

    def __init__(self, form):
        self.form = form
        self.good = None
        self.is_over = False
        self.thread = threading.Thread(target=self.knock)
        self.thread.start()

    def knock(self):
        while not self.is_over:
            if is_in(self.form):
                self.good = time.monotonic()
                return
            time.sleep(PAUSE)

    def wait(self):
        """The time of the first sign-in that was good."""
        self.thread.join(PATIENCE)
        self.is_over = True
        self.thread.join()
        if self.good is None:
            raise StackError(f'nobody got in within {PATIENCE} s')
        return self.good


def answers(slapd):
    """Whether the directory binds somebody."""
    try:
        connection = ldap.initialize(slapd.ldapi_uri)
        connection.simple_bind_s()
        return True
    except ldap.LDAPError:
        return False


def after_kill(slapd, form):
    """Seconds from slapd's first answer to the first good sign-in."""
    if not is_in(form):
        raise StackError('signing in did not work beforehand')
    slapd.kill()
    wait_until(lambda: not is_in(form), 'the gateway notices')
    # Long enough that whatever grows with an outage has grown.
    time.sleep(2)
    knocking = Knocking(form)
    starting = threading.Thread(target=slapd.start)
    starting.start()
    while not answers(slapd):
        time.sleep(0.001)
    back = time.monotonic()
    good = knocking.wait()
    starting.join()
    return max(0.0, good - back)


def after_black_hole(proxy, form):
    """Seconds from when connections that are open go nowhere to the first good sign-in."""
    if not is_in(form):
        raise StackError('signing in did not work beforehand')
    # So that they are idle, and what looks after idle ones has had its turn.
    time.sleep(1)
    proxy.forget_connections()
    begin = time.monotonic()
    return Knocking(form).wait() - begin


def seconds(world):
    """Line 10."""
    gateway = world.gateway(world.main, timeout=TIMEOUT)
    form = Form(gateway.url)
    slapd = world.main.slapd
    yield figures.absolute('10', "from a killed slapd's first answer to a good sign-in",
                           [after_kill(slapd, form) for _ in range(world.rounds)],
                           figures.most(0.1), 's')
    world.end(gateway)
    proxy = world.proxy(world.main)
    gateway = world.gateway(world.main, uris=[proxy.uri], timeout=TIMEOUT)
    form = Form(gateway.url)
    yield figures.absolute('10', 'from black-holed idle connections to a good sign-in',
                           [after_black_hole(proxy, form) for _ in range(world.rounds)],
                           figures.most(2), 's')
    world.end(gateway)
    world.end(proxy)
