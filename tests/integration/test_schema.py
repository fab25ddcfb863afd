"""schema/: who may do what in the directory, and which passwords it takes."""

import subprocess
import time

import ldap
import pytest
from ldap.controls.ppolicy import PasswordPolicyControl
from ldap.modlist import addModlist
from stack.paths import CHECKOUT
from stack.people import CONTRACTOR, PERSON, attributes
from stack.slapd import Slapd

PASSWORD = 'blue heron over the pier'
BASE = 'dc=city,dc=example'
OFFICIAL = ['gatehouseLicenseStatus', 'gatehouseLicenseSecondaryStatus',
            'gatehouseLicenseClass', 'gatehouseLicenseIssued', 'gatehouseLicenseExpiry',
            'gatehouseLicenseUpdated', 'gatehouseBusinessType', 'gatehouseWorkersComp',
            'gatehouseWorkersCompCarrier', 'gatehouseWorkersCompPolicy',
            'gatehouseWorkersCompEffective', 'gatehouseWorkersCompExpiry',
            'gatehouseWorkersCompCancelled', 'gatehouseWorkersCompSuspended']
TIMES = {'gatehouseLicenseIssued', 'gatehouseLicenseExpiry', 'gatehouseLicenseUpdated',
         'gatehouseWorkersCompEffective', 'gatehouseWorkersCompExpiry',
         'gatehouseWorkersCompCancelled', 'gatehouseWorkersCompSuspended',
         'gatehouseClaimedCompExpiry'}
# What a contractor says of the license, which is not official.
CLAIMED = ['gatehouseClaimedClass', 'gatehouseClaimedComp', 'gatehouseClaimedCompCarrier',
           'gatehouseClaimedCompPolicy', 'gatehouseClaimedCompExpiry']


@pytest.fixture(name='person')
def fixture_person(people, unique):
    """The DN of a member of the public with an account."""
    uid = f'person{unique()}'
    people.add_public(uid, 'Maria', 'Lopez', f'{uid}@example.org', PASSWORD, answer=None)
    return people.dn('public', uid)


@pytest.fixture(name='contractor')
def fixture_contractor(people, unique):
    """The DN of a contractor who is on file and has signed up."""
    number = f'{unique() + 1000000}'
    people.put_on_file(number, 'ORCHARD PLUMBING INC')
    people.sign_up(number, 'office@orchardplumbing.example', 'level plumb and square')
    return people.dn('contractor', number)


@pytest.fixture(name='gateway')
def fixture_gateway(slapd):
    return slapd.connect_as('gatehouse')


@pytest.fixture(name='importer')
def fixture_importer(slapd):
    return slapd.connect_as('import')


@pytest.fixture(name='clerk', scope='module')
def fixture_clerk(slapd, people):
    """A connection as somebody at the counter."""
    people.add_staff('clerk', 'Pat Clerk', 'counter of the city hall')
    return slapd.connect(f'uid=clerk,ou=staff,{BASE}', 'counter of the city hall')


def read(connection, dn, *names):
    """The attributes of one entry; {} when it is not shown."""
    try:
        found = connection.search_s(dn, ldap.SCOPE_BASE, '(objectClass=*)',
                                    list(names) or ['*', '+'])
    except ldap.NO_SUCH_OBJECT:
        return {}
    return found[0][1] if found else {}


def replace(connection, dn, name, value):
    connection.modify_s(dn, [(ldap.MOD_REPLACE, name, value)])


def refuses(connection, dn, name, value):
    """Whether the directory gives insufficient access for the change."""
    try:
        replace(connection, dn, name, value)
    except ldap.INSUFFICIENT_ACCESS:
        return True
    return False


def can_bind(slapd, dn, password):
    try:
        slapd.connect(dn, password)
    except ldap.INVALID_CREDENTIALS:
        return False
    return True


def new_person(uid, **more):
    entry = attributes(uid=uid, cn='New Person', sn='Person', mail=f'{uid}@example.org', **more)
    entry['objectClass'] = PERSON
    return addModlist(entry)


# Passwords.

