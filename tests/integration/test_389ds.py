"""A gateway in front of 389 Directory Server: what works there, and where it ends.

docs/389-ds.md has the same as a table.
"""

import tempfile
from pathlib import Path
from types import SimpleNamespace

import ldap
import pam_wrapper
import pytest
from ldap.controls.ppolicy import PasswordPolicyControl
from ldap.modlist import addModlist
from pam import AUTH_ERR, CHANGE_EXPIRED, NEW_AUTHTOK_REQD, SIGN_IN, SUCCESS, Service
from stack.ds389 import DirectoryServer
from stack.paths import PAM_MODULE
from stack.people import CONTRACTOR as CONTRACTOR_CLASSES
from stack.people import attributes
from stack.process import wait_until
from stories import (CONTRACTOR, FIRST, OTHER, PASSWORD, PUBLIC, WELCOME, contractor_form,
                     public_form, send_form, where)
from web import DASHBOARD, Browser, Gateway, Page

FORCED = (*SIGN_IN, ('chauthtok', CHANGE_EXPIRED), ('acct_mgmt', 0))
TEMPORARY = 'a temporary password'


@pytest.fixture(name='server', scope='module')
def fixture_server():
    # Its user has to come in, which pytest's own folders don't let it.
    with tempfile.TemporaryDirectory(prefix='gatehouse-389-') as folder:
        Path(folder).chmod(0o711)
        server = DirectoryServer(Path(folder) / 'ds')
        try:
            server.create()
            yield server
        finally:
            server.close()


@pytest.fixture(name='gateway', scope='module')
def fixture_gateway(server, portal, tmp_path_factory):
    stack = SimpleNamespace(slapd=server, keys=portal.keys, mailsink=portal.mailsink)
    gateway = Gateway(stack, tmp_path_factory.mktemp('gateway'))
    try:
        gateway.write(uris=[server.uri], edit_config=lambda text: text.replace(
            '    registration       = yes\n',
            '    registration       = yes\n    security_question  = "off"\n'))
        gateway.start()
        yield gateway
    finally:
        gateway.close()


def without_question(form):
    return {name: value for name, value in form.items() if name not in ('question', 'answer')}


def public(gateway, uid, **changes):
    """The answer to a member of the public who sets an account up."""
    return send_form(Browser(gateway.url), PUBLIC, without_question(public_form(uid, **changes)))


def read(connection, dn, *names):
    return connection.search_s(dn, ldap.SCOPE_BASE, attrlist=list(names))[0][1]


def refuses(connection, dn, name, value):
    with pytest.raises(ldap.INSUFFICIENT_ACCESS):
        connection.modify_s(dn, [(ldap.MOD_REPLACE, name, value)])


@pytest.fixture(name='ana', scope='module')
def fixture_ana(server, gateway):
    """The DN of somebody who has set up an account."""
    assert where(public(gateway, 'ana.nunez')) == (303, WELCOME)
    return f'uid=ana.nunez,ou=public,{server.base}'


@pytest.fixture(name='must_change')
def fixture_must_change(server):
    """The one policy of the server says that what an administrator sets is temporary."""
    manager = server.connect_as_manager()
    manager.modify_s('cn=config', [(ldap.MOD_REPLACE, 'passwordMustChange', b'on')])
    yield manager
    manager.modify_s('cn=config', [(ldap.MOD_REPLACE, 'passwordMustChange', b'off')])


# What works.

def test_set_up_and_sign_in(gateway, server):
    browser = Browser(gateway.url)
    answer = send_form(browser, PUBLIC, without_question(public_form('eva.blum')))
    assert where(answer) == (303, WELCOME)
    assert Page(browser.get(DASHBOARD).text).text('signed-in-as') == 'Logged in as Ana Núñez eva.blum'

    entry = read(server.connect_as_manager(), f'uid=eva.blum,ou=public,{server.base}',
                 'userPassword', 'gatehousePasswordSet')
    assert entry['userPassword'][0].startswith(b'{PBKDF2-SHA512}')
    assert len(entry['gatehousePasswordSet']) == 1

    assert where(Browser(gateway.url).sign_in('eva.blum', PASSWORD)) == (303, DASHBOARD)
    assert where(public(gateway, 'eva.blum')) == (422, None)


