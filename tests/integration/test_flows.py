"""The flows that set up and change accounts, against a real directory."""

import os
import subprocess
import time
from concurrent.futures import ThreadPoolExecutor

import ldap
import pytest
from stack.paths import BUILD, DEMO
from stack.process import wait_until
from stack.stack import eased
from stack.template import fill

PROBE = os.environ.get('GATEHOUSE_FLOW_PROBE',
                       BUILD / 'tests' / 'integration' / 'flow_probe')
BASE = 'dc=city,dc=example'
OLD = 'blue heron over the pier'
NEW = 'seven pelicans at low tide'
TEMPORARY = 'a temporary password of staff'

# RFC 4511, RFC 4528.
SUCCESS, CONSTRAINT, INVALID_CREDENTIALS, UNWILLING = 0, 19, 49, 53
TOO_SHORT, IN_HISTORY, NO_ERROR = 6, 8, -1

MARIA = ('givenName=Maria', 'sn=Lopez')
ORCHARD = ('o=ORCHARD PLUMBING INC', 'gatehouseSearchKey=orchard plumbing inc',
           'gatehouseSearchKey=plumbing inc', 'gatehouseSearchKey=inc',
           'gatehouseClaimedClass=C36', 'gatehouseClaimedComp=Exempt')


@pytest.fixture(name='flow')
def fixture_flow(slapd, tmp_path):
    """A function that runs a flow and returns what it came to, by name."""
    conf = tmp_path / 'gatehouse.conf'
    conf.write_text(eased(fill(DEMO / 'gatehouse.conf.in', {
        'URIS': f'"{slapd.ldapi_uri}"', 'BASE': BASE, 'SECRETS': slapd.secrets,
        'KEYS': tmp_path / 'keys', 'URL': 'http://127.0.0.1:8080/account',
        'PAGES': tmp_path, 'MAIL_URL': 'smtp://127.0.0.1', 'AUDIT_LOG': tmp_path / 'audit.log',
    })), encoding='utf-8')

    def run(name, realm, uid, *words, password=None, current=None, answer=None):
        secrets = {'PROBE_PASSWORD': password, 'PROBE_CURRENT': current, 'PROBE_ANSWER': answer}
        done = subprocess.run(
            [PROBE, conf, name, realm, uid, *words],
            env=os.environ | {key: value for key, value in secrets.items() if value is not None},
            check=True, capture_output=True, text=True)
        assert done.stderr == ''
        return dict(line.split(' ', 1) for line in done.stdout.splitlines())
    return run


@pytest.fixture(name='maria')
def fixture_maria(flow, unique):
    """What set-up came to for a new member of the public."""
    uid = f'maria{unique()}'
    return flow('register', 'public', uid, *MARIA, f'mail={uid}@example.org',
                'question=First street you lived in?', password=OLD, answer='elm street')


@pytest.fixture(name='returning')
def fixture_returning(people, unique, slapd):
    """The license number and entryUUID of somebody with a temporary password."""
    number = f'{unique() + 5000000}'
    people.put_on_file(number, 'RETURNING BUILDERS')
    people.give_temporary_password('contractor', number, TEMPORARY, time.time() + 3600)
    entry = read(slapd, f'uid={number},ou=contractors,{BASE}')
    return number, entry['entryUUID'][0].decode()


def read(slapd, dn):
    """The whole entry; {} when there is none."""
    try:
        return slapd.connect_as_root().search_s(dn, ldap.SCOPE_BASE, '(objectClass=*)',
                                                ['*', '+'])[0][1]
    except ldap.NO_SUCH_OBJECT:
        return {}


def can_bind(slapd, dn, password):
    try:
        slapd.connect(dn, password)
    except ldap.INVALID_CREDENTIALS:
        return False
    return True


def disable(slapd, dn):
    slapd.connect_as_root().modify_s(dn, [(ldap.MOD_REPLACE, 'gatehouseDisabled', b'TRUE')])


def at_once(count, function):
    """What `count` calls of the function gave that ran side by side."""
    with ThreadPoolExecutor(count) as pool:
        return list(pool.map(lambda _: function(), range(count)))


# Set-up.