def test_password_is_hashed(slapd, person):
    root = slapd.connect_as_root()
    stored = read(root, person, 'userPassword')['userPassword']
    assert len(stored) == 1
    assert stored[0].startswith(b'{ARGON2}$argon2i$v=19$m=19456,t=2,p=1$')
    assert can_bind(slapd, person, PASSWORD)
    assert not can_bind(slapd, person, 'blue heron under the pier')


@pytest.mark.parametrize('password', [
    '{CLEARTEXT}blue heron over the pier',
    '{cleartext}blue heron over the pier',
    '{SSHA}AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA==',
    'fourteen chars',
])
def test_password_is_refused(gateway, slapd, person, password):
    with pytest.raises(ldap.CONSTRAINT_VIOLATION):
        replace(gateway, person, 'userPassword', password.encode())
    assert can_bind(slapd, person, PASSWORD)


def test_password_is_refused_in_an_add(gateway, unique):
    dn = f'uid=short{unique()},ou=public,{BASE}'
    with pytest.raises(ldap.CONSTRAINT_VIOLATION):
        gateway.add_s(dn, new_person(dn[4:].split(',', 1)[0], userPassword='fourteen chars'))
    assert read(gateway, dn) == {}


def test_services_have_hashed_passwords_without_lockout(slapd):
    root = slapd.connect_as_root()
    cheap, dear = b'm=8,t=1,p=1$', b'm=19456,t=2,p=1$'
    # 32 random bytes withstand any guessing; the decoy has to cost what people cost.
    costs = {'gatehouse': cheap, 'pam': cheap, 'import': cheap, 'decoy': dear}
    for name in costs:
        entry = read(root, slapd.dn(name), 'userPassword', 'pwdPolicySubentry')
        assert entry['userPassword'][0].startswith(b'{ARGON2}$argon2i$v=19$' + costs[name])
        assert entry['pwdPolicySubentry'] == [b'cn=service,ou=policies,dc=city,dc=example']


def test_passwords_that_an_admin_chose_are_hashed_like_others(tmp_path):
    chosen = {'gatehouse': 'a phrase of the admin, forty letters long',
              'pam': 'AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA'}
    server = Slapd(tmp_path / 'slapd')
    server.folder.mkdir()
    try:
        server.create()
        for name, password in chosen.items():
            (server.secrets / name).write_text(password + '\n', encoding='ascii')
        server.start()
        server.install()
        root = server.connect_as_root()
        for name, password in chosen.items():
            stored = read(root, server.dn(name), 'userPassword')['userPassword'][0]
            assert stored.startswith(b'{ARGON2}$argon2i$v=19$m=19456,t=2,p=1$')
            assert can_bind(server, server.dn(name), password)
    finally:
        server.close()


def test_mail_is_unique_among_public_users(gateway, people, unique):
    mail = f'shared{unique()}@example.org'
    people.add_public(f'first{unique()}', 'A', 'B', mail, PASSWORD)
    with pytest.raises(ldap.CONSTRAINT_VIOLATION):
        people.add_public(f'second{unique()}', 'A', 'B', mail, PASSWORD)
    for _ in range(2):
        number = f'{unique() + 1000000}'
        people.put_on_file(number, 'TWO LICENSES INC')
        people.sign_up(number, mail, 'level plumb and square')
        assert read(gateway, people.dn('contractor', number), 'mail') == {'mail': [mail.encode()]}


def test_mail_has_the_form_of_an_address(gateway, person):
    with pytest.raises(ldap.CONSTRAINT_VIOLATION):
        replace(gateway, person, 'mail', b'maria lopez@example.org')


# The gateway.

def test_gateway_never_reads_passwords(slapd, gateway, person):
    assert 'userPassword' not in read(gateway, person)
    assert gateway.search_s(BASE, ldap.SCOPE_SUBTREE, '(userPassword=*)', ['1.1']) == []
    for name in ('gatehouse', 'pam', 'decoy'):
        assert read(gateway, slapd.dn(name)) == {}


