"""Server processes: known by a pid file, waited for, ended by their own pid.

All of them run detached, so that one Python process can start the demo and
another can stop it.
"""

import os
import signal
import socket
import time
from contextlib import contextmanager
from pathlib import Path

# How long a server may take to come up or go down on a busy machine.
PATIENCE = 30


class StackError(Exception):
    """Something of the stack can't be had; the text says what and why."""


def wait_until(condition, what, seconds=PATIENCE):
    """Returns when condition() is true; StackError names `what` if it never is."""
    end = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > end:
            raise StackError(f'{what}: not within {seconds} s')
        time.sleep(0.02)


def port_answers(port):
    """Whether somebody accepts connections on that port of the loopback."""
    with socket.socket() as probe:
        probe.settimeout(1)
        return probe.connect_ex(('127.0.0.1', port)) == 0


def is_stopped(pid):
    """Whether every thread of the process has come to its halt."""
    states = [(task / 'stat').read_text(encoding='ascii').rpartition(')')[2].split()[0]
              for task in Path(f'/proc/{pid}/task').iterdir()]
    return set(states) == {'T'}


@contextmanager
def stopped(pid):
    """A process that hangs, for as long as the block lasts."""
    os.kill(pid, signal.SIGSTOP)
    try:
        # A thread that is running takes notice when it gets around to it.
        wait_until(lambda: is_stopped(pid), f'halt of process {pid}')
        yield
    finally:
        os.kill(pid, signal.SIGCONT)


def is_gone(pid):
    """Whether a process has come to its end, with all that it held.

    What was killed loses its command line first, its sockets later, when the last
    of its threads is gone; an entry in the table may outlast both.
    """
    try:
        with open(f'/proc/{pid}/stat', encoding='ascii') as file:
            state = file.read().rpartition(') ')[2][:1]
        return state == 'Z' and len(os.listdir(f'/proc/{pid}/task')) == 1
    except (FileNotFoundError, ProcessLookupError):
        return True


class Port:
    """A loopback port that is ours for as long as this object lives.

    It is held by a socket that is bound and never listens.  SO_REUSEADDR, set
    after the bind, lets our own server listen beside it, while everybody who
    asks for a free port is still given another one, also while our server is
    down.
    """

    def __init__(self, number=0):
        self.socket = socket.socket()
        if number:
            # A demo that was stopped just now has left connections in TIME_WAIT.
            self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            self.socket.bind(('127.0.0.1', number))
        except OSError as error:
            self.socket.close()
            raise StackError(f'port {number} is taken: {error.strerror}') from error
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self.number = self.socket.getsockname()[1]

    def release(self):
        self.socket.close()


class PidFile:
    """The pid file of a server, believed only while the process is that server.

    A process is recognised by `token`, a text of its command line (the path of
    its configuration), so that a stale file never points at somebody else.
    """

    def __init__(self, path, token):
        self.path = path
        self.token = token

    def pid(self):
        """The pid of the running server; None when it doesn't run."""
        try:
            pid = int(self.path.read_text(encoding='ascii'))
            with open(f'/proc/{pid}/cmdline', 'rb') as file:
                command = file.read().replace(b'\0', b' ').decode('utf-8', 'replace')
        except (OSError, ValueError):
            return None
        return pid if self.token in command else None

    def end(self, number=signal.SIGTERM):
        """Sends the signal and returns when the process is gone."""
        pid = self.pid()
        if pid is None:
            return
        try:
            os.kill(pid, number)
        except ProcessLookupError:
            return
        wait_until(lambda: is_gone(pid), f'end of process {pid}')