def test_public_set_up(slapd, maria):
    uid = maria['uid']
    assert maria['outcome'] == 'done'
    assert maria['question'] == '1'
    assert maria['dn'] == f'uid={uid},ou=public,{BASE}'
    assert maria['name'] == 'Maria Lopez'
    assert maria['mail'] == f'{uid}@example.org'
    entry = read(slapd, maria['dn'])
    assert entry['entryUUID'] == [maria['uuid'].encode()]
    assert entry['objectClass'] == [b'top', b'person', b'organizationalPerson',
                                    b'inetOrgPerson', b'gatehouseAccount']
    assert entry['userPassword'][0].startswith(b'{ARGON2}$argon2i$')
    assert len(entry['gatehousePasswordSet']) == 1
    assert entry['gatehouseLastSignIn'] == entry['gatehousePasswordSet']
    assert can_bind(slapd, maria['dn'], OLD)
    recovery = read(slapd, f'cn=recovery,{maria["dn"]}')
    assert recovery['gatehouseQuestion'] == [b'First street you lived in?']
    assert recovery['pwdPolicySubentry'] == [f'cn=recovery,ou=policies,{BASE}'.encode()]
    assert can_bind(slapd, f'cn=recovery,{maria["dn"]}', 'elm street')


def test_contractor_set_up(slapd, flow, unique):
    number = f'{unique() + 5000000}'
    done = flow('contractor', 'contractor', f'0{number}', *ORCHARD,
                'mail=office@orchard.example', password=OLD)
    assert done['outcome'] == 'done'
    assert done['question'] == '0'
    assert done['uid'] == number
    assert done['name'] == 'ORCHARD PLUMBING INC'
    entry = read(slapd, done['dn'])
    assert entry['sn'] == [b'ORCHARD PLUMBING INC']
    assert entry['gatehouseSearchKey'] == [b'orchard plumbing inc', b'plumbing inc', b'inc']
    assert entry['gatehouseClaimedClass'] == [b'C36']
    assert 'gatehouseLicenseClass' not in entry
    assert read(slapd, f'cn=recovery,{done["dn"]}') == {}


def test_set_up_names_what_is_taken(slapd, flow, maria, people, unique):
    uid = maria['uid']
    again = flow('register', 'public', uid.upper(), *MARIA, 'mail=other@example.org',
                 password=NEW)
    assert again['outcome'] == 'taken'
    number = f'{unique() + 5000000}'
    people.put_on_file(number, 'ON FILE INC')
    over = flow('contractor', 'contractor', number, *ORCHARD, password=NEW)
    assert over['outcome'] == 'on-file'
    assert 'gatehousePasswordSet' not in read(slapd, f'uid={number},ou=contractors,{BASE}')
    mail = flow('register', 'public', f'other{unique()}', *MARIA, f'mail={uid}@example.org',
                password=NEW)
    assert (mail['outcome'], mail['result']) == ('mail-taken', '19')
    assert can_bind(slapd, maria['dn'], OLD)


@pytest.mark.parametrize('password, mail, want', [
    ('fourteen chars', 'a{}@example.org', ('bad-password', str(TOO_SHORT), '')),
    ('{SSHA}AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA==', 'a{}@example.org',
     ('bad-password', '5', '')),
    ('{CLEARTEXT}blue heron over the pier', 'a{}@example.org', ('bad-password', '5', '')),
    (OLD, 'no address', ('bad-value', str(NO_ERROR), 'mail')),
])
def test_set_up_is_refused(slapd, flow, unique, password, mail, want):
    uid = f'refused{unique()}'
    done = flow('register', 'public', uid, *MARIA, f'mail={mail.format(uid)}',
                password=password)
    assert (done['outcome'], done['policy'], done['attr']) == want
    assert read(slapd, f'uid={uid},ou=public,{BASE}') == {}


def test_set_up_of_a_bad_name(flow):
    done = flow('register', 'public', 'a)(cn=*', *MARIA, password=OLD)
    assert (done['outcome'], done['attr']) == ('bad-value', 'uid')


