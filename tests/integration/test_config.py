"""What nginx refuses to start with, and says why; and the ways to the directory."""

import os

import ldap
import pytest

from stack.paths import DEMO
from stack.stack import Stack, eased
from web import MARIA, Browser, signed_in

pytestmark = pytest.mark.as_shipped


@pytest.fixture
def check(make_gateway):
    """A function that says what `nginx -t` complains about; '' when it is fine."""
    def run(edit_config=None, edit_nginx=None, prepare=None):
        gateway = make_gateway(edit_config, edit_nginx)
        if prepare is not None:
            prepare(gateway)
        done = gateway.run('-t')
        assert (done.returncode == 0) == ('test is successful' in done.stderr)
        if done.returncode == 0:
            return ''
        # What it says must not depend on where the test stands.
        return done.stderr.replace(str(gateway.folder), 'DIR')
    return run


def swap(old, new):
    def edit(text):
        assert old in text
        return text.replace(old, new, 1)
    return edit


def line_of(text):
    """The number of the first line in a test's gatehouse.conf that has the text."""
    lines = eased((DEMO / 'gatehouse.conf.in').read_text(encoding='utf-8')).splitlines()
    return next((str(number) for number, line in enumerate(lines, 1) if text in line), '')


def test_the_demos_configuration_is_fine(check):
    assert check() == ''


# gatehouse.conf: faults name file and line.

@pytest.mark.parametrize('old, new, complaint', [
    ('base = "dc=city', 'bas = "dc=city', 'DIR/gatehouse.conf:7: '),
    ('    keys ', '    kays ', 'DIR/gatehouse.conf:'),
    ('plain_http = yes', 'plain_http = maybe', 'DIR/gatehouse.conf:LINE: '),
    ('plain_http = yes', 'lifetime = 59', 'DIR/gatehouse.conf:LINE: '),
    ('plain_http = yes', 'idle = forever', 'DIR/gatehouse.conf:LINE: '),
    ('plain_http = yes', '', 'url: must begin with https://'),
    ('portal {', 'portals {', 'DIR/gatehouse.conf:LINE: '),
    ('realm public {', 'realm "Public User" {', 'DIR/gatehouse.conf:LINE: '),
    ('title ', '# title ', 'title'),
    ('"^[1-9][0-9]{0,7}$"', '"^[1-9][0-9{0,7}$"', 'username_pattern'),
])
def test_gatehouse_conf(check, old, new, complaint):
    said = check(edit_config=swap(old, new))

    assert complaint.replace('LINE', line_of(old)) in said
    assert 'DIR/gatehouse.conf' in said


def test_unknown_key_is_named(check):
    said = check(edit_config=swap('    plain_http', '    plain_https'))

    assert f'DIR/gatehouse.conf:{line_of("plain_http = yes")}: ' in said
    assert 'plain_https' in said
    # And where nginx.conf led there.
    assert 'DIR/nginx.conf:' in said


@pytest.mark.parametrize('uri', ['ldap://directory.city.example', 'ldap://192.0.2.1',
                                 'ldap://127.0.0.1.city.example'])
def test_no_password_goes_out_in_clear(check, uri):
    said = check(edit_config=lambda text: '\n'.join(
        f'    uri = {{ "{uri}" }}' if line.startswith('    uri ') else line
        for line in text.splitlines()))

    assert (f'directory: uri: {uri}: passwords would cross the network in clear: '
            'use ldaps:// or starttls = yes (or allow_plaintext = yes') in said


def test_clear_text_where_it_is_allowed(check, make_gateway):
    """nginx takes it, and says at every start what that means."""
    def edit(text):
        return text.replace('directory {\n', 'directory {\n    allow_plaintext = yes\n', 1)

    assert check(edit_config=edit) == ''
    gateway = make_gateway(edit, uris=['ldap://192.0.2.1'])
    gateway.start()
    before = gateway.error_log.read_text(encoding='utf-8').count('allow_plaintext = yes')
    gateway.reload()
    after = gateway.error_log.read_text(encoding='utf-8').count('allow_plaintext = yes')

    assert (before, after) == (1, 2)


