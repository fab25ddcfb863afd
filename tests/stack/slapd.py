"""A private slapd with the project's schema, on ldap, ldaps and ldapi.

It starts from Debian's stock cn=config, so that schema/install.sh, and nothing
here, is what makes it Gatehouse's.
"""

import os
import secrets
import shlex
import shutil
import signal
import socket
import subprocess
from urllib.parse import quote

import ldap
import ldap.sasl

from . import certificates
from .paths import CHECKOUT
from .process import PidFile, Port, StackError, port_answers, wait_until

SLAPD = '/usr/sbin/slapd'
STOCK = '/usr/share/slapd/slapd.init.ldif'
BASE = 'dc=city,dc=example'

# sun_path holds 108 bytes, its end included.
SOCKET_PATH_MAX = 107


def pidfile(folder):
    """The pid file of a slapd that lives in `folder`."""
    return PidFile(folder / 'slapd.pid', str(folder / 'config'))


class Slapd:
    """A directory in `folder`; start() answers, install() makes it Gatehouse's."""

    def __init__(self, folder):
        self.folder = folder
        self.base = BASE
        self.config = folder / 'config'
        self.secrets = folder / 'secrets'
        self.pidfile = pidfile(folder)
        self.start_script = folder / 'start'
        self.socket = folder / 'ldapi'
        if len(str(self.socket)) > SOCKET_PATH_MAX:
            raise StackError(f'{self.socket}: too long for a socket, use a shorter folder')
        self.ldap_port = Port()
        self.ldaps_port = Port()
        self.ldapi_uri = 'ldapi://' + quote(str(self.socket), safe='')
        self.ldap_uri = f'ldap://127.0.0.1:{self.ldap_port.number}'
        # By address: libldap checks the machine's own name in place of `localhost`.
        self.ldaps_uri = f'ldaps://127.0.0.1:{self.ldaps_port.number}'
        self.admin_dn = f'cn=admin,{BASE}'
        self.tls = certificates.Certificates(folder / 'tls')

    def dn(self, identity):
        """The DN of one of the identities: gatehouse, pam, import, decoy."""
        return f'cn={identity},ou=services,{self.base}'

    def password(self, identity):
        """The password of an identity, or of `admin`."""
        return (self.secrets / identity).read_text(encoding='ascii')

    # Setting it up.

    def create(self, secrets_of=None):
        """Writes keys, the stock cn=config and the start script.

        Identities have the passwords of `secrets_of`, another slapd, where it is given.
        """
        for path in (self.config, self.secrets, self.folder / 'stock', self.folder / 'data'):
            path.mkdir(mode=0o700, parents=True)
        if secrets_of is None:
            (self.secrets / 'admin').write_text(secrets.token_urlsafe(24), encoding='ascii')
        else:
            shutil.copytree(secrets_of.secrets, self.secrets, dirs_exist_ok=True)
        self.tls.create()
        ldif = self.folder / 'stock.ldif'
        ldif.write_text(self._stock_config(), encoding='utf-8')
        subprocess.run(['/usr/sbin/slapadd', '-F', self.config, '-b', 'cn=config', '-l', ldif],
                       check=True, capture_output=True, text=True)
        self._write_start_script()

    def _stock_config(self):
        with open(STOCK, encoding='utf-8') as file:
            text = file.read()
        settings = [
            'olcLogLevel: none',
            f'olcTLSCACertificateFile: {self.tls.authority}',
            f'olcTLSCertificateFile: {self.tls.certificate}',
            f'olcTLSCertificateKeyFile: {self.tls.key}',
        ]
        if os.getuid() != 0:
            # Whoever runs the stack is to this slapd what root is to a real one.
            settings.append(
                f'olcAuthzRegexp: gidNumber={os.getgid()}\\+uidNumber={os.getuid()},'
                'cn=peercred,cn=external,cn=auth'
                ' gidNumber=0+uidNumber=0,cn=peercred,cn=external,cn=auth')
        for old, new in (
                ('/var/run/slapd/slapd.pid', str(self.pidfile.path)),
                ('/var/run/slapd/slapd.args', str(self.folder / 'slapd.args')),
                ('olcLogLevel: none', '\n'.join(settings)),
                ('/var/lib/ldap', str(self.folder / 'stock')),
                ('olcRootPW: @PASSWORD@\n', ''),
                ('@SUFFIX@', 'dc=nodomain')):
            if old not in text:
                raise StackError(f'{STOCK} is not the stock configuration: no {old}')
            text = text.replace(old, new)
        return text

    def _write_start_script(self):
        urls = f'{self.ldap_uri}/ {self.ldaps_uri}/ {self.ldapi_uri}'
        self.start_script.write_text(
            '#!/bin/sh\n'
            '# Starts this slapd; returns when it accepts connections.\n'
            '# Big blocks, such as Argon2 takes, go back to the system when freed.\n'
            'export MALLOC_MMAP_THRESHOLD_=1048576\n'
            f'exec {SLAPD} -F {shlex.quote(str(self.config))} -h {shlex.quote(urls)}\n',
            encoding='utf-8')
        self.start_script.chmod(0o755)

    def install(self):
        """Runs schema/install.sh as an admin would."""
        done = subprocess.run(
            [CHECKOUT / 'schema' / 'install.sh', self.ldapi_uri, self.base,
             self.folder / 'data', self.secrets],
            capture_output=True, text=True, check=False)
        if done.returncode != 0:
            raise StackError(f'schema/install.sh failed:\n{done.stdout}{done.stderr}')

    # Replication.

    def mirror(self, other):
        """Makes this and `other`, both installed, two providers in mirror mode.

        Each keeps all that the other has, and takes writes; `other` has what is here,
        and nothing of its own, when this returns.
        """
        other.empty()
        other.follow(self, 2)
        wait_until(lambda: self.is_in_sync(other), 'the second provider has all')
        self.follow(other, 1)

    def empty(self):
        """Loses all people and policies, not the configuration."""
        self.stop()
        for file in (self.folder / 'data' / 'db').iterdir():
            file.unlink()
        self.start()

    def follow(self, provider, number):
        """Takes over what `provider` has, as provider `number` of a mirror."""
        root = self.connect_as_root()
        root.modify_s('cn=config', [(ldap.MOD_REPLACE, 'olcServerID', [str(number).encode()])])
        (database, _), = root.search_s('cn=config', ldap.SCOPE_ONELEVEL,
                                       f'(olcSuffix={self.base})', ['1.1'])
        replica = (f'rid=00{number} provider={provider.ldap_uri} bindmethod=simple'
                   f' binddn="{provider.admin_dn}" credentials={provider.password("admin")}'
                   f' searchbase="{self.base}" type=refreshAndPersist retry="1 +"'
                   ' network-timeout=1 timeout=3 keepalive=1:3:1')
        root.modify_s(database, [(ldap.MOD_REPLACE, 'olcSyncrepl', [replica.encode()]),
                                 (ldap.MOD_REPLACE, 'olcMultiProvider', [b'TRUE'])])

    def stop_following(self):
        """Hears nothing of other providers any more, until follow() is called."""
        root = self.connect_as_root()
        (database, _), = root.search_s('cn=config', ldap.SCOPE_ONELEVEL,
                                       f'(olcSuffix={self.base})', ['1.1'])
        # What has no provider to follow must not be one of several.
        root.modify_s(database, [(ldap.MOD_REPLACE, 'olcMultiProvider', None),
                                 (ldap.MOD_REPLACE, 'olcSyncrepl', None)])

    def context(self):
        """How far this provider has come: its contextCSN values, in order."""
        try:
            (_, entry), = self.connect_as_root().search_s(self.base, ldap.SCOPE_BASE,
                                                          attrlist=['contextCSN'])
        except ldap.NO_SUCH_OBJECT:
            return []
        return sorted(entry.get('contextCSN', []))

    def is_in_sync(self, other):
        """Whether both have heard of the same changes."""
        return self.context() == other.context()

    def be_patient(self):
        """Lets the gateway's searches take a minute.

        On a machine that is busy with other tests they wait behind the hashes of
        fifty set-ups for longer than the schema's five seconds.
        """
        root = self.connect_as_root()
        (dn, entry), = root.search_s('cn=config', ldap.SCOPE_ONELEVEL,
                                     f'(olcSuffix={self.base})', ['olcLimits'])
        limits = [limit.replace(b'time.soft=5 time.hard=10', b'time=60')
                  for limit in entry['olcLimits']]
        if limits == entry['olcLimits']:
            raise StackError('the schema limits the gateway\'s searches in another way')
        root.modify_s(dn, [(ldap.MOD_REPLACE, 'olcLimits', limits)])

    # Running it.

    def start(self):
        done = subprocess.run([self.start_script], capture_output=True, text=True, check=False)
        if done.returncode != 0:
            raise StackError(f'slapd does not start: {done.stderr}')
        wait_until(self.is_up, 'slapd')

    def stop(self):
        self.pidfile.end()

    def kill(self):
        self.pidfile.end(signal.SIGKILL)

    def restart(self):
        self.stop()
        self.start()

    def close(self):
        """Stops it and gives its ports back."""
        self.stop()
        self.ldap_port.release()
        self.ldaps_port.release()

    def is_up(self):
        """Whether all three ways in accept connections."""
        if self.pidfile.pid() is None:
            return False
        with socket.socket(socket.AF_UNIX) as probe:
            if probe.connect_ex(str(self.socket)) != 0:
                return False
        return port_answers(self.ldap_port.number) and port_answers(self.ldaps_port.number)

    # Speaking to it.

    def connect(self, dn='', password=''):
        """A connection bound by name and password; without both, anonymous."""
        connection = ldap.initialize(self.ldap_uri)
        connection.simple_bind_s(dn, password)
        return connection

    def connect_as(self, identity):
        """A connection as gatehouse, pam or import."""
        return self.connect(self.dn(identity), self.password(identity))

    def connect_as_admin(self):
        """A connection as the rootdn, for whom no rule holds."""
        return self.connect(self.admin_dn, self.password('admin'))

    def connect_as_root(self):
        """A connection as the local user, over ldapi."""
        connection = ldap.initialize(self.ldapi_uri)
        connection.sasl_interactive_bind_s('', ldap.sasl.external())
        return connection
