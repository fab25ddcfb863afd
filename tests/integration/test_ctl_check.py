"""gatehousectl check: sound stacks and broken ones, and that it leaves no trace."""

import datetime
import json
import subprocess

import ldap
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from stack.certificates import Certificates
from stack.paths import CTL, DEMO, PAGES
from stack.people import People
from stack.process import Port
from stack.slapd import BASE, Slapd
from stack.template import fill

DATABASE = 'olcDatabase={2}mdb,cn=config'
GATEWAY = 'cn=gatehouse,ou=services,dc=city,dc=example'
POLICIES = 'ou=policies,dc=city,dc=example'
MARIA = 'uid=maria.lopez,ou=public,dc=city,dc=example'
ORCHARD = 'uid=1012345,ou=contractors,dc=city,dc=example'


class Site:
    """A directory with two people, and what a gateway's host has."""

    def __init__(self, folder):
        self.folder = folder
        self.slapd = Slapd(folder / 'slapd')
        self.conf = folder / 'gatehouse.conf'
        self.keys = folder / 'keys'
        self.audit_log = folder / 'audit.log'
        self.options = ()
        self.free = Port()

    def create(self):
        self.slapd.create()
        self.slapd.start()
        self.slapd.install()
        self.configure(self.slapd.ldapi_uri)
        self.run('keys', 'new')

    def add_people(self):
        people = People(self.slapd)
        people.add_public('maria.lopez', 'Maria', 'Lopez', 'maria@example.org',
                          'blue heron over the pier')
        people.put_on_file('1012345', 'ORCHARD PLUMBING INC')
        people.sign_up('1012345', 'office@orchardplumbing.example', 'level plumb and square')

    def configure(self, *uris, directory='', edit=lambda text: text):
        text = fill(DEMO / 'gatehouse.conf.in', {
            'URIS': ', '.join(f'"{uri}"' for uri in uris), 'BASE': self.slapd.base,
            'SECRETS': self.slapd.secrets, 'KEYS': self.keys,
            'URL': 'http://127.0.0.1:8080/account', 'PAGES': PAGES,
            'MAIL_URL': 'smtp://127.0.0.1:2525', 'AUDIT_LOG': self.audit_log})
        text = text.replace('    bind_dn ', f'    {directory}\n    bind_dn ', 1)
        self.conf.write_text(edit(text), encoding='utf-8')

    def configure_tls(self, authority=None, more=''):
        authority = authority or self.slapd.tls.authority
        self.configure(self.slapd.ldaps_uri, directory=f'tls_ca = "{authority}"\n    {more}')

    def run(self, *words):
        return subprocess.run([CTL, '-c', self.conf, *self.options, *words], check=False,
                              stdin=subprocess.DEVNULL, capture_output=True, text=True)

    def check(self, code):
        """The findings, by grade, as check, subject and words."""
        done = self.run('--json', 'check')
        assert done.returncode == code, done.stdout + done.stderr
        *lines, totals = [json.loads(line) for line in done.stdout.splitlines()]
        found = {grade: [line for line in lines if line['grade'] == grade]
                 for grade in ('good', 'note', 'fault')}
        assert totals == {'good': len(found['good']), 'notes': len(found['note']),
                          'faults': len(found['fault'])}
        return found

    def faults(self, code=1):
        return [(line['check'], line['finding']) for line in self.check(code)['fault']]

    def modify(self, dn, *changes):
        self.slapd.connect_as_root().modify_s(dn, list(changes))

    def replace(self, dn, name, *values):
        self.modify(dn, (ldap.MOD_REPLACE, name, list(values) or None))

    def everything(self):
        """All that slapd holds, as root sees it."""
        root = self.slapd.connect_as_root()
        found = {}
        for base in (self.slapd.base, 'cn=log', 'cn=config'):
            for dn, attributes in root.search_s(base, ldap.SCOPE_SUBTREE, '(objectClass=*)',
                                                ['*', '+']):
                found[dn] = {name: sorted(values) for name, values in attributes.items()}
        return found

    def close(self):
        self.slapd.close()
        self.free.release()


