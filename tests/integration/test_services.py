"""Real programs that speak PAM, with the recipes of docs/pam.md: OpenSSH, PostgreSQL, vsftpd,
login, su and cron."""

import ftplib
import os
import subprocess
import time
from glob import glob

import pytest
from jail import Jail, recipes
from pam import NEW, PASSWORD, TEMPORARY, change, crowd, directory
from stack.paths import DEMO
from stack.people import generalized_time
from stack.process import Port, port_answers, wait_until
from stack.template import fill

# These programs load the module as they are.
pytestmark = [pytest.mark.as_shipped, pytest.mark.no_sanitizers]

LOCAL = 'a password of this machine alone'
FIRST_NUMBER = 20000
CONTRACTORS = 19990
SECRET_READERS = 19991
DAY = 24 * 3600
WRONG = 'not the right one'


def shadow_hash(password):
    """As /etc/shadow has it."""
    return subprocess.run(['openssl', 'passwd', '-6', password], check=True,
                          capture_output=True, text=True).stdout.strip()


@pytest.fixture(scope='module')
def jail(directory):
    """A machine with the recipes, of which `ops` is an administrator."""
    machine = Jail()
    try:
        machine.add_group('contractors', CONTRACTORS)
        machine.add_group('gatehouse-pam', SECRET_READERS, 'postgres')
        machine.add_user('ops', FIRST_NUMBER - 1, FIRST_NUMBER - 1, shadow_hash(LOCAL))
        secret = machine.folder / 'pam.secret'
        secret.write_text(directory.password('pam'), encoding='ascii')
        os.chown(secret, 0, SECRET_READERS)
        secret.chmod(0o640)
        conf = machine.folder / 'gatehouse.conf'
        text = fill(DEMO / 'gatehouse.conf.in', {
            'URIS': f'"{directory.ldap_uri}"', 'BASE': directory.base,
            'SECRETS': machine.folder, 'KEYS': machine.folder / 'keys',
            'URL': 'https://permits.city.example/account', 'PAGES': machine.folder,
            'MAIL_URL': 'smtp://127.0.0.1', 'AUDIT_LOG': machine.folder / 'audit.log'})
        text = text.replace(f'{machine.folder}/pam"', f'{secret}"')
        text = text.replace('pam {\n', 'pam {\n    service sshd {\n'
                            '        realms = { "contractor" }\n'
                            '        filter = "(&(gatehouseLicenseStatus=CLEAR)'
                            '(gatehouseLicenseExpiry>=%{today}))"\n    }\n', 1)
        # All tests call from one address.
        text += 'throttle {\n    exempt = { "127.0.0.0/8" }\n}\n'
        conf.write_text(text, encoding='utf-8')
        machine.add_recipes(conf)
        yield machine
    finally:
        machine.close()


@pytest.fixture
def contractor(directory, crowd, jail, unique):
    """The number of a contractor who has signed up, with an account on the machine."""
    count = unique()
    number = str(900000 + count)
    crowd.put_on_file(number, 'ORCHARD ROOFING')
    crowd.sign_up(number, 'office@roofing.example', PASSWORD)
    change(directory, crowd.dn('contractor', number),
           gatehouseLicenseExpiry=generalized_time(time.time() + 30 * DAY))
    jail.add_user(number, FIRST_NUMBER + count, CONTRACTORS)
    return number


@pytest.fixture
def citizen(crowd, unique):
    """The user name of a member of the public."""
    uid = f'citizen{unique()}'
    crowd.add_public(uid, 'Some', 'Citizen', f'{uid}@example.org', PASSWORD)
    return uid


@pytest.fixture
def temporary(crowd, contractor):
    crowd.give_temporary_password('contractor', contractor, TEMPORARY, time.time() + 3600)
    return contractor


def stop(process):
    process.terminate()
    process.wait(30)


def wait_for(port, process, what):
    """Waits until the program takes connections."""
    def is_up():
        assert process.poll() is None, f'{what} has ended'
        return port_answers(port.number)
    wait_until(is_up, what)


# OpenSSH.

ASKPASS = """#!/bin/sh
# Answers the next line of the file; notes what was asked.
printf '%s\\n' "$1" >> {folder}/asked
sed -n 1p {folder}/answers
sed -i 1d {folder}/answers
"""


