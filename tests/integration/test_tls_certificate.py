"""Certificates of our own: a directory that asks for one, and knows us by it (SASL EXTERNAL)."""

import re

import ldap
import pytest

from probing import MARIA, SUCCESS, UNREACHABLE, probe, write_conf
from stack.stack import Stack
from strain import Form, Log, is_page_of_outage, with_settings
from web import MARIA as PERSON

BOTH_WAYS = pytest.mark.parametrize('scheme, starttls', [('ldaps', 'no'), ('ldap', 'yes')])


def demand_certificates(slapd):
    """From now on this slapd has TLS only for who shows a certificate of its authority."""
    root = slapd.connect_as_root()
    root.modify_s('cn=config', [
        (ldap.MOD_REPLACE, 'olcTLSVerifyClient', b'demand'),
        (ldap.MOD_ADD, 'olcAuthzRegexp',
         f'^cn=gateway,o=city$ {slapd.dn("gatehouse")}'.encode())])
    root.unbind_s()
    slapd.restart()


@pytest.fixture(scope='module')
def stack(tmp_path_factory):
    """A stack whose directory demands certificates."""
    whole = Stack(tmp_path_factory.mktemp('demanding'))
    whole.create()
    try:
        demand_certificates(whole.slapd)
        yield whole
    finally:
        whole.close()


@pytest.fixture(scope='module')
def tls(stack):
    """The directory's authority, as settings take it."""
    return {'tls_ca': f'"{stack.slapd.tls.authority}"'}


def shown(certificate):
    return {'tls_certificate': f'"{certificate.certificate}"',
            'tls_certificate_key': f'"{certificate.key}"'}


@pytest.fixture(scope='module')
def ours(stack):
    """Our certificate."""
    return shown(stack.slapd.tls.issue('gateway', usage='clientAuth',
                                       subject='/O=City/CN=gateway'))


@pytest.fixture(scope='module')
def anothers(shelf):
    """A certificate of an authority that the directory does not know."""
    return shown(shelf.certificates['client'])


def without_name(text):
    """A gatehouse.conf in which nginx binds by nothing but its connection."""
    directory, end, rest = text.partition('\n}\n')
    return re.sub(r' +bind_(dn|password_file) .*\n?', '', directory) + end + rest


@pytest.fixture
def start(make_gateway, stack):
    def begin(uri, settings, edit=lambda text: text):
        edit_config = with_settings(**settings)
        gateway = make_gateway(lambda text: edit(edit_config(text)), uris=[uri], stack=stack)
        gateway.start()
        return gateway
    return begin


def uri_of(stack, scheme):
    return stack.slapd.ldaps_uri if scheme == 'ldaps' else stack.slapd.ldap_uri


def sign_in(gateway):
    return Form(gateway.url).sign_in(*PERSON)


# nginx.

@BOTH_WAYS
def test_external(start, stack, tls, ours, scheme, starttls):
    gateway = start(uri_of(stack, scheme), tls | ours | {'starttls': starttls}, without_name)

    assert 'bind_dn' not in gateway.gatehouse_conf.read_text(encoding='utf-8').split('realm')[0]
    assert sign_in(gateway).status == 303


def test_a_password_behind_a_certificate(start, stack, tls, ours):
    assert sign_in(start(stack.slapd.ldaps_uri, tls | ours)).status == 303


@pytest.mark.parametrize('has_anothers', [False, True])
def test_without_the_certificate(start, stack, tls, anothers, has_anothers):
    gateway = start(stack.slapd.ldaps_uri, tls | (anothers if has_anothers else {}))

    assert is_page_of_outage(sign_in(gateway))
    assert Log(gateway, since_start=True).has(f'directory {stack.slapd.ldaps_uri} is down: ')


def test_a_certificate_that_nobody_knows(start, stack, tls):
    """It is of the right authority, and slapd maps it to no identity."""
    stranger = shown(stack.slapd.tls.issue('stranger', usage='clientAuth',
                                           subject='/O=City/CN=stranger'))
    gateway = start(stack.slapd.ldaps_uri, tls | stranger, without_name)

    assert sign_in(gateway).status != 303


# The waiting client.

@pytest.fixture
def ask(stack, tls, tmp_path):
    """A function that says what the client gets with these settings."""
    def answers(scheme, settings, edit=None, **variables):
        conf = write_conf(tmp_path, stack.slapd, [uri_of(stack, scheme)],
                          tls | {'timeout': 20000, 'connect_timeout': 10000} | settings)
        if edit is not None:
            conf.write_text(edit(conf.read_text(encoding='utf-8')), encoding='utf-8')
        return probe(conf, f'search:{MARIA}', f'bind:{MARIA}', **variables)
    return answers


@BOTH_WAYS
def test_client_with_external(ask, ours, scheme, starttls):
    outcome = ask(scheme, ours | {'starttls': starttls}, without_name, PROBE_AS='gateway')

    assert outcome.results == {0: SUCCESS, 1: SUCCESS}
    assert outcome.entries == {0: 1, 1: 0}


@BOTH_WAYS
def test_client_with_a_password(ask, ours, scheme, starttls):
    outcome = ask(scheme, ours | {'starttls': starttls})

    assert outcome.results == {0: SUCCESS, 1: SUCCESS}


@pytest.mark.parametrize('has_anothers', [False, True])
def test_client_without_the_certificate(ask, anothers, has_anothers):
    outcome = ask('ldaps', anothers if has_anothers else {})

    assert outcome.results == {0: UNREACHABLE, 1: UNREACHABLE}


def test_client_without_its_files(ask):
    outcome = ask('ldaps', {'tls_certificate': '"/nonexistent/gateway.pem"',
                            'tls_certificate_key': '"/nonexistent/gateway.key"'})

    assert outcome.results == {0: UNREACHABLE, 1: UNREACHABLE}
    assert "can't prepare TLS" in outcome.trouble
