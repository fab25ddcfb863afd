"""The waiting client and TLS: whom it trusts, whatever the environment says."""

import pytest

from probing import MARIA, SUCCESS, UNREACHABLE, probe, write_conf
from tls_ends import (BAD, GOOD, OLD, StartTlsEnd, bind_granted, granted, nothing, of_another,
                      refused)

pytestmark = pytest.mark.filterwarnings('ignore:ssl.TLSVersion:DeprecationWarning')

BOTH_WAYS = pytest.mark.parametrize('scheme, starttls', [('ldaps', 'no'), ('ldap', 'yes')])


@pytest.fixture(name='write_conf')
def write_conf_for(portal, shelf, tmp_path):
    """A function that writes a gatehouse.conf that trusts the shelf's authority."""
    def write(*uris, **settings):
        settings = {'tls_ca': f'"{shelf.authority}"', 'timeout': 20000,
                    'connect_timeout': 10000} | settings
        return write_conf(tmp_path, portal.slapd, uris, settings)
    return write


@pytest.fixture
def weak(shelf, tmp_path):
    """An environment that tells libldap to trust everybody."""
    home = tmp_path / 'home'
    home.mkdir()
    (home / '.ldaprc').write_text(
        f'TLS_REQCERT never\nTLS_CACERT {shelf.other_authority}\n', encoding='ascii')
    return {'HOME': str(home), 'LDAPRC': str(home / '.ldaprc'), 'LDAPTLS_REQCERT': 'never',
            'LDAPTLS_REQSAN': 'never', 'LDAPTLS_CACERT': str(shelf.other_authority)}


def slapd_uri(slapd, scheme):
    return slapd.ldaps_uri if scheme == 'ldaps' else slapd.ldap_uri


@pytest.mark.parametrize('name', GOOD)
def test_good(write_conf, make_end, name):
    outcome = probe(write_conf(make_end(GOOD[name]).uri), f'search:{MARIA}', f'bind:{MARIA}')

    assert outcome.results == {0: SUCCESS, 1: SUCCESS}
    assert outcome.trouble == ''


@pytest.mark.parametrize('name', BAD)
def test_bad(write_conf, make_end, weak, name):
    end = make_end(BAD[name][0])
    outcome = probe(write_conf(end.uri), f'search:{MARIA}', f'bind:{MARIA}', **weak)

    assert outcome.results == {0: UNREACHABLE, 1: UNREACHABLE}
    assert outcome.trouble.startswith(
        f'{end.uri}: TLS failed (is the certificate for this name, and of tls_ca?)')
    assert end.requests() == []


@pytest.mark.parametrize('verify', ['yes', 'no'])
def test_before_tls_1_2(write_conf, make_end, verify):
    end = make_end(OLD)
    outcome = probe(write_conf(end.uri, tls_verify=verify), f'bind:{MARIA}')

    assert outcome.results == {0: UNREACHABLE}
    assert outcome.trouble == f"{end.uri}: TLS failed: the server's is older than 1.2"
    assert end.requests() == []


@pytest.mark.parametrize('name', BAD)
def test_unverified(write_conf, make_end, name):
    conf = write_conf(make_end(BAD[name][0]).uri, tls_verify='no')

    assert probe(conf, f'bind:{MARIA}').results == {0: SUCCESS}


@BOTH_WAYS
def test_slapds_own(portal, write_conf, scheme, starttls):
    conf = write_conf(slapd_uri(portal.slapd, scheme), starttls=starttls,
                      tls_ca=f'"{portal.slapd.tls.authority}"')

    assert probe(conf, f'search:{MARIA}', f'bind:{MARIA}').results == {0: SUCCESS, 1: SUCCESS}


@BOTH_WAYS
def test_another_authority(portal, write_conf, weak, scheme, starttls):
    uri = slapd_uri(portal.slapd, scheme)
    outcome = probe(write_conf(uri, starttls=starttls), f'bind:{MARIA}', **weak)

    assert outcome.results == {0: UNREACHABLE}
    assert outcome.trouble.startswith(f'{uri}: TLS failed')


@BOTH_WAYS
def test_the_systems_authorities(portal, tmp_path, weak, scheme, starttls):
    """They don't know ours, whatever the environment says."""
    conf = write_conf(tmp_path, portal.slapd, [slapd_uri(portal.slapd, scheme)],
                      {'starttls': starttls})

    assert probe(conf, f'bind:{MARIA}', **weak).results == {0: UNREACHABLE}


# StartTLS.

def ask(write_conf, end, **settings):
    """What the client says of an end that must not get a password, nor a name."""
    uri = f'ldap://127.0.0.1:{end.port}'
    outcome = probe(write_conf(uri, starttls='yes', **settings), f'bind:{MARIA}')
    assert set(outcome.results.values()) == {UNREACHABLE}
    assert b'cn=pam' not in end.heard
    return outcome.trouble.removeprefix(f'{uri}: ')


def test_starttls_refused(write_conf):
    with StartTlsEnd(refused) as end:
        assert ask(write_conf, end) == 'the server refuses StartTLS: Protocol error'


@pytest.mark.parametrize('answer', [of_another, nothing])
def test_starttls_without_an_answer(write_conf, answer):
    with StartTlsEnd(answer) as end:
        trouble = ask(write_conf, end, connect_timeout=300)

    assert trouble.startswith('no answer to StartTLS')


@pytest.mark.parametrize('when', ['behind', 'late'])
def test_something_in_clear_behind_starttls(write_conf, when):
    with StartTlsEnd(granted, **{when: bind_granted}) as end:
        assert ask(write_conf, end).startswith('TLS failed')
