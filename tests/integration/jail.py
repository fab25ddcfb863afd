"""A mount namespace in which /etc/pam.d, the accounts and /run are a test's own.

Real programs read those by fixed names.  In here they find ours, and nobody else does:
the machine's own stay as they are.
"""

import os
import re
import shlex
import shutil
import subprocess
import tempfile
from pathlib import Path

from stack.paths import CHECKOUT, PAM_MODULE

# A recipe: the file's name in backquotes at the end of a paragraph, then its text.
RECIPE = re.compile(r'`/etc/pam\.d/([\w-]+)`:\n\n```\n(.*?)```', re.DOTALL)
DEFAULT = ''.join(f'{kind} required pam_deny.so\n'
                  for kind in ('auth', 'account', 'password', 'session'))


def recipes():
    """The files of /etc/pam.d that docs/pam.md shows, by name."""
    return dict(RECIPE.findall((CHECKOUT / 'docs' / 'pam.md').read_text(encoding='utf-8')))


class Jail:
    """A folder that everybody can go through, and programs that see its `etc`."""

    def __init__(self):
        self.folder = Path(tempfile.mkdtemp(prefix='gatehouse-jail-'))
        self.folder.chmod(0o711)
        self.etc = self.folder / 'etc'
        (self.etc / 'pam.d').mkdir(parents=True)
        (self.etc / 'pam.d' / 'other').write_text(DEFAULT, encoding='ascii')
        self.module = shutil.copy(PAM_MODULE, self.folder / 'pam_gatehouse.so')
        for name in ('passwd', 'group', 'shadow'):
            shutil.copy(f'/etc/{name}', self.etc / name)
        (self.etc / 'nsswitch.conf').write_text('passwd: files\ngroup: files\nshadow: files\n',
                                                encoding='ascii')

    def close(self):
        shutil.rmtree(self.folder)

    def add_recipes(self, conf):
        """Puts the files of docs/pam.md into /etc/pam.d, with this module and `conf`."""
        for name, text in recipes().items():
            (self.etc / 'pam.d' / name).write_text(
                text.replace('pam_gatehouse.so', f'{self.module} config={conf}'),
                encoding='ascii')

    def add_user(self, name, number, group, password='*'):
        """An account of the machine, with its home."""
        home = self.folder / 'home' / name
        home.mkdir(parents=True)
        os.chown(home, number, group)
        with open(self.etc / 'passwd', 'a', encoding='ascii') as file:
            file.write(f'{name}:x:{number}:{group}::{home}:/bin/sh\n')
        with open(self.etc / 'shadow', 'a', encoding='ascii') as file:
            file.write(f'{name}:{password}:20000:0:99999:7:::\n')

    def add_group(self, name, number, *members):
        with open(self.etc / 'group', 'a', encoding='ascii') as file:
            file.write(f'{name}:x:{number}:{",".join(members)}\n')

    def command(self, *arguments):
        """The command line that runs `arguments` in here."""
        binds = ''.join(f'mount --bind {shlex.quote(str(self.etc / name))} /etc/{name} && '
                        for name in ('pam.d', 'passwd', 'group', 'shadow', 'nsswitch.conf'))
        return ['unshare', '--mount', '--propagation', 'private', 'sh', '-c',
                f'{binds}mount -t tmpfs tmpfs /run && mkdir -m 755 /run/sshd && exec "$@"',
                'jail', *map(str, arguments)]

    def run(self, *arguments, **options):
        return subprocess.run(self.command(*arguments), capture_output=True, text=True,
                              timeout=60, check=False, **options)

    def start(self, log, *arguments):
        """Starts a program that stays; whoever starts it ends it."""
        with open(log, 'ab') as out:
            return subprocess.Popen(self.command(*arguments), stdin=subprocess.DEVNULL,
                                    stdout=out, stderr=out)
