"""gatehousectl show, temp-password, unlock, disable, enable: what staff do."""

import json
import os
import pty
import re
import stat
import subprocess
import termios
import time

import ldap
import pytest
from stack.paths import CTL, DEMO, PAGES
from stack.people import generalized_time
from stack.process import wait_until
from stack.stack import eased
from stack.template import fill

PASSWORD = 'blue heron over the pier'
OTHER = 'level plumb and square'
PROQUINT = re.compile(r'([bdfghjklmnprstvz][aiou][bdfghjklmnprstvz][aiou][bdfghjklmnprstvz]'
                      r'-?\b){5}')
CLERK = 'counter of the city hall'
DAY = 86400


class Desk:
    """Runs gatehousectl on one configuration."""

    def __init__(self, slapd, folder, *identity, uri=None):
        self.identity = identity
        self.audit_log = folder / 'audit.log'
        self.config = folder / 'gatehouse.conf'
        text = fill(DEMO / 'gatehouse.conf.in', {
            'URIS': f'"{uri or slapd.ldapi_uri}"', 'BASE': slapd.base,
            'SECRETS': slapd.secrets, 'KEYS': folder / 'keys',
            'URL': 'http://127.0.0.1:8080/account', 'PAGES': PAGES,
            'MAIL_URL': 'smtp://127.0.0.1:2525', 'AUDIT_LOG': self.audit_log})
        self.config.write_text(eased(text), encoding='utf-8')

    def run(self, *words, code=0, **how):
        """What it printed, after the exit code was held against `code`."""
        done = subprocess.run([CTL, '-c', self.config, *self.identity, *words], check=False,
                              stdin=subprocess.DEVNULL, capture_output=True, text=True, **how)
        assert done.returncode == code, done.stdout + done.stderr
        return done

    def json(self, *words, **how):
        return json.loads(self.run('--json', *words, **how).stdout)

    def audit(self):
        """The lines of the audit trail."""
        if not self.audit_log.exists():
            return []
        with open(self.audit_log, encoding='utf-8') as file:
            return [json.loads(line) for line in file]


@pytest.fixture(name='desk')
def fixture_desk(slapd, tmp_path):
    """Root on the directory's own host."""
    return Desk(slapd, tmp_path)


@pytest.fixture(name='clerk', scope='module')
def fixture_clerk(slapd, people):
    """The options by which somebody at the counter acts."""
    people.add_staff('pat', 'Pat Counter', CLERK)
    secret = slapd.folder / 'pat.secret'
    secret.touch(mode=0o600)
    secret.write_text(CLERK + '\n', encoding='utf-8')
    return ('--bind-dn', f'uid=pat,ou=staff,{slapd.base}', '--password-file', secret)


@pytest.fixture(name='counter')
def fixture_counter(slapd, tmp_path, clerk):
    """Somebody at the counter, with staff's own identity."""
    return Desk(slapd, tmp_path, *clerk)


@pytest.fixture(name='license_number')
def fixture_license_number(people, unique):
    """A returning contractor: on file, no password."""
    number = str(40000000 + unique())
    people.put_on_file(number, 'SIERRA ROOFING')
    return number


@pytest.fixture(name='maria')
def fixture_maria(people, unique):
    """The user name of a member of the public, whose password is PASSWORD."""
    uid = f'maria.{unique()}'
    people.add_public(uid, 'Maria', 'Lopez', f'{uid}@example.org', PASSWORD)
    return uid


def entry_of(slapd, dn, *names):
    _, values = slapd.connect_as_root().search_s(
        dn, ldap.SCOPE_BASE, attrlist=list(names) or ['*', '+'])[0]
    return {name: [value.decode('utf-8', 'replace') for value in found]
            for name, found in values.items()}


def bind(slapd, dn, password):
    """Whether the directory takes that password."""
    try:
        slapd.connect(dn, password)
    except ldap.INVALID_CREDENTIALS:
        return False
    return True