# The files it leads to.

def test_no_such_file(check):
    said = check(prepare=lambda gateway: gateway.gatehouse_conf.unlink())

    assert 'DIR/gatehouse.conf: ' in said
    assert 'No such file or directory' in said


@pytest.mark.parametrize('mode', [0o604, 0o640, 0o620, 0o644])
def test_key_ring_that_others_may_touch(check, mode):
    said = check(prepare=lambda gateway: gateway.keys.chmod(mode))

    assert 'DIR/keys: ' in said


def test_key_ring_that_is_missing(check):
    said = check(prepare=lambda gateway: gateway.keys.unlink())

    assert 'DIR/keys: is not there; `gatehousectl keys new` writes a new key ring' in said


def test_key_ring_with_a_broken_line(check):
    def spoil(gateway):
        with open(gateway.keys, 'a', encoding='ascii') as file:
            file.write('not a key\n')

    assert 'DIR/keys:2: ' in check(prepare=spoil)


def test_password_file_that_is_missing(check, portal):
    said = check(edit_config=swap(f'"{portal.slapd.secrets}/gatehouse"', '"/nonexistent/pw"'))

    assert '/nonexistent/pw: ' in said


def test_pages_that_are_missing(check, tmp_path):
    said = check(edit_config=lambda text: text.replace('/pages/en"', '/pages/xx"'))

    assert '/pages/xx' in said


# Directives.

@pytest.mark.parametrize('old, new, complaint', [
    ('gatehouse_config ', '# ', 'need a "gatehouse_config FILE;" in the http block'),
    ('gatehouse_access contractor;', 'gatehouse_access plumber;',
     'gatehouse_access: "plumber" is no realm of DIR/gatehouse.conf'),
    ('gatehouse_access contractor;', 'gatehouse_access Contractor;',
     'gatehouse_access: "Contractor" is no realm of DIR/gatehouse.conf'),
    ('gatehouse_access contractor;', 'gatehouse_access any contractor;',
     'takes off, optional, any, or names of realms'),
    ('gatehouse_access contractor;', 'gatehouse_access contractor off;',
     'takes off, optional, any, or names of realms'),
    ('gatehouse_access contractor;', 'gatehouse_access;',
     'invalid number of arguments in "gatehouse_access" directive'),
    ('gatehouse_access contractor;', 'gatehouse_access any; gatehouse_access contractor;',
     '"gatehouse_access" directive is duplicate'),
    ('gatehouse_portal;', 'gatehouse_portal; gatehouse_portal;',
     '"gatehouse_portal" directive is duplicate'),
    ('gatehouse_portal;', 'gatehouse_portal on;',
     'invalid number of arguments in "gatehouse_portal" directive'),
    ('# The gateway.', 'gatehouse_portal;',
     '"gatehouse_portal" directive is not allowed here'),
    ('location /account/ {', 'gatehouse_portal; location /account/ {',
     '"gatehouse_portal" directive is not allowed here'),
    ('location /account/ {', 'location /accounts/ {',
     'gatehouse_portal belongs in "location /account/ { }", the path of portal.url in'
     ' DIR/gatehouse.conf, not in "location /accounts/"'),
    ('location /account/ {', 'location = /account/login {',
     'gatehouse_portal belongs in "location /account/ { }"'),
    ('location /account/ {', 'location ~ ^/account/ {',
     'gatehouse_portal belongs in "location /account/ { }"'),
    ('gatehouse_zone 16m;', 'gatehouse_zone 16k;',
     'value must be equal to or greater than 65536 in DIR/nginx.conf:'),
    ('gatehouse_zone 16m;', 'gatehouse_zone 0;',
     'value must be equal to or greater than 65536 in DIR/nginx.conf:'),
    ('gatehouse_zone 16m;', 'gatehouse_zone much;', '"gatehouse_zone" directive invalid value'),
    ('gatehouse_zone 16m;', 'gatehouse_zone 16m; gatehouse_zone 16m;',
     '"gatehouse_zone" directive is duplicate'),
    ('gatehouse_zone 16m;', 'gatehouse_config gatehouse.conf;',
     '"gatehouse_config" directive is duplicate'),
    ('location /account/ {', 'gatehouse_config gatehouse.conf; location /account/ {',
     '"gatehouse_config" directive is not allowed here'),
    ('gatehouse_portal;', 'gatehouse_portal; gatehouse_pass_cookie perhaps;',
     'invalid value "perhaps" in "gatehouse_pass_cookie" directive'),
])
def test_directives(check, old, new, complaint):
    said = check(edit_nginx=swap(old, new))

    assert '[emerg]' in said
    assert complaint in said