@pytest.fixture(name='site')
def fixture_site(tmp_path):
    site = Site(tmp_path)
    try:
        site.create()
        site.add_people()
        yield site
    finally:
        site.close()


# Sound ones.

def test_sound(site):
    site.configure(site.slapd.ldapi_uri, site.slapd.ldaps_uri,
                   directory=f'tls_ca = "{site.slapd.tls.authority}"')
    admin = site.slapd.secrets / 'admin'
    admin.chmod(0o600)
    site.options = ('--bind-dn', site.slapd.admin_dn, '--password-file', admin)
    before = site.everything()
    found = site.check(0)
    assert site.everything() == before
    assert found['fault'] == []
    # Two of them: who may do everything in the tree does not read cn=config.
    assert [line['check'] for line in found['note']] == ['database', 'database']

    said = [(line['check'], line['finding']) for line in found['good']
            if line['subject'] == site.slapd.ldaps_uri]
    assert ('identity', f'lets the gateway in as {GATEWAY}') in said
    assert ('schema', 'has all 32 definitions') in said
    assert ('policies', 'cn=temporary is sound') in said
    assert ('rights', f'the gateway can set a password ({ORCHARD})') in said
    assert ("rights", f"the gateway can't read passwords ({MARIA})") in said
    assert ("rights", "the gateway can't add to staff"
            f" (uid=gatehousectl-check,ou=staff,{site.slapd.base})") in said
    ends = [words for name, words in said if 'certificate' in words]
    assert len(ends) == 1
    assert ends[0].startswith('the certificate ends in 29 days, on ')


def test_sound_as_root_leaves_no_trace(site):
    before = site.everything()
    found = site.check(0)
    assert site.everything() == before
    assert found['fault'] == found['note'] == []
    said = [(line['check'], line['finding']) for line in found['good']]
    for finding in (('database', 'has all 14 indexes'), ('database', 'has all overlays'),
                    ('database', 'has a decoy')):
        assert finding in said


def test_in_words(site):
    done = site.run('check')
    assert done.returncode == 0
    lines = done.stdout.splitlines()
    assert lines[0] == f'good   configuration  {site.conf}: can be used'
    assert lines[-1] == f'good: {len(lines) - 1}, notes: 0, faults: 0'

    site.keys.chmod(0o644)
    done = site.run('check')
    assert done.returncode == 1
    assert [line for line in done.stdout.splitlines() if not line.startswith('good')] == [
        f'FAULT  files          {site.keys}: has mode 0644, which lets others use it;'
        ' chmod it to 0600']


def test_nobody_yet(tmp_path):
    site = Site(tmp_path)
    try:
        site.create()
        found = site.check(0)
        assert [(line['check'], line['finding']) for line in found['note']] == [
            ('rights', f'nobody with a password is seen below ou={realm},{site.slapd.base}:'
                       ' rights on people are not told')
            for realm in ('public', 'contractors')]
    finally:
        site.close()


# Broken ones: what is done to a sound site, and the faults that are found.

def certificate(site, begins, ends):
    """Gives slapd a certificate for these days, counted from now, and starts it again."""
    tls = site.slapd.tls
    old = x509.load_pem_x509_certificate(tls.certificate.read_bytes())
    key = serialization.load_pem_private_key((tls.folder / 'ca.key').read_bytes(), None)
    now = datetime.datetime.now(datetime.timezone.utc)
    builder = x509.CertificateBuilder(
        issuer_name=old.issuer, subject_name=old.subject, public_key=old.public_key(),
        serial_number=x509.random_serial_number(),
        not_valid_before=now + datetime.timedelta(days=begins),
        not_valid_after=now + datetime.timedelta(days=ends, hours=1),
        extensions=list(old.extensions))
    tls.certificate.write_bytes(
        builder.sign(key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM))
    site.slapd.restart()
    site.configure_tls()


def delete(site, dn):
    site.slapd.connect_as_root().delete_s(dn)


def access(site, rule):
    """Puts a rule in front of all others of the database."""
    site.modify(DATABASE, (ldap.MOD_ADD, 'olcAccess', [f'{{0}}{rule}'.encode()]))