def replace(slapd, dn, **values):
    slapd.connect_as_root().modify_s(
        dn, [(ldap.MOD_REPLACE, name, value) for name, value in values.items()])


def seconds(text):
    """A generalized time, whole seconds of it."""
    return time.mktime(time.strptime(text[:14] + 'UTC', '%Y%m%d%H%M%S%Z')) - time.timezone


def wrong_passwords(slapd, dn, count):
    for _ in range(count):
        assert not bind(slapd, dn, 'not the password at all')


# temp-password

@pytest.mark.parametrize('who', ['desk', 'counter'])
def test_temporary_password(request, slapd, people, license_number, who):
    desk = request.getfixturevalue(who)
    dn = people.dn('contractor', license_number)
    slapd.connect_as('gatehouse').modify_s(dn, [
        (ldap.MOD_REPLACE, 'gatehouseResetDigest', b'0' * 64),
        (ldap.MOD_REPLACE, 'gatehouseResetUntil', generalized_time(time.time() + 600).encode())])

    before = time.time()
    done = desk.run('temp-password', license_number, '--reason', 'rang; knows Núñez')
    entry = entry_of(slapd, dn)
    password = PROQUINT.search(done.stdout).group()
    assert done.stdout.startswith(
        f'Temporary password of {license_number} (SIERRA ROOFING), until ')
    assert done.stdout.count(password) == 1
    assert done.stderr == ''

    assert bind(slapd, dn, password)
    assert entry['pwdReset'] == ['TRUE']
    assert entry['userPassword'][0].startswith('{ARGON2}$argon2i$')
    assert entry['pwdPolicySubentry'] == [f'cn=temporary,ou=policies,{slapd.base}']
    assert 3 * DAY - 2 <= seconds(entry['pwdEndTime'][0]) - before <= 3 * DAY + 30
    assert -2 <= seconds(entry['gatehousePasswordSet'][0]) - before <= 30
    assert 'gatehouseResetDigest' not in entry
    assert 'gatehouseResetUntil' not in entry
    assert entry['gatehouseMarked'] == entry['gatehouseSessionsNotBefore']
    assert -2 <= seconds(entry['gatehouseMarked'][0]) - before <= 30

    line, = desk.audit()
    assert line.pop('time').startswith(time.strftime('%Y-%m-%dT', time.gmtime(before)))
    by = 'local user root' if who == 'desk' else f'uid=pat,ou=staff,{slapd.base}'
    assert line == {'event': 'temporary-password', 'outcome': 'done', 'realm': 'contractor',
                    'uid': license_number, 'by': by, 'reason': 'rang; knows Núñez'}
    assert password not in desk.audit_log.read_text(encoding='utf-8')
    assert stat.S_IMODE(desk.audit_log.stat().st_mode) == 0o640


def test_temporary_passwords_differ(desk, license_number):
    issued = {desk.json('temp-password', license_number)['password'] for _ in range(3)}
    assert len(issued) == 3


@pytest.mark.parametrize('days', [1, 14])
def test_days(desk, slapd, people, license_number, days):
    before = time.time()
    answer = desk.json('temp-password', license_number, '--days', str(days))
    end = entry_of(slapd, people.dn('contractor', license_number))['pwdEndTime'][0]
    assert days * DAY - 2 <= seconds(end) - before <= days * DAY + 30
    assert answer['realm'] == 'contractor'
    assert answer['uid'] == license_number
    assert answer['until'] == re.sub(r'(....)(..)(..)(..)(..)(..)Z', r'\1-\2-\3T\4:\5:\6Z', end)
    assert PROQUINT.fullmatch(answer['password'])


@pytest.mark.parametrize('days', ['0', '15', '-1', 'three', '3.5', '3 ', ''])
def test_days_out_of_bounds(desk, slapd, people, license_number, days):
    done = desk.run('temp-password', license_number, f'--days={days}', code=2)
    assert '--days takes a number from 1 to 14' in done.stderr
    assert 'pwdEndTime' not in entry_of(slapd, people.dn('contractor', license_number))


