"""Programs under pam_wrapper, which gives them PAM services of a folder."""

import fcntl
import os
import subprocess
from contextlib import contextmanager

from stack import sanitizers

LIBRARY = 'libpam_wrapper.so'


@contextmanager
def alone():
    """Nobody else on the machine is here at the same time.

    pam_wrapper keeps its copy of the services in the first of a few folders of
    /tmp that is free.  Two programs that begin together take the same one, and one of
    them asks the other's services: a wrong answer, in another run of the tests too.
    """
    folder = os.open('/tmp', os.O_RDONLY)
    try:
        fcntl.flock(folder, fcntl.LOCK_EX)
        yield
    finally:
        os.close(folder)


def environment(services, finds_leaks=False):
    """What a program needs to be told for it; `services` is their folder."""
    return sanitizers.preloading(
        os.environ | {'PAM_WRAPPER': '1', 'PAM_WRAPPER_SERVICE_DIR': str(services),
                      'PAM_WRAPPER_DEBUGLEVEL': '2'}, LIBRARY, finds_leaks=finds_leaks)


def run(command, services, text, finds_leaks=False, variables=(), **options):
    """The finished program, which had the text to read.

    `variables` are further ones of its environment, `options` subprocess.run's.
    """
    with alone():
        return subprocess.run(command, input=text, capture_output=True, text=True,
                              env=environment(services, finds_leaks) | dict(variables),
                              timeout=60, check=False, **options)