class Secure:
    """An sshd, and clients of it."""

    def __init__(self, jail, folder):
        self.jail = jail
        self.folder = folder
        self.port = Port()
        self.askpass = folder / 'askpass'
        self.askpass.write_text(ASKPASS.format(folder=folder), encoding='ascii')
        self.askpass.chmod(0o755)
        for key in ('host', 'client'):
            subprocess.run(['ssh-keygen', '-q', '-t', 'ed25519', '-N', '', '-f', folder / key],
                           check=True)
        config = folder / 'sshd_config'
        config.write_text(
            f'Port {self.port.number}\nListenAddress 127.0.0.1\nHostKey {folder}/host\n'
            f'PidFile none\nAuthorizedKeysFile {jail.folder}/keys/%u\nStrictModes no\n'
            'UsePAM yes\nKbdInteractiveAuthentication yes\nPasswordAuthentication no\n'
            'PrintMotd no\n', encoding='ascii')
        self.process = jail.start(folder / 'log', '/usr/sbin/sshd', '-D', '-e', '-f', config)
        wait_for(self.port, self.process, 'sshd')

    def close(self):
        stop(self.process)
        self.port.release()

    def let_key_in(self, user):
        keys = self.jail.folder / 'keys'
        keys.mkdir(exist_ok=True)
        keys.chmod(0o755)
        (keys / user).write_bytes((self.folder / 'client.pub').read_bytes())

    def log_in(self, user, *typed, key=False):
        """What `whoami` says there, or ssh's fault; and what was asked."""
        (self.folder / 'asked').write_text('', encoding='ascii')
        (self.folder / 'answers').write_text(''.join(f'{each}\n' for each in typed),
                                             encoding='utf-8')
        method = 'publickey' if key else 'keyboard-interactive'
        done = subprocess.run(
            ['ssh', '-F', 'none', '-p', str(self.port.number), '-l', user,
             '-i', self.folder / 'client', '-o', 'IdentitiesOnly=yes',
             '-o', f'PreferredAuthentications={method}', '-o', 'NumberOfPasswordPrompts=1',
             '-o', 'UserKnownHostsFile=/dev/null', '-o', 'StrictHostKeyChecking=no',
             '-o', 'LogLevel=ERROR', '127.0.0.1', 'whoami'],
            env=dict(os.environ, SSH_ASKPASS=str(self.askpass), SSH_ASKPASS_REQUIRE='force'),
            stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=60, check=False)
        asked = (self.folder / 'asked').read_text(encoding='utf-8')
        return (done.stdout.strip() if done.returncode == 0 else done.stderr.strip(), asked)


@pytest.fixture(scope='module')
def sshd(jail, tmp_path_factory):
    server = Secure(jail, tmp_path_factory.mktemp('sshd'))
    yield server
    server.close()


def test_ssh(sshd, contractor):
    said, asked = sshd.log_in(contractor, PASSWORD)

    assert said == contractor
    assert asked.count('Password: ') == 1


def test_ssh_wrong_password(sshd, contractor):
    said, _ = sshd.log_in(contractor, WRONG)

    assert 'Permission denied' in said


def test_ssh_with_a_temporary_password(sshd, temporary):
    """Forced to choose another one, then in; and in again with that one."""
    said, asked = sshd.log_in(temporary, TEMPORARY, NEW, NEW)

    assert said == temporary
    assert 'Your password is temporary.  Choose your own now' in asked
    assert 'New password: ' in asked
    assert 'Retype new password: ' in asked
    assert sshd.log_in(temporary, NEW)[0] == temporary
    assert 'Permission denied' in sshd.log_in(temporary, TEMPORARY)[0]


def test_ssh_hears_why_a_password_is_refused(sshd, temporary):
    said, asked = sshd.log_in(temporary, TEMPORARY, TEMPORARY, TEMPORARY, NEW, NEW)

    assert said == temporary
    assert 'You have used this password before.' in asked


def test_ssh_with_a_key(directory, sshd, crowd, contractor):
    sshd.let_key_in(contractor)
    assert sshd.log_in(contractor, key=True) == (contractor, '')

    # No password is asked for, and still the directory decides.
    change(directory, crowd.dn('contractor', contractor), gatehouseLicenseStatus='SUSPENDED')
    assert sshd.log_in(contractor, key=True)[0] != contractor
    change(directory, crowd.dn('contractor', contractor), gatehouseLicenseStatus='CLEAR',
           gatehouseDisabled='TRUE')
    assert sshd.log_in(contractor, key=True)[0] != contractor


def test_ssh_license_that_has_expired(directory, sshd, crowd, contractor):
    change(directory, crowd.dn('contractor', contractor),
           gatehouseLicenseExpiry=generalized_time(time.time() - 2 * DAY))

    assert 'Permission denied' in sshd.log_in(contractor, PASSWORD)[0]


# PostgreSQL.