def test_temporary_password_replaces_a_real_one(desk, slapd, people, maria):
    dn = people.dn('public', maria)
    password = desk.json('temp-password', maria)['password']
    assert not bind(slapd, dn, PASSWORD)
    assert bind(slapd, dn, password)
    assert entry_of(slapd, dn)['pwdReset'] == ['TRUE']


def test_temporary_password_needs_the_right_to_manage(slapd, tmp_path, people, maria):
    """The gateway may write passwords, and could issue one that is not temporary."""
    desk = Desk(slapd, tmp_path, '--bind-dn', slapd.dn('gatehouse'), '--password-file',
                slapd.secrets / 'gatehouse')
    done = desk.run('temp-password', maria, code=1)
    assert done.stdout == ''
    assert PROQUINT.search(done.stderr) is None
    assert bind(slapd, people.dn('public', maria), PASSWORD)


def test_no_temporary_password_for_the_disabled(desk, slapd, people, maria):
    desk.run('disable', maria)
    done = desk.run('temp-password', maria, code=1)
    assert done.stdout == ''
    assert done.stderr == f'gatehousectl: {maria} is disabled; `gatehousectl enable` comes first\n'
    assert 'pwdReset' not in entry_of(slapd, people.dn('public', maria))
    assert [line['outcome'] for line in desk.audit()] == ['done', 'disabled']


def test_no_change_without_its_line(desk, slapd, people, maria):
    desk.audit_log.mkdir()
    for words in (['temp-password', maria], ['disable', maria]):
        done = desk.run(*words, code=1)
        assert f'the audit file {desk.audit_log} can\'t be opened' in done.stderr
        assert done.stdout == ''
    assert bind(slapd, people.dn('public', maria), PASSWORD)


# disable and enable

@pytest.mark.parametrize('who', ['desk', 'counter'])
def test_disable_and_enable(request, slapd, people, maria, who):
    desk = request.getfixturevalue(who)
    dn = people.dn('public', maria)
    before = time.time()
    assert desk.run('disable', maria).stdout == f'{maria} (Maria Lopez): disabled\n'
    entry = entry_of(slapd, dn)
    assert entry['gatehouseDisabled'] == ['TRUE']
    assert seconds(entry['pwdEndTime'][0]) < time.time()
    assert -2 <= seconds(entry['gatehouseSessionsNotBefore'][0]) - before <= 30
    assert entry['gatehouseMarked'] == entry['gatehouseSessionsNotBefore']
    assert not bind(slapd, dn, PASSWORD)

    assert desk.json('enable', maria, '--reason', 'paid') == {
        'realm': 'public', 'uid': maria, 'changed': True}
    entry = entry_of(slapd, dn)
    assert 'gatehouseDisabled' not in entry
    assert 'pwdEndTime' not in entry
    assert bind(slapd, dn, PASSWORD)
    assert [(line['event'], line['outcome'], line.get('reason')) for line in desk.audit()] == [
        ('disable', 'done', None), ('enable', 'done', 'paid')]

    done = desk.run('enable', maria)
    assert done.stdout == f'{maria} (Maria Lopez): nothing to do, not disabled\n'


@pytest.mark.parametrize('who', ['desk', 'counter'])
def test_revoke_sessions(request, slapd, people, maria, who):
    desk = request.getfixturevalue(who)
    dn = people.dn('public', maria)
    before = entry_of(slapd, dn)
    done = desk.run('sessions', 'revoke', maria)
    assert done.stdout == f'{maria} (Maria Lopez): all sessions have ended\n'
    after = entry_of(slapd, dn)
    assert after['gatehouseMarked'] == after['gatehouseSessionsNotBefore']
    changed = {name for name in {*before, *after} if before.get(name) != after.get(name)}
    assert changed <= {'gatehouseMarked', 'gatehouseSessionsNotBefore', 'entryCSN',
                       'modifyTimestamp', 'modifiersName'}
    assert bind(slapd, dn, PASSWORD)

    assert desk.json('sessions', 'revoke', f'public:{maria}', '--reason', 'lost phone') == {
        'realm': 'public', 'uid': maria, 'changed': True}
    assert [(line['event'], line['outcome'], line.get('reason')) for line in desk.audit()] == [
        ('sessions-revoked', 'done', None), ('sessions-revoked', 'done', 'lost phone')]


