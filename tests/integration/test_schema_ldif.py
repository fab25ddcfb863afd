"""gatehousectl schema: what it prints makes a stock slapd Gatehouse's, and takes it back."""

import re
import secrets
import subprocess

import ldap
import pytest
from stack.paths import CTL
from stack.slapd import Slapd

NAMEDOBJECT = '/etc/ldap/schema/namedobject.ldif'

# What slapd stamps on each entry by itself.
STAMPS = {'entryUUID', 'entryCSN', 'createTimestamp', 'modifyTimestamp', 'modifiersName',
          'contextCSN'}

# Has every definition that slapd knows, built in or from the entries below.
EVERYTHING = 'cn=schema,cn=config'


def schema(*words, code=0):
    done = subprocess.run([CTL, 'schema', *words], stdin=subprocess.DEVNULL, capture_output=True,
                          text=True, check=False)
    assert done.returncode == code, done.stdout + done.stderr
    return done


class Stock(Slapd):
    """slapd as Debian's package leaves it, and an admin who has no more than our LDIF."""

    def prepare(self):
        """What the first lines of the LDIF tell the admin to do."""
        for name in ('db', 'log'):
            (self.folder / 'data' / name).mkdir(mode=0o700)
        for name in ('gatehouse', 'pam', 'import', 'decoy'):
            (self.secrets / name).write_text(secrets.token_urlsafe(24), encoding='ascii')
        with open(NAMEDOBJECT, encoding='utf-8') as file:
            self.ldapmodify('-a', text=file.read())

    def ldapmodify(self, *options, text):
        done = subprocess.run(
            ['ldapmodify', *options, '-Q', '-Y', 'EXTERNAL', '-H', self.ldapi_uri],
            input=text, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout + done.stderr

    def print(self, *words):
        return schema('--base', self.base, '--folder', self.folder / 'data', '--secrets',
                      self.secrets, *words).stdout


def entries_of(server, base):
    """Everything below `base` as root sees it, without stamps and the server's own folder."""
    found = server.connect_as_root().search_s(base, ldap.SCOPE_SUBTREE, '(objectClass=*)',
                                              ['*', '+'])
    folder = str(server.folder).encode()
    return {dn: {name: sorted(value.replace(folder, b'DIR') for value in values)
                 for name, values in attributes.items() if name not in STAMPS}
            for dn, attributes in found if dn != EVERYTHING}


@pytest.fixture(name='stock')
def fixture_stock(tmp_path):
    server = Stock(tmp_path / 'slapd')
    try:
        server.create()
        server.start()
        yield server
    finally:
        server.close()


def without_secrets(entries):
    """Hashes have salts: that there is one has to do."""
    return {dn: {name: [b'a hash'] if name in ('userPassword', 'olcRootPW') else values
                 for name, values in attributes.items()}
            for dn, attributes in entries.items()}


def parts(server):
    """The configuration and the tree, each by DN."""
    config = entries_of(server, 'cn=config')
    # Names of files and ports, and the password that only install.sh gives the admin.
    for name in ('olcArgsFile', 'olcPidFile', 'olcAuthzRegexp'):
        config['cn=config'].pop(name, None)
    for attributes in config.values():
        attributes.pop('olcRootPW', None)
    return without_secrets(config), without_secrets(entries_of(server, server.base))


def test_is_what_install_makes(stock, slapd):
    stock.prepare()
    stock.ldapmodify('-a', text=stock.print())
    # As the shared one has been made.
    stock.be_patient()
    ours, tree = parts(stock)
    theirs, _ = parts(slapd)
    assert ours == theirs
    assert sorted(tree) == sorted([
        stock.base, *(f'ou={name},{stock.base}' for name in
                      ('public', 'contractors', 'policies', 'services', 'staff')),
        *(f'cn={name},ou=policies,{stock.base}' for name in
          ('default', 'temporary', 'recovery', 'service')),
        *(f'cn={name},ou=services,{stock.base}' for name in
          ('gatehouse', 'pam', 'import', 'decoy'))])
    for identity in ('gatehouse', 'pam', 'import'):
        assert stock.connect_as(identity).whoami_s() == f'dn:{stock.dn(identity)}'


def test_undo_takes_it_back_and_again_puts_it_there(stock):
    before = entries_of(stock, 'cn=config')
    stock.prepare()
    stock.ldapmodify('-a', text=stock.print())
    done = parts(stock)

    stock.ldapmodify(text=stock.print('--undo'))
    after = entries_of(stock, 'cn=config')
    kept = {'cn={4}namedobject,cn=schema,cn=config', 'cn={5}gatehouse,cn=schema,cn=config'}
    assert set(after) - set(before) == kept
    modules = after['cn=module{0},cn=config'].pop('olcModuleLoad')
    assert len(modules) == 7
    before['cn=module{0},cn=config'].pop('olcModuleLoad')
    assert {dn: after[dn] for dn in before} == before
    with pytest.raises(ldap.NO_SUCH_OBJECT):
        stock.connect_as_root().search_s(stock.base, ldap.SCOPE_BASE)

    for name in ('db', 'log'):
        for file in (stock.folder / 'data' / name).iterdir():
            file.unlink()
    stock.ldapmodify('-a', text=stock.print('--again'))
    assert parts(stock) == done


def test_number_makes_room_in_front(stock):
    """A database that has to stand before another one, as one below its suffix has."""
    stock.base = 'dc=gate,dc=nodomain'
    stock.prepare()
    stock.ldapmodify('-a', text=stock.print('--database', '1'))
    assert entries_of(stock, stock.base)[f'ou=public,{stock.base}']['ou'] == [b'public']
    found = entries_of(stock, 'cn=config')
    assert found['olcDatabase={1}mdb,cn=config']['olcSuffix'] == [b'dc=gate,dc=nodomain']
    assert found['olcDatabase={2}mdb,cn=config']['olcSuffix'] == [b'cn=log']
    assert found['olcDatabase={3}mdb,cn=config']['olcSuffix'] == [b'dc=nodomain']
    assert 'olcOverlay={3}ppolicy,olcDatabase={1}mdb,cn=config' in found


def test_fills_in_everything():
    said = schema('--base', 'dc=st.city,dc=example', '--database', '7', '--folder', '/srv/data',
                  '--secrets', '/srv/secrets').stdout
    assert re.findall(r'@[A-Z_]+@', said) == []
    for line in ('dn: olcDatabase={7}mdb,cn=config', 'olcDbDirectory: /srv/data/db',
                 'dn: olcDatabase={8}mdb,cn=config', 'olcDbDirectory: /srv/data/log',
                 'dn: olcOverlay=ppolicy,olcDatabase={7}mdb,cn=config', 'dc: st.city',
                 'userPassword:< file:///srv/secrets/decoy',
                 'dn: cn=gatehouse,ou=services,dc=st.city,dc=example',
                 '  dn.regex="^(uid=[^,]+,)?ou=(public|contractors),dc=st[.]city,dc=example$"'):
        assert line in said.splitlines()


@pytest.mark.parametrize('words, reason', [
    ((), 'say --base DC=...'),
    (('--base', 'dc=city, dc=example'),
     '--base has to look like dc=city,dc=example, without blanks'),
    (('--base', 'dc=city.*'), '--base has to look like dc=city,dc=example, without blanks'),
    (('--base', 'dc=city\ndc=x'), '--base has to look like dc=city,dc=example, without blanks'),
    (('--base', 'dc=city', '--folder', 'data'),
     'a folder has to be absolute, of letters, digits and . _ - only'),
    (('--base', 'dc=city', '--secrets', '/a b'),
     'a folder has to be absolute, of letters, digits and . _ - only'),
    (('--base', 'dc=city', '--database', '0'), '--database is the number of a database, from 1'),
    (('--base', 'dc=city', '--database', '2x'), '--database is the number of a database, from 1'),
    (('--base', 'dc=city', 'more'), 'no other words'),
])
def test_usage(words, reason):
    done = schema(*words, code=2)
    assert done.stdout == ''
    assert done.stderr.splitlines()[0] == f'gatehousectl schema: {reason}'