class Database:
    """A PostgreSQL of its own."""

    def __init__(self, jail):
        self.folder = jail.folder / 'database'
        self.folder.mkdir()
        self.bin = sorted(glob('/usr/lib/postgresql/*/bin'))[-1]
        self.port = Port()
        self.as_postgres = ['setpriv', '--reuid=postgres', '--regid=postgres',
                            f'--groups={SECRET_READERS}']
        done = jail.run('chown', 'postgres:postgres', self.folder)
        done = jail.run(*self.as_postgres, f'{self.bin}/initdb', '-D', self.folder / 'data', '-A',
                        'trust', '--no-sync')
        assert done.returncode == 0, done.stderr
        (self.folder / 'data' / 'pg_hba.conf').write_text(
            'local all postgres trust\n'
            'host all +people 127.0.0.1/32 pam pamservice=gatehouse-postgresql\n',
            encoding='ascii')
        self.process = jail.start(
            self.folder / 'log', *self.as_postgres, f'{self.bin}/postgres',
            '-D', self.folder / 'data', '-p', self.port.number, '-k', self.folder,
            '-c', 'listen_addresses=127.0.0.1', '-c', 'fsync=off')
        wait_for(self.port, self.process, 'PostgreSQL')
        wait_until(lambda: self.psql('postgres', '', 'select 1', self.folder).returncode == 0,
                   'PostgreSQL')
        self.rule('create role people nologin')

    def rule(self, statement):
        done = self.psql('postgres', '', statement, self.folder)
        assert done.returncode == 0, done.stderr

    def close(self):
        # A fast shutdown: sessions end with it.
        self.process.send_signal(2)
        self.process.wait(30)
        self.port.release()

    def psql(self, user, password, query, host='127.0.0.1'):
        return subprocess.run(
            [f'{self.bin}/psql', '-X', '-A', '-t', '-w', '-h', host, '-p', str(self.port.number),
             '-U', user, '-d', 'postgres', '-c', query],
            env=dict(os.environ, PGPASSWORD=password), capture_output=True, text=True,
            timeout=60, check=False)


@pytest.fixture(scope='module')
def postgresql(jail):
    server = Database(jail)
    yield server
    server.close()


def test_psql(postgresql, crowd, citizen):
    postgresql.rule(f'create role "{citizen}" login in role people')
    done = postgresql.psql(citizen, PASSWORD, 'select current_user')
    assert (done.returncode, done.stdout) == (0, f'{citizen}\n')

    done = postgresql.psql(citizen, WRONG, 'select current_user')
    assert (done.returncode, done.stdout) == (2, '')
    assert f'PAM authentication failed for user "{citizen}"' in done.stderr

    # It can't have a password changed: the portal first.
    crowd.give_temporary_password('public', citizen, TEMPORARY, time.time() + 3600)
    assert postgresql.psql(citizen, TEMPORARY, 'select current_user').returncode == 2


def test_psql_other_roles_are_not_to_be_had_on_the_portal(postgresql, citizen):
    postgresql.rule(f'create role "{citizen}" login superuser')
    done = postgresql.psql(citizen, PASSWORD, 'select current_user')

    assert done.returncode == 2
    assert 'no pg_hba.conf entry' in done.stderr


# vsftpd.


@pytest.fixture(scope='module')
def ftp(jail, tmp_path_factory):
    """The port of a vsftpd for everybody whom the directory knows."""
    folder = tmp_path_factory.mktemp('ftp')
    (jail.folder / 'plans').mkdir(mode=0o755)
    (jail.folder / 'plans' / 'plan.txt').write_text('a plan', encoding='ascii')
    (jail.folder / 'empty').mkdir(mode=0o755)
    port = Port()
    config = folder / 'vsftpd.conf'
    config.write_text(
        f'listen=YES\nlisten_address=127.0.0.1\nlisten_port={port.number}\nbackground=NO\n'
        'local_enable=YES\nguest_enable=YES\nguest_username=ftp\n'
        f'pam_service_name=gatehouse-ftp\nlocal_root={jail.folder}/plans\n'
        f'secure_chroot_dir={jail.folder}/empty\nanonymous_enable=NO\nseccomp_sandbox=NO\n'
        'pasv_address=127.0.0.1\nvsftpd_log_file=/dev/null\n', encoding='ascii')
    process = jail.start(folder / 'log', '/usr/sbin/vsftpd', config)
    wait_for(port, process, 'vsftpd')
    yield port.number
    stop(process)
    port.release()


def fetch(port, user, password):
    got = []
    with ftplib.FTP() as client:
        client.connect('127.0.0.1', port, timeout=60)
        client.login(user, password)
        client.retrbinary('RETR plan.txt', got.append)
    return b''.join(got)


def test_vsftpd(ftp, crowd, citizen, contractor):
    assert fetch(ftp, citizen, PASSWORD) == b'a plan'
    assert fetch(ftp, contractor, PASSWORD) == b'a plan'
    with pytest.raises(ftplib.error_perm):
        fetch(ftp, citizen, WRONG)
    crowd.give_temporary_password('public', citizen, TEMPORARY, time.time() + 3600)
    with pytest.raises(ftplib.error_perm):
        fetch(ftp, citizen, TEMPORARY)