@pytest.mark.parametrize('words', [[], ['end', 'maria'], ['revoke']])
def test_revoke_usage(desk, words):
    done = desk.run('sessions', *words, code=2)
    assert 'usage: gatehousectl' in done.stderr


def test_enable_revives_no_temporary_password(desk, slapd, people, license_number):
    dn = people.dn('contractor', license_number)
    password = desk.json('temp-password', license_number)['password']
    desk.run('disable', license_number)
    done = desk.run('enable', license_number)
    assert done.stdout == (f'{license_number} (SIERRA ROOFING): enabled; the temporary password'
                           ' has ended, issue a new one\n')
    assert not bind(slapd, dn, password)

    # Nor one that had ended by itself.
    replace(slapd, dn, pwdEndTime=b'20200101000000Z')
    desk.run('disable', license_number)
    desk.run('enable', license_number)
    assert not bind(slapd, dn, password)
    assert bind(slapd, dn, desk.json('temp-password', license_number)['password'])


def test_disabling_ends_a_mailed_link(counter, slapd, people, maria):
    dn = people.dn('public', maria)
    slapd.connect_as('gatehouse').modify_s(
        dn, [(ldap.MOD_REPLACE, 'gatehouseResetDigest', b'1' * 64)])
    counter.run('disable', maria)
    assert 'gatehouseResetDigest' not in entry_of(slapd, dn)


# unlock

@pytest.mark.parametrize('who', ['desk', 'counter'])
def test_unlock(request, slapd, people, maria, who):
    desk = request.getfixturevalue(who)
    dn = people.dn('public', maria)
    wrong_passwords(slapd, dn, 3)
    replace(slapd, dn, pwdAccountLockedTime=generalized_time().encode())
    assert not bind(slapd, dn, PASSWORD)

    assert desk.run('unlock', maria).stdout == f'{maria} (Maria Lopez): unlocked\n'
    entry = entry_of(slapd, dn)
    assert 'pwdAccountLockedTime' not in entry
    assert 'pwdFailureTime' not in entry
    assert bind(slapd, dn, PASSWORD)

    assert desk.json('unlock', maria) == {'realm': 'public', 'uid': maria, 'changed': False}


# show

def test_shows_who_is_on_file(desk, license_number):
    assert desk.run('show', license_number).stdout == (
        f'{license_number}: SIERRA ROOFING\n'
        "Can't sign in: on file, but no password was set yet.\n"
        '\n'
        '  realm         contractor\n'
        '  password      none\n'
        '  locked        no\n'
        '  disabled      no\n'
        '  mail          none on file\n'
        '  license       CLEAR\n'
        '  last sign-in  none known\n')
    assert desk.audit() == []


def test_shows_an_open_account(desk, slapd, people, maria):
    dn = people.dn('public', maria)
    replace(slapd, dn, gatehouseLastSignIn=b'20261122093000Z',
            gatehousePasswordSet=b'20261001120000Z')
    assert desk.json('show', maria) == {
        'realm': 'public', 'uid': maria, 'name': 'Maria Lopez', 'can_sign_in': True,
        'verdict': 'Can sign in.', 'password': 'set', 'password_set': '2026-10-01T12:00:00Z',
        'password_until': None, 'locked': False, 'locked_since': None, 'locked_until': None,
        'wrong_passwords': 0, 'disabled': False, 'mail': f'{maria}@example.org',
        'license_status': None, 'license_expiry': None, 'last_sign_in': '2026-11-22T09:30:00Z'}