def test_gateway_reads_what_a_sign_in_needs(slapd, gateway, contractor):
    root = slapd.connect_as_root()
    replace(root, contractor, 'gatehouseDisabled', b'TRUE')
    replace(root, contractor, 'pwdEndTime', b'20300101000000Z')
    replace(root, contractor, 'pwdAccountLockedTime', b'20260101000000Z')
    replace(root, contractor, 'pwdReset', b'TRUE')
    entry = read(gateway, contractor)
    assert entry['gatehouseDisabled'] == [b'TRUE']
    assert entry['pwdEndTime'] == [b'20300101000000Z']
    assert entry['pwdAccountLockedTime'] == [b'20260101000000Z']
    assert entry['pwdReset'] == [b'TRUE']
    assert entry['gatehouseLicenseStatus'] == [b'CLEAR']
    assert len(entry['pwdChangedTime']) == 1
    assert len(entry['gatehousePasswordSet']) == 1
    assert len(entry['entryUUID'][0]) == 36


@pytest.mark.parametrize('name', OFFICIAL)
def test_gateway_cannot_write_official_data(gateway, contractor, name):
    value = b'20300101000000Z' if name in TIMES else b'CLEAR'
    assert refuses(gateway, contractor, name, value)


@pytest.mark.parametrize('name', OFFICIAL)
def test_gateway_cannot_add_official_data(gateway, unique, name):
    number = f'{unique() + 1000000}'
    entry = attributes(uid=number, cn='X', sn='X', userPassword=PASSWORD)
    entry[name] = [b'20300101000000Z' if name in TIMES else b'CLEAR']
    entry['objectClass'] = CONTRACTOR
    with pytest.raises(ldap.INSUFFICIENT_ACCESS):
        gateway.add_s(f'uid={number},ou=contractors,{BASE}', addModlist(entry))


@pytest.mark.parametrize('name, value', [
    ('gatehouseDisabled', b'TRUE'),
    ('pwdAccountLockedTime', None),
    ('pwdReset', b'TRUE'),
    ('pwdEndTime', b'20300101000000Z'),
    ('pwdPolicySubentry', b'cn=service,ou=policies,dc=city,dc=example'),
    ('objectClass', [*PERSON, b'posixAccount']),
])
def test_gateway_cannot_write_account_state(gateway, person, name, value):
    assert refuses(gateway, person, name, value)


def test_gateway_cannot_enable_a_disabled_account(slapd, gateway, person):
    replace(slapd.connect_as_root(), person, 'gatehouseDisabled', b'TRUE')
    assert refuses(gateway, person, 'gatehouseDisabled', None)


@pytest.mark.parametrize('dn, name, value', [
    (f'cn=default,ou=policies,{BASE}', 'pwdMinLength', b'1'),
    (f'uid=clerk,ou=staff,{BASE}', 'userPassword', b'a password of the attacker'),
    (f'cn=import,ou=services,{BASE}', 'userPassword', b'a password of the attacker'),
    (f'cn=gatehouse,ou=services,{BASE}', 'description', b'changed'),
    (f'ou=public,{BASE}', 'description', b'changed'),
])
@pytest.mark.usefixtures('clerk')
def test_gateway_cannot_write_elsewhere(gateway, dn, name, value):
    assert refuses(gateway, dn, name, value)


@pytest.mark.parametrize('parent', ['ou=staff', 'ou=services', 'ou=policies', None])
def test_gateway_adds_nobody_elsewhere(gateway, parent):
    dn = ','.join(filter(None, ['uid=intruder', parent, BASE]))
    with pytest.raises(ldap.INSUFFICIENT_ACCESS):
        gateway.add_s(dn, new_person('intruder', userPassword=PASSWORD))


def test_gateway_removes_nobody(gateway, person):
    with pytest.raises(ldap.INSUFFICIENT_ACCESS):
        gateway.delete_s(person)