# Programs on the machine.


def pamtester(jail, service, user, *operations, typed=(), caller=0, limit='unlimited'):
    """Whether all went well, and what was said.

    `caller`: who runs it, as with su; `limit`: how large they let files become.
    """
    done = jail.run('prlimit', f'--fsize={limit}', 'setpriv', f'--ruid={caller}', '--euid=0',
                    'pamtester', service, user, *operations,
                    input=''.join(f'{each}\n' for each in typed))
    return done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize('service', ['login', 'su'])
def test_login_and_su(jail, service, contractor):
    whole = ('authenticate', 'acct_mgmt', 'open_session', 'close_session')
    who = {'caller': FIRST_NUMBER - 1}

    assert pamtester(jail, service, contractor, *whole, typed=[PASSWORD], **who)[0]
    assert not pamtester(jail, service, contractor, *whole, typed=[WRONG], **who)[0]
    assert pamtester(jail, service, 'ops', *whole, typed=[LOCAL], **who)[0]
    assert not pamtester(jail, service, 'ops', *whole, typed=[PASSWORD], **who)[0]


@pytest.mark.parametrize('service', ['login', 'su'])
def test_a_name_of_the_machine_is_not_to_be_had_on_the_portal(jail, service, crowd, unique):
    """Whoever sets up an account there chooses its name, that of an administrator even."""
    count = unique()
    name = f'admin{count}'
    jail.add_user(name, FIRST_NUMBER + count, FIRST_NUMBER - 1, shadow_hash(LOCAL))
    crowd.add_public(name, 'No', 'Administrator', f'{name}@example.org', PASSWORD)
    calls = ('authenticate', 'acct_mgmt')
    who = {'caller': FIRST_NUMBER - 1}

    assert not pamtester(jail, service, name, *calls, typed=[PASSWORD], **who)[0]
    assert pamtester(jail, service, name, *calls, typed=[LOCAL], **who)[0]


def test_su_refuses_what_it_is_kept_from_counting(jail, contractor):
    """Whoever starts it sets its limits: they would guess without end."""
    who = {'typed': [PASSWORD], 'caller': FIRST_NUMBER - 1}
    assert pamtester(jail, 'su', contractor, 'authenticate', **who)[0]

    good, said = pamtester(jail, 'su', contractor, 'authenticate', limit=4096, **who)
    assert not good
    assert 'Authentication failure' in said
    # Root's own limits are no attack.
    assert pamtester(jail, 'login', contractor, 'authenticate', typed=[PASSWORD], limit=4096)[0]


def test_root_becomes_a_contractor(directory, jail, crowd, contractor):
    """Without a password, but by the directory's leave."""
    assert pamtester(jail, 'su', contractor, 'authenticate', 'acct_mgmt')[0]
    change(directory, crowd.dn('contractor', contractor), gatehouseDisabled='TRUE')
    assert not pamtester(jail, 'su', contractor, 'authenticate', 'acct_mgmt')[0]


def test_login_forces_a_change(jail, temporary):
    good, said = pamtester(
        jail, 'login', temporary, 'authenticate', 'acct_mgmt', typed=[TEMPORARY])
    assert not good
    assert 'Authentication token is no longer valid; new one required' in said

    good, said = pamtester(jail, 'login', temporary, 'authenticate', 'chauthtok', 'acct_mgmt',
                           typed=[TEMPORARY, NEW, NEW])
    assert good, said
    assert pamtester(jail, 'login', temporary, 'authenticate', 'acct_mgmt', typed=[NEW])[0]


def test_the_machines_own_people_get_in_without_the_directory(directory, jail, contractor):
    directory.stop()
    try:
        assert pamtester(jail, 'login', 'ops', 'authenticate', 'acct_mgmt', typed=[LOCAL])[0]
        assert pamtester(jail, 'cron', 'ops', 'acct_mgmt', 'open_session')[0]
        assert pamtester(jail, 'cron', 'root', 'acct_mgmt', 'open_session')[0]
        good, said = pamtester(jail, 'cron', contractor, 'acct_mgmt')
    finally:
        directory.start()

    assert not good
    assert 'Authentication service cannot retrieve authentication info' in said


def test_cron_of_somebody_who_was_disabled(directory, jail, crowd, contractor):
    assert pamtester(jail, 'cron', contractor, 'acct_mgmt')[0]
    change(directory, crowd.dn('contractor', contractor), gatehouseDisabled='TRUE')
    assert not pamtester(jail, 'cron', contractor, 'acct_mgmt')[0]


def test_every_recipe_is_run_here():
    assert set(recipes()) == {'sshd', 'login', 'su', 'cron', 'gatehouse-postgresql',
                              'gatehouse-ftp'}