def overlay(site, number, name):
    delete(site, f'olcOverlay={{{number}}}{name},{DATABASE}')


def edit(old, new):
    def broken(site):
        site.configure(site.slapd.ldapi_uri, edit=lambda text: text.replace(old, new, 1))
    return broken


def definition(site, name):
    """slapd forgets an object class."""
    root = site.slapd.connect_as_root()
    dn = 'cn={5}gatehouse,cn=schema,cn=config'
    values = root.search_s(dn, ldap.SCOPE_BASE, attrlist=['olcObjectClasses'])[0][1]
    gone = [value for value in values['olcObjectClasses'] if f"'{name}'".encode() in value]
    site.modify(dn, (ldap.MOD_DELETE, 'olcObjectClasses', gone))


BROKEN = {
    'the keys can be read by all': (
        lambda site: site.keys.chmod(0o644),
        [('files', 'has mode 0644, which lets others use it')]),
    'there are no keys': (
        lambda site: site.keys.unlink(),
        [('files', 'is not there')]),
    'the audit trail can be read by all': (
        lambda site: (site.audit_log.touch(), site.audit_log.chmod(0o644)),
        [('files', 'has mode 0644, which lets others read it')]),
    'no overlay ppolicy': (
        lambda site: overlay(site, 3, 'ppolicy'),
        [('database', 'no overlay ppolicy')]),
    'no overlay unique': (
        lambda site: overlay(site, 2, 'unique'),
        [('database', 'no overlay unique')]),
    'passwords are kept in clear': (
        lambda site: site.replace(f'olcOverlay={{3}}ppolicy,{DATABASE}',
                                  'olcPPolicyHashCleartext', b'FALSE'),
        [('database', 'passwords are kept as they come, in clear')]),
    'a provider that notes seldom how far it has come': (
        lambda site: site.replace(f'olcOverlay={{0}}syncprov,{DATABASE}', 'olcSpCheckpoint',
                                  b'1000 5'),
        [('database', 'a provider that is killed may never pass on what it took last')]),
    'the hash is not Argon2': (
        lambda site: site.replace('olcDatabase={-1}frontend,cn=config', 'olcPasswordHash',
                                  b'{SSHA}'),
        [('database', 'new passwords are not hashed with Argon2')]),
    'no index of mail': (
        lambda site: site.modify(DATABASE, (ldap.MOD_DELETE, 'olcDbIndex', [b'mail eq'])),
        [('database', 'no index mail eq: searches look at every entry')]),
    'half an index': (
        lambda site: site.modify(
            DATABASE, (ldap.MOD_DELETE, 'olcDbIndex', [b'gatehouseSearchKey eq,subinitial']),
            (ldap.MOD_ADD, 'olcDbIndex', [b'gatehouseSearchKey eq'])),
        [('database', 'no index gatehouseSearchKey subinitial: searches look at every entry')]),
    'adds are not checked': (
        lambda site: site.replace(DATABASE, 'olcAddContentAcl', b'FALSE'),
        [('database', 'whoever may add an entry may give it any attribute')]),
    'no decoy': (
        lambda site: delete(site, f'cn=decoy,ou=services,{site.slapd.base}'),
        [('database', 'no decoy with a password at cn=decoy,ou=services,dc=city,dc=example:'
                      ' unknown names can be told by the time')]),
    'pwdMinDelay': (
        lambda site: site.replace(f'cn=default,{POLICIES}', 'pwdMinDelay', b'1'),
        [('policies', 'cn=default: pwdMinDelay is 1')]),
    'pwdSafeModify': (
        lambda site: site.replace(f'cn=temporary,{POLICIES}', 'pwdSafeModify', b'TRUE'),
        [('policies', 'cn=temporary: pwdSafeModify is TRUE')]),
    'temporary passwords that are none': (
        lambda site: site.replace(f'cn=default,{POLICIES}', 'pwdMustChange'),
        [('policies', 'cn=default: pwdMustChange is absent')]),
    'a lock of another length': (
        lambda site: site.replace(f'cn=default,{POLICIES}', 'pwdLockoutDuration', b'900'),
        [('policies', 'cn=default: pwdLockoutDuration is 900')]),
    'no policy for answers': (
        lambda site: delete(site, f'cn=recovery,{POLICIES}'),
        [('policies', 'cn=recovery: there is none to see: no such entry, or no right to see it')]),
    'an object class is missing': (
        lambda site: definition(site, 'gatehouseRecovery'),
        [('schema', '1 of 32 definitions are missing, gatehouseRecovery first')]),
    'a field that the directory does not know': (
        edit('field telephoneNumber', 'field shoeSize'),
        [('schema', 'no attribute shoeSize, a field of realm public')]),
    'a wrong password for the gateway': (
        lambda site: (site.slapd.secrets / 'gatehouse').write_text('wrong', encoding='ascii'),
        [('identity', f'the bind as {GATEWAY} is refused: Invalid credentials (49)')]),
    'the gateway reads passwords': (
        lambda site: access(site, f'to attrs=userPassword by dn.exact="{GATEWAY}" write'
                                  ' by * break'),
        [('rights', 'the gateway can set the password of a service'
                    ' (cn=decoy,ou=services,dc=city,dc=example)'),
         *(('rights', f'the gateway can read {what}') for what in (
             f'passwords ({MARIA})', f'answers (cn=recovery,{MARIA})', f'passwords ({ORCHARD})',
             f'answers (cn=recovery,{ORCHARD})'))]),
    'the gateway hires': (
        lambda site: access(site, f'to dn.subtree="ou=staff,{site.slapd.base}"'
                                  f' by dn.exact="{GATEWAY}" write by * break'),
        [('rights', 'the gateway can add to staff'
                    ' (uid=gatehousectl-check,ou=staff,dc=city,dc=example)')]),
    'the gateway makes policy': (
        lambda site: access(site, f'to dn.subtree="{POLICIES}"'
                                  f' by dn.exact="{GATEWAY}" write by * break'),
        [('rights', f'the gateway can write a policy (cn=default,{POLICIES})'),
         ('rights', f'the gateway can add a policy (uid=gatehousectl-check,{POLICIES})')]),
    'the gateway sets no passwords': (
        lambda site: access(site, 'to attrs=userPassword'
                                  f' by dn.exact="{GATEWAY}" none by * break'),
        [('rights', f"the gateway can't {what} (50)") for what in (
            f'add people (uid=gatehousectl-check,ou=public,{BASE}): no write access to attribute',
            f'set a password ({MARIA}): refused for want of a right',
            f'add people (uid=gatehousectl-check,ou=contractors,{BASE}):'
            ' no write access to attribute',
            f'set a password ({ORCHARD}): refused for want of a right')]),
    'certificates are not verified': (
        lambda site: site.configure_tls(more='tls_verify = no'),
        [('servers', 'anybody may stand in for the server, since its certificate is not'
                     ' verified')]),
}


