"""The waiting client from outside: client_probe, its configuration, and what it printed."""

import os
import subprocess
import time

from stack.paths import BUILD, DEMO
from stack.stack import PATIENCE, directory_head
from stack.template import fill

PROBE = BUILD / 'tests' / 'integration' / 'client_probe'
MARIA = 'uid=maria.lopez,ou=public,dc=city,dc=example'
PASSWORD = 'blue heron over the pier'

SUCCESS = 0
INVALID_CREDENTIALS = 49
UNREACHABLE = -1
TIMEOUT = -2

# ms: how long a test waits for a directory that does not answer.
DEADLINE = 1500


def write_conf(folder, directory, uris, settings):
    """A gatehouse.conf in `folder` for the servers and settings given; its path."""
    conf = folder / 'gatehouse.conf'
    text = fill(DEMO / 'gatehouse.conf.in', {
        'URIS': ', '.join(f'"{uri}"' for uri in uris),
        'BASE': directory.base,
        'SECRETS': directory.secrets,
        'KEYS': folder / 'keys',
        'URL': 'http://127.0.0.1:8080/account',
        'PAGES': folder,
        'MAIL_URL': 'smtp://127.0.0.1',
        'AUDIT_LOG': folder / 'audit.log',
    })
    conf.write_text(text.replace(
        directory_head(), directory_head(**PATIENCE | settings), 1), encoding='utf-8')
    return conf


class Outcome:
    """What the probe printed: results by number, trouble, and how long it took (ms)."""

    def __init__(self, output, elapsed):
        self.results = {}
        self.entries = {}
        self.trouble = None
        self.elapsed = elapsed
        for line in output.splitlines():
            first, _, rest = line.partition(' ')
            if first == 'trouble':
                self.trouble = rest
            elif first != 'pause':
                result, entries = rest.split()
                self.results[int(first)] = int(result)
                self.entries[int(first)] = int(entries)


def environment(password=PASSWORD, **variables):
    return dict(os.environ, PROBE_PASSWORD=password, **variables)


def probe(conf, *requests, password=PASSWORD, wrapper=(), **variables):
    """What the probe says; `wrapper` is a command that runs it."""
    begin = time.monotonic()
    done = subprocess.run([*wrapper, PROBE, conf, *requests],
                          env=environment(password, **variables), stdin=subprocess.DEVNULL,
                          capture_output=True, text=True, timeout=60, check=False)
    elapsed = (time.monotonic() - begin) * 1000
    assert done.returncode == 0, done.stderr
    return Outcome(done.stdout, elapsed)


class Paused:
    """A probe that waits at its `pause`; go() lets it end."""

    def __init__(self, conf, *requests):
        # pylint: disable-next=consider-using-with
        self.process = subprocess.Popen([PROBE, conf, *requests], env=environment(),
                                        stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                        text=True)
        self.before = []
        for line in self.process.stdout:
            if line == 'pause\n':
                break
            self.before.append(line)

    def go(self):
        begin = time.monotonic()
        output, _ = self.process.communicate('\n', timeout=60)
        assert self.process.returncode == 0
        return Outcome(output, (time.monotonic() - begin) * 1000)