def test_contractors_set_up_and_sign_in(gateway):
    answer = send_form(Browser(gateway.url), CONTRACTOR,
                       without_question(contractor_form('4654321')))
    assert where(answer) == (303, WELCOME)
    answer = Browser(gateway.url).sign_in('4654321', PASSWORD, 'contractor')
    assert where(answer) == (303, DASHBOARD)


@pytest.mark.parametrize('password, code', [(PASSWORD, 0), ('not the password', 1)])
def test_sign_in_over_pam(gateway, ana, tmp_path, password, code):
    assert ana
    line = f'required {PAM_MODULE} config={gateway.gatehouse_conf}\n'
    (tmp_path / 'portal').write_text(f'auth {line}account {line}', encoding='utf-8')
    done = pam_wrapper.run(['pamtester', 'portal', 'ana.nunez', 'authenticate', 'acct_mgmt'],
                           tmp_path, f'{password}\n', finds_leaks=True)
    assert done.returncode == code, done.stdout + done.stderr
    assert ('successfully authenticated' in done.stdout) == (code == 0)


def test_forced_change_over_pam(gateway, server, must_change, tmp_path):
    """Over TLS, where the server takes RFC 3062."""
    dn = f'uid=rosa.diaz,ou=public,{server.base}'
    assert where(public(gateway, 'rosa.diaz')) == (303, WELCOME)
    must_change.modify_s(dn, [(ldap.MOD_REPLACE, 'userPassword', TEMPORARY.encode())])
    conf = tmp_path / 'gatehouse.conf'
    conf.write_text(gateway.gatehouse_conf.read_text(encoding='utf-8').replace(
        f'uri  = {{ "{server.uri}" }}',
        f'uri = {{ "{server.secure_uri}" }}\n    tls_verify = no', 1), encoding='utf-8')
    service = Service(tmp_path / 'pam.d', conf)

    outcome = service.call('rosa.diaz', [TEMPORARY, OTHER], FORCED)
    assert outcome['codes'] == [SUCCESS, NEW_AUTHTOK_REQD, SUCCESS, SUCCESS]
    assert 'sessions could not be ended' in service.log
    assert service.codes('rosa.diaz', OTHER) == [SUCCESS, SUCCESS]
    assert service.codes('rosa.diaz', TEMPORARY) == [AUTH_ERR, AUTH_ERR]


@pytest.mark.parametrize('uid, password', [
    ('ana.nunez', 'not the password'), ('nobody.here', PASSWORD)])
def test_refusals_read_the_same(gateway, ana, uid, password):
    assert ana
    answer = Browser(gateway.url).sign_in(uid, password)
    assert answer.status_code == 422
    assert Page(answer.text).text('message').startswith(
        'The user name or the password is not right.')


def test_least_privilege(server, ana):
    gateway = server.connect_as('gatehouse')
    assert read(gateway, ana, 'userPassword', 'uid') == {'uid': [b'ana.nunez']}
    refuses(gateway, ana, 'gatehouseDisabled', b'TRUE')
    refuses(gateway, ana, 'gatehouseLicenseStatus', b'CLEAR')
    refuses(gateway, 'cn=config', 'passwordMinLength', b'2')
    refuses(gateway, server.dn('pam'), 'userPassword', b'a password of the attacker')
    with pytest.raises(ldap.INSUFFICIENT_ACCESS):
        gateway.delete_s(ana)
    with pytest.raises(ldap.INSUFFICIENT_ACCESS):
        gateway.add_s(f'uid=me,ou=staff,{server.base}', addModlist(
            {'objectClass': [b'inetOrgPerson'], 'uid': [b'me'], 'cn': [b'me'], 'sn': [b'me']}))
    pam = server.connect_as('pam')
    assert read(pam, ana, 'userPassword', 'uid') == {'uid': [b'ana.nunez']}
    refuses(pam, ana, 'mail', b'other@example.org')