def test_gateway_changes_what_people_say_of_themselves(gateway, person):
    for name, value in (('telephoneNumber', b'(555) 010-0142'), ('cn', b'Maria L. Lopez'),
                        ('gatehouseSessionsNotBefore', b'20260101000000Z'),
                        ('gatehouseEndedSession', b'00112233445566778899aabbccddeeff'),
                        ('gatehouseMarked', b'20260101000000Z'),
                        ('gatehouseResetDigest', b'0' * 64),
                        ('gatehouseResetUntil', b'20260101000000Z'),
                        ('gatehouseLastSignIn', b'20260101000000Z')):
        replace(gateway, person, name, value)
        assert read(gateway, person, name) == {name: [value]}


def test_claims_are_the_gateways_to_write(slapd, gateway, clerk, importer, contractor):
    for name in CLAIMED:
        value = b'20300101000000Z' if name in TIMES else b'C20'
        replace(gateway, contractor, name, value)
        assert read(gateway, contractor, name) == {name: [value]}
        assert read(clerk, contractor, name) == {name: [value]}
        assert read(importer, contractor, name) == {}
        for other in (clerk, importer, slapd.connect_as('pam')):
            assert refuses(other, contractor, name, None)
    # Several classes, and one coverage.
    replace(gateway, contractor, 'gatehouseClaimedClass', [b'C20', b'C36'])
    with pytest.raises(ldap.CONSTRAINT_VIOLATION):
        replace(gateway, contractor, 'gatehouseClaimedComp', [b'Exempt', b'Self-Insured'])


def test_claims_are_added_with_the_account(gateway, unique):
    number = f'{unique() + 1000000}'
    dn = f'uid={number},ou=contractors,{BASE}'
    entry = attributes(uid=number, cn='X', sn='X', userPassword=PASSWORD,
                       gatehouseClaimedClass=['C20', 'C36'], gatehouseClaimedComp='Exempt',
                       gatehouseLastSignIn='20260101000000Z')
    entry['objectClass'] = CONTRACTOR
    gateway.add_s(dn, addModlist(entry))
    assert read(gateway, dn, *CLAIMED) == {
        'gatehouseClaimedClass': [b'C20', b'C36'], 'gatehouseClaimedComp': [b'Exempt']}


@pytest.mark.parametrize('name', CLAIMED)
def test_the_public_claims_no_license(gateway, person, name):
    value = b'20300101000000Z' if name in TIMES else b'C20'
    assert refuses(gateway, person, name, value)


def test_last_sign_in_is_for_staff_to_see(slapd, gateway, clerk, person):
    replace(gateway, person, 'gatehouseLastSignIn', b'20260101000000Z')
    assert read(clerk, person, 'gatehouseLastSignIn') == {
        'gatehouseLastSignIn': [b'20260101000000Z']}
    assert refuses(clerk, person, 'gatehouseLastSignIn', None)
    assert refuses(slapd.connect_as('pam'), person, 'gatehouseLastSignIn', None)
    user = slapd.connect(person, PASSWORD)
    assert read(user, person, 'gatehouseLastSignIn') == {}
    assert refuses(user, person, 'gatehouseLastSignIn', None)


def test_recovery_entry(slapd, gateway, person):
    dn = f'cn=recovery,{person}'
    entry = attributes(objectClass='gatehouseRecovery', cn='recovery',
                       gatehouseQuestion='First street you lived in?', userPassword='elm',
                       pwdPolicySubentry=f'cn=recovery,ou=policies,{BASE}')
    gateway.add_s(dn, addModlist(entry))
    seen = read(gateway, dn)
    assert seen['gatehouseQuestion'] == [b'First street you lived in?']
    assert 'userPassword' not in seen
    assert can_bind(slapd, dn, 'elm')
    assert not can_bind(slapd, dn, 'oak')
    assert read(slapd.connect(person, PASSWORD), dn) == {}
    assert read(slapd.connect_as('pam'), dn) == {}


# Staff, and the one whom they help.