@pytest.mark.parametrize('who', ['desk', 'counter'])
def test_shows_why_not(request, slapd, people, license_number, who):
    desk = request.getfixturevalue(who)
    dn = people.dn('contractor', license_number)
    replace(slapd, dn, gatehouseLicenseStatus=b'Work Comp Susp',
            gatehouseLicenseExpiry=b'20271004000000Z', mail=b'joe@example.org')

    desk.run('temp-password', license_number)
    shown = desk.json('show', license_number)
    assert shown['verdict'] == ('Can sign in with the temporary password, and has to choose a'
                                ' new one then.')
    assert shown['can_sign_in'] is True
    assert shown['password'] == 'temporary'
    assert shown['password_until'] is not None
    assert shown['license_status'] == 'Work Comp Susp'
    assert shown['license_expiry'] == '2027-10-04T00:00:00Z'
    assert 'license       Work Comp Susp, expires 2027-10-04\n' in desk.run(
        'show', license_number).stdout

    wrong_passwords(slapd, dn, 2)
    replace(slapd, dn, pwdAccountLockedTime=generalized_time().encode())
    shown = desk.json('show', license_number)
    assert shown['verdict'] == "Can't sign in: locked after too many wrong passwords."
    assert (shown['locked'], shown['wrong_passwords']) == (True, 2)
    assert shown['locked_until'] is not None
    replace(slapd, dn, pwdAccountLockedTime=b'000001010000Z')
    assert '  locked        yes, until staff unlock it (wrong passwords: 2)\n' in desk.run(
        'show', license_number).stdout

    replace(slapd, dn, pwdEndTime=b'20200101000000Z')
    shown = desk.json('show', license_number)
    assert shown['verdict'] == "Can't sign in: the temporary password has ended."
    assert shown['can_sign_in'] is False

    desk.run('disable', license_number)
    shown = desk.json('show', license_number)
    assert shown['verdict'] == "Can't sign in: disabled by staff."
    assert shown['disabled'] is True


def test_shows_an_unverified_license(desk, slapd, people, license_number):
    replace(slapd, people.dn('contractor', license_number), gatehouseLicenseStatus=None)
    assert desk.json('show', license_number)['license_status'] == 'unverified'


# Whose account.

def test_user_names_in_any_spelling(desk, maria, license_number):
    assert desk.json('show', f'  {maria.upper()} ')['uid'] == maria
    assert desk.json('show', f'public:{maria}')['uid'] == maria
    assert desk.json('show', f'0{license_number}'[-9:].lstrip('0'))['uid'] == license_number
    assert desk.json('show', f'contractor:{license_number}')['realm'] == 'contractor'


@pytest.mark.parametrize('user', ['nobody.at.all', '99999999', '*', 'ma*', '*)(uid=*', '',
                                  'contractor:', 'staff:pat', 'cn=gatehouse'])
def test_nobody_by_that_name(desk, user):
    done = desk.run('show', user, code=1)
    assert done.stderr == f'gatehousectl: {user}: nobody by that name\n'
    assert done.stdout == ''


def test_ambiguous_names(slapd, tmp_path, people, license_number):
    """In a realm whose names may be digits, a name can be somebody else's license."""
    desk = Desk(slapd, tmp_path)
    text = desk.config.read_text(encoding='utf-8')
    assert '"^[a-z][a-z0-9._-]{2,31}$"' in text
    desk.config.write_text(text.replace('"^[a-z][a-z0-9._-]{2,31}$"', '"^[a-z0-9]{3,31}$"'),
                           encoding='utf-8')
    people.add_public(license_number, 'A', 'B', f'n{license_number}@example.org', PASSWORD)

    done = desk.run('disable', license_number, code=1)
    assert done.stderr == (f'gatehousectl: {license_number}: in more than one realm;'
                           f' say REALM:{license_number}\n')
    assert desk.json('show', f'public:{license_number}')['realm'] == 'public'
    assert desk.json('show', f'contractor:{license_number}')['realm'] == 'contractor'


# Ways to fail.

