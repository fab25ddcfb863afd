"""What Gatehouse is held against: Apache, nginx's auth_pam, pam_ldap with nslcd.

nslcd and pam_ldap have their places in the file system built in, and installing
them would change how this machine signs its own people in.  So the bench runs
in a mount namespace of its own, with a copy of /etc and an empty /run, and takes
them from packages that are unpacked and not installed.
"""

import shutil
from pathlib import Path

from stack import namespace
from stack.paths import BUILD
from stack.process import wait_until

import servers
from tools import Background

# Where install-packages.sh unpacks what is not installed.
UNPACKED = BUILD / 'tests' / 'bench' / 'unpacked'
NSLCD = UNPACKED / 'usr/sbin/nslcd'
PAM_LDAP = UNPACKED / 'lib/x86_64-linux-gnu/security/pam_ldap.so'
AUTH_PAM = UNPACKED / 'usr/lib/nginx/modules/ngx_http_auth_pam_module.so'
APACHE = Path('/usr/sbin/apache2')
APACHE_MODULES = Path('/usr/lib/apache2/modules')

SERVICE = 'gatehouse-bench-nslcd'
NSLCD_SOCKET = Path('/run/nslcd/socket')


def make_private(folder):
    """Gives this namespace an /etc and a /run that are nobody else's.

    They are put together in `folder` and stay when that is gone.
    """
    for name in ('etc', 'run'):
        private = folder / name
        private.mkdir()
        namespace.mount('-t', 'tmpfs', '-o', 'mode=755', 'tmpfs', private)
        if name == 'etc':
            shutil.copytree('/etc', private, symlinks=True, dirs_exist_ok=True)
        # mount(8) would keep a record of its own in /run, which is just then another.
        namespace.mount('--no-mtab', '--move', private, f'/{name}')
    # PAM loads what stands here beside each service; Debian's is half of a sign-in's time.
    Path('/etc/pam.d/other').write_text(
        ''.join(f'{kind} required pam_deny.so\n'
                for kind in ('auth', 'account', 'password', 'session')), encoding='ascii')


def add_service(name, module):
    """A file of /etc/pam.d, which is our own by now."""
    Path('/etc/pam.d', name).write_text(f'auth required {module}\naccount required {module}\n',
                                        encoding='ascii')


class Nslcd:
    """nslcd against the stack's directory, and a PAM service that asks it."""

    def __init__(self, slapd):
        conf = Path('/etc/nslcd.conf')
        conf.touch(mode=0o600)
        conf.write_text(
            f'uri {slapd.ldapi_uri}\nbase ou=public,{slapd.base}\nscope one\n'
            f'binddn {slapd.dn("pam")}\nbindpw {slapd.password("pam")}\n'
            'filter passwd (objectClass=gatehouseAccount)\n'
            'filter shadow (objectClass=gatehouseAccount)\n', encoding='ascii')
        NSLCD_SOCKET.parent.mkdir(exist_ok=True)
        NSLCD_SOCKET.unlink(missing_ok=True)
        add_service(SERVICE, PAM_LDAP)
        with open('/run/nslcd/log', 'wb') as log:
            self.process = Background([NSLCD, '--nofork'], errors=log)
        wait_until(NSLCD_SOCKET.exists, 'nslcd')

    def close(self):
        self.process.close()


APACHE_CONF = """\
ServerRoot {folder}
ServerName localhost
Listen 127.0.0.1:{port}
PidFile {folder}/apache.pid
ErrorLog {folder}/error.log
LoadModule mpm_event_module {modules}/mod_mpm_event.so
LoadModule authn_core_module {modules}/mod_authn_core.so
LoadModule authz_core_module {modules}/mod_authz_core.so
LoadModule authz_user_module {modules}/mod_authz_user.so
LoadModule auth_basic_module {modules}/mod_auth_basic.so
LoadModule ldap_module {modules}/mod_ldap.so
LoadModule authnz_ldap_module {modules}/mod_authnz_ldap.so
User nobody
Group nogroup
StartServers 1
ServerLimit 1
ThreadsPerChild 64
MaxRequestWorkers 64
MaxKeepAliveRequests 0
DocumentRoot {pages}
<Directory {pages}>
    AuthType Basic
    AuthName bench
    AuthBasicProvider ldap
    AuthLDAPURL {uri}/ou=public,{base}?uid?one?(objectClass=gatehouseAccount)
    AuthLDAPBindDN {dn}
    AuthLDAPBindPassword "exec:/bin/cat {secret}"
    Require valid-user
</Directory>
"""

def apache(folder, slapd, pages):
    """Apache with mod_authnz_ldap and its cache, over TCP: it can't take a socket's path."""
    return servers.Server(
        folder, [APACHE, '-D', 'FOREGROUND', '-f'], APACHE_CONF, modules=APACHE_MODULES,
        pages=pages, uri=slapd.ldap_uri, base=slapd.base, dn=slapd.dn('pam'),
        secret=slapd.secrets / 'pam')


def auth_pam(folder, pages):
    """nginx with auth_pam, one worker, which asks nslcd."""
    return servers.nginx(folder, pages, load=f'load_module {AUTH_PAM};',
                         access=f'auth_pam "bench"; auth_pam_service_name "{SERVICE}";')