def test_temporary_password(slapd, gateway, clerk, contractor):
    clerk.modify_s(contractor, [
        (ldap.MOD_REPLACE, 'userPassword', b'a temporary password'),
        (ldap.MOD_REPLACE, 'pwdEndTime', b'20400101000000Z'),
        (ldap.MOD_REPLACE, 'pwdPolicySubentry', b'cn=temporary,ou=policies,dc=city,dc=example'),
        (ldap.MOD_REPLACE, 'gatehousePasswordSet', b'20260101000000Z'),
    ])
    assert read(gateway, contractor, 'pwdReset') == {'pwdReset': [b'TRUE']}
    # The user, before a new password: may not end the temporary one's term.
    user = slapd.connect(contractor, 'a temporary password')
    for name in ('pwdEndTime', 'pwdPolicySubentry', 'gatehouseSessionsNotBefore',
                 'gatehouseMarked'):
        assert refuses(user, contractor, name, None)
    user.passwd_s(contractor, None, 'a password of my own')
    # Afterwards: both may go, all sessions may end, and nothing else changes.
    user.modify_s(contractor, [
        (ldap.MOD_REPLACE, 'pwdEndTime', None),
        (ldap.MOD_REPLACE, 'pwdPolicySubentry', None),
        (ldap.MOD_REPLACE, 'gatehouseSessionsNotBefore', b'20260101000000Z'),
        (ldap.MOD_REPLACE, 'gatehouseMarked', b'20260101000000Z')])
    entry = read(gateway, contractor, 'pwdEndTime', 'pwdPolicySubentry', 'pwdReset')
    assert entry == {}
    assert can_bind(slapd, contractor, 'a password of my own')


def test_temporary_password_ends(slapd, people, contractor):
    number = contractor[4:].split(',', 1)[0]
    people.give_temporary_password('contractor', number, 'a temporary password',
                                   time.time() + 3600)
    assert can_bind(slapd, contractor, 'a temporary password')
    people.give_temporary_password('contractor', number, 'another temporary one',
                                   time.time() - 3600)
    assert not can_bind(slapd, contractor, 'another temporary one')


def test_bind_tells_that_the_password_must_change(slapd, people, contractor):
    number = contractor[4:].split(',', 1)[0]
    people.give_temporary_password('contractor', number, 'a temporary password',
                                   time.time() + 3600)
    connection = ldap.initialize(slapd.ldap_uri)
    answer = connection.simple_bind(contractor, 'a temporary password',
                                    serverctrls=[PasswordPolicyControl()])
    controls = connection.result3(answer)[3]
    assert [control.error for control in controls] == [2]


def test_staff_disable_and_enable(clerk, person):
    replace(clerk, person, 'gatehouseDisabled', b'TRUE')
    assert read(clerk, person, 'gatehouseDisabled') == {'gatehouseDisabled': [b'TRUE']}
    replace(clerk, person, 'gatehouseDisabled', None)
    assert read(clerk, person, 'gatehouseDisabled') == {}


def test_staff_see_no_secrets(clerk, gateway, person):
    replace(gateway, person, 'gatehouseResetDigest', b'0' * 64)
    entry = read(clerk, person)
    assert entry['cn'] == [b'Maria Lopez']
    for name in ('userPassword', 'pwdHistory', 'gatehouseResetDigest'):
        assert name not in entry


def test_staff_end_a_mailed_link_and_never_make_one(clerk, gateway, person):
    for name, value in (('gatehouseResetDigest', b'0' * 64),
                        ('gatehouseResetUntil', b'20260101000000Z')):
        replace(gateway, person, name, value)
        assert refuses(clerk, person, name, value)
        replace(clerk, person, name, None)
        replace(clerk, person, name, None)
        assert read(gateway, person, name) == {}


# License files.

def test_import_adds_and_updates(importer, gateway, unique):
    number = f'{unique() + 1000000}'
    dn = f'uid={number},ou=contractors,{BASE}'
    entry = attributes(uid=number, cn='OLD NAME', sn='OLD NAME', o='OLD NAME',
                       street='12 ALMOND ST', l='ALMOND GROVE', st='CA', postalCode='90099',
                       telephoneNumber='(555) 010 1000', gatehouseSearchKey='old name')
    for name in OFFICIAL:
        entry[name] = [b'20260101000000Z' if name in TIMES else b'old']
    entry['objectClass'] = CONTRACTOR
    importer.add_s(dn, addModlist(entry))
    for name in [*OFFICIAL, 'o', 'street', 'l', 'st', 'postalCode', 'telephoneNumber', 'cn',
                 'sn', 'gatehouseSearchKey']:
        value = b'20270101000000Z' if name in TIMES else b'555'
        replace(importer, dn, name, value)
        assert read(importer, dn, name) == {name: [value]}
        assert read(gateway, dn, name) == {name: [value]}