def test_set_up_is_atomic(slapd, flow, unique):
    number = f'{unique() + 5000000}'
    done = at_once(20, lambda: flow('contractor', 'contractor', number, *ORCHARD,
                                    password=OLD)['outcome'])
    assert sorted(done) == ['done', *['on-file'] * 19]
    assert can_bind(slapd, f'uid={number},ou=contractors,{BASE}', OLD)


def test_addresses_are_unique_at_once(flow, unique):
    mail = f'shared{unique()}@example.org'
    names = iter([f'shared{unique()}' for _ in range(10)])
    done = at_once(10, lambda: flow('register', 'public', next(names), *MARIA, f'mail={mail}',
                                    password=OLD)['outcome'])
    assert sorted(done) == ['done', *['mail-taken'] * 9]


def test_read_only_directory(slapd, flow, unique):
    root = slapd.connect_as_root()
    database = root.search_s('cn=config', ldap.SCOPE_ONELEVEL, f'(olcSuffix={BASE})',
                             ['1.1'])[0][0]
    root.modify_s(database, [(ldap.MOD_REPLACE, 'olcReadOnly', b'TRUE')])
    try:
        done = flow('register', 'public', f'late{unique()}', *MARIA, password=OLD)
    finally:
        root.modify_s(database, [(ldap.MOD_DELETE, 'olcReadOnly', None)])
    assert (done['outcome'], done['result']) == ('read-only', str(UNWILLING))


# First sign-in.

def test_first_sign_in(slapd, flow, returning):
    number, uuid = returning
    words = (f'uuid={uuid}', 'mail=office@returning.example', 'o=ANOTHER NAME',
             'question=First pet?')
    done = flow('first', 'contractor', number, *words, password=NEW, answer='rex')
    assert done['outcome'] == 'done'
    assert done['question'] == '1'
    assert done['name'] == 'RETURNING BUILDERS'
    assert done['mail'] == 'office@returning.example'
    entry = read(slapd, done['dn'])
    assert entry['o'] == [b'RETURNING BUILDERS']
    assert entry['mail'] == [b'office@returning.example']
    for name in ('pwdReset', 'pwdEndTime', 'pwdPolicySubentry', 'gatehouseResetDigest'):
        assert name not in entry
    assert entry['gatehouseMarked'] == entry['gatehouseSessionsNotBefore']
    assert can_bind(slapd, done['dn'], NEW)
    assert can_bind(slapd, f'cn=recovery,{done["dn"]}', 'rex')
    # The ticket again.
    again = flow('first', 'contractor', number, *words, password=OLD, answer='rex')
    assert again['outcome'] == 'used'
    assert can_bind(slapd, done['dn'], NEW)


def test_first_sign_in_replaces_the_question(slapd, flow, people, returning):
    number, uuid = returning
    done = flow('first', 'contractor', number, f'uuid={uuid}', 'question=First pet?',
                password=NEW, answer='rex')
    people.give_temporary_password('contractor', number, TEMPORARY, time.time() + 3600)
    again = flow('first', 'contractor', number, f'uuid={uuid}', 'question=First car?',
                 password=OLD, answer='beetle')
    assert (again['outcome'], again['question']) == ('done', '1')
    recovery = f'cn=recovery,{done["dn"]}'
    assert read(slapd, recovery)['gatehouseQuestion'] == [b'First car?']
    assert can_bind(slapd, recovery, 'beetle')
    assert not can_bind(slapd, recovery, 'rex')


def test_first_sign_in_of_the_public_with_a_mail(slapd, flow, people, maria, unique):
    """The assertion and the unique overlay, together."""
    uid = f'lacking{unique()}'
    done = flow('register', 'public', uid, *MARIA, password=OLD)
    people.give_temporary_password('public', uid, TEMPORARY, time.time() + 3600)
    words = (f'uuid={done["uuid"]}', 'question=First pet?')
    taken = flow('first', 'public', uid, *words, f'mail={maria["mail"]}', password=NEW,
                 answer='rex')
    assert taken['outcome'] == 'mail-taken'
    assert can_bind(slapd, done['dn'], TEMPORARY)
    again = flow('first', 'public', uid, *words, f'mail={uid}@example.org', password=NEW,
                 answer='rex')
    assert again['outcome'] == 'done'
    assert can_bind(slapd, done['dn'], NEW)
    assert read(slapd, done['dn'])['mail'] == [f'{uid}@example.org'.encode()]


