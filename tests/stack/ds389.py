"""A private 389 Directory Server with the project's schema and rules, on ldap and ldaps.

It comes from Debian's own dscreate, in a virtual root of its own.  That is for users other
than root: root's runs as Debian's user for this server.
"""

import os
import pwd
import secrets
import socket
import subprocess

import ldap

from .paths import CHECKOUT
from .process import PidFile, Port, StackError, port_answers, wait_until
from .slapd import BASE

USER = 'dirsrv'
INSTANCE = 'gate'
MANAGER = 'cn=Directory Manager'
IDENTITIES = ('gatehouse', 'pam', 'import', 'decoy')

ANSWERS = """\
[general]
config_version = 2
full_machine_name = localhost
strict_host_checking = False

[slapd]
instance_name = {instance}
port = {port}
secure_port = {secure_port}
root_password = {password}
self_sign_cert = True

[backend-userroot]
suffix = {base}
create_suffix_entry = True
"""


def port_everywhere():
    """A port that is free on all addresses: the server listens on each.

    Somebody's connection from there, on another address, would be in its way.
    """
    while True:
        port = Port()
        with socket.socket(socket.AF_INET6) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(('::', port.number))
                return port
            except OSError:
                port.release()


class DirectoryServer:
    """A directory in `folder`, which its user has to be able to enter; create() starts it."""

    def __init__(self, folder):
        self.folder = folder
        self.base = BASE
        self.root = folder / 'root'
        self.tools = folder / 'bin'
        self.secrets = folder / 'secrets'
        self.port = port_everywhere()
        self.secure_port = port_everywhere()
        self.uri = f'ldap://127.0.0.1:{self.port.number}'
        self.secure_uri = f'ldaps://localhost:{self.secure_port.number}'
        self.manager_password = secrets.token_urlsafe(24)
        self.pidfile = PidFile(self.root / 'run' / 'dirsrv' / f'slapd-{INSTANCE}.pid',
                               str(self.root))

    def dn(self, identity):
        return f'cn={identity},ou=services,{self.base}'

    def password(self, identity):
        return (self.secrets / identity).read_text(encoding='ascii')

    def create(self):
        """Makes the instance, starts it, and makes it Gatehouse's."""
        self._write_files()
        self._run('/usr/sbin/dscreate', 'ds-root', self.root, self.tools)
        self._run(self.tools / 'dscreate', 'from-file', self.folder / 'answers')
        wait_until(lambda: port_answers(self.port.number), '389 Directory Server')
        self._install()

    def _write_files(self):
        self.folder.mkdir(mode=0o711, parents=True)
        self.secrets.mkdir(mode=0o700)
        for identity in IDENTITIES:
            path = self.secrets / identity
            path.touch(mode=0o600)
            path.write_text(secrets.token_urlsafe(24), encoding='ascii')
        answers = self.folder / 'answers'
        answers.touch(mode=0o600)
        answers.write_text(ANSWERS.format(
            instance=INSTANCE, port=self.port.number, secure_port=self.secure_port.number,
            password=self.manager_password, base=self.base), encoding='ascii')
        if os.getuid() == 0:
            user = pwd.getpwnam(USER)
            for path in (self.folder, answers):
                os.chown(path, user.pw_uid, user.pw_gid)

    def _run(self, *words):
        # Its tools want the wrappers in front of what the package installs.
        environment = {'HOME': str(self.folder), 'PATH': f'{self.tools}:/usr/sbin:/usr/bin:/bin'}
        who = {'user': USER, 'group': USER, 'extra_groups': []} if os.getuid() == 0 else {}
        done = subprocess.run(words, env=environment, cwd='/', stdin=subprocess.DEVNULL,
                              capture_output=True, text=True, check=False, **who)
        if done.returncode != 0:
            raise StackError(f'{words[0]}: exit {done.returncode}\n{done.stdout}{done.stderr}')

    def _install(self):
        ldif = subprocess.run([CHECKOUT / 'schema' / '389-ds.sh', self.base, self.secrets],
                              capture_output=True, text=True, check=True).stdout
        secret = self.folder / 'manager'
        secret.touch(mode=0o600)
        secret.write_text(self.manager_password, encoding='ascii')
        done = subprocess.run(
            ['ldapmodify', '-a', '-x', '-H', self.uri, '-D', MANAGER, '-y', secret],
            input=ldif, capture_output=True, text=True, check=False)
        if done.returncode != 0:
            raise StackError(f'schema/389-ds.sh is refused:\n{done.stderr}')

    def connect(self, dn, password):
        connection = ldap.initialize(self.uri)
        connection.simple_bind_s(dn, password)
        return connection

    def connect_as(self, identity):
        return self.connect(self.dn(identity), self.password(identity))

    def connect_as_manager(self):
        return self.connect(MANAGER, self.manager_password)

    def close(self):
        self.pidfile.end()
        self.port.release()
        self.secure_port.release()