def test_import_adds_nobody_with_a_password_or_mail(importer, unique):
    number = f'{unique() + 1000000}'
    for name, value in (('userPassword', PASSWORD), ('mail', 'office@example.org'),
                        ('gatehousePasswordSet', '20260101000000Z'),
                        ('gatehouseDisabled', 'FALSE')):
        entry = attributes(uid=number, cn='X', sn='X', **{name: value})
        entry['objectClass'] = CONTRACTOR
        with pytest.raises(ldap.INSUFFICIENT_ACCESS):
            importer.add_s(f'uid={number},ou=contractors,{BASE}', addModlist(entry))


@pytest.mark.parametrize('name, value', [
    ('userPassword', b'a password of the attacker'),
    ('mail', b'attacker@example.org'),
    ('gatehousePasswordSet', b'20260101000000Z'),
    ('gatehousePasswordSet', None),
    ('gatehouseDisabled', b'FALSE'),
    ('gatehouseResetDigest', b'0' * 64),
    ('gatehouseSessionsNotBefore', b'20260101000000Z'),
    ('pwdReset', b'FALSE'),
    ('pwdEndTime', None),
    ('pwdPolicySubentry', b'cn=service,ou=policies,dc=city,dc=example'),
    ('objectClass', [*CONTRACTOR, b'posixAccount']),
    ('displayName', b'Somebody'),
])
def test_import_cannot_write_sign_in_data(importer, contractor, name, value):
    assert refuses(importer, contractor, name, value)


def test_import_reads_what_it_compares_and_no_more(importer, contractor):
    entry = read(importer, contractor)
    assert len(entry['gatehousePasswordSet']) == 1
    assert entry['o'] == [b'ORCHARD PLUMBING INC']
    assert entry['gatehouseLicenseStatus'] == [b'CLEAR']
    assert 'userPassword' not in entry
    assert 'mail' not in entry


def test_import_has_nothing_to_do_with_the_public(importer, person, unique):
    assert read(importer, person) == {}
    assert refuses(importer, person, 'cn', b'Somebody')
    uid = f'person{unique()}'
    with pytest.raises(ldap.INSUFFICIENT_ACCESS):
        importer.add_s(f'uid={uid},ou=public,{BASE}', new_person(uid))


# PAM, people themselves, strangers.

@pytest.mark.parametrize('name, value', [
    ('userPassword', b'a password of the attacker'),
    ('mail', b'attacker@example.org'),
    ('cn', b'Somebody'),
    ('gatehouseDisabled', b'FALSE'),
    ('gatehouseLicenseStatus', b'CLEAR'),
    ('gatehouseSessionsNotBefore', b'20260101000000Z'),
    ('pwdReset', b'FALSE'),
    ('pwdEndTime', None),
])
def test_pam_writes_nothing(slapd, contractor, name, value):
    assert refuses(slapd.connect_as('pam'), contractor, name, value)


def test_pam_adds_nobody(slapd):
    with pytest.raises(ldap.INSUFFICIENT_ACCESS):
        slapd.connect_as('pam').add_s(f'uid=intruder,ou=public,{BASE}', new_person('intruder'))


def test_pam_reads_what_a_sign_in_needs(slapd, clerk, contractor):
    replace(clerk, contractor, 'gatehouseDisabled', b'TRUE')
    entry = read(slapd.connect_as('pam'), contractor)
    assert entry['cn'] == [b'ORCHARD PLUMBING INC']
    assert entry['gatehouseDisabled'] == [b'TRUE']
    assert len(entry['gatehousePasswordSet']) == 1
    assert len(entry['pwdChangedTime']) == 1
    assert 'userPassword' not in entry
    assert 'gatehouseResetDigest' not in entry


