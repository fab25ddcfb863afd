"""A build with sanitizers: how its programs are run, and what was found in them.

configure leaves the path of AddressSanitizer's library in the build folder, or an
empty list.  Programs of ours are linked with it; whoever loads a module of ours,
such as Debian's nginx, has to have it loaded first.
"""

import os
from pathlib import Path

from .paths import BUILD

LIBRARIES = (BUILD / 'tests' / 'stack' / 'sanitizers').read_text(encoding='utf-8').split()


# What other libraries lose, and is not ours to find.
SUPPRESSIONS = Path(__file__).with_name('lsan.supp')


def is_on():
    """Whether what was built has the sanitizers."""
    return bool(LIBRARIES)


def preloading(environment, *libraries, finds_leaks=False):
    """The environment of a program that loads a module of ours, with these libraries.

    Python and nginx end with much that they never give back, and leaks are looked
    for only in a program that is tidier.
    """
    preload = [*LIBRARIES, environment.get('LD_PRELOAD', ''), *libraries]
    changed = dict(environment, LD_PRELOAD=' '.join(filter(None, preload)))
    if is_on():
        changed['ASAN_OPTIONS'] = with_options(environment, detect_leaks=int(finds_leaks))
        # pam_wrapper would load PAM in a way that AddressSanitizer can't follow.
        changed['UID_WRAPPER_DISABLE_DEEPBIND'] = '1'
    return changed


def with_options(environment, **options):
    """AddressSanitizer's options in the environment, with further ones."""
    before = environment.get('ASAN_OPTIONS', '')
    return ':'.join(filter(None, [before, *(f'{name}={value}'
                                            for name, value in options.items())]))


class Reports:
    """What the sanitizers find from now on, in `folder`, a file for each process."""

    def __init__(self, folder):
        self.folder = folder
        self.seen = set()
        # Whoever is started later inherits it.
        # Undefined behavior is an illegal instruction (configure.ac says why).
        os.environ['ASAN_OPTIONS'] = with_options(
            os.environ, log_path=folder / 'report', handle_sigill=1, handle_abort=1,
            strict_string_checks=1)
        os.environ['LSAN_OPTIONS'] = f'suppressions={SUPPRESSIONS}:print_suppressions=0'

    def take(self):
        """The reports that nobody has taken yet."""
        new = set(self.folder.iterdir()) - self.seen
        self.seen |= new
        return [path.read_text(encoding='utf-8', errors='replace') for path in sorted(new)]