def test_first_sign_in_works_once(slapd, flow, returning):
    number, uuid = returning
    done = at_once(20, lambda: flow('first', 'contractor', number, f'uuid={uuid}',
                                    'mail=office@returning.example', password=NEW)['outcome'])
    assert sorted(done) == ['done', *['used'] * 19]
    assert can_bind(slapd, f'uid={number},ou=contractors,{BASE}', NEW)


def test_first_sign_in_is_refused(slapd, flow, people, returning):
    number, uuid = returning
    dn = f'uid={number},ou=contractors,{BASE}'
    same = flow('first', 'contractor', number, f'uuid={uuid}', password=TEMPORARY)
    assert (same['outcome'], same['policy']) == ('bad-password', str(IN_HISTORY))
    short = flow('first', 'contractor', number, f'uuid={uuid}', password='fourteen chars')
    assert (short['outcome'], short['policy']) == ('bad-password', str(TOO_SHORT))
    other = flow('first', 'contractor', number,
                 'uuid=00000000-0000-4000-8000-000000000000', password=NEW)
    assert other['outcome'] == 'gone'
    people.give_temporary_password('contractor', number, 'another temporary one',
                                   time.time() - 60)
    ended = flow('first', 'contractor', number, f'uuid={uuid}', password=NEW)
    assert ended['outcome'] == 'used'
    people.give_temporary_password('contractor', number, 'a third temporary one',
                                   time.time() + 3600)
    disable(slapd, dn)
    disabled = flow('first', 'contractor', number, f'uuid={uuid}', password=NEW)
    assert disabled['outcome'] == 'disabled'
    assert can_bind(slapd, dn, 'a third temporary one')


def test_question_alone(slapd, flow, unique):
    uid = f'asked{unique()}'
    account = flow('register', 'public', uid, *MARIA, password=OLD)
    words = (f'uuid={account["uuid"]}', 'question=First pet?')
    done = flow('question', 'public', uid, *words, answer='rex')
    assert (done['outcome'], done['question']) == ('done', '1')
    assert can_bind(slapd, f'cn=recovery,{account["dn"]}', 'rex')
    again = flow('question', 'public', uid, *words, answer='another')
    assert (again['outcome'], again['question']) == ('used', '0')
    assert can_bind(slapd, f'cn=recovery,{account["dn"]}', 'rex')


# Change of password.

def test_password(slapd, flow, maria):
    words = (maria['uid'], f'uuid={maria["uuid"]}')
    wrong = flow('password', 'public', *words, current='not hers at all', password=NEW)
    assert (wrong['outcome'], wrong['verdict']) == ('wrong-password', 'wrong-password')
    same = flow('password', 'public', *words, current=OLD, password=OLD)
    assert (same['outcome'], same['policy']) == ('bad-password', str(IN_HISTORY))
    done = flow('password', 'public', *words, current=OLD, password=NEW)
    assert (done['outcome'], done['verdict']) == ('done', 'signed-in')
    assert can_bind(slapd, maria['dn'], NEW)
    assert not can_bind(slapd, maria['dn'], OLD)
    entry = read(slapd, maria['dn'])
    assert entry['gatehouseMarked'] == entry['gatehouseSessionsNotBefore']


def test_expired_password(slapd, flow, maria):
    root = slapd.connect_as_root()
    policy = f'cn=expiring,ou=policies,{BASE}'
    root.add_s(policy, [('objectClass', [b'namedPolicy', b'pwdPolicy']), ('cn', b'expiring'),
                        ('pwdAttribute', b'userPassword'), ('pwdMaxAge', b'1'),
                        ('pwdInHistory', b'5'), ('pwdMustChange', b'FALSE')])
    gateway = slapd.connect_as('gatehouse')
    gateway.modify_s(maria['dn'], [(ldap.MOD_REPLACE, 'userPassword', b'a first own password')])
    root.modify_s(maria['dn'], [(ldap.MOD_REPLACE, 'pwdPolicySubentry', policy.encode())])
    wait_until(lambda: not can_bind(slapd, maria['dn'], 'a first own password'), 'the expiry')
    words = (maria['uid'], f'uuid={maria["uuid"]}')
    wrong = flow('password', 'public', *words, current='not hers at all', password=NEW)
    assert wrong['outcome'] == 'wrong-password'
    done = flow('password', 'public', *words, current='a first own password', password=NEW)
    assert (done['outcome'], done['verdict']) == ('done', 'expired')
    assert can_bind(slapd, maria['dn'], NEW)
    assert [policy.encode()] != read(slapd, maria['dn']).get('pwdPolicySubentry')