def test_people_see_themselves_alone(slapd, person, contractor):
    user = slapd.connect(person, PASSWORD)
    entry = read(user, person)
    assert entry['cn'] == [b'Maria Lopez']
    assert 'userPassword' not in entry
    assert read(user, contractor) == {}
    assert refuses(user, person, 'mail', b'other@example.org')
    assert refuses(user, person, 'gatehouseDisabled', None)
    # They end their own sessions, which is all that they may write, and see no mark.
    replace(user, person, 'gatehouseSessionsNotBefore', b'20260101000000Z')
    replace(user, person, 'gatehouseMarked', b'20260101000000Z')
    assert read(user, person, 'gatehouseSessionsNotBefore', 'gatehouseMarked') == {}
    for name in ('gatehouseEndedSession', 'gatehousePasswordSet', 'gatehouseResetDigest'):
        assert refuses(user, person, name, None)


def test_who_is_shut_out_writes_nothing(slapd, person):
    user = slapd.connect(person, PASSWORD)
    replace(slapd.connect_as_root(), person, 'gatehouseDisabled', b'TRUE')
    for name in ('pwdEndTime', 'pwdPolicySubentry', 'gatehouseSessionsNotBefore',
                 'gatehouseMarked'):
        assert refuses(user, person, name, None)


def test_strangers_see_nothing(slapd, person):
    stranger = slapd.connect()
    assert read(stranger, person) == {}
    with pytest.raises(ldap.NO_SUCH_OBJECT):
        stranger.search_s(BASE, ldap.SCOPE_SUBTREE, '(objectClass=*)', ['1.1'])
    with pytest.raises(ldap.NO_SUCH_OBJECT):
        stranger.search_s('cn=log', ldap.SCOPE_SUBTREE, '(objectClass=*)', ['1.1'])


def test_gateway_does_not_read_the_audit_trail(gateway):
    with pytest.raises(ldap.NO_SUCH_OBJECT):
        gateway.search_s('cn=log', ldap.SCOPE_SUBTREE, '(objectClass=*)', ['1.1'])


def test_writes_are_in_the_audit_trail(slapd, person):
    root = slapd.connect_as_root()
    found = root.search_s('cn=log', ldap.SCOPE_SUBTREE, f'(reqDN={person})',
                          ['reqType', 'reqAuthzID'])
    assert [(entry['reqType'], entry['reqAuthzID']) for _, entry in found] == [
        ([b'add'], [b'cn=gatehouse,ou=services,dc=city,dc=example'])]


# Installing.

def test_tls_ways_in(slapd):
    for uri in (slapd.ldaps_uri, slapd.ldap_uri):
        connection = ldap.initialize(uri)
        connection.set_option(ldap.OPT_X_TLS_REQUIRE_CERT, ldap.OPT_X_TLS_DEMAND)
        connection.set_option(ldap.OPT_X_TLS_CACERTFILE, str(slapd.tls.authority))
        connection.set_option(ldap.OPT_X_TLS_NEWCTX, 0)
        if uri.startswith('ldap:'):
            connection.start_tls_s()
        connection.simple_bind_s(slapd.dn('pam'), slapd.password('pam'))
        assert connection.whoami_s() == 'dn:cn=pam,ou=services,dc=city,dc=example'


@pytest.mark.parametrize('base, reason', [
    (BASE, 'slapd serves dc=city,dc=example already'),
    ('dc=city, dc=example', 'BASE has to look like dc=city,dc=example, without blanks'),
    ('dc=city.*,dc=example', 'BASE has to look like dc=city,dc=example, without blanks'),
])
def test_install_refuses(slapd, tmp_path, base, reason):
    done = subprocess.run(
        [CHECKOUT / 'schema' / 'install.sh', slapd.ldapi_uri, base, tmp_path, tmp_path],
        capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert done.stderr == f'install.sh: {reason}\n'
    assert list(tmp_path.iterdir()) == []