@pytest.mark.parametrize('old, new', [
    ('gatehouse_zone 16m;', 'gatehouse_zone 64k;'),
    ('gatehouse_zone 16m;', ''),
    ('location /account/ {', 'location ^~ /account/ {'),
    ('# The gateway.', 'gatehouse_access any;'),
    ('location /account/ {', 'gatehouse_access any; location /account/ {'),
])
def test_directives_that_are_fine(check, old, new):
    assert check(edit_nginx=swap(old, new)) == ''


def test_nginx_without_any_of_it_needs_no_configuration(check):
    def bare(text):
        return '\n'.join(line for line in text.splitlines() if 'gatehouse_' not in line)

    assert check(edit_nginx=bare) == ''


def test_access_is_inherited(make_gateway):
    """A rule of the server holds in its locations, and never for the portal itself."""
    gateway = make_gateway(
        edit_nginx=lambda text: text.replace('location /account/ {',
                                             'gatehouse_access contractor; location /account/ {')
        .replace('gatehouse_access any;', ''))
    gateway.start()
    browser = Browser(gateway.url)

    assert browser.get('/static/page.txt').status_code == 302
    assert browser.get('/account/login').status_code == 200
    assert signed_in(gateway.url, *MARIA).get('/static/page.txt').status_code == 403


# Ways to the directory.

def test_over_ldap_on_this_machine(portal, make_gateway):
    gateway = make_gateway(uris=[portal.slapd.ldap_uri])
    gateway.start()

    assert signed_in(gateway.url, *MARIA).get('/static/page.txt').status_code == 200
    assert Browser(gateway.url).sign_in('maria.lopez', 'wrong').status_code == 422


@pytest.fixture
def mapped(tmp_path_factory):
    """A stack of its own, whose slapd takes the local user for the gateway."""
    whole = Stack(tmp_path_factory.mktemp('mapped'))
    whole.create()
    who = f'gidNumber={os.getgid()}\\+uidNumber={os.getuid()},cn=peercred,cn=external,cn=auth'
    whole.slapd.connect_as_root().modify_s('cn=config', [
        (ldap.MOD_REPLACE, 'olcAuthzRegexp', [f'{who} {whole.slapd.dn("gatehouse")}'.encode()])])
    yield whole
    whole.close()


def test_over_ldapi_as_the_local_user(mapped, make_gateway):
    def external(text):
        lines = [line for line in text.splitlines() if 'bind_' not in line
                 or 'cn=pam' in line or 'secrets/pam' in line]
        return '\n'.join(lines).replace('directory {', 'directory {\n sasl_external = yes')

    assert mapped.slapd.connect_as_root().whoami_s() == f'dn:{mapped.slapd.dn("gatehouse")}'
    gateway = make_gateway(edit_config=external, stack=mapped)
    gateway.start()

    browser = signed_in(gateway.url, *MARIA)
    assert browser.get('/account/check').headers['Remote-Name'] == 'Maria Lopez'
    assert Browser(gateway.url).sign_in('maria.lopez', 'wrong').status_code == 422
