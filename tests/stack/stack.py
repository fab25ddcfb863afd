"""The whole stack: slapd, mail sink and nginx in one folder.

    stack = Stack(folder)
    stack.create()
    try:
        requests.get(stack.nginx.url)
    finally:
        stack.close()
"""

import shlex
import subprocess

from . import mailsink, nginx, slapd
from .paths import CTL, DEMO, NGINX_MODULE, PAGES, PAM_MODULE
from .people import People
from .process import StackError
from .template import fill

PREFIX = '/account'

# Tests come from loopback, guess wrong often and should not wait for it.
EXEMPT = '\nthrottle {\n    exempt = { "127.0.0.0/8" }\n}\n'

# ms.  They share the machine, so that a directory may take long and yet answer.
PATIENCE = {'timeout': 60000, 'connect_timeout': 30000}


def directory_head(**settings):
    """How the directory section of gatehouse.conf begins, with these settings."""
    return 'directory {\n' + ''.join(f'    {name} = {value}\n'
                                    for name, value in settings.items())


def eased(text, is_throttled=False):
    """The demo's gatehouse.conf as tests need it."""
    return text.replace(directory_head(), directory_head(**PATIENCE), 1) + (
        '' if is_throttled else EXEMPT)


class Stack:
    """A gateway with all it needs, in `folder`.

    port         of the gateway; 0: a free one
    workers      how many nginx workers
    http, server further text for nginx.conf
    uris         where the gateway looks for the directory, in place of ldapi;
                 a test puts a proxy in between with it
    edit_config  a function from the text of gatehouse.conf to another text
    is_for_tests whether gatehouse.conf is eased, as tests need it
    has_mirror   whether there is a second provider, `mirror`; the gateway's list
                 then names both, `slapd` first
    """

    def __init__(self, folder, port=0, workers=2, http='', server='', uris=None,
                 edit_config=None, is_for_tests=True, has_mirror=False):
        self.folder = folder
        self.uris = uris
        self.edit_config = edit_config
        self.is_for_tests = is_for_tests
        self.conf = folder / 'gatehouse.conf'
        self.keys = folder / 'keys'
        self.audit_log = folder / 'audit.log'
        self.env = folder / 'stack.env'
        self.slapd = slapd.Slapd(folder / 'slapd')
        self.mirror = slapd.Slapd(folder / 'mirror') if has_mirror else None
        self.mailsink = mailsink.MailSink(folder / 'mailsink')
        self.nginx = nginx.Nginx(folder / 'nginx', port, workers, http, server)
        self.url = self.nginx.url
        self.prefix = PREFIX
        self.people = People(self.slapd)

    def create(self):
        """Makes everything and starts it; on a failure nothing is left running."""
        try:
            for server in (self.slapd, self.mailsink, self.nginx):
                server.folder.mkdir(mode=0o700, parents=True)
            self.slapd.create()
            self.slapd.start()
            self.slapd.install()
            # gatehousectl acts over ldapi, whatever way the gateway is to take.
            self.write_config([self.slapd.ldapi_uri])
            self.ctl('keys', 'new')
            self.add_demo_people()
            self.add_mirror()
            self.write_config(self.uris or [provider.ldapi_uri for provider in self.providers])
            self.mailsink.start()
            self.nginx.create(self.conf)
            self.nginx.start()
            self.write_env()
        except BaseException:
            self.close()
            raise

    @property
    def providers(self):
        """The directory's servers, in the order of the gateway's list."""
        return [self.slapd] if self.mirror is None else [self.slapd, self.mirror]

    def add_mirror(self):
        """Starts the second provider, with the people and passwords of the first."""
        if self.mirror is None:
            return
        self.mirror.folder.mkdir(mode=0o700, parents=True)
        self.mirror.create(secrets_of=self.slapd)
        self.mirror.start()
        self.mirror.install()
        self.slapd.mirror(self.mirror)

    def write_config(self, uris):
        text = fill(DEMO / 'gatehouse.conf.in', {
            'URIS': ', '.join(f'"{uri}"' for uri in uris),
            'BASE': self.slapd.base,
            'SECRETS': self.slapd.secrets,
            'KEYS': self.keys,
            'URL': self.url + self.prefix,
            'PAGES': PAGES,
            'MAIL_URL': f'smtp://127.0.0.1:{self.mailsink.port.number}',
            'AUDIT_LOG': self.audit_log,
        })
        if self.is_for_tests:
            text = eased(text)
        if self.edit_config is not None:
            text = self.edit_config(text)
        self.conf.write_text(text, encoding='utf-8')

    def ctl(self, *arguments):
        """Runs gatehousectl and returns what it printed."""
        if not CTL.exists():
            raise StackError(f'{CTL} is not built')
        done = subprocess.run([CTL, '-c', self.conf, *arguments], stdin=subprocess.DEVNULL,
                              capture_output=True, text=True, check=False)
        if done.returncode != 0:
            raise StackError(f'gatehousectl {" ".join(map(str, arguments))}:'
                             f' exit {done.returncode}\n{done.stdout}{done.stderr}')
        return done.stdout

    def add_demo_people(self):
        self.people.add_public('maria.lopez', 'Maria', 'Lopez', 'maria.lopez@example.org',
                               'blue heron over the pier')
        self.ctl('import', 'contractors', DEMO / 'contractors.csv')
        self.people.sign_up('1012345', 'office@orchardplumbing.example',
                            'level plumb and square')

    def write_env(self):
        """The names that scripts rely on, as shell assignments."""
        names = {
            'URL': self.url,
            'PREFIX': self.prefix,
            'LDAP_URI': self.slapd.ldap_uri,
            'LDAPS_URI': self.slapd.ldaps_uri,
            'LDAPI_URI': self.slapd.ldapi_uri,
            'BASE_DN': self.slapd.base,
            'ADMIN_DN': self.slapd.admin_dn,
            'ADMIN_PASSWORD': self.slapd.password('admin'),
            'CONF': self.conf,
            'CTL': CTL,
            'PAM_MODULE': PAM_MODULE,
            'NGINX_MODULE': NGINX_MODULE,
            'NGINX_CONF': self.nginx.conf,
            'NGINX_PIDFILE': self.nginx.pidfile.path,
            'SLAPD_PIDFILE': self.slapd.pidfile.path,
            'SLAPD_START': shlex.quote(str(self.slapd.start_script)),
            'MAIL_DIR': self.mailsink.mails,
            'AUDIT_LOG': self.audit_log,
            'ERROR_LOG': self.nginx.error_log,
        }
        self.env.touch(mode=0o600)
        self.env.write_text(
            ''.join(f'GATEHOUSE_{name}={shlex.quote(str(value))}\n'
                    for name, value in names.items()), encoding='utf-8')

    def close(self):
        """Stops every server; the folder stays for whoever looks for a fault."""
        for server in (self.nginx, self.mailsink, *self.providers):
            server.close()


def is_running(folder):
    """Whether a stack, of this or another process, runs in the folder."""
    return all(pidfile.pid() is not None for pidfile in pidfiles(folder))


def end(folder):
    """Stops the servers of a stack that another process has started."""
    for pidfile in pidfiles(folder):
        pidfile.end()


def pidfiles(folder):
    return (nginx.pidfile(folder / 'nginx'), mailsink.pidfile(folder / 'mailsink'),
            slapd.pidfile(folder / 'slapd'))