@pytest.mark.parametrize('words', [
    ['show'], ['show', 'a', 'b'], ['show', 'a', '--reason', 'x'], ['unlock', 'a', '--days', '3'],
    ['disable', '--force', 'a'], ['temp-password'], ['enable', 'a', '--reason', 'x\ny']])
def test_usage(desk, words):
    done = desk.run(*words, code=2)
    assert f'usage: gatehousectl [-c FILE] [--json] {words[0]} USER' in done.stderr
    assert done.stdout == ''


@pytest.mark.parametrize('command', ['show', 'temp-password', 'unlock', 'disable', 'enable'])
def test_help(desk, command):
    done = desk.run(command, '--help')
    assert done.stdout.startswith(f'usage: gatehousectl [-c FILE] [--json] {command} USER')


@pytest.mark.parametrize('command', ['show', 'temp-password', 'unlock', 'disable', 'enable'])
def test_directory_down(slapd, tmp_path, command):
    desk = Desk(slapd, tmp_path, uri='ldapi://%2Fnowhere%2Fldapi')
    done = desk.run(command, 'maria', code=3)
    assert done.stdout == ''
    assert "the directory can't be reached" in done.stderr


@pytest.mark.parametrize('identity', ['pam', 'import'])
def test_others_have_no_such_right(slapd, tmp_path, people, maria, identity):
    desk = Desk(slapd, tmp_path, '--bind-dn', slapd.dn(identity), '--password-file',
                slapd.secrets / identity)
    for words in (['temp-password', maria], ['disable', maria], ['enable', maria],
                  ['unlock', maria]):
        replace(slapd, people.dn('public', maria), gatehouseDisabled=None)
        if words[0] == 'enable':
            replace(slapd, people.dn('public', maria), gatehouseDisabled=b'TRUE')
        if words[0] == 'unlock':
            replace(slapd, people.dn('public', maria), pwdAccountLockedTime=b'000001010000Z')
        assert desk.run(*words, code=1).stdout == ''
    entry = entry_of(slapd, people.dn('public', maria))
    assert entry['pwdAccountLockedTime'] == ['000001010000Z']
    assert 'gatehouseDisabled' not in entry


def test_asks_for_the_password(slapd, tmp_path, clerk, maria):
    """Without a password file, the terminal is asked, and does not echo."""
    desk = Desk(slapd, tmp_path)
    pid, terminal = pty.fork()
    if pid == 0:
        os.execv(CTL, [str(CTL), '-c', str(desk.config), *clerk[:2], 'unlock', maria])
    seen = b''
    while not seen.endswith(b': '):
        seen += os.read(terminal, 1000)
    # What is typed before the echo is off is dropped.
    wait_until(lambda: not termios.tcgetattr(terminal)[3] & termios.ECHO, 'no echo')
    os.write(terminal, CLERK.encode() + b'\n')
    try:
        while chunk := os.read(terminal, 1000):
            seen += chunk
    except OSError:
        pass  # The other end is closed.
    _, status = os.waitpid(pid, 0)
    assert os.waitstatus_to_exitcode(status) == 0, seen
    assert b'nothing to do, not locked' in seen
    assert CLERK.encode() not in seen


# The way to the directory.

@pytest.mark.parametrize('settings, code, said', [
    ('tls_ca = "{authority}"', 0, ''),
    ('', 3, 'TLS failed'),
    ('tls_verify = no', 0, 'gatehousectl: warning: directory: tls_verify = no: anybody')])
def test_over_tls(slapd, tmp_path, clerk, maria, settings, code, said):
    counter = Desk(slapd, tmp_path, *clerk, uri=slapd.ldaps_uri)
    text = counter.config.read_text(encoding='utf-8')
    settings = settings.format(authority=slapd.tls.authority)
    counter.config.write_text(text.replace('directory {\n', f'directory {{\n{settings}\n', 1),
                              encoding='utf-8')
    done = counter.run('show', maria, code=code)

    assert said in done.stderr
    assert bool(said) == bool(done.stderr)