# With them the gateway's own writes are refused, too.
SPREADING = {'no overlay ppolicy', 'passwords are kept in clear', 'the hash is not Argon2'}


@pytest.mark.parametrize('name', BROKEN)
def test_broken(site, name):
    spoil, faults = BROKEN[name]
    spoil(site)
    before = site.everything()
    found = site.faults()
    assert found[:len(faults)] == faults
    assert {check for check, _ in found[len(faults):]} == (
        {'rights'} if name in SPREADING else set())
    after = site.everything()
    changed = {dn for dn in before | after if before.get(dn) != after.get(dn)}
    if name == 'a wrong password for the gateway':
        # slapd takes note of every wrong password.
        changed = {dn for dn in changed if not dn.endswith('cn=log')} - {GATEWAY, BASE}
    assert changed == set()


def test_every_fault_has_a_remedy(site):
    """On a stack that is broken in many ways at once."""
    for name, (spoil, _) in BROKEN.items():
        if name not in ('a field that the directory does not know', 'no overlay unique',
                        'passwords are kept in clear', 'there are no keys',
                        'a wrong password for the gateway', 'pwdMinDelay'):
            spoil(site)
    faults = site.check(1)['fault']
    assert {line['check'] for line in faults} == {
        'files', 'servers', 'schema', 'policies', 'rights'}
    for line in faults:
        assert line['remedy'], line