def test_forced_change_is_seen(gateway, server, must_change):
    """The web leads to the change and can't make it; people make it themselves over LDAP."""
    dn = f'uid=tess.hill,ou=public,{server.base}'
    assert where(public(gateway, 'tess.hill')) == (303, WELCOME)
    must_change.modify_s(dn, [(ldap.MOD_REPLACE, 'userPassword', TEMPORARY.encode())])
    browser = Browser(gateway.url)
    assert where(browser.sign_in('tess.hill', TEMPORARY)) == (303, FIRST)
    assert browser.get(DASHBOARD).status_code != 200
    answer = send_form(browser, FIRST, {'password': OTHER, 'password_confirm': OTHER})
    assert answer.status_code == 503
    assert 'directory result 12' in gateway.error_log.read_text(encoding='utf-8')

    user = ldap.initialize(server.uri)
    sent = user.simple_bind(dn, TEMPORARY, serverctrls=[PasswordPolicyControl()])
    assert [control.error for control in user.result3(sent)[3]] == [2]
    with pytest.raises(ldap.UNWILLING_TO_PERFORM):
        read(user, dn)
    user.modify_s(dn, [(ldap.MOD_REPLACE, 'userPassword', OTHER.encode())])
    # 389 may say for a moment longer that it has to be changed.
    wait_until(lambda: where(Browser(gateway.url).sign_in('tess.hill', OTHER)) == (
        303, DASHBOARD), 'end of the forced change')


# Where it ends.

def test_whoever_is_added_has_to_change_too(gateway, must_change):
    """So that the policy leaves it off."""
    assert must_change
    assert where(public(gateway, 'carl.late')) == (303, WELCOME)
    assert where(Browser(gateway.url).sign_in('carl.late', PASSWORD)) == (303, FIRST)


def test_no_assertion_no_change(gateway, server):
    """Changes of passwords and profiles hang on RFC 4528, which the server does not know."""
    [(_, root)] = server.connect_as_manager().search_s('', ldap.SCOPE_BASE,
                                                       attrlist=['supportedControl'])
    assert b'1.3.6.1.1.12' not in root['supportedControl']

    assert where(public(gateway, 'dora.voss')) == (303, WELCOME)
    browser = Browser(gateway.url)
    browser.sign_in('dora.voss', PASSWORD)
    change = {'current_password': PASSWORD, 'password': OTHER, 'password_confirm': OTHER}
    assert send_form(browser, '/account/password', change).status_code == 503
    assert where(Browser(gateway.url).sign_in('dora.voss', PASSWORD)) == (303, DASHBOARD)


def test_mail_addresses_are_not_unique(gateway):
    assert where(public(gateway, 'first.of', mail='two@example.org')) == (303, WELCOME)
    assert where(public(gateway, 'second.of', mail='two@example.org')) == (303, WELCOME)


def test_answers_are_held_to_the_policy_of_passwords(server, ana):
    gateway = server.connect_as('gatehouse')
    entry = {'objectClass': [b'gatehouseRecovery'], 'cn': [b'recovery'],
             'gatehouseQuestion': [b'What was your first street?'], 'userPassword': [b'elm']}
    with pytest.raises(ldap.CONSTRAINT_VIOLATION):
        gateway.add_s(f'cn=recovery,{ana}', addModlist(entry))


def test_adds_are_one_right_for_all_attributes(server):
    """Whoever may add an entry may give it anything, official data included."""
    dn = f'uid=7654,ou=contractors,{server.base}'
    server.connect_as('gatehouse').add_s(dn, addModlist(
        attributes(uid='7654', cn='ORCHARD', sn='ORCHARD', gatehouseLicenseStatus='CLEAR')
        | {'objectClass': CONTRACTOR_CLASSES}))
    assert read(server.connect_as_manager(), dn, 'gatehouseLicenseStatus') == {
        'gatehouseLicenseStatus': [b'CLEAR']}
