"""What happens to directory servers, the ways to them, the gateway and its clients.

A fault is a context: it is there while the block lasts.
"""

import errno
import threading
import time
from contextlib import contextmanager

from stack.process import stopped, wait_until
from strain import Form, leave

# Written at once, bytes.
BLOCK = bytes(1 << 20)

# What a provider needs to do what waited for it, s: hashes, mostly.
DRAIN = 2


@contextmanager
def kill(_city, side):
    """It dies, and is started again."""
    side.provider.kill()
    try:
        yield
    finally:
        side.provider.start()


@contextmanager
def restart(_city, side):
    """It is stopped as an admin would."""
    side.provider.stop()
    try:
        yield
    finally:
        side.provider.start()


@contextmanager
def hang(_city, side):
    """It is there, and does nothing."""
    with stopped(side.provider.pidfile.pid()):
        yield


@contextmanager
def fill(_city, side):
    """Its disk is full."""
    with open(side.ballast, 'wb', buffering=0) as file:
        try:
            while True:
                file.write(BLOCK)
        except OSError as error:
            if error.errno != errno.ENOSPC:
                raise
    try:
        yield
    finally:
        side.ballast.unlink()


@contextmanager
def slow(_city, side):
    """Each answer takes a while."""
    side.proxy.delay = 0.3
    try:
        yield
    finally:
        side.proxy.delay = 0


@contextmanager
def silence(_city, side):
    """Nothing gets through, and nobody says so; what was opened before stays dead."""
    side.proxy.is_deaf = True
    try:
        yield
    finally:
        side.proxy.forget_connections()


@contextmanager
def forget(_city, side):
    """A firewall has forgotten all connections, and knows new ones."""
    side.proxy.forget_connections()
    yield


@contextmanager
def refuse(_city, side):
    """Nobody listens."""
    side.proxy.refuse()
    try:
        yield
    finally:
        side.proxy.accept()


@contextmanager
def cut(_city, side):
    """All connections end."""
    side.proxy.cut()
    yield


@contextmanager
def half_close(_city, side):
    """All connections end in one direction: it will say nothing more, and still listens."""
    side.proxy.half_close()
    yield


@contextmanager
def reload(city, _side):
    """nginx reads its configuration again; old workers end what they have begun."""
    city.nginx.reload()
    yield


@contextmanager
def hang_up(city, _side):
    """Clients go while they are being signed in."""
    leave(Form(city.url), [account.uid for account in city.residents], lambda: True)
    yield


# Of a provider, and of the rest.
OF_SIDES = [kill, restart, hang, fill, slow, silence, forget, refuse, cut, half_close]
OF_GATEWAY = [reload, hang_up]


class Trouble(threading.Thread):
    """Makes one fault after the other on one side; all kinds come up in turn.

    longest  that a fault lasts, s
    """

    def __init__(self, city, ledger, side, more, longest, dice):
        super().__init__(name=f'trouble of the {side.name}', daemon=True)
        self.city = city
        self.ledger = ledger
        self.side = side
        self.kinds = [kind for kind in OF_SIDES if kind is not fill or side.has_small_disk] + more
        self.longest = longest
        self.dice = dice
        self.enough = threading.Event()
        self.made = []
        self.has_made_all = False

    def run(self):
        try:
            self.make_all()
        except Exception as error:  # pylint: disable=broad-exception-caught
            self.ledger.complain(f'{self.name}: {error!r}')

    def make_all(self):
        """All kinds, again and again."""
        while not self.enough.is_set():
            deck = self.dice.sample(self.kinds, len(self.kinds))
            for kind in deck:
                if self.enough.wait(self.dice.uniform(0.2, self.longest / 2)):
                    return
                self.make(kind)
            self.has_made_all = True

    def make(self, kind):
        """One fault, from its beginning to its end."""
        seconds = self.dice.uniform(0.2, self.longest)
        whose = f' {self.side.name}' if kind in OF_SIDES else ''
        print(f'{self.ledger.seconds():7.1f} s  {kind.__name__}{whose}, {seconds:.1f} s',
              flush=True)
        if kind is hang:
            self.ledger.hang(1)
        with kind(self.city, self.side):
            self.enough.wait(seconds)
        if kind is hang:
            # It writes what waited in its sockets first.
            time.sleep(DRAIN)
            wait_until(lambda: self.side.state() is not None, 'end of a halt')
            self.ledger.hang(-1)
        self.made.append(kind.__name__)

    def end(self):
        """Lets the last fault come to its end."""
        self.enough.set()
        self.join()