# Servers, and what they show.

def test_another_authority(site):
    other = Certificates(site.folder / 'other')
    other.create()
    site.configure_tls(other.authority)
    found = site.check(3)
    [fault] = found['fault']
    assert fault['check'] == 'servers'
    assert fault['finding'].startswith(
        'TLS failed (is the certificate for this name, and of tls_ca?): ')
    assert fault['remedy'] == ('put the authority that signed its certificate into tls_ca, and '
                               'into uri a name that is in the certificate')
    # The certificate itself is fine.
    assert [line['finding'][:29] for line in found['good'] if line['check'] == 'servers'] == [
        'the certificate ends in 29 da']


def test_certificate_that_has_ended(site):
    certificate(site, -30, -2)
    faults = site.check(3)['fault']
    assert [line['subject'] for line in faults] == [site.slapd.ldaps_uri] * 2
    assert faults[0]['finding'].startswith('TLS failed')
    assert faults[0]['remedy'] == 'see the certificate'
    assert faults[1]['finding'].startswith('the certificate ended on ')
    assert faults[1]['remedy'] == 'give the server a new certificate'


def test_certificate_that_has_not_begun(site):
    certificate(site, 2, 30)
    faults = site.check(3)['fault']
    assert faults[1]['finding'].startswith('the certificate is good only from ')


def test_certificate_that_ends_soon(site):
    certificate(site, -1, 7)
    found = site.check(0)
    assert found['fault'] == []
    [note] = [line for line in found['note'] if line['check'] == 'servers']
    assert note['finding'].startswith('the certificate ends in 7 days, on ')
    assert note['remedy'] == 'give the server a new certificate before that'


def test_one_of_two_is_down(site):
    down = f'ldap://127.0.0.1:{site.free.number}'
    site.configure(down, site.slapd.ldapi_uri)
    found = site.check(1)
    [fault] = found['fault']
    assert fault == {
        'check': 'servers', 'grade': 'fault', 'subject': down,
        'finding': "can't connect: Connection refused",
        'remedy': 'start the server, or mend uri in section directory, or what lies between'}
    assert {line['subject'] for line in found['good'] if line['check'] == 'rights'} == {
        site.slapd.ldapi_uri}


def test_all_are_down(site):
    site.slapd.stop()
    found = site.check(3)
    assert [(line['check'], line['finding']) for line in found['fault']] == [
        ('servers', "can't connect: No such file or directory")]


def test_configuration_that_cannot_be_used(site):
    site.configure(site.slapd.ldapi_uri, edit=lambda text: text.replace('base ', 'bass ', 1))
    [fault] = site.check(1)['fault']
    assert fault['check'] == 'configuration'
    assert fault['subject'] == str(site.conf)
    assert 'bass' in fault['finding']


# Who runs it.

def test_staff_do_not_see_the_configuration(site):
    People(site.slapd).add_staff('pat', 'Pat Counter', 'counter of the city hall')
    secret = site.folder / 'pat.secret'
    secret.touch(mode=0o600)
    secret.write_text('counter of the city hall', encoding='ascii')
    site.options = ('--bind-dn', f'uid=pat,ou=staff,{site.slapd.base}', '--password-file', secret)
    found = site.check(0)
    [note] = found['note']
    assert note['check'] == 'database'
    assert note['finding'].startswith("cn=config can't be read: ")


def test_wrong_password_of_the_admin(site):
    secret = site.folder / 'wrong'
    secret.touch(mode=0o600)
    secret.write_text('not the password', encoding='ascii')
    site.options = ('--bind-dn', site.slapd.admin_dn, '--password-file', secret)
    [fault] = site.check(1)['fault']
    assert fault['check'] == 'identity'
    assert fault['finding'] == (f'the bind as {site.slapd.admin_dn} is refused:'
                                ' Invalid credentials (49)')
    assert fault['remedy'] == 'mend --bind-dn or its password'


def test_usage(site):
    done = site.run('check', 'everything')
    assert done.returncode == 2
    assert done.stdout == ''
