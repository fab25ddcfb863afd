"""The programs that measure: our own, and wrk."""

import json
import os
import socket
import subprocess
from pathlib import Path

from stack.paths import BUILD
from stack.process import StackError

from crowd import PASSWORD

HERE = Path(__file__).resolve().parent
PROGRAMS = BUILD / 'tests' / 'bench'

# Longer than any answer that is waited for, s.
TIMEOUT = 60


def environment(**more):
    return os.environ | more | {'BENCH_PASSWORD': PASSWORD}


def result(command, **more):
    """What a program measured: its last line, a JSON object; nothing of it may have failed."""
    done = subprocess.run(list(map(str, command)), stdin=subprocess.DEVNULL, text=True,
                          capture_output=True, env=environment(**more), check=False)
    if done.returncode != 0:
        raise StackError(f'{command[0]}: exit {done.returncode}\n{done.stdout}{done.stderr}')
    measured = json.loads(done.stdout.splitlines()[-1])
    well = measured['done'] + measured.get('late', 0)
    if measured['failed'] or not well:
        raise StackError(f'{" ".join(map(str, command[:3]))}: {measured["failed"]} answers were'
                         f' not as they should be, {well} were')
    return measured


def program(name, *arguments, **more):
    """Runs one of our programs to its end."""
    return result([PROGRAMS / name, *arguments], **more)


def directory_load(kind, slapd, prefix, count, clients, seconds):
    """What the directory can do, over the way that the gateway takes."""
    return program('directory_load', kind, slapd.ldapi_uri, slapd.base,
                   slapd.secrets / 'gatehouse', prefix, count, clients, seconds)


def wrk_command(url, connections, seconds, headers=(), script='report.lua', arguments=()):
    options = [word for header in headers for word in ('-H', header)]
    return ['wrk', '-t1', f'-c{connections}', f'-d{seconds}s', f'--timeout={TIMEOUT}s',
            '-s', HERE / script, *options, url, '--', *arguments]


def wrk(*arguments, **options):
    """One thread of wrk, to its end."""
    return result(wrk_command(*arguments, **options))


class Background:
    """A program that runs beside what is measured, until close()."""

    def __init__(self, command, stdin=subprocess.DEVNULL, errors=None):
        self.process = subprocess.Popen(list(map(str, command)), stdin=stdin,
                                        stdout=subprocess.DEVNULL, stderr=errors,
                                        env=environment())

    def close(self):
        """Ends it."""
        if self.process.poll() is None:
            self.process.terminate()
        self.process.wait()


class Listener(Background):
    """One of our programs that listens on a free port of the loopback."""

    def __init__(self, name, *arguments):
        with socket.create_server(('127.0.0.1', 0), backlog=1024) as server:
            self.port = server.getsockname()[1]
            super().__init__([PROGRAMS / name, *arguments], stdin=server)