def test_password_of_the_disabled(slapd, flow, maria):
    disable(slapd, maria['dn'])
    done = flow('password', 'public', maria['uid'], f'uuid={maria["uuid"]}', current=OLD,
                password=NEW)
    assert done['outcome'] == 'disabled'
    assert can_bind(slapd, maria['dn'], OLD)


def test_passwords_one_after_the_other(slapd, flow, maria):
    """Two who know the current password: one wins."""
    passwords = iter([f'{NEW} {number}' for number in range(10)])
    done = at_once(10, lambda: flow('password', 'public', maria['uid'],
                                    f'uuid={maria["uuid"]}', current=OLD,
                                    password=next(passwords))['outcome'])
    assert done.count('done') == 1
    assert set(done) <= {'done', 'used', 'wrong-password'}
    assert not can_bind(slapd, maria['dn'], OLD)


# Profile.

def test_profile(slapd, flow, maria):
    gateway = slapd.connect_as('gatehouse')
    gateway.modify_s(maria['dn'], [
        (ldap.MOD_REPLACE, 'gatehouseResetDigest', b'0' * 64),
        (ldap.MOD_REPLACE, 'gatehouseResetUntil', b'20400101000000Z')])
    words = (maria['uid'], f'uuid={maria["uuid"]}')
    done = flow('profile', 'public', *words, 'givenName=Mary', 'sn=Lopez',
                f'mail={maria["mail"]}', 'telephoneNumber=(555) 010-0142')
    assert (done['outcome'], done['name'], done['old_mail']) == ('done', 'Mary Lopez', '')
    assert 'gatehouseResetDigest' in read(slapd, maria['dn'])
    done = flow('profile', 'public', *words, 'givenName=Mary', 'sn=Lopez',
                f'mail=new.{maria["mail"]}', 'telephoneNumber=', current=OLD)
    assert (done['outcome'], done['old_mail']) == ('done', maria['mail'])
    assert done['mail'] == f'new.{maria["mail"]}'
    entry = read(slapd, maria['dn'])
    assert entry['cn'] == [b'Mary Lopez']
    assert entry['mail'] == [f'new.{maria["mail"]}'.encode()]
    for name in ('telephoneNumber', 'gatehouseResetDigest', 'gatehouseResetUntil'):
        assert name not in entry


def test_profile_is_refused(slapd, flow, maria, unique):
    uid = f'other{unique()}'
    other = flow('register', 'public', uid, *MARIA, f'mail={uid}@example.org', password=OLD)
    words = (uid, f'uuid={other["uuid"]}')
    taken = flow('profile', 'public', *words, 'givenName=Mary', f'mail={maria["mail"]}',
                 current=OLD)
    assert (taken['outcome'], taken['old_mail']) == ('mail-taken', '')
    bad = flow('profile', 'public', *words, 'givenName=Mary', 'mail=no address', current=OLD)
    assert (bad['outcome'], bad['attr']) == ('bad-value', 'mail')
    for current in ('', NEW):
        wrong = flow('profile', 'public', *words, 'givenName=Mary', 'mail=mary@example.org',
                     current=current)
        assert (wrong['outcome'], wrong['old_mail']) == ('wrong-password', '')
    assert read(slapd, other['dn'])['givenName'] == [b'Maria']
    disable(slapd, other['dn'])
    disabled = flow('profile', 'public', *words, 'givenName=Mary')
    assert disabled['outcome'] == 'disabled'
    gone = flow('profile', 'public', uid, f'uuid={maria["uuid"]}', 'givenName=Mary')
    assert gone['outcome'] == 'gone'
