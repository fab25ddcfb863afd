"""What the tests of the PAM module share: its service, its callers and its people."""

import json
import re
import sys
import time
from pathlib import Path

import ldap
import pam_wrapper
import pytest
from ldap.modlist import addModlist
from stack.paths import DEMO, PAM_MODULE
from stack.people import People, attributes
from stack.process import wait_until
from stack.slapd import Slapd
from stack.stack import PATIENCE, directory_head
from stack.template import fill

CALLER = Path(__file__).resolve().parent / 'pam_caller.py'
PASSWORD = 'blue heron over the pier'
TEMPORARY = 'for the first time only'
NEW = 'lantern orbit velvet quarry'
PORTAL = 'https://permits.city.example/account'

# Linux-PAM's codes, by the numbers of its ABI.
SUCCESS = 0
SERVICE_ERR = 3
PERM_DENIED = 6
AUTH_ERR = 7
AUTHINFO_UNAVAIL = 9
USER_UNKNOWN = 10
NEW_AUTHTOK_REQD = 12
ACCT_EXPIRED = 13
AUTHTOK_ERR = 20
TRY_AGAIN = 24
SILENT = 0x8000
CHANGE_EXPIRED = 0x20

# ms: how long a directory that does not answer is waited for.
DEADLINE = 1500
BRIEF = {'timeout': DEADLINE, 'connect_timeout': 500}
# ms that a busy machine may add: this tells a hang from an answer, and measures nothing.
SLACK = 10000

SIGN_IN = (('authenticate', 0), ('acct_mgmt', 0))
ACCOUNT = (('acct_mgmt', 0),)
CHANGE = (('chauthtok', 0),)


@pytest.fixture(scope='module')
def directory(tmp_path_factory):
    """A directory that the tests may stop and whose policies they may add to."""
    server = Slapd(tmp_path_factory.mktemp('directory'))
    try:
        server.create()
        server.start()
        server.install()
        yield server
    finally:
        server.close()


@pytest.fixture(scope='module')
def crowd(directory):
    return People(directory)


@pytest.fixture
def person(crowd, unique):
    """The user name of a new member of the public, whose password is PASSWORD."""
    uid = f'pam.user{unique()}'
    crowd.add_public(uid, 'Pam', 'User', f'{uid}@example.org', PASSWORD)
    return uid


@pytest.fixture
def write_conf(directory, tmp_path):
    """A function that writes a gatehouse.conf for these servers and settings.

    `pam` stands in section pam, `more` behind all sections.
    """
    def write(*uris, pam='', more='', throttle_file=None, **settings):
        conf = tmp_path / 'gatehouse.conf'
        text = fill(DEMO / 'gatehouse.conf.in', {
            'URIS': ', '.join(f'"{uri}"' for uri in uris or (directory.ldapi_uri,)),
            'BASE': directory.base,
            'SECRETS': directory.secrets,
            'KEYS': tmp_path / 'keys',
            'URL': PORTAL,
            'PAGES': tmp_path,
            'MAIL_URL': 'smtp://127.0.0.1',
            'AUDIT_LOG': tmp_path / 'audit.log',
        })
        text = text.replace(directory_head(), directory_head(**PATIENCE | settings), 1)
        text = text.replace('pam {\n', f'pam {{\n    {pam}\n', 1)
        if throttle_file:
            text = text.replace(f'{directory.secrets}/pam-throttle', str(throttle_file), 1)
        conf.write_text(f'{text}\n{more}\n', encoding='utf-8')
        return conf
    return write


class Service:
    """A PAM service of the module alone, in a folder of its own."""

    def __init__(self, folder, conf, options='', text=None, module=PAM_MODULE, person=None):
        """`person`: numbers of the user and the group that call it, if not the test's."""
        self.folder = folder
        self.person = person
        folder.mkdir(exist_ok=True)
        line = f'required {module} config={conf} {options}\n'
        (folder / 'portal').write_text(
            text or ''.join(f'{kind} {line}' for kind in ('auth', 'account', 'password')),
            encoding='utf-8')
        # Where PAM would look for what the service leaves out.
        (folder / 'other').write_text(
            ''.join(f'{kind} required pam_deny.so\n'
                    for kind in ('auth', 'account', 'password', 'session')), encoding='utf-8')
        self.log = ''

    def many(self, conversations, calls=SIGN_IN, items=()):
        """What came of each of the conversations, all at the same time.

        A conversation is the user, what they answer (one text, or a list in the order
        of the questions), and the host they call from (None: not by network).  `items`
        are what pam_wrapper's pam_set_items.so sets, for a service that has it.
        """
        task = {'service': 'portal', 'calls': calls, 'conversations': [
            {'user': user, 'answers': [answers] if isinstance(answers, str) else answers,
             'host': host} for user, answers, host in conversations]}
        user, group = self.person or (None, None)
        # Its text and not its path: whoever calls may not read the checkout.
        done = pam_wrapper.run([sys.executable, '-c', CALLER.read_text(encoding='utf-8')],
                               self.folder, json.dumps(task), variables=items, user=user,
                               group=group, extra_groups=[] if user else None)
        self.log = '\n'.join(re.findall(r'SYSLOG\(\d\): (.*)', done.stderr))
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)

    def call(self, user, answers=PASSWORD, calls=SIGN_IN, host=None, items=()):
        return self.many([(user, answers, host)], calls, items)[0]

    def codes(self, user, answers=PASSWORD, calls=SIGN_IN, host=None):
        return self.call(user, answers, calls, host)['codes']


@pytest.fixture
def make_service(tmp_path, write_conf):
    """A function that makes a Service, with options for the module."""
    return lambda options='', conf=None, text=None: Service(
        tmp_path / 'pam.d', conf or write_conf(), options, text)


@pytest.fixture
def service(make_service):
    return make_service()


def change(directory, dn, **values):
    """Replaces attributes of an entry as the local administrator."""
    directory.connect_as_root().modify_s(
        dn, [(ldap.MOD_REPLACE, name, value) for name, value in attributes(**values).items()])


@pytest.fixture(scope='module')
def add_policy(directory):
    """A function that adds a password policy and returns its DN."""
    def add(name, **values):
        dn = f'cn={name},ou=policies,{directory.base}'
        entry = attributes(objectClass=['namedPolicy', 'pwdPolicy'], cn=name,
                           pwdAttribute='userPassword', **values)
        directory.connect_as_root().add_s(dn, addModlist(entry))
        return dn
    return add


def wait_for_age(directory, dn, seconds):
    """Waits until the password of the entry is older than `seconds`."""
    found = directory.connect_as_root().search_s(dn, ldap.SCOPE_BASE, attrlist=['pwdChangedTime'])
    since = time.strptime(found[0][1]['pwdChangedTime'][0].decode()[:14], '%Y%m%d%H%M%S')
    wait_until(lambda: time.mktime(time.gmtime()) > time.mktime(since) + seconds + 1,
               'age of the password')


def set_policy(directory, crowd, person, policy):
    """Puts the person under the policy with a password set under it."""
    dn = crowd.dn('public', person)
    change(directory, dn, pwdPolicySubentry=policy)
    directory.connect_as('gatehouse').modify_s(
        dn, [(ldap.MOD_REPLACE, 'userPassword', [PASSWORD.encode()])])
    return dn
